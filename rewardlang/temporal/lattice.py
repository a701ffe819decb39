"""The margin of a future formula at the first sample of the trace so far, sample by sample.

After each sample the margin is a function of what is still open:

    P(v) = max over subsets S of members of min(c[S], min of v[q] over q in S)

The members are those of `progress`, v[q] is the margin of q at the next sample, and the state is
one coefficient c[S] for each subset that can be reached. A new sample puts the clauses of q in the
place of q. That is progression with margins for truths; what it needs are the laws of a
distributive lattice, so the result is the definition's, bit for bit, at every prefix.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.formula import Formula, walk
from rewardlang.temporal.progress import Literal, Unfolding

if TYPE_CHECKING:  # a check of a program needs none
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]


class Term(NamedTuple):
    """min of the coefficient `source` before the sample and of the margins of `literals` at it."""

    source: int
    literals: tuple[int, ...]


@dataclass(frozen=True)
class LatticeMonitor:
    """Before the first sample, subset 0, the formula itself, has +inf and the others have -inf.

    subsets   what each coefficient waits for, as formulas at the next sample
    literals  the margins that terms read: of an atom, or of its negation
    updates   for each subset the terms whose maximum is its next coefficient
    ends      whether the subset holds where there is no next sample
    decided   the subset that waits for nothing, if it can be reached
    """

    subsets: tuple[tuple[Formula, ...], ...]
    literals: tuple[Literal, ...]
    updates: tuple[tuple[Term, ...], ...]
    ends: tuple[bool, ...]
    decided: int | None

    def start(self, *shape: int) -> Reals:
        import numpy as np

        coefficients = np.full((len(self.subsets), *shape), -inf)
        coefficients[0] = inf
        return coefficients

    def step(self, coefficients: Reals, atoms: Reals) -> Reals:
        """`atoms` are the margins at one sample, [number, ...]."""
        import numpy as np

        margins = [atoms[n] if positive else -atoms[n] for n, positive in self.literals]
        after = np.full_like(coefficients, -inf)
        for target, terms in enumerate(self.updates):
            for source, literals in terms:
                term = coefficients[source]
                for i in literals:
                    term = np.minimum(term, margins[i])
                after[target] = np.maximum(after[target], term)
        return after

    def value(self, coefficients: Reals) -> Reals:
        """As if the trace ended with this sample."""
        return self._highest(coefficients, [i for i, end in enumerate(self.ends) if end])

    def bounds(self, coefficients: Reals, lo: float = -inf, hi: float = inf) -> tuple[Reals, Reals]:
        """The lowest and the highest value yet to come, where what is open comes to [lo, hi]."""
        import numpy as np

        settled = self._highest(coefficients, [] if self.decided is None else [self.decided])
        waiting = [i for i in range(len(self.subsets)) if i != self.decided]
        unsettled = self._highest(coefficients, waiting)
        low, high = (np.maximum(settled, np.minimum(unsettled, end)) for end in (lo, hi))
        return low, high

    def values(self, atoms: Reals) -> Reals:
        """[number, batch, sample] to [batch, sample]: the value at every prefix."""
        import numpy as np

        coefficients = self.start(atoms.shape[1])
        result = np.empty(atoms.shape[1:])
        for t in range(atoms.shape[2]):
            coefficients = self.step(coefficients, atoms[:, :, t])
            result[:, t] = self.value(coefficients)
        return result

    def _highest(self, coefficients: Reals, places: list[int]) -> Reals:
        highest: Reals = coefficients[places].max(axis=0, initial=-inf)
        return highest


def monitor(f: Formula, limit: int = 64) -> LatticeMonitor:
    """Raises TooLarge over `limit` subsets; `split` the formula first, it keeps them few."""
    if any(node.weights for node in walk(f)):
        raise ValueError("a weighted connective is no minimum and no maximum")
    unfolding = Unfolding(f, limit=4 * limit, clauses=4 * limit)
    reached = _reached(unfolding, unfolding.root, limit)
    again = unfolding.root | unfolding.goes_on
    if again in reached and not reached[unfolding.root]:  # one subset: there is a first sample
        reached = _reached(unfolding, again, limit)
    return LatticeMonitor(
        tuple(tuple(unfolding.members[p] for p in unfolding.places(s) if p) for s in reached),
        unfolding.literals,
        tuple(tuple(sorted(terms)) for terms in reached.values()),
        tuple(not s & unfolding.goes_on for s in reached),
        list(reached).index(0) if 0 in reached else None,
    )


def _reached(unfolding: Unfolding, first: int, limit: int) -> dict[int, list[Term]]:
    """The subsets in the order they are met, and the terms of each."""
    terms: dict[int, list[Term]] = {first: []}
    for source, subset in enumerate(pending := [first]):
        for clause in _next(unfolding, subset):
            rest = unfolding.open(clause)
            if rest not in terms:
                terms[rest] = []
                pending.append(rest)
                if len(terms) > limit:
                    raise TooLarge("subsets", len(terms), limit)
            asked = unfolding.places((clause ^ rest) << unfolding.shift)
            terms[rest].append(Term(source, tuple(asked)))
    return terms


def _next(unfolding: Unfolding, subset: int) -> tuple[int, ...]:
    """What a subset asks of one more sample."""
    clauses: tuple[int, ...] = (0,)
    for place in unfolding.places(subset):
        clauses = unfolding.clauses.both(clauses, unfolding.delta(place))
    return clauses
