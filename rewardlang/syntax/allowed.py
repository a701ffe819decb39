"""Reads comments that begin with `# allow RW712`: which warnings the person accepts, and where.

A comment behind code holds for its line, one alone for the line below it and below the comments
that follow. At the first or the last line of a declaration it holds for the whole of it, since the
formatter may break a line or move a comment above the description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rewardlang.diagnostics.allowed import Allowance
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast

_ALLOW = re.compile(r"#\s*allow\s+(RW\d+(?:\s*,\s*RW\d+)*)(?!\w)")
_CODE = re.compile(r"RW\d+")


# From the end of a comment to the declaration whose description follows: no line between is empty.
_TO_DESCRIBED = re.compile(
    r"""(?:\n[ \t]*(?:\#[^\n]*)?(?!\n))*
        (?:\"\"\".*?\"\"\"|r?"[^\n]*")
        (?:[ \t]*(?:\#[^\n]*)?\n)*[ \t]*""",
    re.DOTALL | re.VERBOSE,
)


def allowances(file: ast.File) -> Iterator[Allowance]:
    alone = {c.span.line for c in file.comments if c.own_line}
    lines: list[tuple[int, int]] | None = None
    for comment in file.comments:
        found = _ALLOW.match(comment.text)
        if found is None:
            continue
        if lines is None:
            lines = [_lines(d) for d in file.declarations]
        first, last = _held(file, comment, alone, lines)
        for code in _CODE.finditer(comment.text, found.start(1), found.end(1)):
            start = comment.span.start
            span = Span(file.source, start + code.start(), start + code.end())
            yield Allowance(code[0], span, first, last)


def _held(
    file: ast.File, comment: ast.Comment, alone: set[int], lines: list[tuple[int, int]]
) -> tuple[int, int]:
    """The first and the last line that a comment holds for."""
    line = comment.span.line
    while line in alone:
        line += 1
    first, last = line, line
    described = None
    if comment.own_line:
        gap = _TO_DESCRIBED.match(file.source.text, comment.span.end)
        described = None if gap is None else file.source.position(gap.end())[0]
    for begins, ends in lines:
        if begins in (line, described) or (ends == line and not comment.own_line):
            first, last = min(first, begins), max(last, ends)
    return first, last


def _lines(declaration: ast.Declaration) -> tuple[int, int]:
    span = declaration.span
    position = span.source.position
    return position(span.start)[0], position(max(span.start, span.end - 1))[0]
