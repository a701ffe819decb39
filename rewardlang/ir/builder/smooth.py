"""Formulas under a smooth semantics, one value a sample and at the first sample: as records.

See temporal/semantics.py for what they gather and temporal/followed.py for how they are taken
apart. All of it is in float64.
"""

from __future__ import annotations

from rewardlang.ir.builder.late import Late, Trace
from rewardlang.ir.builder.state import Samples
from rewardlang.ir.ops import Form, Op
from rewardlang.temporal import formula as f
from rewardlang.temporal.followed import CONNECTIVES, way
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.semantics import Semantics
from rewardlang.types import Index


class SmoothTrace(Trace):
    """One value a sample, as soon as the horizon has passed."""

    def __init__(
        self, samples: Samples, atoms: list[Op], index: Index, semantics: Semantics
    ) -> None:
        super().__init__(samples, [samples.make.to("wide", a) for a in atoms], index)
        self.semantics = semantics
        self.form = Form("wide", (semantics.width,))
        empty = tuple(self.make.const(x, "wide") for x in semantics.gathering.nothing)
        self.nothing = self.make.node("stack", empty, self.form)

    # ---- records ----------------------------------------------------------------------------

    def gather(self, record: Op, *x: Op, weights: tuple[float, ...] = ()) -> Op:
        attr = (self.semantics, weights or (1.0,) * len(x))
        return self.make.node("gather", (record, *x), self.form, attr)

    def merge(self, older: Op, newer: Op) -> Op:
        return self.make.node("gather", (older, newer), self.form, (self.semantics, ()))

    def worth(self, record: Op) -> Op:
        return self.make.node("worth", (record,), Form("wide"), self.semantics)

    def negated(self, x: Op, if_: bool = True) -> Op:
        return self.make.apply("neg", x) if if_ else x

    def so_far(self, name: str, x: Op, clock: Op | None = None) -> tuple[Op, Op]:
        """The record before this sample and with it, where the clock says that it counts."""
        make = self.make
        name = f"{name}: {self.semantics!r} of {x.number} per {self.index.name}"
        if clock is not None:
            name += f" where {clock.number}"
        before = make.select(self.fewer(2), self.nothing, make.cell(name, self.form))
        after = self.gather(before, x)
        if clock is not None:
            after = make.select(clock, after, before)
        self.samples.store(name, after, self.index)
        return before, after

    # ---- one value a sample -----------------------------------------------------------------

    def _made(self, node: Formula) -> Late:
        match node.op:
            case "implies":
                return self.late(Formula("or", (f.negation(node.args[0]), node.args[1])))
            case "iff":
                a, b = node.args
                ways = (Formula("implies", (a, b)), Formula("implies", (b, a)))
                return self.late(Formula("and", ways))
        return super()._made(node)

    def joined(self, node: Formula, values: list[Op]) -> Op:
        turned = node.op == "and"
        operands = [self.negated(x, turned) for x in values]
        record = self.gather(self.nothing, *operands, weights=node.weights)
        return self.negated(self.worth(record), turned)

    def _window(self, fold: str, x: Op, length: int) -> Op:
        leaf = self.gather(self.nothing, self.negated(x, fold == "min"))
        name = self.semantics.gathering.record.name
        found = self.samples.window(name, leaf, length, self.index)
        return self.negated(self.worth(found), fold == "min")

    def _running(self, fold: str, x: Op) -> Op:
        found = self.so_far(fold, self.negated(x, fold == "min"))[1]
        return self.negated(self.worth(found), fold == "min")

    def _until(self, left: Formula, right: Formula, lo: int, hi: int | None) -> Late:
        assert hi is not None, "followed.py refuses what has no end inside another operator"
        delay = max(self.late(left).delay, self.late(right).delay)
        a, b = self.at(left, delay), self.at(right, delay)
        return Late(self._over_its_window("until", a, b, lo, hi), delay + hi)

    def _since(self, left: Op, right: Op, lo: int, hi: int | None) -> Op:
        assert hi is not None, "followed.py refuses it"
        return self._over_its_window("since", left, right, lo, hi)

    def _over_its_window(self, op: str, left: Op, right: Op, lo: int, hi: int) -> Op:
        formula = Formula(op, (f.atom(0), f.atom(1)), lo, hi)
        found = self.tail([left, right], self.make.const(True), hi + 1, (formula,))
        return self.make.take(found, self.make.const(0), 0)

    def tail(
        self,
        rows: list[Op],
        asked: Op,
        length: int,
        formulas: tuple[Formula, ...],
        gathered: bool = False,
    ) -> Op:
        x = self.make.node("stack", tuple(rows), Form("wide", (len(rows),)))
        return self.samples.tail(x, asked, length, formulas, self.index, self.semantics, gathered)


