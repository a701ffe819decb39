"""Units: literals in base units, the algebra of operators, what a bare number may stand beside."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from rewardlang.check.typed import Expr
from rewardlang.types import NO_UNIT, Unit
from tests.check.checking import check_text, checked, codes_of

INPUTS = """
input h : real<m> in 0 .. 3
input v : real<m/s> in -5 .. 5
input x : real in 0.5 .. 1
"""


def unit_of(expression: str) -> Unit:
    program = checked(INPUTS + f"let y = {expression}\nmetric m = h\n")
    return program.lets[-1].value.type.unit


def literal(text: str) -> float:
    value: Expr = checked(f"let y = {text}\nmetric m = y\n").lets[0].value
    assert value.op == "const"
    return float(value.attr)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5<cm>", 0.05),
        ("0.1<cm>", 0.001),
        ("36<km/h>", 10.0),
        ("30<deg>", 30 * math.pi / 180),
        ("2<kN>", 2000.0),
        ("1.5<min>", 90.0),
        ("250<g>", 0.25),
        ("-2<mm>", -0.002),
    ],
)
def test_a_literal_is_converted_to_base_units_and_rounded_once(text: str, value: float) -> None:
    assert literal(text) == value


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        ("h + 1<cm>", {"m": 1}),
        ("h * v", {"m": 2, "s": -1}),
        ("h / v", {"s": 1}),
        ("h ^ 2", {"m": 2}),
        ("sqrt(h)", {"m": Fraction(1, 2)}),
        ("h ^ (1/2)", {"m": Fraction(1, 2)}),
        ("max(h, 0)", {"m": 1}),
        ("clip(v, -1<m/s>, inf)", {"m": 1, "s": -1}),
        ("if x > 0.7 then h else 0", {"m": 1}),
        ("h / 1<m>", {}),
        ("[h, 0, 1<m>]", {"m": 1}),
        ("2<N> * 1<m> / 1<J>", {}),
        ("abs(-v)", {"m": 1, "s": -1}),
        ("h * 0", {"m": 1}),
        ("atan2(h, 1<m>)", {}),
    ],
)
def test_operators_and_functions_combine_units(expression: str, unit: dict[str, int]) -> None:
    assert unit_of(expression) == Unit.of({n: Fraction(e) for n, e in unit.items()})


@pytest.mark.parametrize("expression", ["h < 0", "h == 0", "v > -inf", "h in 0 .. inf"])
def test_zero_and_infinity_fit_any_unit(expression: str) -> None:
    checked(INPUTS + f"term a = {expression}\nterm b = x + h / v / 1<s>\n")


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("h < 0.6", "0.6<m>"),
        ("0.6 > h", "0.6<m>"),
        ("v > -1", "-1<m/s>"),
        ("h in 0.2 .. 1<m>", "0.2<m>"),
    ],
)
def test_a_bare_number_beside_a_unit_is_told_which_to_write(expression: str, hint: str) -> None:
    _, findings = check_text(INPUTS + f"term a = {expression}\n")
    finding = next(d for d in findings if d.code == "RW212")
    assert f"{finding.args['number']}<{finding.args['unit']}>" == hint


def test_a_clash_names_both_units_and_points_at_both_sides() -> None:
    _, findings = check_text(INPUTS + "term a = (h + v) / 1<m>\n")
    clash = next(d for d in findings if d.code == "RW211")
    assert {label.text for label in clash.labels} == {"this is in m", "this is in m/s"}


def test_a_term_with_a_unit_offers_the_division_and_the_weight() -> None:
    _, findings = check_text(INPUTS + "term a = h * v\n")
    finding = next(d for d in findings if d.code == "RW250")
    assert "`(h * v) / 1<m^2/s>`" in (finding.hint or "")
    assert "`weight 2<s/m^2>`" in (finding.hint or "")


def test_a_weight_may_carry_the_inverse_unit() -> None:
    program = checked(INPUTS + "term a weight 2<1/m> = h\n")
    assert program.terms[0].weight is not None


def test_a_file_without_units_never_hears_of_them() -> None:
    text = "input a : real\ninput b : real\nterm t1 = exp(-abs(a * b)) + a ^ 2 - sqrt(abs(b))\n"
    assert codes_of(text) == []


def test_a_declared_unit_is_a_base_unit() -> None:
    text = "unit token\ninput n : int<token>\nterm a weight 0.1<1/token> = n\n"
    assert checked(text).inputs[0].type.unit == Unit((("token", Fraction(1)),))
    assert "RW211" in codes_of("unit token\ninput n : int<token>\nterm a = n + 1<m> > 0\n")


def test_an_input_in_a_scaled_unit_keeps_its_own_unit_for_showing() -> None:
    declared = checked("input a : real<deg> in -180 .. 180\nterm c = cos(a)\n").inputs[0]
    assert declared.shown_unit == "deg"
    assert declared.scale == math.pi / 180
    assert declared.range is not None and declared.range.hi == pytest.approx(math.pi)
    assert declared.type.unit == NO_UNIT


def test_a_def_with_a_unit_variable_is_checked_at_each_call() -> None:
    text = INPUTS + "def near(a: real<'u>, b: real<'u>) -> real = 1 - abs(a - b) / max(a, b)\n"
    assert "RW234" in codes_of(text + "term a = near(h, v)\n")
    text = INPUTS + "def near(a: real<'u>, b: real<'u>) -> real<'u> = abs(a - b)\n"
    checked(text + "term a = near(h, 2<m>) / 1<m> + near(0, v) / 1<m/s>\n")


def test_an_error_inside_a_def_is_said_at_the_call() -> None:
    text = INPUTS + "def half(a) = a + 1\nterm a = half(h) / 1<m>\n"
    _, findings = check_text(text)
    finding = next(d for d in findings if d.code == "RW212")
    assert finding.labels[0].span.text == "half(h)"
    assert finding.labels[1].span.text in ("a", "1")
