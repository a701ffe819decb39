"""Outlines of automata: few states, and the edges that traces take."""

from __future__ import annotations

import random

import numpy as np
import pytest

from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.automaton import automaton
from rewardlang.temporal.formula import FUTURE, Formula, atom, conjunction, negation, temporal
from rewardlang.temporal.outline import KINDS, outline
from tests.temporal.definition import random_formula, truth

A, B = atom(0), atom(1)


def test_a_deadline_is_four_states_however_long_it_is() -> None:
    for hi in (3, 50):
        f = temporal("always", Formula("implies", (A, temporal("eventually", B, hi=hi))))
        assert outline(automaton(f)).names == ("holding", "waiting 1", "waiting 2", "violated")


def test_nothing_leaves_what_is_decided_and_the_start_is_told_where_nothing_comes_back() -> None:
    made = outline(automaton(temporal("next", A)))
    assert made.names == ("start", "waiting", "violated", "satisfied")
    assert made.guards(["p"]) == {(0, 1): "true", (1, 2): "not p", (1, 3): "p"}


def test_stages_of_a_task_stay_apart() -> None:
    f = temporal("eventually", conjunction(A, temporal("eventually", B)))
    made = outline(automaton(f))
    assert made.names == ("waiting 1", "waiting 2", "satisfied")
    assert made.guards(["p", "q"]) == {
        (0, 0): "not p",
        (0, 1): "p and not q",
        (0, 2): "p and q",
        (1, 1): "not q",
        (1, 2): "q",
    }


@pytest.mark.parametrize("seed", range(60))
def test_a_trace_is_where_the_formula_has_it(seed: int) -> None:
    """Traces one at a time: the state that the last edge leads to says what the definition says."""
    f = random_formula(random.Random(seed), depth=3, ops=FUTURE)
    made = outline(automaton(f))
    chance = np.random.default_rng(seed)
    for _ in range(20):
        n = int(chance.integers(1, 6))
        trace = chance.random((3, 1, n)) < 0.5
        length = np.array([n])
        before = made.taken(trace, length - 1)
        source, target = np.argwhere(made.taken(trace, length) - before)[0]
        name = made.names[target].split()[0]
        assert (name in ("satisfied", "holding")) == truth(f, trace[:, 0], 0), (str(f), n)
        assert name in KINDS and before.sum() == n - 1
        guards = made.guards(["a", "b", "c"])
        decided = made.names[source].split()[0] in ("violated", "satisfied")
        assert ((source, target) in guards) != decided


def test_an_outline_that_nobody_can_read_is_refused() -> None:
    f = conjunction(*(temporal("eventually", atom(n)) for n in range(6)), negation(A))
    with pytest.raises(TooLarge):
        outline(automaton(f))
