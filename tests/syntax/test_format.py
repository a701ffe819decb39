"""The canonical form: it keeps meaning, comments and docstrings, and formatting twice is once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from rewardlang.syntax import ast
from rewardlang.syntax.format import LINE_WIDTH, format_file
from tests.syntax.corpus import ACCEPTED
from tests.syntax.reading import sound
from tests.syntax.trees import files


def _formatted(text: str) -> str:
    return format_file(sound(text))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(files())
def test_what_is_printed_reads_back_as_the_same_tree(file: ast.File) -> None:
    text = format_file(file)
    assert sound(text) == file
    assert _formatted(text) == text


@pytest.mark.parametrize("text", ACCEPTED)
def test_every_form_survives_formatting_and_the_second_time_changes_nothing(text: str) -> None:
    once = _formatted(text)
    assert sound(once) == sound(text)
    assert _formatted(once) == once


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("let   a=1+2*3", "let a = 1 + 2 * 3\n"),
        ("let a = ((1)) + (2 * 3)", "let a = 1 + 2 * 3\n"),
        ("let a = b in 0..1", "let a = b in 0 .. 1\n"),
        ("let a = x[0 : 2, -1]", "let a = x[0:2, -1]\n"),
        ("let a = b and c or d", "let a = (b and c) or d\n"),
        ("let a = (always b) and c", "let a = (always b) and c\n"),
        ("let a = -(-b) - -c", "let a = -(-b) - -c\n"),
        ("let a = 2<m*s^-1> * 1<1/s^2>", "let a = 2<m/s> * 1<1/s^2>\n"),
        ("enum v{a,b,}", "enum v { a, b }\n"),
        ('"about a" let a = 1\nlet b = 2', '"""about a"""\n\nlet a = 1\nlet b = 2\n'),
        ("term a weight 2 times dt=b", "term a weight 2 times dt = b\n"),
        ("let a = match b{c->1,else->2}", "let a = match b { c -> 1, else -> 2 }\n"),
        (
            "machine m{initial a a->b when c final b}",
            "machine m {\n  initial a\n  a -> b when c\n  final b\n}\n",
        ),
        ("let a = 1\n\n\n\nlet b = 2\nlet c = 3\n", "let a = 1\n\nlet b = 2\nlet c = 3\n"),
        ("", ""),
    ],
)
def test_the_canonical_form(written: str, canonical: str) -> None:
    assert _formatted(written) == canonical


_LONG = "clip(velocity_of_the_base, 0, 1) * weight_of_the_velocity"


def test_a_long_sum_breaks_before_its_operators() -> None:
    assert _formatted(f"let a = {_LONG} + {_LONG} - {_LONG}") == (
        f"let a =\n  {_LONG}\n  + {_LONG}\n  - {_LONG}\n"
    )


def test_a_long_call_breaks_inside_its_brackets() -> None:
    assert _formatted(f"let a = f({_LONG}, {_LONG} over episode where m else 0)") == (
        f"let a = f(\n  {_LONG},\n  {_LONG} over episode where m else 0\n)\n"
    )


def test_a_long_choice_has_one_case_a_line() -> None:
    assert _formatted(f"let a = if b then {_LONG} else if c then {_LONG} else 0") == (
        f"let a =\n  if b then {_LONG}\n  else if c then {_LONG}\n  else 0\n"
    )


def test_long_local_names_stand_below_their_value() -> None:
    assert _formatted(f"let a = {_LONG} where b = {_LONG}, c = 1") == (
        f"let a =\n  {_LONG}\n  where b = {_LONG},\n      c = 1\n"
    )


@pytest.mark.parametrize("text", ACCEPTED)
def test_lines_that_can_be_broken_stay_within_the_width(text: str) -> None:
    for line in _formatted(text).splitlines():
        assert len(line) <= LINE_WIDTH


_COMMENTED = """\
# a licence

# about the file
\"\"\"The file.\"\"\"

# above a
let a = 1  # behind a
# between

# above b, below a blank line
\"\"\"About b.\"\"\"
let b = [
  # above one
  1,  # behind one
  2
  # at the end
]
let c =
  first  # behind first
  # above second
  + second

machine m {
  # above initial
  initial idle  # behind initial

  # above an edge
  idle -> done when b  # behind an edge
  final done
  # last in the block
}

test "t" {
  # above given
  given a = 1  # behind given

  expect a  # behind expect
}
# the end
"""


def test_comments_stay_where_they_stand() -> None:
    assert _formatted(_COMMENTED) == _COMMENTED


def test_a_comment_without_a_line_of_its_own_moves_above_its_declaration() -> None:
    assert _formatted("let a = (  # why\n  1)\n") == "# why\nlet a = 1\n"


@pytest.mark.parametrize("text", [t for t in ACCEPTED if "\n" not in t and '"""' not in t])
def test_no_comment_is_ever_lost_or_doubled(text: str) -> None:
    words = text.split(" ")
    for place in range(len(words)):
        commented = " ".join(words[:place]) + " # note\n" + " ".join(words[place:])
        try:
            file = sound(commented)
        except AssertionError:
            continue  # the comment landed in a string
        if len(file.comments) != 1:
            continue
        once = format_file(file)
        assert once.count("# note") == 1
        assert sound(once) == file
        assert _formatted(once) == once
