"""Functions of whole vectors and tables: solve, inverse, det, trace, concat, pick.

An array row has its core at the end; the axes before are mapped over. For each operand the
expression says where its axes are taken from to stand so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from rewardlang.check.apply import apply, as_numbers, converted, described
from rewardlang.check.axes import show
from rewardlang.check.levels import join
from rewardlang.check.literals import vector_unit
from rewardlang.check.scope import Scope
from rewardlang.check.typed import Expr, Pick
from rewardlang.check.units import as_factor
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.types import ANY, Axis, Range, Type

Places = tuple[int | None, ...]


def array_function(scope: Scope, node: ast.Call) -> Expr:
    session = scope.session
    for clause, part in (("over", node.over), ("where", node.where), ("else", node.otherwise)):
        if part is not None and not (clause == "over" and node.function == "pick"):
            session.error("RW208", (part.span, ""), clause=clause, name=node.function)
            return session.unknown(node.span)
    named = next((a for a in node.arguments if a.name is not None), None)
    if named is not None:
        args = {"option": named.name, "name": node.function, "known": "none"}
        session.error("RW207", (named.span, ""), **args)
        return session.unknown(node.span)
    least, most = _COUNTS[node.function]
    if not least <= len(node.arguments) <= most:
        wanted = "one value" if most == 1 else "two values" if most == 2 else "two or more"
        given = len(node.arguments)
        session.error("RW206", (node.span, ""), name=node.function, wanted=wanted, given=given)
        return session.unknown(node.span)
    values = [scope.infer(a.value) for a in node.arguments]
    if any(v.type.kind == "unknown" for v in values):
        return session.unknown(node.span)
    for axis in (a for v in values for a in v.type.axes):
        if axis.size is None or axis.cap is not None:
            what = f"`{node.function}`"
            session.error("RW265", (node.span, ""), what=what, axis=axis.name or "")
            return session.unknown(node.span)
    return FUNCTIONS[node.function](scope, node, values)


def _misfit(scope: Scope, node: ast.Call, values: Sequence[Expr], wanted: str) -> Expr:
    labels = [(v.span, f"this is {described(v.type)}") for v in values]
    scope.session.error("RW276", *labels[::-1], name=node.function, wanted=wanted)
    return scope.session.unknown(node.span)


def _made(
    scope: Scope, name: str, args: Sequence[Expr], places: Sequence[Places], result: Places,
    type_: Type, range_: Range, span: Span,
) -> Expr:  # fmt: skip
    level = join(*(a.level for a in args))
    attr = (name, tuple(places), result)
    return scope.session.make("array", tuple(args), attr, type_, level, range_, span)


def _as_they_are(axes: Sequence[Axis]) -> Places:
    return tuple(range(len(axes)))


def _numbers(scope: Scope, node: ast.Call, values: Sequence[Expr]) -> bool:
    for v in values:
        if v.type.kind not in ("real", "int"):
            kinds = described(v.type)
            label = (v.span, f"this is {kinds}")
            scope.session.error("RW204", label, word=node.function, kinds=kinds)
            return False
    return True


# ---- linear equations -------------------------------------------------------------------------


def _is_square(x: Expr) -> bool:
    axes = x.type.axes
    return len(axes) >= 2 and axes[-1].size == axes[-2].size


def solve(scope: Scope, node: ast.Call, values: list[Expr]) -> Expr:
    wanted = "a square table and a vector as long as its side"
    if not _numbers(scope, node, values):
        return scope.session.unknown(node.span)
    table, right = (converted(scope.session, v, "real") for v in values)
    fits = _is_square(table) and right.type.axes and right.type.axes[-1] == table.type.axes[-2]
    lead = table.type.axes[:-2] or right.type.axes[:-1]
    if not fits or any(x not in ((), lead) for x in (table.type.axes[:-2], right.type.axes[:-1])):
        return _misfit(scope, node, values, wanted)
    unit = as_factor(right.type.unit) / as_factor(table.type.unit)
    axes = (*lead, table.type.axes[-1])
    places = [_as_they_are(v.type.axes) for v in (table, right)]
    type_ = Type("real", unit, axes)
    return _made(
        scope, "solve", (table, right), places, _as_they_are(axes), type_, ANY, node.span
    )  # fmt: skip


def inverse(scope: Scope, node: ast.Call, values: list[Expr]) -> Expr:
    if not _numbers(scope, node, values):
        return scope.session.unknown(node.span)
    if not _is_square(values[0]):
        return _misfit(scope, node, values, "a square table")
    table = converted(scope.session, values[0], "real")
    unit = as_factor(table.type.unit) ** Fraction(-1)
    axes = table.type.axes
    axes = (*axes[:-2], axes[-1], axes[-2])
    places = _as_they_are(axes)
    type_ = Type("real", unit, axes)
    return _made(scope, "inverse", (table,), [places], places, type_, ANY, node.span)


def det(scope: Scope, node: ast.Call, values: list[Expr]) -> Expr:
    if not _numbers(scope, node, values):
        return scope.session.unknown(node.span)
    if not _is_square(values[0]):
        return _misfit(scope, node, values, "a square table")
    table = converted(scope.session, values[0], "real")
    axes = table.type.axes[:-2]
    unit = as_factor(table.type.unit) ** Fraction(table.type.axes[-1].size or 1)
    places = [_as_they_are(table.type.axes)]
    type_ = Type("real", unit, axes)
    return _made(scope, "det", (table,), places, _as_they_are(axes), type_, ANY, node.span)


def trace(scope: Scope, node: ast.Call, values: list[Expr]) -> Expr:
    """The sum of the diagonal, from the first slot on."""
    session, table = scope.session, values[0]
    if not _numbers(scope, node, values):
        return session.unknown(node.span)
    if len(table.type.axes) != 2 or not _is_square(table):
        return _misfit(scope, node, values, "a square table")
    slot_type = Type(table.type.kind, table.type.unit)
    slots = [
        session.make(
            "index", (table,), (Pick("at", n), Pick("at", n)), slot_type, table.level,
            table.range, node.span,
        )
        for n in range(table.type.axes[0].size or 0)
    ]  # fmt: skip
    total = slots[0]
    for slot in slots[1:]:
        total = apply(session, "add", (total, slot), node.span)
    return total


# ---- slots moved about ------------------------------------------------------------------------


def concat(scope: Scope, node: ast.Call, values: list[Expr]) -> Expr:
    """Vectors, or tables by their first axis, one after the other."""
    session = scope.session
    values = as_numbers(session, values)
    first = values[0].type
    alike = all(
        v.type.axes
        and v.type.axes[1:] == first.axes[1:]
        and (v.type.kind, v.type.enum) == (first.kind, first.enum)
        for v in values
    )
    if not alike:
        return _misfit(scope, node, values, "vectors of one kind, whose other axes agree")
    unit = vector_unit(session, values, node.span)
    if unit is None:
        return session.unknown(node.span)
    rank = len(first.axes)
    last = (*range(1, rank), 0)
    back = (rank - 1, *range(rank - 1))
    joined = values[0]
    for v in values[1:]:
        size = (joined.type.axes[0].size or 0) + (v.type.axes[0].size or 0)
        type_ = Type(first.kind, unit, (Axis(None, size), *first.axes[1:]), first.enum)
        range_ = joined.range.join(v.range)
        joined = _made(scope, "concat", (joined, v), [last, last], back, type_, range_, node.span)
    return joined


def pick(scope: Scope, node: ast.Call, values: list[Expr]) -> Expr:
    """`pick(table, places over class)`: the axis `class` gives way to the axis of the places."""
    table, places = values
    axes = table.type.axes
    axis = _picked_axis(scope, node, table)
    if axis is None:
        return scope.session.unknown(node.span)
    others = [a.name for n, a in enumerate(axes) if n != axis and a.name is not None]
    fits = places.type.kind in ("int", "enum") and len(places.type.axes) == 1
    if not fits or places.type.axes[0].name in others:
        wanted = "a table and a vector of ints, its axis not in the table"
        return _misfit(scope, node, values, wanted)
    rank = len(axes)
    last = (*(n for n in range(rank) if n != axis), axis)
    back = tuple(last.index(n) for n in range(rank))
    kept = tuple(places.type.axes[0] if n == axis else a for n, a in enumerate(axes))
    type_ = Type(table.type.kind, table.type.unit, kept, table.type.enum)
    args = (table, places)
    return _made(scope, "pick", args, [last, (0,)], back, type_, table.range, node.span)


def _picked_axis(scope: Scope, node: ast.Call, table: Expr) -> int | None:
    axes = table.type.axes
    if node.over is None and len(axes) == 1:
        return 0
    names = node.over.names if node.over is not None and node.over.window is None else ()
    found = [n for n, a in enumerate(axes) if a.name is not None and a.name in names]
    if len(names) == 1 and len(found) == 1:
        return found[0]
    if node.over is None:
        scope.session.error("RW270", (table.span, f"this is {described(table.type)}"), name="pick")
        return None
    known = ", ".join(f"`{a.name}`" for a in axes if a.name) or "no named axis"
    label = (table.span, f"this is {show(axes)}")
    axis = " ".join(node.over.names) or str(node.over.window)
    scope.session.error("RW227", (node.over.span, ""), label, axis=axis, known=known)
    return None


_COUNTS = {
    "solve": (2, 2), "inverse": (1, 1), "det": (1, 1), "trace": (1, 1), "concat": (2, 64),
    "pick": (2, 2),
}  # fmt: skip
FUNCTIONS: dict[str, Callable[[Scope, ast.Call, list[Expr]], Expr]] = {
    "solve": solve,
    "inverse": inverse,
    "det": det,
    "trace": trace,
    "concat": concat,
    "pick": pick,
}
