"""A simulator writes its next state into the buffers it gave: what is remembered is not theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rewardlang

WALK = """\
input x : real[2] per state
input goal : real per episode at reset
input count : int per state
term first = x[0] - previous(x[0])
term both = sum(x - previous(x))
term late = sum(previous(x, 2 else [0, 0]))
term window = sum(x[1] over last 2 else 0)
term counted = real(count - previous(count))
term toward = goal
"""
# x is [k, 10 k] after step k, begun at 0; count grows by 3
EXPECTED = [
    {"first": 1, "both": 11, "late": 0, "window": 10, "counted": 3, "toward": 5},
    {"first": 1, "both": 11, "late": 0, "window": 30, "counted": 3, "toward": 5},
    {"first": 1, "both": 11, "late": 11, "window": 50, "counted": 3, "toward": 5},
    {"first": 1, "both": 11, "late": 22, "window": 70, "counted": 3, "toward": 5},
]


def buffers(library: str) -> dict[str, Any]:
    x, goal = np.zeros((3, 2)), np.full(3, 5.0)
    found = {"x": x, "goal": goal, "count": np.zeros(3, np.int64)}
    return found if library == "numpy" else {k: torch.from_numpy(v) for k, v in found.items()}


def told(terms: Any) -> dict[str, float]:
    return {name: float(x[1]) for name, x in terms.items()}


@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("library", ["torch", "numpy"])
def test_a_loop_over_buffers_that_change_in_place(library: str, gradients: bool) -> None:
    reward = rewardlang.parse(WALK).compile("torch")
    given = buffers(library)
    with torch.set_grad_enabled(gradients):
        reward.reset(given)
        found = []
        for _ in range(4):
            given["x"][:, 0] += 1
            given["x"][:, 1] += 10
            given["count"][:] += 3
            given["goal"][:] += 100
            step = {"x": given["x"], "count": given["count"]}
            found.append(told(reward.step(step).terms))
    assert found == EXPECTED


def test_pure_functions_over_buffers_that_change_in_place() -> None:
    pure = rewardlang.parse(WALK).compile("torch", dtype="float64").functional()
    given = buffers("torch")
    memory = pure.init(3, given)
    found = []
    for _ in range(4):
        given["x"] += torch.tensor([1, 10])
        given["count"] += 3
        given["goal"] += 100
        parts, memory = pure.step(memory, {"x": given["x"], "count": given["count"]})
        found.append(told(parts.terms))
    assert found == EXPECTED


def test_rows_that_begin_anew_in_place() -> None:
    reward = rewardlang.parse("input x : real per state\nterm a = x - previous(x)").compile("torch")
    x = torch.zeros(2)
    reward.reset({"x": x})
    x += 1
    reward.step({"x": x})
    x[0] = 50
    reward.reset({"x": x}, torch.tensor([True, False]))
    x += 2
    assert reward.step({"x": x}).reward.tolist() == [2, 2]


def test_only_what_is_remembered_as_it_is_gets_copied() -> None:
    text = (
        "input x : real per state\ninput y : real\n"
        "term a = x - previous(x) + previous(2 * y else 0)"
    )
    reward = rewardlang.parse(text).compile("torch", dtype="float32")
    names = {reward.plan.inputs[n].name for n in reward._engine.kept}
    assert names == {"x"}
