from __future__ import annotations

import random
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.formula import Formula, atom, conjunction, disjunction, temporal, walk
from rewardlang.temporal.lattice import LatticeMonitor, monitor
from rewardlang.temporal.split import split
from tests.temporal.definition import random_formula, robustness

A, B, C = atom(0), atom(1), atom(2)


def margins(seed: int, batch: int, samples: int) -> np.ndarray:
    """Few different numbers, so that ties and zeros occur."""
    return np.random.default_rng(seed).integers(-4, 5, size=(3, batch, samples)) / 2.0


def shown(made: LatticeMonitor) -> list[str]:
    names = [" , ".join(map(str, subset)) or "-" for subset in made.subsets]
    lines = []
    for name, terms, end in zip(names, made.updates, made.ends, strict=True):
        parts = []
        for source, literals in terms:
            asked = [made.literals[i] for i in literals]
            parts.append(" ".join([names[source], *(f"{'+' if p else '-'}a{n}" for n, p in asked)]))
        lines.append(f"{name} {'ends' if end else 'waits'} <- {' | '.join(parts)}")
    return lines


def test_an_eventuality_keeps_its_best_sample() -> None:
    assert shown(monitor(temporal("eventually", A))) == [
        "eventually a0 waits <- eventually a0",
        "- ends <- eventually a0 +a0 | -",
    ]


def test_until_keeps_what_is_reached_and_how_well_the_left_side_holds() -> None:
    assert shown(monitor(temporal("until", A, B))) == [
        "a0 until a1 waits <- a0 until a1 +a0",
        "- ends <- a0 until a1 +a1 | -",
    ]


def test_deadlines_inside_always_need_one_subset_each() -> None:
    made = monitor(temporal("always", temporal("eventually", A, hi=20)))
    assert len(made.subsets) == 21


@pytest.mark.parametrize("seed", range(200))
def test_at_every_prefix_it_is_the_margin_by_definition(seed: int) -> None:
    f = random_formula(random.Random(seed), depth=3 + seed % 2)
    made = monitor(f, limit=500)
    atoms = margins(seed, batch=3, samples=6)
    found = made.values(atoms)
    for b in range(3):
        for t in range(6):
            assert found[b, t] == robustness(f, atoms[:, b, : t + 1], 0), str(f)


@pytest.mark.parametrize("seed", range(100))
def test_the_bounds_hold_whatever_comes_and_only_narrow(seed: int) -> None:
    f = random_formula(random.Random(1000 + seed), depth=3)
    made = monitor(f, limit=500)
    atoms = margins(seed, batch=1, samples=7)
    low, high = -inf, inf
    coefficients = made.start(1)
    for t in range(7):
        coefficients = made.step(coefficients, atoms[:, :, t])
        new_low, new_high = (float(bound[0]) for bound in made.bounds(coefficients))
        assert low <= new_low <= new_high <= high
        low, high = new_low, new_high
        for end in range(t, 7):
            assert low <= robustness(f, atoms[:, 0, : end + 1], 0) <= high, str(f)


def test_the_bounds_of_a_bounded_formula_meet_at_its_horizon() -> None:
    made = monitor(temporal("always", temporal("eventually", A, hi=1), hi=2))
    atoms = margins(3, batch=4, samples=6)
    coefficients = made.start(4)
    for t in range(4):
        low, high = made.bounds(coefficients)
        assert (low < high).any()
        coefficients = made.step(coefficients, atoms[:, :, t])
    low, high = made.bounds(coefficients)
    np.testing.assert_array_equal(low, high)
    np.testing.assert_array_equal(low, made.value(coefficients))


def test_a_range_for_what_is_open_narrows_the_bounds() -> None:
    made = monitor(temporal("always", A))
    coefficients = made.step(made.start(1), np.array([[1.5]]))
    assert [float(b[0]) for b in made.bounds(coefficients)] == [-inf, 1.5]
    assert [float(b[0]) for b in made.bounds(coefficients, -2.0, 2.0)] == [-2.0, 1.5]


def test_eight_eventualities_are_too_many_together_and_two_subsets_each_apart() -> None:
    f = conjunction(*(temporal("eventually", atom(i)) for i in range(8)))
    with pytest.raises(TooLarge) as caught:
        monitor(f)
    assert (caught.value.reached, caught.value.limit) == (65, 64)
    connectives, parts = split(f)
    assert str(connectives) == "a0 and a1 and a2 and a3 and a4 and a5 and a6 and a7"
    assert [len(monitor(part).subsets) for part in parts] == [2] * 8


def test_weights_are_refused() -> None:
    weighted = replace(conjunction(A, B), weights=(1.0, 2.0))
    with pytest.raises(ValueError, match="weighted"):
        monitor(temporal("always", weighted))


def test_operators_part_over_the_connectives_they_commute_with() -> None:
    again = temporal("eventually", B)
    connectives, parts = split(temporal("always", conjunction(A, again)))
    assert (str(connectives), [*map(str, parts)]) == (
        "a0 and a1",
        ["always a0", "always (eventually a1)"],
    )
    connectives, parts = split(temporal("until", A, disjunction(B, C, again)))
    assert [*map(str, parts)] == ["a0 until (a1 or a2)", "a0 until (eventually a1)"]
    assert str(connectives) == "a0 or a1"


@pytest.mark.parametrize("seed", range(150))
def test_the_parts_joined_have_the_margin_of_the_whole(seed: int) -> None:
    f = random_formula(random.Random(2000 + seed), depth=4)
    connectives, parts = split(f)
    assert all(node.op not in ("always", "until", "next") for node in walk(connectives))
    atoms = margins(seed, batch=1, samples=5)[:, 0]
    of_parts = [[robustness(part, atoms, t) for t in range(5)] for part in parts]
    for t in range(5):
        joined = robustness(connectives, np.array(of_parts), t)
        assert joined == robustness(f, atoms, t), str(f)


def test_a_constant_is_decided_by_the_first_sample() -> None:
    made = monitor(Formula("true"))
    assert made.values(np.zeros((0, 1, 2))).tolist() == [[inf, inf]]


def test_parting_has_an_end() -> None:
    f = temporal("until", A, B)
    for _ in range(8):
        left, right = temporal("eventually", C), temporal("always", C)
        f = temporal("until", conjunction(f, left), disjunction(f, right))
    _, parts = split(f)
    assert sum(len(str(part)) for part in parts) < 20 * len(str(f))
