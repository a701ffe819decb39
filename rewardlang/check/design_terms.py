"""Lints of one term: what it pays for is not what its author will want. See `design.py`."""

from __future__ import annotations

import math

from rewardlang.check.assemble import Declared
from rewardlang.check.names import Module
from rewardlang.check.ranges import point
from rewardlang.check.seeing import Seeing, tokens
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr, Memory, TermDecl
from rewardlang.diagnostics.source import Span
from rewardlang.types import Index, Known, Range

_TARGET = frozenset(
    ("goal", "goals", "target", "targets", "desired", "wanted", "aim", "setpoint", "reference",
     "ref", "nominal")
)  # fmt: skip
_MOVING = frozenset(
    ("vel", "velocity", "velocities", "speed", "speeds", "action", "actions", "torque", "torques",
     "swing", "throttle", "force", "forces")
)  # fmt: skip
_OF_OTHERS = frozenset(
    ("other", "others", "opponent", "lead", "leader", "front", "wind", "current", "obstacle",
     "ball", "prey", "predator", "enemy", "traffic", "command", "commanded", "limit", "left",
     "count", "cost")
) | _TARGET  # fmt: skip
_DIRECTED = frozenset(
    ("to", "dir", "direction", "offset", "delta", "relative", "rel", "vector", "vec", "forward",
     "normal", "axis", "heading", "displacement", "diff", "difference", "step", "move", "moved",
     "gradient", "force", "error", "gap")
)  # fmt: skip
_BELOW_0 = frozenset(
    ("log", "logs", "logp", "logprob", "logprobs", "loglikelihood", "likelihood", "entropy")
)
_SMALL_SHARE = 0.25  # of what a speed can be
_SMALL = 0.5  # of a speed that nothing is declared of, in m/s or rad/s
_BESIDES = 0.1  # of what all other terms can pay: too little to stand still for


