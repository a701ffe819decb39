"""The states of machines in the observations of agents, whose spaces need not be alike."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from pettingzoo import ParallelEnv
from pettingzoo.test import parallel_api_test
from pettingzoo.utils.conversions import parallel_to_aec

import rewardlang
from rewardlang import RewardError
from rewardlang.diagnostics.render import render_all
from rewardlang.gymnasium import RewardWrapper
from rewardlang.pettingzoo import RewardParallelEnv
from tests.adapters.line import Hand, Line

MACHINE = """
machine trip {
  initial home
  home -> out when x > 0.25 pays 1
  out -> back when x < 0.25 pays 2
  out -> home after 4
  final back
}
term task = payout(trip)
"""
ALONE = "input x : real per state from observation[0]\n" + MACHINE
SHARED = ALONE.replace("observation[0]", "observation.line[0]")
STRICT = "faults terminate\n" + SHARED + "term root weight 0 = sqrt(x + 0.75)\n"


class Beside(ParallelEnv[str, Any, Any]):  # type: ignore[misc]  # it has no types
    """Each agent in an environment of its own: `line` with a flat observation, `hand` with a Dict.

    Every call gives a new space, as careless environments do.
    """

    metadata: dict[str, Any] = {"name": "beside", "render_modes": []}
    render_mode = None

    def __init__(self, **inner: gymnasium.Env[Any, Any]) -> None:
        self.inner = inner or {"line": Line(goal=9), "hand": Hand(goal=9)}
        self.possible_agents = list(self.inner)
        self.agents: list[str] = []
        self._actions = {agent: env.action_space for agent, env in self.inner.items()}

    @property
    def observation_spaces(self) -> dict[str, Any]:
        return {agent: self.observation_space(agent) for agent in self.inner}

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        return copy.deepcopy(self.inner[agent].observation_space)

    def action_space(self, agent: str) -> spaces.Space[Any]:
        return self._actions[agent]

    def state(self) -> Any:
        return np.array([env.unwrapped.x for env in self.inner.values()])  # type: ignore[attr-defined]

    def reset(self, seed: int | None = None, options: Mapping[str, Any] | None = None) -> Any:
        self.agents = list(self.inner)
        begun = {agent: env.reset(seed=seed) for agent, env in self.inner.items()}
        return {a: b[0] for a, b in begun.items()}, {a: b[1] for a, b in begun.items()}

    def step(self, actions: Mapping[str, Any]) -> Any:
        made = {agent: self.inner[agent].step(actions[agent]) for agent in self.agents}
        self.agents = [a for a, m in made.items() if not m[2] and not m[3]]
        return tuple({agent: m[n] for agent, m in made.items()} for n in range(5))


def wrapped(env: Any = None, text: str = SHARED, **options: Any) -> RewardParallelEnv:
    program = rewardlang.parse(text, name="beside")
    options = {"observe_machines": True, **options}
    return RewardParallelEnv(env or Beside(), program, backend="numpy", **options)


def moved(env: RewardParallelEnv, line: float, hand: int = 1) -> Any:
    """A step of the agents that are left; a hand that chooses 1 stays where it is."""
    actions = {"line": np.array([line]), "hand": hand}
    return env.step({agent: actions[agent] for agent in env.agents})


def test_each_agent_gets_the_states_the_way_its_own_space_takes_them() -> None:
    env = wrapped()
    assert env.observation_space("line").shape == (5,)
    named = env.observation_space("hand")
    assert isinstance(named, spaces.Dict) and set(named.spaces) == {"x", "touch", "trip"}
    observed, _ = env.reset()
    assert observed["line"].tolist() == [0, 0, 1, 0, 0]
    assert observed["hand"]["trip"].tolist() == [1, 0, 0] and observed["hand"]["x"] == 0
    observed, paid, *_ = moved(env, 0.5)
    assert observed["line"].tolist() == [0.5, 1, 0, 1, 0]
    assert observed["hand"]["trip"].tolist() == [0, 1, 0]
    assert paid == {"line": 1, "hand": 1}
    for agent, one in observed.items():
        assert env.observation_space(agent).contains(one)


def test_an_agent_sees_on_every_step_what_it_would_see_alone() -> None:
    rng = np.random.default_rng(8)
    together = wrapped(Beside(line=Line(goal=9, horizon=6), hand=Hand(goal=9, horizon=6)))
    alone = RewardWrapper(
        Line(goal=9, horizon=6), rewardlang.parse(ALONE), backend="numpy", observe_machines=True
    )
    assert together.observation_space("line") == alone.observation_space
    for _ in range(5):
        np.testing.assert_array_equal(together.reset()[0]["line"], alone.reset()[0])
        while together.agents:
            action = float(rng.choice([-0.5, 0.5, 0.25]))
            observed, paid, ended, cut, _ = moved(together, action, int(rng.integers(3)))
            seen, expected, end, truncated, _ = alone.step([action])
            np.testing.assert_array_equal(observed["line"], seen)
            np.testing.assert_array_equal(observed["hand"]["trip"], seen[2:])
            assert paid["line"] == expected
            assert (ended["line"], cut["line"]) == (end, truncated)


def test_the_last_observation_of_an_agent_has_the_states_and_the_others_go_on() -> None:
    env = wrapped(Beside(line=Line(goal=9), hand=Hand(goal=9, horizon=2)))
    env.reset()
    moved(env, 0.5)
    observed, *_ = moved(env, -0.5)
    assert env.agents == ["line"]
    assert observed["hand"]["trip"].tolist() == [0, 0, 1]
    observed, *_ = moved(env, 0)
    assert list(observed) == ["line"] and observed["line"].tolist() == [0, 3, 0, 0, 1]


def test_an_agent_that_the_program_ended_sees_how_it_ended_and_nothing_after() -> None:
    agents = "enum who { line, hand }\ninput there : bool[who] from alive\n"
    end = "terminate gone when there and index(who) == 1 and trip is out\n"
    env = wrapped(text=agents + SHARED + "term each : real[who] = real(there)\n" + end, axis="who")
    env.reset()
    observed, _, ended, *_ = moved(env, 0.5)
    assert ended == {"line": False, "hand": True}
    assert observed["hand"]["trip"].tolist() == [0, 1, 0]
    observed, *_ = moved(env, 0)
    assert list(observed) == ["line"] and observed["line"][2:].tolist() == [0, 1, 0]


def test_the_states_of_two_agents_are_no_one_array() -> None:
    env = wrapped(Beside(line=Line(), hand=Hand(), other=Hand()))
    observed, _ = env.reset()
    observed["hand"]["trip"][:] = 7
    assert observed["other"]["trip"].tolist() == [1, 0, 0]


@pytest.mark.parametrize("text", [SHARED, STRICT], ids=["in the middle", "after a fault"])
def test_a_reset_shows_the_initial_states(text: str) -> None:
    env = wrapped(text=text)
    env.reset()
    observed, *_ = moved(env, 0.5)
    assert observed["hand"]["trip"].tolist() == [0, 1, 0]
    if text is STRICT:
        observed, _, ended, *_ = moved(env, -2)
        assert all(ended.values()) and env.reward.faults.count == 1
        assert observed["hand"]["trip"].tolist() == [0, 0, 1]
    observed, _ = env.reset()
    assert observed["line"][2:].tolist() == observed["hand"]["trip"].tolist() == [1, 0, 0]


def test_a_space_is_the_same_object_on_each_call() -> None:
    env = wrapped()
    for agent in env.possible_agents:
        assert env.observation_space(agent) is env.observation_space(agent)
        assert env.observation_spaces[agent] is env.observation_space(agent)


def test_the_state_of_all_is_the_environments() -> None:
    env = wrapped()
    env.reset()
    moved(env, 0.5)
    assert env.state().tolist() == [0.5, 0]


def test_entries_of_no_agent_are_left_alone() -> None:
    class Common(Beside):
        def reset(self, seed: int | None = None, options: Any = None) -> Any:
            observed, infos = super().reset(seed, options)
            return {**observed, "common": "sunny"}, infos

    observed, _ = wrapped(Common()).reset()
    assert observed["common"] == "sunny" and observed["line"].tolist() == [0, 0, 1, 0, 0]


class Picture(Line):
    observation_space = spaces.Box(0, 1, (2, 2))


class Named(Hand):
    observation_space = spaces.Dict({"trip": spaces.Box(0, 1, ())})


@pytest.mark.parametrize(
    ("hand", "text", "what"),
    [
        (Picture(), SHARED, "hand's observation is a Box of shape [2, 2]"),
        (Named(), SHARED, "hand's observation has a `trip` already"),
        (
            Hand(),
            SHARED[: SHARED.index("machine")] + "term a = x",
            "the program declares no machine",
        ),
    ],
)
def test_an_agent_that_has_no_place_for_them_is_named(hand: Any, text: str, what: str) -> None:
    with pytest.raises(RewardError) as caught:
        wrapped(Beside(line=Line(), hand=hand), text)
    assert [d.code for d in caught.value.diagnostics] == ["RW456"]
    text = " ".join(render_all(caught.value.diagnostics, color=False).split())
    assert f"a flat Box or in a Dict, but {what}." in text


def test_without_being_asked_nothing_is_added() -> None:
    env = wrapped(observe_machines=False)
    assert env.observation_space("line").shape == (2,)
    observed, _ = env.reset()
    assert observed["line"].shape == (2,) and set(observed["hand"]) == {"x", "touch"}


def test_the_framework_finds_nothing_to_object_to() -> None:
    parallel_api_test(wrapped(Beside(line=Line(goal=9, horizon=9), hand=Hand(horizon=4))), 60)


def test_it_is_turned_into_an_environment_of_turns() -> None:
    turns = parallel_to_aec(wrapped())
    turns.reset()
    seen = []
    for agent in turns.agent_iter():
        observation, _, ended, cut, _ = turns.last()
        assert turns.observation_space(agent).contains(observation)
        if agent == "line":
            seen.append(observation[2:].tolist())
        over = ended or cut
        turns.step(None if over else np.array([0.5], np.float32) if agent == "line" else 1)
    home, out = [1, 0, 0], [0, 1, 0]
    assert seen == [home, out, out, out, out, home]
