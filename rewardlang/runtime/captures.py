"""Offending rows, kept as they met the kernel so that they can be computed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlang.extract.asking import Failures, HostFailure
from rewardlang.plan import Plan
from rewardlang.runtime.kernel import Array, Capture, Live, State


@dataclass(frozen=True)
class Call:
    """What one call gave its kernel, as far as tracing needs it."""

    inputs: Sequence[Array | None]
    originals: dict[int, Array]  # columns as they were, where some values broke a contract
    terminated: Array
    truncated: Array
    live: Live
    place: Callable[[int], tuple[int, int]]  # row -> environment, step
    online: bool = True  # a row is an environment
    failures: Failures = field(default_factory=dict)  # why calls between kernels gave nothing


@dataclass(frozen=True)
class Offence:
    """One offending row as it met the kernel: enough to compute it again. Arrays are copies."""

    environment: int
    step: int
    bits: int
    inputs: tuple[Array | None, ...]  # [1, *shape], base units
    broken: dict[int, Array]  # by input: what stood where the contract was broken
    terminated: bool
    truncated: bool
    state: State
    live: Live
    failures: dict[int, HostFailure] = field(default_factory=dict)  # by input


@dataclass(frozen=True)
class Offences(Sequence[Offence]):
    """The rows that one call captured, in order of time. Arrays are copies, k rows each."""

    environments: list[int]
    steps: list[int]
    bits: list[int]
    inputs: tuple[Array | None, ...]
    broken: dict[int, Array]
    terminated: list[bool]
    truncated: list[bool]
    state: State
    live: Live
    failures: list[dict[int, HostFailure]]

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, k: Any) -> Any:
        if isinstance(k, slice):
            return [self[n] for n in range(*k.indices(len(self)))]
        one = slice(k, k + 1) if k >= 0 else slice(len(self) + k, len(self) + k + 1)
        state = self.state
        return Offence(
            self.environments[k],
            self.steps[k],
            self.bits[k],
            tuple(None if a is None else a[one] for a in self.inputs),
            {number: a[one] for number, a in self.broken.items()},
            self.terminated[k],
            self.truncated[k],
            State(state.real[one], state.wide[one], state.int[one]),
            self.live,
            self.failures[k],
        )


def offences(plan: Plan, capture: Capture, bits: Array, call: Call) -> Offences:
    """Copies of the rows in `capture`; `bits` are the fault masks of all rows of the call."""
    places = []
    for slot, row in enumerate(capture.rows.tolist()):
        if row >= 0:
            environment, step = call.place(row)
            places.append((step, environment, row, slot))
    places.sort()
    steps = [p[0] for p in places]
    environments = [p[1] for p in places]
    rows = np.array([p[2] for p in places], dtype=np.int64)
    slots = np.array([p[3] for p in places], dtype=np.int64)
    episodes = rows if call.online else np.array(environments, dtype=np.int64)

    def taken(number: int, column: Array) -> Array:
        return column[episodes if plan.inputs[number].per == "episode" else rows]

    live = call.live
    return Offences(
        environments,
        steps,
        bits[rows].tolist(),
        tuple(None if a is None else taken(n, a) for n, a in enumerate(call.inputs)),
        {n: taken(n, a) for n, a in call.originals.items()},
        call.terminated[rows].tolist(),
        call.truncated[rows].tolist(),
        State(capture.real[slots], capture.wide[slots], capture.int[slots]),
        Live(live.real_params.copy(), live.int_params.copy(), live.run.copy()),
        [
            {number: found[row] for number, found in call.failures.items() if row in found}
            for row in rows.tolist()
        ],
    )
