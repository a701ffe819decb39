"""Ranges: of expressions, of terms and the total, and warnings only where a fault can happen."""

from __future__ import annotations

import math

import pytest

from rewardlang.check.totals import shares
from tests.check.checking import check_text, checked, codes_of

INPUTS = """
input x : real in -1 .. 2
input y : real in 0 .. 4
input free : real
input n : int in 0 .. 9
input v : real[3] in -1 .. 1
let quiet = x + y + free + n + sum(v)
metric m = quiet
"""


@pytest.mark.parametrize(
    ("expression", "lo", "hi"),
    [
        ("x + y", -1, 6),
        ("x * y", -4, 8),
        ("x ^ 2", 0, 4),
        ("abs(x)", 0, 2),
        ("min(x, 0)", -1, 0),
        ("clip(free, -3, 3)", -3, 3),
        ("sum(v)", -3, 3),
        ("sum(v ^ 2)", 0, 3),
        ("mean(v)", -1, 1),
        ("norm(v)", 0, math.sqrt(3)),
        ("count(v > 0)", 0, 3),
        ("sum(y over past)", 0, math.inf),
        ("max(y over last 5)", 0, 4),
        ("mean(x over episode)", -1, 2),
        ("if x > 0 then x else 0", 0, 2),
        ("if x > 0 then 1 else 3", 1, 3),
        ("previous(y else -1)", -1, 4),
        ("ema(y, decay: 0.5)", 0, 4),
        ("v @ v", -3, 3),
        ("real(x > 5)", 0, 0),
    ],
)
def test_ranges_of_expressions(expression: str, lo: float, hi: float) -> None:
    value = checked(INPUTS + f"let probe = {expression}\n").lets[-1].value
    assert (value.range.lo, value.range.hi) == pytest.approx((lo, hi))


@pytest.mark.parametrize(
    "expression",
    [
        "1 / y",
        "1 / x",
        "x / free",
        "sqrt(x)",
        "log(y)",
        "acos(x)",
        "x ^ 0.5",
        "y ^ -1",
        "mod(n, n)",
        "if y >= 0 then 1 / y else 0",
        "if x > 0 or y > 0 then 1 / y else 0",
        "if x > 0 then 1 else 1 / x",
        "v[n]",
    ],
)
def test_an_operation_that_can_fault_warns(expression: str) -> None:
    found = codes_of(INPUTS + f"term a = {expression}\n")
    assert [c for c in found if "RW240" <= c <= "RW242"] != []


@pytest.mark.parametrize(
    "expression",
    [
        "1 / (y + 0.1)",
        "x / 2",
        "sqrt(y)",
        "sqrt(max(x, 0))",
        "sqrt(sum(v ^ 2))",
        "log(1 + y)",
        "acos(clip(x, -1, 1))",
        "if y > 0 then x / y else 0",
        "if y != 0 then x / y else 0",
        "if not (y == 0) then x / y else 0",
        "if y <= 0 then 0 else x / y",
        "if abs(free) > 0.1 then 1 / free else 0",
        "if x > 0 and y > 0 then sqrt(x) / y else 0",
        "if y > 0 and 1 / y > 2 then 1 else 0",
        "if y == 0 or 1 / y > 2 then 1 else 0",
        "if x + y > 0 then 1 / (x + y) else 0",
        "if x > y then sqrt(x - y) else 0",
        "fallback(1 / x, 0)",
        "if valid(1 / x) then 1 else 0",
        "x ^ 2",
        "mean(1 / v where v > 0 else 0)",
        "v[mod(n, 3)]",
        "1 / (if y > 1 then y else 1)",
    ],
)
def test_a_guarded_operation_is_quiet(expression: str) -> None:
    found = codes_of(INPUTS + f"term a = {expression}\n")
    assert [c for c in found if "RW240" <= c <= "RW242"] == []


def test_a_guard_holds_through_lets_on_both_sides() -> None:
    text = INPUTS + "let share = x / y\nlet open = y > 0\n"
    assert codes_of(text + "term a = if open then share else 0\n") == []
    assert codes_of(text + "term a = if x > 0 then share else 0\nterm b = open\n") == ["RW240"]


def test_a_guard_holds_for_locals_of_a_def() -> None:
    text = (
        INPUTS
        + "def part(a, b) = if rest > 0 then share else 0 where rest = a + b, share = a / rest\n"
    )
    assert codes_of(text + "term a = part(x, y)\n") == []


def test_the_warning_offers_to_declare_a_range_where_an_input_has_none() -> None:
    _, findings = check_text(INPUTS + "term a = 1 / free\nterm b = 1 / y\n")
    free, declared = [d.hint or "" for d in findings if d.code == "RW240"]
    assert "declare what `free` can be" in free
    assert declared.startswith("guard it")


def test_the_total_has_a_range_from_weights_potentials_and_payments() -> None:
    text = """
    timestep 0.5<s>
    input x : real in 0 .. 1 per state
    term a weight 2 = x
    term b weight -3 times dt = x
    potential p discount 1 = x
    terminate end when x > 0.5 pays -10
    """
    total = checked(text).total_range
    assert (total.lo, total.hi) == (0 - 1.5 - 1 - 10, 2 + 0 + 1 + 0)


def test_an_own_reward_replaces_the_terms_only() -> None:
    text = "input x : real in 0 .. 1\nterm a = x\nreward = min(total, 0.5)\n"
    text += "terminate end when x > 0.5 pays 2\n"
    total = checked(text).total_range
    assert (total.lo, total.hi) == (0, 2.5)


def test_a_term_paid_at_the_end_adds_nothing_before() -> None:
    text = "input x : real in 1 .. 2\nterm a = mean(x over episode)\n"
    total = checked(text).total_range
    assert (total.lo, total.hi) == (0, 2)


def test_shares_say_who_can_move_the_total_most() -> None:
    text = "input x : real in 0 .. 1\nterm a weight 3 = x\nterm b = x\n"
    assert shares(checked(text)) == {"a": 0.75, "b": 0.25}


def test_a_term_that_can_only_have_one_value_is_told() -> None:
    assert "RW703" in codes_of("input x : real in 0 .. 1\nterm a = x > 2\n")
    assert "RW703" not in codes_of("input x : real in 0 .. 1\nterm a = x\nterm alive = 1\n")


def test_a_term_that_says_what_its_fault_is_worth_is_not_warned_of() -> None:
    text = "input x : real in -1 .. 1\nterm a on fault -1 = log(x)\n"
    assert codes_of(text) == []
    assert checked(text).terms[0].on_fault is not None
