"""Whether two guards can be shown never to hold at once.

Both are written as alternatives of facts (disjunctive normal form, lets written out). They exclude
each other if any alternative of the one contradicts any of the other: `c` and `not c`, `a < b` and
`a >= b`, `x < 1` and `x > 2`, `mode == walk` and `mode == run`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from rewardlang.check.session import Session
from rewardlang.check.typed import Expr, NameRef

MOST = 32  # alternatives that are looked at; a guard with more is taken to be able to hold
_OPPOSITE = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}
_MIRROR = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
_SIGNS = {"lt": {-1}, "le": {-1, 0}, "eq": {0}, "ne": {-1, 1}, "ge": {0, 1}, "gt": {1}}

Fact = tuple[Expr, bool]  # that an expression holds, or does not
Facts = tuple[Fact, ...]


def exclude(session: Session, first: Expr, second: Expr) -> bool:
    ours, theirs = _alternatives(session, first, True), _alternatives(session, second, True)
    if len(ours) > MOST or len(theirs) > MOST:
        return False
    return all(_contradict(session, a + b) for a in ours for b in theirs)


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
    """What is known of one expression: bounds, open or closed, and a value that it has not."""

    lo: float = -math.inf
    hi: float = math.inf
    lo_open: bool = False
    hi_open: bool = False
    not_these: set[float] = field(default_factory=set)

    def narrow(self, op: str, value: float, whole: bool) -> None:
        if whole and op in ("lt", "gt"):  # x < 3 of whole numbers is x <= 2
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
        if self.lo > self.hi:
            return True
        if self.lo < self.hi:
            return False
        return self.lo_open or self.hi_open or self.lo in self.not_these


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
            of_side = known.setdefault(session.number(side), _Known(side.range.lo, side.range.hi))
            of_side.narrow(word, float(other.attr), side.type.kind in ("int", "enum"))


def _bare(e: Expr) -> Expr:
    """Without the conversion of a whole number into a real."""
    while e.op == "apply" and e.attr in ("real", "to_real"):
        e = e.args[0]
    return e
