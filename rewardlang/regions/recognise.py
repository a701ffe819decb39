"""The regions of every term and of the total: each choice is followed both ways where it can be.

Regions do not overlap and cover the domain: a row of the side not taken first is strict where the
other is not. Numbers are exact for float64 params and literals; only what is handed on is rounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, RewardError
from rewardlang.ir.ops import Op, Output, Program
from rewardlang.regions import polynomial
from rewardlang.regions.path import FaultHere, Path, Place, Unrecognised
from rewardlang.regions.polynomial import Polynomial
from rewardlang.regions.polytope import Bounds, Exhausted, Feasibility, Row

LIMIT = 500

Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]
Piece = tuple[tuple[Row, ...], Polynomial | None]


@dataclass(frozen=True)
class Quadratic:
    """x' Q x + c . x + d, with a symmetric Q; no rows in Q where the value is affine."""

    Q: Matrix
    c: Vector
    d: float
    concave: bool  # Q is negative semidefinite, found exactly; so is what is affine


@dataclass(frozen=True)
class Region:
    """The points of the domain with A x <= b, < where `strict`. A value of None is a fault."""

    A: Matrix
    b: Vector
    strict: tuple[bool, ...]
    value: Quadratic | None


@dataclass(frozen=True)
class Regions:
    """One output. `factor` is what a term is multiplied with in the total: its weight and dt.

    Where there are no regions, `reason` says what is neither affine nor quadratic.
    """

    name: str
    role: str
    variables: tuple[str, ...] = ()
    domain: tuple[tuple[float, float], ...] = ()
    params: tuple[tuple[str, float], ...] = ()
    factor: float | None = None
    regions: tuple[Region, ...] = ()
    reason: str | None = None

    @property
    def kind(self) -> str:
        values = [one.value for one in self.regions if one.value is not None]
        shape = "quadratic" if any(value.Q for value in values) else "affine"
        if len(self.regions) > 1:
            return f"piecewise {shape}"
        concave = shape == "quadratic" and values[0].concave
        return f"concave {shape}" if concave else shape


def regions(
    program: Program, open_inputs: frozenset[str] = frozenset(), limit: int = LIMIT
) -> tuple[Regions, ...]:
    """Every term in file order, then the total. RW780 where a term has more regions than `limit`.

    A total with more, which is made of terms with fewer, is told as one that is not recognised.
    """
    found = []
    for output in program.outputs:
        if output.role not in ("term", "reward"):
            continue
        search = _Search(program, output, open_inputs, limit)
        try:
            found.append(search.result())
        except Unrecognised as why:
            found.append(Regions(output.name, output.role, reason=str(why)))
        except (_TooMany, Exhausted):
            if output.role == "term":
                raise RewardError([_too_many(program, output, limit)]) from None
            reason = f"it has more than {limit} regions, or they take too long to find"
            found.append(Regions(output.name, output.role, reason=reason))
    return tuple(found)


class _TooMany(Exception):
    pass


def _too_many(program: Program, output: Output, limit: int) -> Diagnostic:
    spans = [s.span for s in program.sinks if (s.name, s.role) == (output.name, output.role)]
    labels = tuple(Label(span, "") for span in spans[:1])
    return Diagnostic("RW780", labels, {"name": output.name, "limit": limit})


class _Search:
    """Depth first over the choices of one output."""

    def __init__(
        self, program: Program, output: Output, open_inputs: frozenset[str], limit: int
    ) -> None:
        self.output = output
        self.open_inputs = open_inputs
        self.limit = limit
        self.inputs = {one.name: one for one in program.inputs}
        self.defaults = {one.name: one.default for one in program.params if not one.of_run}
        self.variables: dict[tuple[str, Place], int] = {}
        self.params: dict[str, float] = {}
        self.domain: dict[int, Bounds] = {}
        self.feasibility = Feasibility(self.domain)

    def result(self) -> Regions:
        if self.output.value.form.shape:
            raise Unrecognised("it has a value for each slot of an axis")
        if self.output.at_end:
            raise Unrecognised("it is known at the end of an episode")
        found = self._joined(list(self._pieces()))
        number = len(self.variables)
        shown = [_name(name, place) for name, place in self.variables]
        return Regions(
            self.output.name,
            self.output.role,
            tuple(shown),
            tuple(_ends(self.domain[v]) for v in range(number)),
            tuple(self.params.items()),
            self._factor(),
            tuple(_region(rows, value, number) for rows, value in found),
        )

    def _pieces(self) -> Iterator[Piece]:
        waiting: list[tuple[int, ...]] = [()]
        count = 0
        while waiting:
            choices = _Choices(waiting.pop(), self.feasibility)
            try:
                value = self._value(choices)
            except FaultHere:
                value = None
            waiting += choices.others
            count += 1
            if count + len(waiting) > self.limit:
                raise _TooMany
            yield self.feasibility.irredundant(tuple(choices.rows)), value

    def _joined(self, pieces: list[Piece]) -> list[Piece]:
        """Neighbours with the same value as one: what `abs` parts, `max` may make whole again."""
        left = pieces
        done: list[Piece] = []
        while left:
            rows, value = left.pop(0)
            for i, (other, its_value) in enumerate(left):
                union = self.feasibility.joined(rows, other) if value == its_value else None
                if union is not None:
                    left[i] = (union, value)
                    break
            else:
                done.append((rows, value))
        return done

    def _value(self, choices: _Choices) -> Polynomial | None:
        path = Path(self._variable, self._param, choices.decide, choices.largest)
        value = path.value(_raw(self.output.value))
        if isinstance(value, bool):
            return polynomial.constant(int(value))
        return value if isinstance(value, dict) else None  # an infinity cannot be paid

    def _variable(self, name: str, place: Place) -> Polynomial:
        if name in self.open_inputs:
            raise Unrecognised(f"the size of the input `{name}` is open")
        if (name, place) not in self.variables:
            number = self.variables[name, place] = len(self.variables)
            one = self.inputs[name]
            ends = (one.lo, one.hi) if one.contract else (-math.inf, math.inf)
            lo, hi = (Fraction(end) if math.isfinite(end) else None for end in ends)
            self.domain[number] = (lo, hi)
        return polynomial.variable(self.variables[name, place])

    def _param(self, name: str, place: Place) -> Any:
        value = self.defaults.get(name)
        for index in place:
            value = None if value is None else value[index]
        if value is None:
            raise Unrecognised(f"`{name}` has no value in the file")
        self.params[_name(name, place)] = float(value)
        return value

    def _factor(self) -> float | None:
        if self.output.role == "reward":
            return None
        if self.output.factor is None:
            return 1.0
        choices = _Choices((), self.feasibility)
        path = Path(self._variable, self._param, choices.decide, choices.largest)
        value = path.value(self.output.factor)
        if isinstance(value, dict) and polynomial.degree(value) == 0:
            return float(value.get((), 0))
        return None


