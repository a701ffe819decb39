"""Reductions: over axes of a value, over its past, over a window of it, over the episode.

Each is written from a few primitives, so that a backend knows six folds and no more:

    mean(x over leg where m)   sum(select(m, x, 0)) / count(m)
    std(x over leg)            sqrt(mean((x - mean(x)) ^ 2))            two passes
    var(x over past)           Welford's recurrence in three cells
    mean(x over last n)        window sum / number of samples in it

Over samples, sums run in float64 and are rounded once. A `where` mask guards faults as `if` does.
What has no value (the mean of nothing) is its `else`, or a fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rewardlang.check.typed import Expr, Fold
from rewardlang.ir.builder.axes import align
from rewardlang.ir.builder.statistics import (
    BY_RECORD,
    STATISTICS,
    Sample,
    over_axes,
    over_samples,
)
from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Form, Op
from rewardlang.types import Index

if TYPE_CHECKING:
    from rewardlang.ir.builder.expressions import Expressions

_MOST = 2**63 - 1  # the largest int; the smallest is a fault
_EMPTY = {"min": float("inf"), "max": float("-inf"), "prod": 1, "sum": 0, "any": 0, "all": 1}


@dataclass(frozen=True)
class Operands:
    """What is folded, laid out alike: `mask` is None where everything counts."""

    x: Op
    mask: Op | None
    default: Op | None
    others: tuple[Op, ...] = ()


def _operands(build: Expressions, e: Expr) -> Operands:
    what: Fold = e.attr
    axes = e.args[0].type.axes
    x = build.build(e.args[0])
    others = tuple(build.build(a) for a in e.args[1 : what.operands])
    rest = list(e.args[what.operands :])
    mask = default = None
    if what.has_where:
        masked = rest.pop(0)
        mask = align(build.make, build.build(masked), masked.type.axes, axes)
    if what.has_else:
        default = build.build(rest.pop(0))
    if x.form.kind == "bool" and what.name in ("sum", "mean", "count", "var", "std", "prod"):
        x = build.make.to("int", x)
    return Operands(x, mask, default, others)


def _neutral(make: Maker, x: Op, mask: Op | None, fold: str) -> Op:
    """x where it counts, and what does not change the fold elsewhere."""
    if mask is None:
        return x
    nothing = _EMPTY[fold]
    if x.form.kind == "int" and fold in ("min", "max"):
        nothing = _MOST if fold == "min" else -_MOST
    return make.select(mask, x, make.const(nothing, x.form.kind))


def _result(make: Maker, e: Expr, value: Op, empty: Op | None, default: Op | None) -> Op:
    """The value in its declared kind, with its `else` (or a fault) where there is nothing."""
    kind = "int" if e.type.kind == "enum" else e.type.kind
    value = make.to(kind, value)
    if empty is None:
        return value
    otherwise = make.fault(kind) if default is None else make.to(kind, default)
    return make.select(empty, otherwise, value)


# ---- over axes ------------------------------------------------------------------------------


def reduce(build: Expressions, e: Expr) -> Op:
    make, what = build.make, e.attr
    given = _operands(build, e)
    x, axes = given.x, what.axes
    if what.name in STATISTICS:
        sample = Sample(x, given.others, given.mask)
        value, empty = over_axes(make, sample, what, given.default)
        return _result(make, e, value, empty, given.default)
    count, empty = _count(make, given, axes)
    match what.name:
        case "sum" | "prod" | "any" | "all":
            return make.to(e.type.kind, make.reduce(what.name, _all(make, given, what.name), axes))
        case "count":
            return make.reduce("sum", _all(make, given, "sum"), axes)
        case "min" | "max":
            value = make.reduce(what.name, _all(make, given, what.name), axes)
            return _result(make, e, value, empty, given.default)
        case "norm":
            squares = make.apply("mul", make.to("real", x), make.to("real", x))
            masked = _neutral(make, squares, given.mask, "sum")
            return make.apply("sqrt", make.reduce("sum", masked, axes))
        case "mean":
            value = make.apply("div", make.reduce("sum", _all(make, given, "sum"), axes), count)
            return _result(make, e, value, empty, given.default)
    value, empty = _spread(make, given, axes, count, what)
    return _result(make, e, value, empty, given.default)


def _all(make: Maker, given: Operands, fold: str) -> Op:
    return _neutral(make, given.x, given.mask, fold)


def _count(make: Maker, given: Operands, axes: tuple[int, ...]) -> tuple[Op, Op | None]:
    """How many elements count, as a real, and whether that is none."""
    size = 1
    for axis in axes:
        size *= given.x.form.shape[axis]
    if given.mask is None:
        return make.const(float(size)), make.const(True) if size == 0 else None
    ones = make.expand(make.to("int", given.mask), given.x.form.shape)
    count = make.reduce("sum", ones, axes)
    return make.to("real", count), make.apply("eq", count, make.const(0))


def _spread(
    make: Maker, given: Operands, axes: tuple[int, ...], count: Op, what: Fold
) -> tuple[Op, Op]:
    """var or std in two passes: E[x^2] - E[x]^2 loses all digits when the mean is large."""
    x = make.to("real", given.x)
    total = make.reduce("sum", _neutral(make, x, given.mask, "sum"), axes)
    mean = make.apply("div", total, count)
    kept = tuple(None if i in axes else i for i in range(len(x.form.shape)))
    place = iter(range(len(mean.form.shape)))
    mean = make.align(mean, tuple(None if k is None else next(place) for k in kept))
    away = make.apply("sub", x, mean)
    squares = _neutral(make, make.apply("mul", away, away), given.mask, "sum")
    freedom = make.apply("sub", count, make.const(float(what.ddof)))
    value = make.apply("div", make.reduce("sum", squares, axes), freedom)
    empty = make.apply("le", freedom, make.const(0.0))
    return (make.apply("sqrt", value) if what.name == "std" else value), empty


# ---- over samples ---------------------------------------------------------------------------


def fold(build: Expressions, e: Expr) -> Op:
    """Over the past, the episode (its last value is the one that is read) or a window."""
    given = _operands(build, e)
    index = e.args[0].level.index
    if e.attr.window == "last":
        return _window(build, e, given, index)
    return _running(build, e, given, index)


def _running(build: Expressions, e: Expr, given: Operands, index: Index) -> Op:
    make, what = build.make, e.attr
    if what.name in STATISTICS:
        value, empty = over_samples(build, Sample(given.x, given.others, given.mask), what, index)
        return _result(make, e, value, empty, given.default)
    if what.name in ("var", "std"):
        spread, short = _welford(build, given, index, what)
        return _result(make, e, spread, short, given.default)
    if what.name in ("any", "all"):
        return _accumulate(build, what.name, _all(make, given, what.name), index)
    if what.name == "norm":
        x = make.to("wide", given.x)
        squares = _neutral(make, make.apply("mul", x, x), given.mask, "sum")
        total = _accumulate(build, "sum", squares, index)
        return _result(make, e, make.apply("sqrt", total), None, None)
    exact = given.x.form.kind == "int" and what.name in ("sum", "count", "prod", "min", "max")
    given = Operands(given.x if exact else make.to("wide", given.x), given.mask, given.default)
    primitive = {"mean": "sum", "count": "sum"}.get(what.name, what.name)
    if exact and given.mask is not None and primitive in ("min", "max"):
        given = Operands(make.to("wide", given.x), given.mask, given.default)
    value = _accumulate(build, primitive, _all(make, given, primitive), index)
    if what.name in ("sum", "count", "prod"):
        return _result(make, e, value, None, None)
    count, empty = _samples(build, given, index)
    if what.name == "mean":
        value = make.apply("div", value, make.to("wide", count))
    return _result(make, e, value, empty, given.default)


def _accumulate(build: Expressions, primitive: str, x: Op, index: Index) -> Op:
    make = build.make
    name = build.samples.name(f"{primitive} over past")
    before = make.cell(name, x.form)
    operation = {"sum": "add", "prod": "mul", "any": "or", "all": "and"}.get(primitive, primitive)
    value = make.apply(operation, before, x)
    if primitive not in ("sum", "any"):  # the others do not start from the zero a reset leaves
        value = make.select(build.samples.first(index), x, value)
    build.samples.store(name, value, index)
    return value


def _samples(build: Expressions, given: Operands, index: Index) -> tuple[Op, Op | None]:
    """How many samples count so far, and whether that is none."""
    if given.mask is None:
        return build.samples.count(index), None
    count = _accumulate(build, "sum", build.make.to("int", given.mask), index)
    return count, build.make.apply("eq", count, build.make.const(0))


def _welford(build: Expressions, given: Operands, index: Index, what: Fold) -> tuple[Op, Op]:
    """Mean and sum of squared deviations, one sample at a time (Welford 1962)."""
    make = build.make
    x = make.to("wide", given.x)
    count, _ = _samples(build, given, index)
    names = [build.samples.name("mean over past"), build.samples.name("deviations over past")]
    form = Form("wide", x.form.shape)
    mean, deviations = (make.cell(name, form) for name in names)
    away = make.apply("sub", x, mean)
    moved = make.apply("add", mean, make.apply("div", away, make.to("wide", count)))
    grown = make.apply("add", deviations, make.apply("mul", away, make.apply("sub", x, moved)))
    if given.mask is not None:
        moved = make.select(given.mask, moved, mean)
        grown = make.select(given.mask, grown, deviations)
    build.samples.store(names[0], moved, index)
    build.samples.store(names[1], grown, index)
    freedom = make.apply("sub", count, make.const(what.ddof))
    value = make.apply("div", grown, make.to("wide", freedom))
    empty = make.apply("le", freedom, make.const(0))
    return (make.apply("sqrt", value) if what.name == "std" else value), empty


# ---- over a window --------------------------------------------------------------------------


def _window(build: Expressions, e: Expr, given: Operands, index: Index) -> Op:
    """Windows run over float64, whose NaN is a fault that no arithmetic can lose."""
    make, what, samples = build.make, e.attr, build.samples
    if what.name in STATISTICS or what.name in BY_RECORD:
        found, none = over_samples(build, Sample(given.x, given.others, given.mask), what, index)
        return _until_full(build, e, _result(make, e, found, none, given.default), given, index)
    x, length = make.to("wide", given.x), what.steps
    given = Operands(x, given.mask, given.default)
    value: Op
    if what.name in ("min", "max", "prod"):
        value = samples.window(what.name, _all(make, given, what.name), length, index)
    elif what.name in ("any", "all"):
        value = _vote(build, given, what, index)
    elif what.name == "norm":
        squares = _neutral(make, make.apply("mul", x, x), given.mask, "sum")
        value = make.apply("sqrt", samples.window("sum", squares, length, index))
    else:  # sum, count, mean
        value = samples.window("sum", _all(make, given, "sum"), length, index)
    count, empty = _in_window(build, given, length, index)
    if what.name == "mean":
        value = make.apply("div", value, make.to("wide", count))
    if what.name in ("sum", "prod", "count", "any", "all", "norm"):
        empty = None
    return _until_full(build, e, _result(make, e, value, empty, given.default), given, index)


def _vote(build: Expressions, given: Operands, what: Fold, index: Index) -> Op:
    """any: one sample is 1; all: none is 0."""
    make = build.make
    fold, edge = ("max", 0.5) if what.name == "any" else ("min", 0.5)
    neutral = make.const(0.0 if what.name == "any" else 1.0, "wide")
    x = given.x if given.mask is None else make.select(given.mask, given.x, neutral)
    value = build.samples.window(fold, x, what.steps, index)
    return make.apply("gt", value, make.const(edge, "wide"))


def _in_window(
    build: Expressions, given: Operands, length: int, index: Index
) -> tuple[Op, Op | None]:
    make = build.make
    if given.mask is None:
        return make.apply("min", build.samples.count(index), make.const(length)), None
    mask = make.to("wide", make.to("int", given.mask))
    count = build.samples.window("sum", mask, length, index)
    return count, make.apply("eq", count, make.const(0.0, "wide"))


def _until_full(build: Expressions, e: Expr, value: Op, given: Operands, index: Index) -> Op:
    """With an `else`, that value stands until the window is full."""
    if given.default is None:
        return value
    make = build.make
    short = make.apply("lt", build.samples.count(index), make.const(e.attr.steps))
    return make.select(short, make.to(value.form.kind, given.default), value)
