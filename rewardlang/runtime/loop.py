"""The online half: environments that are stepped and reset, any number at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlang.runtime import signals
from rewardlang.runtime.captures import Call
from rewardlang.runtime.engine import Engine
from rewardlang.runtime.failure import failure, shape_text
from rewardlang.runtime.kernel import Array, Block, State
from rewardlang.runtime.machines import (
    Counterfactual,
    chosen_machine,
    of_outcome,
    remembers_more,
    spread,
)
from rewardlang.runtime.online import FastForm, as_rows, form_key, read_checked
from rewardlang.runtime.outcome import Outcome, Rows
from rewardlang.runtime.pools import each_alone
from rewardlang.runtime.signals import Column
from rewardlang.runtime.state import Environments, put_rows, rows_of

CHECKED_STEPS = 10  # calls of `step` whose columns are held against their declared ranges
_PLAIN = Rows(())


class Loop:
    """See `Reward`, whose `reset` and `step` these are."""

    def __init__(self, engine: Engine, check: bool | None) -> None:
        plan = engine.plan
        self.engine = engine
        self.plan = plan
        self.check = check
        self.environments: Environments | None = None
        own = [(n, i) for n, i in enumerate(plan.inputs) if i.origin == "loop"]
        self._step_inputs = [n for n, i in own if i.in_step]
        self._reset_inputs = [n for n, i in own if i.at_reset or (i.in_step and i.per == "episode")]
        self._fast: FastForm | None = None
        self._pending: tuple[dict[int, Column], Array | None, int | None, bool] | None = None
        self._loose = False  # whether the next step may bring another number of environments
        self._unchecked = CHECKED_STEPS

    def adopt(self, environments: Environments | None) -> None:
        """Go on with other environments: restored ones, or none."""
        self.environments = environments
        self._fast = None
        self._pending = None
        self._loose = False

    def reset(self, values: Mapping[str, Any] | None, mask: Any) -> None:
        plan = self.plan
        given = {} if values is None else values
        signals.check_mapping(given)
        signals.check_names(plan, given)
        for declared in plan.inputs:
            if declared.per == "step" and declared.name in given:
                raise failure("RW611", declared.span, name=declared.name, per="step")
        columns, size, plain = read_checked(plan, self._reset_inputs, given)
        for number in self._reset_inputs:
            self._need(number, columns, "reset")
        chosen = None
        if mask is not None:
            known = None if self.environments is None else self.environments.size
            chosen = _mask(mask, known if size is None else size)
            size = len(chosen)
        self.settle_pending_reset()
        if self.engine.kernel is None:
            kept = {n: (array.copy(), w) for n, (array, w) in columns.items()}
            self._pending = (kept, chosen, size, plain)
            return
        self._begin(columns, chosen, size, plain)

    def settle_pending_reset(self) -> None:
        """Carry out a reset that had to wait for the float type."""
        if self._pending is not None:
            columns, mask, size, plain = self._pending
            self.engine.decided(columns.items())
            self._pending = None
            self._begin(columns, mask, size, plain)

    def _need(self, number: int, columns: dict[int, Column], call: str) -> None:
        declared = self.plan.inputs[number]
        if number in columns or declared.default is not None:
            return
        if call == "reset" and not declared.at_reset:
            return  # a per-episode input may still come with each step
        code = "RW609" if call == "reset" else "RW600"
        raise failure(code, declared.span, name=declared.name)

    def _begin(
        self, columns: dict[int, Column], mask: Array | None, size: int | None, plain: bool
    ) -> None:
        engine, environments = self.engine, self.environments
        if size is None and environments is None:
            return  # environments that do not exist yet begin with their first step
        if environments is None or (mask is None and size not in (None, environments.size)):
            environments = self._new_environments(size or 1)
        elif size not in (None, environments.size):
            raise failure("RW608", given=size, wanted=environments.size)
        arrays = self._reset_columns(columns, environments.size, plain)
        if self._checking():
            engine.keep_contract(arrays)
        engine.run.episodes += environments.begin(mask)
        engine.set_run()
        self._reset_kernels(arrays, environments, mask)
        for number in self._reset_inputs:
            if self.plan.inputs[number].per == "episode":
                environments.latch(number, arrays[number], mask)
                self._fast = None
        self._loose = mask is None and not columns

    def _reset_columns(
        self, columns: dict[int, Column], size: int, plain: bool
    ) -> list[Array | None]:
        arrays: list[Array | None] = [None] * len(self.plan.inputs)
        for number in self._reset_inputs:
            declared = self.plan.inputs[number]
            if number in columns:
                arrays[number] = as_rows(declared, columns[number], self.engine.dtype, plain)
            elif declared.default is not None:
                arrays[number] = signals.default_of(declared, (size,), self.engine.dtype)
            elif declared.at_reset:
                raise failure("RW609", declared.span, name=declared.name)
        return arrays

    def _new_environments(self, size: int) -> Environments:
        if self.environments is not None:
            self.engine.run.episodes += self.environments.begin(None)
        self.environments = Environments(
            self.plan, self.engine.dtype, size, self.engine.feeds.memory(size)
        )
        self._fast = None
        self._loose = False
        return self.environments

    def _begin_waiting(self, environments: Environments) -> None:
        """Start the environments that were never reset, if that takes no values."""
        if environments.waiting is not None:
            arrays = self._reset_columns({}, environments.size, False)
            engine = self.engine
            engine.set_run()
            self._reset_kernels(arrays, environments, environments.waiting)
            environments.waiting = None

    def _reset_kernels(
        self, arrays: list[Array | None], environments: Environments, mask: Array | None
    ) -> None:
        engine = self.engine
        if engine.feeds:
            engine.feeds.reset(arrays, environments.fed, mask, engine.live)
        assert engine.kernel is not None
        engine.kernel.reset(arrays, environments.state, mask, engine.live)

    def _checking(self) -> bool:
        return self._unchecked > 0 if self.check is None else self.check

    def step(
        self, values: Mapping[str, Any], terminated: Any, truncated: Any, active: Any
    ) -> Outcome:
        form = self._fast
        columns = None if form is None else form.read(values)
        if columns is None:
            columns = self._read(values, terminated, truncated)
            form = self._fast
        engine, environments = self.engine, self.environments
        assert environments is not None and form is not None
        end = cut = environments.no_end
        if terminated is not None:
            end = environments.flag("terminated", terminated)
        if truncated is not None:
            cut = environments.flag("truncated", truncated)
        originals: dict[int, Array] = {}
        if self._unchecked or self.check:
            if self._checking():
                columns = columns.copy()
                originals = engine.keep_contract(columns)
            self._unchecked = max(0, self._unchecked - 1)
        if active is not None:
            lead = () if form.plain else environments.rows.lead
            rows = Rows(lead, None, environments.flag("active", active).copy())
            return self._step_some(columns, end, cut, originals, rows)
        fed = None
        if engine.feeds:
            columns = columns.copy()
            engine.set_run()
            fed = engine.feeds.run(columns, (end, cut), environments.fed, engine.live, engine.hold)
        block, count = self._run(columns, end, cut, environments.state, environments.held)
        if engine.run_memory:
            engine.remember(block, each_alone(environments.size))
        age = environments.clock
        environments.clock = age + 1
        engine.run.steps += environments.size
        if engine.hold:
            environments.held = block.values
        rows = _PLAIN if form.plain else environments.rows
        if not count:
            return engine.outcome(rows, block, None, fed)
        born = environments.born
        call = Call(
            columns, originals, end, cut, engine.live, lambda r: (r, age - int(born[r]) + 1),
            failures={} if fed is None else fed.failures,
        )  # fmt: skip
        return engine.outcome(rows, block, engine.faulted(count, block, call, rows), fed)

    def counterfactual(
        self, values: Mapping[str, Any], terminated: Any, truncated: Any, name: str | None
    ) -> Counterfactual:
        """See `Reward.counterfactual`: the kernel, over each environment once for each state."""
        engine = self.engine
        machine = chosen_machine(self.plan, name)
        columns = self._read(values, terminated, truncated).copy()
        environments = self.environments
        assert environments is not None
        if self._checking():
            engine.keep_contract(columns)
        ends = [
            environments.no_end if given is None else environments.flag(what, given)
            for what, given in (("terminated", terminated), ("truncated", truncated))
        ]
        count = len(machine.states)
        many = [None if c is None else np.repeat(c, count, axis=0) for c in columns]
        end, cut = (np.repeat(flag, count) for flag in ends)
        state, held = spread(machine, environments.state), np.repeat(environments.held, count, 0)
        block, _ = self._run(many, end, cut, state, held)
        engine.capture.rows.fill(-1)  # what did not happen is no fault to be told
        rows = Rows((environments.size, count))
        whole = not remembers_more(self.plan, machine)
        return of_outcome(engine.outcome(rows, block, None), machine.name, whole)

    def _run(
        self, columns: list[Array | None], end: Array, cut: Array, state: State, held: Array
    ) -> tuple[Block, int]:
        """One row for each environment of `state`."""
        engine = self.engine
        block = engine.block(len(end))
        engine.set_run()
        hold, live, capture = engine.hold, engine.live, engine.capture
        kernel = engine.kernel
        assert kernel is not None
        previous = held if hold else None
        count = kernel.run(
            columns, end, cut, state, None, None, live, block, hold, previous, capture
        )
        return block, count

    def _step_some(
        self,
        columns: list[Array | None],
        end: Array,
        cut: Array,
        originals: dict[int, Array],
        rows: Rows,
    ) -> Outcome:
        """A step of some environments: their rows are taken out, computed and put back."""
        engine, environments = self.engine, self.environments
        assert environments is not None and rows.real is not None
        chosen = np.flatnonzero(rows.real)
        some = [None if c is None else c[chosen] for c in columns]
        end, cut = end[chosen], cut[chosen]
        part = rows_of(environments.state, chosen)
        ages = environments.clock - environments.born[chosen]
        fed = None
        if engine.feeds and len(chosen):
            engine.set_run()
            fed = engine.feeds.run_some(
                some, (end, cut), environments.fed, engine.live, engine.hold, chosen
            )
        if len(chosen):
            block, count = self._run(some, end, cut, part, environments.held[chosen])
            put_rows(environments.state, chosen, part)
            if engine.run_memory:
                engine.remember(block, each_alone(len(chosen)))
        else:
            block, count = engine.block(0), 0
            block.factors.fill(0)
        environments.clock += 1
        environments.born[~rows.real] += 1
        engine.run.steps += len(chosen)
        whole = _scattered(block, chosen, environments.size)
        if engine.hold:
            environments.held = environments.held.copy()
            environments.held[chosen] = block.values
        if not count:
            return engine.outcome(rows, whole, None, fed)
        before = {n: c[chosen] for n, c in originals.items()}
        call = Call(
            some, before, end, cut, engine.live, lambda r: (int(chosen[r]), int(ages[r]) + 1),
            failures={} if fed is None else fed.failures,
        )  # fmt: skip
        faults = engine.faulted(count, whole, call, rows, block.faults)
        return engine.outcome(rows, whole, faults, fed)

    def _read(
        self, values: Mapping[str, Any], terminated: Any, truncated: Any
    ) -> list[Array | None]:
        """The kernel's columns for a step, every check made; remembers the form for `_fast`."""
        plan, engine = self.plan, self.engine
        if plan.mode not in ("online", "episodic"):
            raise failure("RW640", mode=plan.mode)
        signals.check_mapping(values)
        signals.check_names(plan, values)
        columns, size, plain = read_checked(plan, self._step_inputs, values)
        pending = {} if self._pending is None else self._pending[0]
        engine.decided([*pending.items(), *columns.items()])
        self.settle_pending_reset()
        environments = self.environments
        if size is None:
            size, plain = self._size_without_columns(terminated, truncated)
        if environments is None or (self._loose and size != environments.size):
            environments = self._new_environments(size)
        elif size != environments.size:
            raise failure("RW608", given=size, wanted=environments.size)
        arrays, fixed = self._step_columns(columns, environments, plain)
        self._begin_waiting(environments)
        self._loose = False
        names = frozenset(values)
        if self._fast is None or self._fast.key != form_key(size, plain, names, columns):
            self._fast = FastForm(plan, engine.dtype, size, plain, names, columns, fixed)
        return arrays

    def _step_columns(
        self, columns: dict[int, Column], environments: Environments, plain: bool
    ) -> tuple[list[Array | None], dict[int, Array]]:
        """The kernel's columns, and which of them the call did not bring."""
        arrays: list[Array | None] = [None] * len(self.plan.inputs)
        fixed: dict[int, Array] = {}
        for number in self._step_inputs:
            declared = self.plan.inputs[number]
            if number in columns:
                arrays[number] = as_rows(declared, columns[number], self.engine.dtype, plain)
                continue
            kept = environments.kept(number)
            if kept is None:
                self._need(number, columns, "step")
                kept = signals.default_of(declared, (environments.size,), self.engine.dtype)
            arrays[number] = fixed[number] = kept
        return arrays, fixed

    def _size_without_columns(self, terminated: Any, truncated: Any) -> tuple[int, bool]:
        """For programs that read no input: the flags say, or the number stays, or it is one."""
        for flag in (terminated, truncated):
            if flag is not None:
                return (len(flag), False) if np.ndim(flag) else (1, True)
        return (1, True) if self.environments is None else (self.environments.size, False)


def _mask(given: Any, wanted: int | None) -> Array:
    mask = np.array(given)
    if mask.dtype != bool or mask.ndim != 1 or (wanted is not None and len(mask) != wanted):
        raise failure(
            "RW619",
            name="mask",
            given=f"{mask.dtype}{shape_text(mask.shape)}",
            expected=shape_text(("B" if wanted is None else wanted,)),
        )
    return mask


def _scattered(block: Block, chosen: Array, size: int) -> Block:
    """The rows of a part in their places among all; zero elsewhere."""

    def spread(part: Array) -> Array:
        whole = np.zeros((size, *part.shape[1:]), part.dtype)
        whole[chosen] = part
        return whole

    return Block(
        spread(block.reward),
        spread(block.values),
        spread(block.flags),
        spread(block.ints),
        spread(block.faults),
        block.factors,
    )
