"""Temporal formulas with one value a sample, known as soon as their horizon has passed.

once [a .. b] g      max of the last b - a + 1 of g, a samples ago
f since g            a cell: max(g, min(f, cell))
f until [a .. b] g   known b samples late: a window of the pair (min f, best g so far)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce

from rewardlang.ir.builder.state import Samples
from rewardlang.ir.ops import Form, Op
from rewardlang.temporal import formula as f
from rewardlang.temporal.formula import Formula
from rewardlang.types import Index

_WINDOW = {"always": "min", "historically": "min", "eventually": "max", "once": "max"}
_NEUTRAL = {"min": math.inf, "max": -math.inf}


@dataclass(frozen=True, eq=False)
class Late:
    """A value known `delay` samples after its own."""

    op: Op
    delay: int


class Trace:
    """The atoms at this sample, and what their past makes of them."""

    def __init__(self, samples: Samples, atoms: list[Op], index: Index) -> None:
        self.samples, self.make, self.atoms, self.index = samples, samples.make, atoms, index
        self._late: dict[Formula, Late] = {}

    def fewer(self, samples: int) -> Op:
        """Whether there are fewer samples than that, this one included."""
        first = 0 if self.index is Index.STATE else 1  # t at the first sample
        t, make = self.make.signal("t"), self.make
        return make.apply("lt", t, make.const(samples + first - 1))

    # ---- one value a sample -----------------------------------------------------------------

    def late(self, node: Formula) -> Late:
        """The formula's value, as soon as its horizon has passed. Before that: any number."""
        if node not in self._late:
            self._late[node] = self._made(node)
        return self._late[node]

    def at(self, node: Formula, delay: int) -> Op:
        """The value `delay` samples late, for a formula known by then."""
        found = self.late(node)
        return self._lagged(found.op, delay - found.delay)

    def _lagged(self, x: Op, steps: int) -> Op:
        if steps == 1:
            return self.samples.before("previous", x, self.index)
        return x if steps == 0 else self.samples.lag(x, steps, self.index)

    def _made(self, node: Formula) -> Late:
        make = self.make
        match node.op:
            case "true":
                return Late(make.const(math.inf), 0)
            case "false":
                return Late(make.const(-math.inf), 0)
            case "atom":
                return Late(self.atoms[node.number], 0)
            case "not":
                inner = self.late(node.args[0])
                return Late(make.apply("neg", inner.op), inner.delay)
            case "and" | "or":
                return self._together(node)
            case "implies":
                return self.late(f.disjunction(f.negation(node.args[0]), node.args[1]))
            case "iff":
                a, b = node.args
                both = f.conjunction(a, b)
                neither = f.conjunction(f.negation(a), f.negation(b))
                return self.late(f.disjunction(both, neither))
            case "next" | "weak_next":
                inner = self.late(node.args[0])
                return Late(inner.op, inner.delay + 1)
            case "always" | "eventually":
                return self._ahead(node)
            case "until":
                return self._until(node.args[0], node.args[1], node.lo, node.hi)
            case "releases":
                a, b = (f.negation(x) for x in node.args)
                found = self._until(a, b, node.lo, node.hi)
                return Late(make.apply("neg", found.op), found.delay)
        return Late(self._behind(node), 0)

    def _together(self, node: Formula) -> Late:
        delay = max(self.late(p).delay for p in node.args)
        return Late(self.joined(node, [self.at(p, delay) for p in node.args]), delay)

    def joined(self, node: Formula, values: list[Op]) -> Op:
        """`and` or `or` of the values of its operands."""
        fold = "min" if node.op == "and" else "max"
        return reduce(lambda a, b: self.make.apply(fold, a, b), values)

    def _window(self, fold: str, x: Op, length: int) -> Op:
        return x if length == 1 else self.samples.window(fold, x, length, self.index)

    # ---- ahead ------------------------------------------------------------------------------

    def _ahead(self, node: Formula) -> Late:
        assert node.hi is not None, "the monitor keeps what has no end in its skeleton"
        inner = self.late(node.args[0])
        length = node.hi - node.lo + 1
        return Late(self._window(_WINDOW[node.op], inner.op, length), inner.delay + node.hi)

    def _until(self, left: Formula, right: Formula, lo: int, hi: int | None) -> Late:
        assert hi is not None, "the monitor keeps what has no end in its skeleton"
        make = self.make
        delay = max(self.late(left).delay, self.late(right).delay)
        a, b = self.at(left, delay), self.at(right, delay)
        best = self._pair("until", a, b, hi - lo + 1)
        if lo > 0:
            before = self._window("min", self._lagged(a, hi - lo + 1), lo)
            best = make.apply("min", before, best)
        return Late(best, delay + hi)

    def _pair(self, record: str, a: Op, b: Op, length: int) -> Op:
        """The best of a window of (a, b): see builtins/records.py."""
        if length == 1:
            return b
        pair = self.make.node("stack", (a, b), Form("real", (2,)))
        window = self.samples.window(record, pair, length, self.index)
        return self.make.take(window, self.make.const(1), 0)

    # ---- behind -----------------------------------------------------------------------------

    def _before(self, x: Op, steps: int, nothing: float) -> Op:
        """x some samples ago, and `nothing` before there was one."""
        if steps == 0:
            return x
        make = self.make
        early = self.fewer(steps + 1)
        before = self._lagged(x, steps)
        return make.select(early, make.const(nothing), before)

    def _behind(self, node: Formula) -> Op:
        args = [self.at(a, 0) for a in node.args]
        if node.op == "previously":
            return self._before(args[0], 1, -math.inf)
        if node.op == "since":
            return self._since(args[0], args[1], node.lo, node.hi)
        fold = _WINDOW[node.op]
        x = self._before(args[0], node.lo, _NEUTRAL[fold])
        if node.hi is not None:
            return self._window(fold, x, node.hi - node.lo + 1)
        return self._running(fold, x)

    def _running(self, fold: str, x: Op) -> Op:
        """The fold of all samples so far, in a cell."""
        make, name = self.make, f"{fold} so far of {x.number} per {self.index.name}"
        before = make.cell(name, x.form)
        value = make.select(self.fewer(2), x, make.apply(fold, before, x))
        self.samples.store(name, value, self.index)
        return value

    def _since(self, left: Op, right: Op, lo: int, hi: int | None) -> Op:
        make = self.make
        if hi is None:
            name = f"{left.number} since {right.number} per {self.index.name}"
            before = make.cell(name, right.form)
            held = make.apply("max", right, make.apply("min", left, before))
            found = make.select(self.fewer(2), right, held)
            self.samples.store(name, found, self.index)
        else:
            found = self._pair("since", left, right, hi - lo + 1)
        if lo == 0:
            return found
        after = self._window("min", left, lo)
        return make.apply("min", after, self._before(found, lo, -math.inf))

    # ---- the last samples -------------------------------------------------------------------

    def window(self, node: Formula, steps: int) -> Op:
        """The value of the last `steps` samples, as a trace of their own; its horizon is less."""
        return self.at(node, 0 if f.is_past(node) else steps - 1)
