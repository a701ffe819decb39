"""What an episode came to, under the keys of `episodes.py`, as tensors on their device."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from rewardlang.adapters.opened import has_success
from rewardlang.driver import Program
from rewardlang.tensors.hosted import HostedOutcome
from rewardlang.tensors.outcome import TensorOutcome

_OF_SPECS = {"satisfied": "spec", "robustness": "robustness"}  # keys by the role of an output


class TensorEpisodes:
    """Running sums over the episodes of many environments, [B] or, where the reward has an axis,
    [B, n]; in float64, without gradients. Nothing here waits for the device.

    Columns of one shape lie side by side in one tensor, so that a step costs a few operations and
    not a few for each term.
    """

    def __init__(self, program: Program) -> None:
        self._timestep = program.checked.timestep
        self._at_end = {o.name: o.at_end for o in program.plan.outputs if o.role == "metric"}
        self._specs = [o for o in program.plan.outputs if o.role in _OF_SPECS]
        self._success = has_success(program)
        self._names: dict[_Group, list[str]] = {}
        self._sums: dict[_Group, Tensor] = {}  # [B, .., columns]
        self._last: dict[str, Tensor] = {}  # what stands, or held so far
        self._length: Tensor | None = None

    @torch.no_grad()
    def add(self, out: TensorOutcome | HostedOutcome, active: Tensor | None = None) -> None:
        """Count one step; rows that are not `active` [B] made none."""
        made = torch.ones_like(out.valid) if active is None else active
        self._length = made + (0 if self._length is None else self._length)
        self._add("reward", {**out.weighted, "total": out.reward}, torch.float64)
        self._add("metric", out.metrics, torch.float64)
        self._add("fault", out.faults.rows, torch.int64)
        for output in self._specs:
            judged = getattr(out.specs[output.name], output.role)
            self._last[f"{_OF_SPECS[output.role]}/{output.name}"] = judged
        if self._success:
            self._last["success"] = self._last.get("success", False) | out.success

    def _add(self, kind: str, columns: Mapping[str, Tensor], dtype: torch.dtype) -> None:
        groups: dict[_Group, list[str]] = {}
        for name, column in columns.items():
            groups.setdefault((kind, tuple(column.shape[1:])), []).append(name)
        for group, names in groups.items():
            added = torch.stack([columns[name] for name in names], -1).to(dtype)
            self._names[group] = names
            self._sums[group] = added + self._sums[group] if group in self._sums else added

    @torch.no_grad()
    def entries(self) -> dict[str, Tensor]:
        """What the episodes came to so far."""
        if self._length is None:
            return {}
        steps = self._length.clamp(min=1)
        seconds = steps if self._timestep is None else steps * self._timestep
        unit = "step" if self._timestep is None else "second"
        found = {"length": self._length, **self._last}
        for (kind, shape), sums in self._sums.items():
            names = self._names[kind, shape]
            means = sums / _along(steps if kind == "metric" else seconds, sums)
            for name, total, mean in zip(names, sums.unbind(-1), means.unbind(-1), strict=True):
                if kind == "metric":
                    found[f"metric/{name}"] = total if self._at_end[name] else mean
                    continue
                found[f"{kind}/{name}"] = total
                if kind == "reward":
                    found[f"reward_per_{unit}/{name}"] = mean
        return found

    @torch.no_grad()
    def clear(self, rows: Tensor | None = None) -> None:
        """Begin new episodes; in all environments without a mask [B]."""
        if self._length is None:
            return
        self._length = _cleared(self._length, rows)
        self._sums = {group: _cleared(sums, rows) for group, sums in self._sums.items()}
        self._last = {key: _cleared(value, rows) for key, value in self._last.items()}


_Group = tuple[str, tuple[int, ...]]  # what is counted, and the axes behind the environments


def _along(rows: Tensor, value: Tensor) -> Tensor:
    """[B] so that it meets [B, ..]."""
    return rows.reshape(-1, *(1,) * (value.ndim - 1))


def _cleared(value: Tensor, rows: Tensor | None) -> Tensor:
    return torch.zeros_like(value) if rows is None else value.masked_fill(_along(rows, value), 0)
