"""What each instruction means: a block of a plan walked one instruction at a time over a batch.

Every value is an array [rows, *shape]; a value of the prelude has one row and broadcasts. This file
is the meaning of a plan: the compiled backends must agree with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlang.backends import order
from rewardlang.backends.kinds import (
    FAULT,
    Array,
    cast,
    combine,
    dtype_of,
    is_fault,
    is_unfit,
    start_of,
)
from rewardlang.builtins.cores import parse_core
from rewardlang.builtins.table import table
from rewardlang.plan import Instruction, Plan, PlanBuffer, PlanCell, Slot
from rewardlang.runtime.kernel import Live, State
from rewardlang.temporal.formula import looks_back
from rewardlang.temporal.offline import robustness
from rewardlang.temporal.smooth import record


@dataclass
class Batch:
    """The rows computed together, what they read, and the values found so far by slot number.

    `clock` is t of these rows: 0 in a reset. `held` is what each value column gave at the row
    before, or None where nothing is held.
    """

    plan: Plan
    real: np.dtype[Any]
    inputs: Sequence[Array | None]
    state: State
    live: Live
    rows: Array
    environments: Array
    clock: Array
    terminated: Array | None = None
    truncated: Array | None = None
    held: Array | None = None
    values: dict[int, Array] = field(default_factory=dict)
    slots: dict[int, Slot] = field(default_factory=dict)
    faults: Array = field(init=False)

    def __post_init__(self) -> None:
        self.faults = np.zeros(len(self.rows), np.int64)

    def value(self, slot: int, shape: tuple[int, ...]) -> Array:
        """A slot's value with axes of size 1 before its own, so that it meets `shape` by row."""
        x = self.values[slot]
        missing = len(shape) - len(self.slots[slot].shape)
        return x.reshape(x.shape[0], *(1,) * missing, *x.shape[1:])

    def read_cell(self, cell: PlanCell) -> Array:
        size = int(np.prod(cell.shape, dtype=np.int64))
        bank = bank_of(self.state, cell.bank)
        x = bank[self.environments, cell.offset : cell.offset + size]
        return x.reshape(-1, *cell.shape).astype(dtype_of(cell.kind, self.real))

    def sample(self, buffer: PlanBuffer) -> Array:
        """The number of the sample that these rows push."""
        return self.clock if buffer.at_reset else self.clock - 1

    def read_ring(self, buffer: PlanBuffer, place: Array) -> Array:
        """The sample at `place` of each row's ring."""
        size = int(np.prod(buffer.shape, dtype=np.int64))
        columns = buffer.offset + place[:, None] * size + np.arange(size)
        return self._read(buffer, columns)

    def read_whole_ring(self, buffer: PlanBuffer) -> Array:
        size = buffer.length * int(np.prod(buffer.shape, dtype=np.int64))
        bank = bank_of(self.state, buffer.bank)
        x = bank[self.environments, buffer.offset : buffer.offset + size]
        x = x.reshape(-1, buffer.length, *buffer.shape)
        return x.astype(dtype_of(buffer.kind, self.real))

    def read_prefix(self, buffer: PlanBuffer) -> Array:
        size = int(np.prod(buffer.shape, dtype=np.int64))
        return self._read(buffer, buffer.prefix_offset + np.arange(size)[None, :])

    def _read(self, buffer: PlanBuffer, columns: Array) -> Array:
        x = bank_of(self.state, buffer.bank)[self.environments[:, None], columns]
        return x.reshape(-1, *buffer.shape).astype(dtype_of(buffer.kind, self.real))


Meaning = Callable[[Batch, Instruction], Array]


def bank_of(state: State, bank: str) -> Array:
    return {"real": state.real, "wide": state.wide, "int": state.int}[bank]


def walk(batch: Batch, block: Iterable[Instruction]) -> None:
    """Compute a block's instructions in order."""
    for instruction in block:
        slot = instruction.slot
        batch.slots[slot.number] = slot
        x = MEANING[instruction.op](batch, instruction)
        batch.values[slot.number] = np.asarray(x).astype(dtype_of(slot.kind, batch.real))


def _per_row(batch: Batch, at: Instruction, x: Array) -> Array:
    result: Array = x.reshape(x.shape[0], *at.slot.shape)
    return result


def _const(batch: Batch, at: Instruction) -> Array:
    return np.full((1, *at.slot.shape), at.attr, dtype_of(at.slot.kind, batch.real))


def _table(batch: Batch, at: Instruction) -> Array:
    x = np.array(at.attr, dtype_of(at.slot.kind, batch.real))
    return x.reshape(1, *at.slot.shape)


