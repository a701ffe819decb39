"""What an episode came to, under the keys of `episodes.py`, as tensors on their device."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rewardlang.adapters.opened import has_success
from rewardlang.driver import Program
from rewardlang.tensors.outcome import TensorOutcome

_OF_SPECS = {"satisfied": "spec", "robustness": "robustness"}  # keys by the role of an output


class TensorEpisodes:
    """Running sums over the episodes of many environments, [B] or, where the reward has an axis,
    [B, n]; in float64, without gradients. Nothing here waits for the device."""

    def __init__(self, program: Program) -> None:
        self._timestep = program.checked.timestep
        self._metrics = {o.name: o.at_end for o in program.plan.outputs if o.role == "metric"}
        self._specs = [o for o in program.plan.outputs if o.role in _OF_SPECS]
        self._success = has_success(program)
        self._running: dict[str, Tensor] = {}  # by key: sums, counts, and what held so far

    @torch.no_grad()
    def add(self, out: TensorOutcome, active: Tensor | None = None) -> None:
        """Count one step; rows that are not `active` [B] made none."""
        made = torch.ones_like(out.valid) if active is None else active
        self._add("length", made.to(torch.int64))
        for name, value in {**out.weighted, "total": out.reward}.items():
            self._add(f"reward/{name}", value.to(torch.float64))
        for name, value in out.metrics.items():
            self._add(f"metric/{name}", _only(made, value.to(torch.float64)))
        for name, rows in out.faults.rows.items():
            self._add(f"fault/{name}", (rows & made).to(torch.int64))
        for output in self._specs:
            judged = getattr(out.specs[output.name], output.role)
            self._running[f"{_OF_SPECS[output.role]}/{output.name}"] = judged
        if self._success:
            self._running["success"] = self._running.get("success", False) | out.success

    def _add(self, key: str, value: Tensor) -> None:
        self._running[key] = value + self._running[key] if key in self._running else value

    @torch.no_grad()
    def entries(self) -> dict[str, Tensor]:
        """What the episodes came to so far."""
        if not self._running:
            return {}
        steps = self._running["length"].clamp(min=1)
        amount = steps if self._timestep is None else steps * self._timestep
        unit = "step" if self._timestep is None else "second"
        found = dict(self._running)
        for key, value in self._running.items():
            kind, _, name = key.partition("/")
            if kind == "reward":
                found[f"reward_per_{unit}/{name}"] = value / _along(amount, value)
            elif kind == "metric" and not self._metrics[name]:
                found[key] = value / _along(steps, value)
        return found

    @torch.no_grad()
    def clear(self, rows: Tensor | None = None) -> None:
        """Begin new episodes; in all environments without a mask [B]."""
        for key, value in self._running.items():
            begun: Any = torch.zeros_like(value)
            self._running[key] = begun if rows is None else torch.where(
                _along(rows, value), begun, value
            )  # fmt: skip


def _along(rows: Tensor, value: Tensor) -> Tensor:
    """[B] so that it meets [B, ..]."""
    return rows.reshape(-1, *(1,) * (value.ndim - 1))


def _only(made: Tensor, value: Tensor) -> Tensor:
    return torch.where(_along(made, value), value, 0)
