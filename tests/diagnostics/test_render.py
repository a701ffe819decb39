"""The drawing of diagnostics, as text that a person would see."""

from __future__ import annotations

from textwrap import dedent

import pytest

from rewardlang.diagnostics.codes import Code, codes
from rewardlang.diagnostics.diagnostic import Diagnostic, Label, RewardError, Severity
from rewardlang.diagnostics.render import render, render_all
from rewardlang.diagnostics.source import Source, Span

TEXT = """\
term speed  = velocity
let x = 1


let both = speed + effort
let \tlong = 速度 + effórt * other
let many = sum(
   a +
   b +
   c +
   d
)
"""


@pytest.fixture(autouse=True)
def a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    code = Code(
        "RW999",
        "`{a}` and `{b}` have different units",
        "A sum needs one unit.",
        "divide each by a scale first, for example `{b} / 40<N*m>`.",
        "",
        "",
        "",
    )
    bare = Code("RW998", "there is no column `{a}`", "", "", "", "", "")
    table = {**codes(), "RW999": code, "RW998": bare}
    monkeypatch.setattr("rewardlang.diagnostics.wording.codes", lambda: table)


def label(source: Source, piece: str, text: str = "", occurrence: int = 0) -> Label:
    start = -1
    for _ in range(occurrence + 1):
        start = source.text.index(piece, start + 1)
    return Label(Span(source, start, start + len(piece)), text)


def drawn(*labels: Label, width: int = 100) -> str:
    """The drawing without title, reason and hint."""
    args = {"a": "speed", "b": "effort"}
    text = render(Diagnostic("RW999", labels, args), width=width)
    return "\n".join(text.splitlines()[1:-3]) + "\n"


@pytest.fixture
def source() -> Source:
    return Source("walk.reward", TEXT)


def test_a_diagnostic_says_what_where_why_and_what_to_do(source: Source) -> None:
    found = Diagnostic(
        "RW999",
        (label(source, "effort", "this is in N*m"), label(source, "velocity", "this is in m/s")),
        {"a": "speed", "b": "effort"},
    )
    assert render(found) == dedent(
        """\
        error[RW999]: `speed` and `effort` have different units
         --> walk.reward:5:20
          |
        1 | term speed  = velocity
          |               -------- this is in m/s
        ...
        5 | let both = speed + effort
          |                    ^^^^^^ this is in N*m
          |
        A sum needs one unit.
        Hint: divide each by a scale first, for example `effort / 40<N*m>`.
        See: rewardlang explain RW999"""
    )


def test_a_diagnostic_without_a_place_has_no_drawing() -> None:
    assert render(Diagnostic("RW998", args={"a": "height"})) == (
        "error[RW998]: there is no column `height`\nSee: rewardlang explain RW998"
    )


def test_labels_on_one_line_hang_below_each_other(source: Source) -> None:
    labels = label(source, "effort", "in N*m"), label(source, "speed", "in m/s", 1)
    assert drawn(*labels, label(source, "both", "the sum")) == dedent(
        """\
         --> walk.reward:5:20
          |
        5 | let both = speed + effort
          |     ----   -----   ^^^^^^ in N*m
          |     |      |
          |     |      in m/s
          |     the sum
          |
        """
    )


def test_a_label_around_others_is_drawn_below_them(source: Source) -> None:
    whole = label(source, "speed + effort", "the sum")
    assert drawn(whole, label(source, "speed", "m/s", 1), label(source, "effort", "N*m")) == dedent(
        """\
         --> walk.reward:5:12
          |
        5 | let both = speed + effort
          |            -----   ------ N*m
          |            |
          |            m/s
          |            ^^^^^^^^^^^^^^ the sum
          |
        """
    )


def test_one_unmarked_line_between_two_marked_ones_is_shown(source: Source) -> None:
    text = "let a = 1\nlet b = 2\nlet c = a\n"
    source = Source("short.reward", text)
    assert drawn(label(source, "c", "here"), label(source, "a =", "there")) == dedent(
        """\
         --> short.reward:3:5
          |
        1 | let a = 1
          |     --- there
        2 | let b = 2
        3 | let c = a
          |     ^ here
          |
        """
    )


def test_tabs_wide_and_combining_characters_keep_marks_under_their_text() -> None:
    source = Source("wide.reward", "let \tlong = 速度 + effo\u0301rt * other\n")
    labels = label(source, "速度", "wide"), label(source, "effo\u0301rt"), label(source, "other")
    assert drawn(*labels) == (
        " --> wide.reward:1:13\n"
        "  |\n"
        "1 | let     long = 速度 + effo\u0301rt * other\n"
        "  |                ^^^^   ------   -----\n"
        "  |                |\n"
        "  |                wide\n"
        "  |\n"
    )


