"""A program as the rewards of a parallel environment, and of one with several objectives."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from pettingzoo.test import parallel_api_test

import rewardlang
from rewardlang import RewardError
from rewardlang.gymnasium import RewardWrapper, VectorRewardWrapper
from rewardlang.pettingzoo import RewardParallelEnv
from tests.adapters.line import Line
from tests.adapters.pairs import NAMES, PROGRAM, Points


def wrapped(text: str = PROGRAM, env: Points | None = None, **options: Any) -> RewardParallelEnv:
    program = rewardlang.parse(text, name="points")
    return RewardParallelEnv(env or Points(), program, backend="numpy", **options)


def moves(**by: float) -> dict[str, Any]:
    return {agent: np.array([by[agent]]) for agent in by}


def test_each_agent_is_paid_its_own_slot_and_all_share_the_rest() -> None:
    env = wrapped()
    env.reset()
    _, rewards, ended, cut, infos = env.step(moves(red=1, green=0, blue=-1))
    assert list(rewards) == NAMES
    # forward, effort, gloom, three of three, red at 1, 0.5 * after - before
    assert rewards["red"] == pytest.approx(1 - 0.5 - 0 + 3 + 0.01 + 0.5)
    assert rewards["green"] == pytest.approx(0 - 0 - 0.1 + 3 + 0.01 - 0.5)
    assert rewards["blue"] == pytest.approx(-1 - 0.5 - 0.2 + 3 + 0.01 - 1.5)
    assert not any(ended.values())
    assert not any(cut.values())
    for agent, info in infos.items():
        parts = [v for k, v in info.items() if k.startswith("reward/")]
        assert sum(parts) == pytest.approx(rewards[agent])
        assert info["original_reward"] == 0
    assert infos["blue"]["is_success"] is False


def test_an_agent_that_is_gone_keeps_its_last_value_and_is_paid_no_more() -> None:
    env = wrapped()
    env.reset()
    _, _, ended, _, infos = env.step(moves(red=0, green=6, blue=0))
    assert ended == {"red": False, "green": True, "blue": False}
    assert infos["green"]["reward/near"] == -1  # its potential is 0 after its end
    assert env.agents == ["red", "blue"]
    observed, rewards, *_, infos = env.step(moves(red=0, blue=0))
    assert set(observed) == set(rewards) == set(infos) == {"red", "blue"}
    assert infos["red"]["reward/crowd"] == 2  # who made this transition
    assert env.reward.faults.count == 0


def test_an_end_of_the_programs_own_takes_the_agent_out_and_lets_it_idle() -> None:
    inner = Points()
    env = wrapped(env=inner)
    env.reset()
    _, rewards, ended, _, infos = env.step(moves(red=-2, green=0, blue=0))
    assert ended == {"red": True, "green": False, "blue": False}
    assert infos["red"]["reward/tired"] == -3
    assert inner.agents == NAMES  # the environment knows nothing of it
    assert env.agents == ["green", "blue"]
    _, rewards, *_ = env.step(moves(green=0, blue=0))
    assert set(rewards) == {"green", "blue"}
    assert inner.asked[-1]["red"].tolist() == [0]


def test_a_shared_potential_ends_with_the_last_agent_whoever_ended_it() -> None:
    text = (
        "input x : real[agent: 3] from observation[0]\ninput age : real per state from env.age\n"
        "potential old = age\nterminate tired when x < -1\nterm a : real[agent] = 0\n"
    )
    env = wrapped(text)
    env.reset()
    *_, infos = env.step(moves(red=9, green=0, blue=-9))  # one by the environment, one by us
    assert infos["green"]["reward/old"] == 1
    *_, infos = env.step(moves(green=-9))
    assert infos["green"]["reward/old"] == -1
    assert env.agents == []


def test_the_last_step_of_an_agent_tells_what_its_episode_came_to() -> None:
    env = wrapped()
    env.reset()
    paid = dict.fromkeys(NAMES, 0.0)
    entries: dict[str, Any] = {}
    steps = dict.fromkeys(NAMES, 0)
    while env.agents:
        by = {a: 2.0 if a == "blue" else 0.0 for a in env.agents}
        _, rewards, _, _, infos = env.step(moves(**by))
        for agent, reward in rewards.items():
            paid[agent] += reward
            steps[agent] += 1
            if "episode_terms" in infos[agent]:
                entries[agent] = infos[agent]["episode_terms"]
    assert steps == {"red": 4, "green": 4, "blue": 2}
    for agent in NAMES:
        assert entries[agent]["reward/total"] == pytest.approx(paid[agent])
        assert entries[agent]["length"] == steps[agent]
    assert entries["blue"]["metric/far"] == pytest.approx((4 + 6) / 2)
    assert entries["blue"]["success"] is True
    assert entries["red"]["success"] is False
    with pytest.raises(RewardError, match="RW667"):
        env.step({})


def test_a_program_without_the_axis_pays_all_agents_the_same() -> None:
    env = wrapped("input x : real[agent: 3] from observation[0]\nterm a = sum(x over agent)\n")
    env.reset()
    _, rewards, *_ = env.step(moves(red=0, green=0, blue=0))
    assert rewards == dict.fromkeys(NAMES, 3.0)


def test_a_callable_gets_the_dictionaries_of_the_transition() -> None:
    env = wrapped(
        "input x : real[agent: 3]\nterm a : real[agent] = x\n",
        bind={"x": lambda made: [made.action[a][0] for a in NAMES]},
    )
    env.reset()
    _, rewards, *_ = env.step(moves(red=1, green=2, blue=3))
    assert rewards == {"red": 1.0, "green": 2.0, "blue": 3.0}


def test_the_framework_finds_nothing_to_object_to() -> None:
    parallel_api_test(wrapped(env=Points(horizon=9)), num_cycles=60)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("input x : real[agent: 4] from observation[0]\nterm a = sum(x)", "RW681"),
        ("input x : real[2] from observation\nterm a = sum(x)", "RW682"),
        ("input x : real[agent: 3] from observation\nterm a = sum(x)", "RW664"),
        ("input x : real[agent: 3] from observation[7]\nterm a = sum(x)", "RW662"),
        ("input x : real[agent: 3]\nterm a = sum(x)", "RW660"),
        ("input x : real[agent: 3] from nowhere\nterm a = sum(x)", "RW661"),
        ("input x : real[aim: 3] from env.x\nterm a : real[aim] = x", "RW683"),
    ],
)
def test_what_cannot_be_bound_is_refused_when_the_wrapper_is_made(text: str, code: str) -> None:
    with pytest.raises(RewardError, match=code):
        wrapped(text)


def test_an_info_that_is_not_there_is_named() -> None:
    env = wrapped("input x : real[agent: 3] from info.joy\nterm a : real[agent] = x")
    env.reset()
    with pytest.raises(RewardError, match=r"RW663.*joy"):
        env.step(moves(red=0, green=0, blue=0))


# ---- several objectives -----------------------------------------------------------------------

AIMS = """
enum aim { forward, calm }
input x      : real per state from observation[0]
input action : real[1] from action
reward : real[aim] = [x - previous(x), -sum(action ^ 2)]
terminate far when x < -0.75
metric both : real[aim] = [x, 1]
"""


def test_one_environment_gives_a_vector_and_says_its_space() -> None:
    env = RewardWrapper(Line(), rewardlang.parse(AIMS, name="aims"), backend="numpy")
    assert env.reward_space.shape == (2,)
    assert env.unwrapped.reward_space.shape == (2,)  # type: ignore[attr-defined]
    assert env.reward_dim == 2
    env.reset()
    total = np.zeros(2)
    over = False
    while not over:
        _, reward, terminated, truncated, info = env.step(np.array([0.25]))
        assert reward.shape == (2,)
        assert reward.tolist() == pytest.approx([0.25, -0.0625])
        assert info["reward/rest/calm"] == pytest.approx(-0.0625)
        assert env.reward_space.contains(reward)
        total += reward
        over = terminated or truncated
    assert isinstance(terminated, bool)
    entries = info["episode_terms"]
    assert entries["reward/total/forward"] == pytest.approx(total[0])
    assert entries["reward/total/calm"] == pytest.approx(total[1])
    assert entries["metric/both/calm"] == 1


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_many_environments_give_a_matrix(mode: AutoresetMode) -> None:
    many = SyncVectorEnv([Line] * 3, autoreset_mode=mode)
    env = VectorRewardWrapper(many, rewardlang.parse(AIMS, name="aims"), backend="numpy")
    env.reset()
    action = np.array([[0.25], [-0.5], [0.0]], np.float32)
    _, reward, terminated, _, infos = env.step(action)
    assert reward.shape == (3, 2)
    assert terminated.shape == (3,)
    np.testing.assert_allclose(reward[:, 0], [0.25, -0.5, 0])
    np.testing.assert_allclose(infos["reward/rest/calm"], [-0.0625, -0.25, 0])


def test_lists_of_many_environments_come_from_a_callable() -> None:
    text = "input box : real[box: 0 .. 4] from info.box\nterm a = sum(box) + 10 * size(box)\n"
    program = rewardlang.parse(text, name="boxes")
    many = SyncVectorEnv([Line] * 2, autoreset_mode=AutoresetMode.NEXT_STEP)
    with pytest.raises(RewardError, match="RW684"):
        VectorRewardWrapper(many, program, backend="numpy")
    bind = {"box": lambda made: [[1.0, 2.0], []]}
    env = VectorRewardWrapper(many, program, bind, backend="numpy")
    env.reset()
    assert env.step(np.zeros((2, 1), np.float32))[1].tolist() == [23, 0]


def test_stable_baselines_is_refused_a_vector() -> None:
    from stable_baselines3.common.vec_env import DummyVecEnv

    from rewardlang.sb3 import RewardVecEnv

    with pytest.raises(RewardError, match="RW680"):
        RewardVecEnv(DummyVecEnv([Line]), rewardlang.parse(AIMS), backend="numpy")


def test_an_environment_with_a_reward_of_its_own_space_keeps_its_spaces() -> None:
    env: gymnasium.Env[Any, Any] = RewardWrapper(
        Line(), rewardlang.parse(AIMS, name="aims"), backend="numpy"
    )
    assert env.observation_space == Line.observation_space
