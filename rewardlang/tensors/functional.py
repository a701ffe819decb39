"""A program as pure functions of tensors: `init` and `step`, with the memory in the caller's hands.

Nothing is kept between two calls, so `torch.func` (vmap, grad, jacrev), `torch.compile` and
gradients through whole episodes see an ordinary function. What goes in and out is made of tensors
in dictionaries and named tuples, which Torch's pytrees take apart as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rewardlang.plan import Plan
from rewardlang.runtime import signals
from rewardlang.runtime.failure import failure
from rewardlang.tensors import columns
from rewardlang.tensors.engine import Engine
from rewardlang.tensors.kernel import Live, Memory, Results, Transitions
from rewardlang.tensors.outcome import Shown


class PureMemory(NamedTuple):
    """What the program remembers of each environment: tensors, rows first."""

    kernel: Memory
    per_episode: dict[str, Tensor]  # inputs that were given when the episode began


class Parts(NamedTuple):
    """What a step gives: [B], or without axes for one environment; as in `TensorOutcome`."""

    reward: Tensor
    terms: dict[str, Tensor]
    weighted: dict[str, Tensor]
    conditions: dict[str, Tensor]
    metrics: dict[str, Tensor]
    terminated: Tensor
    success: Tensor
    valid: Tensor


class Functional:
    """See the module; made by `TensorReward.functional()`, with the params as they are then.

        memory = pure.init(batch)
        parts, memory = pure.step(memory, values, params={"target": target})

    The float type is the reward's, or Torch's default where none was decided. Declared ranges are
    held on every step, unless it was compiled with `check=False`. Faults are told by
    `parts.valid`.

    Raises RewardError: RW638 for a program that cannot be a pure function, and what `TensorReward`
    raises for columns, flags and params.
    """

    def __init__(self, engine: Engine, dtype: torch.dtype | None, check: bool) -> None:
        """`engine` is this object's own: nothing else runs in it."""
        plan = self.plan = engine.plan
        _check_pure(plan, engine.policy)
        self._engine, self._check = engine, check
        self._kernel = engine.compile(dtype or torch.get_default_dtype())
        self._run = engine.live().run
        self._reset_inputs = [
            n for n, i in enumerate(plan.inputs) if i.at_reset or (i.in_step and i.per == "episode")
        ]
        self._step_inputs = [n for n, i in enumerate(plan.inputs) if i.in_step]

    @property
    def dtype(self) -> torch.dtype:
        return self._kernel.dtype

    def init(
        self,
        batch: int | None = None,
        values: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> PureMemory:
        """The memory at the start of `batch` episodes; of one, without a batch axis in its values,
        if None. `values` as for `TensorReward.reset`."""
        memory = PureMemory(self._kernel.begin(1 if batch is None else batch), {})
        return self._begin(memory, values or {}, None, params or {}, 1 if batch is None else batch)

    def reset(
        self,
        memory: PureMemory,
        mask: Tensor | None = None,
        values: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> PureMemory:
        """The memory with the rows at their start where `mask` [B] is true; all without one."""
        size = _rows(memory)
        if mask is not None:
            size = len(mask) if size is None else size
            mask = columns.flag("mask", mask, size, self._engine.device)
        return self._begin(memory, values or {}, mask, params or {}, size)

    def step(
        self,
        memory: PureMemory,
        values: Mapping[str, Any],
        params: Mapping[str, Any] | None = None,
        terminated: Any = None,
        truncated: Any = None,
    ) -> tuple[Parts, PureMemory]:
        """One transition of every row: what it pays, and the memory after it."""
        plan, engine = self.plan, self._engine
        signals.check_mapping(values)
        if plan.axis is not None and terminated is not None:
            values, terminated = columns.by_slot(plan, values, terminated)
        signals.check_names(plan, values)
        read, size, plain = columns.read(plan, self._step_inputs, values, engine.device)
        rows = _rows(memory)
        if size is None:
            size, plain = (1, False) if rows is None else (rows, rows == 1)
        if rows not in (None, size):
            raise failure("RW608", given=size, wanted=rows)
        inputs = self._columns(read, values, size, self._step_inputs, memory.per_episode)
        end, cut = (
            torch.zeros(size, dtype=torch.bool, device=engine.device)
            if flag is None
            else columns.flag(name, flag, size, engine.device)
            for name, flag in (("terminated", terminated), ("truncated", truncated))
        )
        live, transitions = self._live(params or {}), Transitions(inputs, end, cut)
        results, after = self._kernel.step(transitions, memory.kernel, live, hold=engine.hold)
        return self._parts(results, () if plain else (size,)), PureMemory(after, memory.per_episode)

    def _parts(self, results: Results, lead: tuple[int, ...]) -> Parts:
        unfit = self._engine.unfit(results)
        out = self._engine.uncounted(Shown(lead), results, unfit)
        return Parts(*(getattr(out, name) for name in Parts._fields))

    def _begin(
        self,
        memory: PureMemory,
        values: Mapping[str, Any],
        mask: Tensor | None,
        params: Mapping[str, Any],
        size: int | None,
    ) -> PureMemory:
        plan, engine = self.plan, self._engine
        signals.check_mapping(values)
        signals.check_names(plan, values)
        for declared in plan.inputs:
            if declared.per == "step" and declared.name in values:
                raise failure("RW611", declared.span, name=declared.name, per="step")
        read, given, _ = columns.read(plan, self._reset_inputs, values, engine.device)
        if given is not None and size not in (None, given):
            raise failure("RW608", given=given, wanted=size)
        size = size or given or 1
        inputs = self._columns(read, values, size, self._reset_inputs, None)
        begun = self._kernel.reset(inputs, memory.kernel, mask, self._live(params))
        held = dict(memory.per_episode)
        for number in self._reset_inputs:
            name, x = plan.inputs[number].name, inputs[number]
            if plan.inputs[number].per == "episode" and x is not None:
                if mask is not None and name in held:
                    x = torch.where(mask.reshape(-1, *(1,) * (x.ndim - 1)), x, held[name])
                held[name] = x
        return PureMemory(begun, held)

    def _columns(
        self,
        read: dict[int, Tensor],
        values: Mapping[str, Any],
        size: int,
        numbers: list[int],
        per_episode: Mapping[str, Tensor] | None,
    ) -> list[Tensor | None]:
        """The kernel's columns [B, *shape]; `per_episode` is None at a reset."""
        found: list[Tensor | None] = [None] * len(self.plan.inputs)
        for number in numbers:
            declared = self.plan.inputs[number]
            if number in read:
                columns.check_width(declared, read[number], values[declared.name], self.dtype)
                kept = number in self._engine.kept
                copy = kept or (per_episode is None and declared.per == "episode")
                x = columns.as_read(declared, read[number], self.dtype, copy)
                x = x.reshape(size, *declared.shape)
                found[number] = columns.kept_to_range(declared, x) if self._check else x
            elif per_episode is not None and declared.name in per_episode:
                found[number] = per_episode[declared.name]
            elif declared.default is not None:
                device = self._engine.device
                found[number] = columns.default_of(declared, (size,), self.dtype, device)
            elif declared.at_reset or per_episode is not None:
                code = "RW609" if per_episode is None else "RW600"
                raise failure(code, declared.span, name=declared.name)
        return found

    def _live(self, params: Mapping[str, Any]) -> Live:
        own = self._engine.params
        instead = own.in_base_units(params)
        return Live(own.real(self.dtype, instead), own.ints(instead), self._run)


def _check_pure(plan: Plan, policy: str) -> None:
    counted = sorted(
        {
            str(i.attr)
            for i in (*plan.prelude, *plan.step, *plan.reset)
            if i.op == "signal" and i.attr in ("steps", "episodes")
        }
    )
    reason = ""
    if plan.mode not in ("online", "episodic"):
        raise failure("RW640", mode=plan.mode)
    if plan.hosts:
        reason = "it calls functions of the host"
    elif plan.feeds:
        reason = "it folds over whole episodes"
    elif plan.commit is not None:
        reason = "it remembers over the run"
    elif counted:
        reason = f"it reads `{counted[0]}`, which the run counts"
    elif policy == "raise":
        reason = "under `faults raise` each step waits for the device, to see what to raise"
    if reason:
        raise failure("RW638", name=plan.name, reason=reason)


def _rows(memory: PureMemory) -> int | None:
    """How many rows are remembered; None where nothing is."""
    tensors = (*memory.per_episode.values(), *(x for part in memory.kernel for x in part))
    return next((x.shape[0] for x in tensors), None)
