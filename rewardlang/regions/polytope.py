"""Whether linear inequalities have a common point: the simplex method in fractions.

Bland's rule picks the pivots, so it ends. What is asked is small: only the rows that share
variables with the question count, since the others are known to have a point of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

WORK = 5_000_000  # coefficients that pivots may touch for one output: some seconds

Bounds = tuple[Fraction | None, Fraction | None]
ZERO, ONE = Fraction(0), Fraction(1)


class Exhausted(Exception):
    """The questions so far took more than `WORK`."""


@dataclass(frozen=True)
class Row:
    """sum of coefficient * variable <= bound, or < bound where it is strict."""

    weights: tuple[tuple[int, Fraction], ...]
    bound: Fraction
    strict: bool

    def negated(self) -> Row:
        return Row(tuple((v, -w) for v, w in self.weights), -self.bound, not self.strict)


@dataclass
class Feasibility:
    """Answers for variables within `domain`, each kept."""

    domain: dict[int, Bounds]
    _known: dict[frozenset[Row], bool] = field(default_factory=dict)
    _work: int = 0

    def allows(self, rows: Iterable[Row], more: Row) -> bool:
        """Whether some point satisfies `more` and the rows, which have a point without it."""
        return self.have_point({*_connected(tuple(rows), more), more})

    def have_point(self, rows: Iterable[Row]) -> bool:
        """Whether some point satisfies all rows."""
        asked = frozenset(rows)
        if asked not in self._known:
            self._known[asked] = self._has_point(sorted(asked, key=repr))
        return self._known[asked]

    def irredundant(self, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        """The rows without those that the others and the domain imply."""
        kept = list(dict.fromkeys(rows))
        for row in tuple(kept):
            others = [other for other in kept if other is not row]
            if not self.allows(others, row.negated()):
                kept = others
        return tuple(kept)

    def joined(self, a: tuple[Row, ...], b: tuple[Row, ...]) -> tuple[Row, ...] | None:
        """The union of two polytopes on either side of one row, where that is a polytope too."""
        others = set(b)
        for row in a:
            if row.negated() not in others:
                continue
            left = [r for r in a if r != row]
            right = [r for r in b if r != row.negated()]
            if self._imply(a, right) and self._imply(b, left):
                return self.irredundant((*left, *right))
        return None

    def _imply(self, rows: tuple[Row, ...], implied: list[Row]) -> bool:
        return not any(self.allows(rows, row.negated()) for row in implied)

    def _has_point(self, rows: list[Row]) -> bool:
        """Maximises the room t that every strict row leaves; t <= 1."""
        columns = _Columns(self.domain)
        for row in rows:
            columns.enter(row)
        dictionary = _Dictionary(columns.count + 1, columns.objective())
        for weights, bound, strict in columns.rows():
            dictionary.add(bound, weights, strict)
        room = dictionary.maximum()
        self._work += dictionary.work
        if self._work > WORK:
            raise Exhausted
        return room is not None and (room > 0 or not any(row.strict for row in rows))


def _connected(rows: tuple[Row, ...], start: Row) -> list[Row]:
    reached = {v for v, _ in start.weights}
    chosen: list[Row] = []
    left = list(rows)
    while True:
        near = [row for row in left if any(v in reached for v, _ in row.weights)]
        if not near:
            return chosen
        left = [row for row in left if row not in near]
        chosen += near
        reached |= {v for row in near for v, _ in row.weights}


class _Columns:
    """Writes rows over variables that are 0 and more; column 0 is the room t."""

    def __init__(self, domain: dict[int, Bounds]) -> None:
        self.domain = domain
        self.count = 0
        self._of: dict[int, tuple[Fraction, list[tuple[int, Fraction]]]] = {}
        self._rows: list[tuple[dict[int, Fraction], Fraction, bool]] = [({0: ONE}, ONE, False)]

    def enter(self, row: Row) -> None:
        weights: dict[int, Fraction] = {}
        bound = row.bound
        for v, weight in row.weights:
            shift, columns = self._variable(v)
            bound -= weight * shift
            for column, sign in columns:
                weights[column] = weights.get(column, ZERO) + weight * sign
        self._rows.append((weights, bound, row.strict))

    def _variable(self, v: int) -> tuple[Fraction, list[tuple[int, Fraction]]]:
        if v in self._of:
            return self._of[v]
        lo, hi = self.domain.get(v, (None, None))
        first = self.count + 1
        if lo is None and hi is None:
            self._of[v] = (ZERO, [(first, ONE), (first + 1, -ONE)])
        elif lo is None:
            assert hi is not None
            self._of[v] = (hi, [(first, -ONE)])
        else:
            self._of[v] = (lo, [(first, ONE)])
            if hi is not None:
                self._rows.append(({first: ONE}, hi - lo, False))
        self.count += len(self._of[v][1])
        return self._of[v]

    def objective(self) -> list[Fraction]:
        return [ZERO, ONE, *[ZERO] * self.count]

    def rows(self) -> list[tuple[list[Fraction], Fraction, bool]]:
        return [
            ([weights.get(column, ZERO) for column in range(self.count + 1)], bound, strict)
            for weights, bound, strict in self._rows
        ]


class _Dictionary:
    """Basic variables as affine functions of the others: [constant, a coefficient for each].

    The last column is the artificial variable of the first phase.
    """

    def __init__(self, size: int, objective: list[Fraction]) -> None:
        self.size = size
        self.objective = [*objective, ZERO]
        self.shortage = [ZERO] * (size + 1) + [-ONE]
        self.rows: list[list[Fraction]] = []
        self.basic: list[int] = []
        self.work = 0
        self.other = [*range(1, size + 1), 0]  # labels; Bland's rule prefers the artificial one

    def add(self, bound: Fraction, weights: list[Fraction], strict: bool) -> None:
        row = [bound, *(-weight for weight in weights), ONE]
        if strict:
            row[1] -= ONE
        self.rows.append(row)
        self.basic.append(self.size + len(self.rows))

    def maximum(self) -> Fraction | None:
        """The largest value of the objective; None where the rows have no common point."""
        worst = min(range(len(self.rows)), key=lambda r: self.rows[r][0])
        if self.rows[worst][0] < 0:
            self._pivot(worst, self.size + 1)
            self._climb(self.shortage)
            if self.shortage[0] < 0:
                return None
        self._drop_artificial()
        self._climb(self.objective)
        return self.objective[0]

    def _drop_artificial(self) -> None:
        if 0 in self.basic:
            row = self.basic.index(0)
            places = [j for j in range(1, self.size + 2) if self.rows[row][j]]
            if places:
                self._pivot(row, places[0])
            else:
                del self.rows[row], self.basic[row]
        if 0 in self.other:
            place = self.other.index(0) + 1
            for line in (*self.rows, self.objective):
                line[place] = ZERO

    def _climb(self, objective: list[Fraction]) -> None:
        while True:
            rising = [j for j in range(1, self.size + 2) if objective[j] > 0]
            if not rising:
                return
            entering = min(rising, key=lambda j: self.other[j - 1])
            limits = [
                (row[0] / -row[entering], self.basic[r], r)
                for r, row in enumerate(self.rows)
                if row[entering] < 0
            ]
            self._pivot(min(limits)[2], entering)  # t <= 1: there is a limit

    def _pivot(self, leaving: int, entering: int) -> None:
        self.work += len(self.rows) * self.size
        row = self.rows[leaving]
        pivot = row[entering]
        solved = [-value / pivot for value in row]
        solved[entering] = ONE / pivot
        self.rows[leaving] = solved
        for line in (*self.rows, self.objective, self.shortage):
            factor = line[entering]
            if line is solved or not factor:
                continue
            for j, value in enumerate(solved):
                line[j] = factor * value if j == entering else line[j] + factor * value
        label = self.basic[leaving]
        self.basic[leaving] = self.other[entering - 1]
        self.other[entering - 1] = label
