"""Source lines with what is said of them drawn underneath.

    11 | term speed = velocity
       |              -------- this is in m/s
    12 | let both = speed + effort
       |                    ^^^^^^ this is in N*m

Columns are those of a terminal: tabs are four spaces, wide characters take two cells, combining
ones none. Only the lines that carry a mark are shown, with at most one unmarked line between two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rewardlang.diagnostics.diagnostic import Label
from rewardlang.diagnostics.source import Source
from rewardlang.diagnostics.style import Style
from rewardlang.diagnostics.wording import visible

TAB = "    "
CUT = "..."
SHOWN_OF_LONG_SPAN = 2  # lines at each end of a span over many lines


@dataclass(frozen=True)
class Mark:
    """An underline on one line: cells `start` (inclusive) to `end` (exclusive), counted from 0."""

    start: int
    end: int
    text: str
    primary: bool


@dataclass(frozen=True)
class Stretch:
    """What one label covers of one line, in characters counted from 0."""

    line: int
    start: int
    end: int
    text: str
    primary: bool


def draw(
    source: Source, labels: Sequence[tuple[Label, bool]], gutter: int, width: int, style: Style
) -> list[str]:
    """The lines of one source with marks; each label comes with whether it is the primary one."""
    by_line: dict[int, list[Stretch]] = {}
    for label, primary in labels:
        for stretch in _stretches(label, primary):
            by_line.setdefault(stretch.line, []).append(stretch)
    rows: list[str] = []
    before = None
    for number in sorted(by_line):
        if before is not None and number == before + 2:
            rows.append(_source_row(source, before + 1, gutter, width, style))
        elif before is not None and number > before + 2:
            rows.append(style.gutter(CUT))
        rows += _marked_line(source, number, by_line[number], gutter, width, style)
        before = number
    return rows


def last_line(labels: Sequence[Label]) -> int:
    """The greatest line number shown: it decides how wide the gutter is."""
    return max(label.span.source.position(_last(label))[0] for label in labels)


def _last(label: Label) -> int:
    """The offset of the last character covered; a span's newline at the end does not count."""
    span = label.span
    end = span.end
    while end > span.start + 1 and span.source.text[end - 1 : end] in ("\n", "\r"):
        end -= 1
    return max(span.start, end - 1)


def _stretches(label: Label, primary: bool) -> Iterator[Stretch]:
    """One stretch a line, the text at the last one. A long span's middle lines are left out."""
    source = label.span.source
    first, column = source.position(label.span.start)
    final, final_column = source.position(_last(label))
    for line in range(first, final + 1):
        if first + SHOWN_OF_LONG_SPAN <= line <= final - SHOWN_OF_LONG_SPAN:
            continue
        text = source.line(line).rstrip()
        start = column - 1 if line == first else len(text) - len(text.lstrip())
        end = final_column if line == final else len(text)
        if line in (first, final) or start < end:
            said = label.text if line == final else ""
            yield Stretch(line, start, max(end, start + 1), said, primary)


def _source_row(source: Source, number: int, gutter: int, width: int, style: Style) -> str:
    text, _ = _window(source.line(number).rstrip("\r"), [], width - gutter - 3)
    return _row(str(number), text, gutter, style)


def _row(number: str, text: str, gutter: int, style: Style) -> str:
    return f"{style.gutter(f'{number:>{gutter}} |')} {text}".rstrip()


def _marked_line(
    source: Source,
    number: int,
    stretches: list[Stretch],
    gutter: int,
    width: int,
    style: Style,
) -> list[str]:
    text, marks = _window(source.line(number).rstrip("\r"), stretches, width - gutter - 3)
    rows = [_row(str(number), text, gutter, style)]
    for group in _without_overlap(marks):
        rows += [_row("", line, gutter, style) for line in _under(group, style)]
    return rows


def _window(line: str, stretches: list[Stretch], width: int) -> tuple[str, list[Mark]]:
    """The part of a line that fits, as shown, and its marks in cells of that part."""
    first, last = _fitting(len(line), stretches, width)
    head = CUT if first > 0 else ""
    tail = CUT if last < len(line) else ""
    cells = [len(head)]
    shown = []
    for character in line[first:last]:
        piece, size = _piece(character)
        shown.append(piece)
        cells.append(cells[-1] + size)

    def cell(position: int) -> int:
        beyond = max(0, position - last)
        return cells[min(max(position, first), last) - first] + min(beyond, len(tail) or 1)

    marks = []
    for s in stretches:
        start = cell(s.start)
        marks.append(Mark(start, max(cell(s.end), start + 1), visible(s.text), s.primary))
    return head + "".join(shown) + tail, marks


def _fitting(length: int, stretches: list[Stretch], width: int) -> tuple[int, int]:
    """The characters of a line to show: all if they fit, else about its marks."""
    if length <= width:
        return 0, length
    room = width - len(CUT)
    start = min((s.start for s in stretches), default=0)
    end = max((s.end for s in stretches), default=0)
    if end <= room:
        return 0, room
    first = start - max(room - (end - start), room // 4) // 2
    if first <= 0:
        return 0, room
    if length - first <= room:
        return length - room, length
    return first, first + room - len(CUT)


def _piece(character: str) -> tuple[str, int]:
    """How a character is shown and how many cells it takes."""
    if character == "\t":
        return TAB, len(TAB)
    if character.isascii() and character.isprintable():
        return character, 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return character, 0
    return visible(character), 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _without_overlap(marks: list[Mark]) -> list[list[Mark]]:
    """Marks in groups that fit on one row of underlines; the shortest come first."""
    groups: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda m: (m.end - m.start, m.start)):
        for group in groups:
            if all(mark.end < other.start or other.end < mark.start for other in group):
                group.append(mark)
                break
        else:
            groups.append([mark])
    return [sorted(group, key=lambda m: m.start) for group in groups]


def _under(marks: list[Mark], style: Style) -> Iterator[str]:
    """The underlines of a row; the last mark's text stands beside it, the others' hang below."""
    last = marks[-1]
    pieces = [(m.start, ("^" if m.primary else "-") * (m.end - m.start), m) for m in marks]
    pieces.append((last.end + 1, last.text, last))
    yield _place(pieces, style)
    hanging = [m for m in marks[:-1] if m.text]
    if hanging:
        yield _place([(m.start, "|", m) for m in hanging], style)
    while hanging:
        lowest = hanging.pop()
        bars = [(m.start, "|", m) for m in hanging]
        yield _place([*bars, (lowest.start, lowest.text, lowest)], style)


def _place(pieces: list[tuple[int, str, Mark]], style: Style) -> str:
    row, at = "", 0
    for start, text, mark in pieces:
        if text:
            row += " " * (start - at) + style.mark(text, mark.primary)
            at = start + len(text)
    return row