class SmoothlyFollowed:
    """A formula's value, by what has been seen so far: at the first sample, or at the last one if
    it looks back only."""

    def __init__(self, trace: SmoothTrace, formula: Formula) -> None:
        self.trace, self.make, self.formula = trace, trace.make, formula

    def finite(self, gate: Op | None) -> Op:
        """The value as if the trace ended here; asked for where `gate` holds."""
        if f.is_past(self.formula):
            return self.trace.at(self.formula, 0)
        return self._top(self.formula, gate)

    def _top(self, node: Formula, gate: Op | None) -> Op:
        if node.op in CONNECTIVES and not f.is_past(node):
            values = [self._top(a, gate) for a in node.args]
            return self._connected(node, values)
        follow = {"gathered": self._gathered, "witnessed": self._witnessed, "bounded": self._once}
        return follow[way(node)](node, gate)

    def _connected(self, node: Formula, values: list[Op]) -> Op:
        either, both = Formula("or"), Formula("and")
        negative = [self.trace.negated(x) for x in values]
        match node.op:
            case "not":
                return negative[0]
            case "implies":
                return self.trace.joined(either, [negative[0], values[1]])
            case "iff":
                there = self.trace.joined(either, [negative[0], values[1]])
                back = self.trace.joined(either, [negative[1], values[0]])
                return self.trace.joined(both, [there, back])
        return self.trace.joined(node, values)

    def _clock(self, node: Formula, delay: int) -> Op | None:
        """Whether the sample that is `delay` ago is in the interval; None where every one is."""
        make, inside = self.make, None
        if node.lo + delay > 0:
            inside = make.apply("not", self.trace.fewer(node.lo + delay + 1))
        if node.hi is not None:
            ends = self.trace.fewer(node.hi + delay + 2)
            inside = ends if inside is None else make.apply("and", inside, ends)
        return inside

    def _gathered(self, node: Formula, gate: Op | None) -> Op:
        trace, turned = self.trace, node.op == "always"
        inner = f.negation(node.args[0]) if turned else node.args[0]
        late = trace.late(inner)
        record = trace.so_far(node.op, late.op, self._clock(node, late.delay))[1]
        if late.delay:
            record = trace.merge(record, self._pending(node, inner, late.delay, gate))
        return trace.negated(trace.worth(record), turned)

    def _pending(self, node: Formula, inner: Formula, delay: int, gate: Op | None) -> Op:
        """The record of the last samples, whose values the end of the trace decides."""
        rows, formulas = self._rows(inner)
        clock = self._clock(node, 0)
        if clock is not None:
            formulas = (*formulas, f.atom(len(rows)))
            one, other = self.make.const(1.0, "wide"), self.make.const(-1.0, "wide")
            rows = [*rows, self.make.select(clock, one, other)]
        asked = self.make.const(True) if gate is None else gate
        return self.trace.tail(rows, asked, delay, formulas, gathered=True)

    def _rows(self, formula: Formula) -> tuple[list[Op], tuple[Formula, ...]]:
        """What is known of a sample when it comes, and the formula over that."""
        known = f.outermost_past(formula)
        instead = {past: f.atom(n) for n, past in enumerate(known)}
        return [self.trace.at(past, 0) for past in known], (f.replaced(formula, instead),)

    def _witnessed(self, node: Formula, gate: Op | None) -> Op:
        """until: the `or` over witnesses of the `and` of what held before and of the goal."""
        del gate
        trace, turned = self.trace, node.op == "releases"
        left, right = (trace.negated(trace.at(a, 0), not turned) for a in node.args)
        held, _ = trace.so_far("held", left)
        both = trace.negated(trace.worth(trace.gather(held, right)))
        found = trace.so_far("witnesses", both, self._clock(node, 0))[1]
        return trace.negated(trace.worth(found), turned)

    def _once(self, node: Formula, gate: Op | None) -> Op:
        """Evaluated when its samples are there, and kept; before that, of those there are."""
        make, trace, ahead = self.make, self.trace, f.horizon(node)
        assert ahead is not None
        name = f"{node} {node.weights} at first of {trace.semantics!r} per {trace.index.name}"
        if ahead == 0:
            whole, full, early = trace.at(node, 0), trace.fewer(2), None
        else:
            full = make.apply(
                "and", trace.fewer(ahead + 2), make.apply("not", trace.fewer(ahead + 1))
            )
            whole = self._now(node, full)
            early = trace.fewer(ahead + 1)
        name = f"{name} of {whole.number}"
        kept = make.select(full, whole, make.cell(name, whole.form))
        trace.samples.store(name, kept, trace.index)
        if early is None:
            return kept
        asked = early if gate is None else make.apply("and", early, gate)
        return make.select(early, self._now(node, asked), kept)

    def _now(self, node: Formula, asked: Op) -> Op:
        ahead = f.horizon(node)
        assert ahead is not None
        rows, formulas = self._rows(node)
        found = self.trace.tail(rows, asked, ahead + 1, formulas)
        return self.make.take(found, self.make.const(0), 0)
