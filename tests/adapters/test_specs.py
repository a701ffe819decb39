"""Formulas in training loops: their verdicts and margins in the log of an episode."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

import rewardlang
from rewardlang.gymnasium import RewardWrapper, VectorRewardWrapper

TEXT = """
input angle : real<rad> in -0.42 .. 0.42 per state from observation[2]
spec upright = always abs(angle) < 12<deg>
spec leans = eventually abs(angle) > 0.05<rad>
term alive = 1
"""


def _entries(info: dict[str, Any]) -> dict[str, Any]:
    return {
        k: v for k, v in info["episode_terms"].items() if k.startswith(("spec/", "robustness/"))
    }


def test_an_episode_logs_whether_its_formulas_held_and_by_how_much() -> None:
    env = RewardWrapper(gymnasium.make("CartPole-v1"), rewardlang.parse(TEXT))
    observation, _ = env.reset(seed=0)
    angles, ended = [observation[2]], False
    while not ended:
        observation, _, ended, cut, info = env.step(1)
        angles.append(observation[2])
        assert not cut
    largest = np.abs(np.array(angles)).max()
    entries = _entries(info)
    assert (entries["spec/upright"], entries["spec/leans"]) == (False, True)
    assert entries["robustness/upright"] == pytest.approx(np.deg2rad(12) - largest, abs=1e-6)
    assert entries["robustness/leans"] == pytest.approx(largest - 0.05, abs=1e-6)


@pytest.mark.parametrize("mode", ["NEXT_STEP", "SAME_STEP"])
def test_each_environment_of_many_has_its_own(mode: str) -> None:
    autoreset = gymnasium.vector.AutoresetMode[mode]
    venv = gymnasium.make_vec("CartPole-v1", 3, "sync", vector_kwargs={"autoreset_mode": autoreset})
    env = VectorRewardWrapper(venv, rewardlang.parse(TEXT))
    env.reset(seed=1)
    seen = 0
    for step in range(120):
        _, _, ended, _, info = env.step(np.array([step % 2, 1, 0]))
        if ended.any():
            terms = info["episode_terms"]
            for n in np.flatnonzero(ended).tolist():
                assert not terms["spec/upright"][n] and terms["spec/leans"][n]
                assert terms["robustness/upright"][n] < 0 < terms["robustness/leans"][n]
                seen += 1
    assert seen > 5
