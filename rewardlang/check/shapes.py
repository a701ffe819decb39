"""Functions that make or reshape vectors. Sizes are whole numbers known when compiled."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from rewardlang.check.apply import apply, const, converted, described
from rewardlang.check.constants import exact
from rewardlang.check.indexing import retitled
from rewardlang.check.levels import CONSTANT
from rewardlang.check.literals import stack
from rewardlang.check.ragged import lies_within, slots
from rewardlang.check.ranges import point
from rewardlang.check.scope import Scope
from rewardlang.check.typed import Expr, Pick
from rewardlang.check.units import FREE, as_factor
from rewardlang.syntax import ast
from rewardlang.types import NO_UNIT, Axis, Range, Type, Unit

MOST_SLOTS = 1_000_000


def shape_function(scope: Scope, node: ast.Call) -> Expr:
    for clause, part in (("over", node.over), ("where", node.where), ("else", node.otherwise)):
        allowed = clause == "over" and node.function == "size"
        if part is not None and not allowed:
            scope.session.error("RW208", (part.span, ""), clause=clause, name=node.function)
            return scope.session.unknown(node.span)
    return FUNCTIONS[node.function](scope, node)


def _values(scope: Scope, node: ast.Call, least: int, most: int) -> list[ast.Expr] | None:
    named = next((a for a in node.arguments if a.name is not None), None)
    if named is not None:
        args = {"option": named.name, "name": node.function, "known": "none"}
        scope.session.error("RW207", (named.span, ""), **args)
        return None
    if not least <= len(node.arguments) <= most:
        wanted = str(least) if least == most else f"{least} or more"
        given = len(node.arguments)
        scope.session.error(
            "RW206", (node.span, ""), name=node.function, wanted=wanted, given=given
        )
        return None
    return [a.value for a in node.arguments]


def _size(scope: Scope, node: ast.Expr) -> int | None:
    value = exact(scope, node)
    if value is None or value.denominator != 1 or not 0 < value <= MOST_SLOTS:
        scope.session.error("RW224", (node.span, ""), what="a size")
        return None
    return int(value)


def zeros(scope: Scope, node: ast.Call) -> Expr:
    return _repeated(scope, node, 0.0, FREE)


def ones(scope: Scope, node: ast.Call) -> Expr:
    return _repeated(scope, node, 1.0, NO_UNIT)


def _repeated(scope: Scope, node: ast.Call, value: float, unit: Unit) -> Expr:
    session = scope.session
    values = _values(scope, node, 1, 8)
    sizes = [_size(scope, v) for v in values] if values is not None else [None]
    axes = tuple(Axis(None, s) for s in sizes if s is not None)
    if len(axes) != len(sizes):
        return session.unknown(node.span)
    one = const(session, value, node.span)
    type_ = Type("real", unit, axes)
    return session.make("fill", (one,), None, type_, CONSTANT, point(value), node.span)


def eye(scope: Scope, node: ast.Call) -> Expr:
    session, span = scope.session, node.span
    values = _values(scope, node, 1, 1)
    size = _size(scope, values[0]) if values is not None else None
    if size is None:
        return session.unknown(span)
    rows = [
        stack(session, [const(session, float(i == j), span) for j in range(size)], NO_UNIT, span)
        for i in range(size)
    ]
    return stack(session, rows, NO_UNIT, span)


def one_hot(scope: Scope, node: ast.Call) -> Expr:
    """`one_hot(cell, 4)`: 1 at the place, 0 elsewhere."""
    session, span = scope.session, node.span
    values = _values(scope, node, 1, 2)
    if values is None:
        return session.unknown(span)
    place = scope.infer(values[0])
    if place.type.kind == "unknown":
        return place
    enum = place.type.enum
    if (
        place.type.kind not in ("int", "enum")
        or place.type.axes
        or (enum is None and len(values) < 2)
    ):
        session.error("RW223", (place.span, f"this is {described(place.type)}"))
        return session.unknown(span)
    size = _size(scope, values[1]) if len(values) > 1 else len(enum.members if enum else ())
    if size is None:
        return session.unknown(span)
    places = stack(session, [const(session, n, span) for n in range(size)], NO_UNIT, span)
    plain = session.like(place, type=Type("int"))
    return converted(session, apply(session, "eq", (plain, places), span), "real")


def outer(scope: Scope, node: ast.Call) -> Expr:
    """`outer(a, b)`: every product of a slot of one vector and a slot of the other."""
    session, span = scope.session, node.span
    values = _values(scope, node, 2, 2)
    if values is None:
        return session.unknown(span)
    a, b = (scope.infer(v) for v in values)
    if "unknown" in (a.type.kind, b.type.kind):
        return session.unknown(span)
    if any(len(e.type.axes) != 1 or e.type.kind not in ("real", "int") for e in (a, b)):
        labels = [(e.span, f"this is {described(e.type)}") for e in (a, b)]
        session.error("RW215", *labels[::-1])
        return session.unknown(span)
    axis = a.type.axes[0]
    if axis.size is None or any(e.type.axes[0].cap is not None for e in (a, b)):
        session.error("RW265", (span, ""), what="`outer`", axis=axis.name or "")
        return session.unknown(span)
    rows = []
    for place in range(a.type.axes[0].size or 0):
        type_ = Type(a.type.kind, a.type.unit)
        picks = (Pick("at", start=place),)
        slot = session.make("index", (a,), picks, type_, a.level, a.range, span)
        rows.append(apply(session, "mul", (slot, b), span))
    return stack(session, rows, rows[0].type.unit, span)


def index_of_axis(scope: Scope, node: ast.Call) -> Expr:
    """`index(agent)`: 0, 1, .. along a named axis of some input or param of the file."""
    session, span = scope.session, node.span
    values = _values(scope, node, 1, 1)
    if values is None:
        return session.unknown(span)
    axis = _named_axis(scope, values[0])
    if axis is None:
        return session.unknown(span)
    if axis.size is None:
        type_ = Type("int", axes=(axis,))
        return session.make("places", (), axis, type_, CONSTANT, Range(0, math.inf), span)
    places = [const(session, n, span) for n in range(axis.size)]
    return retitled(scope, stack(session, places, NO_UNIT, span), (axis,), span)


def _named_axis(scope: Scope, node: ast.Expr) -> Axis | None:
    axes = {
        axis.name: axis
        for value in scope.session.values.values()
        for axis in value.type.axes
        if axis.name is not None
    }
    if isinstance(node, ast.Name) and node.id in axes:
        return axes[node.id]
    known = ", ".join(f"`{n}`" for n in axes) or "none"
    scope.session.error("RW227", (node.span, ""), axis=node.span.text, known=known)
    return None


def size(scope: Scope, node: ast.Call) -> Expr:
    """`size(x)` or `size(x over leg)`: how many slots, a constant."""
    session, span = scope.session, node.span
    values = _values(scope, node, 1, 1)
    x = scope.infer(values[0]) if values is not None else session.unknown(span)
    if x.type.kind == "unknown":
        return session.unknown(span)
    axes = list(x.type.axes)
    if node.over is not None:
        if node.over.window is not None or not set(node.over.names) <= {a.name for a in axes}:
            known = ", ".join(f"`{a.name}`" for a in axes if a.name) or "none"
            name = " ".join(node.over.names) or str(node.over.window)
            session.error("RW227", (node.over.span, ""), axis=name, known=known)
            return session.unknown(span)
        axes = [a for a in axes if a.name in node.over.names]
    if any(axis.cap is not None for axis in axes):
        return slots(scope, axes, span)
    if any(axis.size is None for axis in axes):
        some = Range(1, math.inf)
        return session.make("size", (), tuple(axes), Type("int"), CONSTANT, some, span)
    total = 1
    for axis in axes:
        total *= axis.size or 0
    return const(session, total, span)


def rename(scope: Scope, node: ast.Call) -> Expr:
    """`rename(x, agent: other)`."""
    session, span = scope.session, node.span
    if not node.arguments or node.arguments[0].name is not None or len(node.arguments) < 2:
        given = len(node.arguments)
        wanted = "a value and `old: new`"
        session.error("RW206", (span, ""), name="rename", wanted=wanted, given=given)
        return session.unknown(span)
    x = scope.infer(node.arguments[0].value)
    if x.type.kind == "unknown":
        return x
    axes = list(x.type.axes)
    for argument in node.arguments[1:]:
        names = [a.name for a in axes]
        new = argument.value
        if argument.name not in names or not isinstance(new, ast.Name) or new.id in names:
            known = ", ".join(f"`{n}`" for n in names if n) or "none"
            session.error("RW227", (argument.span, ""), axis=argument.name or "", known=known)
            return session.unknown(span)
        place = names.index(argument.name)
        old = axes[place]
        if lies_within(session, axes, old.name, argument.span):
            return session.unknown(span)
        varies = old.size is None or old.cap is not None
        axes[place] = replace(old, name=new.id, of=old.source if varies else None)
    return retitled(scope, x, tuple(axes), span)


def real(scope: Scope, node: ast.Call) -> Expr:
    """`real(c)`: a bool as 1 or 0, an int as a real."""
    values = _values(scope, node, 1, 1)
    x = scope.infer(values[0]) if values is not None else scope.session.unknown(node.span)
    if x.type.kind in ("real", "unknown"):
        return x
    if x.type.kind == "enum":
        label = (x.span, f"this is {described(x.type)}")
        scope.session.error("RW204", label, word="real", kinds=described(x.type))
        return scope.session.unknown(node.span)
    if as_factor(x.type.unit) != NO_UNIT:
        return converted(scope.session, x, "real")
    return apply(scope.session, "real", (x,), node.span)


FUNCTIONS: dict[str, Callable[[Scope, ast.Call], Expr]] = {
    "zeros": zeros,
    "ones": ones,
    "eye": eye,
    "one_hot": one_hot,
    "outer": outer,
    "index": index_of_axis,
    "size": size,
    "rename": rename,
    "real": real,
}
