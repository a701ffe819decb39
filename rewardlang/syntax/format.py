"""The one canonical form of a program. No options: whoever wrote it, it looks the same.

Lines are at most 100 columns where anything can be broken, two spaces indent, nothing is aligned,
so that a change of one line stays a change of one line. Comments and docstrings are kept, and one
blank line where the person left one or more.
"""

from __future__ import annotations

import re

from wadler_lindig import pformat

from rewardlang.syntax import ast
from rewardlang.syntax.comments import CommentPool
from rewardlang.syntax.format_declarations import DeclarationPrinter
from rewardlang.syntax.literals import write_docstring

LINE_WIDTH = 100


def format_file(file: ast.File) -> str:
    """The text of `file` in canonical form, ending in one newline unless it is empty.

    `parse(format_file(file)) == file`, and formatting that text again changes nothing.
    """
    comments = CommentPool(file.source, file.comments)
    printer = DeclarationPrinter(comments)
    lines: list[str] = []
    place = -1  # end in the source of what was printed last; -1: nothing yet
    if file.doc is not None:
        for comment in comments.header():
            _space(lines, comments, place)
            lines.append(comment.text)
            place = comment.span.end
        _space(lines, comments, place)
        lines += [write_docstring(file.doc), ""]
    ends = [d.span.start for d in file.declarations[1:]] + [len(file.source.text) + 1]
    for declaration, limit in zip(file.declarations, ends, strict=False):
        start, end = declaration.span.start, declaration.span.end
        for comment in comments.between(0, start):
            _space(lines, comments, place)
            lines.append(comment.text)
            place = comment.span.end
        body = _render(printer, declaration)
        _space(lines, comments, place)
        lines += [comment.text for comment in comments.between(start, end)]
        if declaration.doc is not None:
            lines.append(write_docstring(declaration.doc))
        trailing = comments.trailing(end, limit)
        lines.append(body if trailing is None else f"{body}  {trailing.text}")
        place = end if trailing is None else trailing.span.end
    for comment in comments.between(0, ends[-1]):
        _space(lines, comments, place)
        lines.append(comment.text)
        place = comment.span.end
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n" if lines else ""


def _space(lines: list[str], comments: CommentPool, place: int) -> None:
    """One blank line where the person had any after `place`."""
    if place >= 0 and lines and lines[-1] and comments.blank_after(place):
        lines.append("")


def _render(printer: DeclarationPrinter, declaration: ast.Declaration) -> str:
    rendered = pformat(printer.declaration(declaration), width=LINE_WIDTH)
    return re.sub(r"[ \t]+\n", "\n", rendered).replace("\0", "\n")
