"""Gymnasium's Box2D environments."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.conformance.live import Case, Comparison, Env

FOLDER = "environments/box2d"


def by_the_book(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    """The landing by rules of thumb that the environment comes with; now and then at random."""
    rules: Any = importlib.import_module("gymnasium.envs.box2d.lunar_lander")
    if chance.random() < 0.05:
        return env.action_space.sample()
    return rules.heuristic(env.unwrapped, observation)


def box2d(environment: str, file: str, **given: Any) -> Case:
    return Case(environment, f"{FOLDER}/{file}.reward", modules=("Box2D",), steps=2000, **given)


CASES = (
    box2d("LunarLander-v3", "lunar_lander", policy=by_the_book),
    box2d(
        "LunarLander-v3",
        "lunar_lander_continuous",
        arguments={"continuous": True},
        policy=by_the_book,
    ),
    box2d("BipedalWalker-v3", "bipedal_walker", note="the environment rounds to float32"),
    box2d("BipedalWalkerHardcore-v3", "bipedal_walker", note="the environment rounds to float32"),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_environment_pays_what_the_file_says(
    case: Case, conforming: Callable[[Case], Comparison]
) -> None:
    conforming(case)
