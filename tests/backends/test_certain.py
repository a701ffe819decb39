"""What can never be a fault, and what may be left out of a text because of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rewardlang.backends.certain import never_faults, without_guards
from rewardlang.builtins.table import FAULT_INT, table
from tests.backends.sketch import Sketch


def certain(s: Sketch) -> frozenset[int]:
    plan = s.plan()
    return never_faults(plan, (*plan.prelude, *plan.step))


def test_the_count_of_transitions_and_what_compares_it_are_certain() -> None:
    s = Sketch()
    t = s.count_time()
    first = s.apply("eq", t, s.const(1, "int"), number=1)
    assert {t, first} <= certain(s)


def test_what_comes_from_an_input_is_not() -> None:
    s = Sketch()
    x, flag = s.input("x"), s.input("flag", kind="bool")
    above = s.apply("gt", x, s.const(1.0))
    both = s.apply("and", flag, s.const(True, "bool"))
    whole = s.input("n", kind="int")
    equal = s.apply("eq", whole, s.const(1, "int"), number=1)
    assert not {x, flag, above, both, whole, equal} & certain(s)


def test_what_a_sink_has_settled_is_and_so_is_its_conversion() -> None:
    s = Sketch()
    settled = s.term("fallen", s.apply("gt", s.input("x"), s.const(1.0)))
    plan = s.plan()
    found = never_faults(plan, (*plan.prelude, *plan.step))
    assert {i.slot.number for i in plan.step if i.op == "settle"} <= found
    assert settled in {i.slot.number for i in plan.step}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_a_constant_that_may_not_be_finite_is_not(value: float) -> None:
    s = Sketch()
    assert s.const(value) not in certain(s)


@pytest.mark.parametrize(
    ("builtin", "number", "operands", "expected"),
    [
        ("select", 0, [0], "({1} if {0} == 1 else {2})"),
        ("select", 0, [1, 2], None),
        ("not", 0, [0], "((1 if {0} == 0 else 0))"),
        ("iff", 0, [0], "(2 if {1} == 2 else (1 if {0} == {1} else 0))"),
        ("iff", 0, [0, 1], "((1 if {0} == {1} else 0))"),
        ("implies", 0, [0], "({1} if {0} == 1 else 1)"),
        ("require", 0, [0], None),
    ],
)
def test_only_the_guards_of_certain_operands_go(
    builtin: str, number: int, operands: list[int], expected: str | None
) -> None:
    template = table()[builtin].overloads[number].numba
    assert template is not None
    assert without_guards(template, operands) == (template if expected is None else expected)


@pytest.mark.parametrize(
    "name", sorted(n for n, b in table().items() if b.kind not in ("fold", "array"))
)
def test_a_text_without_guards_gives_the_same_for_operands_that_are_no_fault(name: str) -> None:
    samples: dict[str, list[float]] = {"bool": [0, 1], "int": [3, 0, 1, 7], "real": [1.5, 0.0, 2.0]}
    for overload in table()[name].overloads:
        if overload.numba is None:
            continue
        parameters = overload.signature.split("->")[0].split("(", 1)[1].split(",")
        kinds = [next((k for k in samples if k in p.split(":")[1]), "real") for p in parameters]
        short = without_guards(overload.numba, range(len(kinds)))
        names = {"math": math, "np": np, "FAULT_INT": FAULT_INT, "f": np.float64}
        for i in range(12):
            operands = [
                repr(samples[k][(i + 2 * n) % len(samples[k])]) for n, k in enumerate(kinds)
            ]
            given = {"f": "f", "nan": "np.nan", "inf": "np.inf"}
            with np.errstate(all="ignore"):
                try:
                    wanted = eval(overload.numba.format(*operands, **given), names)
                except (ValueError, ZeroDivisionError, OverflowError):
                    continue  # Python raises where Numba gives a NaN
                found = eval(short.format(*operands, **given), names)
            np.testing.assert_equal(found, wanted)
