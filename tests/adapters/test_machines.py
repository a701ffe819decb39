"""The state of a machine in the observation: alone, and in every autoreset mode."""

from __future__ import annotations

from functools import partial
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from stable_baselines3.common.vec_env import DummyVecEnv

import rewardlang
from rewardlang.adapters.single import RewardWrapper
from rewardlang.adapters.stable_baselines import RewardVecEnv
from rewardlang.adapters.vector import VectorRewardWrapper
from rewardlang.diagnostics.diagnostic import RewardError
from tests.adapters.line import Hand, Line

MACHINE = """
machine trip {
  initial home
  home -> out when x > 0.25 pays 1
  out -> back when x < 0.25 pays 2
  out -> home after 4
  final back
}
"""
LINE = "input x : real per state from observation[0]\n" + MACHINE
PAID = "term task = payout(trip)\n"
ENDING = PAID + "terminate over_there when trip is back pays 5\n"
HORIZONS = (3, 5, 2, 6)


def states(observations: Any) -> Any:
    return np.asarray(observations)[..., 2:]


def test_a_flat_observation_gets_the_state_behind_its_numbers() -> None:
    env = RewardWrapper(
        Line(), rewardlang.parse(LINE + PAID), backend="numpy", observe_machines=True
    )
    assert env.observation_space.shape == (5,)
    observation, _ = env.reset()
    assert observation.tolist() == [0, 0, 1, 0, 0] and env.observation_space.contains(observation)
    observation, paid, *_ = env.step([0.5])
    assert observation.tolist() == [0.5, 1, 0, 1, 0] and paid == 1
    observation, paid, *_ = env.step([-0.5])
    assert observation.tolist() == [0, 2, 0, 0, 1] and paid == 2
    assert env.observation_space.contains(observation)
    observation, _ = env.reset()
    assert states(observation).tolist() == [1, 0, 0]


def test_a_dictionary_gets_the_state_under_the_name_of_the_machine() -> None:
    text = LINE.replace("observation[0]", "observation.x") + PAID
    env = RewardWrapper(Hand(), rewardlang.parse(text), backend="numpy", observe_machines=True)
    assert isinstance(env.observation_space, spaces.Dict)
    observation, _ = env.reset()
    assert observation["trip"].tolist() == [1, 0, 0]
    assert env.observation_space.contains(observation)
    env.step(2)
    observation, *_ = env.step(2)
    assert observation["trip"].tolist() == [0, 1, 0]


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("program", [PAID, ENDING], ids=["paid", "ending"])
def test_many_see_what_each_alone_would(program: str, mode: AutoresetMode) -> None:
    rng = np.random.default_rng(5)
    actions = rng.choice([-0.5, 0.5, 0.25], size=(24, 4, 1))
    parsed = rewardlang.parse(LINE + program)
    venv: Any = SyncVectorEnv(
        [lambda h=h: Line(goal=9, horizon=h) for h in HORIZONS],  # type: ignore[misc]
        autoreset_mode=mode,
    )
    many = VectorRewardWrapper(venv, parsed, backend="numpy", observe_machines=True)
    assert many.single_observation_space.shape == (5,) and many.observation_space.shape == (4, 5)
    singles = [
        RewardWrapper(Line(goal=9, horizon=h), parsed, backend="numpy", observe_machines=True)
        for h in HORIZONS
    ]
    observation, _ = many.reset()
    for row, env in enumerate(singles):
        np.testing.assert_array_equal(observation[row], env.reset()[0])
    over = np.zeros(4, bool)
    for action in actions:
        observation, paid, terminated, truncated, infos = many.step(action)
        ended = terminated | truncated
        for row, env in enumerate(singles):
            if over[row] and mode is AutoresetMode.NEXT_STEP:
                seen, expected, over[row] = env.reset()[0], 0.0, False
            else:
                seen, expected, end, cut, _ = env.step(action[row])
                over[row] = end or cut
                if over[row] and mode is AutoresetMode.SAME_STEP:
                    np.testing.assert_array_equal(infos["final_obs"][row], seen)
                    seen = env.reset()[0]
            np.testing.assert_array_equal(observation[row], seen)
            assert paid[row] == expected and ended[row] == over[row]
        if mode is AutoresetMode.DISABLED and over.any():
            observation, _ = many.reset(options={"reset_mask": over.copy()})
            for row in np.flatnonzero(over).tolist():
                np.testing.assert_array_equal(observation[row], singles[row].reset()[0])
            over[:] = False


@pytest.mark.parametrize(
    ("space", "text"),
    [
        (spaces.Box(0, 1, (2, 2)), LINE + PAID),
        (spaces.Discrete(3), LINE.replace(" from observation[0]", " else 0") + PAID),
        (spaces.Box(0, 1, (2,)), "input x : real per state from observation[0]\nterm a = x\n"),
        (spaces.Dict({"trip": spaces.Box(0, 1, ())}), LINE.replace("[0]", ".trip") + PAID),
    ],
)
def test_where_there_is_no_place_that_is_said(space: Any, text: str) -> None:
    class Other(Line):
        observation_space = space

    program = rewardlang.parse(text.replace("observation[0]", "observation[0]"))
    with pytest.raises(RewardError) as caught:
        RewardWrapper(
            Other(), program, bind={"x": lambda made: 0.0}, backend="numpy", observe_machines=True
        )
    assert [d.code for d in caught.value.diagnostics] == ["RW456"]


def test_without_being_asked_nothing_is_added() -> None:
    env: gymnasium.Env[Any, Any] = RewardWrapper(
        Line(), rewardlang.parse(LINE + PAID), backend="numpy"
    )
    assert env.observation_space.shape == (2,) and env.reset()[0].shape == (2,)


@pytest.mark.parametrize("program", [PAID, ENDING], ids=["paid", "ending"])
def test_a_vec_env_sees_what_each_alone_would(program: str) -> None:
    rng = np.random.default_rng(6)
    parsed = rewardlang.parse(LINE + program)
    makers: Any = [partial(Line, goal=9, horizon=h) for h in HORIZONS]
    many = RewardVecEnv(DummyVecEnv(makers), parsed, backend="numpy", observe_machines=True)
    assert many.observation_space.shape == (5,)
    singles = [
        RewardWrapper(make(), parsed, backend="numpy", observe_machines=True) for make in makers
    ]
    observation: Any = many.reset()
    for row, env in enumerate(singles):
        np.testing.assert_array_equal(observation[row], env.reset()[0])
    for action in rng.choice([-0.5, 0.5, 0.25], size=(24, 4, 1)):
        observation, paid, over, infos = many.step(action)
        for row, env in enumerate(singles):
            seen, expected, end, cut, _ = env.step(action[row])
            assert paid[row] == expected and over[row] == (end or cut)
            if over[row]:
                np.testing.assert_array_equal(infos[row]["terminal_observation"], seen)
                seen = env.reset()[0]
            np.testing.assert_array_equal(observation[row], seen)
