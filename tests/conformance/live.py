"""A running environment beside a `.reward` file: the same number on every step, or by how much not.

The environment keeps its own reward; the program computes one from what the ordinary wrapper reads.
Nothing here knows an environment: what there is to know of one stands in its `Case`.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from rewardlang import driver
from rewardlang.adapters.single import RewardWrapper
from rewardlang.adapters.transition import Transition
from rewardlang.driver import Program

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TOLERANCE = 1e-6

Env = gymnasium.Env[Any, Any]
Policy = Callable[[Env, Any, np.random.Generator], Any]


def at_random(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    return env.action_space.sample()


@dataclass(frozen=True)
class Case:
    """One environment and the file that says its reward.

    `environment`  what the table calls it; the id for `gymnasium.make` unless `make` is given
    `file`         below `examples/`
    `arguments`    for `gymnasium.make`
    `make`         builds the environment where `gymnasium.make` cannot; it is a Gymnasium `Env`
    `package`      the distribution whose version counts, `modules` what must be importable;
                   they are imported before the environment is made
    `bind, params` as for `RewardWrapper`
    `policy`       chooses actions from environment, observation and a seeded generator
    `longest`      episodes are cut off after as many steps
    `constant`     the reward is one number on every step compared, and that is all there is to it
    `dtype`        the program's float type: that of the environment's own arithmetic
    `ends`         episodes end by the environment's own terminations, if the file declares any
    """

    environment: str
    file: str
    steps: int = 1000
    arguments: Mapping[str, Any] = field(default_factory=dict)
    make: Callable[[], Env] | None = None
    package: str = "gymnasium"
    modules: tuple[str, ...] = ()
    bind: Mapping[str, str | Callable[[Transition], Any]] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    policy: Policy = at_random
    longest: int | None = None
    constant: bool = False
    dtype: str = "float64"
    ends: bool = True
    note: str = ""

    @property
    def name(self) -> str:
        """`Ant-v5 (terminate_when_unhealthy=False)`: the environment and how it is made."""
        if not self.arguments:
            return self.environment
        shown = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.environment} ({shown})"


@dataclass(frozen=True)
class Comparison:
    """What was compared: steps, episodes begun, terminations, different rewards seen, and the
    largest absolute difference between the environment's reward and the program's."""

    steps: int
    episodes: int
    ends: int
    rewards: int
    largest: float
    version: str


def require(case: Case) -> None:
    """Skip, with a message, where the environment's package is not installed."""
    for module in case.modules:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{case.environment} needs {module}, see `make environments`")
        gymnasium.register_envs(importlib.import_module(module))


def made(case: Case) -> Env:
    require(case)
    if case.make is not None:
        return case.make()
    return gymnasium.make(case.environment, **case.arguments)


class Heard:
    """A reward that keeps what it was told and what it gave: the environment's own end and the
    program's, which the wrapper's step joins."""

    def __init__(self, reward: Any) -> None:
        self._reward = reward
        self.terminated = False
        self.gave: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reward, name)

    def step(self, values: Mapping[str, Any], terminated: bool, truncated: bool) -> Any:
        self.terminated = terminated
        self.gave = self._reward.step(values, terminated, truncated)
        return self.gave


def compare(case: Case, seed: int = 0) -> Comparison:
    """Step the environment. Fails at once where an end differs or something has no value."""
    env = opened(case)
    heard = Heard(env.reward)
    env.reward = heard  # type: ignore[assignment]
    declares_ends = ends_episodes(env.program)
    env.action_space.seed(seed)
    chance = np.random.default_rng(seed)
    observation, _ = env.reset(seed=seed)
    largest, episodes, ends, length = 0.0, 1, 0, 0
    rewards = set()
    for step in range(case.steps):
        action = case.policy(env, observation, chance)
        observation, paid, _, truncated, info = env.step(action)
        assert heard.gave.valid, f"a fault on step {step}: {heard.gave.faults}"
        if declares_ends:
            assert heard.gave.terminated == heard.terminated, f"the end differs on step {step}"
        own = np.asarray(info["original_reward"], float)  # a vector where there are several
        rewards.add(tuple(np.round(own.ravel(), 9)))
        largest = max(largest, float(np.abs(own - paid).max()))
        ends += heard.terminated
        length += 1
        if heard.terminated or truncated or length == case.longest:
            observation, _ = env.reset()
            episodes, length = episodes + 1, 0
    env.close()
    version = importlib.metadata.version(case.package)
    return Comparison(case.steps, episodes, ends, len(rewards), largest, version)


def opened(case: Case) -> RewardWrapper:
    """The environment with the program for its reward."""
    program = driver.load(EXAMPLES / case.file)
    return RewardWrapper(made(case), program, case.bind, params=case.params, dtype=case.dtype)


def ends_episodes(program: Program) -> bool:
    return any(condition.kind == "terminate" for condition in program.checked.conditions)


def conforms(case: Case) -> Comparison:
    """Compare, and hold the result to what makes it worth something."""
    found = compare(case)
    assert found.largest <= TOLERANCE, f"off by up to {found.largest:.3g}"
    assert found.rewards > 1 or case.constant, "one reward on all steps shows little"
    if ends_episodes(driver.load(EXAMPLES / case.file)):
        assert found.ends > 0 or not case.ends, "no episode ended, so ends were not compared"
    return found
