"""A small world in which every number can be worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

PROGRAM = """
timestep 0.5<s>

input x      : real per state from observation[0]
input action : real[1] from action
input speed  : real from info.speed

term forward times dt    = x - previous(x)
term effort weight 0.1   = -sum(action ^ 2)
term smooth weight 0.01  = -abs(speed - previous(speed else 0))
term late   weight 0.001 = t

potential near discount 0.9 = -abs(x)

success there when x > 0.5
metric distance = abs(x)
"""

ENDING = PROGRAM + "\nterminate far when x < -0.75 pays -2\n"


EPISODIC = """
input x     : real per state from observation[0]
input begun : int per episode at reset from info.begun
input speed : real per episode from info.speed

term start = real(begun)
term finish = speed
term gone = x - at_reset(x)
terminate far when x < -0.75
"""


class Line(gymnasium.Env[Any, Any]):
    """A point on a line. Observation: where it is, and how long. The action moves it.

    The episode terminates at `goal` and is truncated after `horizon` steps. The n-th episode begins
    at n / 8, so that nothing is random and no two episodes are alike.
    """

    observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space = spaces.Box(-1, 1, (1,), np.float32)
    metadata: dict[str, Any] = {"render_modes": []}

    def __init__(self, goal: float = 1.0, horizon: int = 5) -> None:
        self.goal, self.horizon = goal, horizon
        self.episode = 0
        self.x, self.age = 0.0, 0

    def _observe(self) -> np.ndarray[Any, Any]:
        return np.array([self.x, self.age], np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.x, self.age = self.episode / 8, 0
        self.episode += 1
        return self._observe(), {"begun": self.episode}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        moved = float(np.asarray(action)[0])
        self.x += moved
        self.age += 1
        ended = self.x >= self.goal
        return self._observe(), -1.0, ended, self.age >= self.horizon, {"speed": moved / 0.5}


class Hand(Line):
    """Observations in a dictionary, with buttons; the choice is how far to go."""

    observation_space = spaces.Dict(  # type: ignore[assignment]
        {"x": spaces.Box(-9, 9, (), np.float64), "touch": spaces.MultiBinary(3)}
    )
    action_space = spaces.Discrete(3)  # type: ignore[assignment]

    def _observe(self) -> Any:
        return {"x": np.array(self.x), "touch": np.array([1, 0, self.age % 2], np.int8)}

    def step(self, action: Any) -> Any:
        return super().step([0.25 * (action - 1)])


HAND = """
input x      : real per state from observation.x
input touch  : bool[3] per state from observation.touch
input choice : int from action
term out = x + 10 * count(touch) + 100 * choice + 1000 * (x - previous(x))
terminate far when x < 0 pays -2
"""
