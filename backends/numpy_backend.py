"""The NumPy backend: the plan walked over whole batches. Obvious before fast; it is the meaning.

`run` loops over time and computes, at each time, the environments that still have a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rewardlang.backends.interpret import Batch, bank_of, commit, walk
from rewardlang.backends.kinds import Array, cast
from rewardlang.plan import Plan
from rewardlang.runtime.kernel import CAPTURE, Block, Capture, Live, State
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.offline import robustness
from rewardlang.temporal.semantics import Semantics


class NumpyKernel:
    """A plan and the NumPy meaning of it. See `runtime.kernel.Kernel` for the contract."""

    def __init__(self, plan: Plan, dtype: np.dtype[Any]) -> None:
        self.plan = plan
        self.dtype = dtype
        self.notes: list[str] = []

    def reset(
        self, inputs: Sequence[Array | None], state: State, mask: Array | None, live: Live
    ) -> None:
        environments = np.arange(state.real.shape[0]) if mask is None else np.flatnonzero(mask)
        for bank in (state.real, state.wide, state.int):
            bank[environments] = 0
        if not len(environments) or not (self.plan.reset_stores or self.plan.reset_pushes):
            return
        clock = np.zeros(len(environments), np.int64)
        batch = self._batch(inputs, state, live, environments, environments, clock)
        with np.errstate(all="ignore"):
            walk(batch, self.plan.prelude)
            walk(batch, self.plan.reset)
            commit(batch, self.plan.reset_stores, self.plan.reset_pushes)

    def run(
        self,
        inputs: Sequence[Array | None],
        terminated: Array,
        truncated: Array,
        state: State,
        first: Array | None,
        count: Array | None,
        live: Live,
        out: Block,
        hold: bool,
        held: Array | None,
        capture: Capture,
    ) -> int:
        environments = np.arange(state.real.shape[0])
        if first is None or count is None:
            first, count = environments, np.ones_like(environments)
        else:
            held = None  # the row before an evaluation's first is not known
        caught = _Caught(capture)
        for k in range(int(count.max(initial=0))):
            going = environments[count > k]
            rows = first[going] + k
            batch = self._batch(inputs, state, live, rows, going, self._clock(state, going))
            batch.terminated, batch.truncated = terminated, truncated
            if hold:
                batch.held = self._held(out, held, rows, going, k, batch.clock)
            with np.errstate(all="ignore"):
                walk(batch, self.plan.prelude)
                walk(batch, self.plan.step)
                self._fill(batch, out)
                caught.add(batch)
                commit(batch, self.plan.stores, self.plan.pushes)
        if not len(out.reward):
            return 0
        return caught.finish()

    def signal(
        self, formula: Formula, x: Array, first: Array, count: Array, semantics: Semantics
    ) -> Array:
        longest = int(count.max(initial=0))
        places = np.minimum(first[:, None] + np.arange(longest), len(x) - 1)
        found = robustness(formula, np.moveaxis(x[places], 2, 0), count, semantics)
        result = np.full(len(x), np.nan)
        real = np.arange(longest) < count[:, None]
        result[places[real]] = found[real]
        return result

    def _batch(
        self,
        inputs: Sequence[Array | None],
        state: State,
        live: Live,
        rows: Array,
        environments: Array,
        clock: Array,
    ) -> Batch:
        return Batch(self.plan, self.dtype, inputs, state, live, rows, environments, clock)

    def _clock(self, state: State, environments: Array) -> Array:
        """t of the transition now computed: 1 at the first after a reset."""
        cell = next((c for c in self.plan.cells if c.name == "t"), None)
        before = 0 if cell is None else state.int[environments, cell.offset]
        return np.zeros(len(environments), np.int64) + before + 1

    def _held(
        self,
        out: Block,
        held: Array | None,
        rows: Array,
        environments: Array,
        k: int,
        clock: Array,
    ) -> Array | None:
        """What each value column gave at the row before; 0 on the first transition."""
        if k > 0:
            return np.asarray(out.values[rows - 1])
        if held is None:
            return None
        if not any(c.name == "t" for c in self.plan.cells):
            return np.asarray(held[environments])
        return np.where(clock[:, None] > 1, held[environments], held.dtype.type(0))

    def _fill(self, batch: Batch, out: Block) -> None:
        plan, rows = self.plan, batch.rows
        banks = {"values": (out.values, "real"), "flags": (out.flags, "bool")}
        banks["ints"] = (out.ints, "int")
        out.reward[rows] = batch.values[plan.reward] if plan.reward >= 0 else 0
        out.faults[rows] = batch.faults
        for output in plan.outputs:
            bank, kind = banks[output.bank]
            x = cast(batch.values[output.slot], batch.slots[output.slot].kind, kind, batch.real)
            flat = x.reshape(x.shape[0], -1)
            bank[rows, output.column : output.column + flat.shape[1]] = flat
            if output.factor_column >= 0:
                out.values[rows, output.factor_column] = batch.values[output.factor_slot]
            if output.factor >= 0:
                out.factors[output.factor] = batch.values[output.factor_slot][0]


class _Caught:
    """Collects the first faulty rows, ordered by environment and then by time."""

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self.count = 0
        self.kept: list[tuple[int, int, list[Array]]] = []

    def add(self, batch: Batch) -> None:
        """Keep the state that the batch's faulty rows meet."""
        bad = np.flatnonzero(batch.faults)
        self.count += len(bad)
        for i in bad[:CAPTURE]:
            environment = int(batch.environments[i])
            met = [bank_of(batch.state, b)[environment].copy() for b in ("real", "wide", "int")]
            self.kept.append((environment, int(batch.rows[i]), met))
        self.kept = sorted(self.kept, key=lambda row: row[:2])[:CAPTURE]

    def finish(self) -> int:
        capture = self.capture
        capture.rows[:] = -1
        for i, (_, row, (real, wide, integer)) in enumerate(self.kept):
            capture.rows[i] = row
            capture.real[i], capture.wide[i], capture.int[i] = real, wide, integer
        return self.count


def compile_plan(plan: Plan, dtype: np.dtype[Any], cache: bool) -> NumpyKernel:
    """The NumPy backend compiles nothing, so there is nothing to keep in a cache."""
    return NumpyKernel(plan, dtype)
