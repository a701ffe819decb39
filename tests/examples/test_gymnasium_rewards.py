"""HalfCheetah and Ant from their `.reward` files alone, against what the environments recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

import rewardlang
from rewardlang.adapters.single import RewardWrapper

Columns = dict[str, np.ndarray[Any, Any]]
BACKENDS = ("numpy", "numba")


def _first_rows(episode: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.flatnonzero(np.r_[True, episode[1:] != episode[:-1]])


def _evaluate(
    path: Path, backend: str, data: Columns, before: dict[str, str], after: dict[str, str]
) -> Any:
    """`before` and `after`: input -> column, at reset and on each row. The action is `action`."""
    reward = rewardlang.load(path).compile(backend=backend, dtype="float64")
    first = _first_rows(data["episode"])
    columns = {name: data[column] for name, column in after.items()}
    columns["action"] = data["action"].astype(np.float64)
    return reward.evaluate(
        columns,
        episode=data["episode"],
        initial={name: data[column][first] for name, column in before.items()},
    )


CHEETAH = ({"x_position": "x_position_before"}, {"x_position": "x_position_after"})
ANT = (
    {
        "torso": "torso_xpos_before",
        "position": "qpos_before",
        "velocity": "qvel_before",
    },
    {
        "torso": "torso_xpos_after",
        "position": "qpos_after",
        "velocity": "qvel_after",
        "contact": "cfrc_ext_after",
    },
)


@pytest.mark.parametrize("backend", BACKENDS)
def test_half_cheetah_is_reproduced_on_every_row(
    backend: str, examples: Path, recorded: Callable[[str], Columns]
) -> None:
    data = recorded("gym/HalfCheetah-v5.npz")
    out = _evaluate(examples / "halfcheetah" / "halfcheetah.reward", backend, data, *CHEETAH)
    assert out.reward.shape == (500,)
    np.testing.assert_allclose(out.reward, data["reward"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(
        out.weighted["forward"], data["info_reward_forward"], rtol=0, atol=1e-6
    )
    np.testing.assert_allclose(out.weighted["control"], data["info_reward_ctrl"], rtol=0, atol=1e-6)
    assert not data["terminated"].any()
    np.testing.assert_array_equal(out.terminated, data["terminated"])


@pytest.mark.parametrize("backend", BACKENDS)
def test_ant_is_reproduced_on_every_row(
    backend: str, examples: Path, recorded: Callable[[str], Columns]
) -> None:
    data = recorded("gym/Ant-v5.npz")
    out = _evaluate(examples / "ant" / "ant.reward", backend, data, *ANT)
    assert out.reward.shape == (500,)
    np.testing.assert_allclose(out.reward, data["reward"], rtol=0, atol=1e-6)
    parts = {
        "forward": "info_reward_forward",
        "survive": "info_reward_survive",
        "control": "info_reward_ctrl",
        "contacts": "info_reward_contact",
    }
    for term, column in parts.items():
        np.testing.assert_allclose(
            out.weighted[term], data[column], rtol=0, atol=1e-6, err_msg=term
        )
    assert data["terminated"].sum() == 3
    np.testing.assert_array_equal(out.terminated, data["terminated"])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_ant_with_a_coordinate_that_is_not_finite_has_ended(
    backend: str, bad: float, examples: Path
) -> None:
    reward = rewardlang.load(examples / "ant" / "ant.reward").compile(
        backend=backend, dtype="float64"
    )
    position = np.zeros((3, 15))
    position[:, 2] = 0.6
    position[1, 7] = bad
    values = {
        "torso": np.zeros((3, 3)),
        "position": position,
        "velocity": np.zeros((3, 14)),
    }
    reward.reset({**values, "position": np.zeros((3, 15))})
    out = reward.step({**values, "contact": np.zeros((3, 14, 6)), "action": np.zeros((3, 8))})
    np.testing.assert_array_equal(out.terminated, [False, True, False])
    np.testing.assert_array_equal(out.reward, [1, 0, 1])


@pytest.mark.parametrize(
    "environment, program", [("HalfCheetah-v5", "halfcheetah"), ("Ant-v5", "ant")]
)
def test_in_a_running_environment_the_reward_is_the_original(
    environment: str,
    program: str,
    examples: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # where MuJoCo leaves its log
    env = RewardWrapper(
        gymnasium.make(environment), examples / program / f"{program}.reward", dtype="float64"
    )
    env.reset(seed=0)
    env.action_space.seed(0)
    ends = 0
    for _ in range(600):
        _, paid, terminated, truncated, info = env.step(env.action_space.sample())
        assert paid == pytest.approx(info["original_reward"], rel=0, abs=1e-6)
        ends += terminated
        if terminated or truncated:
            env.reset()
    assert ends > 0 or program == "halfcheetah", "no episode ended, so ends were not compared"
    env.close()
