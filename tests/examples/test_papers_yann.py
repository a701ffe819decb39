"""YANN-RL's objective against NumPy, and an LQR gain computed from nothing but its export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang import tooling

Q = np.array([[2, 0.5], [0.5, 1]])
R = 0.25
TARGET, REST = np.array([500.0, 350.0]), 300.0
SCALE = np.array([100.0, 10.0])


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_the_reward_is_the_negative_stage_cost(backend: str, examples: Path) -> None:
    program = rewardlang.load(examples / "papers/yann/yann.reward")
    rng = np.random.default_rng(0)
    x = rng.uniform([0, 250], [1000, 450], (200, 2))
    u = rng.uniform(250, 350, 200)
    out = program.compile(backend=backend, dtype="float64").evaluate(
        {"concentration": x[:, :1], "temperature": x[:, 1:], "coolant": u[:, None]}
    )
    error = (x - TARGET) / SCALE
    cost = np.einsum("ni,ij,nj->n", error, Q, error) + R * ((u - REST) / 10) ** 2
    beyond = np.maximum(320 - x[:, 1], 0) + np.maximum(x[:, 1] - 380, 0)
    hot = x[:, 1] > 400
    expected = -cost - 5 * beyond / 10 - 100 * hot
    np.testing.assert_allclose(np.ravel(out.reward), expected, rtol=1e-12, atol=1e-9)
    np.testing.assert_array_equal(np.ravel(out.conditions["runaway"]), hot)
    assert 20 < hot.sum() < 180


def test_the_gain_of_a_regulator_follows_from_the_export(examples: Path) -> None:
    """In scaled errors z = (x - target) / scale the weights come back, and so does the gain."""
    document = tooling.region_document(rewardlang.load(examples / "papers/yann/yann.reward"))
    by_name = {one["name"]: one for one in document}
    assert by_name["tracking"]["kind"] == by_name["control"]["kind"] == "concave quadratic"
    state = by_name["tracking"]["regions"][0]["value"]
    action = by_name["control"]["regions"][0]["value"]
    matrix, linear = np.array(state["Q"]), np.array(state["c"])
    np.testing.assert_allclose(np.linalg.solve(-2 * matrix, linear), TARGET)  # where it is best
    stage, effort = -matrix * np.outer(SCALE, SCALE), -np.array(action["Q"]) * 100
    np.testing.assert_allclose(gain(stage, effort), gain(Q, np.array([[R]])), rtol=1e-9)
    assert by_name["warm"]["kind"] == "piecewise affine" and by_name["warm"]["factor"] == 5


def gain(stage: np.ndarray[Any, Any], effort: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Of u = -K z for z' = A z + B u, by iterating the Riccati equation."""
    a, b = np.array([[0.9, -0.1], [0.2, 1.05]]), np.array([[0.0], [0.3]])
    p = stage
    for _ in range(500):
        k = np.linalg.solve(effort + b.T @ p @ b, b.T @ p @ a)
        p = stage + a.T @ p @ (a - b @ k)
    assert np.abs(np.linalg.eigvals(a - b @ k)).max() < 1, "it regulates"
    return k
