"""The DeepMind Control Suite: products of tolerances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest

from rewardlang.adapters.transition import Transition
from tests.conformance.live import Case, Comparison, Env


class Suite(gymnasium.Env[Any, Any]):
    """A task of the suite as a Gymnasium environment; `physics` is the suite's own."""

    def __init__(self, domain: str, task: str) -> None:
        from dm_control import suite

        self.suite = suite.load(domain, task, task_kwargs={"random": 0})
        self.physics = self.suite.physics
        spec = self.suite.action_spec()
        self.action_space = gymnasium.spaces.Box(spec.minimum, spec.maximum, dtype=np.float64)
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (1,))

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.suite.reset()
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        made = self.suite.step(action)
        return np.zeros(1, np.float32), float(made.reward), False, made.last(), {}


def physics(read: Callable[[Any], Any]) -> Callable[[Transition], Any]:
    def value(transition: Transition) -> Any:
        return read(transition.env.unwrapped.physics)

    return value


def suite(domain: str, task: str) -> Callable[[], Env]:
    return lambda: Suite(domain, task)


HUMANOID = {
    "head_height": physics(lambda p: float(p.head_height())),
    "upright": physics(lambda p: float(p.torso_upright())),
    "velocity": physics(lambda p: p.center_of_mass_velocity()),
    "control": physics(lambda p: p.control()),
}
CARTPOLE = {
    "position": physics(lambda p: float(p.cart_position())),
    "pole_cosine": physics(lambda p: float(p.pole_angle_cosine()[0])),
    "turning": physics(lambda p: float(p.angular_vel()[0])),
    "control": physics(lambda p: p.control()),
}


def case(domain: str, task: str, bind: dict[str, Any], **options: Any) -> Case:
    return Case(
        f"dm_control {domain}-{task}",
        f"environments/dm_control/{options.pop('file', domain)}.reward",
        make=suite(domain, task),
        package="dm_control",
        modules=("dm_control",),
        bind=bind,
        **options,
    )


CASES = (
    case("humanoid", "stand", HUMANOID, params={"speed": 0.0}),
    case("humanoid", "walk", HUMANOID, params={"speed": 1.0}),
    case("humanoid", "run", HUMANOID, params={"speed": 10.0}),
    case("cartpole", "swingup", CARTPOLE, file="cartpole_swingup"),
    case("cartpole", "balance", CARTPOLE, file="cartpole_swingup"),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_task_pays_what_the_file_says(
    case: Case, conforming: Callable[[Case], Comparison]
) -> None:
    conforming(case)
