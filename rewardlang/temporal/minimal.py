"""Products of automata, and the smallest automaton with the same language of non-empty traces.

States are told apart by partition refinement (Moore 1956), a round for all states at once: two
states stay together while their rows lead to the same classes. Rows are compared by a 64-bit hash,
and the result by equality: a collision costs time and no correctness.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.dfa import Automaton, States, Truths

TABLE = 1 << 22  # entries of a table, at most
Codes = NDArray[np.int64]
Words = NDArray[np.uint64]


def product(left: Automaton, right: Automaton, op: str, limit: int) -> Automaton:
    """`and`, `or`, or `iff` of two automata, over the atoms of both."""
    atoms = tuple(sorted({*left.atoms, *right.atoms}))
    fits(1, len(atoms))
    ours = replace(left, atoms=atoms, table=left.table[:, projected(atoms, left.atoms)])
    letters = projected(atoms, right.atoms)
    pairs, table = explore(ours, np.broadcast_to(letters, ours.table.shape), right, limit)
    a, b = left.accepting[pairs // right.states], right.accepting[pairs % right.states]
    accepting = a & b if op == "and" else a | b if op == "or" else a == b
    return Automaton(atoms, table, accepting, 0)


def fits(states: int, atoms: int) -> None:
    if states << atoms > TABLE:
        raise TooLarge("entries of the table", states << atoms, TABLE)


@lru_cache(maxsize=4096)
def projected(atoms: tuple[int, ...], onto: tuple[int, ...]) -> Codes:
    """For each letter over `atoms`, the letter over some of them."""
    letters = np.arange(1 << len(atoms), dtype=np.int64)
    result = np.zeros_like(letters)
    for bit, number in enumerate(onto):
        result |= (letters >> atoms.index(number) & 1) << bit
    return result


def explore(left: Automaton, letters: Codes, right: Automaton, limit: int) -> tuple[Codes, States]:
    """The pairs of states that can be reached, the initial one first, and their table.

    `letters` [state of the left, letter of the left] is the letter that the right one reads. A pair
    (i, j) is written i * right.states + j.
    """
    columns = left.table.shape[1]
    place = np.zeros(left.states * right.states, np.int32)  # plus one; 0: not met
    frontier = np.array([left.initial * right.states + right.initial], np.int64)
    place[frontier] = 1
    pairs, rows, count = [frontier], [], 1
    while len(frontier):
        i, j = frontier // right.states, frontier % right.states
        after = left.table[i].astype(np.int64) * right.states
        after += right.table[j[:, None], letters[i]]
        rows.append(after)
        new = after.ravel()
        frontier = np.unique(new[place[new] == 0])
        place[frontier] = np.arange(count + 1, count + 1 + len(frontier), dtype=np.int32)
        pairs.append(frontier)
        count += len(frontier)
        if count > limit:
            raise TooLarge("states", count, limit)
        if count * columns > TABLE:
            raise TooLarge("entries of the table", count * columns, TABLE)
    table = place[np.concatenate(rows)] - np.int32(1)
    return np.concatenate(pairs), table


def minimal(a: Automaton, empty: bool | None = None) -> Automaton:
    """The smallest, its states numbered as a search from the initial one meets them.

    Every state of `a` can be reached. `empty` is whether the empty trace is accepted; with None
    that does not matter, so the initial state may be one that the trace comes back to.
    """
    a = _entered(a, empty)
    labels = _partition(a)
    first = np.unique(labels, return_index=True)[1]
    table, accepting = labels[a.table[first]], a.accepting[first]
    initial = int(labels[a.initial])
    if empty is None and not (a.table == a.initial).any():
        same = (table == table[initial]).all(axis=1)
        same[initial] = (labels == initial).sum() > 1
        if same.any():
            initial = int(same.argmax())
    return _numbered(Automaton(a.atoms, table, accepting, initial))


def _entered(a: Automaton, empty: bool | None) -> Automaton:
    """With an initial state that says `empty`: the same, or a copy that nothing leads to."""
    if empty is None or a.accepting[a.initial] == empty:
        return a
    if not (a.table == a.initial).any():
        accepting = a.accepting.copy()
        accepting[a.initial] = empty
        return replace(a, accepting=accepting)
    table = np.concatenate([a.table, a.table[a.initial, None]])
    return Automaton(a.atoms, table, np.append(a.accepting, empty), a.states)


def _partition(a: Automaton) -> States:
    """The class of each state."""
    labels, count = a.accepting.astype(np.int32), 0
    exact = False
    while True:
        signs = _exactly(labels, a.table) if exact else _hashed(labels, a.table)
        _, refined = np.unique(signs, return_inverse=True, axis=0)
        labels, before = refined.reshape(-1).astype(np.int32), count
        count = int(labels.max()) + 1
        if count == before or count == a.states:
            if exact or count == a.states or _is_congruence(labels, a):
                return labels
            labels, count, exact = a.accepting.astype(np.int32), 0, True


def _hashed(labels: States, table: States) -> Words:
    of_state = _words(len(labels) + 2)[labels]
    of_row: Words = of_state[table] @ _words(table.shape[1] + 1)[1:]
    return of_row + of_state * _words(1)


def _exactly(labels: States, table: States) -> States:
    return np.concatenate([labels[:, None], labels[table]], axis=1)


def _is_congruence(labels: States, a: Automaton) -> bool:
    _, first = np.unique(labels, return_index=True)
    stand_in = first[labels]
    after = labels[a.table]
    same: Truths = a.accepting == a.accepting[stand_in]
    return bool(same.all() and (after == after[stand_in]).all())


@lru_cache(maxsize=64)
def _words(count: int) -> Words:
    """Odd numbers at random, others for every `count`."""
    return np.random.default_rng(count).integers(1 << 63, size=count, dtype=np.uint64) * 2 + 1


def _numbered(a: Automaton) -> Automaton:
    order = {a.initial: 0}
    for state in (pending := [a.initial]):
        if len(order) == a.states:
            break
        for target in dict.fromkeys(a.table[state].tolist()):
            if target not in order:
                order[target] = len(order)
                pending.append(target)
    kept = np.fromiter(order, np.int64, len(order))
    place = np.zeros(a.states, np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    return Automaton(a.atoms, place[a.table[kept]], a.accepting[kept], 0)
