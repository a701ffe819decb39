"""Aligned columns for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()
) -> list[str]:
    """Header and rows as lines, two spaces between columns; `right` lists right-aligned columns.

    A column that is empty in every row is left out.
    """
    used = [n for n in range(len(header)) if any(row[n] for row in rows)]
    table = [[row[n] for n in used] for row in (header, *rows)]
    widths = [max(cells(row[k]) for row in table) for k in range(len(used))]
    lines = []
    for row in table:
        shown = []
        for k, text in enumerate(row):
            gap = " " * (widths[k] - cells(text))
            shown.append(gap + text if used[k] in right else text + gap)
        lines.append("  ".join(shown).rstrip())
    return lines


def cells(text: str) -> int:
    """How many terminal cells a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def shorten(text: str, width: int) -> str:
    """One line of at most `width` cells."""
    text = " ".join(text.split())
    return text if len(text) <= width else text[: max(width - 3, 1)].rstrip() + "..."


def number(value: float) -> str:
    """Four significant digits, without an exponent where it can be avoided."""
    if value == 0:
        return "0"  # of both zeros
    if value != value or value in (float("inf"), float("-inf")):
        return f"{value:g}"
    if abs(value) >= 1e7 or abs(value) < 1e-4:
        return f"{value:.3g}"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
