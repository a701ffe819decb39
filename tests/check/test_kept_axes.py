"""The one axis that a total keeps: who may carry it, who must say so, what reduces it."""

from __future__ import annotations

import pytest

from tests.check.checking import checked, codes_of

INPUTS = """
enum aim { forward, jump }
input place : real[agent: 3, xy: 2]
input hit : bool[agent: 3]
input speed : real[agent: 3]
input height : real per state
input far : real[agent: 3] per state
"""
KEPT = INPUTS + "term run : real[agent] = speed\n"


@pytest.mark.parametrize(
    "declaration",
    [
        "term b : real[agent: 3] weight -0.5 on fault 0 = hit",
        "term b : real[agent] = [1, 2, 3]",
        "term b : real[agent] = 1",
        "term b = height",
        "term b : real[agent] paid last = mean(speed over episode)",
        "potential b discount 0.99 = far",
        "potential b = height",
        "terminate b when hit pays -1",
        "terminate b when height < 0 pays speed",
        "success b when hit",
        "metric b : real[agent] = norm(place over xy)",
        "reward : real[agent] = max(total, 0)",
        "reward = sum(total over agent)",
        "let b = norm(rename(place, agent: other) over xy) < 1\n"
        "term c : real[agent] = count(b and index(agent) != 0 over other)",
    ],
)
def test_a_total_keeps_one_axis_and_what_lacks_it_is_shared(declaration: str) -> None:
    program = checked(KEPT + declaration + "\n")
    assert program.axis is not None
    assert program.axis.name == "agent"


@pytest.mark.parametrize(
    ("declaration", "code"),
    [
        ("term b = speed", "RW262"),
        ("metric b = speed", "RW262"),
        ("reward = total", "RW262"),
        ("term b : real[agent: 3, xy: 2] = place", "RW260"),
        ("term b : real[3] = [1, 2, 3]", "RW260"),
        ("term b : real[aim] = [1, 2]", "RW261"),
        ("term b : real[agent: 4] = 1", "RW261"),
        ("term b : real[agent] = [1, 2]", "RW246"),
        ("term b weight speed[0] = height", "RW302"),
        ("term b weight [1, 2, 3] = height", "RW249"),
        ("potential b = norm(rename(place, agent: other) over xy)", "RW249"),
        ("terminate b when place > 0", "RW251"),
        ("terminate b when any(hit over agent) pays place", "RW249"),
        ("term b : real[agent] = -sum(place ^ 2)", "RW231"),
        ("term b = sum(speed)", "RW263"),
        ("term b = min(far[agent: 0], 1) + max(speed)", "RW263"),
    ],
)
def test_what_does_not_fit_the_kept_axis_is_refused(declaration: str, code: str) -> None:
    assert codes_of(KEPT + declaration + "\n") == [code]


def test_without_a_kept_axis_a_bare_reduction_takes_every_axis() -> None:
    assert checked(INPUTS + "term b = sum(speed)\n").axis is None


def test_an_axis_must_be_kept_by_a_type_before_a_condition_may_have_it() -> None:
    assert codes_of(INPUTS + "term b = height\nterminate c when hit\n") == ["RW251"]


def test_the_members_of_an_enum_are_the_labels_of_the_axis() -> None:
    program = checked(INPUTS + "reward : real[aim] = [height, 2]\n")
    assert program.axis is not None
    assert program.axis.labels == ("forward", "jump")


def test_the_type_of_the_reward_decides_before_those_of_the_terms() -> None:
    text = INPUTS + "term b : real[agent] = speed\nreward : real[aim] = [1, 2]\n"
    assert codes_of(text) == ["RW261"]


def test_a_size_said_once_holds_wherever_the_name_stands() -> None:
    text = "let w : real[agent, xy] = 0\nterm b = sum(place * w over (agent, xy))\n"
    program = checked(INPUTS + text)
    assert program.lets[-1].value.type.shape == (3, 2)


# ---- open axes --------------------------------------------------------------------------------

OPEN = "input p : real[stock] in 0 .. 2\ninput q : real[stock, 2]\ninput n : int in 0 .. 9\n"


