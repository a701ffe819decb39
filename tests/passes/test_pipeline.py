"""What the passes may not change: any bit of any result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang import backends
from rewardlang.ir.builder import build
from rewardlang.ir.ops import Op, Program
from rewardlang.passes import PIPELINE
from rewardlang.passes.schedule import schedule
from rewardlang.plan import Plan
from rewardlang.runtime.reward import Reward
from tests.agree import generated


def _program(text: str) -> Program:
    return build(rewardlang.parse(text).checked)


def _passed(program: Program) -> Program:
    for _, run in PIPELINE:
        program = run(program)
    return program


def _evaluate(plan: Plan, columns: dict[str, Any]) -> Any:
    reward = Reward(
        plan,
        lambda part, dtype: backends.compile(part, "numpy", dtype),
        dtype="float64",
        check=False,
    )
    return reward.evaluate(columns)


@pytest.mark.parametrize("seed", range(40))
def test_every_pass_keeps_the_meaning(seed: int) -> None:
    program = _program(generated.program(seed))
    columns = generated.data(seed, 4, 8, "float64", nasty=0.2)
    expected = _evaluate(schedule(program), columns)
    for _, run in PIPELINE:
        program = run(program)
        found = _evaluate(schedule(program), columns)
        np.testing.assert_array_equal(found.reward, expected.reward)
        np.testing.assert_array_equal(found.valid, expected.valid)
        for name, value in expected.terms.items():
            np.testing.assert_array_equal(found.terms[name], value)


def _kinds(program: Program) -> list[str]:
    """The builtins applied in the first term, operands first."""
    found: dict[int, Op] = {}
    waiting = [program.outputs[0].value]
    while waiting:
        op = waiting.pop()
        if op.number not in found:
            found[op.number] = op
            waiting.extend(op.args)
    return [o.attr[0] for n, o in sorted(found.items()) if o.kind == "apply"]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("x * (2 - 1)", []),
        ("x / 1 + 0", []),
        ("if 1 < 2 then x else y / x", []),
        ("min(x, inf)", []),
        ("max(-inf, x)", []),
        ("x * 0", ["mul"]),  # a fault where x is one
        ("real(not (not (x > 0)))", ["gt", "real"]),
        ("x ^ 3", ["mul", "mul"]),
    ],
)
def test_what_is_left_of_an_expression(written: str, left: list[str]) -> None:
    text = f"input x : real\ninput y : real\nterm a = {written}\nterm b = y"
    assert _kinds(_passed(_program(text))) == left


def test_an_option_known_when_compiled_leaves_one_branch() -> None:
    text = """
    use shaping: tolerance
    input x : real
    term near = tolerance(x, lower: 1, upper: 2, margin: 0.5, shape: gaussian)
    """
    names = _kinds(_passed(_program(text)))
    assert "exp" in names
    assert not {"tanh", "cos", "atanh", "acosh"} & set(names)
