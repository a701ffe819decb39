"""Whether conditions can be shown never to hold at once: guards of edges, atoms of a formula.

Each is written as alternatives of facts (disjunctive normal form, lets written out). They exclude
each other if every choice of alternatives has a contradiction: `c` and `not c`, `a < b` and
`a >= b`, `x < 1` and `x > 2`, `abs(x) < 1` and `x > 2`, `mode == walk` and `mode == run`. Only
comparisons as they are written count, so that rounding cannot make room where none is seen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from rewardlang.check.session import Session
from rewardlang.check.typed import Expr, NameRef

MOST = 32  # alternatives that are looked at; what has more is taken to be able to hold
_OPPOSITE = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}
_MIRROR = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
_SIGNS = {"lt": {-1}, "le": {-1, 0}, "eq": {0}, "ne": {-1, 1}, "ge": {0, 1}, "gt": {1}}

Fact = tuple[Expr, bool]  # that an expression holds, or does not
Facts = tuple[Fact, ...]


def exclude(session: Session, facts: Iterable[Fact]) -> bool:
    """Whether these cannot all be as they are said to be."""
    parts = [_alternatives(session, e, holds) for e, holds in facts]
    if math.prod(map(len, parts)) > MOST * MOST or any(len(part) > MOST for part in parts):
        return False
    choices = itertools.product(*parts)
    return all(_contradict(session, tuple(itertools.chain(*choice))) for choice in choices)


def _alternatives(session: Session, e: Expr, holds: bool) -> list[Facts]:
    if isinstance(e.attr, NameRef) and e.attr.kind == "let":
        value = session.values[e.attr.name].value
        if value is not None:
            return _alternatives(session, value, holds)
    if e.op == "apply" and e.attr == "not":
        return _alternatives(session, e.args[0], not holds)
    if e.op == "apply" and e.attr in ("and", "or", "implies"):
        left_holds = holds if e.attr != "implies" else not holds
        left = _alternatives(session, e.args[0], left_holds)
        right = _alternatives(session, e.args[1], holds)
        if (e.attr == "and") == holds:
            return [a + b for a in left[: MOST + 1] for b in right[: MOST + 1]]
        return left + right
    return [((e, holds),)]


@dataclass
class _Known:
    """What is known of one expression: bounds, open or closed, and values that it has not."""

    lo: float
    hi: float
    whole: bool
    lo_open: bool = False
    hi_open: bool = False
    not_these: set[float] = field(default_factory=set)

    def narrow(self, op: str, value: float) -> None:
        if self.whole and op in ("lt", "gt"):  # x < 3 of whole numbers is x <= 2
            op, value = (
                ("le", math.ceil(value) - 1) if op == "lt" else ("ge", math.floor(value) + 1)
            )
        if op == "ne":
            self.not_these.add(value)
        if op in ("lt", "le", "eq") and (value, op != "lt") < (self.hi, not self.hi_open):
            self.hi, self.hi_open = value, op == "lt"
        if op in ("gt", "ge", "eq") and (value, op == "gt") > (self.lo, self.lo_open):
            self.lo, self.lo_open = value, op == "gt"

    @property
    def impossible(self) -> bool:
        lo = self.lo
        while self.whole and lo in self.not_these:
            lo += 1
        if lo > self.hi:
            return True
        if lo < self.hi:
            return False
        return self.lo_open or self.hi_open or lo in self.not_these


def _contradict(session: Session, found: Facts) -> bool:
    truths: dict[int, bool] = {}
    signs: dict[tuple[int, int], set[int]] = {}
    known: dict[int, _Known] = {}
    for e, holds in found:
        number = session.number(e)
        if truths.setdefault(number, holds) != holds:
            return True
        if e.range.hi <= 0 if holds else e.range.lo >= 1:
            return True
        if e.op == "apply" and e.attr in _OPPOSITE:
            _note(session, e, holds, signs, known)
    return any(not s for s in signs.values()) or any(k.impossible for k in known.values())


def _note(
    session: Session,
    e: Expr,
    holds: bool,
    signs: dict[tuple[int, int], set[int]],
    known: dict[int, _Known],
) -> None:
    """A comparison: of which sign the difference is, and the bounds where one side is a number."""
    op = e.attr if holds else _OPPOSITE[e.attr]
    left, right = _bare(e.args[0]), _bare(e.args[1])
    a, b = session.number(left), session.number(right)
    if a > b:
        a, b, ordered = b, a, _MIRROR[op]
    else:
        ordered = op
    signs.setdefault((a, b), {-1, 0, 1}).intersection_update(_SIGNS[ordered])
    for side, other, word in ((left, right, op), (right, left, _MIRROR[op])):
        if other.op == "const" and side.op != "const":
            _narrow(session, side, word, float(other.attr), known)


def _narrow(session: Session, e: Expr, op: str, value: float, known: dict[int, _Known]) -> None:
    if e.op == "apply" and e.attr == "abs" and op in ("lt", "le", "eq"):
        _narrow(session, e.args[0], "le" if op == "eq" else op, value, known)
        _narrow(session, e.args[0], "ge" if op == "eq" else _MIRROR[op], -value, known)
    whole = e.type.kind in ("int", "enum")
    number = session.number(e)
    known.setdefault(number, _Known(e.range.lo, e.range.hi, whole)).narrow(op, value)


def _bare(e: Expr) -> Expr:
    """Without the conversion of a whole number into a real."""
    while e.op == "apply" and e.attr in ("real", "to_real"):
        e = e.args[0]
    return e
