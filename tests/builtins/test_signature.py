"""Signatures: text becomes kinds and units, and operands' units decide the result's."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rewardlang.builtins.signature import Clash, Parameter, UnitPattern, parse_signature
from rewardlang.builtins.table import Builtin, table
from rewardlang.types import NO_UNIT, Unit

METRE = Unit((("m", Fraction(1)),))
SECOND = Unit((("s", Fraction(1)),))


@pytest.mark.parametrize("row", list(table().values()), ids=lambda row: str(row.name))
def test_every_signature_of_the_table_reads_and_names_its_row(row: Builtin) -> None:
    for overload in row.overloads:
        name = parse_signature(overload.signature).name
        assert name in (row.name, row.spelled)


def test_a_signature_reads_into_parameters_and_result() -> None:
    signature = parse_signature("hypot(a: real<'u>, b: real<'u>) -> real<'u>")
    pattern = UnitPattern((("'u", Fraction(1)),))
    assert signature.name == "hypot"
    assert signature.parameters == (
        Parameter("a", "real", pattern),
        Parameter("b", "real", pattern),
    )
    assert (signature.kind, signature.unit, signature.clauses) == ("real", pattern, ())


def test_a_fold_lists_its_clauses_and_defaults() -> None:
    text = "std(x: real<'u>, ddof: int = 0 over axis where mask else value) -> real<'u>"
    signature = parse_signature(text)
    assert [p.name for p in signature.parameters] == ["x", "ddof"]
    assert signature.parameters[1].default == "0"
    assert signature.clauses == ("over", "where", "else")
    assert signature.required == 1


def test_any_number_of_arguments_is_written_with_two_dots() -> None:
    signature = parse_signature("zeros(size: int..) -> real")
    assert signature.accepts([])
    assert signature.accepts(["int", "int", "int"])
    assert not signature.accepts(["real"])


def test_an_int_fits_where_a_real_is_asked_and_not_the_other_way() -> None:
    real = parse_signature("f(x: real) -> real")
    assert real.accepts(["int"])
    assert not real.accepts(["bool"])
    assert not parse_signature("f(x: int) -> int").accepts(["real"])


def test_too_few_and_too_many_operands_do_not_fit() -> None:
    signature = parse_signature("f(a: real, b: real) -> real")
    assert not signature.accepts(["real"])
    assert not signature.accepts(["real"] * 3)


@pytest.mark.parametrize(
    ("text", "units", "result"),
    [
        ("add(a: real<'u>, b: real<'u>) -> real<'u>", [METRE, METRE], METRE),
        ("mul(a: real<'u>, b: real<'v>) -> real<'u*'v>", [METRE, SECOND], METRE * SECOND),
        ("div(a: real<'u>, b: real<'v>) -> real<'u/'v>", [METRE, SECOND], METRE / SECOND),
        ("sqrt(x: real<'u>) -> real<'u^1/2>", [METRE], METRE ** Fraction(1, 2)),
        ("exp(x: real) -> real", [NO_UNIT], NO_UNIT),
        ("time_since(c: bool) -> real<s>", [NO_UNIT], SECOND),
        ("speed(x: real<m>) -> real<m/s>", [METRE], METRE / SECOND),
        ("root(x: real<'u^2>) -> real<'u>", [METRE * METRE], METRE),
    ],
)
def test_units_of_operands_decide_the_unit_of_the_result(
    text: str, units: list[Unit], result: Unit
) -> None:
    assert parse_signature(text).unify(units) == result


def test_a_clash_names_the_operand_and_both_units() -> None:
    signature = parse_signature("add(a: real<'u>, b: real<'u>) -> real<'u>")
    assert signature.unify([METRE, SECOND]) == Clash(1, METRE, SECOND)
    assert parse_signature("exp(x: real) -> real").unify([METRE]) == Clash(0, NO_UNIT, METRE)


def test_an_operand_that_fits_any_unit_leaves_the_unit_to_the_others() -> None:
    signature = parse_signature("max(a: real<'u>, b: real<'u>) -> real<'u>")
    assert signature.unify([None, METRE]) == METRE
    assert signature.unify([METRE, None]) == METRE
    assert signature.unify([None, None]) == NO_UNIT


@pytest.mark.parametrize(
    "text",
    ["", "f", "f(x) -> real", "f(x: number) -> real", "f(x: real<m s>) -> real", "f(x: real)"],
)
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_signature(text)
