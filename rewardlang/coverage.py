"""Which decisions of a program some data reached, and which side of each was taken.

A decision is the condition of an `if`, a `match`, an `and`, `or`, `implies` or a `where`. It counts
where it is looked at: the inner one of two only where the outer one leads to it. A definition that
is used twice is one place, counted twice. Those of the standard library are not the program's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rewardlang.check.typed import Checked, Expr, Fold, MachineDecl, MachineRef
from rewardlang.diagnostics.source import Span
from rewardlang.driver import Program
from rewardlang.probing import probing, reads
from rewardlang.runtime.reward import Reward
from rewardlang.types import BOOL, INT, Index, Known, Level, Range

MOST = 2000  # ways to decisions that are followed: defs within defs have many
_LAZY = ("and", "or", "implies")


@dataclass(frozen=True)
class Decision:
    """A condition at its place: on how many rows (and slots) it held, and on how many not."""

    span: Span
    held: int
    failed: int

    @property
    def never(self) -> str | None:
        """What was not reached: "held", "failed" or "reached"; None where both sides were."""
        if self.held and self.failed:
            return None
        if not self.held and not self.failed:
            return "reached"
        return "failed" if self.held else "held"


def decisions(
    program: Program, evaluate: Callable[[Reward], Any], given: Iterable[str] | None = None
) -> list[Decision]:
    """The decisions of a program over data, in the order of the text.

    `evaluate` runs a `Reward` over the data and returns its outcome. With `given`, only decisions
    that read none but these inputs are looked at.
    """
    checked = program.checked
    found = list(_found(checked))[:MOST]
    if given is not None:
        known = set(given)
        found = [
            (way, condition)
            for way, condition in found
            if reads(checked, way) | reads(checked, condition) <= known
        ]
    if not found:
        return []
    probes: dict[str, Expr] = {}
    for n, (way, condition) in enumerate(found):
        probes[f"{n} held"] = _and(way, condition)
        probes[f"{n} failed"] = _and(way, _not(condition))
    outcome = evaluate(probing(checked, probes))
    counts: dict[tuple[str, int, int], Decision] = {}
    for n, (_, condition) in enumerate(found):
        span = condition.span
        key = (span.source.name, span.start, span.end)
        before = counts.get(key, Decision(span, 0, 0))
        counts[key] = replace(
            before,
            held=before.held + _count(outcome, f"{n} held"),
            failed=before.failed + _count(outcome, f"{n} failed"),
        )
    return [counts[key] for key in sorted(counts)]


@dataclass(frozen=True)
class EdgeTaken:
    """An edge of a machine, and on how many rows it fired."""

    machine: str
    span: Span
    fired: int


def edges_taken(
    program: Program, evaluate: Callable[[Reward], Any], given: Iterable[str] | None = None
) -> list[EdgeTaken]:
    """How often each edge of each machine fired; with `given`, of those that read no more."""
    checked = program.checked
    machines = [m for m in checked.machines if m.edges and not _of_library(m.span)]
    if given is not None:
        known = set(given)
        machines = [m for m in machines if reads(checked, _edge_of(m)) <= known]
    if not machines:
        return []
    outcome = evaluate(probing(checked, {m.name: _edge_of(m) for m in machines}))
    return [
        EdgeTaken(m.name, e.span, _count(outcome, m.name, number))
        for m in machines
        for number, e in enumerate(m.edges)
    ]


def _edge_of(machine: MachineDecl) -> Expr:
    attr, level = MachineRef("edge", machine.name), Level(Index.STEP, Known.NOW)
    range_ = Range(-1, len(machine.edges) - 1)
    return Expr("machine", (), attr, INT, level, range_, machine.span)


def _count(outcome: Any, name: str, wanted: int = 1) -> int:
    """How often it is that, padding left out."""
    values, real = np.asarray(outcome.probes[name]) == wanted, np.asarray(outcome.valid)
    if values.shape[: real.ndim] == real.shape:
        values = values[real]
    return int(values.sum())


def _found(checked: Checked) -> Iterable[tuple[Expr | None, Expr]]:
    """Each decision with the condition under which it is looked at (None: always)."""
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Expr | None, Expr]] = [(None, root) for root in _roots(checked)]
    waiting += [pair for machine in checked.machines for pair in _of_edges(machine)]
    while waiting:
        way, e = waiting.pop(0)
        key = (id(e), id(way))
        if key in seen:
            continue
        seen.add(key)
        condition = _condition(e)
        if condition is not None and condition.op != "const" and not _of_library(condition.span):
            yield way, condition
        for place, operand in enumerate(e.args):
            waiting.append((_way(way, e, place), operand))


def _of_library(span: Span) -> bool:
    return span.source.name.startswith("stdlib/")


def _roots(checked: Checked) -> list[Expr]:
    roots = [d.value for d in checked.lets]
    for term in checked.terms:
        roots += [term.value, *(x for x in (term.weight, term.on_fault) if x is not None)]
    roots += [d.value for d in checked.potentials]
    for ending in checked.conditions:
        roots += [ending.when, *(x for x in (ending.pays,) if x is not None)]
    if checked.reward is not None:
        roots.append(checked.reward)
    return roots + [d.value for d in checked.metrics]


def _of_edges(machine: MachineDecl) -> Iterable[tuple[Expr | None, Expr]]:
    """What an edge pays is looked at where it fires, its guard taken as looked at everywhere."""
    for number, edge in enumerate(machine.edges):
        if edge.when is not None:
            yield None, edge.when
        if edge.pays is not None:
            taken = _edge_of(machine)
            place = Expr("const", (), number, INT, Level(), Range(number, number), edge.span)
            yield (
                Expr("apply", (taken, place), "eq", BOOL, taken.level, Range(0, 1), edge.span),
                (edge.pays),
            )


def _condition(e: Expr) -> Expr | None:
    """What an expression decides by."""
    if e.op == "apply" and e.attr in ("select", *_LAZY):
        return e.args[0]
    if isinstance(e.attr, Fold) and e.attr.has_where:
        return e.args[e.attr.operands]
    return None


def _way(way: Expr | None, e: Expr, place: int) -> Expr | None:
    """When operand `place` of `e` is looked at."""
    if e.op != "apply" or place == 0 or e.args[0].type.axes:
        return way
    first = e.args[0]
    if e.attr == "select":
        return _and(way, first if place == 1 else _not(first))
    if e.attr in ("and", "implies"):
        return _and(way, first)
    return _and(way, _not(first)) if e.attr == "or" else way


def _and(a: Expr | None, b: Expr) -> Expr:
    if a is None:
        return b
    level = a.level.join(b.level)
    type_ = replace(BOOL, axes=b.type.axes)
    return Expr("apply", (a, b), "and", type_, level, Range(0, 1), b.span)


def _not(a: Expr) -> Expr:
    return Expr("apply", (a,), "not", a.type, a.level, Range(0, 1), a.span)