def _input(batch: Batch, at: Instruction) -> Array:
    number = next(i for i, x in enumerate(batch.plan.inputs) if x.name == at.attr)
    x = batch.inputs[number]
    assert x is not None, f"input {at.attr} was not given"
    per_episode = batch.plan.inputs[number].per == "episode"
    return _per_row(batch, at, x[batch.environments if per_episode else batch.rows])


def _param(batch: Batch, at: Instruction) -> Array:
    param = next(p for p in batch.plan.params if p.name == at.attr)
    live = batch.live.real_params if param.kind == "real" else batch.live.int_params
    x: Array = live[param.offset : param.offset + at.slot.size].reshape(1, *at.slot.shape)
    return x


def _signal(batch: Batch, at: Instruction) -> Array:
    if at.attr in ("steps", "episodes", "training"):
        return np.full(1, batch.live.run[["steps", "episodes", "training"].index(at.attr)])
    flags = batch.terminated if at.attr == "terminated" else batch.truncated
    return np.zeros(1, np.uint8) if flags is None else np.asarray(flags[batch.rows])


def _cell(batch: Batch, at: Instruction) -> Array:
    return batch.read_cell(next(c for c in batch.plan.cells if c.name == at.attr))


def _apply(batch: Batch, at: Instruction) -> Array:
    name, number = at.attr
    meaning = table()[name].overloads[number].numpy
    assert meaning is not None, f"{name} has no meaning in NumPy"
    result = meaning(np, *(batch.value(a, at.slot.shape) for a in at.args))
    return np.broadcast_to(result, (np.shape(result)[0], *at.slot.shape))


def _call(batch: Batch, at: Instruction) -> Array:
    name, number = at.attr
    overload = table()[name].overloads[number]
    assert overload.numpy is not None, f"{name} has no meaning in NumPy"
    result = overload.numpy(np, *(batch.values[a] for a in at.args))
    lead = at.slot.shape[: len(at.slot.shape) - len(parse_core(overload.core).result)]
    return np.broadcast_to(result, (np.shape(result)[0], *lead, *np.shape(result)[1 + len(lead) :]))


def _reduce(batch: Batch, at: Instruction) -> Array:
    fold, axes = at.attr
    kind = at.slot.kind
    source = batch.slots[at.args[0]]
    x = cast(batch.values[source.number], source.kind, kind, batch.real)
    rank = len(source.shape)
    gone = sorted(a % rank for a in axes)
    kept = [a for a in range(rank) if a not in gone]
    x = x.transpose(0, *(a + 1 for a in kept), *(a + 1 for a in gone))
    x = x.reshape(x.shape[0], *(source.shape[a] for a in kept), -1)
    start = start_of(fold, kind)
    if start is None and x.shape[-1] == 0:
        start = FAULT[kind]
    first = 0 if start is not None else 1
    total = np.full(x.shape[:-1], start, x.dtype) if start is not None else x[..., 0]
    for j in range(first, x.shape[-1]):
        total = combine(fold, kind, total, x[..., j])
    return _per_row(batch, at, total)


def _align(batch: Batch, at: Instruction) -> Array:
    x = batch.values[at.args[0]]
    x = x.transpose(0, *(axis + 1 for axis in at.attr if axis is not None))
    return _per_row(batch, at, x)


def _slice(batch: Batch, at: Instruction) -> Array:
    axis, start, stop = at.attr
    x: Array = batch.values[at.args[0]][(slice(None),) * (axis + 1) + (slice(start, stop),)]
    return x


def _take(batch: Batch, at: Instruction) -> Array:
    x, index = batch.values[at.args[0]], batch.values[at.args[1]]
    size = batch.slots[at.args[0]].shape[at.attr]
    rows = max(x.shape[0], index.shape[0])
    x = np.broadcast_to(np.moveaxis(x, at.attr + 1, 1), (rows, size, *at.slot.shape))
    index = np.broadcast_to(index.reshape(-1), (rows,))
    inside = (index >= 0) & (index < size)
    found = x[np.arange(rows), np.where(inside, index, 0)]
    inside = inside.reshape(-1, *(1,) * len(at.slot.shape))
    return np.where(inside, found, FAULT[at.slot.kind])


def _stack(batch: Batch, at: Instruction) -> Array:
    item = at.slot.shape[1:]
    items = [batch.value(a, item) for a in at.args]
    rows = max(x.shape[0] for x in items)
    return np.stack([np.broadcast_to(x, (rows, *item)) for x in items], axis=1)


def _expand(batch: Batch, at: Instruction) -> Array:
    x = batch.value(at.args[0], at.slot.shape)
    return np.broadcast_to(x, (x.shape[0], *at.slot.shape))


