"""Results belong to the caller: their memory is used again only when nobody can see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rewardlang

ROWS = 2048
TEXT = "input x : real\nterm it = x\nterminate far when x > 1e9\n"


def reward() -> Any:
    return rewardlang.parse(TEXT).compile(backend="numpy", dtype="float64")


def _shown(kept: Any) -> str:
    return repr(kept.tolist() if isinstance(kept, memoryview) else kept)


@pytest.mark.parametrize(
    "kept",
    [
        lambda out: out,
        lambda out: out.reward,
        lambda out: out.reward[3:],
        lambda out: memoryview(out.reward)[:4],
        lambda out: out.faults,
        lambda out: out.terms,
        lambda out: out.weighted,
    ],
)
def test_what_a_caller_keeps_does_not_change(kept: Callable[[Any], Any]) -> None:
    r = reward()
    first = kept(r.step({"x": np.zeros(ROWS)}))
    before = _shown(first)
    for n in range(1, 8):
        r.step({"x": np.full(ROWS, float(n))})
    assert _shown(first) == before


def test_values_read_late_are_those_of_their_own_step() -> None:
    r = reward()
    outs = [r.step({"x": np.full(ROWS, float(n))}) for n in range(6)]
    for n, out in enumerate(outs):
        np.testing.assert_array_equal(out.terms["it"], np.full(ROWS, float(n)))


def test_a_loop_that_keeps_nothing_uses_the_same_memory_again() -> None:
    r = reward()
    places = set()
    for n in range(20):
        out = r.step({"x": np.full(ROWS, float(n))})
        places.add(out.reward.ctypes.data)
    assert len(places) <= 3
