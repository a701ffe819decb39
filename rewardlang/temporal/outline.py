"""An automaton in few states, for people who ask which of its edges some traces took.

States that look alike one sample ahead, whatever that sample is, are one here: the fifty that count
down an interval of fifty samples are two, the last and the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.dfa import Automaton, Truths
from rewardlang.temporal.guards import guard

KINDS = ("violated", "satisfied", "holding", "waiting")
MOST = 32  # states of an outline
Counts = NDArray[np.int64]
Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Outline:
    """`names` of the states, and `place` [state of the automaton], which of them each is.

    violated, satisfied   whatever follows
    holding, waiting      if the trace ended here it would be satisfied, or not
    start                 before the first sample, where nothing comes back to that

    Where there are several of a kind each has a number behind it.
    """

    automaton: Automaton
    names: tuple[str, ...]
    place: NDArray[np.int64]

    def guards(self, atoms: Sequence[str]) -> dict[Pair, str]:
        """The edges by source and target, and when each is taken; none leaves what is decided."""
        a, size = self.automaton, len(self.names)
        letters = np.zeros((size, size, a.table.shape[1]), np.bool_)
        letters[self.place[:, None], self.place[a.table], np.arange(a.table.shape[1])] = True
        letters[np.unique(self.place[a.decided()])] = False
        return {
            (int(i), int(j)): guard(_packed(letters[i, j]), atoms)
            for i, j in np.argwhere(letters.any(axis=2))
        }

    def taken(self, truths: Truths, lengths: Counts) -> Counts:
        """[source, target]: on how many samples of the traces [number, batch, sample]."""
        counts = np.zeros((len(self.names), len(self.names)), np.int64)
        letters = self.automaton.letters(truths)
        state = np.full(letters.shape[0], self.automaton.initial)
        for t in range(letters.shape[1]):
            goes_on = lengths > t
            after = self.automaton.table[state, letters[:, t]]
            np.add.at(counts, (self.place[state][goes_on], self.place[after][goes_on]), 1)
            state = after
        return counts


def outline(a: Automaton) -> Outline:
    """Raises TooLarge over `MOST` states."""
    trap = a.trap()
    kinds = np.where(trap, 0, np.where(a.decided(), 1, np.where(a.accepting, 2, 3)))
    alike = np.concatenate([kinds[:, None], kinds[a.table]], axis=1)
    _, first, place = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    if len(first) > MOST:
        raise TooLarge("states", len(first), MOST)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    place = rank[place.reshape(-1)]
    words = [KINDS[kinds[state]] for state in np.sort(first)]
    if (place == place[a.initial]).sum() == 1 and not (a.table == a.initial).any():
        words[place[a.initial]] = "start"
    return Outline(a, tuple(_numbered(words)), place)


def _numbered(words: Sequence[str]) -> list[str]:
    return [
        word if words.count(word) == 1 else f"{word} {words[: i + 1].count(word)}"
        for i, word in enumerate(words)
    ]


def _packed(letters: Truths) -> int:
    return int.from_bytes(np.packbits(letters, bitorder="little").tobytes(), "little")
