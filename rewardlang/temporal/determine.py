"""A future formula by progression: the states are what is left of it after a trace.

A state is an antichain of sets of members (`progress`): some set must hold at the next sample. A
letter puts the clauses of each member in its place. Two traces that leave the same clauses lead to
one state, which is how formula progression makes automata of finite traces (De Giacomo and Vardi
2015); the result need not be the smallest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.dfa import Automaton
from rewardlang.temporal.formula import Formula, atoms
from rewardlang.temporal.minimal import fits, projected
from rewardlang.temporal.progress import Unfolding

NONE = -1  # in an array of sets of members: no set; a union with it is none
Rest = tuple[int, ...]
Sets = NDArray[Any]  # of int64, or of Python's ints where there are many members


def determined(f: Formula, limit: int) -> Automaton:
    """Raises TooLarge over `limit` states."""
    steps = _Steps(f)
    letters = atoms(f)
    fits(1, len(letters))
    places: dict[Rest, int] = {steps.first: 0}
    rows = []
    for rest in (pending := [steps.first]):
        support, after = steps.after(rest)
        for target in after:
            if target not in places:
                places[target] = len(places)
                pending.append(target)
        if len(places) > limit:
            raise TooLarge("states", len(places), limit)
        fits(len(places), len(letters))
        row = np.array([places[target] for target in after], np.int32)
        rows.append(row[projected(letters, support)])
    accepting = np.array([steps.ends(rest) for rest in pending], np.bool_)
    return Automaton(letters, np.stack(rows), accepting, 0)


class _Steps:
    """What is left after one more sample, for each letter over the atoms that matter to it."""

    def __init__(self, f: Formula) -> None:
        self.unfolding = Unfolding(f)
        self.shift = self.unfolding.shift
        self.type: Any = np.int64 if len(self.unfolding.members) < 63 else object
        self.first: Rest = (self.unfolding.root >> self.shift,)
        self._members: dict[int, tuple[tuple[int, ...], Sets]] = {}
        self._sets: dict[int, tuple[tuple[int, ...], Sets]] = {}
        self._rests: dict[Rest, Rest] = {}

    def ends(self, rest: Rest) -> bool:
        """Whether the trace may end here: member 0 asks for more."""
        return any(not wanted & 1 for wanted in rest)

    def after(self, rest: Rest) -> tuple[tuple[int, ...], list[Rest]]:
        parts = [self._of_set(wanted) for wanted in rest]
        if len(parts) == 1:
            support, table = parts[0]
        else:
            support = tuple(sorted({number for numbers, _ in parts for number in numbers}))
            wide = [table[projected(support, numbers)] for numbers, table in parts]
            shape = (1 << len(support), 0)
            table = np.concatenate([np.empty(shape, self.type), *wide], axis=1)
        return support, [self._minimal(tuple(row)) for row in table.tolist()]

    def _minimal(self, row: Rest) -> Rest:
        found = self._rests.get(row)
        if found is None:
            wanted = (w << self.shift for w in set(row) if w != NONE)
            found = tuple(c >> self.shift for c in self.unfolding.clauses.minimal(wanted))
            self._rests[row] = found
        return found

    def _of_set(self, wanted: int) -> tuple[tuple[int, ...], Sets]:
        """For each letter the sets that one of these is replaced by, filled up with NONE."""
        found = self._sets.get(wanted)
        if found is None:
            support: tuple[int, ...] = ()
            table = np.zeros((1, 1), self.type)
            for place in self.unfolding.places(wanted << self.shift):
                numbers, own = self._of_member(place)
                both = tuple(sorted({*support, *numbers}))
                table, own = table[projected(both, support)], own[projected(both, numbers)]
                table = (table[:, :, None] | own[:, None, :]).reshape(1 << len(both), -1)
                support = both
                if table.shape[1] > 4:
                    table = self._filled(map(self._minimal, map(tuple, table.tolist())))
            found = self._sets[wanted] = support, table
        return found

    def _of_member(self, place: int) -> tuple[tuple[int, ...], Sets]:
        found = self._members.get(place)
        if found is None:
            clauses = [
                (self.unfolding.asked(clause), clause >> self.shift)
                for clause in self.unfolding.delta(place)
            ]
            support = tuple(sorted({i.number for asked, _ in clauses for i in asked}))
            fits(1, len(support))
            bits = {number: 1 << i for i, number in enumerate(support)}
            rows = []
            for letter in range(1 << len(support)):
                rest = tuple(
                    wanted
                    for asked, wanted in clauses
                    if all(bool(letter & bits[i.number]) == i.positive for i in asked)
                )
                rows.append(self._minimal(rest))
            found = self._members[place] = support, self._filled(rows)
        return found

    def _filled(self, rows: Iterable[Rest]) -> Sets:
        rows = list(rows)
        width = max(map(len, rows))
        return np.array([(*r, *[NONE] * (width - len(r))) for r in rows], self.type).reshape(
            len(rows), width
        )
