"""The classic control problems of Gymnasium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.conformance.live import Case, Comparison, Env

FOLDER = "environments/classic"


def with_the_motion(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    """Push the way the car rolls: it climbs a little higher each time."""
    return 2 if observation[1] >= 0 else 0


def with_the_motion_a_little(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    force = chance.uniform(0.5, 1.2) * (1 if observation[1] >= 0 else -1)
    return np.array([force], dtype=np.float32)


def against_the_first_link(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    """Swing the second link against the first, which pumps energy into both."""
    return 0 if observation[4] > 0 else 2


CASES = (
    Case("CartPole-v1", f"{FOLDER}/cart_pole.reward", constant=True),
    Case(
        "CartPole-v1",
        f"{FOLDER}/cart_pole_sutton_barto.reward",
        arguments={"sutton_barto_reward": True},
    ),
    Case("Pendulum-v1", f"{FOLDER}/pendulum.reward", note="angle from a float32 observation"),
    Case(
        "MountainCar-v0",
        f"{FOLDER}/mountain_car.reward",
        policy=with_the_motion,
        constant=True,
    ),
    Case(
        "MountainCarContinuous-v0",
        f"{FOLDER}/mountain_car_continuous.reward",
        policy=with_the_motion_a_little,
    ),
    Case("Acrobot-v1", f"{FOLDER}/acrobot.reward", policy=against_the_first_link),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_environment_pays_what_the_file_says(
    case: Case, conforming: Callable[[Case], Comparison]
) -> None:
    conforming(case)
