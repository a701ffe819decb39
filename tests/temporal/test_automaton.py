from __future__ import annotations

import itertools
import random
from math import inf

import numpy as np
import pytest

from rewardlang.temporal import minimal as minimal_module
from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.automaton import Automaton, automaton, of_nothing, of_spec
from rewardlang.temporal.formula import (
    FALSE,
    FUTURE,
    PAST,
    TRUE,
    Formula,
    LooksBackAtWhatLooksAhead,
    atom,
    conjunction,
    disjunction,
    is_past,
    negation,
    temporal,
    walk,
)
from tests.temporal.definition import random_formula, truth

A, B, C = atom(0), atom(1), atom(2)


def implies(f: Formula, g: Formula) -> Formula:
    return Formula("implies", (f, g))


def eventually(f: Formula) -> Formula:
    return temporal("eventually", f)


def always(f: Formula) -> Formula:
    return temporal("always", f)


def agrees(f: Formula, made: Automaton, seed: int) -> None:
    chance = np.random.default_rng(seed)
    traces = chance.random((3, 16, 6)) < chance.random((3, 16, 1))
    found = made.run(traces)
    of_the_last = is_past(f) and any(node.op in PAST for node in walk(f))
    for b, t in itertools.product(range(16), range(6)):
        at = t if of_the_last else 0
        assert found[b, t] == truth(f, traces[:, b, : t + 1], at), str(f)


def is_minimal(a: Automaton) -> bool:
    """Every state is reached, and every two are told apart by a trace, by the textbook's table."""
    reached = {a.initial}
    for state in (pending := [a.initial]):
        new = set(a.table[state].tolist()) - reached
        reached |= new
        pending.extend(new)
    apart = a.accepting[:, None] != a.accepting
    while True:
        more = apart | apart[a.table[:, None, :], a.table[None, :, :]].any(axis=2)
        if (more == apart).all():
            return len(reached) == a.states and int((~apart).sum()) == a.states
        apart = more


@pytest.mark.parametrize("seed", range(150))
def test_it_accepts_the_prefixes_that_the_formula_holds_of(seed: int) -> None:
    f = random_formula(random.Random(seed), depth=3 + seed % 2)
    made = automaton(f)
    agrees(f, made, seed)
    assert is_minimal(made)


@pytest.mark.parametrize("seed", range(150))
def test_formulas_may_look_back_at_any_depth(seed: int) -> None:
    chance = random.Random(seed)
    f = random_formula(chance, depth=3, ops=(*FUTURE, *PAST))
    made = automaton(f)
    agrees(f, made, seed)
    assert is_minimal(made)


@pytest.mark.parametrize("seed", range(60))
def test_a_formula_that_only_looks_back_speaks_of_the_last_sample(seed: int) -> None:
    f = random_formula(random.Random(seed), depth=3, ops=PAST)
    made = automaton(f)
    agrees(f, made, seed)
    assert is_minimal(made)


@pytest.mark.parametrize(
    ("f", "states"),
    [
        (TRUE, 1),
        (FALSE, 1),
        (A, 3),
        (eventually(A), 2),
        (always(A), 2),
        (always(implies(A, eventually(B))), 2),
        (always(eventually(A)), 2),  # on a finite trace: A at the last sample
        (conjunction(temporal("until", A, B), eventually(C)), 5),
        (conjunction(*(eventually(atom(i)) for i in range(8))), 256),
        (eventually(conjunction(A, temporal("next", eventually(B)))), 3),
        (always(conjunction(*(eventually(atom(i)) for i in range(8)))), 2),
        (eventually(conjunction(*(eventually(atom(i)) for i in range(8)))), 256),
        (always(implies(A, temporal("eventually", B, hi=20))), 22),
        (temporal("once", A, lo=3, hi=3), 16),
        (always(implies(A, temporal("once", B))), 3),
    ],
    ids=str,
)
def test_it_has_as_many_states_as_it_takes(f: Formula, states: int) -> None:
    assert automaton(f).states == states


def test_the_empty_trace_may_cost_a_state() -> None:
    assert automaton(always(A), empty=True).accepting[0]
    assert not automaton(eventually(A), empty=True).accepting[0]
    last = negation(temporal("next", TRUE))
    assert (automaton(last).states, automaton(last, empty=True).states) == (3, 3)
    again = always(eventually(A))
    assert (automaton(again).states, automaton(again, empty=True).states) == (2, 2)
    both = disjunction(eventually(A), negation(A))
    assert of_nothing(both)


