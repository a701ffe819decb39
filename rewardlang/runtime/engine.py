"""A compiled plan with all that a call of it needs beside the columns.

`step` and `evaluate` share it: one kernel, one set of params, one counter of the run, one log of
faults. The float type is decided once, at the latest by the first columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rewardlang.extract.asking import Host
from rewardlang.plan import Plan
from rewardlang.runtime import signals
from rewardlang.runtime.captures import Call, Offences, offences
from rewardlang.runtime.failure import failure
from rewardlang.runtime.faults import Fault, RewardFault, handled_sinks
from rewardlang.runtime.feeds import Fed, Feeds, MakeKernel
from rewardlang.runtime.kernel import CAPTURE, Array, Blame, Block, Capture, Kernel, Live
from rewardlang.runtime.outcome import Outcome, Rows, results_of
from rewardlang.runtime.params import Params
from rewardlang.runtime.pools import Span
from rewardlang.runtime.recycling import Spares
from rewardlang.runtime.run_memory import RunMemory
from rewardlang.runtime.signals import Column
from rewardlang.runtime.state import new_state
from rewardlang.runtime.tally import FaultLog, Faults
from rewardlang.runtime.trace import tracer, untraced

_INT64 = np.dtype(np.int64)
_UINT8 = np.dtype(np.uint8)


@dataclass
class RunCount:
    """How far the run is, over all environments."""

    steps: int = 0
    episodes: int = 0
    training: bool = True


class Engine:
    """See the module. `kernel` is None until the float type is decided."""

    def __init__(
        self,
        plan: Plan,
        make_kernel: MakeKernel,
        blame: Blame,
        policy: str,
        reference: MakeKernel | None = None,
        hosts: Sequence[Host] = (),
        shared: Engine | None = None,
    ) -> None:
        """`shared` is an engine of the same program, whose params and run this one has too."""
        self.plan = plan
        self.params: Params = Params(plan) if shared is None else shared.params
        self.run: RunCount = RunCount() if shared is None else shared.run
        self.feeds = Feeds(plan, make_kernel, hosts)
        self.run_memory = RunMemory(plan, self.params, reference or make_kernel)
        if shared is not None:
            self.run_memory.kept = shared.run_memory.kept
        self._shared = shared
        self.policy = policy
        self.hold = policy == "hold"
        self.kernel: Kernel | None = None
        self.dtype = signals.FLOAT64
        self.results = results_of(plan)
        self.trace = tracer(plan, blame)
        self.log: FaultLog = FaultLog(self.trace) if shared is None else shared.log
        self._online = None
        if plan.online is not None:
            options = make_kernel, blame, policy, reference, hosts
            self._online = Engine(plan.online, *options, shared=self)
        self._make_kernel = make_kernel
        self._handled = np.uint64(handled_sinks(plan)).astype(np.int64)
        self._run = np.zeros(3, dtype=np.int64)
        self.live = Live(self.params.real, self.params.int, self._run)
        self.capture = _capture(plan, self.dtype)
        self._reward_shape = plan.reward_shape
        self._shapes = self._shapes_of(0)
        self._no_ints: Array = np.empty((0, 0), _INT64)
        self._spares = Spares()

    @property
    def online(self) -> Engine:
        """What steps a loop; it has the params and the run of this one."""
        return self._online or self

    def join(self, other: Engine) -> None:
        """Count the run and its faults together with an engine of other sizes."""
        for part in (self, self.online):
            part.run, part.log = other.run, other.log

    def compile(self, dtype: np.dtype[Any]) -> Kernel:
        kernel = self._make_kernel(self.plan, dtype)
        if kernel.plan.hash != self.plan.hash or kernel.dtype != dtype:
            raise failure("RW900", what="the backend compiled another program than it was given")
        self.kernel, self.dtype = kernel, dtype
        self._spares = Spares()
        self.feeds.compile(dtype)
        self.live = Live(self.params.bind(dtype), self.params.int, self._run)
        self.capture = _capture(self.plan, dtype)
        return kernel

    def decided(self, columns: Iterable[tuple[int, Column]]) -> Kernel:
        """The kernel; the first columns (by input) decide for which float type it is."""
        if self.kernel is not None:
            return self.kernel
        if self._shared is not None and self._shared.kernel is not None:
            return self.compile(self._shared.dtype)
        real = [column for n, column in columns if self.plan.inputs[n].kind == "real"]
        return self.compile(signals.float_type(real))

    def set_run(self) -> None:
        """Show the kernel the run as it stands before the call."""
        run = self._run
        run[0] = self.run.steps
        run[1] = self.run.episodes
        run[2] = self.run.training

    def block(self, rows: int) -> Block:
        """Room for the results of so many rows; the caller gets to keep it."""
        spare = self._spares.take(rows)
        if spare is not None:
            return spare
        dtype, empty = self.dtype, np.empty
        if rows != self._shapes[0]:
            self._shapes = self._shapes_of(rows)
            self._no_ints = empty((rows, 0), _INT64)
        _, reward, values, flags = self._shapes
        ints = self.plan.int_columns
        block = Block(
            empty(reward, dtype),
            empty(values, dtype),
            empty(flags, _UINT8),
            empty((rows, ints), _INT64) if ints else self._no_ints,
            empty(rows, _INT64),
            empty(self.plan.factor_count, dtype),
        )
        self._spares.note(rows, block)
        return block

    def _shapes_of(self, rows: int) -> tuple[int, Any, Any, Any]:
        """Of the arrays that every block has, with the number of rows they are for."""
        plan = self.plan
        reward = (rows, *self._reward_shape)
        return rows, reward, (rows, plan.value_columns), (rows, plan.flag_columns)

    def remember(self, block: Block, span: Span) -> None:
        """The run takes in the rows of a call; not where nothing is trained."""
        if self.run.training:
            self.run_memory.commit(block, span)

    def outcome(
        self, rows: Rows, block: Block, faults: Faults | None, fed: Fed | None = None
    ) -> Outcome:
        hosts = {} if fed is None else fed.reports
        if self._reward_shape:
            reward = block.reward.reshape(rows.lead + self._reward_shape)
            return Outcome(self.results, rows, block, reward.copy(), faults, hosts)
        if not rows.lead:
            return Outcome(self.results, rows, block, block.reward.item(), faults, hosts)
        reward = block.reward
        if self.results.own_reward:
            reward = reward.copy()  # `rest` is computed from the block's own
        if reward.shape != rows.lead:
            reward = reward.reshape(rows.lead)
        return Outcome(self.results, rows, block, reward, faults, hosts)

    def faulted(
        self, count: int, block: Block, call: Call, rows: Rows, computed: Array | None = None
    ) -> Faults:
        """Count, keep and act on the faults of a call; `computed` where the block was scattered."""
        bits = block.faults
        given = bits if computed is None else computed
        found = offences(self.plan, self.capture, given, call)
        self.capture.rows.fill(-1)
        unhandled = (bits & ~self._handled) != 0
        ended = unhandled if self.policy == "terminate" else None
        faults = Faults(self.plan, bits, rows.lead, count, found, self.trace, ended)
        self.log.add(count, faults.counts, found, self.trace)
        if self.policy == "raise" and unhandled.any():
            raise RewardFault(self._unhandled(found, given, call))
        return faults

    def _unhandled(self, found: Offences, bits: Array, call: Call) -> list[Fault]:
        """The records that the policy `raise` shows: of sinks without an `on fault`."""
        open_bits = ~self._handled
        records = []
        for offence in found:
            unhandled = int(np.int64(offence.bits) & open_bits)
            if unhandled:
                records += self.trace(replace(offence, bits=unhandled))
        if not records:  # only rows that are not at fault were captured
            row = int(np.flatnonzero(bits & open_bits)[0])
            records = untraced(self.plan, int(bits[row] & open_bits), *call.place(row))
        return records

    def keep_contract(self, arrays: list[Array | None]) -> dict[int, Array]:
        """Turn values outside their declared ranges into faults; returns the columns as given."""
        originals: dict[int, Array] = {}
        for number, declared in enumerate(self.plan.inputs):
            array = arrays[number]
            broken = None if array is None else signals.outside(declared, array)
            if array is not None and broken is not None:
                originals[number] = array
                arrays[number] = signals.poisoned(array, broken)
        return originals


def _capture(plan: Plan, dtype: np.dtype[Any]) -> Capture:
    banks = new_state(plan, dtype, CAPTURE)
    rows = np.full(CAPTURE, -1, dtype=np.int64)
    return Capture(rows, banks.real, banks.wide, banks.int)
