"""Gymnasium's toy text environments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rewardlang.adapters.transition import Transition
from tests.conformance.live import Case, Comparison, Env

FOLDER = "environments/toy_text"

# What to do in each cell of the 4x4 lake to reach the goal most often.
OVER_THE_ICE = (0, 3, 3, 3, 0, 0, 0, 0, 3, 1, 0, 0, 0, 2, 1, 0)


def over_the_ice(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    return OVER_THE_ICE[observation] if chance.random() < 0.8 else env.action_space.sample()


def down_and_right(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    return int(chance.choice([1, 2, 2]))


def along_the_cliff(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    if chance.random() < 0.2:
        return env.action_space.sample()
    row, column = divmod(int(observation), 12)
    if column == 11:
        return 2
    return 0 if row == 3 else 1


def mostly_allowed(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    """A driver who sets down at the right stand and picks up, where that is possible."""
    mask = env.unwrapped.action_mask(observation)  # type: ignore[attr-defined]
    if chance.random() < 0.1:
        return env.action_space.sample()
    for action in (5, 4):
        if mask[action]:
            return action
    return int(chance.choice(np.flatnonzero(mask)))


def hand(name: str) -> Callable[[Transition], int]:
    """What a hand adds up to, an ace as 11 where that fits."""

    def points(transition: Transition) -> int:
        cards = getattr(transition.env.unwrapped, name)
        return int(sum(cards) + (10 if 1 in cards and sum(cards) <= 11 else 0))

    return points


CASES = (
    Case("FrozenLake-v1", f"{FOLDER}/frozen_lake.reward", steps=2000, policy=over_the_ice),
    Case(
        "FrozenLake8x8-v1",
        f"{FOLDER}/frozen_lake_8x8.reward",
        arguments={"is_slippery": False},
        steps=5000,
        policy=down_and_right,
    ),
    Case("CliffWalking-v1", f"{FOLDER}/cliff_walking.reward", policy=along_the_cliff),
    Case("Taxi-v4", f"{FOLDER}/taxi.reward", steps=5000, policy=mostly_allowed),
    Case(
        "Blackjack-v1",
        f"{FOLDER}/blackjack.reward",
        bind={
            "dealer_sum": hand("dealer"),
            "player_cards": lambda t: len(t.env.unwrapped.player),
            "dealer_cards": lambda t: len(t.env.unwrapped.dealer),
        },
        note="the dealer's sum and the numbers of cards are bound by the loop",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_environment_pays_what_the_file_says(
    case: Case, conforming: Callable[[Case], Comparison]
) -> None:
    conforming(case)
