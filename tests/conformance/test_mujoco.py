"""Gymnasium's MuJoCo environments, version 5."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest

from tests.conformance.live import Case, Comparison, Env

FOLDER = "environments/mujoco"


def mujoco(name: str, file: str, **given: Any) -> Case:
    return Case(f"{name}-v5", f"{FOLDER}/{file}.reward", modules=("mujoco",), **given)


def small(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    """Gentle actions, under which what balances stays up for more than a few steps."""
    space = env.action_space
    assert isinstance(space, gymnasium.spaces.Box)
    return (0.1 * env.action_space.sample()).astype(space.dtype)


CASES = (
    Case("Ant-v5", "ant/ant.reward", modules=("mujoco",)),
    Case("HalfCheetah-v5", "halfcheetah/halfcheetah.reward", modules=("mujoco",)),
    mujoco("Hopper", "hopper"),
    mujoco("Humanoid", "humanoid", note="centre of mass from masses and places of the bodies"),
    mujoco("HumanoidStandup", "humanoid_standup"),
    mujoco("InvertedDoublePendulum", "inverted_double_pendulum"),
    mujoco("InvertedPendulum", "inverted_pendulum", policy=small),
    mujoco("Pusher", "pusher"),
    mujoco("Reacher", "reacher"),
    mujoco("Swimmer", "swimmer"),
    mujoco("Walker2d", "walker2d"),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_environment_pays_what_the_file_says(
    case: Case, conforming: Callable[[Case], Comparison]
) -> None:
    conforming(case)
