"""Sets of clauses without a superfluous one: what makes a monotone function's form unique.

A clause is an int, a bit for each thing that must hold; some things follow from others (`order`).
Clause k makes clause c superfluous when all of k follows from c.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

MANY = 24  # from here on clauses are compared as arrays
WORK = 1 << 28  # roughly, in units of ten nanoseconds

Clauses = tuple[int, ...]


class TooLarge(Exception):
    """What grew over its limit, how far it had come, and the limit."""

    def __init__(self, what: str, reached: int, limit: int) -> None:
        super().__init__(f"{reached} {what}, and the limit is {limit}")
        self.what, self.reached, self.limit = what, reached, limit


def places(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


class Antichains:
    """`above[i]`: what follows from bit i, itself among it. The bits of `never` never all hold."""

    def __init__(self, above: list[int], never: int, limit: int) -> None:
        self.above, self.never, self.limit = above, never, limit
        self.drops = _drops(above)
        self.work = 0
        self._implied: dict[int, int] = {}

    def minimal(self, clauses: Iterable[int]) -> Clauses:
        given = set(clauses)
        if len(given) > MANY and len(self.above) < 63:
            return self._of_many(given)
        kept: list[int] = []
        for clause in sorted({self.least(c) for c in given}):
            if self.never and clause & self.never == self.never:
                continue
            implied = self.implied(clause)
            if any(k & ~implied == 0 for k in kept):
                continue
            kept = [k for k in kept if clause & ~self.implied(k)]
            kept.append(clause)
        self._counted(32 * len(given) * (1 + len(kept)), len(kept))
        return tuple(sorted(kept))

    def both(self, left: Clauses, right: Clauses) -> Clauses:
        if len(left) * len(right) > 16 * self.limit:
            raise TooLarge("clauses", len(left) * len(right), 16 * self.limit)
        return self.minimal(a | b for a in left for b in right)

    def least(self, clause: int) -> int:
        """Without what follows from the rest."""
        drop = 0
        for place in places(clause):
            drop |= self.drops[place]
        return clause & ~drop

    def implied(self, clause: int) -> int:
        """With all that follows."""
        found = self._implied.get(clause)
        if found is None:
            found = clause
            for place in places(clause):
                found |= self.above[place]
            self._implied[clause] = found
        return found

    def _of_many(self, given: set[int]) -> Clauses:
        """The same, side by side."""
        import numpy as np

        clauses = np.fromiter(given, np.int64, len(given))
        least, implied = clauses.copy(), clauses.copy()
        for place, (drop, above) in enumerate(zip(self.drops, self.above, strict=True)):
            has = (clauses >> place & 1).astype(np.bool_)
            least[has] &= ~drop
            implied[has] |= above
        least, first = np.unique(least, return_index=True)
        implied = implied[first]
        if self.never:
            possible = least & self.never != self.never
            least, implied = least[possible], implied[possible]
        self._counted(len(least) ** 2, 0)
        superfluous = np.zeros(len(least), np.bool_)
        for start in range(0, len(least), 256):
            rows = slice(start, start + 256)
            follows = least & ~implied[rows, None] == 0
            mutual = (least[rows, None] & ~implied) == 0
            earlier = np.arange(len(least)) < np.arange(len(least))[rows, None]
            superfluous[rows] = (follows & (~mutual | earlier)).any(axis=1)
        kept = least[~superfluous]
        self._counted(0, len(kept))
        return tuple(kept.tolist())

    def _counted(self, work: int, clauses: int) -> None:
        self.work += work
        if clauses > self.limit:
            raise TooLarge("clauses", clauses, self.limit)
        if self.work > WORK:
            raise TooLarge("comparisons of clauses", self.work, WORK)


def _drops(above: list[int]) -> list[int]:
    """For each bit those that it makes superfluous; of two equal ones the first stays."""
    result = []
    for i, follow in enumerate(above):
        drop = 0
        for j in places(follow):
            if j != i and (j > i or not above[j] >> i & 1):
                drop |= 1 << j
        result.append(drop)
    return result