@pytest.mark.parametrize(
    ("f", "accepted"),
    [
        (A, False),
        (negation(A), True),
        (TRUE, True),
        (temporal("next", TRUE), False),
        (temporal("weak_next", A), True),
        (always(A), True),
        (eventually(A), False),
        (always(eventually(A)), True),
        (eventually(always(A)), False),
        (Formula("iff", (A, FALSE)), True),
    ],
    ids=str,
)
def test_the_empty_trace_is_read_as_ltlf2dfa_reads_it(f: Formula, accepted: bool) -> None:
    made = automaton(f, empty=True)
    assert made.accepting[made.initial] == accepted
    agrees(f, made, 0)


def test_edges_say_their_guards() -> None:
    made = automaton(temporal("until", A, B))
    assert made.edges(("safe", "home")) == [
        (0, "safe and not home", 0),
        (0, "not safe and not home", 1),
        (0, "home", 2),
        (1, "true", 1),
        (2, "true", 2),
    ]
    assert made.distance().tolist() == [1.0, inf, 0.0]
    assert made.trap().tolist() == [False, True, False]
    assert made.decided().tolist() == [False, True, True]


def test_the_distance_is_the_fewest_samples_to_acceptance() -> None:
    visits = conjunction(eventually(A), eventually(conjunction(B, temporal("next", C))))
    made = automaton(visits)
    for state in range(made.states):
        shortest = next(
            steps
            for steps in range(4)
            for word in itertools.product(range(8), repeat=steps)
            if made.accepting[_after(made, state, word)]
        )
        assert made.distance()[state] == shortest


def _after(made: Automaton, state: int, word: tuple[int, ...]) -> int:
    for letter in word:
        state = int(made.table[state, letter])
    return state


def test_atoms_keep_their_numbers() -> None:
    made = automaton(temporal("until", atom(7), atom(3)))
    assert made.atoms == (3, 7)
    truths = np.zeros((8, 1, 2), np.bool_)
    truths[7, 0, 0] = truths[3, 0, 1] = True
    assert made.run(truths).tolist() == [[False, True]]


def test_what_looks_back_may_not_look_at_what_looks_ahead() -> None:
    with pytest.raises(LooksBackAtWhatLooksAhead, match="`once` looks back at what looks ahead"):
        automaton(temporal("once", eventually(A)))


@pytest.mark.parametrize(
    ("f", "what"),
    [
        (temporal("eventually", A, hi=2000), "formulas to follow"),
        (temporal("once", A, lo=40, hi=40), "states of the past"),
        (conjunction(*(eventually(atom(i)) for i in range(14))), "states|entries of the table"),
        (disjunction(*(atom(i) for i in range(23))), "entries of the table"),
        (always(implies(A, temporal("eventually", B, lo=20, hi=20))), "states"),
    ],
    ids=["window", "past", "product", "atoms", "progression"],
)
def test_what_grows_over_its_limit_says_so_in_time(f: Formula, what: str) -> None:
    with pytest.raises(TooLarge, match=what) as caught:
        automaton(f, limit=1000)
    assert caught.value.reached > caught.value.limit


def test_a_collision_of_hashes_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    f = conjunction(temporal("until", A, B), eventually(C))
    expected = automaton(f)

    def always_the_same(labels: np.ndarray, table: np.ndarray) -> np.ndarray:
        return labels.astype(np.uint64) // 2

    monkeypatch.setattr(minimal_module, "_hashed", always_the_same)
    found = automaton(f)
    assert (found.table == expected.table).all()
    assert (found.accepting == expected.accepting).all()


def test_a_spec_without_operators_speaks_of_the_last_sample() -> None:
    trace = np.array([[[True, False, True]]])
    assert of_spec(A, 64).run(trace).tolist() == [[True, False, True]]
    assert automaton(A).run(trace).tolist() == [[True, True, True]]
    for f in (eventually(A), temporal("once", A), conjunction(A, always(A))):
        assert of_spec(f, 64).run(trace).tolist() == automaton(f).run(trace).tolist()
