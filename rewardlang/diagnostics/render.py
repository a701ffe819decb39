"""Diagnostics as a person reads them: what, where, why, what to do.

error[RW204]: these two terms have different units
  --> walk.reward:12:21
   |
12 | let both = speed + effort
   |                    ^^^^^^ this is in N*m
   |
A sum needs one unit, or the larger one hides the other.
Hint: divide each by a scale first, for example `effort / 40<N*m>`.
See: rewardlang explain RW204
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from rewardlang.diagnostics.diagnostic import Diagnostic, Label
from rewardlang.diagnostics.snippet import draw, last_line
from rewardlang.diagnostics.source import Source
from rewardlang.diagnostics.style import Style
from rewardlang.diagnostics.wording import visible, wording

WIDTH = 100


def render(diagnostic: Diagnostic, color: bool = False, width: int = WIDTH) -> str:
    """One diagnostic as text without a newline at the end, wrapped to about `width` cells."""
    style = Style(diagnostic.severity, color)
    words = wording(diagnostic)
    heading = style.heading(f"{diagnostic.severity.value}[{diagnostic.code}]")
    rows = [f"{heading}{style.title(': ' + words.title)}"]
    if diagnostic.labels:
        rows += _places(diagnostic.labels, width, style)
    rows += _paragraph(words.why, "", width, style)
    rows += _paragraph(words.hint, "Hint: ", width, style)
    rows += _paragraph(f"rewardlang explain {diagnostic.code}", "See: ", width, style)
    return "\n".join(rows)


def render_all(diagnostics: Iterable[Diagnostic], color: bool = False, width: int = WIDTH) -> str:
    """All of them in the order given, an empty line between two."""
    return "\n\n".join(render(d, color, width) for d in diagnostics)


def _places(labels: tuple[Label, ...], width: int, style: Style) -> list[str]:
    """Each source that has labels, the primary label's first."""
    by_source: dict[int, tuple[Source, list[tuple[Label, bool]]]] = {}
    for number, label in enumerate(labels):
        source = label.span.source
        by_source.setdefault(id(source), (source, []))[1].append((label, number == 0))
    gutter = len(str(last_line(labels)))
    rows = []
    for number, (source, marked) in enumerate(by_source.values()):
        span = marked[0][0].span
        arrow = "-->" if number == 0 else ":::"
        if number > 0:
            rows.append(style.gutter(f"{' ' * gutter} |"))
        place = visible(f"{source.name}:{span.line}:{span.column}")
        rows.append(f"{' ' * gutter}{style.gutter(arrow)} {place}")
        rows.append(style.gutter(f"{' ' * gutter} |"))
        rows += draw(source, marked, gutter, width, style)
    rows.append(style.gutter(f"{' ' * gutter} |"))
    return rows


def _paragraph(text: str, lead: str, width: int, style: Style) -> list[str]:
    """Text wrapped to the width. What stands between backticks is not broken."""
    rows: list[str] = []
    for part in text.splitlines():
        whole = "`".join(
            piece.replace(" ", "\u00a0") if n % 2 else piece
            for n, piece in enumerate(part.split("`"))
        )
        start = lead if not rows else " " * len(lead)
        rows += wrap(
            whole,
            width,
            initial_indent=start,
            subsequent_indent=" " * len(lead),
            break_long_words=False,
            break_on_hyphens=False,
        )
    rows = [row.replace("\u00a0", " ") for row in rows]
    if rows and lead:
        rows[0] = style.keyword(lead.rstrip()) + " " + rows[0][len(lead) :]
    return rows
