"""Windows that are asked for their order: median quantile rank argmin argmax, and mad.

    median quantile rank    the window in ascending order, kept from sample to sample: all that
                            ask one window share it
    argmin argmax           a record that merges
    mad                     the mean of the window, then one pass over it

What `where` leaves out stands in the order as +inf: then what counts, n samples, comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.builtins.order import TIES
from rewardlang.check.typed import Fold
from rewardlang.ir.builder.records import record
from rewardlang.ir.ops import Op
from rewardlang.types import Index

if TYPE_CHECKING:
    from rewardlang.ir.builder.expressions import Expressions
    from rewardlang.ir.builder.statistics import Found, Sample

_FAR = float("inf")
_WORD = 2**32


def ordered(build: Expressions, given: Sample, what: Fold, index: Index) -> Found:
    """A statistic of a window, and where there is none."""
    window = _Window(build, given, what.steps, index)
    match what.name:
        case "argmin" | "argmax":
            return window.arg(what.name == "argmin")
        case "rank":
            none = None if given.mask is None else window.make.apply("not", given.mask)
            return window.rank(what.ties), none
        case "quantile":
            return window.quantile(given.others[0]), window.none
        case "median":
            return window.median(), window.none
    return window.mad(), window.none


class _Window:
    """The last `length` samples; `n` of them count."""

    def __init__(self, build: Expressions, given: Sample, length: int, index: Index) -> None:
        self.make, self.samples = build.make, build.samples
        self.x, self.mask, self.length, self.index = given.x, given.mask, length, index
        make = self.make
        self.size = make.apply("min", self.samples.count(index), make.const(length))
        self.n = make.to("wide", self.size)
        self.none: Op | None = None
        if self.mask is not None:
            counts = make.to("wide", make.to("int", self.mask))
            counts = make.expand(counts, self.x.form.shape)
            self.n = self.samples.window("sum", counts, length, index)
            self.none = make.apply("eq", self.n, self._number(0))

    def median(self) -> Op:
        make, half = self.make, self._number(0.5)
        places = [make.apply("sub", self.n, self._number(1)), self.n]
        a, b = (self._kth(make.apply("mul", place, half)) for place in places)
        middle = make.apply("add", make.apply("mul", a, half), make.apply("mul", b, half))
        return make.select(make.apply("eq", a, b), a, middle)

    def quantile(self, q: Op) -> Op:
        """Between two neighbours in proportion, from the nearer one."""
        make, one = self.make, self._number(1)
        q = make.to("wide", q)
        last = make.apply("sub", self.n, one)
        place = make.apply("mul", q, last)
        low = make.to("wide", make.to("int", place))
        part = make.apply("sub", place, low)
        a = self._kth(low)
        b = self._kth(make.apply("min", make.apply("add", low, one), last))
        apart = make.apply("sub", b, a)
        up = make.apply("add", a, make.apply("mul", apart, part))
        down = make.apply("sub", b, make.apply("mul", apart, make.apply("sub", one, part)))
        nearer = make.select(make.apply("lt", part, self._number(0.5)), up, down)
        at_a = make.apply("or", make.apply("eq", part, self._number(0)), make.apply("eq", a, b))
        inside = make.apply("and", make.apply("ge", q, self._number(0)), make.apply("le", q, one))
        return make.select(inside, make.select(at_a, a, nearer), make.fault("wide"))

    def rank(self, ties: int) -> Op:
        """Of the newest sample, the last of its equals."""
        make, one = self.make, self._number(1)
        x = self._counted(self.x, _FAR)

        def below(way: int) -> Op:
            return make.to("wide", self.samples.below(x, way, self.length, self.index))

        up_to = below(1)
        if self.mask is not None:
            up_to = make.apply("min", up_to, self.n)
        match TIES[ties]:
            case "min":
                return make.apply("add", below(0), one)
            case "dense":
                return make.apply("add", below(2), one)
            case "first":
                return up_to
        twice = make.apply("add", make.apply("add", below(0), one), up_to)
        return make.apply("mul", twice, self._number(0.5))

    def mad(self) -> Op:
        make = self.make
        wide = self._counted(make.to("wide", self.x), 0.0)
        total = self.samples.window("sum", wide, self.length, self.index)
        mean = make.apply("div", total, self.n)
        away = self.samples.away(self._counted(self.x, _FAR), mean, self.length, self.index)
        return make.apply("div", away, self.n)

    def arg(self, least: bool) -> Found:
        """The place of the least or largest: samples are numbered, from 1, by the count so far."""
        make = self.make
        x = make.apply("neg", self.x) if least else self.x
        if x.form.kind == "int":  # in two halves, which float64 holds exactly
            word = make.const(_WORD)
            halves = [make.apply("floordiv", x, word), make.apply("mod", x, word)]
            name, keys = "most_of_two", [make.to("wide", half) for half in halves]
        else:
            name, keys = "most", [make.to("wide", x)]
        keys = [self._counted(key, -_FAR if i == 0 else 0.0) for i, key in enumerate(keys)]
        number = make.to("wide", self.samples.count(self.index))
        number = self._counted(number, 0.0)
        no_fault = make.apply("ge", keys[0], self._number(-_FAR))  # of a fault, a fault
        number = make.select(no_fault, number, self._number(0))
        found = record(self.samples, name, [*keys, number], self.length, self.index)[-1]
        before = make.apply("sub", self.samples.count(self.index), self.size)
        place = make.apply("sub", make.apply("sub", found, before), self._number(1))
        none = None if self.mask is None else make.apply("eq", found, self._number(0))
        return place, none

    def _kth(self, k: Op) -> Op:
        """The k-th smallest of what counts, k being rounded down."""
        make = self.make
        x, k = self._counted(self.x, _FAR), make.to("int", k)
        return make.to("wide", self.samples.kth(x, k, self.length, self.index))

    def _counted(self, x: Op, nothing: float) -> Op:
        """x, and `nothing` where it does not count."""
        if self.mask is not None:
            x = self.make.select(self.mask, x, self.make.const(nothing, x.form.kind))
        return self.make.expand(x, self.x.form.shape)

    def _number(self, value: float) -> Op:
        return self.make.const(float(value), "wide")
