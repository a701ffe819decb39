"""A deterministic automaton over finite traces, complete, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rewardlang.temporal.guards import guard

States = NDArray[np.int32]
Truths = NDArray[np.bool_]


class Edge(NamedTuple):
    source: int
    guard: str
    target: int


@dataclass(frozen=True, eq=False)
class Automaton:
    """It reads every sample, the first from `initial`, and accepts when the trace may end there.

    atoms      the numbers of the atoms; bit i of a letter says whether atoms[i] holds
    table      [state, letter] -> state
    accepting  [state]; of a state that no edge leads to, the reading of the empty trace
    """

    atoms: tuple[int, ...]
    table: States
    accepting: Truths
    initial: int

    @property
    def states(self) -> int:
        return len(self.accepting)

    def letters(self, truths: Truths) -> NDArray[np.int64]:
        """[number, ...] to [...]: the letter of each sample."""
        result = np.zeros(truths.shape[1:], np.int64)
        for bit, number in enumerate(self.atoms):
            result |= truths[number].astype(np.int64) << bit
        return result

    def run(self, truths: Truths) -> Truths:
        """[number, batch, sample] to [batch, sample]: whether it accepts each prefix."""
        letters = self.letters(truths)
        state = np.full(letters.shape[0], self.initial, np.int32)
        result = np.empty(letters.shape, np.bool_)
        for t in range(letters.shape[1]):
            state = self.table[state, letters[:, t]]
            result[:, t] = self.accepting[state]
        return result

    def distance(self) -> NDArray[np.float64]:
        """The fewest samples that lead to an accepting state; inf where none does."""
        return self._steps_to(self.accepting)

    def trap(self) -> Truths:
        """Rejecting whatever follows."""
        return np.isinf(self.distance())

    def decided(self) -> Truths:
        """Accepting whatever follows, or rejecting whatever follows."""
        return self.trap() | np.isinf(self._steps_to(~self.accepting))

    def edges(self, names: Sequence[str] | None = None) -> list[Edge]:
        """One for each pair of states; `names` are those of the atoms, in the order of `atoms`."""
        names = [f"a{number}" for number in self.atoms] if names is None else names
        found = []
        for source, row in enumerate(self.table):
            for target in np.unique(row).tolist():
                packed = np.packbits(row == target, bitorder="little")
                letters = int.from_bytes(packed.tobytes(), "little")
                found.append(Edge(source, guard(letters, names), target))
        return found

    def _steps_to(self, goal: Truths) -> NDArray[np.float64]:
        steps = np.where(goal, 0.0, np.inf)
        reached, size, far = goal, 0, 0.0
        while size != (size := int(reached.sum())):
            far += 1.0
            reached = reached | reached[self.table].any(axis=1)
            steps[reached & np.isinf(steps)] = far
        return steps
