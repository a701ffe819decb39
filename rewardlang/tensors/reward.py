"""A compiled program in use over tensors: `step`, `reset` and `evaluate`, on one device.

No call waits for the device, except `evaluate` (for lengths and ids), the policy `raise`, and what
is read of faults and counters. Gradients flow from every result to every real input and param that
asks for them, through what the program remembers too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rewardlang.plan import Plan
from rewardlang.runtime import recorded, signals, state
from rewardlang.runtime.bound import Bound
from rewardlang.runtime.failure import failure
from rewardlang.runtime.faults import policy_of
from rewardlang.runtime.kernel import Blame
from rewardlang.runtime.machines import Counterfactual
from rewardlang.runtime.sizes import OpenAxes
from rewardlang.runtime.trace import input_only
from rewardlang.tensors import saved
from rewardlang.tensors.columns import by_slot
from rewardlang.tensors.counterfactual import counterfactual
from rewardlang.tensors.engine import Engine, FaultCount, MakeKernel, device_of
from rewardlang.tensors.functional import Functional
from rewardlang.tensors.loop import Loop
from rewardlang.tensors.outcome import TensorOutcome
from rewardlang.tensors.params import TensorParams
from rewardlang.tensors.recorded import evaluate


class TensorReward(Bound[Engine, Loop]):
    """One program, its params, and the memory of its environments, as tensors.

    Arguments as for `runtime.reward.Reward`, and `device`. `dtype` is "float32", "float64" or None:
    float64 if a real input of the first call is, else float32 (bfloat16 and float16 columns are
    read into it).
    """

    def __init__(
        self,
        plan: Plan,
        make_kernel: MakeKernel,
        blame: Blame = input_only,
        *,
        device: Any = None,
        dtype: str | None = None,
        params: Mapping[str, Any] | None = None,
        faults: str | None = None,
        check: bool | None = None,
        open_axes: OpenAxes | None = None,
    ) -> None:
        self.device = device_of(device)
        self._make_kernel, self._blame = make_kernel, blame
        self._policy = policy_of(plan.faults, faults)
        asked = None if dtype is None else _float_type(dtype)
        super().__init__(plan, open_axes, asked, params, check)

    def _engine_of(self, plan: Plan) -> Engine:
        return Engine(plan, self._make_kernel, self._blame, self._policy, self.device)

    def _loop_of(self, engine: Engine, check: bool | None) -> Loop:
        return Loop(engine, check)

    def __repr__(self) -> str:
        dtype = self.dtype or "float type undecided"
        return f"TensorReward({self.plan.name!r}, {dtype}, {self.device})"

    @property
    def params(self) -> TensorParams:
        return self._engine.params

    @property
    def faults(self) -> FaultCount:
        """Every fault so far; reading it waits for the device."""
        return self._engine.faults

    @property
    def steps(self) -> int:
        """Transitions so far, over all environments; reading it waits for the device."""
        return int(self._engine.run.steps())

    @property
    def episodes(self) -> int:
        """Episodes that a reset has ended so far; reading it waits for the device."""
        return int(self._engine.run.episodes)

    @property
    def dtype(self) -> torch.dtype | None:
        """The float type; None before the first call has decided it."""
        kernel = self._engine.kernel
        return None if kernel is None else kernel.dtype

    def reset(self, values: Mapping[str, Any] | None = None, mask: Tensor | None = None) -> None:
        """Begin an episode in the environments where `mask` [B] is true; without a mask in all.

        `values` holds, for all B environments, the per-state inputs as they stand after the reset
        and the per-episode inputs known by then. The first reset begins all environments, whatever
        its mask. A reset without a mask may change their number.
        """
        given = {} if values is None else values
        signals.check_mapping(given)
        if self._open is not None and self._waits(self._open, given, mask):
            return
        self._loop.reset(given, mask)

    def step(
        self,
        values: Mapping[str, Any],
        terminated: Any = None,
        truncated: Any = None,
        *,
        active: Tensor | None = None,
    ) -> TensorOutcome:
        """The reward of one transition in every environment.

        `values` holds each input as a tensor [B, *shape], or without the batch axis for one
        environment; so do arrays of JAX or NumPy, which are read where they are (`__dlpack__`).
        Per-state inputs are values after the transition, before any reset.
        `terminated` and `truncated` [B] are what the loop said, `active` [B] which environments
        made a transition.
        """
        signals.check_mapping(values)
        if self._open is not None:
            self._fit(self._open, values)
        if self.plan.axis is not None and terminated is not None:
            values, terminated = by_slot(self.plan, values, terminated)
        return self._loop.step(values, terminated, truncated, active)

    def counterfactual(
        self,
        values: Mapping[str, Any],
        terminated: Any = None,
        truncated: Any = None,
        *,
        machine: str | None = None,
    ) -> Counterfactual:
        """The transition that `step` would make with these values, from every state of a machine:
        see `runtime.reward.Reward.counterfactual`; tensors [B, S]."""
        signals.check_mapping(values)
        if self._open is not None:
            self._fit(self._open, values)
        return counterfactual(self._loop, values, terminated, truncated, machine)

    def detach(self) -> None:
        """Cut the history of what is remembered: gradients of later steps end here."""
        self._loop.detach()

    def ends(self, values: Mapping[str, Any]) -> Tensor:
        """Which environments the program would end on these values, [B] or [B, n]; the step is not
        made. For loops that ask for ends before they ask for rewards."""
        signals.check_mapping(values)
        if self._open is not None:
            self._fit(self._open, values)
        return self._loop.ends(values)

    def evaluate(
        self,
        columns: Mapping[str, Any],
        *,
        episode: Any = None,
        lengths: Any = None,
        initial: Mapping[str, Any] | None = None,
        terminated: Any = None,
        truncated: Any = None,
    ) -> TensorOutcome:
        """Rewards of recorded episodes, as `runtime.reward.Reward.evaluate` lays them out."""
        signals.check_mapping(columns)
        engine = self._engine
        if self._open is not None:
            engine = self._engine_for(self._open, {**(initial or {}), **columns})
        given, ends = recorded.split_ends(engine.plan, columns, terminated, truncated)
        flag = ends["terminated"]
        if engine.plan.axis is not None and flag is not None:
            more, ends["terminated"] = by_slot(engine.plan, given, flag)
            given = dict(more)
        if episode is None and initial is not None:
            raise failure("RW643", name="initial", layout="padded")
        if episode is not None and lengths is not None:
            raise failure("RW643", name="lengths", layout="flat")
        return evaluate(
            engine, given, ends, episode, lengths, initial or {}, self.check is not False
        )

    def functional(self) -> Functional:
        """The program as pure functions, with the params as they are now: see `Functional`. One
        with open axes has the sizes of the calls so far (RW638 before the first)."""
        if self._open is not None and self._sizes is None:
            raise failure("RW638", name=self.plan.name, reason="its axes have no size yet")
        engine = self._engine_of(self.plan)
        engine.params.update(self.params)
        engine.run.training = self.training
        return Functional(engine, self._asked or self.dtype, self.check is not False)

    # ---- saving ------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Everything a run needs to go on: memory, counters, params. Tensors are copies."""
        self._loop.settle_pending_reset()
        entry = saved.saved(self._engine, self._loop.environments)
        if self._sizes is not None:
            entry["sizes"] = dict(self._sizes)
        return entry

    def load_state_dict(self, entry: Mapping[str, Any]) -> None:
        """Go on from a saved state of the same program; nothing of `entry` is kept or changed."""
        state.check_program(self.plan, entry)
        if self._open is not None and "sizes" in entry:
            self._restore_sizes(self._open, entry["sizes"])
        self._loop.environments = saved.restored(self._engine, entry)


def _float_type(dtype: Any) -> torch.dtype:
    known = {"float32": torch.float32, "float64": torch.float64}
    name = str(dtype).removeprefix("torch.")
    if name not in known:
        raise failure("RW645", given=dtype)
    return known[name]
