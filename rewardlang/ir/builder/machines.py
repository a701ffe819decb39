"""Reward machines as nodes: a cell for the state, a choice of the edge, tables by edge and state.

    fires     = leaving[cell] and guards     by edge; the guard of an edge that does not leave the
                                             state is not looked at
    place     = the first that fires or is a fault, the last edge where there is none
    moves     = settled(fires[place])        a fault is counted, and no edge is taken
    state'    = targets[place] where moves else cell
    payout    = pays[place] where moves else 0
    counters' = 0 where moves                samples in the state, samples on which a guard held

At reset the state is 0, the initial one, and no guard is looked at (`arrival`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rewardlang.check.typed import MachineDecl, MachineRef
from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Form, Machine, MachineEdge, Op, Output
from rewardlang.types import Index

if TYPE_CHECKING:
    from rewardlang.ir.builder.expressions import Expressions


@dataclass(frozen=True)
class Built:
    state: Op
    edge: Op
    payout: Op


def machine_reading(build: Expressions, what: MachineRef) -> Op:
    declared = build.machine_declarations[what.name]
    if what.name not in build.machines:
        before, build.make.span = build.make.span, declared.span
        build.machines[what.name] = _machine(build, declared)
        build.make.span = before
    built = build.machines[what.name]
    if what.reading == "progress":
        return build.make.take(build.make.table(declared.progress), built.state, 0)
    return {"state": built.state, "edge": built.edge, "payout": built.payout}[what.reading]


def machine_outputs(build: Expressions) -> list[Output]:
    """Of every machine its state, the edge that fired, and what that paid."""
    return [
        Output(name, reading, machine_reading(build, MachineRef(reading, name)))
        for name in build.machine_declarations
        for reading in ("state", "edge", "payout")
    ]


def described(d: MachineDecl) -> Machine:
    edges = (
        MachineEdge(e.source, d.states[e.target], " ".join(e.span.text.split()), e.span)
        for e in d.edges
    )
    timers = [_age(d)] if any(e.after for e in d.edges) else []
    counters = [_count(d, n) for n, e in enumerate(d.edges) if e.times > 1]
    return Machine(d.name, d.states, d.final, tuple(edges), _cell(d), (*timers, *counters))


def _cell(d: MachineDecl) -> str:
    return f"machine {d.name}"


def _age(d: MachineDecl) -> str:
    return f"machine {d.name} age"


def _count(d: MachineDecl, number: int) -> str:
    return f"machine {d.name} count {number}"


def _machine(build: Expressions, d: MachineDecl) -> Built:
    make, samples = build.make, build.samples
    here, zero = make.cell(_cell(d), Form("int")), make.const(0)
    if not d.edges:
        return Built(samples.arrive(_cell(d), zero, here), make.const(-1), make.const(0.0))
    age = make.apply("add", make.cell(_age(d), Form("int")), make.const(1))
    seen: dict[int, Op] = {}  # by counted edge: whether its guard holds in a state that it leaves
    guards = [_guard(build, d, number, here, age, seen) for number in range(len(d.edges))]
    place, fired = _first(make, _leaving(make, d, here), guards)
    moves = build.settled_move(d.name, fired, d.span)
    after = make.select(moves, _by_edge(make, [e.target for e in d.edges], place), here)
    state = samples.arrive(_cell(d), zero, after)
    if any(e.after for e in d.edges):
        samples.store(_age(d), make.select(moves, zero, age), Index.STEP)
    for number, holds in seen.items():
        _keep_count(build, _count(d, number), holds, moves)
    pays = [0.0 if e.pays is None else build.build(e.pays) for e in d.edges]
    payout = make.select(moves, _by_edge(make, pays, place), make.const(0.0))
    return Built(state, make.select(moves, place, make.const(-1)), payout)


def _leaving(make: Maker, d: MachineDecl, here: Op) -> Op:
    """For each edge whether it leaves the state that the machine is in: a row of a table."""
    cells = [state in e.sources for state in range(len(d.states)) for e in d.edges]
    return make.take(make.table(cells, len(d.states), len(d.edges)), here, 0)


def _guard(
    build: Expressions, d: MachineDecl, number: int, here: Op, age: Op, seen: dict[int, Op]
) -> Op:
    make, edge = build.make, d.edges[number]
    if edge.when is None:
        return make.apply("ge", age, make.const(edge.after))
    holds = build.build(edge.when)
    if edge.times == 1:
        return holds
    leaves = make.table([state in edge.sources for state in range(len(d.states))])
    seen[number] = make.apply("and", make.take(leaves, here, 0), holds)
    count = make.apply("add", make.cell(_count(d, number), Form("int")), make.const(1))
    return make.apply("and", seen[number], make.apply("ge", count, make.const(edge.times)))


def _first(make: Maker, leaving: Op, guards: list[Op]) -> tuple[Op, Op]:
    """The first edge that leaves the state and whose guard does not fail, and whether it holds.

    A guard that is a fault ends the search: the second is then that fault.
    """
    fires = make.apply("and", leaving, _stack(make, guards))
    decides = make.apply("or", make.apply("not", make.apply("valid", fires)), fires)
    places = make.table(list(range(len(guards))))
    last = make.const(len(guards) - 1)
    first = make.reduce("min", make.select(decides, places, last), (0,))
    return first, make.take(fires, first, 0)


def _keep_count(build: Expressions, name: str, seen: Op, moves: Op) -> None:
    """One more where the guard holds; a fault is none, and does not stay."""
    make = build.make
    before = make.cell(name, Form("int"))
    holds = make.apply("and", make.apply("valid", seen), seen)
    counted = make.select(holds, make.apply("add", before, make.const(1)), before)
    build.samples.store(name, make.select(moves, make.const(0), counted), Index.STEP)


def _by_edge(make: Maker, values: Sequence[float | Op], place: Op) -> Op:
    """What belongs to the edge at a place; the faults of others do not count."""
    known = [v if not isinstance(v, Op) else v.attr if v.kind == "const" else None for v in values]
    numbers = [n for n in known if n is not None]
    if len(numbers) == len(values):
        if any(isinstance(n, float) for n in numbers):
            numbers = [float(n) for n in numbers]
        return make.take(make.table(numbers), place, 0)
    items = [make.to("real", v if isinstance(v, Op) else make.const(v)) for v in values]
    return make.take(_stack(make, items), place, 0)


def _stack(make: Maker, items: Sequence[Op]) -> Op:
    form = items[0].form
    return make.node("stack", tuple(items), Form(form.kind, (len(items), *form.shape)))
