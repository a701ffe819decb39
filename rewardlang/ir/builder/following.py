"""Formulas followed sample by sample: see temporal/monitor.py for the parts they are taken into."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from rewardlang.ir.builder.late import Trace
from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Form, Op
from rewardlang.temporal import formula as f
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.lattice import LatticeMonitor
from rewardlang.temporal.monitor import Clock, Monitor, monitor, parts_of
from rewardlang.temporal.progress import normal


def following(trace: Trace, formula: Formula) -> Now | Joined:
    """How a formula stands. One that looks back only speaks of the last sample there is."""
    if f.is_past(formula):
        return Now(trace.at(formula, 0))
    connectives, parts = parts_of(formula)
    return Joined(trace.make, connectives, [Following(trace, monitor(p)) for p in parts])


@dataclass(frozen=True, eq=False)
class Now:
    value: Op

    def bounds(self) -> tuple[Op, Op]:
        return self.value, self.value

    def finite(self, gate: Op | None) -> Op:
        del gate
        return self.value


@dataclass(frozen=True, eq=False)
class Joined:
    """Connectives over formulas that are followed each by itself."""

    make: Maker
    connectives: Formula
    parts: list[Following]

    def bounds(self) -> tuple[Op, Op]:
        return self._bounds(normal(self.connectives), [p.bounds() for p in self.parts])

    def finite(self, gate: Op | None) -> Op:
        values = [p.finite(gate) for p in self.parts]
        return self._bounds(normal(self.connectives), [(v, v) for v in values])[0]

    def _bounds(self, node: Formula, parts: list[tuple[Op, Op]]) -> tuple[Op, Op]:
        match node.op:
            case "atom":
                return parts[node.number]
            case "not":
                low, high = self._bounds(node.args[0], parts)
                return self.make.apply("neg", high), self.make.apply("neg", low)
            case "true" | "false":
                value = self.make.const(math.inf if node.op == "true" else -math.inf)
                return value, value
        fold = "min" if node.op == "and" else "max"
        low, high = self._bounds(node.args[0], parts)
        for other in node.args[1:]:
            low_too, high_too = self._bounds(other, parts)
            low = self.make.apply(fold, low, low_too)
            high = self.make.apply(fold, high, high_too)
        return low, high


class Following:
    """A formula's value at the first sample, by what has been seen so far.

    The state is a coefficient for each set of obligations (temporal/lattice.py), in one cell.
    """

    def __init__(self, trace: Trace, plan: Monitor) -> None:
        self.trace, self.make, self.samples = trace, trace.make, trace.samples
        self.plan = plan
        self.coefficients = self._absorbed(plan.lattice)

    def _literal(self, literal: Formula | Clock) -> Op:
        """Its value at the sample that is `delay` ago."""
        if isinstance(literal, Formula):
            return self.trace.at(literal, self.plan.delay)
        return self._clock(literal, self.plan.delay)

    def _signed(self, number: int, positive: bool) -> Op:
        x = self._literal(self.plan.literals[number])
        return x if positive else self.make.apply("neg", x)

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
        literals = [self._signed(*literal) for literal in lattice.literals]
        sample = _row(make, literals)
        start = make.node(
            "stack",
            tuple(
                make.const(math.inf if n == 0 else -math.inf) for n in range(len(lattice.subsets))
            ),
            form,
        )
        name = f"coefficients {_short(lattice)} of {sample.number}"
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
        settled = [] if lattice.decided is None else [lattice.decided]
        return self._over(settled), self._over(list(range(len(lattice.subsets))))

    def finite(self, gate: Op | None) -> Op:
        """The value as if the trace ended here; asked for where `gate` holds."""
        lattice = self.plan.lattice
        if self.plan.delay == 0:
            return self._over([n for n, ends in enumerate(lattice.ends) if ends])
        members = self._pending(gate)
        total: Op | None = None
        for n, subset in enumerate(lattice.subsets):
            part = self.coefficients[n]
            for member in subset:
                part = self.make.apply("min", part, members[member])
            total = part if total is None else self.make.apply("max", total, part)
        assert total is not None
        return total

    def _pending(self, gate: Op | None) -> dict[Formula, Op]:
        """The value of each obligation over the samples that are not yet absorbed, as a trace."""
        make = self.make
        members = list(dict.fromkeys(m for subset in self.plan.lattice.subsets for m in subset))
        rows: dict[Formula | Clock, int] = {}
        found = {
            f.atom(n): self._numbered(literal, rows) for n, literal in enumerate(self.plan.literals)
        }
        formulas = tuple(f.replaced(m, found) for m in members)
        stack = _row(make, [self._present(row) for row in rows])
        asked = make.const(True) if gate is None else gate
        tail = self.samples.tail(stack, asked, self.plan.delay, formulas, self.trace.index)
        return {m: make.take(tail, make.const(n), 0) for n, m in enumerate(members)}

    def _numbered(self, literal: Formula | Clock, rows: dict[Formula | Clock, int]) -> Formula:
        """A literal over numbered rows: each what is known of a sample when it comes."""
        if isinstance(literal, Clock):
            return f.atom(rows.setdefault(literal, len(rows)))
        parts = {n: f.atom(rows.setdefault(n, len(rows))) for n in f.outermost_past(literal)}
        return f.replaced(literal, parts)

    def _present(self, row: Formula | Clock) -> Op:
        if isinstance(row, Formula):
            return self.trace.at(row, 0)
        return self._clock(row, 0)


def _row(make: Maker, values: list[Op]) -> Op:
    """As a vector; for a formula of nothing but time, one of a number that is never read."""
    values = values or [make.const(0.0)]
    return make.node("stack", tuple(values), Form("real", (len(values),)))


def _short(lattice: LatticeMonitor) -> str:
    """A name that is equal for equal monitors, in every process."""
    return hashlib.sha256(repr(lattice.updates).encode()).hexdigest()[:8]
