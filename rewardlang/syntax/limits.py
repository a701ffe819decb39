"""Bounds on what is read at all, checked before or while parsing.

They keep every later pass simple: plain recursion can walk a tree no deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

from rewardlang.diagnostics.diagnostic import Diagnostic, Label
from rewardlang.diagnostics.source import Source, Span

MAX_CHARACTERS = 1 << 20
MAX_BRACKETS = 100  # open at once
MAX_DEPTH = 100  # levels of the tree below a declaration
MAX_DOTS = 16  # in one dotted name
MAX_ERRORS = 20  # reported for one file


def text_fault(source: Source) -> Diagnostic | None:
    """Why a text is not read at all: it is too long or holds a NUL."""
    text = source.text
    if len(text) > MAX_CHARACTERS:
        return Diagnostic(
            "RW005",
            (Label(Span(source, 0, 0)),),
            {"size": megabytes(len(text)), "limit": megabytes(MAX_CHARACTERS)},
        )
    nul = text.find("\0")
    if nul >= 0:
        return Diagnostic("RW004", (Label(Span(source, nul, nul + 1)),))
    return None


def megabytes(count: int) -> str:
    return f"{count / (1 << 20):.3g} MiB"
