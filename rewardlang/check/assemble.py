"""From what was declared to the `Checked` program: file order, mode, range of the total."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from rewardlang.check.levels import mode_of
from rewardlang.check.names import Entry, Module
from rewardlang.check.session import Session
from rewardlang.check.typed import (
    AdvantageDecl,
    Checked,
    ConditionDecl,
    Expr,
    InputDecl,
    MetricDecl,
    ParamDecl,
    PotentialDecl,
    TermDecl,
    TestDecl,
)
from rewardlang.diagnostics.diagnostic import Severity

D = TypeVar("D")


@dataclass
class Declared:
    """Checked declarations by the full names of their entries, in the order in which they came."""

    faults: str | None = None
    inputs: dict[str, InputDecl] = field(default_factory=dict)
    params: dict[str, ParamDecl] = field(default_factory=dict)
    terms: dict[str, TermDecl] = field(default_factory=dict)
    potentials: dict[str, PotentialDecl] = field(default_factory=dict)
    conditions: dict[str, ConditionDecl] = field(default_factory=dict)
    metrics: dict[str, MetricDecl] = field(default_factory=dict)
    reward: tuple[Expr, Expr | None] | None = None
    advantage: AdvantageDecl | None = None
    tests: list[TestDecl] = field(default_factory=list)
    lengths: tuple[InputDecl, ...] = ()

    @staticmethod
    def keep(kept: dict[str, D], entry: Entry, declaration: D | None) -> None:
        if declaration is not None:
            kept[entry.full] = declaration


def assemble(session: Session, main: Module, declared: Declared) -> Checked:
    names = [entry.full for entry in main.entries.values()]
    reward, on_fault = declared.reward if declared.reward is not None else (None, None)
    total = session.values["reward"]
    return Checked(
        name=main.name,
        doc=main.file.doc,
        timestep=float(session.timestep) if session.timestep is not None else None,
        faults=declared.faults,
        inputs=tuple(_in_file_order(declared.inputs, names)),
        params=tuple(_in_file_order(declared.params, names)),
        lets=tuple(session.lets),
        terms=tuple(_in_file_order(declared.terms, names)),
        potentials=tuple(_in_file_order(declared.potentials, names)),
        conditions=tuple(_in_file_order(declared.conditions, names)),
        reward=reward,
        reward_on_fault=on_fault,
        metrics=tuple(_in_file_order(declared.metrics, names)),
        specs=tuple(_in_file_order(session.specs, names)),
        tests=tuple(declared.tests),
        hosts=tuple(session.hosts.values()),
        runs=tuple(session.runs.values()),
        advantage=declared.advantage,
        mode=mode_of(total.level.known),  # type: ignore[arg-type]  # one of the four
        total_range=total.range,
        axis=session.kept,
        lengths=declared.lengths,
        machines=tuple(_in_file_order(session.machines, names)),
        open_axes=session.open_axes,
        diagnostics=tuple(d for d in session.report if d.severity is not Severity.ERROR),
    )


def _in_file_order(declared: dict[str, D], names: Iterable[str]) -> list[D]:
    """Those of the file as it has them, then those of used files."""
    first = [declared[n] for n in names if n in declared]
    known = set(names)
    return first + [d for n, d in declared.items() if n not in known]
