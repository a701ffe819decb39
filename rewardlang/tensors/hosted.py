"""Programs that need the host: functions of the host, statistics over groups, batches and the run.

The reward is computed there by a compiled CPU kernel, between a copy of the columns and a copy of
the results. So every call waits for the device, and no gradient flows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, NoReturn

import numpy as np
import torch
from torch import Tensor

from rewardlang.plan import Plan
from rewardlang.runtime.failure import failure
from rewardlang.runtime.machines import Counterfactual
from rewardlang.runtime.outcome import Outcome
from rewardlang.runtime.reward import Reward


def needs_host(plan: Plan) -> str | None:
    """What of a program no device does; None where there is nothing."""
    calls = [call for feed in plan.feeds for call in feed.calls]
    if any(call.host >= 0 for call in calls):
        return "functions of the host"
    if any(call.pool is not None for call in calls):
        return "statistics over groups or batches"
    if plan.commit is not None:
        return "what it remembers over the run"
    if any(name is not None for i in plan.inputs for name in i.lengths):
        return "ragged inputs"
    return None


class HostedReward:
    """A `Reward` behind tensors: what it gives and takes is on `device`, all else is the same."""

    def __init__(self, reward: Reward, device: torch.device) -> None:
        self.host, self.device = reward, device

    def __getattr__(self, name: str) -> Any:
        return getattr(self.host, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("training", "check"):
            setattr(self.host, name, value)
        else:
            super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"HostedReward({self.host!r}, {self.device})"

    def reset(self, values: Mapping[str, Any] | None = None, mask: Any = None) -> None:
        self.host.reset(self._there(values), self._there(mask))

    def step(
        self,
        values: Mapping[str, Any],
        terminated: Any = None,
        truncated: Any = None,
        *,
        active: Any = None,
    ) -> HostedOutcome:
        out = self.host.step(
            self._there(values),
            self._there(terminated),
            self._there(truncated),
            active=self._there(active),
        )
        return HostedOutcome(out, self.device)

    def evaluate(self, columns: Mapping[str, Any], **options: Any) -> HostedOutcome:
        given = {name: self._there(value) for name, value in options.items()}
        return HostedOutcome(self.host.evaluate(self._there(columns), **given), self.device)

    def counterfactual(
        self,
        values: Mapping[str, Any],
        terminated: Any = None,
        truncated: Any = None,
        *,
        machine: str | None = None,
    ) -> Counterfactual:
        found = self.host.counterfactual(
            self._there(values), self._there(terminated), self._there(truncated), machine=machine
        )
        here: Counterfactual = on_device(found, self.device)
        return here

    def load_state_dict(self, entry: Mapping[str, Any]) -> None:
        self.host.load_state_dict(entry)

    def state_dict(self) -> dict[str, Any]:
        return self.host.state_dict()

    def ends(self, values: Mapping[str, Any]) -> Tensor:
        """Which environments the program would end on these values; what it remembers stays as it
        was. Functions of the host are asked for it, and a fault counts here too."""
        before = self.host.state_dict()
        ended: Tensor = self.step(values).terminated
        self.host.load_state_dict(before)
        return ended

    def functional(self) -> NoReturn:
        """RW638: what needs the host is no pure function."""
        plan = self.host.plan
        raise failure("RW638", name=plan.name, reason=f"it needs the host for {needs_host(plan)}")

    def detach(self) -> None:
        """There is no history to forget."""

    def merge_run(self, states: Iterable[Mapping[str, Any]]) -> None:
        self.host.merge_run(states)

    def _there(self, value: Any) -> Any:
        """Tensors as arrays."""
        if isinstance(value, Mapping):
            return {name: self._array(name, x) for name, x in value.items()}
        return self._array("a flag", value)

    def _array(self, name: str, value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        if value.device != self.device:
            raise failure("RW625", name=name, given=value.device, device=self.device)
        value = value.detach()
        if value.dtype in (torch.bfloat16, torch.float16):
            value = value.float()
        return value.cpu().numpy()


def on_device(value: Any, device: torch.device) -> Any:
    """Arrays as tensors, also within what holds them."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return torch.from_numpy(np.ascontiguousarray(value)).to(device)
    if isinstance(value, dict):
        return {name: on_device(x, device) for name, x in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        arrays = {f.name: getattr(value, f.name) for f in fields(value)}
        moved = {n: on_device(x, device) for n, x in arrays.items() if isinstance(x, np.ndarray)}
        return replace(value, **moved)
    return value


class HostedOutcome:
    """An `Outcome` whose arrays are tensors, each copied when it is first read."""

    def __init__(self, host: Outcome, device: torch.device) -> None:
        self.host, self.device = host, device
        self.reward = on_device(host.reward, device)

    def __getattr__(self, name: str) -> Any:
        found = on_device(getattr(self.host, name), self.device)
        self.__dict__[name] = found
        return found

    def __repr__(self) -> str:
        return f"HostedOutcome({self.host!r}, {self.device})"
