"""A parallel environment small enough to work out by hand: points on a line, each its own way."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

NAMES = ["red", "green", "blue"]
_OBSERVATIONS = spaces.Box(-np.inf, np.inf, (2,), np.float64)
_ACTIONS = spaces.Box(-9, 9, (1,), np.float64)


class Points(ParallelEnv[str, Any, Any]):  # type: ignore[misc]  # it has no types
    """Agent n starts at n and moves by its action; it terminates beyond `goal`.

    All that are left are truncated after `horizon` steps. The environment pays 0.
    """

    metadata: dict[str, Any] = {"name": "points", "render_modes": []}
    render_mode = None

    def __init__(self, goal: float = 5.0, horizon: int = 4) -> None:
        self.possible_agents = list(NAMES)
        self.agents: list[str] = []
        self.goal, self.horizon = goal, horizon
        self.at = np.zeros(3)
        self.age = 0
        self.asked: list[dict[str, Any]] = []  # the actions of each step

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        return _OBSERVATIONS

    def action_space(self, agent: str) -> spaces.Space[Any]:
        return _ACTIONS

    def _observed(self) -> dict[str, Any]:
        return {a: np.array([self.at[NAMES.index(a)], self.age]) for a in self.agents}

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        self.agents, self.age = list(NAMES), 0
        self.at = np.arange(3.0)
        return self._observed(), {a: {"mood": 0.0} for a in self.agents}

    def step(self, actions: dict[str, Any]) -> tuple[Any, ...]:
        assert set(actions) == set(self.agents)
        self.asked.append(actions)
        self.age += 1
        for agent, action in actions.items():
            self.at[NAMES.index(agent)] += float(np.asarray(action)[0])
        observed = self._observed()
        rewards = dict.fromkeys(self.agents, 0.0)
        ended = {a: bool(self.at[NAMES.index(a)] > self.goal) for a in self.agents}
        cut = dict.fromkeys(self.agents, self.age >= self.horizon)
        infos = {a: {"mood": float(NAMES.index(a))} for a in self.agents}
        self.agents = [a for a in self.agents if not ended[a] and not cut[a]]
        return observed, rewards, ended, cut, infos


PROGRAM = """
input x      : real[agent: 3] per state from observation[0]
input action : real[agent: 3, 1] from action
input mood   : real[agent: 3] from info.mood
input there  : bool[agent: 3] from alive
input lead   : real from observation.red[0]
input age    : int from env.age

term forward : real[agent] = x - previous(x)
term effort  : real[agent] weight -0.5 = action[:, 0] ^ 2
term gloom   : real[agent] weight -0.1 = mood
term crowd   = count(there over agent)
term leader weight 0.01 = lead
potential near discount 0.5 = x
metric far : real[agent] = abs(x)
terminate tired when x < -1 pays -3
success home when x > 2
"""
