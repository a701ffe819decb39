"""The velocity-tracking reward against arithmetic done by hand, and against a NumPy reward."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rewardlang

BACKENDS = ("numpy", "numba")

WEIGHTS = {
    "linear_tracking": 1,
    "turn_tracking": 0.5,
    "vertical_velocity": -2,
    "roll_and_pitch": -0.05,
    "orientation": -5,
    "torques": -1e-5,
    "acceleration_of_joints": -2.5e-7,
    "action_rate": -0.01,
    "air_time": 1,
    "joint_limits": -10,
    "termination": -200,
}


def _reward(examples: Path, backend: str, dtype: str = "float64") -> Any:
    program = rewardlang.load(examples / "legged" / "velocity_tracking.reward")
    return program.compile(backend=backend, dtype=dtype)


def _standing() -> dict[str, Any]:
    """One robot that stands level on four feet, told to walk."""
    return {
        "target_velocity": np.array([[1.0, 0.5]]),
        "target_turn": np.array([0.2]),
        "velocity": np.zeros((1, 3)),
        "spin": np.zeros((1, 3)),
        "gravity": np.array([[0.0, 0.0, -1.0]]),
        "torque": np.zeros((1, 12)),
        "joint": np.tile([0.0, 1.0, -1.5], 4)[None],
        "joint_velocity": np.zeros((1, 12)),
        "action": np.zeros((1, 12)),
        "foot_force": np.full((1, 4), 40.0),
        "body_force": np.zeros(1),
    }


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_term_is_what_arithmetic_by_hand_gives(backend: str, examples: Path) -> None:
    reward = _reward(examples, backend)
    reward.reset()
    x = _standing()
    x["velocity"] = np.array([[0.7, 0.1, -0.3]])
    x["spin"] = np.array([[0.4, -0.2, 0.5]])
    x["gravity"] = np.array([[0.1, -0.2, -0.9]])
    x["torque"][0, :2] = [3.0, -4.0]
    x["joint_velocity"][0, 5] = 2.0
    x["action"][0, 3:5] = [0.5, -1.0]
    x["joint"][0, 0], x["joint"][0, 4] = -0.9, 2.5  # 0.2 below, 0.3 above
    x["body_force"][0] = 5.0
    out = reward.step(x)
    by_hand = {
        "linear_tracking": math.exp(-(0.3**2 + 0.4**2) / 0.25),
        "turn_tracking": math.exp(-(0.3**2) / 0.25),
        "vertical_velocity": 0.09,
        "roll_and_pitch": 0.2,
        "orientation": 0.05,
        "torques": 25,
        "acceleration_of_joints": (2.0 / 0.02) ** 2,
        "action_rate": 1.25,
        "air_time": 0,
        "joint_limits": 0.5,
        "termination": 1,
    }
    for name, value in by_hand.items():
        assert out.terms[name][0] == pytest.approx(value, rel=1e-12, abs=1e-12), name
        paid = value * WEIGHTS[name] * 0.02
        assert out.weighted[name][0] == pytest.approx(paid, rel=1e-12, abs=1e-12), name
    total = sum(value * WEIGHTS[name] * 0.02 for name, value in by_hand.items())
    assert out.reward[0] == pytest.approx(total, rel=1e-12)
    assert out.terminated[0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_memory_looks_one_step_back_and_is_gone_after_a_reset(backend: str, examples: Path) -> None:
    reward = _reward(examples, backend)
    reward.reset()
    x = _standing()
    x["action"] = np.full((1, 12), 0.5)
    x["joint_velocity"] = np.full((1, 12), 0.1)
    first = reward.step(x)
    assert first.terms["action_rate"][0] == pytest.approx(12 * 0.25)
    assert first.terms["acceleration_of_joints"][0] == pytest.approx(12 * 25)
    second = reward.step(x)
    assert second.terms["action_rate"][0] == 0
    assert second.terms["acceleration_of_joints"][0] == 0
    reward.reset()
    again = reward.step(x)
    assert again.terms["action_rate"][0] == first.terms["action_rate"][0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_air_time_is_paid_once_per_foot_when_it_lands(backend: str, examples: Path) -> None:
    reward = _reward(examples, backend)
    reward.reset()
    x = _standing()
    lifted = [[1, 1, 1, 1], [0, 1, 1, 1], [0, 1, 1, 0], [0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]
    paid = []
    for contact in lifted:
        x["foot_force"] = 40.0 * np.array([contact])
        paid.append(float(reward.step(x).terms["air_time"][0]))
    # the last foot is up for one step and lands on the fourth; the first is up for three
    expected = [0, 0, 0, 2 * 0.02 - 0.5, 4 * 0.02 - 0.5, 0]
    assert paid == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_robot_told_to_stand_earns_nothing_for_steps(backend: str, examples: Path) -> None:
    reward = _reward(examples, backend)
    reward.reset()
    x = _standing()
    x["target_velocity"] = np.array([[0.05, 0.0]])
    for force in (0.0, 40.0):
        x["foot_force"] = np.full((1, 4), force)
        assert reward.step(x).terms["air_time"][0] == 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_hand_written_numpy_reward_agrees_over_resets(
    backend: str, examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(examples / "bench"))
    import numpy_reward  # type: ignore[import-not-found]
    import transitions  # type: ignore[import-not-found]

    environments = 33
    ours = _reward(examples, backend, "float32")
    ours.reset(mask=np.ones(environments, bool))
    by_hand = numpy_reward.NumpyReward((environments,))
    landed = 0.0
    for step in range(60):
        x = transitions.transition(environments, step)
        if step and step % 17 == 0:
            mask = np.random.default_rng(step).random(environments) < 0.4
            ours.reset(mask=mask)
            by_hand.reset(mask)
        out = ours.step(x)
        total, terms, fallen = by_hand.step(x)
        for name, term in zip(transitions.TERMS, terms, strict=True):
            np.testing.assert_allclose(
                out.terms[name], term, rtol=1e-5, atol=1e-6, err_msg=f"{name} at step {step}"
            )
        weights = np.abs(transitions.WEIGHTS)[:, None] * 0.02
        scale = 1 + (weights * np.abs(np.stack(terms))).sum(0)
        assert (np.abs(out.reward - total) <= 1e-5 * scale).all()
        np.testing.assert_array_equal(out.terminated, fallen)
        landed += float(np.abs(terms[8]).sum())
    assert landed > 0, "no foot landed, so air time was not compared"
