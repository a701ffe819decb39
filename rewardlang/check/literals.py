"""Literals, names and vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from rewardlang.check.apply import as_numbers, const, report_unit_clash
from rewardlang.check.levels import CONSTANT, PER_STATE, PER_STEP, TUNABLE, join
from rewardlang.check.names import PREDEFINED, READABLE, Entry, suggestion
from rewardlang.check.ranges import TRUTH, point
from rewardlang.check.risks import still_open
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr, NameRef
from rewardlang.check.units import FREE, KNOWN_UNITS, UnknownUnit, read_unit, same_unit
from rewardlang.diagnostics.source import Span
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.types import BOOL, INT, Axis, Enum, Level, Range, Type, Unit

_SECONDS = Unit((("s", Fraction(1)),))
_COUNT = Range(0, math.inf)
_SIGNALS: dict[str, tuple[Type, Level, Range]] = {
    "t": (INT, PER_STATE, _COUNT),
    "terminated": (BOOL, PER_STEP, TRUTH),
    "truncated": (BOOL, PER_STEP, TRUTH),
    "training": (BOOL, TUNABLE, TRUTH),
    "steps": (INT, TUNABLE, _COUNT),
    "episodes": (INT, TUNABLE, _COUNT),
}


def number(scope: Scope, node: ast.Number, expected: Enum | None) -> Expr:
    del expected
    session = scope.session
    if node.unit is None:
        return const(session, node.value, node.span)
    read = unit_of(session, node.unit, scope.module.units)
    if read is None:
        return session.unknown(node.span)
    unit, scale = read
    value = node.value
    if math.isfinite(value):
        value = float(Fraction(node.text.replace("_", "")) * scale)
    type_ = Type("real", FREE if value == 0 else unit)
    return session.make("const", (), float(value), type_, CONSTANT, point(value), node.span)


def unit_of(
    session: Session, node: ast.UnitExpr | None, declared: dict[str, Entry]
) -> tuple[Unit, Fraction] | None:
    """`read_unit`, an unknown unit reported."""
    try:
        return read_unit(node, declared)
    except UnknownUnit as unknown:
        name = unknown.factor.name
        hint = suggestion(nearest(name, [*KNOWN_UNITS, *declared]))
        session.error("RW109", (unknown.factor.span, ""), name=name, hint=hint)
        return None


def string(scope: Scope, node: ast.String, expected: Enum | None) -> Expr:
    session = scope.session
    if expected is not None:
        session.error("RW222", (node.span, ""), text=node.value, enum=expected.name)
    else:
        session.error("RW190", (node.span, ""), what="text")
    return session.unknown(node.span)


def name(scope: Scope, node: ast.Name, expected: Enum | None) -> Expr:
    session = scope.session
    if expected is not None and node.id in expected.members:
        return member(session, expected, node.id, node.span)
    if node.id in scope.locals:
        found = scope.locals[node.id]
        risks = session.local_risks.get(session.number(found), ())
        session.risks += still_open(risks, scope.facts)
        return session.like(found, span=node.span)
    entry = scope.module.entries.get(node.id)
    if entry is not None:
        return read(scope, entry, node.span)
    if node.id in PREDEFINED:
        return _predefined(scope, node)
    _unknown_name(scope, node, expected)
    return session.unknown(node.span)


def member(session: Session, enum: Enum, word: str, span: Span) -> Expr:
    position = enum.members.index(word)
    type_ = Type("enum", enum=enum)
    return session.make("const", (), position, type_, CONSTANT, point(position), span)


def _unknown_name(scope: Scope, node: ast.Name, expected: Enum | None) -> None:
    session = scope.session
    if expected is not None:
        hint = suggestion(nearest(node.id, expected.members))
        args = {
            "name": node.id,
            "enum": expected.name,
            "members": ", ".join(expected.members),
        }
        session.error("RW108", (node.span, ""), hint=hint, **args)
        return
    readable = [n for n, e in scope.module.entries.items() if e.kind in READABLE]
    if node.id in session.lost:
        return
    members = {m: e.name for e in scope.module.enums() for m in e.members}
    if node.id in scope.module.functions:
        session.error("RW105", (node.span, ""), name=node.id, what="a function")
        return
    names = [*scope.locals, *readable, *PREDEFINED, *scope.module.modules]
    _say_unknown(session, node, names, members)


def _say_unknown(
    session: Session, node: ast.Name, names: list[str], members: dict[str, str]
) -> None:
    hint = suggestion(nearest(node.id, names))
    if node.id in members:
        hint = (
            f"`{node.id}` is a member of `{members[node.id]}`; a bare member is understood where a "
            "value of that enum is expected"
        )
    session.error("RW101", (node.span, ""), name=node.id, hint=hint)


def _predefined(scope: Scope, node: ast.Name) -> Expr:
    session, span = scope.session, node.span
    if node.id in ("true", "false"):
        return const(session, node.id == "true", span)
    if node.id == "pi":
        return const(session, math.pi, span)
    if node.id == "inf":
        return const(session, math.inf, span)
    if node.id == "dt":
        if session.timestep is None:
            session.error("RW301", (span, ""), what="`dt`")
            return session.unknown(span)
        return const(session, float(session.timestep), span, _SECONDS)
    type_, level, range_ = _SIGNALS[node.id]
    return session.make("name", (), NameRef("signal", node.id), type_, level, range_, span)


def read(scope: Scope, entry: Entry, span: Span) -> Expr:
    """A declared name where it is read."""
    session = scope.session
    if entry.kind not in READABLE:
        article = "an" if entry.kind[0] in "aeiou" else "a"
        labels = ((span, ""), (entry.span, "declared here"))
        session.error("RW105", *labels, name=entry.name, what=f"{article} {entry.kind}")
        return session.unknown(span)
    if entry.kind in ("total", "reward") and not _may_read(scope, entry, span):
        return session.unknown(span)
    if entry.full != scope.own:
        session.used.add(entry.full)
    value = session.values.get(entry.full)
    if value is None or value.type.kind == "unknown":
        return session.unknown(span)
    if entry.kind == "term" and entry.module.is_main:
        session.raw_reads.add(entry.full)
    if entry.kind == "total":
        session.reads_total = True
    session.risks += still_open(value.risks, scope.facts)
    # what another file pays is a value here
    kind = "let" if entry.kind in ("term", "condition") and not entry.module.is_main else entry.kind
    ref = NameRef(kind, entry.full)  # type: ignore[arg-type]  # kind is one of READABLE
    return session.make("name", (), ref, value.type, value.level, value.range, span)


def _may_read(scope: Scope, entry: Entry, span: Span) -> bool:
    if entry.kind == "total" and scope.role != "reward":
        scope.session.error("RW314", (span, ""))
        return False
    if entry.kind == "reward" and scope.role not in ("let", "metric", "test", "advantage"):
        scope.session.error("RW315", (span, ""), role=scope.role)
        return False
    return True


def vector(scope: Scope, node: ast.Vector, expected: Enum | None) -> Expr:
    session = scope.session
    items = [scope.infer(item, expected) for item in node.items]
    if not items:
        session.error("RW221", (node.span, ""))
        return session.unknown(node.span)
    if any(i.type.kind == "unknown" for i in items):
        return session.unknown(node.span)
    items = as_numbers(session, items)
    unit = vector_unit(session, items, node.span)
    if unit is None or not _alike(session, items, node.span):
        return session.unknown(node.span)
    return stack(session, items, unit, node.span)


def stack(session: Session, items: Sequence[Expr], unit: Unit, span: Span) -> Expr:
    first = items[0].type
    type_ = Type(first.kind, unit, (Axis(None, len(items)), *first.axes), first.enum)
    range_ = items[0].range
    for item in items[1:]:
        range_ = range_.join(item.range)
    level = join(*(i.level for i in items))
    return session.make("stack", tuple(items), None, type_, level, range_, span)


def vector_unit(session: Session, items: Sequence[Expr], span: Span) -> Unit | None:
    unit, holder = items[0].type.unit, items[0]
    for item in items[1:]:
        met = same_unit(unit, item.type.unit)
        if met is None:
            report_unit_clash(session, "a vector", holder, item, span)
            return None
        if met != unit:
            unit, holder = met, item
    return unit


def _alike(session: Session, items: Sequence[Expr], span: Span) -> bool:
    first = items[0]
    for item in items[1:]:
        same = (first.type.kind, first.type.axes, first.type.enum)
        if (item.type.kind, item.type.axes, item.type.enum) != same:
            labels = (
                (item.span, f"this is {item.type}"),
                (first.span, f"this is {first.type}"),
            )
            session.error("RW221", *labels)
            return False
    return True