@pytest.mark.parametrize(
    ("expression", "type_"),
    [
        ("p * q", "real[stock, 2]"),
        ("rename(p, stock: other) - p", "real[other, stock]"),
        ("index(stock)", "int[stock]"),
        ("size(q)", "int"),
        ("p[3]", "real"),
        ("q[:, 0]", "real[stock]"),
        ("max(p)", "real"),
        ("mean(p where p > 1 else 0)", "real"),
        ("previous(p else 1)", "real[stock]"),
    ],
)
def test_open_axes_go_by_name_through_everything(expression: str, type_: str) -> None:
    program = checked(OPEN + f"let result = {expression}\nterm a = sum(p + q[:, 1]) + n\n")
    assert str(program.lets[-1].value.type) == type_
    assert program.open_axes == ("stock",)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("term a = sum(p[0:2])", ["RW265"]),
        ("term a = sum(outer(p, p))", ["RW265"]),
        ("term a = p[-1]", ["RW229"]),
        ("param w : real[bond] = 1\nterm a = sum(p) * sum(w)", ["RW264"]),
        ("let w : real[bond] = 1\nterm a = sum(p) * sum(w)", ["RW264"]),
        ("term a = sum(p + rename(q[:, 0], stock: other))", ["RW231"]),
        ("term a = sum(rename(p, stock: s) + rename(index(k), k: s))", ["RW227"]),
    ],
)
def test_what_needs_a_size_is_refused(text: str, codes: list[str]) -> None:
    assert codes_of(OPEN + text + "\n") == codes


def test_sums_over_open_axes_have_no_upper_bound() -> None:
    program = checked(OPEN + "let result = sum(p)\nterm a = result + n + sum(q[:, 0])\n")
    assert (program.lets[-1].value.range.lo, program.lets[-1].value.range.hi) == (0, float("inf"))


# ---- ragged axes ------------------------------------------------------------------------------

RAGGED = """
input x : real[box: 0 .. 4, xy: 2]
input y : real[box]
input n : int[section: 0 .. 3, line: 0 .. 5]
input s : real
"""


@pytest.mark.parametrize(
    ("declaration", "codes"),
    [
        ("term a = max(y)", ["RW307"]),
        ("term a = sum(previous(y else 0))", ["RW266"]),
        ("term a = sum(mean(y over last 3) over box)", ["RW266"]),
        ("term a = sum(mean(y over episode) over box)", ["RW266"]),
        ("let z : real[box] = previous(z else 0) + y\nterm a = sum(z)", ["RW266"]),
        ("term a = sum(y[0:2])", ["RW265"]),
        ("term a = sum(outer(y, y))", ["RW265"]),
        ("term a = y[4]", ["RW229"]),
        ("term a = sum(concat(y, y))", ["RW265"]),
        ("term a = sum(max(y over batch) over box)", ["RW266"]),
        ("term a = sum(sum(n over section) over line)", ["RW268"]),
        ("term a = sum(n[section: 1] over line)", ["RW268"]),
        ("term a = sum(rename(n, section: part) over (part, line))", ["RW268"]),
        ("term a : real[box] = y", ["RW260"]),
        ("param w : real[far: 0 .. 3] = 1\nterm a = sum(w) + s", ["RW264"]),
        ("input z : real[2, far: 0 .. 3]\nterm a = sum(z) + s", ["RW267"]),
        ("input z : real[far: 1 .. 3]\nterm a = sum(z) + s", ["RW224"]),
        ("input z : real[box: 0 .. 5]\nterm a = sum(z) + s", ["RW267"]),
        ("input z : real[section, box]\nterm a = sum(z over (section, box)) + s", ["RW267"]),
    ],
)
def test_what_a_ragged_axis_does_not_allow_is_refused(declaration: str, codes: list[str]) -> None:
    assert codes_of(RAGGED + declaration + "\n") == codes


def test_a_ragged_axis_may_be_empty_and_is_never_longer_than_its_cap() -> None:
    program = checked(
        RAGGED
        + "let k = size(y)\nterm a = sum(x + s over (box, xy)) + sum(n over (section, line)) + k"
    )
    value = program.lets[-1].value
    assert (value.range.lo, value.range.hi) == (0, 4)
    assert [d.name for d in program.lengths] == ["box.length", "section.length", "line.length"]
