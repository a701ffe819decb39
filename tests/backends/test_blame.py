"""A fault is traced to the instruction that made it, along the path that mattered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang
import rewardlang.backends as backends
from rewardlang.backends.blame import blame
from rewardlang.runtime.kernel import Cause
from tests.backends.sketch import Session, Sketch


def cause(s: Sketch, **data: Any) -> Cause:
    """The cause of the fault of a sketch's only sink in one row."""
    kernel = backends.compile(s.plan(), "numpy", "float64", False)
    session = Session(kernel, 1)
    given = {name: np.asarray(x)[None] for name, x in data.items()}
    session.step(given)
    assert session.faulty == 1
    inputs = [given[i.name] for i in kernel.plan.inputs]
    return blame(kernel.plan, 0, inputs, False, False, session.state, session.live)


def test_an_input_that_is_nan_is_named() -> None:
    s = Sketch()
    x, y = s.input("x"), s.input("y")
    s.term("a", s.apply("add", s.apply("mul", x, y), y))
    found = cause(s, x=1.0, y=np.nan)
    assert (found.kind, found.input) == ("input", "y")


def test_only_the_spoiled_element_of_a_vector_counts() -> None:
    s = Sketch()
    x, y = s.input("x", (3,)), s.input("y", (3,))
    s.term("a", s.reduce("sum", s.apply("select", s.apply("gt", x, s.const(0.0)), y, x), 0))
    found = cause(s, x=np.array([1.0, -1.0, 1.0]), y=np.array([1.0, np.nan, np.inf]))
    assert (found.kind, found.input, found.detail) == ("input", "y", "inf")


def test_the_side_not_taken_is_not_blamed() -> None:
    s = Sketch()
    x, y = s.input("x"), s.input("y")
    bad = s.apply("div", x, s.const(0.0))
    root = s.apply("sqrt", y)
    s.term("a", s.apply("select", s.apply("gt", x, s.const(0.0)), root, bad))
    found = cause(s, x=1.0, y=-2.5)
    assert (found.kind, found.detail) == ("domain", "sqrt(-2.5)")


@pytest.mark.parametrize(
    ("name", "x", "y", "kind", "detail"),
    [
        ("div", 3.0, 0.0, "division", "3 / 0"),
        ("mul", 1e200, 1e200, "overflow", "1e+200 * 1e+200"),
        ("mod", 1.0, 0.0, "division", "mod(1, 0)"),
    ],
)
def test_an_operation_is_shown_with_its_operands(
    name: str, x: float, y: float, kind: str, detail: str
) -> None:
    s = Sketch()
    s.term("a", s.apply(name, s.input("x"), s.input("y")))
    found = cause(s, x=x, y=y)
    assert (found.kind, found.detail) == (kind, detail)


def test_an_index_out_of_range_is_shown_with_the_size() -> None:
    s = Sketch()
    s.term("a", s.add("take", (s.input("x", (3,)), s.input("i", (), "int")), "real", (), 0))
    found = cause(s, x=np.zeros(3), i=5)
    assert (found.kind, found.detail) == ("index", "5 of 3")


def test_a_fault_in_memory_is_said_to_be_there() -> None:
    s = Sketch()
    s.make_cell("old")
    x = s.input("x")
    s.store("old", x)
    s.term("a", s.cell("old"))
    kernel = backends.compile(s.plan(), "numpy", "float64", False)
    session = Session(kernel, 1)
    session.step({"x": np.array([np.nan])})
    found = blame(kernel.plan, 0, [np.array([1.0])], False, False, session.state, session.live)
    assert found.kind == "state"


def test_an_infinite_input_that_became_a_fault_is_named() -> None:
    s = Sketch()
    x = s.input("x")
    s.term("a", s.apply("sub", x, x))
    found = cause(s, x=np.inf)
    assert (found.kind, found.input) == ("other", "x")


def test_an_array_builtin_is_named_and_what_its_mask_leaves_out_is_not_blamed() -> None:
    text = "input a : real[2, 2]\ninput v : real[3]\ninput m : bool[3]\n"
    text += "term one = solve(a, [1, 2])[0]\nterm two = median(v / v where m else 0)\n"
    reward = rewardlang.parse(text).compile("numpy", dtype="float64", faults="zero", check=False)
    out = reward.evaluate(
        {
            "a": np.array([[[[1.0, 2.0], [2.0, 4.0]]]]),
            "v": np.array([[[1.0, 0.0, np.nan]]]),
            "m": np.array([[[True, True, False]]]),
        }
    )
    singular, divided = out.faults.records
    assert (singular.sink, singular.detail) == ("one", "solve of n = 2 values")
    assert (divided.sink, divided.detail) == ("two", "0 / 0")
