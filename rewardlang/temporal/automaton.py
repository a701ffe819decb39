"""The smallest automaton of a formula over finite, non-empty traces.

Connectives are products of the automata of their parts, made small after each product; temporal
parts go by progression over their own atoms alone. Compositional translation is what MONA does for
monadic logic, and Lydia for LTLf (De Giacomo and Favorito 2021); here it is array operations.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.determine import determined
from rewardlang.temporal.dfa import Automaton, Edge, Truths
from rewardlang.temporal.formula import (
    PAST,
    Formula,
    atom,
    atoms,
    is_past,
    outermost_past,
    replaced,
    temporal,
    unweighted,
    walk,
)
from rewardlang.temporal.minimal import explore, fits, minimal, product
from rewardlang.temporal.past import holds, past
from rewardlang.temporal.split import numbered_from_zero, split, still

__all__ = ["MOST_STATES", "Automaton", "Edge", "TooLarge", "automaton", "of_nothing", "of_spec"]

MOST_STATES = 1024  # of an automaton that a program steps through


def automaton(f: Formula, *, empty: bool = False, limit: int = 4096) -> Automaton:
    """It accepts the traces at whose first sample f holds.

    A formula that looks back and nowhere ahead speaks of the last sample instead, as pure-past
    logic does: `once p` is "p has held". `empty` asks for the reading of the empty trace too, that
    of LTLf2DFA (`of_nothing`); without it the initial state may be one that is come back to.
    Raises TooLarge where a step has over `limit` states, or a table over four million entries, and
    LooksBackAtWhatLooksAhead.
    """
    backwards = tuple(part for part in outermost_past(f) if part.op in PAST)
    if backwards and is_past(f):
        result = _of_the_last(f, limit)
    else:
        result = _of_the_first(f, backwards, limit)
    return minimal(result, of_nothing(f) if empty else None)


def of_spec(f: Formula, limit: int) -> Automaton:
    """What a `spec` says: without any operator of time it speaks of the last sample as well."""
    f = unweighted(f)
    timeless = is_past(f) and not any(node.op in PAST for node in walk(f))
    return automaton(temporal("once", f, hi=0) if timeless else f, limit=limit)


def of_nothing(f: Formula) -> bool:
    """The empty trace, as LTLf2DFA reads it: no atom holds, and there is no sample to look at."""
    known: dict[Formula, bool] = {}
    for node in walk(f):
        parts = [known[a] for a in node.args]
        match node.op:
            case "not":
                known[node] = not parts[0]
            case "and":
                known[node] = all(parts)
            case "or":
                known[node] = any(parts)
            case "implies":
                known[node] = not parts[0] or parts[1]
            case "iff":
                known[node] = parts[0] == parts[1]
            case op:
                known[node] = op in ("true", "always", "releases", "weak_next", "historically")
    return known[f]


def _of_the_last(f: Formula, limit: int) -> Automaton:
    numbers = atoms(f)
    fits(1, len(numbers))
    machine = past((f,), numbers, limit, last=True)
    return Automaton(numbers, machine.table, machine.held[:, 0], 0)


def _of_the_first(f: Formula, backwards: Sequence[Formula], limit: int) -> Automaton:
    unused = max(atoms(f), default=-1) + 1
    stand_ins = {g: atom(unused + i) for i, g in enumerate(backwards)}
    skeleton, parts = split(replaced(f, stand_ins))
    looked = {stand_in.number: g for g, stand_in in stand_ins.items()}
    made = [_of_part(part, looked, limit) for part in parts]
    return _joined(skeleton, made, limit)


def _joined(f: Formula, parts: list[Automaton], limit: int) -> Automaton:
    if f.op == "atom":
        return parts[f.number]
    made = [_joined(a, parts, limit) for a in f.args]
    if f.op == "not":
        return replace(made[0], accepting=~made[0].accepting)
    if f.op == "implies":
        made[0] = replace(made[0], accepting=~made[0].accepting)
    op = "or" if f.op == "implies" else f.op
    return _product_of(made, op, limit)


def _product_of(parts: list[Automaton], op: str, limit: int) -> Automaton:
    """The small ones first: what they have in common is gone before the large ones come."""
    heap = [(part.table.size, i, part) for i, part in enumerate(parts)]
    heapq.heapify(heap)
    count = len(heap)
    while len(heap) > 1:
        (_, _, left), (_, _, right) = heapq.heappop(heap), heapq.heappop(heap)
        made = minimal(product(left, right, op, limit))
        count += 1
        heapq.heappush(heap, (made.table.size, count, made))
    return heap[0][2]


def _of_part(part: Formula, looked: dict[int, Formula], limit: int) -> Automaton:
    """A part over the atoms of the program: `looked` says what stand-ins stand for."""
    alone = still(part)
    core, places = numbered_from_zero(
        replaced(part, {g: atom(-1 - i) for i, g in enumerate(alone)})
    )
    wanted = [alone[-1 - n] if n < 0 else atom(n) for n in places]
    made = _core(core, limit)
    stand_ins = [n for n in atoms(part) if n in looked]
    backwards = tuple(looked[n] for n in stand_ins)
    numbers = {n for g in (part, *backwards) for n in atoms(g) if n not in looked}
    letters = tuple(sorted(numbers))
    fits(made.states, len(letters))
    truths = {n: np.arange(1 << len(letters))[None] >> i & 1 == 1 for i, n in enumerate(letters)}
    if not backwards:
        read = _letters(wanted, truths, (1, 1 << len(letters)))[0]
        return minimal(replace(made, atoms=letters, table=made.table[:, read]))
    machine = past(backwards, letters, limit, last=False)
    truths.update({n: machine.holds[:, :, i] for i, n in enumerate(stand_ins)})
    read = _letters(wanted, truths, machine.table.shape)
    rejecting = np.zeros(len(machine.table), np.bool_)
    ours = Automaton(letters, machine.table, rejecting, 0)
    pairs, table = explore(ours, read, made, limit)
    return minimal(Automaton(letters, table, made.accepting[pairs % made.states], 0))


def _letters(
    wanted: list[Formula], truths: dict[int, Truths], shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """The letter over `wanted` at each state and letter."""
    read = np.zeros(shape, np.int64)
    for bit, g in enumerate(wanted):
        read |= holds(g, truths).astype(np.int64) << bit
    return read


@lru_cache(maxsize=256)
def _core(f: Formula, limit: int) -> Automaton:
    return minimal(determined(f, limit))
