"""The atom and the sample that decide a margin."""

from __future__ import annotations

import random

import numpy as np
import pytest

from rewardlang.temporal.formula import FUTURE, PAST, Formula, is_past, temporal
from rewardlang.temporal.offline import robustness
from rewardlang.temporal.why import Decisive, decisive
from tests.temporal.definition import random_formula

X, Y = Formula("atom", number=0), Formula("atom", number=1)


@pytest.mark.parametrize("seed", range(150))
def test_the_atom_has_the_margin_of_the_whole_or_its_negation(seed: int) -> None:
    rng = random.Random(seed)
    f = random_formula(rng, 3, (*FUTURE, *PAST), mixed=True)
    lengths = np.array([8, 5])
    atoms = np.random.default_rng(seed).normal(size=(3, 2, 8))
    values = robustness(f, atoms, lengths)
    for row, (found, n) in enumerate(zip(decisive(f, atoms, lengths), lengths, strict=True)):
        value = values[row, n - 1 if is_past(f) else 0]
        if found is None:
            assert np.isinf(value)
        else:
            assert 0 <= found.sample < n
            assert abs(atoms[found.atom, row, found.sample]) == abs(value)


def test_by_hand() -> None:
    atoms = np.array([[[3.0, -1, 2]], [[-2, 5, -4]]])
    assert decisive(temporal("always", X), atoms) == [Decisive(0, 1)]
    assert decisive(temporal("eventually", Y), atoms) == [Decisive(1, 1)]
    assert decisive(temporal("until", X, Y), atoms) == [Decisive(0, 0)]  # min(5, 3)
    assert decisive(temporal("once", Y), atoms) == [Decisive(1, 1)]
    assert decisive(temporal("eventually", X, lo=7, hi=9), atoms) == [None]
