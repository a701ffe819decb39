"""Statistics: spread and shape of values, how two go together, order.

Over axes they are written from folds in two passes; order statistics are array rows. Over samples
there are two ways:

    skew kurtosis cov corr wma ema, var std of a window    a record that merges
    median quantile rank mad argmin argmax of a window     see ordered.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rewardlang.check.typed import Fold
from rewardlang.ir.builder.ordered import ordered
from rewardlang.ir.builder.records import record, running
from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Op
from rewardlang.types import Index

if TYPE_CHECKING:
    from rewardlang.ir.builder.expressions import Expressions

BY_RECORD = ("var", "std", "skew", "kurtosis", "cov", "corr", "wma", "ema")
BY_ORDER = ("median", "quantile", "rank", "sort", "argmin", "argmax")
SHAPES = ("mad", "skew", "kurtosis", "cov", "corr")
STATISTICS = (*BY_RECORD[2:], *BY_ORDER, "mad", "cumsum")


@dataclass(frozen=True)
class Sample:
    """What a statistic is of, laid out alike; `mask` is None where everything counts."""

    x: Op
    others: tuple[Op, ...]
    mask: Op | None


Found = tuple[Op, Op | None]  # the value, and where there is none


# ---- over axes ------------------------------------------------------------------------------


def over_axes(make: Maker, given: Sample, what: Fold, default: Op | None) -> Found:
    if what.name in BY_ORDER or what.name == "cumsum":
        return _in_order(make, given, what, default)
    return _Moments(make, given, what.axes).statistic(what)


class _Moments:
    """Means of powers of deviations over some axes, in two passes."""

    def __init__(self, make: Maker, given: Sample, axes: tuple[int, ...]) -> None:
        self.make, self.axes, self.mask = make, axes, given.mask
        self.x = make.to("real", given.x) if given.x.form.kind != "wide" else given.x
        self.others = given.others
        self.kept = [i for i in range(len(self.x.form.shape)) if i not in axes]
        self.count, self.none = self._count()

    def statistic(self, what: Fold) -> Found:
        make = self.make
        away = self._away(self.x)
        if what.name == "mad":
            return self._mean(make.apply("abs", away)), self.none
        squares = make.apply("mul", away, away)
        if what.name in ("skew", "kurtosis"):
            return self._shape(what.name, away, squares), self._constant(self.x)
        beside = self._away(self.others[0])
        products = make.apply("mul", away, beside)
        if what.name == "cov":
            freedom = make.apply("sub", self.count, make.const(float(what.ddof)))
            value = make.apply("div", self._sum(products), freedom)
            return value, make.apply("le", freedom, make.const(0.0))
        spreads = (squares, make.apply("mul", beside, beside))
        value = correlation(make, self._sum(products), *(self._sum(s) for s in spreads))
        constant = make.apply("or", self._constant(self.x), self._constant(self.others[0]))
        return value, constant

    def _count(self) -> Found:
        make, shape = self.make, self.x.form.shape
        if self.mask is None:
            size = 1
            for axis in self.axes:
                size *= shape[axis]
            return make.const(float(size)), None
        ones = make.expand(make.to("int", self.mask), shape)
        count = make.reduce("sum", ones, self.axes)
        return make.to("real", count), make.apply("eq", count, make.const(0))

    def _sum(self, x: Op) -> Op:
        if self.mask is not None:
            x = self.make.select(self.mask, x, self.make.const(0.0, x.form.kind))
        return self.make.reduce("sum", self.make.expand(x, self.x.form.shape), self.axes)

    def _mean(self, x: Op) -> Op:
        return self.make.apply("div", self._sum(x), self.count)

    def _away(self, x: Op) -> Op:
        """Deviations from the mean."""
        mean = self._mean(x)
        places = [self.kept.index(i) if i in self.kept else None for i in range(len(x.form.shape))]
        return self.make.apply("sub", x, self.make.align(mean, tuple(places)))

    def _shape(self, name: str, away: Op, squares: Op) -> Op:
        make = self.make
        second = self._mean(squares)
        if name == "skew":
            return skewness(make, self._mean(make.apply("mul", squares, away)), second)
        return kurtosis(make, self._mean(make.apply("mul", squares, squares)), second)

    def _constant(self, x: Op) -> Op:
        """All that counts is equal, or nothing counts: asked of the values, not of rounded sums."""
        ends = []
        for fold, far in (("min", float("inf")), ("max", float("-inf"))):
            counted = x
            if self.mask is not None:
                counted = self.make.select(self.mask, x, self.make.const(far, x.form.kind))
            counted = self.make.expand(counted, self.x.form.shape)
            ends.append(self.make.reduce(fold, counted, self.axes))
        return self.make.apply("le", ends[1], ends[0])


def skewness(make: Maker, third: Op, second: Op) -> Op:
    """m3 / m2^1.5"""
    power = make.apply("mul", second, make.apply("sqrt", second))
    return make.apply("div", third, power)


def kurtosis(make: Maker, fourth: Op, second: Op) -> Op:
    """m4 / m2^2 - 3"""
    ratio = make.apply("div", fourth, make.apply("mul", second, second))
    return make.apply("sub", ratio, make.const(3.0, ratio.form.kind))


def correlation(make: Maker, products: Op, squares: Op, others: Op) -> Op:
    """Rounding cannot take it out of -1 .. 1."""
    scale = make.apply("mul", make.apply("sqrt", squares), make.apply("sqrt", others))
    ratio = make.apply("div", products, scale)
    low, high = (make.const(end, ratio.form.kind) for end in (-1.0, 1.0))
    return make.apply("clip", ratio, low, high)


def _in_order(make: Maker, given: Sample, what: Fold, default: Op | None) -> Found:
    """An array row along one axis, which is put last for it."""
    rank = len(given.x.form.shape)
    axis = what.axes[0]
    last = (*(i for i in range(rank) if i != axis), axis)
    back = tuple(last.index(i) for i in range(rank))
    x = given.x
    if what.name == "cumsum":
        if given.mask is not None:
            x = make.select(given.mask, x, make.const(0, x.form.kind))
        x = make.expand(x, given.x.form.shape)
        return make.align(make.call("cumsum", make.align(x, last)), back), None
    mask = make.const(True) if given.mask is None else given.mask
    mask = make.align(make.expand(mask, x.form.shape), last)
    x = make.align(x, last)
    match what.name:
        case "sort":
            lead = x.form.shape[:-1]
            rest = make.fault(x.form.kind) if default is None else make.to(x.form.kind, default)
            if rest.form.shape:  # the caller has laid it out as the result, alike along the axis
                raise ValueError("the places left of a sorted vector are filled with one number")
            return make.align(make.call("sort", x, mask, make.expand(rest, lead)), back), None
        case "rank":
            ranks = make.call("rank", x, mask, make.const(what.ties))
            ranks = make.align(ranks, back)
            return ranks, None if given.mask is None else make.apply("not", given.mask)
        case "quantile":
            value = make.call("quantile", x, mask, given.others[0])
        case _:
            value = make.call(what.name, x, mask)
    if given.mask is None:
        return value, None
    return value, make.apply("not", make.reduce("any", mask, (rank - 1,)))


# ---- over samples ---------------------------------------------------------------------------


def over_samples(build: Expressions, given: Sample, what: Fold, index: Index) -> Found:
    """Of the past, or of a window."""
    if what.window == "last" and what.name not in BY_RECORD:
        return ordered(build, given, what, index)
    make = build.make
    wide = tuple(make.to("wide", o) for o in given.others)
    given = Sample(make.to("wide", given.x), wide, given.mask)

    def summed(name: str, leaf: list[Op]) -> list[Op]:
        if what.window == "last":
            return record(build.samples, name, leaf, what.steps, index)
        return running(build.samples, name, leaf, index)

    one, zero = make.const(1.0, "wide"), make.const(0.0, "wide")

    def where_counted(parts: list[Op]) -> list[Op]:
        shape = given.x.form.shape
        if given.mask is None:
            return [make.expand(p, shape) for p in parts]
        return [make.expand(make.select(given.mask, p, zero), shape) for p in parts]

    x = given.x
    nothing = make.apply("sub", x, x)  # 0, and a fault where x is one: spread knows no faults alone
    match what.name:
        case "wma":
            weighted = summed("ramp", [make.expand(one, x.form.shape), *where_counted([x, x])])
            if given.mask is None:
                n = weighted[0]
                twice = make.apply("mul", n, make.apply("add", n, one))
                weights = make.apply("mul", twice, make.const(0.5, "wide"))
            else:
                leaf = [make.expand(one, x.form.shape), *where_counted([one, one])]
                weights = summed("ramp", leaf)[2]
            none = make.apply("le", weights, zero)
            return make.apply("div", weighted[2], weights), none
        case "ema":
            left = make.apply("sub", given.others[0], one)
            parts = [make.expand(left, x.form.shape), *where_counted([x, one])]
            found = summed("decaying", parts)
            return make.apply("div", found[1], found[2]), make.apply("le", found[2], zero)
        case "cov" | "corr":
            y = given.others[0]
            other = make.apply("sub", y, y)
            leaf = [one, x, y, nothing, other, make.apply("add", nothing, other)]
            return _joint(make, what, summed("together", where_counted(leaf)))
    width = {"skew": ("skewness", 2), "kurtosis": ("kurtosis", 3)}.get(what.name, ("spread", 1))
    return _single(make, what, summed(width[0], where_counted([one, x, *[nothing] * width[1]])))


def _single(make: Maker, what: Fold, parts: list[Op]) -> Found:
    """A statistic of one value from its (count, mean, second, third, fourth)."""
    count, second = parts[0], parts[2]
    zero = make.const(0.0, "wide")
    if what.name in ("var", "std"):
        freedom = make.apply("sub", count, make.const(float(what.ddof), "wide"))
        value = make.apply("div", second, freedom)
        value = make.apply("sqrt", value) if what.name == "std" else value
        return value, make.apply("le", freedom, zero)
    means = [make.apply("div", p, count) for p in parts[2:]]
    formula = skewness if what.name == "skew" else kurtosis
    return formula(make, means[-1], means[0]), make.apply("le", second, zero)


def _joint(make: Maker, what: Fold, parts: list[Op]) -> Found:
    count, _, _, squares, others, products = parts
    zero = make.const(0.0, "wide")
    if what.name == "cov":
        freedom = make.apply("sub", count, make.const(float(what.ddof), "wide"))
        return make.apply("div", products, freedom), make.apply("le", freedom, zero)
    constant = make.apply("or", make.apply("le", squares, zero), make.apply("le", others, zero))
    return correlation(make, products, squares, others), constant