def _buffered(batch: Batch, buffer: PlanBuffer, slot: int) -> Array:
    """A slot's value as the buffer keeps it, one row each."""
    x = cast(batch.values[slot], batch.slots[slot].kind, buffer.kind, batch.real)
    return np.broadcast_to(x.reshape(x.shape[0], *buffer.shape), (len(batch.rows), *buffer.shape))


def _choose(condition: Array, a: Array, b: Array) -> Array:
    """Row by row: `a` where the condition holds."""
    return np.where(condition.reshape(-1, *(1,) * (a.ndim - 1)), a, b)


def _prefix(batch: Batch, buffer: PlanBuffer, x: Array) -> Array:
    """The fold of the current block with `x` as its newest sample."""
    assert buffer.fold is not None
    first = batch.sample(buffer) % buffer.length == 0
    return _choose(first, x, combine(buffer.fold, buffer.kind, batch.read_prefix(buffer), x))


def _window(batch: Batch, at: Instruction) -> Array:
    buffer = next(b for b in batch.plan.buffers if b.name == at.attr)
    assert buffer.fold is not None
    s = batch.sample(buffer)
    place = s % buffer.length
    prefix = _prefix(batch, buffer, _buffered(batch, buffer, at.args[0]))
    suffix = batch.read_ring(buffer, (place + 1) % buffer.length)
    alone = (s < buffer.length) | (place == buffer.length - 1)
    result = _choose(alone, prefix, combine(buffer.fold, buffer.kind, suffix, prefix))
    return cast(_per_row(batch, at, result), buffer.kind, at.slot.kind, batch.real)


def _last_samples(batch: Batch, buffer: PlanBuffer, slot: int) -> Array:
    x = _buffered(batch, buffer, slot)
    s = batch.sample(buffer)
    newest = np.minimum(s, buffer.length - 1)
    result = np.zeros((len(x), buffer.length, *buffer.shape), x.dtype)
    for j in range(buffer.length):
        before = batch.read_ring(buffer, (s - newest + j) % buffer.length)
        result[:, j] = _choose(newest == j, x, _choose(newest > j, before, np.zeros_like(x)))
    return result


def _tail(batch: Batch, at: Instruction) -> Array:
    """Each formula over the last samples as a trace, on the rows where it is asked for."""
    buffer = next(b for b in batch.plan.buffers if b.name == at.attr)
    asked = np.broadcast_to(batch.values[at.args[1]] == 1, len(batch.rows))
    result = np.zeros((len(batch.rows), *at.slot.shape))
    if asked.any():
        samples = _last_samples(batch, buffer, at.args[0])[asked]
        lengths = np.minimum(batch.sample(buffer) + 1, buffer.length)[asked]
        atoms = np.moveaxis(samples, 2, 0)
        if buffer.gathered:
            result[asked] = record(buffer.formulas, atoms, lengths, buffer.semantics)
            return result
        for n, formula in enumerate(buffer.formulas):
            value = robustness(formula, atoms, lengths, buffer.semantics)
            ends = lengths - 1 if looks_back(formula) else 0
            result[asked, n] = value[np.arange(len(value)), ends]
    return result


def _ordered(meaning: Callable[[Batch, PlanBuffer, Array, Array], Array]) -> Meaning:
    def ask(batch: Batch, at: Instruction) -> Array:
        buffer = next(b for b in batch.plan.buffers if b.name == at.attr)
        asked = batch.value(at.args[1], buffer.shape)
        return meaning(batch, buffer, _buffered(batch, buffer, at.args[0]), asked)

    return ask


def _lag(batch: Batch, at: Instruction) -> Array:
    buffer = next(b for b in batch.plan.buffers if b.name == at.attr)
    x = batch.read_ring(buffer, batch.sample(buffer) % buffer.length)
    return cast(_per_row(batch, at, x), buffer.kind, at.slot.kind, batch.real)


def _lattice(batch: Batch, at: Instruction) -> Array:
    before, x = (batch.values[a] for a in at.args)
    rows = max(len(before), len(x))
    result = np.full((rows, *at.slot.shape), -np.inf)
    for n, ways in enumerate(at.attr):
        for source, literals in ways:
            way = before[:, source]
            for number in literals:
                way = np.minimum(way, x[:, number])
            result[:, n] = np.maximum(result[:, n], way)
    return result