class _Choices:
    """Answers with the choices so far, then with the first way; `others` are the ways left."""

    def __init__(self, made: tuple[int, ...], feasibility: Feasibility) -> None:
        self.made = list(made)
        self.used = 0
        self.rows: list[Row] = []
        self.others: list[tuple[int, ...]] = []
        self.feasibility = feasibility

    def decide(self, p: Polynomial, strict: bool) -> bool:
        """Whether p > 0, or >= 0 where it is not strict."""
        if polynomial.degree(p) == 0:
            value = p.get((), Fraction(0))
            return value > 0 if strict else value >= 0
        holds = _positive(p, strict)
        return self._chosen([[holds], [holds.negated()]]) == 0

    def largest(self, values: list[Polynomial]) -> int:
        """The place of the largest value; of equal ones the first. One choice, not one for each."""
        distinct = [p for i, p in enumerate(values) if p not in values[:i]]
        ways = []
        for i, p in enumerate(distinct):
            gaps = [(polynomial.minus(p, q), j < i) for j, q in enumerate(distinct) if j != i]
            ways.append(_all_positive(gaps))
        return values.index(distinct[self._chosen(ways)])

    def _chosen(self, ways: list[list[Row] | None]) -> int:
        """Which way is taken, of those that have a point; one of them always has."""
        open_ways = [i for i, rows in enumerate(ways) if rows is not None and self._allow(rows)]
        if len(open_ways) == 1:
            return open_ways[0]
        if self.used == len(self.made):
            self.others += [(*self.made, way) for way in reversed(open_ways[1:])]
            self.made.append(open_ways[0])
        answer = self.made[self.used]
        self.used += 1
        self.rows += ways[answer] or []
        return answer

    def _allow(self, rows: list[Row]) -> bool:
        if len(rows) == 1:
            return self.feasibility.allows(self.rows, rows[0])
        return self.feasibility.have_point([*self.rows, *rows])


def _positive(p: Polynomial, strict: bool) -> Row:
    if polynomial.degree(p) > 1:
        raise Unrecognised("it chooses by something that is not affine")
    weights = tuple(sorted((m[0], -c) for m, c in p.items() if m))
    return Row(weights, p.get((), Fraction(0)), strict)


def _all_positive(gaps: list[tuple[Polynomial, bool]]) -> list[Row] | None:
    """The rows that say so; None where a gap is a number that is not."""
    rows = []
    for gap, strict in gaps:
        if polynomial.degree(gap) > 0:
            rows.append(_positive(gap, strict))
        elif gap.get((), Fraction(0)) < 0 or (strict and not gap):
            return None
    return rows


def _raw(op: Op) -> Op:
    """Before a fault policy: what a term says, not what is paid in its place."""
    return op.args[0] if op.kind == "settle" else op


def _name(name: str, place: Place) -> str:
    return f"{name}[{', '.join(map(str, place))}]" if place else name


def _ends(bounds: Bounds) -> tuple[float, float]:
    lo, hi = bounds
    return (-math.inf if lo is None else float(lo), math.inf if hi is None else float(hi))


def _region(rows: tuple[Row, ...], value: Polynomial | None, number: int) -> Region:
    return Region(
        tuple(_dense(dict(row.weights), number) for row in rows),
        tuple(float(row.bound) for row in rows),
        tuple(row.strict for row in rows),
        None if value is None else _quadratic(value, number),
    )


def _quadratic(value: Polynomial, number: int) -> Quadratic:
    matrix = polynomial.hessian_half(value, number)
    linear = {m[0]: c for m, c in value.items() if len(m) == 1}
    negated = [[-entry for entry in row] for row in matrix]
    rows = tuple(tuple(float(entry) for entry in row) for row in matrix)
    return Quadratic(
        rows if polynomial.degree(value) > 1 else (),
        _dense(linear, number),
        float(value.get((), 0)),
        polynomial.is_semidefinite(negated),
    )


def _dense(weights: dict[int, Fraction], number: int) -> Vector:
    return tuple(float(weights.get(v, 0)) for v in range(number))
