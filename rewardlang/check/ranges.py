"""Interval analysis: what values an expression can take, and what a condition says of them.

The range of an elementwise builtin comes from its row. Here are the folds, the facts that hold in
the branches of an `if`, and the test whether an operand can leave an operation's domain.
"""

from __future__ import annotations

import math

from rewardlang.builtins.table import find
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr, NameRef
from rewardlang.types import ANY, Range

TRUTH = Range(0, 1)
_MIRROR = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
_OPPOSITE = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}

# Parts of one condition that are looked at. What is left out is not known, which is safe.
MOST_READ = 500

Facts = dict[int, Range]


def of_builtin(name: str, ranges: tuple[Range, ...]) -> Range:
    """The range of an elementwise builtin's result."""
    row = find(name)
    if row is None or row.range is None:
        return ANY
    return _without_nan(row.range(*ranges))


def _without_nan(range_: Range) -> Range:
    lo = -math.inf if math.isnan(range_.lo) else range_.lo
    hi = math.inf if math.isnan(range_.hi) else range_.hi
    return Range(lo + 0.0, hi + 0.0, range_.nonzero)  # + 0.0 makes -0.0 a plain zero


def point(value: float) -> Range:
    return Range(value, value, nonzero=value != 0)


def times(left: Range, right: Range) -> Range:
    return of_builtin("mul", (left, right))


def plus(left: Range, right: Range) -> Range:
    return of_builtin("add", (left, right))


def repeated(range_: Range, least: float, most: float) -> Range:
    """The range of a sum of `least` to `most` values of one range."""
    ends = [
        0.0 if end == 0 or n == 0 else end * n
        for end in (range_.lo, range_.hi)
        for n in (least, most)
    ]
    low = min(ends[:2])
    high = max(ends[2:])
    return Range(low, high, nonzero=least > 0 and (range_.lo > 0 or range_.hi < 0))


def outside(range_: Range, domain: Range) -> bool:
    """Whether some value of the range is outside the domain."""
    if range_.lo > range_.hi:
        return False  # no value at all: a branch that is never taken
    if range_.lo < domain.lo or range_.hi > domain.hi:
        return True
    return domain.nonzero and range_.may_be_zero


# ---- facts ------------------------------------------------------------------------------------


def facts(session: Session, condition: Expr, holds: bool) -> Facts:
    """What is known of other expressions where `condition` is true (or false)."""
    found: Facts = {}
    _collect(session, condition, holds, found)
    return found


def _collect(session: Session, condition: Expr, holds: bool, found: Facts) -> None:
    """Each part once: a chain of lets that read the one before twice has a tree without end."""
    waiting, seen = [(condition, holds)], set[tuple[int, bool]]()
    while waiting and len(seen) < MOST_READ:
        one, holds = waiting.pop()
        if (id(one), holds) in seen:
            continue
        seen.add((id(one), holds))
        if isinstance(one.attr, NameRef) and one.attr.kind == "let":
            value = session.values[one.attr.name].value
            if value is not None:
                waiting.append((value, holds))
        if one.op != "apply":
            continue
        if one.attr == "not":
            waiting.append((one.args[0], not holds))
        elif (one.attr == "and" and holds) or (one.attr == "or" and not holds):
            waiting.extend((arg, holds) for arg in one.args)
        elif one.attr in _MIRROR:
            left, right = one.args
            _compare(session, one.attr if holds else _OPPOSITE[one.attr], left, right, found)


def _compare(session: Session, name: str, left: Expr, right: Expr, found: Facts) -> None:
    _narrow(session, name, left, right.range, found)
    _narrow(session, _MIRROR[name], right, left.range, found)
    for op, a, b in ((name, left, right), (_MIRROR[name], right, left)):
        difference = session.number_of_apply("sub", a, b)
        _add(found, difference, _beside(op, Range(0, 0)))


def _narrow(session: Session, name: str, expr: Expr, other: Range, found: Facts) -> None:
    if expr.op == "const":
        return  # equal constants are one value here, wherever else they stand
    range_ = _beside(name, other)
    _add(found, session.number(expr), range_)
    if expr.op == "apply" and expr.attr == "abs" and not expr.range.meet(range_).may_be_zero:
        _add(found, session.number(expr.args[0]), Range(nonzero=True))
    if expr.op == "apply" and expr.attr == "real":
        _narrow(session, name, expr.args[0], other, found)


def _beside(name: str, other: Range) -> Range:
    """The values x for which `x name y` can hold for a y of `other`."""
    match name:
        case "lt":
            return Range(-math.inf, other.hi, nonzero=other.hi <= 0)
        case "le":
            return Range(-math.inf, other.hi)
        case "gt":
            return Range(other.lo, math.inf, nonzero=other.lo >= 0)
        case "ge":
            return Range(other.lo, math.inf)
        case "eq":
            return other
        case _:
            return Range(nonzero=other.lo == other.hi == 0)


def _add(found: Facts, number: int, range_: Range) -> None:
    if range_ != ANY:
        found[number] = found[number].meet(range_) if number in found else range_
