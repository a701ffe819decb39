"""Ranges of results from ranges of operands: interval arithmetic over exact values.

A range speaks of values that are not faults; one whose ends are in the wrong order holds none (a
branch never taken), and whatever comes of it is right. Rounding may carry a result a few ulps over
an end, and a magnitude below the normal float32 numbers counts as 0, since it may be flushed. A
range of ints beyond 64 bits says that they may wrap.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from rewardlang.types import ANY, Range

NOTHING = Range(math.inf, -math.inf)
_TINY = 1.2e-38  # below the smallest normal float32


def settled(lo: float, hi: float, nonzero: bool = False) -> Range:
    """A range whose ends may be NaN (unknown) or too small to survive."""
    lo = -math.inf if math.isnan(lo) else lo
    hi = math.inf if math.isnan(hi) else hi
    return Range(0.0 if 0 < lo < _TINY else lo, 0.0 if -_TINY < hi < 0 else hi, nonzero)


def increasing(f: Callable[[float], float], within: Range = ANY) -> Callable[[Range], Range]:
    """The range function of an increasing f that is defined on `within`."""

    def result(x: Range) -> Range:
        if x.lo > x.hi:
            return NOTHING
        x = x.meet(within)
        if x.lo > x.hi:
            return ANY  # always a fault
        return settled(_at(f, x.lo), _at(f, x.hi))

    return result


def decreasing(f: Callable[[float], float], within: Range = ANY) -> Callable[[Range], Range]:
    turned = increasing(lambda value: -f(value), within)
    return lambda x: negative(turned(x))


def constant(lo: float, hi: float) -> Callable[..., Range]:
    """The range function of a result that is always in lo .. hi."""
    return lambda *_operands: Range(lo, hi)


def total(a: Range, b: Range) -> Range:
    """a + b."""
    return settled(a.lo + b.lo, a.hi + b.hi)


def difference(a: Range, b: Range) -> Range:
    return total(a, negative(b))


def negative(a: Range) -> Range:
    return Range(-a.hi, -a.lo, a.nonzero)


def product(a: Range, b: Range) -> Range:
    ends = [_times(x, y) for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
    return settled(min(ends), max(ends))


def quotient(a: Range, b: Range) -> Range:
    """a / b; a divisor of 0 is a fault, so only the others count."""
    if b.lo > b.hi or b.lo < 0 < b.hi or b.lo == b.hi == 0:
        return ANY
    if b.hi <= 0:
        return negative(quotient(a, negative(b)))
    return product(a, Range(1 / b.hi, 1 / b.lo if b.lo > 0 else math.inf))


def magnitude(a: Range) -> Range:
    """abs(a)."""
    if a.lo >= 0:
        return a
    if a.hi <= 0:
        return negative(a)
    return Range(0, max(-a.lo, a.hi), a.nonzero)


def power(a: Range, b: Range) -> Range:
    """a ^ b. Sharp for a constant whole exponent and for a base that is not negative."""
    constant_exponent = b.lo == b.hi and math.isfinite(b.lo)
    if constant_exponent and b.lo == int(b.lo):
        return _whole_power(a, int(b.lo))
    if a.lo < 0 and not constant_exponent:
        return ANY
    # a negative base under a fractional exponent is a fault, so only the others count
    base = a.meet(Range(0, math.inf))
    if base.lo > base.hi or (base.lo == 0 and b.lo < 0):
        return Range(0, math.inf)
    # monotone in each operand, so the extremes are at corners
    ends = [_power_at(x, y) for x in (base.lo, base.hi) for y in (b.lo, b.hi)]
    return settled(min(ends), max(ends))


def _whole_power(a: Range, n: int) -> Range:
    if n == 0:
        return Range(1, 1)
    if n < 0:
        return quotient(Range(1, 1), _whole_power(a, -n))
    if n % 2 == 0:
        a = magnitude(a)
    ends = [_at(lambda x: float(x) ** n, a.lo), _at(lambda x: float(x) ** n, a.hi)]
    return settled(ends[0], ends[1])


def smaller(a: Range, b: Range) -> Range:
    nonzero = not a.may_be_zero and not b.may_be_zero
    return Range(min(a.lo, b.lo), min(a.hi, b.hi), nonzero)


def larger(a: Range, b: Range) -> Range:
    nonzero = not a.may_be_zero and not b.may_be_zero
    return Range(max(a.lo, b.lo), max(a.hi, b.hi), nonzero)


def limited(x: Range, lo: Range, hi: Range) -> Range:
    """clip(x, lo, hi)."""
    return smaller(larger(x, lo), hi)


def either(condition: Range, a: Range, b: Range) -> Range:
    """select(c, a, b)."""
    if condition.lo >= 1:
        return a
    return b if condition.hi <= 0 else a.join(b)


def remainder(a: Range, b: Range) -> Range:
    """mod(a, b): has the sign of b and is smaller."""
    del a
    return Range(min(b.lo, 0), max(b.hi, 0))


def _times(x: float, y: float) -> float:
    # 0 * inf is a fault, so the 0 of an interval meets only finite numbers
    return 0.0 if x == 0 or y == 0 else x * y


def _at(f: Callable[[float], float], x: float) -> float:
    """f at an end, where Python raises what floats call infinite."""
    try:
        return f(x)
    except OverflowError:
        return math.copysign(math.inf, f(math.copysign(1.0, x)))


def _power_at(x: float, y: float) -> float:
    """x ^ y for x not below 0."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return math.inf
