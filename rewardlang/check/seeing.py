"""Seeing through names and conversions: what an expression is made of, for the lints.

Everything here goes over each part once: a chain of lets that read the one before twice has a tree
without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rewardlang.check.session import Session
from rewardlang.check.typed import Expr, Fold, NameRef
from rewardlang.check.units import as_factor
from rewardlang.types import Known, Range

_DEEPEST = 40  # steps that a slope is followed
_RISING = frozenset(
    ("exp", "expm1", "log", "log1p", "sigmoid", "softplus", "sqrt", "to_real", "real")
)


def tokens(name: str) -> set[str]:
    """The words of a name: `lead_car.speed2` has lead, car, speed2 and speed."""
    words = re.split(r"[_.]+|(?<=[a-z])(?=[A-Z])", name)
    lower = {word.lower() for word in words if word}
    return lower | {word.rstrip("0123456789") for word in lower}


@dataclass(frozen=True)
class _Of:
    """Numbers of an expression and, where it is an absolute value or a norm, of what it is of."""

    number: int
    inner: int | None


class Seeing:
    def __init__(self, session: Session) -> None:
        self.session = session

    # ---- one expression ---------------------------------------------------------------------

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

    def number(self, e: Expr) -> int:
        return self.session.number(self.seen(e))

    def parts(self, e: Expr, known: set[int] | None = None) -> Iterator[Expr]:
        """Everything below an expression, through lets; what is in `known` by id is left out."""
        waiting, known = [e], set[int]() if known is None else known
        while waiting:
            one = self.seen(waiting.pop())
            if id(one) not in known:
                known.add(id(one))
                yield one
                waiting.extend(one.args)

    def inputs(self, e: Expr) -> list[Expr]:
        return [p for p in self.parts(e) if p.op == "name" and p.attr.kind == "input"]

    def names(self, e: Expr) -> set[NameRef]:
        return {p.attr for p in self.parts(e) if p.op == "name"}

    # ---- what it is -------------------------------------------------------------------------

    def is_call(self, e: Expr, *names: str) -> bool:
        return e.op == "apply" and e.attr in names

    def folds(self, e: Expr, *names: str) -> bool:
        return e.op == "reduce" and isinstance(e.attr, Fold) and e.attr.name in names

    def is_zero(self, e: Expr) -> bool:
        e = self.seen(e)
        return e.op == "const" and e.attr == 0

    def is_distance(self, e: Expr) -> bool:
        """What is 0 at one place only, and more than 0 everywhere else."""
        return self.folds(e, "norm") or self.is_call(e, "abs", "hypot")

    def in_unit(self, e: Expr, *units: str) -> bool:
        return str(as_factor(e.type.unit)) in units

    # ---- how it is made ---------------------------------------------------------------------

    def factors(self, e: Expr) -> list[Expr]:
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

    def unscaled(self, e: Expr) -> tuple[Expr, bool]:
        """Without constants and params of one sign that it is multiplied with; whether these turn
        it round."""
        turned = False
        e = self.seen(e)
        while True:
            if self.is_call(e, "neg"):
                turned, e = not turned, self.seen(e.args[0])
            elif self.is_call(e, "mul", "div") and _is_scale(e.args[1]):
                turned, e = turned ^ (e.args[1].range.hi < 0), self.seen(e.args[0])
            elif self.is_call(e, "mul") and _is_scale(e.args[0]):
                turned, e = turned ^ (e.args[0].range.hi < 0), self.seen(e.args[1])
            else:
                return e, turned

    def ordered(self, e: Expr, holds: bool = True) -> tuple[Expr, Expr] | None:
        """(a, b) of a condition that says that a is below b."""
        e = self.seen(e)
        while self.is_call(e, "not"):
            e, holds = self.seen(e.args[0]), not holds
        if self.is_call(e, "lt", "le"):
            return (e.args[0], e.args[1]) if holds else (e.args[1], e.args[0])
        if self.is_call(e, "gt", "ge"):
            return (e.args[1], e.args[0]) if holds else (e.args[0], e.args[1])
        return None

    def conjuncts(self, e: Expr) -> list[Expr]:
        """What a condition asks for, each once."""
        waiting, known, found = [e], set[int](), []
        while waiting:
            one = self.seen(waiting.pop())
            if id(one) in known:
                continue
            known.add(id(one))
            if self.is_call(one, "and"):
                waiting.extend(reversed(one.args))
            elif self.folds(one, "all"):
                waiting.append(one.args[0])
            else:
                found.append(one)
        return found

    def slope(self, e: Expr, x: Expr) -> int | None:
        """Whether e falls (-1) or rises (1) with x; 0: it does not read it; None: not known."""
        x = self.seen(x)
        inner = self.number(x.args[0]) if self.is_distance(x) and len(x.args) == 1 else None
        return self._slope(e, _Of(self.session.number(x), inner), {}, _DEEPEST)

    def _slope(self, e: Expr, x: _Of, known: dict[int, int | None], room: int) -> int | None:
        e = self.seen(e)
        if self.session.number(e) == x.number or self._is_square(e, x.inner):
            return 1
        if id(e) not in known:
            slopes = [self._slope(a, x, known, room - 1) for a in e.args] if room else [None]
            plain = [s for s in slopes if s is not None]
            if not any(slopes):
                known[id(e)] = 0 if len(plain) == len(slopes) else None
            elif len(plain) < len(slopes) or e.op != "apply":
                known[id(e)] = None
            else:
                known[id(e)] = self._combined(e, plain)
        return known[id(e)]

    def _is_square(self, e: Expr, inner: int | None) -> bool:
        """`y ^ 2` and `sum(y ^ 2)`, which rise with `abs(y)` and `norm(y)`."""
        if inner is None:
            return False
        if self.folds(e, "sum", "mean"):
            e = self.seen(e.args[0])
        if not (self.is_call(e, "pow", "mul") and self.number(e.args[0]) == inner):
            return False
        other = self.seen(e.args[1])
        return (
            other.op == "const" and other.attr == 2
            if e.attr == "pow"
            else (self.session.number(other) == inner)
        )

    def _combined(self, e: Expr, slopes: list[int]) -> int | None:
        name = e.attr
        if name == "neg":
            return -slopes[0]
        if name == "sub":
            return _one_way([slopes[0], -slopes[1]])
        if name in ("add", "min", "max"):
            return _one_way(slopes)
        if name in _RISING or (name == "clip" and not any(slopes[1:])):
            return slopes[0]
        if name == "mul":
            others = [_sign(o.range) for o in reversed(e.args)]
            if any(s and not o for s, o in zip(slopes, others, strict=True)):
                return None
            return _one_way([s * o for s, o in zip(slopes, others, strict=True)])
        if name == "div" and slopes[1] == 0:
            return slopes[0] * _sign(e.args[1].range) or None
        if name == "div" and slopes[0] == 0 and e.args[1].range.lo >= 0:
            return -slopes[1] * _sign(e.args[0].range) or None
        return None


def _is_scale(e: Expr) -> bool:
    return e.level.known <= Known.LIVE and (e.range.lo >= 0 or e.range.hi < 0)


def _sign(range_: Range) -> int:
    return 1 if range_.lo >= 0 else -1 if range_.hi <= 0 else 0


def _one_way(slopes: list[int]) -> int | None:
    ways = {s for s in slopes if s}
    return ways.pop() if len(ways) == 1 else None
