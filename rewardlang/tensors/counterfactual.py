"""What a transition would have been from every state of a reward machine, over tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rewardlang.plan import Plan, PlanMachine
from rewardlang.runtime.machines import Counterfactual, chosen_machine, remembers_more
from rewardlang.tensors.kernel import Memory, Results, Transitions
from rewardlang.tensors.loop import Loop
from rewardlang.tensors.outcome import Shown


def counterfactual(
    loop: Loop, values: Mapping[str, Any], terminated: Any, truncated: Any, name: str | None
) -> Counterfactual:
    """See `runtime.reward.Reward.counterfactual`. Nothing is remembered or counted."""
    engine, machine = loop.engine, chosen_machine(loop.plan, name)
    environments, rows, _ = loop.read(values, terminated, truncated)
    count, kernel = len(machine.states), engine.kernel
    assert kernel is not None
    memory = spread(loop.plan, machine, environments.memory)
    every = Transitions(
        [None if x is None else x.repeat_interleave(count, 0) for x in rows.inputs],
        rows.terminated.repeat_interleave(count),
        rows.truncated.repeat_interleave(count),
    )
    results, _ = kernel.step(every, memory, engine.live(), hold=engine.hold)
    return _told(loop, results, machine, environments.size)


def spread(plan: Plan, machine: PlanMachine, memory: Memory) -> Memory:
    """Each environment once for each state, in it: what it counts there begins anew, except in the
    state that it is in."""
    count = len(machine.states)
    parts = [[x.repeat_interleave(count, 0) for x in part] for part in memory]
    if machine.offset >= 0:
        places = {c.offset: n for n, c in enumerate(plan.cells) if c.bank == "int"}
        cells = parts[0]
        states = torch.arange(count, device=cells[0].device).repeat(len(memory.cells[0]))
        other = states != cells[places[machine.offset]]
        for offset in machine.counters:
            n = places[offset]
            cells[n] = torch.where(other, 0, cells[n])
        cells[places[machine.offset]] = states
    return Memory(*map(tuple, parts))


def _told(loop: Loop, results: Results, machine: PlanMachine, size: int) -> Counterfactual:
    unfit = loop.engine.unfit(results)
    out = loop.engine.uncounted(Shown((size, len(machine.states))), results, unfit)
    found = out.machines[machine.name]
    whole = not remembers_more(loop.plan, machine)
    reward: Tensor | None = out.reward if whole else None
    ended: Tensor | None = out.terminated if whole else None
    told: Any = (found.state, found.edge, found.payout, reward, ended, out.valid)
    return Counterfactual(*told)
