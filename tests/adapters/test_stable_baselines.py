"""Stable-Baselines3: rewards, ends, resets and the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.logger import KVWriter, Logger
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor, VecNormalize

import rewardlang
from rewardlang.adapters.single import RewardWrapper
from rewardlang.adapters.stable_baselines import RewardCallback, RewardVecEnv
from tests.adapters.line import Line

Array = np.ndarray[Any, Any]
HORIZONS = (3, 5, 2, 4)


def line(horizon: int) -> Callable[[], Any]:
    return lambda: Monitor(Line(horizon=horizon))


def lines() -> DummyVecEnv:
    return DummyVecEnv([line(horizon) for horizon in HORIZONS])


def alone(program: rewardlang.Program, row: int, actions: Array) -> list[Any]:
    env = RewardWrapper(Line(horizon=HORIZONS[row]), program, backend="numpy")
    env.reset()
    rows: list[Any] = []
    for action in actions[:, row]:
        observation, paid, terminated, truncated, info = env.step(action)
        final, begun = observation, dict[str, Any]()
        if terminated or truncated:
            observation, begun = env.reset()
        rows.append((observation, paid, terminated, truncated, info, final, begun))
    return rows


@pytest.mark.parametrize("which", ["program", "ending"])
def test_many_are_as_each_alone(which: str, actions: Array, request: pytest.FixtureRequest) -> None:
    program = request.getfixturevalue(which)
    env = RewardVecEnv(lines(), program, backend="numpy")
    env.reset()
    steps = []
    for action in actions:
        result = env.step(action)
        steps.append((*result, list(env.reset_infos)))
    for row in range(4):
        for at, expected in enumerate(alone(program, row, actions)):
            observation, paid, done, infos, begun = steps[at]
            assert isinstance(observation, np.ndarray)
            info, where = infos[row], f"row {row}, step {at}"
            np.testing.assert_array_equal(observation[row], expected[0], err_msg=where)
            assert paid[row] == expected[1], where
            assert done[row] == (expected[2] or expected[3]), where
            assert info["TimeLimit.truncated"] == (expected[3] and not expected[2]), where
            for key, value in expected[4].items():
                if key.startswith("reward/") or key == "is_success":
                    assert info[key] == value, (key, where)
            assert ("terminal_observation" in info) == done[row], where
            if done[row]:
                np.testing.assert_array_equal(info["terminal_observation"], expected[5])
                assert info["episode_terms"] == expected[4]["episode_terms"], where
                assert info["episode"]["l"] == info["episode_terms"]["length"]
                assert info["episode"]["r"] == info["episode_terms"]["reward/total"]
                assert begun[row] == expected[6], where


def test_a_wrapper_that_changes_observations_goes_outside(
    program: rewardlang.Program, ending: rewardlang.Program
) -> None:
    normalised = VecNormalize(lines())
    RewardVecEnv(normalised, program, backend="numpy").reset()
    with pytest.raises(rewardlang.RewardError) as caught:
        RewardVecEnv(normalised, ending, backend="numpy")
    assert caught.value.diagnostics[0].code == "RW666"
    RewardVecEnv(VecMonitor(lines()), ending, backend="numpy").reset()
    outside = VecNormalize(RewardVecEnv(lines(), ending, backend="numpy"))
    outside.reset()
    outside.step(np.full((4, 1), -1.0, np.float32))


def test_a_faulty_environment_leaves_the_others_alone(program: rewardlang.Program) -> None:
    venv = lines()
    env = RewardVecEnv(venv, program, backend="numpy")
    env.reset()
    broken: Any = venv.envs[2].unwrapped
    broken.x = np.nan
    action = np.full((4, 1), 0.125, np.float32)
    paid = env.step(action)[1]
    infos = env.step(action)[3]
    assert np.isfinite(paid).all()
    assert paid[0] == paid[1] == paid[3]
    assert infos[2]["episode_terms"]["fault/forward"] == 2
    after = env.step(action)
    assert np.isfinite(after[1]).all()
    assert env.reward.faults.counts["forward"] == 2


class Kept(KVWriter):
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}

    def write(self, key_values: Any, key_excluded: Any, step: int = 0) -> None:
        self.seen.update(key_values)

    def close(self) -> None:
        pass


def trained(algorithm: Any, env: Any, **options: Any) -> dict[str, Any]:
    kept = Kept()
    model = algorithm("MlpPolicy", env, seed=0, device="cpu", **options)
    model.set_logger(Logger(folder=None, output_formats=[kept]))
    model.learn(256, callback=RewardCallback(), log_interval=1)
    return kept.seen


@pytest.mark.parametrize("inside", [False, True], ids=["RewardVecEnv", "RewardWrapper"])
def test_ppo_runs_and_the_log_has_the_terms(ending: rewardlang.Program, inside: bool) -> None:
    if inside:
        env: Any = DummyVecEnv([lambda: Monitor(RewardWrapper(Line(), ending, backend="numpy"))])
    else:
        env = RewardVecEnv(lines(), ending, backend="numpy")
    seen = trained(PPO, env, n_steps=64 if not inside else 128, batch_size=64, n_epochs=1)
    for term in ("forward", "effort", "smooth", "late", "near", "far", "total"):
        assert f"reward/{term}" in seen
        assert f"reward_per_second/{term}" in seen
    assert seen["fault/forward"] == 0
    assert seen["metric/distance"] >= 0
    assert 0 <= seen["reward/success_rate"] <= 1
    assert seen["reward/hash"] == ending.hash
    assert np.isfinite(seen["rollout/ep_rew_mean"])


def test_sac_runs_where_the_program_ends_episodes(ending: rewardlang.Program) -> None:
    seen = trained(SAC, RewardVecEnv(lines(), ending, backend="numpy"), learning_starts=64,
                   buffer_size=512, batch_size=32)  # fmt: skip
    assert np.isfinite(seen["train/critic_loss"])
    assert "reward/far" in seen


def test_a_potential_with_another_discount_than_the_algorithm_is_warned_of() -> None:
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env

    text = "input p : real per state from observation[0]\npotential near discount 0.5 = p\n"
    venv = RewardVecEnv(make_vec_env("CartPole-v1", n_envs=2), rewardlang.parse(text))
    model = PPO("MlpPolicy", venv, n_steps=8, batch_size=16, n_epochs=1, gamma=0.9)
    with pytest.warns(UserWarning, match="RW721"):
        model.learn(16, callback=RewardCallback())
