"""Whole traces at once, against the definition."""

from __future__ import annotations

import random

import numpy as np
import pytest

from rewardlang.temporal.formula import FUTURE, PAST
from rewardlang.temporal.offline import robustness
from tests.temporal import definition


@pytest.mark.parametrize("seed", range(60))
def test_every_sample_has_the_value_that_is_defined(seed: int) -> None:
    rng = random.Random(seed)
    f = definition.random_formula(rng, 3, (*FUTURE, *PAST), longest=6, mixed=True)
    size = rng.randrange(1, 16)
    lengths = np.array([size, rng.randrange(1, size + 1)])
    atoms = np.random.default_rng(seed).normal(size=(3, 2, size)).round(2)
    before = atoms.copy()
    found = robustness(f, atoms, lengths)
    np.testing.assert_array_equal(atoms, before)
    for row, n in enumerate(lengths):
        trace = atoms[:, row, :n].tolist()
        expected = [definition.robustness(f, trace, t) for t in range(n)]
        np.testing.assert_array_equal(found[row, :n], expected, err_msg=str(f))
