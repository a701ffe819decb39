"""Other tools' readings of the same words, by numbers that those tools gave.

x = 3, -1, 2 and y = -1, -1, 4; the values of `eventually [0 .. 2] x > 0` and so on at each sample.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError

INPUTS = "input x : real per state\ninput y : real per state\n"
X, Y = [3.0, -1.0, 2.0], [-1.0, -1.0, 4.0]
INF = math.inf


def _signal(spec: str) -> list[float]:
    """The margin at each sample, the reset's first."""
    program = rewardlang.parse(
        f"{INPUTS}{spec}\nmetric m = robustness(s over rest)\nterm z = 0 * x\n"
    )
    reward = program.compile(backend="numpy")
    columns = {"x": np.array([[9.0, *X]]), "y": np.array([[9.0, *Y]])}
    found: list[float] = reward.evaluate(columns).metrics["m"][0].tolist()
    return found


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("spec s = always [0 .. 2] x > 0", [-1, -1, 2]),
        ("spec s = eventually [1 .. 2] x > 0", [2, 2, -INF]),
        ("spec s = always [1 .. 2] x > 0", [-1, 2, INF]),
        ("spec s = always [5 .. 9] x > 0", [INF, INF, INF]),
        ("spec s = next x > 0", [-1, 2, -INF]),
        ("spec s (convention: sentil) = next x > 0", [-1, 2, -INF]),
        ("spec s (convention: rtamt) = next x > 0", [-1, 2, INF]),
        ("spec s = previously x > 0", [-INF, 3, -1]),
        ("spec s (convention: rtamt) = previously x > 0", [INF, 3, -1]),
        ("spec s = (x > 0) until [0 .. 2] (y > 0)", [-1, -1, 4]),
        ("spec s (convention: rtamt) = (x > 0) until [0 .. 2] (y > 0)", [-1, -1, 4]),
        ("spec s (convention: mstlo) = (x > 0) until [0 .. 2] (y > 0)", [-1, -1, 2]),
    ],
)
def test_each_convention_gives_the_numbers_of_its_tool(spec: str, expected: list[float]) -> None:
    assert _signal(spec) == expected


@pytest.mark.parametrize(
    "options",
    [
        "convention: stlcg",
        "convention: mtl",
        "convention: stlcg, semantics: gmsr",
    ],
)
def test_what_is_not_built_is_refused_by_name(options: str) -> None:
    with pytest.raises(RewardError) as caught:
        rewardlang.parse(f"{INPUTS}spec s ({options}) = always x > 0\nterm a = satisfied(s)\n")
    assert [d.code for d in caught.value.diagnostics] == ["RW190"]


def test_the_margin_of_iff_in_rtamt_is_refused() -> None:
    with pytest.raises(RewardError) as caught:
        rewardlang.parse(
            f"{INPUTS}spec s (convention: rtamt) = always ((x > 0) iff (y > 0))\n"
            "term a = satisfied(s)\n"
        )
    assert [d.code for d in caught.value.diagnostics] == ["RW190"]
