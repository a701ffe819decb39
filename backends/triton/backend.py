"""The Triton backend: a plan as one fused kernel a step, one a reset and one a whole evaluation.

What a kernel cannot hold (fusing.py), and calls whose results are to have gradients, are left to
the Torch backend: memory is the same for both, so a run may go from one to the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import torch
import triton
from torch import Tensor

from rewardlang.backends.cache import Cache, default_root
from rewardlang.backends.fusing import unfused
from rewardlang.backends.interrupts import deep_recursion
from rewardlang.backends.torch.backend import TorchKernel, in_traces, without_traces
from rewardlang.backends.torch.ops import dtype_of
from rewardlang.backends.triton.formula import margins, on
from rewardlang.backends.triton.layout import Bank, Layout, Place
from rewardlang.backends.triton.text import triton_text
from rewardlang.plan import Plan
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.semantics import MINMAX, Semantics
from rewardlang.tensors.kernel import Live, Memory, Results, TensorKernel, Transitions

Inputs = Sequence[Tensor | None]
Given = dict[str, Tensor | None]

# Lanes of a program: as few as a warp has where that spreads the work over more of the device.
_FEW, _MANY, _FLOOD = 32, 128, 2**15
_INTERPRETED = 1024  # a program of the interpreter costs the same for any number of lanes


class TritonKernel:
    """A plan compiled for a float type and a device. See `tensors.kernel.TensorKernel`."""

    def __init__(self, plan: Plan, dtype: torch.dtype, device: torch.device) -> None:
        self.plan, self.dtype, self.device = plan, dtype, device
        with deep_recursion():
            self.layout = Layout(plan)
            made = triton_text(plan, str(dtype).removeprefix("torch."))
        self.text, self._arguments = made.text, made.arguments
        self._module = module_of(self.text)
        self.sinks = self.layout.sinks
        self._stateless = not plan.buffers and all(c.name == "t" for c in plan.cells)
        self._banks_of: dict[int, tuple[Any, dict[str, Tensor]]] = {}  # of the last memory given

    @cached_property
    def with_gradients(self) -> TorchKernel:
        return TorchKernel(self.plan, self.dtype, self.device)

    # ---- memory -------------------------------------------------------------------------------

    def begin(self, size: int) -> Memory:
        """The memory of so many rows, before their reset: rows first, lanes side by side."""
        cells, held = self._empty(self.layout.cells, size), self._empty(self.layout.held, size)
        for bank in (*cells.values(), *held.values()):
            bank.zero_()
        rings = tuple(
            self._new(b.kind, b.length, *b.shape, size).zero_().movedim(-1, 0)
            for b in self.plan.buffers
        )
        return self._memory(cells, rings, held)

    def _new(self, kind: str, *shape: int) -> Tensor:
        return torch.empty(shape, dtype=dtype_of(kind, self.dtype), device=self.device)

    def _empty(self, bank: Bank, size: int) -> dict[str, Tensor]:
        return {kind: self._new(kind, n, size) for kind, n in bank.sizes.items()}

    def _memory_given(self, memory: Memory, rings: Sequence[Tensor]) -> Given:
        """What a kernel reads of a memory."""
        found: Given = {f"ring{n}": ring for n, ring in enumerate(rings)}
        for kind, bank in self._kept(0, self.layout.cells.places, memory.cells).items():
            found[f"{kind}_state"] = bank
        found["held"] = self._kept(1, self.layout.held_groups, memory.held).get("real")
        return found

    def _kept(self, part: int, places: Sequence[Place], tensors: Any) -> dict[str, Tensor]:
        """The banks of a part of a memory: in a loop, those that the last call has made."""
        known, banks = self._banks_of.get(part, (None, {}))
        return banks if known is tensors else _banks(places, tensors)

    def _memory(
        self, cells: dict[str, Tensor], rings: tuple[Tensor, ...], held: dict[str, Tensor]
    ) -> Memory:
        """The memory that lies in these banks."""
        after = Memory(
            _views(self.layout.cells.places, cells), rings, _views(self.layout.held_groups, held)
        )
        self._banks_of = {0: (after.cells, cells), 1: (after.held, held)}
        return after

    # ---- calls --------------------------------------------------------------------------------

    def reset(self, inputs: Inputs, memory: Memory, mask: Tensor | None, live: Live) -> Memory:
        """The memory with the masked rows (bool [B]; None: all) at their start."""
        if _has_gradient(inputs, memory, live):
            return self.with_gradients.reset(inputs, memory, mask, live)
        size = next((x.shape[0] for part in memory for x in part), 0)
        if size == 0:
            return memory
        pushed = bool(self.plan.reset_pushes)  # the caller's own rings are not written to
        rings = tuple(
            _copied(laid) if pushed and laid is x else laid
            for x in memory.rings
            for laid in [_lanes_last(x)]
        )
        cells, held = self._empty(self.layout.cells, size), self._empty(self.layout.held, size)
        given = self._given(inputs, live) | self._memory_given(memory, rings)
        given |= {f"{kind}_after": bank for kind, bank in cells.items()}
        given |= {"mask": mask, "held_after": held.get("real")}
        self._launch("reset", given, (size,), hold=False, masked=mask is not None)
        return self._memory(cells, rings, held)

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
        """One transition of each row; there is nothing to `look` at. With `in_place` rings are
        written to, not copied, and nobody asks for gradients."""
        if not in_place and _has_gradient(rows.inputs, memory, live):
            return self.with_gradients.step(rows, memory, live, hold=hold, active=active)
        rings = tuple(
            laid if in_place or laid is not x else _copied(laid)
            for x in memory.rings
            for laid in [_lanes_last(x)]
        )
        known = self._memory_given(memory, rings)
        out, cells, held = self._stepped(rows, known, live, hold, active)
        if not hold:
            held = self._kept(1, self.layout.held_groups, memory.held)
        return self._shown(out, rows.terminated.shape), self._memory(cells, rings, held)

    def _stepped(
        self,
        rows: Transitions,
        known: Given,
        live: Live,
        hold: bool,
        active: Tensor | None,
    ) -> tuple[Given, dict[str, Tensor], dict[str, Tensor]]:
        """Results, cells and what is held, in banks."""
        size = rows.terminated.shape[0]
        cells, out = self._empty(self.layout.cells, size), self._results(size)
        held = self._empty(self.layout.held, size) if hold else {}
        given = self._given(rows.inputs, live) | known | out
        given |= {f"{kind}_after": bank for kind, bank in cells.items()}
        given |= {"terminated": rows.terminated, "truncated": rows.truncated, "active": active}
        given["held_after"] = held.get("real")
        self._launch("step", given, (size,), hold=hold, masked=active is not None)
        return out, cells, held

    def evaluate(self, rows: Transitions, memory: Memory, live: Live, *, hold: bool) -> Results:
        """All rows at once where nothing is remembered, else each lane walks along its trace."""
        inputs, terminated, truncated = rows
        if _has_gradient(inputs, memory, live):
            return self.with_gradients.evaluate(rows, memory, live, hold=hold)
        size, steps = terminated.shape
        if self._stateless and not hold:
            return self._at_once(rows, live)
        by_time = [
            x if x is None or i.per == "episode" else x.transpose(0, 1)
            for i, x in zip(self.plan.inputs, inputs, strict=True)
        ]
        rings = tuple(_copied(_lanes_last(x)) for x in memory.rings)
        out = self._results(size * steps)
        given = self._given(by_time, live) | self._memory_given(memory, rings) | out
        given |= {"terminated": terminated.T.contiguous(), "truncated": truncated.T.contiguous()}
        self._launch("evaluate", given, (size, steps, size * steps), hold=hold, masked=False)
        return self._shown(out, (steps, size))

    def _at_once(self, rows: Transitions, live: Live) -> Results:
        size, steps = rows.terminated.shape
        before = torch.arange(steps, device=self.device).repeat(size)
        known: Given = {"int_state": before, "held": None}
        flat = without_traces(self.plan, rows)
        out, _, _ = self._stepped(flat, known, live, hold=False, active=None)
        return in_traces(self._shown(out, (size * steps,)), size, steps)

    def signal(
        self,
        formula: Formula,
        x: Tensor,
        lengths: Tensor | None,
        semantics: Semantics = MINMAX,
    ) -> Tensor:
        """The margin of a formula from each row of traces on: [B, T] from atoms [B, T, n]."""
        if semantics.is_smooth or (x.requires_grad and torch.is_grad_enabled()):
            return self.with_gradients.signal(formula, x, lengths, semantics)
        return margins(formula, x, lengths)

    # ---- launching ----------------------------------------------------------------------------

    def _given(self, inputs: Inputs, live: Live) -> Given:
        found: Given = {
            name: None if x is None else x.contiguous()
            for name, x in zip(self.layout.inputs, inputs, strict=True)
        }
        return found | {"params": live.params, "ints": live.ints, "run": live.run}

    def _results(self, rows: int) -> Given:
        found: Given = {
            f"{kind}_out": bank for kind, bank in self._empty(self.layout.results, rows).items()
        }
        shape = len(self.sinks), rows
        found["unfit"] = torch.empty(shape, dtype=torch.bool, device=self.device)
        found["factors"] = self._new("real", len(self.layout.shared_slots))
        return found

    def _launch(
        self, verb: str, given: Given, sizes: tuple[int, ...], *, hold: bool, masked: bool
    ) -> None:
        kernel = getattr(self._module, verb)
        lanes = _MANY if sizes[0] >= _FLOOD else _FEW
        if triton.knobs.runtime.interpret:
            lanes = min(_INTERPRETED, max(16, triton.next_power_of_2(sizes[0])))
        tensors = [given[name] for name in self._arguments[verb]]
        with on(self.device):
            kernel[triton.cdiv(sizes[0], lanes),](
                *tensors,
                *sizes,
                HOLD=hold,
                MASKED=masked,
                BLOCK=lanes,
                num_warps=max(1, lanes // 32),  # of 32 lanes
                enable_fp_fusion=False,  # every sum and product is rounded, as elsewhere
            )

    def _shown(self, out: Given, lead: tuple[int, ...]) -> Results:
        """What a kernel has written: by row, or (`lead` is times and traces) by trace and time."""
        layout, banks = self.layout, cast("dict[str, Tensor]", out)
        made = {kind: banks[f"{kind}_out"] for kind in layout.results.sizes}
        views = _views(layout.results.places, made)
        unfit = banks["unfit"].T
        if len(lead) == 2:
            views = tuple(x.view(*lead, *x.shape[1:]).transpose(0, 1) for x in views)
            unfit = unfit.view(*lead, -1).transpose(0, 1)
        shown = dict(zip(map(id, layout.results.places), views, strict=True))
        factors = tuple(
            shown[id(place)]
            if place is not None
            else banks["factors"][n : n + 1]
            if n >= 0
            else None
            for place, n in zip(layout.factors, layout.shared, strict=True)
        )
        outputs = tuple(shown[id(place)] for place in layout.outputs)
        return Results(shown[id(layout.reward)], outputs, factors, (unfit,))


def _views(places: Sequence[Place], banks: dict[str, Tensor]) -> tuple[Tensor, ...]:
    """Places of banks, rows first."""
    rows = {kind: banks[kind].unbind(0) for kind in {p.kind for p in places if not p.shape}}
    return tuple(_view(banks[p.kind], p) if p.shape else rows[p.kind][p.offset] for p in places)


def _view(bank: Tensor, place: Place) -> Tensor:
    size = bank.shape[1]
    strides, stride = [], size
    for n in reversed(place.shape):
        strides.append(stride)
        stride *= n
    shape = (size, *place.shape)
    return bank.as_strided(shape, (1, *reversed(strides)), place.offset * size)


def _banks(places: Sequence[Place], parts: Sequence[Tensor]) -> dict[str, Tensor]:
    """The banks that hold these parts, by kind: the memory they lie in, where they lie there one
    after the other, else a copy (of a memory that was loaded, or made by the Torch backend)."""
    found: dict[str, Tensor] = {}
    kinds = dict.fromkeys(p.kind for p in places)
    for kind in kinds:
        own = [x for p, x in zip(places, parts, strict=True) if p.kind == kind]
        together, end = _is_lanes_last(own[0]), own[0].data_ptr()
        for x in own:
            together = together and x.data_ptr() == end and _is_lanes_last(x)
            together = together and _storage(x) == _storage(own[0])
            end += x.numel() * x.element_size()
        if together:
            found[kind] = own[0]
            continue
        found[kind] = torch.cat([x.movedim(0, -1).reshape(-1, len(x)) for x in own])
    return found


def _storage(x: Tensor) -> int:
    return x.untyped_storage().data_ptr()


def _is_lanes_last(x: Tensor) -> bool:
    return x.movedim(0, -1).is_contiguous()


def _lanes_last(x: Tensor) -> Tensor:
    """The same tensor, rows first, whose rows lie side by side in memory."""
    return x if _is_lanes_last(x) else x.movedim(0, -1).contiguous().movedim(-1, 0)


def _copied(x: Tensor) -> Tensor:
    return x.movedim(0, -1).clone().movedim(-1, 0)


def _has_gradient(inputs: Inputs, memory: Memory, live: Live) -> bool:
    """Whether somebody may ask for gradients of what is computed from these."""
    if not torch.is_grad_enabled():
        return False
    tensors = (*inputs, *memory.cells, *memory.rings, *memory.held, live.params)
    return any(x is not None and x.requires_grad for x in tensors)


def module_of(text: str) -> ModuleType:
    """The module of a text, in a file: Triton reads the source of what it compiles."""
    cache = Cache(default_root())
    module = cache.load(text, f"triton {triton.__version__}")
    if not Path(module.__file__ or "").exists():  # it was made just now, and moved to its place
        module = cache.load(text, f"triton {triton.__version__}")
    return module


def compile_plan(plan: Plan, dtype: torch.dtype, device: torch.device) -> TensorKernel:
    """One fused kernel, or all by Torch where one cannot hold the plan."""
    made: Any = TorchKernel if unfused(plan) else TritonKernel
    kernel: TensorKernel = made(plan, dtype, device)
    return kernel
