"""A compiled program in use: `step`, `reset` and `evaluate` over one kernel.

`step` and `evaluate` run the same kernel on the same numbers, so a reward computed online and one
computed from the recording agree bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rewardlang.extract.asking import Host, HostReport
from rewardlang.plan import Plan
from rewardlang.runtime import offline, ragged, recorded, signals, state
from rewardlang.runtime.bound import Bound
from rewardlang.runtime.engine import Engine
from rewardlang.runtime.failure import failure
from rewardlang.runtime.faults import policy_of
from rewardlang.runtime.feeds import MakeKernel
from rewardlang.runtime.kernel import Blame
from rewardlang.runtime.loop import Loop
from rewardlang.runtime.machines import Counterfactual
from rewardlang.runtime.outcome import Outcome
from rewardlang.runtime.params import Params
from rewardlang.runtime.sizes import OpenAxes
from rewardlang.runtime.tally import FaultLog
from rewardlang.runtime.trace import input_only


class Reward(Bound[Engine, Loop]):
    """One program, its params, and the memory of its environments.

    `make_kernel(plan, dtype)` compiles a plan for float32 or float64; it is called at the first use
    unless `dtype` is given, and for each of the plan's feeds. `reference` makes the kernels of what
    is computed once a call, `hosts` are the functions of the host in the order of `plan.hosts`.
    `blame` traces a fault to its cause. `faults` is what happens to a value that is none: `raise`,
    `hold` (the term keeps its last value), `zero`, or `terminate` (zero, and the row's `terminated`
    is set); left out, it is what the file declares, else `hold`.
    A term with an `on fault` of its own takes that value under every policy.

    `params`    live: `reward.params["target"] = 2.0` holds from the next call on
    `faults`    every fault so far: `count`, `counts`, and `records` of the last offending rows
    """

    def __init__(
        self,
        plan: Plan,
        make_kernel: MakeKernel,
        blame: Blame = input_only,
        *,
        dtype: Any = None,
        params: Mapping[str, Any] | None = None,
        faults: str | None = None,
        check: bool | None = None,
        open_axes: OpenAxes | None = None,
        reference: MakeKernel | None = None,
        hosts: Sequence[Callable[..., Any]] = (),
    ) -> None:
        self._hosts = [Host(d, f) for d, f in zip(plan.hosts, hosts, strict=True)]
        self._make_kernel, self._blame, self._reference = make_kernel, blame, reference
        self._policy = policy_of(plan.faults, faults)
        self._ragged = ragged.is_ragged(plan)
        asked = None if dtype is None else _float_type(dtype)
        super().__init__(plan, open_axes, asked, params, check)

    def _engine_of(self, plan: Plan) -> Engine:
        make, reference = self._make_kernel, self._reference
        return Engine(plan, make, self._blame, self._policy, reference, self._hosts)

    def _loop_of(self, engine: Engine, check: bool | None) -> Loop:
        return Loop(engine.online, check)

    def __repr__(self) -> str:
        return f"Reward({self.plan.name!r}, {self.dtype or 'float type undecided'})"

    @property
    def params(self) -> Params:
        return self._engine.params

    @property
    def faults(self) -> FaultLog:
        return self._engine.log

    @property
    def steps(self) -> int:
        """Transitions so far, over all environments."""
        return self._engine.run.steps

    @property
    def episodes(self) -> int:
        """Episodes that a reset has ended so far."""
        return self._engine.run.episodes

    @property
    def hosts(self) -> dict[str, HostReport]:
        """What each `extern` was asked so far."""
        return {host.declared.name: replace(host.total) for host in self._hosts}

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """The float type; None before the first call has decided it."""
        for engine in (self._engine, self._engine.online):
            if engine.kernel is not None:
                return engine.dtype
        return None

    def reset(self, values: Mapping[str, Any] | None = None, mask: Any = None) -> None:
        """Begin an episode in the environments where `mask` [B] is true; without a mask in all.

        `values` holds, for all B environments, the per-state inputs as they stand after the reset
        (only the ones the program reads there are needed) and the per-episode inputs known by
        then. A reset without a mask may change the number of environments.
        """
        given = {} if values is None else values
        if self._ragged:
            given = self._padded(given)
        if self._open is not None and self._waits(self._open, given, mask):
            return
        self._loop.reset(given, mask)

    def step(
        self,
        values: Mapping[str, Any],
        terminated: Any = None,
        truncated: Any = None,
        *,
        active: Any = None,
    ) -> Outcome:
        """The reward of one transition in every environment.

        `values` holds each input as an array [B, *shape], or without the batch axis (plain numbers
        for scalars) for one environment; the results have the same form. Per-state inputs are
        values after the transition, before any reset. `terminated` and `truncated` [B] are what
        the loop said. `active` [B] leaves out environments that made no transition (a vector
        environment's reset row): their state stays as it is, their reward is 0 and not valid.
        Where the total keeps an axis, `terminated` may say it of each slot: [B, n].
        """
        if self._ragged:
            values = self._padded(values)
        if self._open is not None:
            self._fit(self._open, values)
        if self.plan.axis is not None and terminated is not None:
            values, terminated = signals.split_slots(self.plan, values, terminated)
        return self._loop.step(values, terminated, truncated, active)

    def counterfactual(
        self,
        values: Mapping[str, Any],
        terminated: Any = None,
        truncated: Any = None,
        *,
        machine: str | None = None,
    ) -> Counterfactual:
        """The transition that `step` would make with these values, from every state of a machine.

        For learning from all states at once (CRM; Toro Icarte et al., 2022): arrays [B, S], by the
        state the transition begins in. Nothing is remembered or counted, so call it before `step`.
        `machine` may be left out where the program has one. Timers and counts of states that the
        machine is not in begin anew. A program that asks functions of the host is refused (RW455).
        """
        if self._ragged:
            values = self._padded(values)
        if self._open is not None:
            self._fit(self._open, values)
        return self._loop.counterfactual(values, terminated, truncated, machine)

    def evaluate(
        self,
        columns: Mapping[str, Any],
        *,
        episode: Any = None,
        lengths: Any = None,
        initial: Mapping[str, Any] | None = None,
        terminated: Any = None,
        truncated: Any = None,
        group: Any = None,
        commit: bool = False,
    ) -> Outcome:
        """Rewards of recorded episodes. Reads and changes nothing of the online environments.

        Padded: columns [B, T, ...] per step, [B, T + 1, ...] per state (the reset's value first),
        [B, ...] per episode; `lengths` [B] where episodes are shorter. Flat: columns [M, ...] and
        `episode` ids [M], per-state columns after each transition, `initial` [E, ...] the values
        at reset that the program reads, per-episode columns [E, ...] or repeated on the rows.
        `terminated` and `truncated` may be columns or keywords; an episode's last row counts as
        truncated unless it is terminated. `group` [B] or [E] says which episodes are siblings, for
        programs that compare those. With `commit`, what the program remembers `over run` takes the
        data in, as one call.
        """
        signals.check_mapping(columns)
        engine = self._engine
        if self._ragged:
            columns = self._padded(columns, 2 if episode is None else 1)
            initial = None if initial is None else self._padded(initial, 1)
        if self._open is not None:
            engine = self._engine_for(self._open, {**(initial or {}), **columns})
        plan = engine.plan
        given, ends = recorded.split_ends(plan, columns, terminated, truncated)
        if plan.axis is not None and ends["terminated"] is not None:
            flags = ends["terminated"]
            given, ends["terminated"] = signals.split_slots(plan, given, flags)
        arrays = recorded.arrays_of(plan, given)
        if episode is None:
            if initial is not None:
                raise failure("RW643", name="initial", layout="padded")
            data = recorded.read_padded(plan, arrays, ends, lengths, group)
        else:
            if lengths is not None:
                raise failure("RW643", name="lengths", layout="flat")
            begun = recorded.arrays_of(plan, initial or {})
            data = recorded.read_flat(plan, arrays, ends, episode, begun, group)
        return offline.evaluate(engine, data, self.check is not False, commit)

    def _padded(self, values: Mapping[str, Any], lead: int | None = None) -> dict[str, Any]:
        """The values with ragged columns padded; `lead` axes come before those of a step's input
        in recorded data."""
        signals.check_mapping(values)
        of_call = ragged.lead_of_call(self.plan, values)
        if lead is not None:
            recorded_lead = lead
            of_call = lambda i: 1 if i.per == "episode" else recorded_lead  # noqa: E731
        return ragged.padded(self.plan, values, of_call, self.dtype)

    # ---- saving ------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Everything a run needs to go on: memory, counters, params. Plain arrays, all copies."""
        engine = self._engine.online
        self._loop.settle_pending_reset()
        entry: dict[str, Any] = {"program": engine.plan.hash, "environments": 0}
        if self._loop.environments is not None:
            entry = state.saved(engine.plan, engine.dtype, self._loop.environments)
        entry["steps"], entry["episodes"] = engine.run.steps, engine.run.episodes
        if engine.run_memory:
            entry["run"] = engine.run_memory.saved()
        entry["training"] = engine.run.training
        if self._sizes is not None:
            entry["sizes"] = dict(self._sizes)
        entry["params"] = {
            name: value.copy() if isinstance(value, np.ndarray) else value
            for name, value in self.params.items()
        }
        return entry

    def load_state_dict(self, entry: Mapping[str, Any]) -> None:
        """Go on from a saved state of the same program; nothing of `entry` is kept or changed."""
        state.check_program(self._engine.online.plan, entry)
        if self._open is not None and "sizes" in entry:
            self._restore_sizes(self._open, entry["sizes"])
        engine = self._engine.online
        steps, episodes = state.counters(entry)
        restored = None
        if entry.get("environments") != 0:
            dtype = _float_type(entry.get("float"))
            if engine.kernel is not None and engine.dtype != dtype:
                raise failure("RW632", given=dtype.name, wanted=engine.dtype.name)
            if engine.kernel is None:
                engine.compile(dtype)
            size = entry.get("environments")
            fed = engine.feeds.memory(size if isinstance(size, int) else 0)
            restored = state.restored(engine.plan, dtype, entry, fed)
        params = entry.get("params", {})
        if not isinstance(params, Mapping):
            raise failure("RW631", what="`params` is not a mapping")
        if engine.run_memory:
            engine.run_memory.restore(entry.get("run"))
        self.params.update(params)
        self._loop.adopt(restored)
        engine.run.steps, engine.run.episodes = steps, episodes
        engine.run.training = bool(entry.get("training", True))

    def merge_run(self, states: Iterable[Mapping[str, Any]]) -> None:
        """Add what other workers' programs remember `over run` to what this one does.

        `states` are their `state_dict`s; all began from one and the same. Only what grows by
        addition and the folds (`mean(x over run)`) can be merged.
        """
        engine, entries = self._engine.online, []
        for entry in states:
            state.check_program(engine.plan, entry)
            entries.append(entry.get("run"))
        engine.run_memory.merge(entries)


def _float_type(dtype: Any) -> np.dtype[Any]:
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = np.dtype(object)
    for known in (signals.FLOAT32, signals.FLOAT64):
        if dtype is not None and found == known:
            return known
    raise failure("RW645", given=dtype)
