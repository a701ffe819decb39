"""The online half: environments that are stepped and reset, any number at once, on their device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from rewardlang.runtime import signals
from rewardlang.runtime.failure import failure, shape_text
from rewardlang.tensors import columns
from rewardlang.tensors.engine import Engine, is_captured, kept
from rewardlang.tensors.faults import Met
from rewardlang.tensors.form import Form
from rewardlang.tensors.kernel import Memory, Transitions
from rewardlang.tensors.outcome import Shown, TensorOutcome

CHECKED_STEPS = 10  # calls of `step` whose columns are held against their declared ranges


class Environments:
    """A fixed number of environments: their memory and their age."""

    def __init__(self, size: int, memory: Memory, clock: Tensor) -> None:
        self.size, self.memory = size, memory
        device = clock.device
        self.born = clock.expand(size).clone()  # the run's clock when their episode began
        self.begun = False  # whether they were ever reset
        self.latched: dict[int, Tensor] = {}  # per-episode inputs given at reset, by input
        self.never = torch.zeros(size, dtype=torch.bool, device=device)


class Loop:
    """See `TensorReward`, whose `reset` and `step` these are."""

    def __init__(self, engine: Engine, check: bool | None) -> None:
        self.engine, self.plan, self.check = engine, engine.plan, check
        self.environments: Environments | None = None
        own = list(enumerate(self.plan.inputs))
        self._step_inputs = [n for n, i in own if i.in_step]
        self._reset_inputs = [n for n, i in own if i.at_reset or (i.in_step and i.per == "episode")]
        self._pending: tuple[dict[str, Any], Tensor | None] | None = None
        self._loose = False  # whether the next step may bring another number of environments
        self._unchecked = CHECKED_STEPS
        self._form: Form | None = None

    # ---- reset -------------------------------------------------------------------------------

    def reset(self, values: Mapping[str, Any] | None, mask: Any) -> None:
        plan, engine = self.plan, self.engine
        given = {} if values is None else dict(values)
        signals.check_names(plan, given)
        for declared in plan.inputs:
            if declared.per == "step" and declared.name in given:
                raise failure("RW611", declared.span, name=declared.name, per="step")
        read, size, plain = columns.read(plan, self._reset_inputs, given, engine.device)
        for number in self._reset_inputs:
            declared = plan.inputs[number]
            if declared.at_reset and number not in read and declared.default is None:
                raise failure("RW609", declared.span, name=declared.name)
        known = None if self.environments is None else self.environments.size
        chosen = None if mask is None else _mask(mask, known if size is None else size, engine)
        if chosen is not None:
            size = len(chosen)
        if engine.kernel is None and not self._decide(read, given):
            self._pending = (given, chosen)
            return
        self._begin(read, given, chosen, size, plain)

    def _decide(self, read: dict[int, Tensor], given: Mapping[str, Any]) -> bool:
        """Whether the float type is known, by these columns if not before."""
        if self.engine.kernel is not None:
            return True
        real = {n: x for n, x in read.items() if self.plan.inputs[n].kind == "real"}
        if not real:
            return False
        names = (self.plan.inputs[n].name for n in real)
        plain = all(columns.is_plain_number(given[name]) for name in names)
        self.engine.compile(columns.float_type(real.values(), plain))
        return True

    def settle_pending_reset(self) -> None:
        """Carry out a reset that had to wait for the float type."""
        if self._pending is not None:
            (given, mask), self._pending = self._pending, None
            read, size, plain = columns.read(
                self.plan, self._reset_inputs, given, self.engine.device
            )
            self._begin(read, given, mask, len(mask) if mask is not None else size, plain)

    def _begin(
        self,
        read: dict[int, Tensor],
        given: Mapping[str, Any],
        mask: Tensor | None,
        size: int | None,
        plain: bool,
    ) -> None:
        environments = self.environments
        if size is None and environments is None:
            return  # environments that do not exist yet begin with their first step
        if environments is None or (mask is None and size not in (None, environments.size)):
            environments = self._new_environments(size or 1)
        elif size not in (None, environments.size):
            raise failure("RW608", given=size, wanted=environments.size)
        inputs = self._columns(read, given, environments.size, self._reset_inputs, "RW609")
        if self._checking():
            inputs = self._in_range(inputs)
        self._restart(environments, inputs, mask if environments.begun else None)
        for number in self._reset_inputs:
            x = inputs[number]
            if self.plan.inputs[number].per == "episode" and x is not None:
                before = environments.latched.get(number)
                if mask is not None and before is not None:
                    x = torch.where(mask.reshape(-1, *(1,) * (x.ndim - 1)), x, before)
                environments.latched[number] = x if before is None else kept(before, x)
        self._loose = mask is None and not read
        if self._loose or environments.latched:
            self._form = None  # the next call may be of another size, and has other such columns

    def _restart(
        self, environments: Environments, inputs: Sequence[Tensor | None], mask: Tensor | None
    ) -> None:
        engine = self.engine
        run, born = engine.run, environments.born
        ended = born < run.clock
        if mask is not None:
            ended = ended & mask
        run.episodes = kept(run.episodes, run.episodes + ended.sum())
        environments.born = kept(born, torch.where(ended, run.clock, born))
        assert engine.kernel is not None
        memory = engine.kernel.reset(inputs, environments.memory, mask, engine.live())
        self._keep(environments, memory)
        environments.begun = True

    def _new_environments(self, size: int) -> Environments:
        kernel = self.engine.kernel
        assert kernel is not None
        self.engine.run.begin(size)
        self.environments = Environments(size, kernel.begin(size), self.engine.run.clock)
        self._loose = False
        return self.environments

    # ---- step --------------------------------------------------------------------------------

    def step(
        self, values: Mapping[str, Any], terminated: Any, truncated: Any, active: Any
    ) -> TensorOutcome:
        engine = self.engine
        environments, rows, plain = self.read(values, terminated, truncated)
        size, device = environments.size, engine.device
        chosen = None if active is None else columns.flag("active", active, size, device)
        originals: dict[int, Tensor] = {}
        if self._checking():
            given, rows = rows.inputs, rows._replace(inputs=self._in_range(rows.inputs))
            read = zip(given, rows.inputs, strict=True)
            originals = {n: x for n, (x, y) in enumerate(read) if x is not None and y is not x}
        if not torch.compiler.is_compiling():  # which would compile anew for each number
            self._unchecked = max(0, self._unchecked - 1)
        live, before = engine.live(), environments.memory
        in_place = engine.policy != "raise" and not _differentiated(rows.inputs, live, *before)
        assert engine.kernel is not None
        results, memory = engine.kernel.step(
            rows,
            before,
            live,
            hold=engine.hold,
            active=chosen,
            in_place=in_place,
            look=engine.looks(),
        )
        self._keep(environments, memory)
        age, born = engine.run.clock, environments.born
        idle = None if chosen is None else ~chosen
        engine.run.tick(idle)
        if chosen is not None and idle is not None:
            environments.born = kept(born, born + idle)
            results = results._replace(reward=_only(chosen, results.reward))
        overwritten = (before.rings and in_place) or is_captured(device)
        met = Met(
            rows,
            originals,
            None if overwritten else before,
            live,
            lambda r: (r, int(age - born[r]) + 1),
        )
        return engine.outcome(Shown(() if plain else (size,), None, chosen), results, met, chosen)

    def detach(self) -> None:
        """Forget how the memory was computed, not what it holds."""
        if self.environments is not None:
            memory = self.environments.memory
            parts = (tuple(x.detach() for x in part) for part in memory)
            self.environments.memory = Memory(*parts)

    def ends(self, values: Mapping[str, Any]) -> Tensor:
        environments, rows, plain = self.read(values, None, None)
        engine, memory = self.engine, environments.memory
        if self._checking():
            rows = rows._replace(inputs=self._in_range(rows.inputs))
        assert engine.kernel is not None
        results, _ = engine.kernel.step(rows, memory, engine.live(), hold=engine.hold)
        unfit = engine.unfit(results)
        shown = Shown(() if plain else (environments.size,))
        return engine.uncounted(shown, results, unfit).terminated

    def _keep(self, environments: Environments, memory: Memory) -> None:
        parts = (
            tuple(kept(a, b) for a, b in zip(old, new, strict=True))
            for old, new in zip(environments.memory, memory, strict=True)
        )
        environments.memory = Memory(*parts) if is_captured(self.engine.device) else memory

    def read(
        self, values: Mapping[str, Any], terminated: Any, truncated: Any
    ) -> tuple[Environments, Transitions, bool]:
        """The environments of a call of `step`, what the kernel gets, and whether it is plain."""
        environments, inputs, plain = self._read(values, terminated, truncated)
        size, device, never = environments.size, self.engine.device, environments.never
        end = never if terminated is None else columns.flag("terminated", terminated, size, device)
        cut = never if truncated is None else columns.flag("truncated", truncated, size, device)
        return environments, Transitions(inputs, end, cut), plain

    def _read(
        self, values: Mapping[str, Any], terminated: Any, truncated: Any
    ) -> tuple[Environments, list[Tensor | None], bool]:
        plan, engine = self.plan, self.engine
        known = self.environments
        compiled = torch.compiler.is_compiling()
        if not compiled and self._form is not None and known is not None:
            inputs = self._form.read(values) if known.size == self._form.size else None
            if inputs is not None:
                return known, inputs, False
        if plan.mode not in ("online", "episodic"):
            raise failure("RW640", mode=plan.mode)
        signals.check_names(plan, values)
        read, size, plain = columns.read(plan, self._step_inputs, values, engine.device)
        if engine.kernel is None and not self._decide(read, values):
            engine.compile(torch.float64)
        self.settle_pending_reset()
        environments = self.environments
        if size is None:
            size, plain = self._size_without_columns(terminated, truncated)
        if environments is None or (self._loose and size != environments.size):
            environments = self._new_environments(size)
        elif size != environments.size:
            raise failure("RW608", given=size, wanted=environments.size)
        inputs = self._columns(read, values, size, self._step_inputs, "RW600")
        if not environments.begun:
            nothing = self._columns({}, {}, size, self._reset_inputs, "RW609")
            self._restart(environments, nothing, None)
        self._loose = False
        if not compiled:
            self._form = None if plain else self._form_of(read, values, inputs, size)
        return environments, inputs, plain

    def _form_of(
        self,
        read: dict[int, Tensor],
        values: Mapping[str, Any],
        inputs: Sequence[Tensor | None],
        size: int,
    ) -> Form | None:
        """The form of a checked call, where all it brings is tensors of numbers with a batch."""
        plan, engine = self.plan, self.engine
        if len(read) < len(values) or not all(x.__class__ is Tensor for x in values.values()):
            return None
        fixed = {n: x for n, x in enumerate(inputs) if x is not None and n not in read}
        return Form(plan, engine.dtype, size, read, fixed, engine.kept)

    def _columns(
        self,
        read: dict[int, Tensor],
        given: Mapping[str, Any],
        size: int,
        numbers: Sequence[int],
        missing: str,
    ) -> list[Tensor | None]:
        """The kernel's columns [B, *shape] for a call."""
        engine, environments = self.engine, self.environments
        found: list[Tensor | None] = [None] * len(self.plan.inputs)
        for number in numbers:
            declared = self.plan.inputs[number]
            if number in read:
                x = read[number]
                columns.check_width(declared, x, given[declared.name], engine.dtype)
                copy = number in engine.kept or (missing == "RW609" and declared.per == "episode")
                x = columns.as_read(declared, x, engine.dtype, copy)
                found[number] = x.reshape(size, *declared.shape)
            elif environments is not None and missing == "RW600" and number in environments.latched:
                found[number] = environments.latched[number]
            elif declared.default is not None:
                found[number] = columns.default_of(declared, (size,), engine.dtype, engine.device)
            elif declared.at_reset or missing == "RW600":
                raise failure(missing, declared.span, name=declared.name)
        return found

    def _in_range(self, inputs: Sequence[Tensor | None]) -> list[Tensor | None]:
        return [
            x if x is None else columns.kept_to_range(declared, x)
            for declared, x in zip(self.plan.inputs, inputs, strict=True)
        ]

    def _checking(self) -> bool:
        if self.check is None:
            return not torch.compiler.is_compiling() and self._unchecked > 0
        return self.check

    def _size_without_columns(self, terminated: Any, truncated: Any) -> tuple[int, bool]:
        """For programs that read no input: the flags say, or the number stays, or it is one."""
        for flag in (terminated, truncated):
            if getattr(flag, "ndim", 0):
                return len(flag), False
        return (1, True) if self.environments is None else (self.environments.size, False)


def _differentiated(*parts: Sequence[Tensor | None]) -> bool:
    """Whether the results of a step have gradients to give back."""
    if not torch.is_grad_enabled():
        return False
    return any(x is not None and x.requires_grad for part in parts for x in part)


def _only(chosen: Tensor, reward: Tensor) -> Tensor:
    return torch.where(chosen.reshape(-1, *(1,) * (reward.ndim - 1)), reward, 0)


def _mask(given: Any, wanted: int | None, engine: Engine) -> Tensor:
    given = columns.imported("mask", given)
    fits = isinstance(given, Tensor) and given.dtype is torch.bool and given.ndim == 1
    if not fits or (wanted is not None and len(given) != wanted):
        shown = type(given).__name__
        if isinstance(given, Tensor):
            shown = f"{str(given.dtype).removeprefix('torch.')}{shape_text(tuple(given.shape))}"
        expected = shape_text(("B" if wanted is None else wanted,))
        raise failure("RW619", name="mask", given=shown, expected=expected)
    if given.device != engine.device:
        raise failure("RW625", name="mask", given=given.device, device=engine.device)
    found: Tensor = given
    return found
