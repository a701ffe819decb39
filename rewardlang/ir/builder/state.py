"""Cells and buffers: everything a program remembers, and the questions asked of the past.

A per-step value has its first sample at the first transition (t = 1), a per-state value at the
reset (t = 0). All state is zero after a reset, so "is there a past" is asked of t.
"""

from __future__ import annotations

from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Buffer, Cell, Form, Op, below
from rewardlang.temporal.formula import Formula, walk
from rewardlang.temporal.semantics import MINMAX, Semantics
from rewardlang.types import Index

_PURE = (
    "const",
    "table",
    "apply",
    "take",
    "stack",
    "expand",
    "reduce",
    "align",
)  # of their operands alone


class Samples:
    def __init__(self, make: Maker) -> None:
        self.make = make
        self.cells: dict[str, Cell] = {}
        self.buffers: dict[str, Buffer] = {}
        self._open: dict[str, Form] = {}
        self._storing: dict[tuple[int, bool], str] = {}  # what is stored, and from which sample on

    def first(self, index: Index) -> Op:
        """Is this the first sample of a value at that level?"""
        start = 0 if index is Index.STATE else 1
        return self.make.apply("eq", self.make.signal("t"), self.make.const(start))

    def count(self, index: Index) -> Op:
        """How many samples there are, this one included."""
        t = self.make.signal("t")
        return self.make.apply("add", t, self.make.const(1)) if index is Index.STATE else t

    def name(self, what: str) -> str:
        return f"{what} {len(self.cells) + len(self.buffers) + len(self._open)}"

    def store(self, name: str, value: Op, index: Index) -> None:
        """After every sample, the cell holds `value`."""
        reset = value if index is Index.STATE else None
        self.cells[name] = Cell(name, value.form, value, reset)
        self._storing.setdefault((value.number, reset is not None), name)

    def before(self, what: str, value: Op, index: Index) -> Op:
        """`value` at the last sample; zero on the first."""
        known = self._storing.get((value.number, index is Index.STATE))
        if known is not None:
            return self.make.cell(known, value.form)
        if index is Index.STATE and (of_state := self._before_arrival(value)) is not None:
            return of_state
        name = f"{what} of {value.number}"
        self.store(name, value, index)
        return self.make.cell(name, value.form)

    def arrive(self, name: str, start: Op, value: Op) -> Op:
        """`start` at reset, where cells are zero; after a step `value`, which the cell holds."""
        arrival = self.make.node("arrival", (start, value), value.form)
        self.store(name, value, Index.STEP)
        self._storing[arrival.number, True] = name
        return arrival

    def _before_arrival(self, value: Op) -> Op | None:
        """What follows from arrivals and constants alone, as it was at the last sample; else None.

        It needs no cell of its own, and is right for a state that was put there from outside.
        """
        done: dict[int, Op] = {}
        arrived = False
        for op in below(value):
            known = self._storing.get((op.number, True)) if op.kind == "arrival" else None
            if known is not None:
                done[op.number], arrived = self.make.cell(known, op.form), True
            elif op.kind in _PURE and all(a.number in done for a in op.args):
                args = tuple(done[a.number] for a in op.args)
                done[op.number] = self.make.node(op.kind, args, op.form, op.attr)
        return done.get(value.number) if arrived else None

    def latch(self, name: str, value: Op) -> Op:
        """`value` as it was at reset."""
        self.cells[name] = Cell(name, value.form, None, value)
        return self.make.node("latch", (value,), value.form, name)

    def open(self, name: str, form: Form) -> Op:
        """What a cell holds whose update is only known later (see `complete`)."""
        self._open[name] = form
        return self.make.cell(name, form)

    def complete(self, name: str, value: Op, index: Index) -> None:
        """The update of a cell that was opened, now that it is built."""
        form = self._open.pop(name, None)
        if form is not None:
            if value.form.kind != form.kind:
                value = self.make.to(form.kind, value)
            self.store(name, self.make.expand(value, form.shape), index)

    def lag(self, value: Op, length: int, index: Index) -> Op:
        """`value` `length` samples ago; zeros before there was one."""
        name = self._buffer(value, length, None, index)
        return self.make.node("lag", (value,), value.form, name)

    def window(self, fold: str, value: Op, length: int, index: Index) -> Op:
        """sum, prod, min, max or a record of the last `length` samples, this one included."""
        name = self._buffer(value, length, fold, index)
        return self.make.node("window", (value,), value.form, name)

    def kth(self, value: Op, k: Op, length: int, index: Index) -> Op:
        """The k-th smallest of the last `length` samples, from 0."""
        name = self._buffer(value, length, "order", index)
        return self.make.node("kth", (value, k), value.form, name)

    def below(self, value: Op, way: int, length: int, index: Index) -> Op:
        """How many of the last `length` samples are below the newest (see ir/ops.py)."""
        name = self._buffer(value, length, "order", index)
        form = Form("int", value.form.shape)
        return self.make.node("below", (value, self.make.const(way)), form, name)

    def away(self, value: Op, centre: Op, length: int, index: Index) -> Op:
        """The sum of the distances of the last `length` samples from a number."""
        name = self._buffer(value, length, None, index)
        return self.make.node("away", (value, centre), Form("wide", value.form.shape), name)

    def tail(
        self,
        value: Op,
        asked: Op,
        length: int,
        formulas: tuple[Formula, ...],
        index: Index,
        semantics: Semantics = MINMAX,
        gathered: bool = False,
    ) -> Op:
        """Of each formula its value over the last `length` samples, as a trace, where asked for; or
        the record of what they gather."""
        name = f"{' and '.join(map(str, formulas))} of the last {length} of {value.number}"
        if semantics.is_smooth:
            weights = [node.weights for f in formulas for node in walk(f) if node.weights]
            name += f", {'record of ' if gathered else ''}{semantics!r} {weights}"
        at_reset = index is Index.STATE
        self.buffers[name] = Buffer(
            name, value.form, length, None, at_reset, value, formulas, semantics, gathered
        )
        width = semantics.width if gathered else len(formulas)
        return self.make.node("tail", (value, asked), Form(value.form.kind, (width,)), name)

    def _buffer(self, value: Op, length: int, fold: str | None, index: Index) -> str:
        name = f"{fold or 'lag'} of the last {length} of {value.number}"
        at_reset = index is Index.STATE
        self.buffers[name] = Buffer(name, value.form, length, fold, at_reset, value)
        return name
