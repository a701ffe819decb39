"""The tableau beside the automaton: does a trace of letters that can be lead to acceptance?"""

from __future__ import annotations

import random

import pytest

from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.automaton import automaton
from rewardlang.temporal.formula import (
    FUTURE,
    PAST,
    Formula,
    LooksBackAtWhatLooksAhead,
    atom,
    conjunction,
    negation,
    temporal,
)
from rewardlang.temporal.progress import Literal
from rewardlang.temporal.satisfiable import Literals, Steps, core, satisfiable
from tests.temporal.definition import random_formula

A, B, C = atom(0), atom(1), atom(2)


def anything(literals: Literals) -> bool:
    return True


def not_both(literals: Literals) -> bool:
    return not {(0, True), (1, True)} <= literals


def some_trace(f: Formula, letters: set[int]) -> bool:
    """By the automaton: bit n of a letter is atom n."""
    made = automaton(f)
    columns = {
        sum((letter >> number & 1) << bit for bit, number in enumerate(made.atoms))
        for letter in letters
    }
    reached: set[int] = set()
    for state in (pending := [made.initial]):
        for target in {int(made.table[state, column]) for column in columns} - reached:
            reached.add(target)
            pending.append(target)
    return any(bool(made.accepting[state]) for state in reached)


@pytest.mark.parametrize("seed", range(400))
def test_it_says_what_the_automaton_says_over_the_letters_that_can_be(seed: int) -> None:
    chance = random.Random(seed)
    ops = PAST if seed % 4 == 0 else FUTURE
    f = random_formula(chance, depth=chance.choice((2, 3, 4)), ops=ops)
    letters = set(chance.sample(range(8), chance.choice((1, 2, 4, 8))))

    def possible(literals: Literals) -> bool:
        return any(all(bool(x >> n & 1) == yes for n, yes in literals) for x in letters)

    try:
        found = satisfiable(f, possible, Steps(20_000))
    except TooLarge:
        pytest.skip("a formula with too many ways")
    assert found == some_trace(f, letters), (str(f), letters)


@pytest.mark.parametrize("seed", range(200))
def test_what_looks_both_ways_is_never_refused_where_the_automaton_has_a_trace(seed: int) -> None:
    f = random_formula(random.Random(seed), depth=4, ops=(*FUTURE, *PAST))
    try:
        if not satisfiable(f, anything, Steps(20_000)):
            assert not some_trace(f, set(range(8))), str(f)
    except (TooLarge, LooksBackAtWhatLooksAhead):
        pytest.skip("too many ways, or looks back at what looks ahead")


def test_a_formula_that_asks_for_a_next_sample_each_time_has_no_trace() -> None:
    assert not satisfiable(temporal("always", temporal("next", A)), anything, Steps(100))
    assert satisfiable(temporal("always", temporal("weak_next", A)), anything, Steps(100))


def test_long_intervals_are_counted_down_in_as_many_steps() -> None:
    quiet = temporal("always", negation(A), hi=10_000)
    loud = temporal("eventually", A, hi=400)
    assert not satisfiable(conjunction(quiet, loud), anything, Steps(5_000))
    with pytest.raises(TooLarge):
        satisfiable(conjunction(quiet, loud), anything, Steps(500))


def test_the_core_is_the_literals_that_are_in_each_others_way() -> None:
    f = conjunction(temporal("always", A), temporal("eventually", conjunction(B, C)))
    assert core(f, not_both, Steps(1000)) == ((0, True), (1, True))
    f = conjunction(temporal("always", A), temporal("eventually", conjunction(B, negation(A))))
    assert core(f, anything, Steps(1000)) == ((0, False), (0, True))
    f = conjunction(temporal("eventually", A), temporal("always", temporal("next", B)))
    assert core(f, anything, Steps(1000)) == ()


def test_without_the_core_there_is_no_trace_and_without_any_part_of_it_there_is() -> None:
    everything = {Literal(n, positive) for n in range(4) for positive in (True, False)}
    refused = 0
    for seed in range(800):
        f = random_formula(random.Random(seed), depth=3, atoms=4, ops=FUTURE)
        if satisfiable(f, not_both, Steps(20_000)):
            continue
        refused += 1
        kept = core(f, not_both, Steps(20_000))
        free = frozenset(everything - set(kept))
        assert not satisfiable(f, not_both, Steps(20_000), free)
        assert all(satisfiable(f, not_both, Steps(20_000), free | {x}) for x in kept)
    assert refused > 20
