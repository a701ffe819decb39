"""Circular and hyperbolic functions. Angles are in radians, which have no unit: `30<deg>` converts.

Within 4 ulp of the correctly rounded value. The sine of an infinity, the arcsine of 2: faults.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rewardlang.builtins import intervals
from rewardlang.builtins.table import Builtin, Domain, Overload, declare
from rewardlang.types import Range

_UNIT = Range(-1, 1)


def _circular(name: str, inverse: str | None = None) -> Overload:
    """A function of one operand; NumPy says arcsin where the others say asin."""
    return Overload(
        f"{name}(x: real) -> real",
        numpy=lambda np, x: getattr(np, inverse or name)(x),
        numba=f"math.{name}({{0}})",
        torch=f"torch.{name}({{0}})",
        triton=f"libdevice.{name}({{0}})",
    )


def _atan2(np: Any, y: Any, x: Any) -> Any:
    return np.arctan2(y + 0.0, x + 0.0)


def _atanh(x: float) -> float:
    return math.atanh(x) if abs(x) < 1 else math.copysign(math.inf, x)


def _cosh_range(x: Range) -> Range:
    size = intervals.magnitude(x)
    return intervals.increasing(math.cosh)(size)


def _row(
    name: str,
    doc: str,
    example: tuple[str, str],
    range_of: Callable[..., Range],
    laws: frozenset[str],
    inverse: str | None = None,
    domain: tuple[Domain, ...] = (),
) -> Builtin:
    return Builtin(
        name=name,
        kind="elementwise",
        doc=doc,
        overloads=(_circular(name, inverse),),
        examples=(example,),
        range=range_of,
        domain=domain,
        laws=laws,
        ulps=4,
    )


_ODD = frozenset({"odd"})
_EVEN = frozenset({"even"})
_RISING = frozenset({"odd", "monotone"})
_INSIDE = (Domain(0, _UNIT),)

declare(
    _row("sin", "The sine.", ("sin(0)", "0.0"), intervals.constant(-1, 1), _ODD),
    _row("cos", "The cosine.", ("cos(0)", "1.0"), intervals.constant(-1, 1), _EVEN),
    _row("tan", "The tangent.", ("tan(0)", "0.0"), lambda x: Range(), _ODD),
    _row(
        "asin",
        "The angle in -pi/2 .. pi/2 with this sine; outside -1 .. 1 a fault.",
        ("asin(0)", "0.0"),
        intervals.increasing(math.asin, _UNIT),
        _RISING,
        "arcsin",
        _INSIDE,
    ),
    _row(
        "acos",
        "The angle in 0 .. pi with this cosine; outside -1 .. 1 a fault.",
        ("acos(1)", "0.0"),
        intervals.decreasing(math.acos, _UNIT),
        frozenset({"antitone"}),
        "arccos",
        _INSIDE,
    ),
    _row(
        "atan",
        "The angle in -pi/2 .. pi/2 with this tangent.",
        ("atan(0)", "0.0"),
        intervals.increasing(math.atan),
        _RISING,
        "arctan",
    ),
    _row(
        "sinh",
        "The hyperbolic sine.",
        ("sinh(0)", "0.0"),
        intervals.increasing(math.sinh),
        _RISING,
    ),
    _row("cosh", "The hyperbolic cosine.", ("cosh(0)", "1.0"), _cosh_range, _EVEN),
    _row(
        "tanh",
        "The hyperbolic tangent, a smooth step from -1 to 1.",
        ("tanh(0)", "0.0"),
        intervals.increasing(math.tanh),
        _RISING,
    ),
    _row(
        "asinh",
        "The number with this hyperbolic sine.",
        ("asinh(0)", "0.0"),
        intervals.increasing(math.asinh),
        _RISING,
        "arcsinh",
    ),
    _row(
        "acosh",
        "The number from 0 up with this hyperbolic cosine; below 1 a fault.",
        ("acosh(1)", "0.0"),
        intervals.increasing(math.acosh, Range(1, math.inf)),
        frozenset({"monotone"}),
        "arccosh",
        (Domain(0, Range(1, math.inf)),),
    ),
    _row(
        "atanh",
        "The number with this hyperbolic tangent: infinite at -1 and 1, a fault beyond.",
        ("atanh(0)", "0.0"),
        intervals.increasing(_atanh, _UNIT),
        _RISING,
        "arctanh",
        _INSIDE,
    ),
    Builtin(
        name="atan2",
        kind="elementwise",
        doc="The angle of the point (x, y), in -pi .. pi; 0 at the origin.",
        overloads=(
            Overload(
                "atan2(y: real<'u>, x: real<'u>) -> real",
                numpy=_atan2,
                # adding 0 turns -0 into 0, whose angle would be pi on the other side
                numba="math.atan2({0} + {f}(0), {1} + {f}(0))",
                torch="torch.atan2({0} + 0.0, {1} + 0.0)",
                triton="libdevice.atan2({0} + 0.0, {1} + 0.0)",
            ),
        ),
        examples=(("atan2(0, 1)", "0.0"), ("atan2(0, 0)", "0.0")),
        range=intervals.constant(-math.pi, math.pi),
        ulps=4,
    ),
)
