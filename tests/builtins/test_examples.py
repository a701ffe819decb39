"""Every example of the table, as a program of its own, has the value it claims."""

from __future__ import annotations

import math

import numpy as np
import pytest

import rewardlang
from rewardlang.builtins.table import table

EXAMPLES = [
    pytest.param(*example, id=f"{row.name}: {example[0]}")
    for row in table().values()
    for example in row.examples
]


def value_of(text: str) -> float:
    """The value of a constant expression, a bool as 1 or 0; NaN if it is a fault."""
    program = rewardlang.parse(f"input row : real\nterm x = {text}\n")
    reward = program.compile(backend="numpy", dtype="float64", faults="zero")
    out = reward.evaluate({"row": np.zeros((1, 1))})
    return float(np.ravel(out.terms["x"])[0]) if np.ravel(out.valid)[0] else math.nan


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_an_example_has_its_value(text: str, expected: str) -> None:
    assert value_of(text) == value_of(expected)
