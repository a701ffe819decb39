"""`# allow RW710`: what a comment accepts, where, and what is said of one that accepts nothing."""

from __future__ import annotations

import pytest

import rewardlang
from rewardlang.tooling import format_text
from tests.check.checking import codes_of


def test_a_comment_allows_a_warning_on_its_line_and_no_error() -> None:
    text = "input a : real in 0 .. 1\nterm one weight -2 = -a{}\n"
    assert codes_of(text.format("")) == ["RW710"]
    assert codes_of(text.format("  # allow RW710: the sign is the simulator's")) == []
    assert codes_of(text.format("  # allow RW711")) == ["RW710", "RW707"]
    above = "input a : real in 0 .. 1\n# allow RW710\nterm one weight -2 = -a\n"
    assert codes_of(above) == []
    assert codes_of("term one = b  # allow RW101\n") == ["RW101"]


ALLOWING = "input a : real in 0 .. 1\n{}\n"


@pytest.mark.parametrize(
    ("declarations", "codes"),
    [
        ("term one weight -2 = -a  # we allow RW710 here", ["RW710"]),
        ("term one weight -2 = -a  # RW710: allow RW710", ["RW710"]),
        ("term one weight -2 = -a  # allow RW7100", ["RW710", "RW707"]),
        ("term one weight -2 = -a  # allow RW710x", ["RW710"]),
        ("term one weight -2 = -a  #allow RW710", []),
        ("term one weight -2 = -a  # allow RW716, RW710", ["RW707"]),
        ("term one weight -2 = -a  # allow RW710, RW703", ["RW707"]),
        ("term one weight -2 = -a\nterm two weight -3 = -a  # allow RW710 , RW716",
         ["RW710"]),
        ("# allow RW710\n# as the simulator has it\nterm one weight -2 = -a", []),
        ("# allow RW710\n\nterm one weight -2 = -a", ["RW710", "RW707"]),
        ('# allow RW710\n"""What it is for."""\nterm one weight -2 = -a', []),
        ("term one weight -2 =\n  -a  # allow RW710", []),
        ("term one weight -2 =  # allow RW710\n  -a", []),
        ("term one weight -2 =\n  -a + 0 *  # allow RW710\n  a", ["RW710", "RW707"]),
        ('term one weight -2 = -a\n'
         'test "# allow RW710" {\n  given a = [1]\n  expect one < 0\n}', ["RW710"]),
        ("term one = a  # allow RW101", ["RW707"]),
        ("term one = a\npotential p discount 0.9 = 1  # allow RW721", []),
    ],
)  # fmt: skip
def test_a_comment_allows_what_it_begins_with_and_no_more(
    declarations: str, codes: list[str]
) -> None:
    assert sorted(codes_of(ALLOWING.format(declarations))) == sorted(codes)


def test_what_is_allowed_stays_so_when_the_text_is_formatted() -> None:
    long = "term one weight -2 = -a * 1234567890 - a * 1234567890 - a * 1234567890 - a * 1234567890"
    described = '"""It."""\n# allow RW710\nterm two weight -3 = -a\n'
    text = ALLOWING.format(f"{described}{long} - a * 12345  # allow RW710, RW717: so\n")
    after = format_text(text)
    assert after.count("\n") > text.count("\n") - 2
    assert codes_of(text) == codes_of(after) == []


def test_nothing_is_said_of_an_allowance_in_a_file_with_errors_or_in_another_file() -> None:
    assert codes_of("term one = b  # allow RW710\n") == ["RW101"]
    used = {"other.reward": "input a : real\nlet double = a * 2  # allow RW710\n"}
    assert codes_of('use "other.reward" as other\nterm one = other.double\n', used) == []


def test_the_discount_of_a_trainer_can_be_allowed() -> None:
    text = "input h : real per state\npotential p discount 0.9 = h  # allow RW721: as published\n"
    assert rewardlang.parse(text).other_discounts(0.99) == []
