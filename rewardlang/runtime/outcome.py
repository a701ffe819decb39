"""What a call gives back: one object for `step` and `evaluate`, its parts made when first read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlang.extract.asking import HostReport
from rewardlang.plan import Plan, PlanOutput
from rewardlang.runtime.kernel import Array, Block
from rewardlang.runtime.machines import MachineColumns, MachineResult, machine_columns
from rewardlang.runtime.tally import Faults
from rewardlang.runtime.verdicts import SpecResult
from rewardlang.types import Axis


@dataclass(frozen=True)
class Rows:
    """How the rows of a block are shown.

    `lead`: () for one environment in plain numbers, (B,) for a step, (B, T) padded or (M,) flat for
    recorded data. `last` are the rows that end an episode; there, values that exist only at the end
    have one entry for each episode. `real` is False for padding.
    """

    lead: tuple[int, ...]
    last: Array | None = None
    real: Array | None = None


@dataclass(frozen=True)
class Results:
    """Which columns of a block are what. One for each reward."""

    terms: dict[str, PlanOutput]
    weighted: dict[str, PlanOutput]
    conditions: dict[str, PlanOutput]
    metrics: dict[str, PlanOutput]
    probes: dict[str, PlanOutput]
    own_reward: bool
    plan: Plan
    advantage: PlanOutput | None = None
    trained: PlanOutput | None = None
    specs: dict[str, dict[str, PlanOutput]] = field(default_factory=dict)
    machines: dict[str, MachineColumns] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)  # in the plan, by identity


def results_of(plan: Plan) -> Results:
    """Sorts the outputs of a plan by role, in file order: terms, then potentials, then payments."""

    def having(*roles: str) -> dict[str, PlanOutput]:
        return {o.name: o for role in roles for o in plan.outputs if o.role == role}

    return Results(
        terms=having("term"),
        weighted=having("term", "potential", "pays"),
        conditions=having("condition"),
        metrics=having("metric"),
        probes=having("probe"),
        own_reward=any(o.role == "reward" and o.name == "reward" for o in plan.outputs),
        plan=plan,
        advantage=having("advantage").get("advantage"),
        trained=having("trained").get("trained"),
        specs=_by_spec(plan),
        machines=machine_columns(plan),
        places={id(o): n for n, o in enumerate(plan.outputs)},
    )


def _by_spec(plan: Plan) -> dict[str, dict[str, PlanOutput]]:
    """For each formula its outputs, by role."""
    found: dict[str, dict[str, PlanOutput]] = {}
    for output in plan.outputs:
        if output.role in ("satisfied", "violated", "robustness"):
            found.setdefault(output.name, {})[output.role] = output
    return found


class Outcome:
    """Rewards and everything that explains them. Arrays belong to the caller.

    `reward`      the total: [B], [B, T] or [M] as the call was; a float for one plain environment.
                  What varies over the axis that the total keeps has that axis last
    `terms`       each term, raw; one value for each episode where it is known at the end only
    `weighted`    each term, potential and payment as it entered the total; `rest` is what an own
                  `reward` adds. They sum to `reward`
    `terminated`  whether one of the program's own end conditions holds
    `success`     whether one of its success conditions holds
    `conditions`  each condition by name
    `metrics`     each metric
    `specs`       each temporal formula: `satisfied`, `violated`, `decided`, `robustness`
    `machines`    each reward machine: its state, the edge that fired, what that paid
    `probes`      values compiled in to be looked at
    `valid`       rows without a fault; False for padding
    `faults`      see `Faults`
    `advantage`   per episode or per step, where the program has one; else None
    `trained`     where the advantage is not left out
    `hosts`       what each `extern` was asked: calls, rows, cached, failed, seconds
    `axis`        what the total keeps: its name, size and labels; None for single numbers
    `hash`        of the program's meaning
    """

    __slots__ = ("_block", "_faults", "_made", "_results", "_rows", "hosts", "reward")

    def __init__(
        self,
        results: Results,
        rows: Rows,
        block: Block,
        reward: Any,
        faults: Faults | None,
        hosts: dict[str, HostReport],
    ) -> None:
        self.hosts = hosts
        self._results = results
        self._rows = rows
        self._block = block
        self._faults = faults
        self._made: dict[str, Any] = {}
        self.reward = reward

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = make()
        return made

    def _shown(self, column: Array) -> Any:
        """A column of all rows in the shape of the call; plain for one environment."""
        lead = self._rows.lead
        if not lead:
            value = column[0]
            return value.item() if value.ndim == 0 else value.copy()
        return np.ascontiguousarray(column).reshape(lead + column.shape[1:])

    def _column(self, output: PlanOutput) -> Array:
        bank: Array = getattr(self._block, output.bank)
        size = 1
        for n in output.shape:
            size *= n
        column = bank[:, output.column : output.column + size]
        if output.bank == "flags":
            column = column == 1
        return column.reshape(len(bank), *output.shape).copy()

    def _values(self, output: PlanOutput) -> Array:
        """The columns of a real output, as they stand in the block."""
        if not output.shape:
            return self._block.values[:, output.column]
        return self._block.values[:, output.column : output.column + output.shape[0]]

    def _read(self, output: PlanOutput) -> Any:
        column = self._column(output)
        if output.at_end and self._rows.last is not None:
            return column[self._rows.last]
        return self._shown(column)

    def _read_all(self, outputs: dict[str, PlanOutput]) -> dict[str, Any]:
        return {name: self._read(output) for name, output in outputs.items()}

    @property
    def terms(self) -> dict[str, Any]:
        made: dict[str, Any] = self._once("terms", lambda: self._read_all(self._results.terms))
        return made

    @property
    def weighted(self) -> dict[str, Any]:
        made: dict[str, Any] = self._once("weighted", self._weigh)
        return made

    def _weigh(self) -> dict[str, Any]:
        block = self._block
        parts: dict[str, Array] = {}
        for name, output in self._results.weighted.items():
            part = self._values(output)
            if output.factor >= 0:
                part = part * block.factors[output.factor]
            elif output.factor_column >= 0:
                factor = block.values[:, output.factor_column]
                part = part * (factor[:, None] if output.shape else factor)
            parts[name] = part
        if self._results.own_reward:
            parts["rest"] = _rest(block.reward, list(parts.values()))
        return {name: self._shown(part.copy()) for name, part in parts.items()}

    @property
    def conditions(self) -> dict[str, Any]:
        made: dict[str, Any] = self._once(
            "conditions", lambda: self._read_all(self._results.conditions)
        )
        return made

    @property
    def metrics(self) -> dict[str, Any]:
        made: dict[str, Any] = self._once("metrics", lambda: self._read_all(self._results.metrics))
        return made

    @property
    def specs(self) -> dict[str, SpecResult]:
        made: dict[str, SpecResult] = self._once(
            "specs",
            lambda: {
                name: SpecResult(**self._read_all(outputs))
                for name, outputs in self._results.specs.items()
            },
        )
        return made

    @property
    def machines(self) -> dict[str, MachineResult]:
        made: dict[str, MachineResult] = self._once(
            "machines",
            lambda: {n: m.result(self._read) for n, m in self._results.machines.items()},
        )
        return made

    @property
    def probes(self) -> dict[str, Any]:
        made: dict[str, Any] = self._once("probes", lambda: self._read_all(self._results.probes))
        return made

    @property
    def advantage(self) -> Any:
        output = self._results.advantage
        return None if output is None else self._once("advantage", lambda: self._read(output))

    @property
    def trained(self) -> Any:
        output = self._results.trained
        return None if output is None else self._once("trained", lambda: self._read(output))

    def _any(self, kind: str) -> Array:
        held = np.zeros(len(self._block.faults), dtype=bool)
        for output in self._results.conditions.values():
            if output.kind == kind and (output.shape or held.ndim > 1):
                held = _either(held, self._column(output))
            elif output.kind == kind:
                held |= self._block.flags[:, output.column] == 1
        return held

    @property
    def terminated(self) -> Any:
        return self._once("terminated", self._terminated)

    def _terminated(self) -> Any:
        held = self._any("terminate")
        if self._faults is not None and self._faults.ended is not None:
            held = _either(held, self._faults.ended)
        return self._shown(held)

    @property
    def success(self) -> Any:
        return self._once("success", lambda: self._shown(self._any("success")))

    @property
    def valid(self) -> Any:
        return self._once("valid", self._valid)

    def _valid(self) -> Any:
        fine = self._block.faults == 0
        if self._rows.real is not None:
            fine &= self._rows.real
        return self._shown(fine)

    @property
    def faults(self) -> Faults:
        if self._faults is None:
            self._faults = Faults(self._results.plan, self._block.faults, self._rows.lead)
        return self._faults

    @property
    def axis(self) -> Axis | None:
        """The axis that the total keeps, with the labels of its slots."""
        return self._results.plan.axis

    @property
    def episodes(self) -> tuple[Array, Array]:
        """Of recorded data: the first row of each episode, of all rows in order, and its length."""
        lead, last = self._rows.lead, self._rows.last
        if last is None:
            raise ValueError("one step has no episodes")
        first = np.arange(len(last)) * lead[1] if len(lead) == 2 else np.r_[0, last[:-1] + 1]
        return first, last + 1 - first

    @property
    def hash(self) -> str:
        return self._results.plan.hash

    def __repr__(self) -> str:
        names = ", ".join(self._results.weighted)
        return f"Outcome(reward={self.reward!r}, terms: {names}, faults: {len(self.faults)})"


def _either(held: Array, other: Array) -> Array:
    """Rows [M] and rows by slot [M, n], joined: what holds for a row holds for each slot."""
    rank = max(held.ndim, other.ndim)
    wide = (x[:, None] if x.ndim < rank else x for x in (held, other))
    return np.logical_or(*wide)


def _rest(reward: Array, parts: list[Array]) -> Array:
    """What an own reward adds to its parts; each slot's where the reward or a part has some."""
    rank = max(x.ndim for x in (reward, *parts))
    rest, *others = (x[:, None] if x.ndim < rank else x for x in (reward, *parts))
    for part in others:
        rest = rest - part
    return rest
