"""Records of a window, which a buffer keeps, and of the past, which a cell does.

The merging of a record is plain arithmetic (builtins/records.py), so it runs over nodes as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from rewardlang.builtins.records import RECORDS
from rewardlang.ir.builder.state import Samples
from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Form, Op
from rewardlang.types import Index


def record(samples: Samples, name: str, leaf: list[Op], length: int, index: Index) -> list[Op]:
    """The record of the last `length` samples; `leaf` is that of this sample alone."""
    make = samples.make
    window = samples.window(name, _joined(make, leaf), length, index)
    return _parts(make, window)


def running(samples: Samples, name: str, leaf: list[Op], index: Index) -> list[Op]:
    """The record of all samples so far."""
    make = samples.make
    cell = samples.name(f"{name} over past")
    before = _parts(make, make.cell(cell, _joined(make, leaf).form))
    merged = RECORDS[name].merge(
        None, *(tuple(_Number(make, p) for p in r) for r in (before, leaf))
    )
    parts = [number.op for number in merged]
    samples.store(cell, _joined(make, parts), index)
    return parts


def _joined(make: Maker, parts: list[Op]) -> Op:
    shape = parts[0].form.shape
    return make.node("stack", tuple(parts), Form("wide", (len(parts), *shape)))


def _parts(make: Maker, whole: Op) -> list[Op]:
    return [make.take(whole, make.const(n), 0) for n in range(whole.form.shape[0])]


@dataclass(frozen=True, eq=False)
class _Number:
    """A node that can be calculated with."""

    make: Maker
    op: Op

    def _apply(self, name: str, a: _Number | float, b: _Number | float) -> _Number:
        return _Number(self.make, self.make.apply(name, self._node(a), self._node(b)))

    def _node(self, x: _Number | float) -> Op:
        if not isinstance(x, _Number):
            return self.make.const(float(x), "wide")
        if x.op.form.kind == "bool":
            return self.make.to("wide", self.make.to("int", x.op))
        return x.op

    def __add__(self, other: _Number) -> _Number:
        return self._apply("add", self, other)

    def __radd__(self, other: float) -> _Number:
        return self._apply("add", other, self)

    def __sub__(self, other: _Number) -> _Number:
        return self._apply("sub", self, other)

    def __mul__(self, other: _Number) -> _Number:
        return self._apply("mul", self, other)

    def __rmul__(self, other: float) -> _Number:
        return self._apply("mul", other, self)

    def __truediv__(self, other: _Number) -> _Number:
        return self._apply("div", self, other)

    def __eq__(self, other: object) -> _Number:  # type: ignore[override]
        assert isinstance(other, int)
        return self._apply("eq", self, other)
