"""`use staged` and `use potential`: by hand, and against a loop over stages."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.builtins.library import called

PASSED = np.array(list(product([False, True], repeat=3)))
SCORES = np.random.default_rng(0).uniform(-0.2, 1.2, (8, 3))
BOTH = {"s": ("real[3]", SCORES), "p": ("bool[3]", PASSED)}


def by_loop(scores: Any, passed: Any, carry: bool) -> float:
    total = 0.0
    for score, done in zip(scores, passed, strict=True):
        if carry:
            total += 1.0 if done else float(np.clip(score, 0, 1))
        else:
            total += float(score)
        if not done:
            break
    return total


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("function", ["staged", "carried"])
def test_a_sum_of_stages_stops_at_the_first_that_is_not_passed(function: str, backend: str) -> None:
    rows = zip(SCORES, PASSED, strict=True)
    expected = [by_loop(scores, passed, function == "carried") for scores, passed in rows]
    got = called(f"staged: {function}", f"{function}(s, p)", BOTH, backend=backend)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_a_share_is_a_part_of_one() -> None:
    got = called("staged: share", "share(s, p)", BOTH)
    assert got[-1] == 1 and (got >= 0).all() and (got <= 1).all()
    np.testing.assert_allclose(got * 3, called("staged: carried", "carried(s, p)", BOTH))


def test_a_stage_is_counted_only_behind_those_before_it() -> None:
    # 000 001 010 011 100 101 110 111
    assert called("staged: stage", "stage(p)", BOTH).tolist() == [0, 0, 0, 0, 1, 1, 2, 3]
    count = called("staged: opened", "count(opened(p))", BOTH)
    assert count.tolist() == [1, 1, 1, 1, 2, 2, 3, 3]
    in_order = called("potential: goals_in_order", "goals_in_order(p)", BOTH)
    assert in_order.tolist() == [0, 0, 0, 0, 1, 1, 2, 3]


def test_a_latch_keeps_what_once_held_within_its_episode() -> None:
    inputs = {"c": ("bool", [False, True, False, False])}
    assert called("staged: latched", "latched(c)", inputs).tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("function", "call", "x", "expected"),
    [
        ("staged: gated", "gated(x > 0, 1 / x)", [2, 0, -1], [0.5, 0, 0]),
        ("staged: unless_success", "unless_success(x > 1, 10, x)", [0.5, 2], [0.5, 10]),
        ("staged: capped", "capped(x, 1)", [0.5, 2], [0.5, 1]),
        ("potential: nearness", "nearness(x, 2)", [0, 1, 4], [0, -0.5, -2]),
        ("potential: nearness", "nearness(x, 0)", [1], [math.nan]),
        ("potential: attraction", "attraction(x, 2)", [0, 2], [1, math.exp(-1)]),
        ("potential: difference", "difference(x, 3, 0.5)", [1, 2], [0.5, -0.5]),
        ("potential: difference", "difference(x, 3, 0.5, true)", [1, 2], [-1, -2]),
        ("potential: difference", "difference(x, 3, 1.5)", [1], [math.nan]),
        ("potential: scaled_potential", "scaled_potential(x, 2, 4, 10)", [1, 3, 9], [0, 5, 10]),
        ("potential: scaled_potential", "scaled_potential(x, 2, 2)", [1], [math.nan]),
    ],
)
def test_a_function_has_the_values_worked_by_hand(
    function: str, call: str, x: list[float], expected: list[float]
) -> None:
    got = called(function, call, {"x": ("real", np.array(x, dtype=float))})
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_goals_reached_is_a_share() -> None:
    got = called("potential: goals_reached", "goals_reached(p)", BOTH)
    np.testing.assert_allclose(got, PASSED.mean(1))


def test_steps_left_is_the_value_of_minus_one_a_step() -> None:
    inputs = {"d": ("real<m>", [3.0, 0.0, 3.0]), "v": ("real<m/s>", [2.0, 2.0, 0.0])}
    got = called("potential: steps_left", "steps_left(d, v)", inputs, "timestep 0.5<s>")
    np.testing.assert_allclose(got, [-3, 0, np.nan])


def test_the_differences_of_a_potential_telescope() -> None:
    phi = np.random.default_rng(1).normal(size=9)
    inputs = {
        "before": ("real", phi[:-1]),
        "after": ("real", phi[1:]),
        "ended": ("bool", np.arange(8) == 7),
    }
    got = called("potential: difference", "difference(before, after, 0.9, ended)", inputs)
    assert (0.9 ** np.arange(8) * got).sum() == pytest.approx(-phi[0], abs=1e-12)
