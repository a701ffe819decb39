"""Roots, exponentials, logarithms and the smooth steps made of them.

Transcendental functions are within 4 ulp of the correctly rounded value; `sqrt` is exact to the
last bit. `exp` overflows to infinity, which is an ordinary value until it reaches a reward.
"""

from __future__ import annotations

import math
from typing import Any

from rewardlang.builtins import intervals
from rewardlang.builtins.table import Builtin, Domain, Overload, declare
from rewardlang.types import Range

_POSITIVE = Range(0, math.inf, nonzero=True)
_NOT_NEGATIVE = Range(0, math.inf)


def _plain(name: str) -> Overload:
    """A function that all three libraries have under one name; its operand has no unit."""
    return Overload(
        f"{name}(x: real) -> real",
        numpy=lambda np, x: getattr(np, name)(x),
        numba=f"math.{name}({{0}})",
        torch=f"torch.{name}({{0}})",
        triton=f"libdevice.{name}({{0}})",
    )


def _sigmoid(np: Any, x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _softplus(np: Any, x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _hypot(np: Any, a: Any, b: Any) -> Any:
    return np.where((a != a) | (b != b), np.nan, np.hypot(a, b))


def _hypot_range(a: Range, b: Range) -> Range:
    a, b = intervals.magnitude(a), intervals.magnitude(b)
    return intervals.settled(math.hypot(a.lo, b.lo), math.hypot(a.hi, b.hi))


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


def _log1p(x: float) -> float:
    return math.log1p(x) if x > -1 else -math.inf


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def _smooth_ramp(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


declare(
    Builtin(
        name="sqrt",
        kind="elementwise",
        doc="The square root; of a negative number, a fault.",
        overloads=(
            Overload(
                "sqrt(x: real<'u>) -> real<'u^1/2>",
                numpy=lambda np, x: np.sqrt(x),
                numba="math.sqrt({0})",
                torch="torch.sqrt({0})",
                triton="ops.sqrt_rn({0})",
            ),
        ),
        examples=(("sqrt(9)", "3.0"), ("valid(sqrt(-1))", "false")),
        range=intervals.increasing(math.sqrt, _NOT_NEGATIVE),
        domain=(Domain(0, _NOT_NEGATIVE),),
        laws=frozenset({"monotone"}),
    ),
    Builtin(
        name="exp",
        kind="elementwise",
        doc="e to the x. Infinite where it overflows: above 709, in float32 above 88.",
        overloads=(_plain("exp"),),
        examples=(("exp(0)", "1.0"),),
        range=intervals.increasing(math.exp),
        laws=frozenset({"monotone"}),
        ulps=4,
    ),
    Builtin(
        name="expm1",
        kind="elementwise",
        doc="exp(x) - 1, exact near 0.",
        overloads=(_plain("expm1"),),
        examples=(("expm1(0)", "0.0"),),
        range=intervals.increasing(math.expm1),
        laws=frozenset({"monotone"}),
        ulps=4,
    ),
    Builtin(
        name="log",
        kind="elementwise",
        doc="The natural logarithm: -inf at 0, a fault below.",
        overloads=(_plain("log"),),
        examples=(("log(1)", "0.0"), ("valid(log(-1))", "false")),
        range=intervals.increasing(_log, _NOT_NEGATIVE),
        domain=(Domain(0, _POSITIVE),),
        laws=frozenset({"monotone"}),
        ulps=4,
    ),
    Builtin(
        name="log1p",
        kind="elementwise",
        doc="log(1 + x), exact near 0: -inf at -1, a fault below.",
        overloads=(_plain("log1p"),),
        examples=(("log1p(0)", "0.0"),),
        range=intervals.increasing(_log1p, Range(-1, math.inf)),
        domain=(Domain(0, Range(-1, math.inf)),),
        laws=frozenset({"monotone"}),
        ulps=4,
    ),
    Builtin(
        name="sigmoid",
        kind="elementwise",
        doc="The logistic function, 1 / (1 + exp(-x)).",
        overloads=(
            Overload(
                "sigmoid(x: real) -> real",
                numpy=_sigmoid,
                numba="({f}(1) / ({f}(1) + math.exp(-{0})))",
                torch="torch.sigmoid({0})",
                triton="ops.sigmoid({0})",
            ),
        ),
        examples=(("sigmoid(0)", "0.5"),),
        range=intervals.increasing(_logistic),
        laws=frozenset({"monotone"}),
        ulps=4,
    ),
    Builtin(
        name="softplus",
        kind="elementwise",
        doc="log(1 + exp(x)), a ramp without a corner.",
        overloads=(
            Overload(
                "softplus(x: real) -> real",
                numpy=_softplus,
                numba="(({0} if {0} > 0 else {f}(0)) + math.log1p(math.exp(-math.fabs({0}))))",
                torch="(torch.clamp({0}, min=0) + torch.log1p(torch.exp(-torch.abs({0}))))",
                triton="ops.softplus({0})",
            ),
        ),
        examples=(("softplus(100)", "100.0"),),
        range=intervals.increasing(_smooth_ramp),
        laws=frozenset({"monotone"}),
        ulps=4,
    ),
    Builtin(
        name="hypot",
        kind="elementwise",
        doc="sqrt(a^2 + b^2) without overflow on the way.",
        overloads=(
            Overload(
                "hypot(a: real<'u>, b: real<'u>) -> real<'u>",
                numpy=_hypot,
                numba="({nan} if {0} != {0} or {1} != {1} else math.hypot({0}, {1}))",
                torch="torch.where(({0} != {0}) | ({1} != {1}), {nan}, torch.hypot({0}, {1}))",
                triton=("tl.where(({0} != {0}) | ({1} != {1}), {nan}, libdevice.hypot({0}, {1}))"),
            ),
        ),
        examples=(("hypot(3, 4)", "5.0"),),
        range=_hypot_range,
        laws=frozenset({"commutative"}),
        ulps=4,
    ),
)