def test_a_span_over_many_lines_shows_its_ends(source: Source) -> None:
    start = TEXT.index("sum(")
    whole = Label(Span(source, start, TEXT.index("\n)") + 2), "all of this")
    assert drawn(whole) == dedent(
        """\
          --> walk.reward:7:12
           |
         7 | let many = sum(
           |            ^^^^
         8 |    a +
           |    ^^^
        ...
        11 |    d
           |    ^
        12 | )
           | ^ all of this
           |
        """
    )


def test_the_end_of_the_text_is_a_place(source: Source) -> None:
    end = Label(Span(source, len(TEXT), len(TEXT)), "the text ends here")
    assert drawn(end) == dedent(
        """\
          --> walk.reward:13:1
           |
        13 |
           | ^ the text ends here
           |
        """
    )


def test_labels_in_two_files_are_drawn_file_by_file(source: Source) -> None:
    other = Source("gait.reward", "let pace = 1\n")
    assert drawn(label(source, "effort", "here"), label(other, "pace", "and there")) == dedent(
        """\
         --> walk.reward:5:20
          |
        5 | let both = speed + effort
          |                    ^^^^^^ here
          |
         ::: gait.reward:1:5
          |
        1 | let pace = 1
          |     ---- and there
          |
        """
    )


LONG = Source("long.reward", "let x = " + " + ".join(f"name{n}" for n in range(200)))


@pytest.mark.parametrize("piece", ["name0 ", "name7 ", "name100", "name199", "let"])
def test_a_long_line_is_cut_around_its_mark(piece: str) -> None:
    piece = piece.strip()
    rows = drawn(label(LONG, piece, "here"), width=60).splitlines()
    line, mark = rows[2], rows[3]
    assert len(line) <= 60
    assert "..." in line
    assert line[mark.index("^") : mark.rindex("^") + 1] == piece


def test_a_mark_longer_than_the_line_is_cut_with_it() -> None:
    rows = drawn(label(LONG, LONG.text, "all"), width=60).splitlines()
    assert len(rows[2]) <= 60
    assert rows[3].count("^") == len(rows[2]) - len("1 | ")


def test_a_line_of_ten_million_characters_is_drawn_quickly() -> None:
    from time import process_time

    source = Source("huge.reward", "x" * 5_000_000 + " wrong " + "y" * 5_000_000)
    start = process_time()
    rows = drawn(label(source, "wrong", "here")).splitlines()
    assert "wrong" in rows[2] and len(rows[2]) <= 100
    assert process_time() - start < 2


def test_control_and_direction_characters_are_made_visible() -> None:
    source = Source("evil\x1b.reward", "let a = \x1b[31m1 \u202e2\n")
    text = render(Diagnostic("RW998", (label(source, "1"),), {"a": "\x1b[2Jheight"}))
    assert "\x1b" not in text and "\u202e" not in text
    assert "␛[2Jheight" in text


def test_a_windows_line_ending_does_not_reach_the_terminal() -> None:
    source = Source("dos.reward", "let a = b\r\nlet c = d\r\n")
    assert "\r" not in drawn(label(source, "b", "here"), label(source, "d", "there"))


def test_colour_changes_nothing_but_the_colour(source: Source) -> None:
    import re

    labels = label(source, "effort", "in N*m"), label(source, "speed", "in m/s", 1)
    found = Diagnostic("RW999", labels, {"a": "speed", "b": "effort"}, Severity.WARNING)
    colored = render(found, color=True)
    assert "\x1b[1;33mwarning[RW999]\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(found)


def test_a_reason_is_wrapped_but_code_in_it_is_not_broken(source: Source) -> None:
    hint = "write it like this, in one go: `let a = tolerance(angle, lower: 0, upper: 1)` or so"
    found = Diagnostic("RW998", args={"a": "x"}, hint=hint)
    rows = render(found, width=60).splitlines()[1:-1]
    assert rows == [
        "Hint: write it like this, in one go:",
        "      `let a = tolerance(angle, lower: 0, upper: 1)` or so",
    ]


def test_a_hint_of_its_own_may_hold_braces() -> None:
    found = Diagnostic("RW998", args={"a": "x"}, hint="write `x in { 0, 1 }`")
    assert "Hint: write `x in { 0, 1 }`" in render(found)


def test_an_error_prints_all_its_diagnostics() -> None:
    found = [Diagnostic("RW998", args={"a": name}) for name in ("height", "depth")]
    assert str(RewardError(found)) == "\n" + render_all(found)
    assert str(RewardError(found)).count("error[RW998]") == 2
