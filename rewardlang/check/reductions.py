"""Reductions: over the axes of a value, over the episode, over windows of the past.

`sum(x)` takes every axis, `sum(x over leg)` one; `mean(x over episode)` gives one value per
episode, known at its end; `max(x over last 20)` looks back. `where` narrows, `else` stands for
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from rewardlang.check.apply import apply, converted, described, fault
from rewardlang.check.axes import AxisClash, broadcast, show
from rewardlang.check.branches import is_condition, one_type
from rewardlang.check.fold_types import fold_range, fold_type
from rewardlang.check.forward import window as window_ahead
from rewardlang.check.levels import AT_END, join, remembered, varies_by_sample
from rewardlang.check.names import DATA_INDEXES
from rewardlang.check.pools import POOLED, pool
from rewardlang.check.ragged import only_counting, unreduced
from rewardlang.check.ranges import facts
from rewardlang.check.scope import Scope
from rewardlang.check.spans_of_time import samples_before
from rewardlang.check.statistics import (
    FORMS,
    Clauses,
    beside,
    enough,
    filled,
    fits_axes,
    fits_samples,
    form_of,
    operands,
    options,
)
from rewardlang.check.typed import Expr, Fold
from rewardlang.check.units import same_unit
from rewardlang.syntax import ast
from rewardlang.types import NO_UNIT, Index, Known, Level, Type

_PLAIN_FOLDS = ("sum", "mean", "min", "max", "prod", "any", "all", "count", "norm")
FOLDS = (*_PLAIN_FOLDS, *FORMS)
NEEDS_ELSE = ("mean", "min", "max", *(name for name in FORMS if name != "cumsum"))
OF_BOOLS = ("any", "all", "count")
EPISODE = ("episode", "completion")
LATER_INDEXES = ("step", "state", "token")


def is_reduction(node: ast.Call) -> bool:
    """`min` and `max` of several values are elementwise; `ema` without `over` is memory."""
    if node.function not in FOLDS or (node.function == "ema" and node.over is None):
        return False
    positional = [a for a in node.arguments if a.name is None]
    return node.function not in ("min", "max") or len(positional) < 2 or node.over is not None


def reduction(scope: Scope, node: ast.Call) -> Expr:
    session = scope.session
    values = operands(scope, node)
    if values is None:
        return session.unknown(node.span)
    at_other_samples = node.over is not None and _data_index(node.over) is not None
    inner = scope.without_facts() if at_other_samples else scope
    mask = inner.infer(node.where) if node.where is not None else None
    guarded = inner.with_facts(facts(session, mask, True)) if mask is not None else inner
    x, *others = [guarded.infer(value) for value in values]
    if mask is not None and not is_condition(session, mask, "`where`"):
        return session.unknown(node.span)
    return reduce(scope, node, x, mask, others)


def reduce(
    scope: Scope, node: ast.Call, x: Expr, mask: Expr | None, others: Sequence[Expr] = ()
) -> Expr:
    """The reduction of a checked operand, with the operands beside it."""
    session = scope.session
    default = scope.infer(node.otherwise, x.type.enum) if node.otherwise is not None else None
    chosen = options(scope, node)
    if x.type.kind == "unknown" or (default is not None and default.type.kind == "unknown"):
        return session.unknown(node.span)
    x_checked = _operand(scope, node, x)
    together = beside(scope, node, x_checked, others) if x_checked is not None else None
    if together is None or chosen is None:
        return session.unknown(node.span)
    x_checked, *rest = together
    clauses = Clauses(mask, default, chosen, tuple(rest))
    over = node.over
    index = _data_index(over) if over is not None else None
    if over is None or index is None:
        return _over_axes(scope, node, x_checked, clauses)
    if unreduced(session, x_checked, f"`over {index}`"):
        return session.unknown(node.span)
    if any(name in POOLED for name in over.names):
        return pool(scope, node, over, x_checked, clauses)
    if len(over.names) > 1 or over.excluding_self:
        session.error("RW190", (over.span, ""), what="a reduction over several indexes")
        return session.unknown(node.span)
    if index in LATER_INDEXES:
        session.error("RW190", (over.span if over else node.span, ""), what=f"`over {index}`")
        return session.unknown(node.span)
    if index == "following":
        return window_ahead(scope, node, x_checked, clauses)
    return _over_samples(scope, node, x_checked, clauses, index)


def _data_index(over: ast.Over) -> str | None:
    """The first index of data, or window, that is named; None if all are axes."""
    if over.window is not None:
        return over.window
    for name in over.names:
        if name in DATA_INDEXES or name == "past":
            return name
    return None


def _operand(scope: Scope, node: ast.Call, x: Expr) -> Expr | None:
    """The operand as the kind of number the fold works on, or None (reported)."""
    session, name, kind = scope.session, node.function, x.type.kind
    label = (x.span, f"this is {described(x.type)}")
    if name in OF_BOOLS:
        if kind != "bool":
            session.error("RW203", label, what=f"`{name}`")
            return None
        return x
    if kind == "bool" and name in ("sum", "mean"):
        return converted(session, x, "int" if name == "sum" else "real")
    if kind not in ("real", "int"):
        code = "RW201" if kind == "bool" else "RW204"
        args = {"operand": session.mention(x.span)} if kind == "bool" else {"kinds": kind}
        session.error(code, label, word=name, **args)
        return None
    stays = ("sum", "min", "max", "prod", "sort", "cumsum", "argmin", "argmax")
    return x if name in stays else converted(session, x, "real")


# ---- over axes --------------------------------------------------------------------------------


def _over_axes(scope: Scope, node: ast.Call, x: Expr, clauses: Clauses) -> Expr:
    session = scope.session
    x, mask = only_counting(scope, node, x, clauses.mask)
    clauses = replace(clauses, mask=mask)
    x = _as_wide_as_mask(scope, node, x, clauses.mask) or session.unknown(node.span)
    clauses = _laid_out(scope, clauses, x)
    axes = _reduced_axes(scope, node, x) if x.type.kind != "unknown" else None
    if axes is None or not fits_axes(scope, node, x, axes):
        return session.unknown(node.span)
    if not _else_where_needed(scope, node, clauses):
        return session.unknown(node.span)
    size, most = 1, 1.0
    for n in axes:
        size *= x.type.axes[n].size or 1
        most *= x.type.axes[n].size or float("inf")  # an open axis has a slot at least
    if clauses.mask is None and not enough(scope, node, size, clauses.options.ddof):
        return session.unknown(node.span)
    keeps = form_of(node.function).keeps
    kept = tuple(a for n, a in enumerate(x.type.axes) if keeps or n not in axes)
    fold = _fold_of(node, clauses, None, 0, axes)
    least = 0 if clauses.mask is not None else size
    return _folded(scope, node, x, clauses, fold, kept, x.level, (least, most))


def _fold_of(
    node: ast.Call,
    clauses: Clauses,
    window: Literal["past", "last", "episode"] | None,
    steps: int,
    axes: tuple[int, ...] = (),
) -> Fold:
    return Fold(
        node.function,
        axes,
        window,
        steps,
        clauses.mask is not None,
        ddof=clauses.options.ddof,
        operands=1 + len(clauses.others),
        ties=clauses.options.ties,
    )


def _laid_out(scope: Scope, clauses: Clauses, x: Expr) -> Clauses:
    """The second value of a pair has the axes of the first, which the mask may have widened."""
    if not clauses.others or not clauses.others[0].type.axes:
        return clauses
    others = tuple(filled(scope, o, x.type.axes) for o in clauses.others)
    return replace(clauses, others=others)


def _as_wide_as_mask(scope: Scope, node: ast.Call, x: Expr, mask: Expr | None) -> Expr | None:
    """The operand with the axes that only the mask has."""
    if mask is None or not mask.type.axes or x.type.kind == "unknown":
        return x
    met = broadcast(x.type.axes, mask.type.axes)
    if isinstance(met, AxisClash):
        labels = [(e.span, f"this is {show(e.type.axes)}") for e in (x, mask)]
        scope.session.error(met.code, (node.span, ""), *labels, left=met.left, right=met.right)
        return None
    if met == x.type.axes:
        return x
    type_ = replace(x.type, axes=met)
    return scope.session.make("fill", (x,), None, type_, x.level, x.range, x.span)


def _reduced_axes(scope: Scope, node: ast.Call, x: Expr) -> tuple[int, ...] | None:
    session, axes = scope.session, x.type.axes
    shown = (x.span, f"this is {described(x.type)}")
    if node.over is None:
        if not axes:
            hint = _samples_hint(node, x)
            session.error("RW220", shown, name=node.function, hint=hint)
            return None
        if sum(1 for a in axes if a.name is not None) > 1:
            names = ", ".join(a.name for a in axes if a.name is not None)
            session.error("RW231", shown, name=node.function, axes=names)
            return None
        if session.kept is not None and session.kept.name in [a.name for a in axes]:
            args = {"name": node.function, "axis": session.kept.name, "operand": x.span.text}
            session.error("RW263", shown, **args)
            return None
        return tuple(range(len(axes)))
    found = []
    for name in node.over.names:
        places = [n for n, a in enumerate(axes) if a.name == name]
        if not places:
            known = ", ".join(f"`{a.name}`" for a in axes if a.name) or "no named axis"
            session.error("RW227", (node.over.span, ""), shown, axis=name, known=known)
            return None
        found.append(places[0])
    return tuple(sorted(found))


def _samples_hint(node: ast.Call, x: Expr) -> str | None:
    if not varies_by_sample(x.level):
        return None
    text = x.span.text
    return f"`{node.function}({text} over episode)` or `{node.function}({text} over past)`"


def _else_where_needed(scope: Scope, node: ast.Call, clauses: Clauses) -> bool:
    """Only what has no value for nothing needs an `else`, and only where nothing can be left."""
    mask = clauses.mask
    if node.function not in NEEDS_ELSE or mask is None or node.otherwise or node.else_fault:
        return True
    if mask.range.lo >= 1:
        return True
    scope.session.error("RW307", (mask.span, "this can exclude everything"), name=node.function)
    return False


def _folded(
    scope: Scope,
    node: ast.Call,
    x: Expr,
    clauses: Clauses,
    fold: Fold,
    axes: tuple[object, ...],
    level: Level,
    counts: tuple[float, float],
) -> Expr:
    """The expression of a reduction whose axes and level are known."""
    session = scope.session
    type_ = fold_type(session, node.function, (x, *clauses.others), axes, counts)
    if type_ is None:
        return session.unknown(node.span)
    range_ = fold_range(node.function, x.range, counts)
    args = [x, *clauses.others]
    level = join(level, *(Level(Index.NONE, o.level.known) for o in clauses.others))
    if fold.window is None:
        level = join(level, *(o.level for o in clauses.others))
    if clauses.mask is not None:
        args.append(clauses.mask)
        level = join(level, Level(Index.NONE, clauses.mask.level.known))
    if node.else_fault:
        clauses = replace(clauses, default=fault(session, type_, node.span))
    if clauses.default is not None:
        default = _default(scope, node, type_, clauses.default)
        if default is None:
            return session.unknown(node.span)
        args.append(default)
        fold = replace(fold, has_else=True)
        type_ = replace(type_, unit=same_unit(type_.unit, default.type.unit) or NO_UNIT)
        level = join(level, Level(Index.NONE, default.level.known))
        range_ = range_.join(default.range)
    op = "reduce" if fold.window is None else "fold"
    return session.make(op, tuple(args), fold, type_, level, range_, node.span)


def _default(scope: Scope, node: ast.Call, type_: Type, default: Expr) -> Expr | None:
    """The `else` value as the result's kind; it has its unit and no axis that it lacks."""
    session = scope.session
    probe = session.make("unknown", (), node.span, type_, default.level, default.range, node.span)
    if default.type.kind == "int" and type_.kind == "real":
        default = converted(session, default, "real")
    if default.type.kind == "real" and type_.kind == "int" and default.op == "const":
        session.error(
            "RW230", (default.span, f"this is {described(default.type)}"), name=node.function
        )
        return None
    if one_type(session, (probe, default), f"`{node.function}` and its `else`", node.span) is None:
        return None
    if default.type.axes and broadcast(type_.axes, default.type.axes) != type_.axes:
        labels = ((default.span, f"this is {show(default.type.axes)}"),)
        session.error("RW209", *labels, left=show(type_.axes), right=show(default.type.axes))
        return None
    return default


