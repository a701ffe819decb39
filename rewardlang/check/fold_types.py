"""Type, unit and range of a reduction's result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from rewardlang.check.ranges import repeated
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr
from rewardlang.check.units import FREE, as_factor
from rewardlang.types import ANY, BOOL, NO_UNIT, Range, Type, Unit

Counts = tuple[float, float]  # how many values at least and at most


def fold_type(
    session: Session, name: str, operands: Sequence[Expr], axes: tuple[Any, ...], counts: Counts
) -> Type | None:
    """The type, None where a product of values with a unit has no fixed number of factors."""
    x = operands[0]
    unit, kind = x.type.unit, x.type.kind
    match name:
        case "argmin" | "argmax":
            return Type("int", axes=axes)
        case "skew" | "kurtosis" | "corr" | "rank":
            return Type("real", axes=axes)
        case "cov":
            unit = as_factor(unit) * as_factor(operands[1].type.unit)
        case "any" | "all":
            return Type(BOOL.kind, axes=axes)
        case "count":
            return Type("int", axes=axes)
        case "var":
            unit = as_factor(unit) ** 2
        case "prod":
            product = _product_unit(unit, counts)
            if product is None:
                label = (x.span, f"this is in {unit}")
                session.error("RW232", label, unit=str(unit))
                return None
            unit = product
    return Type(kind, unit, axes, x.type.enum)


def _product_unit(unit: Unit, counts: Counts) -> Unit | None:
    if as_factor(unit) == NO_UNIT:
        return NO_UNIT if unit != FREE else FREE
    least, most = counts
    return unit ** Fraction(int(most)) if least == most and math.isfinite(most) else None


def fold_range(name: str, x: Range, counts: Counts) -> Range:
    least, most = counts
    match name:
        case "sum":
            return repeated(x, least, most)
        case "mean" | "min" | "max" | "median" | "quantile" | "wma" | "ema" | "sort":
            return x
        case "argmin" | "argmax":
            return Range(0, max(most - 1, 0))
        case "rank":
            return Range(1, max(most, 1))
        case "corr":
            return Range(-1, 1)
        case "cumsum":
            return repeated(x, 1, most)
        case "mad":
            return Range(0, math.inf if math.isnan(x.hi - x.lo) else x.hi - x.lo)
        case "any" | "all":
            return Range(0, 1)
        case "count":
            return Range(0, most)
        case "var" | "std":
            half = (x.hi - x.lo) / 2
            top = half if name == "std" else half * half
            return Range(0, math.inf if math.isnan(top) else top * 2)
        case "norm":
            far = max(abs(x.lo), abs(x.hi))
            return Range(0, far * math.sqrt(most) if far else 0.0)
    return ANY
