"""Where a fault began: one captured row computed again, and followed back from the sink.

The way back takes the path that mattered: only the side of a choice that was taken, and of a vector
only the elements that reached the sink. It ends at the first instruction whose operands were fine
and whose result was not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rewardlang.backends.interpret import Batch, walk
from rewardlang.backends.kinds import Array, is_fault, is_unfit
from rewardlang.backends.layout import core_sizes, overload_of
from rewardlang.builtins.signature import parse_signature
from rewardlang.builtins.table import table
from rewardlang.plan import OF_BUFFERS, Instruction, Plan
from rewardlang.runtime.kernel import Cause, Live, State

_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
_DIVISIONS = ("div", "floordiv", "mod")
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "^", "lt": "<", "le": "<=",
          "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}  # fmt: skip


def blame(
    plan: Plan,
    sink: int,
    inputs: Sequence[Array | None],
    terminated: bool,
    truncated: bool,
    state: State,
    live: Live,
) -> Cause:
    """The cause of the fault at sink `sink` in this row. See `runtime.kernel.Blame`."""
    row = np.zeros(1, np.int64)
    clock = next((c.offset for c in plan.cells if c.name == "t"), None)
    t = row + 1 if clock is None else state.int[:, clock] + 1
    batch = Batch(plan, live.real_params.dtype, inputs, state, live, row, row, t)
    batch.terminated, batch.truncated = np.array([terminated]), np.array([truncated])
    with np.errstate(all="ignore"):
        walk(batch, plan.prelude)
        walk(batch, plan.step)
        return _Trail(batch, plan).follow(sink)


class _Trail:
    """The values of one row, and the way from a sink to what spoiled it."""

    def __init__(self, batch: Batch, plan: Plan) -> None:
        self.batch = batch
        self.by_slot = {i.slot.number: i for i in (*plan.prelude, *plan.step)}
        self.inputs = {i.name: i for i in plan.inputs}

    def follow(self, sink: int) -> Cause:
        settle = next(i for i in self.by_slot.values() if i.op == "settle" and i.attr == sink)
        raw = settle.args[0]
        at, where = self.by_slot[raw], is_unfit(settle.slot.kind, self.value(raw))
        if not where.any():  # sinks beyond the last bit share it: this one may be fine
            return Cause("other", None, settle.span)
        while True:
            further = self._back(at, where)
            if further is None:
                return self._cause(at, where)
            at, where = further

    def value(self, number: int) -> Array:
        """A slot's value in this row, without the axis of rows."""
        x: Array = self.batch.values[number][0]
        return x

    def _back(self, at: Instruction, where: Array) -> tuple[Instruction, Array] | None:
        """The operand that brought the fault, and where in it; None: it began here.

        `where` marks the spoiled elements of `at` that matter.
        """
        fault = bool((is_fault(at.slot.kind, self.value(at.slot.number)) & where).any())
        for number in at.args if at.op != "settle" else at.args[1:]:
            x, kind = self.value(number), self.by_slot[number].slot.kind
            reached = self._reached(at, number, where)
            spoiled = (is_fault(kind, x) if fault else is_unfit(kind, x)) & reached
            if spoiled.any():
                return self.by_slot[number], spoiled
        return None

    def _reached(self, at: Instruction, number: int, where: Array) -> Array:
        """Which elements of operand `number` the marked elements of `at` were made from."""
        shape = self.value(number).shape
        if at.op == "apply":
            return _shrink(where & self._taken(at, number), shape)
        if at.op == "expand":
            return _shrink(where, shape)
        if at.op == "take" and number == at.args[0]:
            return self._picked(at, where, shape)
        if at.op == "stack":
            rows = [where[n] for n, argument in enumerate(at.args) if argument == number]
            return _shrink(np.any(rows, axis=0), shape)
        if at.op == "reduce":
            rank = len(shape)
            gone = tuple(sorted(a % rank for a in at.attr[1]))
            return np.asarray(np.broadcast_to(np.expand_dims(where, gone), shape))
        if at.op == "call":
            return np.broadcast_to(self._counted(at, number), shape)
        return np.ones(shape, bool)

    def _picked(self, at: Instruction, where: Array, shape: tuple[int, ...]) -> Array:
        """The slot of the operand that was taken; all where the index is a fault itself."""
        place, axis = int(self.value(at.args[1])), int(at.attr)
        if not 0 <= place < shape[axis]:
            return np.zeros(shape, bool)
        marked = np.zeros(shape, bool)
        marked[(slice(None),) * axis + (place,)] = where
        return marked

    def _counted(self, at: Instruction, number: int) -> Array:
        """Where an array builtin looked: what its mask, the operand `counts`, lets through."""
        names = [p.name for p in parse_signature(overload_of(at).signature).parameters]
        if at.args.index(number) != 0 or "counts" not in names:
            return np.ones(1, bool)
        return np.asarray(self.value(at.args[names.index("counts")]) != 0)

    def _taken(self, at: Instruction, number: int) -> Array:
        """Where a lazy builtin looked at this operand."""
        shape = at.slot.shape
        first = np.broadcast_to(self.value(at.args[0]), shape)
        name, place = at.attr[0], at.args.index(number)
        if place == 0 and name != "fallback":
            return np.ones(shape, bool)
        if name == "select":
            wanted = [1 if i == 1 else 0 for i, a in enumerate(at.args) if a == number and i > 0]
            return np.isin(first, wanted)
        if name == "fallback":  # a fault of the result is a fault of the last resort
            return np.full(shape, number == at.args[-1])
        if name in ("and", "implies"):
            return np.asarray(first == 1)
        if name == "or":
            return np.asarray(first == 0)
        return np.ones(shape, bool)

    def _cause(self, at: Instruction, where: Array) -> Cause:
        if at.op == "input":
            return Cause("input", at.attr, at.span, self._shown(at.slot.number, where))
        if at.op == "call":
            name, sizes = at.attr[0], core_sizes(at, self.by_slot)
            shown = ", ".join(f"{n} = {size}" for n, size in sizes.items())
            return Cause("domain", None, at.span, f"{name} of {shown} values")
        if at.op == "cell" or at.op in OF_BUFFERS:
            return Cause("state", None, at.span)
        if at.op == "take":
            index, size = self.value(at.args[1]), self.by_slot[at.args[0]].slot.shape[at.attr]
            return Cause("index", None, at.span, f"{int(index)} of {size}")
        if at.op == "apply":
            return Cause(self._kind(at, where), self._infinite(at), at.span, self._call(at, where))
        if at.op == "reduce":
            return Cause("overflow", None, at.span)
        return Cause("other", None, at.span)

    def _kind(self, at: Instruction, where: Array) -> str:
        name = at.attr[0]
        overflowed = not (is_fault(at.slot.kind, self.value(at.slot.number)) & where).any()
        if overflowed:
            return "overflow"
        if name in _COMPARISONS:
            return "comparison"
        if name in _DIVISIONS:
            return "division"
        kinds = {self.by_slot[a].slot.kind for a in at.args}
        if at.slot.kind == "int" and kinds & {"real", "wide"}:
            return "conversion"
        return "domain" if table()[name].domain else "other"

    def _infinite(self, at: Instruction) -> str | None:
        """The input that brought an infinity which this instruction could not digest."""
        for number in at.args:
            source = self.by_slot[number]
            if source.op == "input" and not np.isfinite(self.value(number)).all():
                name: str = source.attr
                return name
        return None

    def _call(self, at: Instruction, where: Array) -> str:
        """The instruction as a call with its operands: `sqrt(-2.5)`, `1 / 0`."""
        shown = [self._shown(a, _shrink(where, self.value(a).shape)) for a in at.args]
        name = at.attr[0]
        if name in _SIGNS and len(shown) == 2:
            return f"{shown[0]} {_SIGNS[name]} {shown[1]}"
        return f"{table()[name].spelled or name}({', '.join(shown)})"

    def _shown(self, number: int, where: Array) -> str:
        """The first marked element."""
        x = np.asarray(self.value(number))
        return f"{np.broadcast_to(x, where.shape)[where].ravel()[0]:g}"


def _shrink(where: Array, shape: tuple[int, ...]) -> Array:
    """Marks of a broadcast result as marks of an operand of `shape`."""
    extra = where.ndim - len(shape)
    kept: Array = np.any(where, axis=tuple(range(extra))) if extra else where
    axes = tuple(a for a, n in enumerate(shape) if n == 1 and kept.shape[a] != 1)
    return np.asarray(np.any(kept, axis=axes, keepdims=True) if axes else kept)
