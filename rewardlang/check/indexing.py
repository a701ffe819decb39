"""`x[2]`, `x[0:3]`, `payoff[predicted: p, truth: q]`."""

from __future__ import annotations

from fractions import Fraction

from rewardlang.check.apply import const, described
from rewardlang.check.axes import show
from rewardlang.check.constants import exact
from rewardlang.check.ragged import counts, lies_within
from rewardlang.check.risks import add_risk
from rewardlang.check.scope import Scope
from rewardlang.check.typed import Expr, Pick
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.types import Axis, Enum, Range, Type

ALL = Pick("all")


def index(scope: Scope, node: ast.Index, expected: Enum | None) -> Expr:
    del expected
    session = scope.session
    value = scope.infer(node.value)
    if value.type.kind == "unknown":
        return value
    picks: dict[int, Pick] = {}
    args = [value]
    for place, item in enumerate(node.items):
        axis = _axis_of(scope, value, item, place)
        if axis is None:
            return session.unknown(node.span)
        if axis in picks:
            session.error("RW226", (item.span, ""), axis=item.axis or str(place))
            return session.unknown(node.span)
        pick = _pick(scope, value, axis, item, args)
        if pick is None:
            return session.unknown(node.span)
        picks[axis] = pick
    return _counted(scope, value, picks, args, _picked(scope, value, picks, args, node.span))


def _counted(
    scope: Scope, value: Expr, picks: dict[int, Pick], args: list[Expr], taken: Expr
) -> Expr:
    """A fault where a slot of a ragged axis was taken that does not count."""
    for n, pick in picks.items():
        axis = value.type.axes[n]
        if axis.cap is not None and pick.kind in ("at", "take"):
            at = const(scope.session, pick.start, taken.span)
            place = at if pick.kind == "at" else args[pick.arg]
            taken = counts(scope, taken, axis, place, taken.span)
    return taken


def _axis_of(scope: Scope, value: Expr, item: ast.IndexItem, place: int) -> int | None:
    axes = value.type.axes
    if item.axis is None:
        if place < len(axes):
            return place
        label = (value.span, f"this is {described(value.type)}")
        scope.session.error("RW225", (item.span, ""), label, shape=show(axes))
        return None
    names = [a.name for a in axes]
    if item.axis in names:
        return names.index(item.axis)
    label = (value.span, f"this is {described(value.type)}")
    known = ", ".join(f"`{n}`" for n in names if n) or "none"
    scope.session.error("RW227", (item.span, ""), label, axis=item.axis, known=known)
    return None


def _pick(
    scope: Scope, value: Expr, axis: int, item: ast.IndexItem, args: list[Expr]
) -> Pick | None:
    size = value.type.axes[axis].size
    if isinstance(item.value, ast.Slice):
        if size is None or value.type.axes[axis].cap is not None:
            return _open_slice(scope, value.type.axes[axis], item.value)
        return _slice(scope, item.value, size)
    if lies_within(scope.session, value.type.axes, value.type.axes[axis].name, item.span):
        return None
    enum = _axis_enum(scope, value.type.axes[axis])
    place = scope.infer(item.value, enum)
    if place.type.kind == "unknown":
        return None
    if place.type.kind not in ("int", "enum") or place.type.axes:
        scope.session.error("RW223", (place.span, f"this is {described(place.type)}"))
        return None
    if place.op == "const":
        if size is None and place.attr >= 0:  # beyond the end is a fault
            return Pick("at", start=place.attr)
        size = size or 0
        if not 0 <= place.attr < size:
            _report_out_of_range(scope, place.span, place.attr, size)
            return None
        return Pick("at", start=place.attr)
    if place.type.kind == "int":
        domain = Range(0, size - 1 if size is not None else float("inf"))
        if place.range.lo < 0 or place.range.hi > domain.hi:
            add_risk(scope.session, "RW242", "index", place, domain)
    args.append(place)
    return Pick("take", arg=len(args) - 1)


def _open_slice(scope: Scope, axis: Axis, node: ast.Slice) -> Pick | None:
    """All of an axis whose size is not known; a part of it would have no size either."""
    if node.start is None and node.stop is None:
        return ALL
    scope.session.error("RW265", (node.span, ""), what="a slice", axis=axis.name or "")
    return None


def _axis_enum(scope: Scope, axis: Axis) -> Enum | None:
    """An axis may be named by an enum: its members are the places."""
    return scope.module.enum(axis.name) if axis.name is not None else None


def _slice(scope: Scope, node: ast.Slice, size: int) -> Pick | None:
    start = _whole(scope, node.start, 0)
    stop = _whole(scope, node.stop, size)
    if start is None or stop is None:
        return None
    if not 0 <= start < stop <= size:
        scope.session.error("RW228", (node.span, ""), start=start, stop=stop, size=size)
        return None
    return Pick("slice", start, stop)


def _whole(scope: Scope, node: ast.Expr | None, default: int) -> int | None:
    if node is None:
        return default
    value: Fraction | None = exact(scope, node)
    if value is None or value.denominator != 1:
        scope.session.error("RW224", (node.span, ""), what="an end of a slice")
        return None
    return int(value)


def _report_out_of_range(scope: Scope, span: Span, place: int, size: int) -> None:
    hint = f"the last one is {size - 1}" if place < 0 else None
    scope.session.error("RW229", (span, ""), place=place, size=size, last=size - 1, hint=hint)


def _picked(
    scope: Scope, value: Expr, picks: dict[int, Pick], args: list[Expr], span: Span
) -> Expr:
    all_picks = tuple(picks.get(n, ALL) for n in range(len(value.type.axes)))
    axes = []
    for axis, pick in zip(value.type.axes, all_picks, strict=True):
        if pick.kind == "all":
            axes.append(axis)
        elif pick.kind == "slice":
            axes.append(Axis(axis.name, pick.stop - pick.start))
    level = value.level
    for arg in args[1:]:
        level = level.join(arg.level)
    type_ = Type(value.type.kind, value.type.unit, tuple(axes), value.type.enum)
    return scope.session.make("index", tuple(args), all_picks, type_, level, value.range, span)


def retitled(scope: Scope, value: Expr, axes: tuple[Axis, ...], span: Span) -> Expr:
    """The same value with its axes named anew: an index that takes all of each."""
    type_ = Type(value.type.kind, value.type.unit, axes, value.type.enum)
    picks = (ALL,) * len(axes)
    return scope.session.make("index", (value,), picks, type_, value.level, value.range, span)
