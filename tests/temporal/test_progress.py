from __future__ import annotations

import random
from math import inf

import numpy as np
import pytest

from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.formula import Formula, atom, conjunction, disjunction, temporal, walk
from rewardlang.temporal.order import Known, below
from rewardlang.temporal.progress import GOES_ON, Unfolding, normal
from tests.temporal.definition import random_formula, robustness

A, B = atom(0), atom(1)


def shown(unfolding: Unfolding, member: int) -> list[str]:
    """The clauses as text: what must hold now, then what at the next sample."""
    lines = []
    for clause in unfolding.delta(member):
        now = [f"{'' if it.positive else '-'}a{it.number}" for it in unfolding.asked(clause)]
        then = [str(unfolding.members[p]) if p else "more" for p in unfolding.places(clause)]
        lines.append(" ".join(now) + " / " + " , ".join(then))
    return lines


def value(unfolding: Unfolding, member: int, atoms: np.ndarray, t: int) -> float:
    """The margin of a member at t, from the clauses alone."""
    samples = atoms.shape[1]

    def later(place: int) -> float:
        if t + 1 == samples:
            return inf if unfolding.ends[place] else -inf
        return inf if place == 0 else value(unfolding, place, atoms, t + 1)

    best = -inf
    for clause in unfolding.delta(member):
        now = [atoms[i.number, t] * (1 if i.positive else -1) for i in unfolding.asked(clause)]
        best = max(best, min((inf, *now, *(later(p) for p in unfolding.places(clause)))))
    return best


def test_an_eventuality_is_its_operand_now_or_itself_at_a_next_sample() -> None:
    assert shown(Unfolding(temporal("eventually", A)), 1) == ["a0 / ", " / more , eventually a0"]


def test_an_interval_counts_down() -> None:
    unfolding = Unfolding(temporal("always", A, lo=1, hi=2))
    assert [str(m) for m in unfolding.members[1:]] == [
        "always [1 .. 2] a0",
        "always [0 .. 1] a0",
        "always [0 .. 0] a0",
    ]
    assert shown(unfolding, 1) == [" / always [0 .. 1] a0"]
    assert shown(unfolding, 3) == ["a0 / "]


def test_next_needs_a_next_sample_and_weak_next_does_not() -> None:
    assert shown(Unfolding(temporal("next", A)), 1) == [" / more , a0"]
    assert shown(Unfolding(temporal("weak_next", A)), 1) == [" / a0"]


def test_at_the_end_only_the_demand_for_a_next_sample_fails() -> None:
    unfolding = Unfolding(temporal("until", A, temporal("next", B)))
    assert [end for end, m in zip(unfolding.ends, unfolding.members, strict=True)] == [
        m != GOES_ON for m in unfolding.members
    ]
    assert unfolding.ends.count(False) == 1


def test_the_nearer_deadline_makes_the_farther_one_superfluous() -> None:
    repeated = temporal("always", temporal("eventually", A, lo=0, hi=3))
    unfolding = Unfolding(repeated)
    near, far = temporal("eventually", A, lo=0, hi=1), temporal("eventually", A, lo=0, hi=2)
    both = sum(1 << unfolding.shift + unfolding.members.index(m) for m in (near, far))
    assert list(unfolding.places(unfolding.clauses.least(both))) == [unfolding.members.index(near)]


def test_equal_functions_have_equal_clauses() -> None:
    one = conjunction(A, disjunction(B, temporal("next", A)))
    other = disjunction(conjunction(A, B), conjunction(temporal("next", A), A, disjunction(A, B)))
    first, second = (Unfolding(conjunction(f, temporal("next", f))) for f in (one, other))
    assert {tuple(shown(first, 2))} == {tuple(shown(second, 2))}


def test_an_operator_that_looks_back_is_refused() -> None:
    with pytest.raises(ValueError, match="once looks back"):
        Unfolding(temporal("always", temporal("once", A)))


def test_a_long_interval_is_too_large_and_says_how_large() -> None:
    with pytest.raises(TooLarge) as caught:
        Unfolding(temporal("always", A, hi=10_000), limit=100)
    assert (caught.value.reached, caught.value.limit) == (101, 100)


@pytest.mark.parametrize("seed", range(150))
def test_the_clauses_of_every_member_have_its_margin(seed: int) -> None:
    chance = random.Random(seed)
    f = random_formula(chance, depth=3)
    unfolding = Unfolding(f)
    atoms = np.random.default_rng(seed).normal(size=(3, 4)).round(1)
    for place, member in list(enumerate(unfolding.members))[1:8]:
        for t in range(4):
            assert value(unfolding, place, atoms, t) == robustness(member, atoms, t), str(member)
    assert robustness(normal(f), atoms, 0) == robustness(f, atoms, 0)


def test_below_is_never_above() -> None:
    chance = random.Random(5)
    margins = np.random.default_rng(5).normal(size=(6, 2, 5)).round(1)
    pairs = 0
    for _ in range(1500):
        f = random_formula(chance, depth=2, atoms=2)
        parts: list[Formula] = list(
            walk(normal(conjunction(f, random_formula(chance, 2, atoms=2))))
        )
        known: Known = {}
        for _ in range(20):
            g, h = chance.choice(parts), chance.choice(parts)
            if g == h or not below(g, h, known):
                continue
            pairs += 1
            for atoms in margins:
                for t in range(5):
                    assert robustness(g, atoms, t) <= robustness(h, atoms, t), f"{g} | {h}"
    assert pairs > 1000


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (temporal("eventually", A, hi=3), temporal("eventually", A, hi=4)),
        (temporal("always", A, hi=4), temporal("always", A, lo=1, hi=3)),
        (temporal("until", A, B, lo=1, hi=2), temporal("eventually", B)),
        (temporal("always", B), temporal("releases", A, B)),
        (
            temporal("eventually", conjunction(A, temporal("next", temporal("eventually", B)))),
            temporal("eventually", B),
        ),
        (temporal("always", A), temporal("weak_next", temporal("always", A))),
        (temporal("next", A), temporal("weak_next", disjunction(A, B))),
    ],
)
def test_below_knows_windows_and_repetition(low: Formula, high: Formula) -> None:
    assert below(low, high, {})
    assert not below(high, low, {})


def test_what_iff_writes_out_has_a_limit() -> None:
    f = A
    for _ in range(30):
        f = Formula("iff", (temporal("eventually", f), B))
    with pytest.raises(TooLarge, match="operators without iff"):
        normal(f)
