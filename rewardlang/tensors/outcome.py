"""What a call over tensors gives back: the results of `runtime.outcome`, on one device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rewardlang.plan import PlanOutput
from rewardlang.runtime.faults import Fault
from rewardlang.runtime.machines import MachineResult
from rewardlang.runtime.outcome import Results
from rewardlang.runtime.verdicts import SpecResult
from rewardlang.types import Axis


class Shown(NamedTuple):
    """How rows are shown: `lead` as in `runtime.outcome.Rows`. `last` are the rows that end an
    episode; `real` [rows] is False for padding and for rows that made no transition."""

    lead: tuple[int, ...]
    last: Tensor | None = None
    real: Tensor | None = None


class TensorFaults:
    """The faults of one call. Reading `count` or `counts` waits for the device.

    `mask`    bool, which rows; in the shape of the reward
    `rows`    by the name of a term, condition or `reward`, which rows had no value: bool tensors
    `counts`  how many rows, of the names with a fault only
    `records` `Fault`s of the first offending rows
    """

    def __init__(
        self,
        names: tuple[str, ...],
        unfit: Tensor,
        show: Callable[[Tensor], Any],
        records: Callable[[], list[Fault]],
    ) -> None:
        self._names, self._unfit, self._show, self._records = names, unfit, show, records

    @property
    def mask(self) -> Any:
        return self._show(self._unfit.any(1))

    @property
    def rows(self) -> dict[str, Any]:
        found: dict[str, Tensor] = {}
        for n, name in enumerate(self._names):
            column = self._unfit[:, n]
            found[name] = found[name] | column if name in found else column
        return {name: self._show(column) for name, column in found.items()}

    @property
    def counts(self) -> dict[str, int]:
        counted = zip(self._names, self._unfit.sum(0).tolist(), strict=True)
        found: dict[str, int] = {}
        for name, n in counted:
            if n:
                found[name] = found.get(name, 0) + n
        return found

    @property
    def count(self) -> int:
        return int(self._unfit.any(1).sum())

    @property
    def records(self) -> list[Fault]:
        return self._records()

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.records)

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return f"TensorFaults({self.counts})"


class TensorOutcome:
    """Rewards and everything that explains them; tensors, made when first read.

    Attributes as those of `runtime.outcome.Outcome`. One environment given in plain numbers has
    tensors without axes.
    """

    def __init__(
        self,
        results: Results,
        shown: Shown,
        names: tuple[str, ...],
        reward: Tensor,
        outputs: tuple[Tensor, ...],
        factors: tuple[Tensor | None, ...],
        unfit: Tensor,
        ended: Tensor | None,
        records: Callable[[], list[Fault]],
    ) -> None:
        self._records = records
        self._results, self._shown, self._names = results, shown, names
        self._reward, self._unfit, self._ended = reward, unfit, ended
        places = results.places
        idle = shown.real if shown.last is None else None
        self._of: Callable[[PlanOutput], Tensor] = lambda o: _where(idle, outputs[places[id(o)]])
        self._factor: Callable[[PlanOutput], Tensor | None] = lambda o: factors[places[id(o)]]
        self._made: dict[str, Any] = {}
        self.reward = self._show(reward)

    def _show(self, column: Tensor) -> Tensor:
        return column.reshape(self._shown.lead + column.shape[1:])

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def _column(self, output: PlanOutput) -> Tensor:
        x = self._of(output)
        return x == 1 if output.bank == "flags" else x

    def _read(self, output: PlanOutput) -> Tensor:
        column = self._column(output)
        if output.at_end and self._shown.last is not None:
            return column[self._shown.last]
        return self._show(column)

    def _read_all(self, outputs: dict[str, PlanOutput]) -> dict[str, Tensor]:
        return {name: self._read(output) for name, output in outputs.items()}

    @property
    def terms(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = self._once("terms", lambda: self._read_all(self._results.terms))
        return found

    @property
    def weighted(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = self._once("weighted", self._weigh)
        return found

    def _weigh(self) -> dict[str, Tensor]:
        parts: dict[str, Tensor] = {}
        for name, output in self._results.weighted.items():
            part, factor = self._of(output), self._factor(output)
            if factor is not None:
                part = part * factor.reshape(-1, *(1,) * (part.ndim - 1))
            parts[name] = part.to(self._reward.dtype)
        if self._results.own_reward:
            rank = max(x.ndim for x in (self._reward, *parts.values()))
            rest = self._reward
            for part in parts.values():
                rest = _wide(rest, rank) - _wide(part, rank)
            parts["rest"] = rest
        return {name: self._show(part) for name, part in parts.items()}

    @property
    def conditions(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = self._once(
            "conditions", lambda: self._read_all(self._results.conditions)
        )
        return found

    @property
    def metrics(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = self._once(
            "metrics", lambda: self._read_all(self._results.metrics)
        )
        return found

    @property
    def probes(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = self._once(
            "probes", lambda: self._read_all(self._results.probes)
        )
        return found

    @property
    def specs(self) -> dict[str, SpecResult]:
        found: dict[str, SpecResult] = self._once(
            "specs",
            lambda: {
                name: SpecResult(**self._read_all(outputs))
                for name, outputs in self._results.specs.items()
            },
        )
        return found

    @property
    def machines(self) -> dict[str, MachineResult]:
        found: dict[str, MachineResult] = self._once(
            "machines",
            lambda: {n: m.result(self._read) for n, m in self._results.machines.items()},
        )
        return found

    def _any(self, kind: str) -> Tensor:
        rows = self._unfit.shape[0]
        held = torch.zeros(rows, dtype=torch.bool, device=self._reward.device)
        for output in self._results.conditions.values():
            if output.kind == kind:
                column = self._column(output)
                rank = max(held.ndim, column.ndim)
                held = _wide(held, rank) | _wide(column, rank)
        return held

    @property
    def terminated(self) -> Tensor:
        found: Tensor = self._once("terminated", self._terminated)
        return found

    def _terminated(self) -> Tensor:
        held = self._any("terminate")
        if self._ended is not None:
            held = held | _wide(self._ended, held.ndim)
        return self._show(held)

    @property
    def success(self) -> Tensor:
        found: Tensor = self._once("success", lambda: self._show(self._any("success")))
        return found

    @property
    def valid(self) -> Tensor:
        found: Tensor = self._once("valid", self._valid)
        return found

    def _valid(self) -> Tensor:
        fine = ~self._unfit.any(1)
        if self._shown.real is not None:
            fine = fine & self._shown.real
        return self._show(fine)

    @property
    def faults(self) -> TensorFaults:
        return TensorFaults(self._names, self._unfit, self._show, self._records)

    @property
    def advantage(self) -> Tensor | None:
        return None  # a program with one is run by `hosted`

    trained = advantage

    @property
    def axis(self) -> Axis | None:
        """The axis that the total keeps, with the labels of its slots."""
        return self._results.plan.axis

    @property
    def hash(self) -> str:
        return self._results.plan.hash

    def __repr__(self) -> str:
        return f"TensorOutcome(reward={self.reward!r}, terms: {', '.join(self._results.weighted)})"


def _where(chosen: Tensor | None, x: Tensor) -> Tensor:
    """0 in rows that made no transition."""
    if chosen is None:
        return x
    return torch.where(chosen.reshape(-1, *(1,) * (x.ndim - 1)), x, 0)


def _wide(x: Tensor, rank: int) -> Tensor:
    return x[:, None] if x.ndim < rank else x
