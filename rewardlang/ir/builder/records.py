"""Records of a window, which a buffer keeps, and of the past, which a cell does.

The merging of a record is plain arithmetic (builtins/records.py), so it runs over nodes as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from rewardlang.builtins.records import RECORDS
from rewardlang.ir.builder.state import Samples
from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Form, Op
from rewardlang.types import Index


def record(samples: Samples, name: str, leaf: list[Op], length: int, index: Index) -> list[Op]:
    """The record of the last `length` samples; `leaf` is that of this sample alone."""
    make = samples.make
    window = samples.window(name, stacked(make, leaf), length, index)
    return unstacked(make, window)


def running(samples: Samples, name: str, leaf: list[Op], index: Index) -> list[Op]:
    """The record of all samples so far."""
    make = samples.make
    cell = samples.name(f"{name} over past")
    before = unstacked(make, make.cell(cell, stacked(make, leaf).form))
    parts = merged(make, name, before, leaf)
    samples.store(cell, stacked(make, parts), index)
    return parts


def merged(make: Maker, name: str, older: list[Op], newer: list[Op]) -> list[Op]:
    nodes = Nodes(make)
    a, b = (tuple(Number(make, p) for p in r) for r in (older, newer))
    return [nodes.node(x) for x in RECORDS[name].merge(nodes, a, b)]


def stacked(make: Maker, parts: list[Op]) -> Op:
    shape = parts[0].form.shape
    return make.node("stack", tuple(parts), Form("wide", (len(parts), *shape)))


def unstacked(make: Maker, whole: Op) -> list[Op]:
    return [make.take(whole, make.const(n), 0) for n in range(whole.form.shape[0])]


@dataclass(frozen=True)
class Nodes:
    """What arithmetic takes from `np`, of nodes; of plain numbers it gives plain numbers."""

    make: Maker
    inf: float = math.inf

    def node(self, x: Number | float) -> Op:
        if not isinstance(x, Number):
            return self.make.const(float(x), "wide")
        if x.op.form.kind == "bool":
            return self.make.to("wide", self.make.to("int", x.op))
        return x.op

    def apply(self, name: str, *args: Number | float) -> Number:
        return Number(self.make, self.make.apply(name, *map(self.node, args)))

    def maximum(self, a: Number | float, b: Number | float) -> Number:
        return self.apply("max", a, b)

    def minimum(self, a: Number | float, b: Number | float) -> Number:
        return self.apply("min", a, b)

    def exp(self, x: Number) -> Number:
        return self.apply("exp", x)

    def expm1(self, x: Number) -> Number:
        return self.apply("expm1", x)

    def log1p(self, x: Number) -> Number:
        return self.apply("log1p", x)

    def abs(self, x: Number) -> Number:
        return self.apply("abs", x)

    def log(self, x: Number | float) -> Number | float:
        return self.apply("log", x) if isinstance(x, Number) else math.log(x)

    def where(self, condition: Number, a: Number | float, b: Number | float) -> Number:
        chosen = self.make.select(condition.op, self.node(a), self.node(b))
        return Number(self.make, chosen)


@dataclass(frozen=True, eq=False)
class Number:
    """A node that can be calculated with."""

    make: Maker
    op: Op

    def _apply(self, name: str, a: Number | float, b: Number | float) -> Number:
        return Nodes(self.make).apply(name, a, b)

    def __neg__(self) -> Number:
        return Nodes(self.make).apply("neg", self)

    def __add__(self, other: Number) -> Number:
        return self._apply("add", self, other)

    def __radd__(self, other: float) -> Number:
        return self._apply("add", other, self)

    def __sub__(self, other: Number) -> Number:
        return self._apply("sub", self, other)

    def __mul__(self, other: Number) -> Number:
        return self._apply("mul", self, other)

    def __rmul__(self, other: float) -> Number:
        return self._apply("mul", other, self)

    def __truediv__(self, other: Number) -> Number:
        return self._apply("div", self, other)

    def __lt__(self, other: float) -> Number:
        return self._apply("lt", self, other)

    def __gt__(self, other: float) -> Number:
        return self._apply("gt", self, other)

    def __ge__(self, other: float) -> Number:
        return self._apply("ge", self, other)

    def __eq__(self, other: object) -> Number:  # type: ignore[override]
        assert isinstance(other, int | float)
        return self._apply("eq", self, other)
