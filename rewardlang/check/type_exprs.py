"""Written types: `real<m>[leg: 4, 3]`, `verdict`, `enum { form, proof }`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rewardlang.check.literals import unit_of
from rewardlang.check.names import DATA_INDEXES, Module, suggestion
from rewardlang.check.session import Session
from rewardlang.check.units import unit_text
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.types import NO_UNIT, Axis, Enum, Type

KINDS = ("real", "int", "bool")


@dataclass(frozen=True)
class FormalType:
    """A formal's annotation without its unit, which may hold variables."""

    kind: str
    axes: tuple[Axis, ...]
    enum: Enum | None
    text: str


@dataclass(frozen=True)
class Declared:
    """A declared type in base units, with what to multiply by to get there and its unit's text."""

    type: Type
    scale: Fraction
    unit: str


def declared_type(session: Session, module: Module, node: ast.TypeExpr) -> Declared | None:
    """The type of an input, param, let or term; None is reported."""
    formal = formal_type(session, module, node)
    read = unit_of(session, node.unit, module.units)
    if formal is None or read is None:
        return None
    unit, scale = read
    if formal.kind not in ("real", "int") and unit != NO_UNIT:
        session.error("RW236", (node.span, ""), kind=formal.kind)
        return None
    type_ = Type(formal.kind, unit, formal.axes, formal.enum)
    return Declared(type_, scale, unit_text(node.unit))


def formal_type(session: Session, module: Module, node: ast.TypeExpr) -> FormalType | None:
    axes = written_axes(session, module, node)
    if axes is None:
        return None
    if node.name in KINDS:
        return FormalType(node.name, axes, None, _text(node.name, axes))
    if node.name == "enum":
        # an inline enum is named by what it says, so two that say the same are one type
        enum: Enum | None = Enum("enum { " + ", ".join(node.members) + " }", node.members)
    else:
        enum = module.enum(node.name)
    if enum is not None:
        return FormalType("enum", axes, enum, enum.name)
    if node.name in ("text", "rubric"):
        session.error("RW190", (node.span, ""), what=f"the type `{node.name}`")
        return None
    names = [*KINDS, "text", *(e.name for e in module.enums())]
    hint = suggestion(nearest(node.name, names))
    session.error("RW111", (node.span, ""), name=node.name, hint=hint)
    return None


def _text(kind: str, axes: tuple[Axis, ...]) -> str:
    return str(Type(kind, axes=axes))


def written_axes(session: Session, module: Module, node: ast.TypeExpr) -> tuple[Axis, ...] | None:
    """The axes of a written type; None is reported."""
    axes: list[Axis] = []
    for axis in node.axes:
        made = _axis(session, module, axis, tuple(axes))
        if made is None:
            return None
        if made.name is not None and made.name in [a.name for a in axes]:
            session.error("RW237", (axis.span, ""), axis=made.name)
            return None
        axes.append(made)
    return tuple(axes)


def _axis(
    session: Session, module: Module, node: ast.AxisExpr, before: tuple[Axis, ...]
) -> Axis | None:
    if node.name is not None and node.name in DATA_INDEXES:
        session.error("RW238", (node.span, ""), axis=node.name)
        return None
    if node.cap is not None:
        return _ragged(session, node, before)
    if node.size is not None:
        if node.size < 1:
            session.error("RW224", (node.span, ""), what="a size")
            return None
        return Axis(node.name, node.size)
    enum = module.enum(node.name) if node.name is not None else None
    if enum is not None:
        return Axis(node.name, len(enum.members), labels=enum.members)
    said = session.sizes.get(node.name or "")
    if said is not None and said.cap is not None:
        return _ragged(session, node, before)
    if said is not None:
        return said
    if node.name in session.open_axes:
        return Axis(node.name, None)
    session.error("RW264", (node.span, ""), axis=node.name or "")
    return None


def _ragged(session: Session, node: ast.AxisExpr, before: tuple[Axis, ...]) -> Axis | None:
    """`line: 0 .. 16`, which has a length for each slot of the axes before it."""
    said = session.sizes.get(node.name or "")
    if said is None or said.cap is None:  # no input has it, so nothing says how long a row's is
        session.error("RW264", (node.span, ""), axis=node.name or "")
        return None
    if node.cap is not None and (node.low != 0 or node.cap < 1):
        session.error("RW224", (node.span, ""), what="a cap")
        return None
    cap = said.cap if node.cap is None else node.cap
    if any(axis.name is None for axis in before):
        session.error("RW267", (node.span, "after an axis without a name"), axis=node.name or "")
        return None
    return Axis(node.name, cap, cap, within=session.within.get(node.name or "", before))
