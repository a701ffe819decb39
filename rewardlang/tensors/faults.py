"""The records of faults: the offending rows are brought to the host, where causes are traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from rewardlang.plan import Plan, PlanBuffer, PlanCell
from rewardlang.runtime.captures import Offence
from rewardlang.runtime.faults import Fault
from rewardlang.runtime.kernel import CAPTURE, Blame, State
from rewardlang.runtime.kernel import Live as HostLive
from rewardlang.runtime.trace import tracer, untraced
from rewardlang.tensors.kernel import Live, Memory, Transitions


class Met(NamedTuple):
    """What the rows of a call were computed from. `memory` is None where it was written over, or
    moved on: then faults are told without their cause."""

    rows: Transitions
    originals: dict[int, Tensor]  # columns as they were, where a range was held against them
    memory: Memory | None
    live: Live
    place: Callable[[int], tuple[int, int]]  # row -> environment, step


def records(
    plan: Plan, blame: Blame, met: Met, sinks: tuple[int, ...], unfit: Tensor
) -> list[Fault]:
    """A fault for each sink without a value, of the first offending rows."""
    found: list[Fault] = []
    trace = tracer(plan, blame)
    for row in unfit.any(1).nonzero()[:CAPTURE, 0].tolist():
        bits = 0
        for n in unfit[row].nonzero()[:, 0].tolist():
            bits |= 1 << min(sinks[n], 63)
        place = met.place(row)
        state = None if met.memory is None else host_state(plan, met.memory, row)
        if state is None:
            found += untraced(plan, bits, *place)
        else:
            found += trace(_offence(plan, met, row, bits, place, state))
    return found


def _offence(
    plan: Plan, met: Met, row: int, bits: int, place: tuple[int, int], state: State
) -> Offence:
    def one(x: Tensor | None) -> Any:
        return None if x is None else x[row : row + 1].detach().cpu().numpy()

    inputs = tuple(map(one, met.rows.inputs))
    broken = {}
    for number, before in met.originals.items():
        was, read = one(before), inputs[number]
        if ((was != read) & (was == was)).any():
            broken[number] = was
    live = HostLive(
        met.live.params.detach().cpu().numpy().astype(state.real.dtype),
        met.live.ints.cpu().numpy(),
        np.zeros(3, np.int64) if not met.live.run.numel() else met.live.run.cpu().numpy(),
    )
    ends = bool(met.rows.terminated[row]), bool(met.rows.truncated[row])
    return Offence(*place, bits, inputs, broken, *ends, state, live)


def host_state(plan: Plan, memory: Memory, row: int) -> State | None:
    """The memory of one row as the host's kernels lay it out; None where a window's fold, which
    they keep beside the samples, is not kept here."""
    if any(b.fold is not None for b in plan.buffers):
        return None
    real = "float64" if not memory.held else str(memory.held[0].dtype).removeprefix("torch.")
    sizes = plan.state_sizes
    state = State(
        np.zeros((1, sizes[0]), real), np.zeros((1, sizes[1])), np.zeros((1, sizes[2]), np.int64)
    )
    places: list[PlanCell | PlanBuffer] = [*plan.cells, *plan.buffers]
    for where, x in zip(places, [*memory.cells, *memory.rings], strict=True):
        flat = x[row].detach().reshape(-1).cpu().numpy()
        getattr(state, where.bank)[0, where.offset : where.offset + flat.size] = flat
    return state