def _gather(batch: Batch, at: Instruction) -> Array:
    semantics, weights = at.attr
    record, *operands = (batch.values[a] for a in at.args)
    parts = tuple(np.moveaxis(record, 1, 0))
    for n, x in enumerate(operands):
        newer = semantics.enter(np, x, weights[n]) if weights else tuple(np.moveaxis(x, 1, 0))
        parts = semantics.merge(np, parts, newer)
    return np.stack(np.broadcast_arrays(*parts), axis=1)


def _worth(batch: Batch, at: Instruction) -> Array:
    record = batch.values[at.args[0]]
    return np.asarray(at.attr.leave(np, tuple(np.moveaxis(record, 1, 0))))


def _settle(batch: Batch, at: Instruction) -> Array:
    kind, shape = at.slot.kind, at.slot.shape
    sink = next(s for s in batch.plan.sinks if s.number == at.attr)
    raw = np.broadcast_to(batch.value(at.args[0], shape), (len(batch.rows), *shape))
    unfit = is_unfit(kind, raw)
    bad_rows = unfit.reshape(len(batch.rows), -1).any(axis=1)
    batch.faults[bad_rows] |= fault_bit(sink.number)
    instead = np.zeros_like(raw)
    if sink.column >= 0 and batch.held is not None:
        instead = batch.held[:, sink.column : sink.column + at.slot.size].reshape(raw.shape)
    if len(at.args) > 1:
        given = np.broadcast_to(batch.value(at.args[1], shape), raw.shape)
        instead = np.where(is_unfit(kind, given), instead, given)
    return np.where(unfit, instead, raw)


def fault_bit(sink: int) -> np.int64:
    """The bit of a sink in a row's fault mask; sinks from number 63 on share the last bit."""
    return np.uint64(1 << min(sink, 63)).astype(np.int64)


MEANING: dict[str, Meaning] = {
    "const": _const,
    "table": _table,
    "input": _input,
    "param": _param,
    "signal": _signal,
    "cell": _cell,
    "apply": _apply,
    "reduce": _reduce,
    "call": _call,
    "align": _align,
    "slice": _slice,
    "take": _take,
    "stack": _stack,
    "expand": _expand,
    "window": _window,
    "kth": _ordered(order.kth),
    "below": _ordered(order.below),
    "away": _ordered(order.away),
    "lag": _lag,
    "tail": _tail,
    "lattice": _lattice,
    "gather": _gather,
    "worth": _worth,
    "settle": _settle,
}


def commit(
    batch: Batch, stores: Iterable[tuple[str, int]], pushes: Iterable[tuple[str, int]]
) -> None:
    """Store cells and push samples. Nothing reads the state of these rows after this."""
    for name, slot in pushes:
        buffer = next(b for b in batch.plan.buffers if b.name == name)
        _push(batch, buffer, _buffered(batch, buffer, slot))
    for name, slot in stores:
        cell = next(c for c in batch.plan.cells if c.name == name)
        x = cast(batch.value(slot, cell.shape), batch.slots[slot].kind, cell.kind, batch.real)
        size = int(np.prod(cell.shape, dtype=np.int64))
        flat = np.broadcast_to(x, (x.shape[0], *cell.shape)).reshape(-1, size)
        bank_of(batch.state, cell.bank)[batch.environments, cell.offset : cell.offset + size] = flat


def _push(batch: Batch, buffer: PlanBuffer, x: Array) -> None:
    bank = bank_of(batch.state, buffer.bank)
    size = int(np.prod(buffer.shape, dtype=np.int64))
    place = batch.sample(buffer) % buffer.length
    columns = buffer.offset + place[:, None] * size + np.arange(size)
    prefix = None
    if buffer.fold == "order":
        stop = buffer.prefix_offset + buffer.length * size
        bank[batch.environments, buffer.prefix_offset : stop] = order.kept(batch, buffer, x)
    elif buffer.fold is not None:
        prefix = _prefix(batch, buffer, x)
    bank[batch.environments[:, None], columns] = x.reshape(-1, size)
    if buffer.fold is None or prefix is None:
        return
    bank[batch.environments, buffer.prefix_offset : buffer.prefix_offset + size] = prefix.reshape(
        -1, size
    )
    full = batch.environments[place == buffer.length - 1]
    if len(full) == 0:
        return
    for j in range(buffer.length - 2, -1, -1):
        here = slice(buffer.offset + j * size, buffer.offset + (j + 1) * size)
        after = slice(buffer.offset + (j + 1) * size, buffer.offset + (j + 2) * size)
        bank[full, here] = combine(buffer.fold, buffer.kind, bank[full, here], bank[full, after])


def faulty(batch: Batch, slot: int) -> Array:
    """Where a slot's value is a fault."""
    return is_fault(batch.slots[slot].kind, batch.values[slot])
