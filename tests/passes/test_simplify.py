"""A remembered value that starts as a constant needs no question whether there is one."""

from __future__ import annotations

import numpy as np
import pytest

import rewardlang

SELECTS = {
    "input x : real\nterm rate = x - previous(x else 0)": 0,
    "input x : real\nterm rate = x - previous(x else 1)": 0,
    "input x : real[3]\nterm rate = sum(x - previous(x else 1))": 0,
    "input c : bool\nterm rate = if rises(c else true) then 1 else 0": 1,
    # one cell, which cannot start as both, or as what is not known when compiled
    "input x : real\nterm rate = previous(x else 1) - previous(x else 2)": 2,
    "input x : real\nterm rate = previous(x else 1) - previous(x else 0)": 1,
    "input x : real\nparam p : real = 1\nterm rate = x - previous(x else p)": 1,
    "input x : real\nterm rate = x - previous(x else 0 / 0)": 1,
}


@pytest.mark.parametrize("text", SELECTS)
def test_only_what_is_no_constant_before_the_first_sample_is_asked_for(text: str) -> None:
    plan = rewardlang.parse(text).plan
    found = sum(i.op == "apply" and i.attr[0] == "select" for i in plan.step)
    assert found == SELECTS[text]


@pytest.mark.parametrize("backend", ["numpy", "numba", "torch"])
def test_what_a_cell_starts_as_is_there_again_after_a_masked_reset(backend: str) -> None:
    text = "input x : real[2]\ninput c : bool\nterm moved = sum(x - previous(x else 1.5))\n"
    text += "term rose = real(rises(c else true))"
    reward = rewardlang.parse(text).compile(backend, dtype="float64")
    asked = {"x": np.full((3, 2), 2.0), "c": np.ones(3, bool)}
    first, off = 1.0, {**asked, "c": np.zeros(3, bool)}
    assert reward.step(asked).reward.tolist() == [first] * 3  # without a reset before
    assert reward.step(off).reward.tolist() == [0, 0, 0]
    mask = np.array([True, False, True])
    if backend == "torch":
        import torch

        reward.reset(mask=torch.from_numpy(mask))
    else:
        reward.reset(mask=mask)
    assert reward.step(asked).reward.tolist() == [first, 1.0, first]  # the other one rose
    found = reward.evaluate({n: x[None] for n, x in asked.items()}).reward
    assert found.tolist() == [[first, 0, 0]]
