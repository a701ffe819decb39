"""Rewards from formulas: the example, by hand, and what each kind does to the best policy.

The small task: a walker on a line of five cells, three moves at a time step, six steps. All 729
ways are evaluated, so that the best of them is known exactly.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rewardlang

EXAMPLE = Path(__file__).parents[2] / "examples" / "temporal" / "recharge.reward"
STEPS = 6
DISCOUNT = 0.9
LINE = "input x : real in 0 .. 4 per state\n"
TASK = "spec s = (eventually (x > 3.5 and eventually x < 0.5)) and always x != 2.5\n"


@pytest.fixture(scope="module")
def ways() -> np.ndarray:
    """[729, 7]: where each way stands, from cell 2 on."""
    moves = np.array(list(product((-1, 0, 1), repeat=STEPS)))
    found = [np.full(len(moves), 2)]
    for step in moves.T:
        found.append(np.clip(found[-1] + step, 0, 4))
    return np.stack(found, axis=1).astype(float)


def _returns(text: str, ways: np.ndarray) -> Any:
    """The discounted return of each way, which ends with its last step."""
    reward = rewardlang.parse(text).compile(backend="numpy")
    ends = np.zeros((len(ways), STEPS), bool)
    ends[:, -1] = True
    out = reward.evaluate({"x": ways}, terminated=ends)
    return out.reward @ DISCOUNT ** np.arange(STEPS)


def _best(returns: np.ndarray) -> set[int]:
    return set(np.flatnonzero(np.isclose(returns, returns.max())).tolist())


def test_success_at_the_end_is_best_for_the_ways_that_satisfy_the_formula(ways: np.ndarray) -> None:
    best = _best(_returns(f"{LINE}{TASK}term r = satisfied(s)\n", ways))
    reaches = [
        n
        for n, way in enumerate(ways.tolist())
        if any(a > 3.5 and min(way[k:]) < 0.5 for k, a in enumerate(way))
    ]
    assert best == set(reaches) and 0 < len(best) < len(ways)


@pytest.mark.parametrize(
    "shaping",
    [
        f"potential p discount {DISCOUNT} = progress(s)\n",
        f"potential p weight 3 discount {DISCOUNT} = robustness(s over past)\n",
        "use temporal: hierarchy, reached, kept_below\n"
        f"potential p discount {DISCOUNT} = "
        "hierarchy([x > 0.5], reached(x, low: 0, enough: 4), "
        "[kept_below(x, enough: 1, most: 4)])\n",
    ],
    ids=["progress", "robustness", "hprs"],
)
def test_potentials_from_formulas_leave_every_preference_as_it_was(
    ways: np.ndarray, shaping: str
) -> None:
    plain = _returns(f"{LINE}{TASK}term r = satisfied(s)\n", ways)
    shaped = _returns(f"{LINE}{TASK}{shaping}term r = satisfied(s)\n", ways)
    difference = shaped - plain
    np.testing.assert_allclose(difference, difference[0], atol=1e-12)
    assert abs(difference[0]) > 0 or "robustness" in shaping


def test_robustness_at_the_end_prefers_the_ways_with_the_largest_margin(ways: np.ndarray) -> None:
    text = f"{LINE}spec s = eventually x > 3.5 and always x < 3.8\nterm r = robustness(s)\n"
    text = text.replace("eventually x > 3.5 and always", "(eventually x > 3.5) and always")
    margins = np.minimum(ways.max(axis=1) - 3.5, 3.8 - ways.max(axis=1))
    np.testing.assert_allclose(_returns(text, ways), margins * DISCOUNT ** (STEPS - 1), atol=1e-12)


def test_robustness_of_each_window_prefers_other_ways_than_the_formula(ways: np.ndarray) -> None:
    """To reach the end once is enough for the formula; every window pays for staying there."""
    once = _best(_returns(f"{LINE}spec s = eventually x > 3.5\nterm r = satisfied(s)\n", ways))
    windows = _best(
        _returns(
            f"{LINE}spec s = eventually [0 .. 1] x > 3.5\n"
            "term r = robustness(s over last 2 else 0)\n",
            ways,
        )
    )
    assert windows < once and len(windows) < len(once)


def test_the_recharging_robot_by_hand() -> None:
    reward = rewardlang.load(EXAMPLE).compile(backend="numpy")
    steps = 70
    charge = np.ones((2, steps + 1))
    charge[:, 5:] = 0.1  # low from sample 5 on
    docked = np.zeros((2, steps + 1), bool)
    docked[0, 40:] = True  # the first docks after 3.5 s, the second never
    columns = {
        "clearance": np.ones((2, steps + 1)),
        "charge": charge,
        "docked": docked,
        "parcel": np.zeros((2, steps + 1), bool),
        "speed": np.full((2, steps + 1), 1.7),
    }
    ends = np.zeros((2, steps), bool)
    ends[:, -1] = True
    out = reward.evaluate(columns, terminated=ends)
    # every low sample of the first sees the dock within 50 samples; sample 5 of the second does not
    assert out.terms["service"].tolist() == [1, 0]
    assert out.specs["recharges"].satisfied[:, -1].tolist() == [True, False]
    forgot = np.flatnonzero(out.terms["forgot"][1])
    assert forgot.tolist() == [54]  # sample 55 is the 50th after sample 5: the 55th transition
    assert not out.terms["forgot"][0].any()
    # a window of 1.1 s is full at sample 10; speed 1.7 is 0.2 over
    np.testing.assert_allclose(out.terms["comfort"][0, :9], 0)
    np.testing.assert_allclose(out.terms["comfort"][0, 9:], -0.2)


def test_the_landing_by_hand() -> None:
    program = rewardlang.load(EXAMPLE.with_name("landing.reward"))
    reward = program.compile(backend="numpy")
    steps = 40
    columns = {name: np.zeros((3, steps + 1)) for name in ("x", "y", "across", "up", "angle")}
    columns["left"] = columns["right"] = np.zeros((3, steps + 1))
    columns["left"][0, 5:] = 1  # the first stands from sample 5 on: 26 samples are full at 30
    columns["angle"][1, 10] = 0.9  # the second tilts
    columns["up"][2, 3] = -0.7  # the third drops
    out = reward.evaluate(columns)
    assert np.flatnonzero(out.conditions["landed"][0])[0] + 1 == 30
    assert not out.conditions["landed"][1:].any()
    assert np.flatnonzero(out.conditions["lost"][1])[0] + 1 == 10
    assert np.flatnonzero(out.terms["rough"][2]).tolist() == [2]
    # at rest the smallest margin is that of y: 0.05 / 1.5
    phi = 2 + 0.05 / 1.5
    assert out.weighted["nearer"][0, 0] == pytest.approx(100 * (0.999 * phi - phi))


def test_the_driving_by_hand() -> None:
    reward = rewardlang.load(EXAMPLE.with_name("driving.reward")).compile(backend="numpy")
    steps = 30
    vehicles = np.zeros((4, steps + 1, 5, 5))
    vehicles[:, :, 0] = [1, 1, 8 / 12, 25 / 80, 0]  # in the right lane, nobody seen
    vehicles[1, 5:8, 1] = [1, 0.1, 0, 0, 0]  # 15 m behind another, for three samples
    vehicles[2, 10:, 0, 2] = 0  # in the left lane from sample 10 on
    speed = np.full((4, steps + 1), 27.0)
    speed[2] = 25
    crashed = np.zeros((4, steps + 1), bool)
    crashed[3, 30] = True
    columns = {"vehicles": vehicles, "speed": speed, "crashed": crashed}
    out = reward.evaluate(columns, truncated=np.arange(1, steps + 1) == np.full((4, 1), steps))
    held = {name: spec.satisfied[:, -1].tolist() for name, spec in out.specs.items()}
    assert held["spaced"] == [True, False, True, True]
    assert held["brisk"] == [True, True, False, True]
    assert held["right"] == [True, True, False, True]
    assert held["safe"] == [True, True, True, False]
    assert held["driven"] == [True, False, False, False]
    # 15 m at 27 m/s is a headway of 5 / 9 s; a window of 3 samples has no more at sample 7 alone
    np.testing.assert_allclose(out.terms["clear"][1, 5:8], [1, 5 / 9 - 1, 1])
    np.testing.assert_allclose(out.terms["fast"][0], [0, 0, 0, *[1 / 6] * 27])
    assert out.weighted["crash"][3].tolist() == [0] * 29 + [-10]
