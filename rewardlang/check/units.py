"""Unit expressions and literals in base SI units, and the algebra of unit variables.

Every unit the language knows is a factor times a product of base symbols. Factors are exact
rationals (that of `deg` is the double nearest pi over 180), so a literal is rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from fractions import Fraction

from rewardlang.syntax import ast
from rewardlang.types import NO_UNIT, Type, Unit

# The unit of a literal `0` or `inf`, which fit any unit. Whatever is declared or stored is settled.
FREE = Unit((("*", Fraction(1)),))


def _unit(**exponents: int) -> Unit:
    return Unit.of({name: Fraction(e) for name, e in exponents.items()})


_BASE = {
    name: (Fraction(1), _unit(**{name: 1})) for name in ("m", "s", "kg", "A", "K", "mol", "cd")
}
_NEWTON = _unit(kg=1, m=1, s=-2)
_JOULE = _NEWTON * _unit(m=1)
_WATT = _JOULE / _unit(s=1)
_VOLT = _WATT / _unit(A=1)
_DEGREE = Fraction(math.pi) / 180

KNOWN_UNITS: dict[str, tuple[Fraction, Unit]] = {
    **_BASE,
    "rad": (Fraction(1), NO_UNIT),
    "deg": (_DEGREE, NO_UNIT),
    "rev": (2 * Fraction(math.pi), NO_UNIT),
    "km": (Fraction(1000), _unit(m=1)),
    "cm": (Fraction(1, 100), _unit(m=1)),
    "mm": (Fraction(1, 1000), _unit(m=1)),
    "um": (Fraction(1, 10**6), _unit(m=1)),
    "ms": (Fraction(1, 1000), _unit(s=1)),
    "us": (Fraction(1, 10**6), _unit(s=1)),
    "min": (Fraction(60), _unit(s=1)),
    "h": (Fraction(3600), _unit(s=1)),
    "g": (Fraction(1, 1000), _unit(kg=1)),
    "Hz": (Fraction(1), _unit(s=-1)),
    "kHz": (Fraction(1000), _unit(s=-1)),
    "N": (Fraction(1), _NEWTON),
    "kN": (Fraction(1000), _NEWTON),
    "J": (Fraction(1), _JOULE),
    "kJ": (Fraction(1000), _JOULE),
    "W": (Fraction(1), _WATT),
    "kW": (Fraction(1000), _WATT),
    "Pa": (Fraction(1), _NEWTON / _unit(m=2)),
    "kPa": (Fraction(1000), _NEWTON / _unit(m=2)),
    "V": (Fraction(1), _VOLT),
    "Ohm": (Fraction(1), _VOLT / _unit(A=1)),
    "C": (Fraction(1), _unit(A=1, s=1)),
    "T": (Fraction(1), _VOLT * _unit(s=1) / _unit(m=2)),
}


class UnknownUnit(Exception):
    """A unit expression names what is no unit; `factor` is where."""

    def __init__(self, factor: ast.UnitFactor) -> None:
        super().__init__(factor.name)
        self.factor = factor


class UnboundVariable(Exception):
    """A unit pattern has more than one variable that nothing has fixed yet."""


def read_unit(
    expr: ast.UnitExpr | None,
    declared: Collection[str] = (),
    variables: Mapping[str, Unit] | None = None,
) -> tuple[Unit, Fraction]:
    """The unit in base symbols, and what to multiply a value by to have it in them.

    `declared` are the file's own base units. A variable is replaced by its value in `variables`.
    Raises UnknownUnit.
    """
    unit, scale = NO_UNIT, Fraction(1)
    for factor in expr.factors if expr is not None else ():
        exponent = Fraction(factor.numerator, factor.denominator)
        if variables is not None and factor.name in variables:
            one_scale, one = Fraction(1), variables[factor.name]
        elif factor.name in declared:
            one_scale, one = Fraction(1), Unit(((factor.name, Fraction(1)),))
        elif factor.name in KNOWN_UNITS:
            one_scale, one = KNOWN_UNITS[factor.name]
        else:
            raise UnknownUnit(factor)
        unit = unit * as_factor(one) ** exponent
        scale *= _power(one_scale, exponent)
    return unit, scale


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator == 1:
        return base ** int(exponent)
    return Fraction(float(base) ** float(exponent))


def unit_variables(expr: ast.UnitExpr | None) -> list[str]:
    """The `'u` of a unit expression, in order."""
    factors = expr.factors if expr is not None else ()
    return [f.name for f in factors if f.name.startswith("'")]


def bind_variable(
    expr: ast.UnitExpr | None, unit: Unit, declared: Collection[str], bound: dict[str, Unit]
) -> None:
    """Give the one unbound variable of `expr` the value that makes it `unit`; none: do nothing.

    Raises UnknownUnit, UnboundVariable.
    """
    unbound = [v for v in unit_variables(expr) if v not in bound]
    if not unbound or expr is None:
        return
    if len(unbound) > 1:
        raise UnboundVariable
    known, _ = read_unit(expr, declared, {**bound, unbound[0]: NO_UNIT})
    exponent = sum(
        (Fraction(f.numerator, f.denominator) for f in expr.factors if f.name == unbound[0]),
        Fraction(0),
    )
    bound[unbound[0]] = (unit / known) ** (1 / exponent) if exponent else NO_UNIT


def as_factor(unit: Unit) -> Unit:
    """A unit where it multiplies: a bare 0 there is a plain number."""
    return NO_UNIT if unit == FREE else unit


def same_unit(left: Unit, right: Unit) -> Unit | None:
    """The unit two values share, or None where they clash."""
    if left == FREE:
        return right
    return left if right in (FREE, left) else None


def settled(type_: Type) -> Type:
    """A type as it is shown and stored: a free unit is none."""
    return Type(type_.kind, NO_UNIT, type_.axes, type_.enum) if type_.unit == FREE else type_


def unit_text(expr: ast.UnitExpr | None) -> str:
    """A unit as it was declared: `deg`, `m/s^2`; empty where none was."""
    if expr is None or not expr.factors:
        return ""
    text = ""
    for factor in expr.factors:
        below = factor.numerator < 0
        exponent = Fraction(abs(factor.numerator), factor.denominator)
        part = factor.name if exponent == 1 else f"{factor.name}^{exponent}"
        if not text:
            text = f"1/{part}" if below else part
        else:
            text += ("/" if below else "*") + part
    return text