# ---- over samples -----------------------------------------------------------------------------


def _over_samples(scope: Scope, node: ast.Call, x: Expr, clauses: Clauses, index: str) -> Expr:
    session = scope.session
    if not fits_samples(scope, node, "episode" if index in EPISODE else index):
        return session.unknown(node.span)
    x_level = join(x.level, *(o.level for o in clauses.others))
    if clauses.mask is not None:
        x_level = x_level.join(clauses.mask.level)
    if not varies_by_sample(x_level):
        counts_samples = node.function in ("count", "sum") and x.op == "const"
        if not counts_samples:
            shown = (x.span, f"this is {x_level}")
            session.error("RW305", shown, name=node.function, index=index)
            return session.unknown(node.span)
        x_level = Level(Index.STEP, Known.NOW)
    if x_level.known in (Known.END, Known.LAW):
        session.error("RW306", (x.span, f"this is {x_level}"), what=f"`over {index}`")
        return session.unknown(node.span)
    if not _else_where_needed(scope, node, clauses):
        return session.unknown(node.span)
    x = _as_wide_as_mask(scope, node, x, clauses.mask) or session.unknown(node.span)
    if x.type.kind == "unknown":
        return x
    clauses = _laid_out(scope, clauses, x)
    window: Literal["past", "last", "episode"] = "past"
    if index != "past":
        window = "episode" if index in EPISODE else "last"
    steps = 0
    if index == "last":
        extent = node.over.extent if node.over is not None else None
        found = samples_before(scope, extent) if extent is not None else None
        if found is None:
            return session.unknown(node.span)
        steps = found
        if not enough(scope, node, steps, clauses.options.ddof):
            return session.unknown(node.span)
    level = remembered(x_level)
    if window == "episode":
        level = Level(AT_END.index, max(AT_END.known, x_level.known))
    fold = _fold_of(node, clauses, window, steps)
    most = steps if index == "last" else float("inf")
    least = 0 if clauses.mask is not None else 1
    x = session.like(x, level=x_level)
    return _folded(scope, node, x, clauses, fold, x.type.axes, level, (least, most))


def dot(scope: Scope, node: ast.Call) -> Expr:
    """`dot(a, b)`: the sum of products of two vectors of one axis."""
    session = scope.session
    values = [scope.infer(a.value) for a in node.arguments if a.name is None]
    if len(values) != 2:
        session.error("RW206", (node.span, ""), name="dot", wanted="two vectors", given=len(values))
        return session.unknown(node.span)
    if any(v.type.kind == "unknown" for v in values):
        return session.unknown(node.span)
    if node.over is None and any(len(v.type.axes) != 1 for v in values):
        labels = [(v.span, f"this is {described(v.type)}") for v in values]
        session.error("RW215", *labels[::-1])
        return session.unknown(node.span)
    product = apply(session, "mul", values, node.span)
    if product.type.kind == "unknown":
        return product
    mask = scope.infer(node.where) if node.where is not None else None
    summed = replace(node, function="sum", arguments=node.arguments[:1])
    return reduce(scope, summed, product, mask)
