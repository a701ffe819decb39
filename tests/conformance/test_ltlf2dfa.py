"""LTLf2DFA beside our automata: the same language, and never a state more.

It needs the Python package `ltlf2dfa` and the program `mona` that it starts.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import random
import shutil
from typing import Any

import pytest

from rewardlang.temporal.automaton import Automaton, automaton
from rewardlang.temporal.formula import FUTURE, PAST, Formula, atoms, walk
from tests.temporal.definition import random_formula
from tests.temporal.ltlf import Mona, read, written

MISSING = [
    name
    for name, found in (
        ("the package ltlf2dfa", importlib.util.find_spec("ltlf2dfa")),
        ("the program mona", shutil.which("mona")),
    )
    if not found
]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"without {' and '.join(MISSING)}")

Pair = tuple[int, int]


def theirs(f: Formula) -> Mona:
    logic, parser = ("ppltl", "PPLTLParser") if _looks_back(f) else ("ltlf", "LTLfParser")
    parse: Any = getattr(importlib.import_module(f"ltlf2dfa.parser.{logic}"), parser)()
    return read(parse(written(f)).to_dfa(mona_dfa_out=True))


def _looks_back(f: Formula) -> bool:
    return any(node.op in PAST for node in walk(f))


def difference(ours: Automaton, other: Mona) -> tuple[dict[int, bool], ...] | None:
    """The shortest non-empty trace that one accepts and the other does not."""
    seen: dict[Pair, tuple[dict[int, bool], ...]] = {(ours.initial, other.first): ()}
    for state, its in (pending := list(seen)):
        for letter in range(1 << len(ours.atoms)):
            sample = {number: bool(letter >> i & 1) for i, number in enumerate(ours.atoms)}
            pair = int(ours.table[state, letter]), other.after(its, sample)
            if bool(ours.accepting[pair[0]]) != (pair[1] in other.accepting):
                return (*seen[state, its], sample)
            if pair not in seen:
                seen[pair] = (*seen[state, its], sample)
                pending.append(pair)
    return None


def drawn(seed: int, ops: tuple[str, ...]) -> Formula:
    """One that speaks of an atom, in the logic that its operators are of."""
    chance = random.Random(seed)
    while True:
        f = random_formula(chance, depth=2 + seed % 2, ops=ops)
        if atoms(f) and any(node.op in ops for node in walk(f)):
            return f


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_the_language_is_that_of_ltlf2dfa_and_the_states_as_few(seed: int) -> None:
    f = drawn(seed, FUTURE)
    other = theirs(f)
    assert difference(automaton(f), other) is None, written(f)
    assert automaton(f).states <= other.states
    if all((node.lo, node.hi) == (0, None) for node in walk(f)):  # it knows no empty window
        with_empty = automaton(f, empty=True)
        assert with_empty.accepting[with_empty.initial] == (other.first in other.accepting)
        assert with_empty.states == other.states


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_of_the_past_the_language_is_that_of_ltlf2dfa_too(seed: int) -> None:
    f = drawn(1000 + seed, PAST)
    other = theirs(f)
    assert difference(automaton(f), other) is None, written(f)
    assert automaton(f).states <= other.states


def test_the_comparison_finds_a_difference() -> None:
    one, other = Formula("eventually", (Formula("atom", number=0),)), Formula("atom", number=0)
    assert difference(automaton(other), theirs(one)) == ({0: False}, {0: True})


def test_traces_one_by_one_say_the_same() -> None:
    f = drawn(5, FUTURE)
    ours, other = automaton(f), theirs(f)
    letters = range(1 << len(ours.atoms))
    for length in range(1, 5):
        for word in itertools.islice(itertools.product(letters, repeat=length), 2000):
            state, its = ours.initial, other.first
            for letter in word:
                sample = {number: bool(letter >> i & 1) for i, number in enumerate(ours.atoms)}
                state, its = int(ours.table[state, letter]), other.after(its, sample)
            assert bool(ours.accepting[state]) == (its in other.accepting)
