"""Formulas followed sample by sample: see temporal/monitor.py for the parts they are taken into."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rewardlang.ir.builder.late import Trace
from rewardlang.ir.ops import Form, Op
from rewardlang.temporal import formula as f
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.lattice import LatticeMonitor, hash_of
from rewardlang.temporal.monitor import Clock, Monitor, monitor, split


def following(trace: Trace, formula: Formula, first: bool = False) -> Following | Joined:
    """How a formula stands; `first` as for `monitor`."""
    parts = split(formula)
    if parts is None:
        return Following(trace, monitor(formula, first))
    return Joined(trace, parts[0], [following(trace, p, first=True) for p in parts[1]])


@dataclass(frozen=True, eq=False)
class Joined:
    """Several formulas under `and` or `or`, or one under `not`."""

    trace: Trace
    op: str
    parts: list[Following | Joined]

    def bounds(self) -> tuple[Op, Op]:
        ends = [p.bounds() for p in self.parts]
        if self.op == "not":
            low, high = ends[0]
            return self._negated(high), self._negated(low)
        return self._all([low for low, _ in ends]), self._all([high for _, high in ends])

    def finite(self, gate: Op | None) -> Op:
        values = [p.finite(gate) for p in self.parts]
        return self._negated(values[0]) if self.op == "not" else self._all(values)

    def _negated(self, x: Op) -> Op:
        return self.trace.make.apply("neg", x)

    def _all(self, values: list[Op]) -> Op:
        total = values[0]
        for value in values[1:]:
            total = self.trace.make.apply("min" if self.op == "and" else "max", total, value)
        return total


class Following:
    """A formula's value at the first sample, by what has been seen so far.

    The state is a coefficient for each set of obligations (temporal/lattice.py), in one cell.
    """

    def __init__(self, trace: Trace, plan: Monitor) -> None:
        self.trace, self.make, self.samples = trace, trace.make, trace.samples
        self.plan = plan
        if self.plan.lattice is not None:
            self.coefficients = self._absorbed(self.plan.lattice)

    def _literal(self, literal: Formula | Clock) -> Op:
        """Its value at the sample that is `delay` ago."""
        if isinstance(literal, Formula):
            return self.trace.at(literal, self.plan.delay)
        return self._clock(literal, self.plan.delay)

    def _clock(self, clock: Clock, delay: int) -> Op:
        """Whether the sample that is `delay` ago is one of the clock's: plus or minus infinity."""
        make = self.make
        inside = None
        if clock.lo > 0:
            inside = make.apply("not", self.trace.fewer(clock.lo + delay + 1))
        if clock.hi is not None:
            ends = self.trace.fewer(clock.hi + delay + 2)
            inside = ends if inside is None else make.apply("and", inside, ends)
        assert inside is not None
        return make.select(inside, make.const(math.inf), make.const(-math.inf))

    def _absorbed(self, lattice: LatticeMonitor) -> list[Op]:
        """The coefficients with this sample in them, and a cell that keeps them."""
        make = self.make
        form = Form("real", (len(lattice.subsets),))
        literals = [self._literal(x) for x in self.plan.literals]
        sample = make.node("stack", tuple(literals), Form("real", (len(literals),)))
        start = make.node(
            "stack",
            tuple(
                make.const(math.inf if n == lattice.initial else -math.inf)
                for n in range(len(lattice.subsets))
            ),
            form,
        )
        name = f"coefficients {hash_of(lattice)} of {sample.number}"
        before = make.select(self.trace.fewer(2), start, make.cell(name, form))
        after = make.node("lattice", (before, sample), form, lattice.updates)
        if self.plan.delay:
            after = make.select(self.trace.fewer(self.plan.delay + 1), before, after)
        self.samples.store(name, after, self.trace.index)
        return [make.take(after, make.const(n), 0) for n in range(len(lattice.subsets))]

    def _over(self, wanted: list[int]) -> Op:
        total: Op | None = None
        for n in wanted:
            x = self.coefficients[n]
            total = x if total is None else self.make.apply("max", total, x)
        return self.make.const(-math.inf) if total is None else total

    def bounds(self) -> tuple[Op, Op]:
        """Between what the value lies, whatever follows."""
        lattice = self.plan.lattice
        if lattice is None:
            now = self._now()
            return now, now
        done = [n for n, subset in enumerate(lattice.subsets) if not subset]
        return self._over(done), self._over(list(range(len(lattice.subsets))))

    def finite(self, gate: Op | None) -> Op:
        """The value as if the trace ended here; asked for where `gate` holds."""
        lattice = self.plan.lattice
        if lattice is None:
            return self._now()
        if self.plan.delay == 0:
            return self._over([n for n, ends in enumerate(lattice.ends) if ends])
        members = self._pending(gate)
        total: Op | None = None
        for n, subset in enumerate(lattice.subsets):
            part = self.coefficients[n]
            for member in sorted(subset):
                part = self.make.apply("min", part, members[member])
            total = part if total is None else self.make.apply("max", total, part)
        assert total is not None
        return total

    def _now(self) -> Op:
        assert self.plan.now is not None
        return self.trace.at(self.plan.now, 0)

    def _pending(self, gate: Op | None) -> list[Op]:
        """The value of each obligation over the samples that are not yet absorbed, as a trace."""
        lattice, make = self.plan.lattice, self.make
        assert lattice is not None
        rows: dict[Formula | Clock, int] = {}
        found = {
            f.atom(n): self._row(literal, rows) for n, literal in enumerate(self.plan.literals)
        }
        formulas = tuple(f.replaced(m, found) for m in lattice.members)
        values = [self._present(row) for row in rows]
        stack = make.node("stack", tuple(values), Form("real", (len(values),)))
        asked = make.const(True) if gate is None else gate
        tail = self.samples.tail(stack, asked, self.plan.delay, formulas, self.trace.index)
        return [make.take(tail, make.const(n), 0) for n in range(len(formulas))]

    def _row(self, literal: Formula | Clock, rows: dict[Formula | Clock, int]) -> Formula:
        """A literal over numbered rows: each what is known of a sample when it comes."""
        if isinstance(literal, Clock):
            return f.atom(rows.setdefault(literal, len(rows)))
        parts = {n: f.atom(rows.setdefault(n, len(rows))) for n in f.outermost_past(literal)}
        return f.replaced(literal, parts)

    def _present(self, row: Formula | Clock) -> Op:
        if isinstance(row, Formula):
            return self.trace.at(row, 0)
        return self._clock(row, 0)
