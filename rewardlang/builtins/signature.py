"""Signatures as data: what `sqrt(x: real<'u>) -> real<'u^1/2>` says of kinds, units and clauses.

A parameter is `name: kind<unit>`, then `= default` where it has one, or `..` where it takes any
number of arguments. A name after a tick stands for any unit. After the parameters a fold lists
the clauses it knows: `sum(x: real<'u> over axis where mask) -> real<'u>`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from rewardlang.types import NO_UNIT, Unit

KINDS = ("real", "int", "bool", "any", "wide")
CLAUSES = ("over", "where", "else")


@dataclass(frozen=True)
class UnitPattern:
    """A product of powers of unit variables (`'u`) and base symbols."""

    factors: tuple[tuple[str, Fraction], ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.factors if name.startswith("'"))

    def fill(self, bound: dict[str, Unit]) -> Unit:
        """The unit it stands for; a variable that nothing bound is dimensionless."""
        unit = NO_UNIT
        for name, exponent in self.factors:
            base = (
                bound.get(name, NO_UNIT) if name.startswith("'") else Unit(((name, Fraction(1)),))
            )
            unit = unit * base**exponent
        return unit


@dataclass(frozen=True)
class Parameter:
    """One operand. `default` is language text; `many` takes any number of arguments."""

    name: str
    kind: str
    unit: UnitPattern = UnitPattern()
    default: str | None = None
    many: bool = False


@dataclass(frozen=True)
class Clash:
    """Operand `operand` has the unit `found` where `expected` is asked."""

    operand: int
    expected: Unit
    found: Unit


@dataclass(frozen=True)
class Signature:
    """`clauses` holds those of over, where, else that a call may carry; an elementwise one none."""

    name: str
    parameters: tuple[Parameter, ...]
    kind: str
    unit: UnitPattern
    clauses: tuple[str, ...] = ()

    @property
    def required(self) -> int:
        """How many arguments a call gives at least."""
        return sum(1 for p in self.parameters if p.default is None and not p.many)

    def accepts(self, kinds: Sequence[str]) -> bool:
        """Whether operands of these kinds fit, an int standing where a real is asked."""
        if len(kinds) < self.required:
            return False
        parameters = [self._parameter(n) for n in range(len(kinds))]
        return all(
            p is not None and (p.kind in (kind, "any") or (p.kind, kind) == ("real", "int"))
            for p, kind in zip(parameters, kinds, strict=True)
        )

    def unify(self, units: Sequence[Unit | None]) -> Unit | Clash:
        """The unit of the result, or the first operand whose unit does not fit.

        None is the unit of an operand that fits any (`0`, `inf`).
        """
        bound: dict[str, Unit] = {}
        for number, unit in enumerate(units):
            parameter = self._parameter(number)
            if unit is None or parameter is None or parameter.kind not in ("real", "any"):
                continue
            pattern = parameter.unit
            if len(pattern.factors) == 1 and pattern.variables:
                name, exponent = pattern.factors[0]
                bound.setdefault(name, unit ** (1 / exponent))
            if (expected := pattern.fill(bound)) != unit:
                return Clash(number, expected, unit)
        return self.unit.fill(bound)

    def _parameter(self, number: int) -> Parameter | None:
        if number < len(self.parameters):
            return self.parameters[number]
        last = self.parameters[-1] if self.parameters else None
        return last if last is not None and last.many else None


_HEAD = re.compile(r"\s*(?P<name>\w+)\((?P<inside>.*)\)\s*->\s*(?P<result>.+?)\s*$", re.DOTALL)
_TYPE = re.compile(r"(?P<kind>\w+)(?:<(?P<unit>[^>]*)>)?$")
_PARAMETER = re.compile(
    r"(?P<name>\w+)\s*:\s*(?P<type>\w+(?:<[^>]*>)?)\s*(?:=\s*(?P<default>.+?))?(?P<many>\.\.)?$"
)
_CLAUSE = re.compile(r"\s+(over|where|else)\s+\w+(?=$|[\s,])")
_FACTOR = re.compile(r"(?P<op>^|[*/])(?P<name>'?[A-Za-z]\w*|1)(?:\^(?P<power>-?\d+(?:/\d+)?))?")


@cache
def parse_signature(text: str) -> Signature:
    """Read a signature; ValueError if the text is not one."""
    head = _HEAD.match(text)
    if head is None:
        raise ValueError(f"not a signature: {text!r}")
    inside = head["inside"]
    clauses = tuple(c for c in _CLAUSE.findall(inside))
    inside = _CLAUSE.sub("", inside).strip()
    parameters = tuple(_parameter(part.strip()) for part in inside.split(",") if part.strip())
    kind, unit = _type(head["result"])
    return Signature(head["name"], parameters, kind, unit, clauses)


def _parameter(text: str) -> Parameter:
    found = _PARAMETER.match(text)
    if found is None:
        raise ValueError(f"not a parameter: {text!r}")
    kind, unit = _type(found["type"])
    return Parameter(found["name"], kind, unit, found["default"], found["many"] is not None)


def _type(text: str) -> tuple[str, UnitPattern]:
    found = _TYPE.match(text)
    if found is None or found["kind"] not in KINDS:
        raise ValueError(f"not a type of a signature: {text!r}")
    return found["kind"], _unit(found["unit"] or "1")


def _unit(text: str) -> UnitPattern:
    factors: list[tuple[str, Fraction]] = []
    end = 0
    for part in _FACTOR.finditer(text):
        if part.start() != end:
            break
        end = part.end()
        exponent = Fraction(part["power"] or 1) * (-1 if part["op"] == "/" else 1)
        if part["name"] != "1":
            factors.append((part["name"], exponent))
    if end != len(text):
        raise ValueError(f"not a unit: {text!r}")
    return UnitPattern(tuple(factors))
