"""The Torch backend: a plan as pure functions of tensors, on any device.

Nothing here reads a number back from the device, branches on one or changes what it is given: apart
from `in_place`, which is for loops without gradients, and `look`, which is for loops on a CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from rewardlang.backends.interrupts import deep_recursion
from rewardlang.backends.torch import ops
from rewardlang.backends.torch.text import groups_of, torch_text
from rewardlang.plan import Plan
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.semantics import MINMAX, Semantics
from rewardlang.tensors.kernel import Live, Memory, Results, Transitions

PAUSE = 16  # steps without a look after one that was in vain: faults seldom come alone


class TorchKernel:
    """A plan compiled for a float type and a device. See `tensors.kernel.TensorKernel`."""

    def __init__(self, plan: Plan, dtype: torch.dtype, device: torch.device) -> None:
        self.plan, self.dtype, self.device = plan, dtype, device
        with deep_recursion():
            self.text = torch_text(plan, str(dtype).removeprefix("torch."))
            scope: dict[str, Any] = {
                "device": device,
                "buffers": {b.name: b for b in plan.buffers},
            }
            exec(compile(self.text, f"<{plan.name}>", "exec"), scope)  # our own text
        self._live, self._reset, self._step = scope["live"], scope["reset"], scope["step"]
        self._seen_step = scope["seen_step"]
        self._spread = scope["spread"]
        self._pause = 0  # how many steps are made before the next look
        self._last_live: tuple[Any, Any, tuple[Tensor, ...]] = (), (), ()
        self._inputs_fit, self._cells_fit = scope["inputs_fit"], scope["cells_fit"]
        self._stays_fit: bool = scope["stays_fit"]
        self._fit_cells: object = None  # those after a step in which nothing was a fault
        self.groups = groups_of(plan)
        self.sinks = tuple(number for _, _, sinks in self.groups for number in sinks)

    def dtype_of(self, kind: str) -> torch.dtype:
        return ops.dtype_of(kind, self.dtype)

    def begin(self, size: int) -> Memory:
        """The memory of so many rows, before their reset."""

        def zeros(kind: str, *shape: int) -> Tensor:
            return torch.zeros(shape, dtype=self.dtype_of(kind), device=self.device)

        return Memory(
            tuple(zeros(c.kind, size, *c.shape) for c in self.plan.cells),
            tuple(zeros(b.kind, size, b.length, *b.shape) for b in self.plan.buffers),
            tuple(zeros(k, size, len(n), *s) for k, s, n in self.groups if k == "real"),
        )

    def reset(
        self, inputs: Sequence[Tensor | None], memory: Memory, mask: Tensor | None, live: Live
    ) -> Memory:
        """The memory with the masked rows (bool [B]; None: all) at their start."""
        size = _size(memory, mask)
        zero = [torch.zeros_like(old) for old in memory.cells]
        cells, pushes = self._reset(inputs, zero, memory.rings, size, self._live(*live))
        begun = [old if new is None else new for new, old in zip(cells, zero, strict=True)]
        rings = list(memory.rings)
        for n, place, x in pushes:
            rings[n] = ops.push(rings[n], place, x, in_place=False)
        held = [torch.zeros_like(old) for old in memory.held]
        return _chosen(mask, Memory(tuple(begun), tuple(rings), tuple(held)), memory)

    def step(
        self,
        rows: Transitions,
        memory: Memory,
        live: Live,
        *,
        hold: bool,
        active: Tensor | None = None,
        in_place: bool = False,
        look: bool = False,
    ) -> tuple[Results, Memory]:
        """One transition of each row: see `tensors.kernel.TensorKernel`."""
        held = memory.held if hold else tuple(None for _ in memory.held)
        size = rows.terminated.shape[0]
        given = *rows, memory.cells, memory.rings, held, size
        found = self._seen(given, live) if look else None
        if found is None:
            found = self._step(*given, self._live(*live))
        reward, outputs, factors, unfit, settled, cells, pushes = found
        rings = list(memory.rings)
        for n, place, x in pushes:
            if active is not None and in_place:  # a row that waits writes what stands there
                x = torch.where(ops.by_row(active, x), x, _standing(rings[n], place))
            rings[n] = ops.push(rings[n], place, x, in_place)
        after = Memory(cells, tuple(rings), settled if hold else memory.held)
        if active is not None:
            skip = Memory(after.cells, memory.rings, after.held) if in_place else after
            after = _chosen(active, skip, memory)
            after = after._replace(rings=tuple(rings)) if in_place else after
        return Results(reward, outputs, factors, unfit), after

    def _spread_live(self, live: Live, size: int) -> tuple[Tensor, ...]:
        """What all rows share, spread too; that of the last call where nothing changed since."""
        tensors = live[:2]
        found: tuple[Tensor, ...]
        if live.run.numel() or any(x.requires_grad or x.is_inference() for x in tensors):
            found = self._spread(self._live(*live), 0)
            return found
        key = (size, *(x._version for x in tensors))
        before, known, found = self._last_live
        if key != known or any(a is not b for a, b in zip(tensors, before, strict=True)):
            found = self._spread(self._live(*live), size)
            self._last_live = tensors, key, found
        return found

    def _seen(self, given: Any, live: Live) -> Any:
        """What the step gives where nothing is a fault; None where something is, or may be."""
        inputs, _, _, cells, _, _, size = given
        self._pause = max(0, self._pause - 1)
        if self._pause or not self._inputs_fit(inputs):
            return None
        if cells is not self._fit_cells and not self._cells_fit(cells):
            return None
        found = self._seen_step(*given, self._spread_live(live, size))
        self._pause = PAUSE if found is None else 0
        if found is not None and self._stays_fit:
            self._fit_cells = found[5]
        return found

    def evaluate(self, rows: Transitions, memory: Memory, live: Live, *, hold: bool) -> Results:
        """All rows at once where nothing is remembered, else one time after the other."""
        if not self.plan.buffers and all(c.name == "t" for c in self.plan.cells):
            return self._at_once(rows, live, hold)
        found = []
        for t in range(rows.terminated.shape[1]):
            inputs = [
                x if x is None or i.per == "episode" else x[:, t]
                for i, x in zip(self.plan.inputs, rows.inputs, strict=True)
            ]
            row = Transitions(inputs, rows.terminated[:, t], rows.truncated[:, t])
            results, memory = self.step(row, memory, live, hold=hold)
            found.append(results)
        return _in_rows(found)

    def _at_once(self, rows: Transitions, live: Live, hold: bool) -> Results:
        size, steps = rows.terminated.shape
        before = torch.arange(steps, device=self.device).repeat(size)
        held = ops.RowBefore(steps) if hold else None
        found = self._step(
            *without_traces(self.plan, rows),
            tuple(before for _ in self.plan.cells),
            (),
            tuple(held for kind, _, _ in self.groups if kind == "real"),
            size * steps,
            self._live(*live),
        )
        return in_traces(Results(*found[:4]), size, steps)

    def signal(
        self,
        formula: Formula,
        x: Tensor,
        lengths: Tensor | None,
        semantics: Semantics = MINMAX,
    ) -> Tensor:
        """The margin of a formula from each row of traces on: [B, T] from atoms [B, T, n]."""
        return ops.margins(formula, x.movedim(2, 0), lengths, semantics)


def without_traces(plan: Plan, rows: Transitions) -> Transitions:
    """Rows [B, T, ..] as if each were a trace of its own: [B * T, ..]."""
    size, steps = rows.terminated.shape
    inputs: list[Tensor | None] = []
    for declared, x in zip(plan.inputs, rows.inputs, strict=True):
        if x is not None and declared.per == "episode":
            x = x[:, None].expand(size, steps, *x.shape[1:])
        inputs.append(None if x is None else x.reshape(size * steps, *x.shape[2:]))
    return Transitions(inputs, rows.terminated.reshape(-1), rows.truncated.reshape(-1))


def in_traces(found: Results, size: int, steps: int) -> Results:
    """Results [B * T, ..] as [B, T, ..]; what all rows share stays as it is."""

    def traces(x: Tensor) -> Tensor:
        return x.reshape(size, steps, *x.shape[1:]) if len(x) == size * steps else x

    return Results(
        traces(found.reward),
        tuple(map(traces, found.outputs)),
        tuple(None if f is None else traces(f) for f in found.factors),
        tuple(map(traces, found.unfit)),
    )


def _in_rows(found: Sequence[Results]) -> Results:
    """Results of single times, as traces; what all rows share stays as it is."""

    def over_time(parts: Sequence[Tensor]) -> Tensor:
        return (
            parts[0] if len(parts[0]) == 1 < len(found[0].reward) else torch.stack(list(parts), 1)
        )

    def factors(parts: Sequence[Tensor | None]) -> Tensor | None:
        return None if parts[0] is None else over_time([x for x in parts if x is not None])

    return Results(
        torch.stack([r.reward for r in found], 1),
        tuple(torch.stack(x, 1) for x in zip(*(r.outputs for r in found), strict=True)),
        tuple(factors(x) for x in zip(*(r.factors for r in found), strict=True)),
        tuple(torch.stack(x, 1) for x in zip(*(r.unfit for r in found), strict=True)),
    )


def _size(memory: Memory, mask: Tensor | None) -> int:
    if mask is not None:
        return mask.shape[0]
    return next(x.shape[0] for part in memory for x in part)


def _standing(ring: Tensor, place: Tensor) -> Tensor:
    index = ops.by_row(place, ring).expand(-1, 1, *ring.shape[2:])
    return ring.gather(1, index)[:, 0]


def _chosen(mask: Tensor | None, new: Memory, old: Memory) -> Memory:
    """Row by row: `new` where the mask holds."""
    if mask is None:
        return new

    def choose(a: Tensor, b: Tensor) -> Tensor:
        return a if a is b else torch.where(ops.by_row(mask, a), a, b)

    parts = [
        tuple(choose(a, b) for a, b in zip(x, y, strict=True))
        for x, y in zip(new, old, strict=True)
    ]
    return Memory(*parts)


def compile_plan(plan: Plan, dtype: torch.dtype, device: torch.device) -> TorchKernel:
    return TorchKernel(plan, dtype, device)