class TermRules(Seeing):
    def __init__(
        self, session: Session, main: Module, declared: Declared, ranges: dict[str, Range]
    ) -> None:
        super().__init__(session)
        self.main = main
        self.declared = declared
        self.ranges = ranges

    def warn(self, code: str, span: Span, **args: str) -> None:
        self.session.warning(code, (span, ""), hint=None, **args)

    def weight(self, term: TermDecl) -> Range:
        return point(1) if term.weight is None else term.weight.range

    def check(self, full: str, term: TermDecl) -> None:
        span = self.main.entries[full].span if full in self.main.entries else term.span
        self._double_negation(term, span)
        self._event_times_dt(term, span)
        self._pays_past_the_target(term, span)
        self._cosine_of_places(term)
        self._pays_for_standing_still(full, term, span)
        self._falls_at_the_goal(term, span)

    # ---- signs ------------------------------------------------------------------------------

    def _double_negation(self, term: TermDecl, span: Span) -> None:
        """A logarithm of a probability is below 0 as well, but nobody wrote a minus there."""
        value, weight = term.value.range, self.weight(term)
        below = value.hi <= 0 and value.lo < 0 and weight.hi <= 0 and weight.lo < 0
        if below and self._has_minus(term.value):
            self.warn("RW710", span, name=term.name, range=str(value))

    def _has_minus(self, e: Expr) -> bool:
        waiting, known = [e], set[int]()
        while waiting:
            one = self.seen(waiting.pop())
            if id(one) in known:
                continue
            known.add(id(one))
            if self.is_call(one, "neg", "sub") or (one.op == "const" and one.attr < 0):
                return True
            if one.op == "name" and one.attr.kind in ("input", "param") and one.range.hi <= 0:
                return not tokens(one.attr.name) & _BELOW_0
            if self.is_call(one, "select"):
                waiting.extend(one.args[1:])
            elif self.is_call(one, "add", "mul", "div", "min", "max"):
                waiting.extend(one.args)
            elif self.folds(one, "sum", "mean", "min", "max"):
                waiting.append(one.args[0])
        return False

    # ---- events -----------------------------------------------------------------------------

    def _event_times_dt(self, term: TermDecl, span: Span) -> None:
        if term.times_dt and self._is_event(term.value):
            self.warn("RW711", span, name=term.name)

    def _is_event(self, e: Expr) -> bool:
        """Whether it can be more than 0 only where something happens."""
        waiting, known = [e], set[int]()
        while waiting:  # one of several ways is enough; each is gone once
            one = self.seen(waiting.pop())
            if id(one) in known:
                continue
            known.add(id(one))
            if self._rises(one):
                return True
            if self.is_call(one, "select") and self.is_zero(one.args[2]):
                waiting.append(one.args[0])
            elif self.is_call(one, "and", "mul"):
                waiting.extend(one.args)
            elif self.is_call(one, "neg", "div") or self.folds(one, "any", "count", "sum"):
                waiting.append(one.args[0])
        return False

    def _rises(self, e: Expr) -> bool:
        """`rises(c)`, or the same by hand: `c and not previous(c)`."""
        if e.op == "memory" and isinstance(e.attr, Memory):
            return e.attr.kind == "rises"
        if not self.is_call(e, "and"):
            return False
        for now, before in (e.args, e.args[::-1]):
            old = self.seen(before)
            past = self.seen(old.args[0]) if self.is_call(old, "not") else old
            is_past = past.op == "memory" and past.attr.kind == "previous"
            if past is not old and is_past and self.number(past.args[0]) == self.number(now):
                return True
        return False

    # ---- targets ----------------------------------------------------------------------------

    def _pays_past_the_target(self, term: TermDecl, span: Span) -> None:
        """`height - target` without an upper end: the best place is as far beyond as it goes."""
        e, turned = self.unscaled(term.value)
        weight, open_end = self.weight(term), term.value.range.hi
        if weight.hi <= 0 or weight.lo < 0 or turned or open_end < math.inf:
            return
        if not self.is_call(e, "sub"):
            return
        place, target = self.seen(e.args[0]), self.seen(e.args[1])
        fixed = target.op == "name" and target.attr.kind in ("input", "param")
        fixed = fixed and target.level.index <= Index.EPISODE and target.level.known <= Known.RESET
        if not fixed or not tokens(target.attr.name) & _TARGET:
            return
        of_state = place.level.index is Index.STATE and bool(self.inputs(place))
        if of_state and not self._ends_beyond(place):
            self.warn("RW712", span, name=term.name, operand=self.session.mention(e.span))

    def _ends_beyond(self, place: Expr) -> bool:
        """Whether the episode ends where the place is beyond something."""
        for ending in self.declared.conditions.values():
            if ending.kind != "terminate":
                continue
            for part in self.parts(ending.when):
                pair = self.ordered(part)
                if pair is not None and self.number(pair[1]) == self.session.number(place):
                    return True
        return False

    def _cosine_of_places(self, term: TermDecl) -> None:
        for e in self.parts(term.value):
            places = self._cosine(e)
            if places is not None and all(self._is_place(p) for p in places):
                here = e.span.source is term.span.source  # else in a def of another file
                self.warn("RW713", e.span if here else term.value.span, name=term.name)
                return

    def _cosine(self, e: Expr) -> list[Expr] | None:
        """The a and b of dot(a, b) divided by their lengths, together or one after the other."""
        divisors: list[Expr] = []
        if self.is_call(e, "select"):
            return None  # a guard; what it guards comes later
        e = self._undivided(e, divisors)
        product = self.seen(e.args[0]) if self.folds(e, "sum") else e
        if e.op != "matmul" and not (product is not e and self.is_call(product, "mul")):
            return None
        sides = [self._undivided(a, divisors) for a in product.args]
        lengths = {self.number(d.args[0]) for d in divisors if self.folds(d, "norm")}
        return sides if lengths == {self.session.number(s) for s in sides} else None

    def _undivided(self, e: Expr, divisors: list[Expr]) -> Expr:
        """Without what it is divided by and what guards that; the divisors are added."""
        e = self.seen(e)
        while True:
            if self.is_call(e, "div"):
                for factor in self.factors(e.args[1]):
                    divisors.extend(self._unguarded(factor))
                e = self.seen(e.args[0])
            elif self.is_call(e, "select") and self.seen(e.args[1]).op == "apply":
                e = self.seen(e.args[1])
            else:
                return e

    def _unguarded(self, e: Expr) -> list[Expr]:
        """`max(norm(a), tiny)` and `norm(a) * norm(b) + tiny` are guards against 0."""
        for _ in range(4):
            if not self.is_call(e, "max", "add"):
                break
            rest = [a for a in e.args if self.inputs(a)]
            if len(rest) != 1:
                break
            e = self.seen(rest[0])
        return self.factors(e)

    def _is_place(self, e: Expr) -> bool:
        """A length that is measured from an origin, as far as its name says."""
        e = self.seen(e)
        while e.op == "index":
            e = self.seen(e.args[0])
        if e.op == "stack":
            return all(self._is_place(a) for a in e.args)
        known = e.op == "name" and e.attr.kind in ("input", "param") and self.in_unit(e, "m")
        return known and not tokens(e.attr.name) & _DIRECTED

    # ---- standing still, and stepping down --------------------------------------------------

    def _pays_for_standing_still(self, full: str, term: TermDecl, span: Span) -> None:
        """A bonus for moving little and nothing else is earned before anything is done."""
        if self.weight(term).lo <= 0 or not self._pays_elsewhere(full):
            return
        condition = self._paid_for(term.value)
        if condition is None or not self._says_still(condition):
            return
        others = sum(max(r.hi, 0.0) for name, r in self.ranges.items() if name != full)
        if math.isfinite(others) and self.ranges[full].hi <= others * _BESIDES:
            return
        self.warn("RW714", span, name=term.name, condition=self.session.mention(condition.span))

    def _pays_elsewhere(self, full: str) -> bool:
        ends = any(c.pays is not None for c in self.declared.conditions.values())
        return ends or bool(self.declared.potentials) or any(n != full for n in self.ranges)

    def _paid_for(self, value: Expr) -> Expr | None:
        """The one condition of a bonus: as it is, times a constant, or in an `if`."""
        e, turned = self.unscaled(value)
        if e.type.kind == "bool" and not turned:
            return e
        if self.is_call(e, "select") and not turned:
            pays, nothing = e.args[1].range, e.args[2].range
            fixed = all(a.level.known <= Known.LIVE for a in e.args[1:])
            if fixed and pays.lo > max(nothing.hi, 0):
                return self.seen(e.args[0])
        return None

    def _says_still(self, condition: Expr) -> bool:
        parts = self.conjuncts(condition)
        from_below = {self.number(p[1]) for c in parts if (p := self.ordered(c)) is not None}
        small = [self._is_small(c, from_below) for c in parts]
        if None in small:
            return False
        motions = [m for found in small if found is not None for m in found]
        return bool(motions) and all(self._is_motion(m) for m in motions)

    def _is_small(self, condition: Expr, from_below: set[int]) -> list[Expr] | None:
        """What moves where the condition holds little; nothing of a bound from below, which is the
        other half of `x in -0.1 .. 0.1`; None where it says something else."""
        pair = self.ordered(condition)
        if pair is None:
            return None
        moved, limit = pair
        motions = self.inputs(moved)
        if not motions:
            return [] if moved.range.hi < 0 and self.inputs(limit) else None
        low = 0.0 if self.number(moved) in from_below else moved.range.lo
        if low < 0 or limit.range.lo <= 0 or self.inputs(limit):
            return None
        widest = moved.range.hi
        most = widest * _SMALL_SHARE if math.isfinite(widest) else _SMALL
        return motions if limit.range.hi <= most else None

    def _is_motion(self, e: Expr) -> bool:
        words = tokens(e.attr.name)
        declared = self.declared.inputs.get(e.attr.name)
        turns = declared is not None and declared.shown_unit in ("rad/s", "deg/s")
        moves = turns or self.in_unit(e, "m/s") or bool(words & _MOVING)
        return moves and not words & _OF_OTHERS and e.level.index >= Index.STATE

    def _falls_at_the_goal(self, term: TermDecl, span: Span) -> None:
        """`if distance < d then a else b` where b grows towards d, and a is below all of it."""
        if self.weight(term).lo < 0 or self.weight(term).hi <= 0:
            return
        e, turned = self.unscaled(term.value)
        pair = self.ordered(e.args[0]) if self.is_call(e, "select") and not turned else None
        if pair is None:
            return
        low, high = pair
        near, far = e.args[1].range, e.args[2].range
        distance, beyond = low, e.args[2]
        where = self.session.mention(self.seen(e.args[0]).span)
        if self.inputs(high) and not self.inputs(low):  # if distance > d then b else a
            near, far, distance, beyond = far, near, high, e.args[1]
            where = f"not ({where})"
        elif self.inputs(high):
            return
        if near.hi < far.lo and self.slope(beyond, distance) == -1:
            self.warn("RW715", span, name=term.name, condition=where)
