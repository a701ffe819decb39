"""What reward designers get wrong, seen in the text: warnings, each from a published failure.

Every rule is meant to be certain before it is loud: it fires on what ranges, units and the shape of
an expression prove. The failures and their sources are told in `diagnostics/codes/design.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from rewardlang.check.assemble import Declared
from rewardlang.check.names import Module
from rewardlang.check.ranges import point
from rewardlang.check.session import Session
from rewardlang.check.sinks import weighted_range
from rewardlang.check.typed import Expr, Fold, Memory, TermDecl
from rewardlang.check.units import as_factor
from rewardlang.diagnostics.source import Span
from rewardlang.types import Index, Known, Range

_DROWNS = 100.0  # times the width of all other terms together
_DEAD = 3  # factors that can be 0, from which a product is dead almost everywhere
_FAILING = re.compile(r"fall|fell|crash|collid|collision|dead|died|broke|fail|lost|flip|off_road")
_MOTION = re.compile(r"vel|speed|rate|action|torque|effort|command")


def lint_design(session: Session, main: Module, declared: Declared) -> None:
    rules = _Rules(session, main, declared)
    for full, term in declared.terms.items():
        span = main.entries[full].span if full in main.entries else term.span
        rules.double_negation(term, span)
        rules.event_times_dt(term, span)
        rules.pays_past_the_target(term, span)
        rules.cosine_of_places(term, span)
        rules.pays_for_standing_still(term, span)
        rules.falls_at_the_goal(term, span)
    rules.twice_the_same()
    rules.drowned()
    rules.better_dead()
    rules.dead_product()
    rules.two_discounts()


class _Rules:
    def __init__(self, session: Session, main: Module, declared: Declared) -> None:
        self.session = session
        self.main = main
        self.declared = declared
        self.terms = declared.terms
        timestep = session.timestep
        seconds = None if timestep is None else float(timestep)
        self.ranges = {n: weighted_range(t, seconds) for n, t in self.terms.items()}

    # ---- seeing through names and conversions -----------------------------------------------

    def seen(self, e: Expr) -> Expr:
        """An expression behind the name of a `let`, or behind a conversion."""
        while True:
            if e.op == "apply" and e.attr in ("to_real", "real", "to_int"):
                e = e.args[0]
            elif e.op == "name" and e.attr.kind == "let":
                value = self.session.values[e.attr.name].value
                if value is None:
                    return e
                e = value
            else:
                return e

    def parts(self, e: Expr) -> Iterator[Expr]:
        """Everything below an expression, through lets."""
        waiting, known = [e], set()
        while waiting:
            one = self.seen(waiting.pop())
            if id(one) not in known:
                known.add(id(one))
                yield one
                waiting.extend(one.args)

    def inputs(self, e: Expr) -> list[Expr]:
        return [p for p in self.parts(e) if p.op == "name" and p.attr.kind == "input"]

    def is_call(self, e: Expr, *names: str) -> bool:
        return e.op == "apply" and e.attr in names

    def warn(self, code: str, span: Span, **args: str) -> None:
        self.session.warning(code, (span, ""), hint=None, **args)

    def weight(self, term: TermDecl) -> Range:
        return point(1) if term.weight is None else term.weight.range

    # ---- one term ---------------------------------------------------------------------------

    def double_negation(self, term: TermDecl, span: Span) -> None:
        value, weight = term.value.range, self.weight(term)
        if value.hi <= 0 and value.lo < 0 and weight.hi < 0:
            self.warn("RW710", span, name=term.name, range=str(value))

    def event_times_dt(self, term: TermDecl, span: Span) -> None:
        if term.times_dt and self._is_event(self.seen(term.value)):
            self.warn("RW711", span, name=term.name)

    def _is_event(self, e: Expr) -> bool:
        """Whether it can be more than 0 only where something happens."""
        waiting, known = [e], set[int]()
        while waiting:  # one of several ways is enough; each is gone once
            one = self.seen(waiting.pop())
            if id(one) in known:
                continue
            known.add(id(one))
            if one.op == "memory" and isinstance(one.attr, Memory) and one.attr.kind == "rises":
                return True
            if self.is_call(one, "select"):
                nothing = self.seen(one.args[2])
                if nothing.op == "const" and nothing.attr == 0:
                    waiting.append(one.args[0])
            elif self.is_call(one, "and"):
                waiting.extend(one.args)
            elif any(self._folds(one, name) for name in ("any", "count", "sum")):
                waiting.append(one.args[0])
        return False

    def pays_past_the_target(self, term: TermDecl, span: Span) -> None:
        """`height - target` without an upper end: the best place is as far beyond as it goes."""
        if self.weight(term).lo <= 0 or term.value.range.hi < math.inf:
            return
        e = self.seen(term.value)
        while self.is_call(e, "div", "mul") and self.seen(e.args[1]).op == "const":
            e = self.seen(e.args[0])
        if not self.is_call(e, "sub"):
            return
        place, target = self.seen(e.args[0]), self.seen(e.args[1])
        fixed = target.op == "const" or (target.op == "name" and target.attr.kind == "param")
        of_state = place.level.index is Index.STATE and bool(self.inputs(place))
        if fixed and of_state and not (target.op == "const" and target.attr == 0):
            text = self.session.mention(e.span)
            self.warn("RW712", span, name=term.name, operand=text)

    def cosine_of_places(self, term: TermDecl, span: Span) -> None:
        """dot(a, b) / (norm(a) * norm(b)) of two lengths."""
        for e in self.parts(term.value):
            if not self.is_call(e, "div"):
                continue
            top, below = self.seen(e.args[0]), self.seen(e.args[1])
            if not (self._folds(top, "sum") and self.is_call(below, "mul")):
                continue
            product = self.seen(top.args[0])
            norms = [self.seen(a) for a in below.args]
            if not (self.is_call(product, "mul") and all(self._folds(n, "norm") for n in norms)):
                continue
            ours = {self.session.number(self.seen(a)) for a in product.args}
            theirs = {self.session.number(self.seen(n.args[0])) for n in norms}
            lengths = all(str(as_factor(a.type.unit)) == "m" for a in product.args)
            if ours == theirs and lengths:
                self.warn("RW713", e.span, name=term.name)

    def _folds(self, e: Expr, name: str) -> bool:
        return e.op == "reduce" and isinstance(e.attr, Fold) and e.attr.name == name

    def pays_for_standing_still(self, term: TermDecl, span: Span) -> None:
        """A bonus for moving little and nothing else is earned before anything is done."""
        e = self.seen(term.value)
        if not self.is_call(e, "lt", "le") or self.weight(term).lo <= 0 or len(self.terms) < 2:
            return
        moved, limit = e.args
        motions = self.inputs(moved)
        if not motions or moved.range.lo < 0 or limit.range.lo <= 0 or self.inputs(limit):
            return
        if all(self._is_motion(m) for m in motions):
            self.warn("RW714", span, name=term.name, condition=self.session.mention(e.span))

    def _is_motion(self, e: Expr) -> bool:
        per_second = dict(e.type.unit.factors).get("s", 0) == -1
        return per_second or _MOTION.search(e.attr.name) is not None

    def falls_at_the_goal(self, term: TermDecl, span: Span) -> None:
        """`if distance < d then a else b` with a below everything that b can be."""
        if self.weight(term).lo <= 0:
            return
        e = self.seen(term.value)
        if not self.is_call(e, "select"):
            return
        near = self.seen(e.args[0])
        if not self.is_call(near, "lt", "le") or near.args[0].range.lo < 0:
            return
        distance, limit = self.seen(near.args[0]), near.args[1]
        is_distance = self._folds(distance, "norm") or self.is_call(distance, "abs", "hypot")
        is_distance = is_distance or (distance.op == "name" and "dist" in str(distance.attr.name))
        here, there = e.args[1].range, e.args[2].range
        if is_distance and not self.inputs(limit) and here.hi < there.lo:
            args = {"name": term.name, "condition": self.session.mention(near.span)}
            self.warn("RW715", span, **args)

    # ---- all of them ------------------------------------------------------------------------

    def twice_the_same(self) -> None:
        first: dict[int, str] = {}
        for full, term in self.terms.items():
            number = self.session.number(self.seen(term.value))
            if term.value.level.known <= Known.STATIC or number not in first:
                first.setdefault(number, full)
                continue
            other = self.main.entries[first[number]].span
            labels = ((self.main.entries[full].span, ""), (other, "the same value is paid here"))
            self.session.warning("RW716", *labels, name=term.name, other=first[number])

    def drowned(self) -> None:
        if len(self.ranges) < 2 or not all(r.bounded for r in self.ranges.values()):
            return
        widths = {name: r.hi - r.lo for name, r in self.ranges.items()}
        largest = max(widths, key=lambda name: widths[name])
        others = sum(w for name, w in widths.items() if name != largest)
        if 0 < others * _DROWNS < widths[largest]:
            times = f"{widths[largest] / others:.0f}"
            span = self.main.entries[largest].span
            self.warn("RW717", span, name=largest, times=times)

    def better_dead(self) -> None:
        """Every step costs, and failing ends the costs."""
        paid = [r for r in self.ranges.values() if r != point(0)]
        if not paid or any(r.hi > 0 for r in paid) or self.declared.potentials:
            return
        if self.declared.reward is not None:
            return
        for full, ending in self.declared.conditions.items():
            charged = ending.pays is not None and ending.pays.range.lo < 0
            if ending.kind == "terminate" and _FAILING.search(ending.name) and not charged:
                self.warn("RW718", self.main.entries[full].span, name=ending.name)

    def dead_product(self) -> None:
        """The only thing paid is a product, most of whose factors can be 0 at once."""
        if len(self.terms) != 1 or self.declared.potentials or self.declared.reward is not None:
            return
        (full, term), *_ = self.terms.items()
        factors = [f for f in self._factors(self.seen(term.value)) if self.inputs(f)]
        can_die = [f for f in factors if f.range.lo == 0 and f.range.hi > 0 and f.range.bounded]
        if len(can_die) >= _DEAD:
            span = self.main.entries[full].span
            self.warn("RW719", span, name=term.name, count=str(len(can_die)))

    def _factors(self, e: Expr) -> list[Expr]:
        """What is multiplied, each once."""
        waiting, known, found = [e], set[int](), []
        while waiting:
            one = self.seen(waiting.pop())
            number = self.session.number(one)
            if number in known:
                continue
            known.add(number)
            if self.is_call(one, "mul"):
                waiting.extend(reversed(one.args))
            else:
                found.append(one)
        return found

    def two_discounts(self) -> None:
        known: dict[float, str] = {}
        for full, potential in self.declared.potentials.items():
            e = potential.discount
            if e is None or e.range.lo != e.range.hi:
                continue
            known.setdefault(e.range.lo, full)
            if len(known) > 1:
                other = next(iter(known.values()))
                labels = (
                    (e.span, ""),
                    (self.main.entries[other].span, f"this one has {next(iter(known)):g}"),
                )
                self.session.warning("RW720", *labels, name=potential.name)
                return
