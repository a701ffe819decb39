"""Reward machines as nodes: a cell for the state, a choice of the edge, tables by edge and state.

    edge   = first e in file order with (cell in sources of e) and (guard of e), else -1
    moves  = settled(edge >= 0)              a guard that is a fault: counted, and no edge is taken
    state' = targets[edge] where moves else cell
    payout = pays[edge] where moves else 0   what is computed is looked at for its own edge only
    counters' = 0 where moves                samples in the state, samples on which a guard held

At reset the state is 0, the initial one, and no guard is looked at (`arrival`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rewardlang.check.typed import EdgeDecl, MachineDecl, MachineRef
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
        return build.make.take(_table(build.make, declared.progress), built.state, 0)
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
    make, samples, whole = build.make, build.samples, Form("int")
    here, zero = make.cell(_cell(d), whole), make.const(0)
    age = make.apply("add", make.cell(_age(d), whole), make.const(1))
    seen: dict[int, Op] = {}  # by edge: whether its guard holds in a state that it leaves
    chosen = make.const(-1)
    for number in reversed(range(len(d.edges))):
        edge = d.edges[number]
        fires = _leaves(make, d, edge, here)
        if edge.when is not None:
            fires = seen[number] = make.apply("and", fires, build.build(edge.when))
        if edge.times > 1:
            held = make.apply("add", make.cell(_count(d, number), whole), make.const(1))
            fires = make.apply("and", fires, make.apply("ge", held, make.const(edge.times)))
        if edge.after:
            fires = make.apply("and", fires, make.apply("ge", age, make.const(edge.after)))
        chosen = make.select(fires, make.const(number), chosen)
    moves = build.settled_move(d.name, make.apply("ge", chosen, zero), d.span)
    edge_taken = make.select(moves, chosen, make.const(-1))
    place = make.apply("max", edge_taken, zero)
    after = make.select(moves, _by_edge(make, [e.target for e in d.edges], place), here)
    state = samples.arrive(_cell(d), zero, after)
    if any(e.after for e in d.edges):
        samples.store(_age(d), make.select(moves, zero, age), Index.STEP)
    for number, edge in enumerate(d.edges):
        if edge.times > 1:
            _keep_count(build, _count(d, number), seen[number], moves)
    return Built(state, edge_taken, _payout(build, d, edge_taken, place, moves))


def _leaves(make: Maker, d: MachineDecl, edge: EdgeDecl, here: Op) -> Op:
    """Whether an edge leaves the state that the machine is in."""
    if len(edge.sources) == 1:
        return make.apply("eq", here, make.const(edge.sources[0]))
    found = make.const(True)
    for state in range(len(d.states)):
        if state not in edge.sources:
            found = make.apply("and", found, make.apply("ne", here, make.const(state)))
    return found


def _keep_count(build: Expressions, name: str, seen: Op, moves: Op) -> None:
    """One more where the guard holds; a fault is none, and does not stay."""
    make = build.make
    before = make.cell(name, Form("int"))
    holds = make.apply("and", make.apply("valid", seen), seen)
    counted = make.select(holds, make.apply("add", before, make.const(1)), before)
    build.samples.store(name, make.select(moves, make.const(0), counted), Index.STEP)


def _payout(build: Expressions, d: MachineDecl, taken: Op, place: Op, moves: Op) -> Op:
    """Constants from a table, the rest by a choice that drops the faults of other edges."""
    make = build.make
    pays = [0.0 if e.pays is None else build.build(e.pays) for e in d.edges]
    fixed = [p if isinstance(p, float) else _constant(p) for p in pays]
    payout = make.const(0.0)
    if any(fixed):
        values = [0.0 if f is None else f for f in fixed]
        payout = make.select(moves, _by_edge(make, values, place), payout)
    for number, (amount, known) in enumerate(zip(pays, fixed, strict=True)):
        if known is None and isinstance(amount, Op):
            fired = make.apply("eq", taken, make.const(number))
            payout = make.select(fired, make.to("real", amount), payout)
    return payout


def _constant(op: Op) -> float | None:
    return float(op.attr) if op.kind == "const" and op.form.kind in ("real", "int") else None


def _by_edge(make: Maker, values: list[int] | list[float], place: Op) -> Op:
    if not values:
        return make.const(0)
    if len(set(values)) == 1:
        return make.const(values[0])
    return make.take(_table(make, values), place, 0)


def _table(make: Maker, values: list[int] | list[float] | tuple[float, ...]) -> Op:
    items = tuple(make.const(v) for v in values)
    return make.node("stack", items, Form(items[0].form.kind, (len(items),)))
