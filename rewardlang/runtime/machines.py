"""What a call says of reward machines, and what it would have said in their other states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.plan import Plan, PlanMachine, PlanOutput
from rewardlang.runtime.failure import failure, unknown
from rewardlang.runtime.kernel import Array, State

if TYPE_CHECKING:
    from rewardlang.runtime.outcome import Outcome


@dataclass(frozen=True)
class MachineResult:
    """One machine over the rows of a call, in their shape.

    `state`   after the transition, a place in `states`
    `edge`    which edge fired, a place in `edges`; -1 where none did
    `payout`  what it pays, NaN where that is a fault
    """

    state: Any
    edge: Any
    payout: Any
    declared: PlanMachine

    @property
    def states(self) -> tuple[str, ...]:
        return self.declared.states

    @property
    def edges(self) -> tuple[str, ...]:
        """Each edge as the file has it."""
        return tuple(edge.text for edge in self.declared.edges)

    @property
    def names(self) -> Any:
        """`state` as names."""
        found = np.array(self.states, dtype=object)[self.state]
        return found if isinstance(found, np.ndarray) else str(found)


@dataclass(frozen=True)
class MachineColumns:
    """Where a machine's results stand in a block."""

    state: PlanOutput
    edge: PlanOutput
    payout: PlanOutput
    declared: PlanMachine

    def result(self, read: Callable[[PlanOutput], Any]) -> MachineResult:
        return MachineResult(read(self.state), read(self.edge), read(self.payout), self.declared)


def machine_columns(plan: Plan) -> dict[str, MachineColumns]:
    found = {(o.role, o.name): o for o in plan.outputs}
    return {
        m.name: MachineColumns(
            found["state", m.name], found["edge", m.name], found["payout", m.name], m
        )
        for m in plan.machines
    }


# ---- every state at once ------------------------------------------------------------------------


@dataclass(frozen=True)
class Counterfactual:
    """One transition as every state u of a machine would have met it: arrays [B, S].

    `state`   the state after it, from u
    `edge`    the edge that fires, -1 where none does
    `payout`  what it pays, NaN where that is a fault
    `reward`  the whole reward, and `terminated` whether the program ends the episode; None where
              the program remembers more of the machine than its state, so that they would be those
              of the state it is in
    `valid`   where nothing is a fault
    """

    state: Array
    edge: Array
    payout: Array
    reward: Array | None
    terminated: Array | None
    valid: Array


def chosen_machine(plan: Plan, name: str | None) -> PlanMachine:
    """The machine that is meant; RW454, RW455 where there is none, or no way to ask."""
    by_name = {m.name: m for m in plan.machines}
    if name is None and len(by_name) == 1:
        name = next(iter(by_name))
    if name not in by_name:
        raise unknown("RW454", "" if name is None else name, by_name)
    if plan.feeds:
        raise failure("RW455", name=name)
    return by_name[name]


def of_outcome(out: Outcome, name: str, whole: bool) -> Counterfactual:
    """`whole`: whether the reward and the ends are those of each state, and not of one."""
    found = out.machines[name]
    return Counterfactual(
        found.state,
        found.edge,
        found.payout,
        out.reward if whole else None,
        out.terminated if whole else None,
        out.valid,
    )


def spread(machine: PlanMachine, state: State) -> State:
    """Each environment once for each state, in it: what it counts there begins anew, except in the
    state that it is in."""
    count, size = len(machine.states), len(state.int)
    whole = State(*(np.repeat(x, count, axis=0) for x in (state.real, state.wide, state.int)))
    if machine.offset < 0:
        return whole
    states = np.tile(np.arange(count), size)
    other = states != whole.int[:, machine.offset]
    for offset in machine.counters:
        whole.int[other, offset] = 0
    whole.int[:, machine.offset] = states
    return whole


def remembers_more(plan: Plan, machine: PlanMachine) -> bool:
    """Whether a cell or buffer other than the machine's own is stored from what reads its state."""
    own = {machine.offset, *machine.counters}
    ours = {c.name for c in plan.cells if c.bank == "int" and c.offset in own}
    tainted: set[int] = set()
    for at in plan.step:
        if (at.op == "cell" and at.attr in ours) or tainted.intersection(at.args):
            tainted.add(at.slot.number)
    stores = (*plan.stores, *plan.pushes)
    return any(slot in tainted for name, slot in stores if name not in ours)
