"""What an episode came to, under the keys every adapter logs.

    reward/<name>              sum of what each term, potential and payment added
    reward/total               sum of the reward
    reward_per_second/<name>   the same by second of the episode, where the program has a timestep
    reward_per_step/<name>     .. by step, where it has none
    metric/<name>              mean over the steps
    fault/<name>               steps on which a term, condition or the reward had no value
    length, success, hash      steps; whether a success condition held at any step; the program's
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.adapters.opened import has_success
from rewardlang.driver import Program
from rewardlang.runtime.outcome import Outcome

Array = NDArray[Any]
KEY = "episode_terms"  # under which an info carries the entries above at the end of an episode


class Episodes:
    """Running sums of the episodes of `size` environments. Sums are kept in float64."""

    def __init__(self, program: Program, size: int) -> None:
        self._size = size
        self._timestep = program.checked.timestep
        self._hash = program.hash
        self._success = has_success(program)
        self._metrics = [
            o.name for o in program.plan.outputs if o.role == "metric" and not o.shape
        ]
        self._sums: dict[str, Array] = {}
        self._faults = {s.name: np.zeros(size, dtype=np.int64) for s in program.plan.sinks}
        self._length = np.zeros(size, dtype=np.int64)
        self._succeeded = np.zeros(size, dtype=bool)

    def add(self, out: Outcome, active: Array | None = None) -> None:
        """Count one step; rows that are not `active` made none."""
        self._length += 1 if active is None else active
        for name, value in out.weighted.items():
            self._add(f"reward/{name}", value)
        self._add("reward/total", out.reward)
        for name in self._metrics:
            value = np.asarray(out.metrics[name], dtype=np.float64)
            self._add(f"metric/{name}", value if active is None else np.where(active, value, 0.0))
        if self._success:
            self._succeeded |= np.reshape(out.success, self._size)
        if out.faults:
            for name, rows in out.faults.rows.items():
                self._faults[name] += np.reshape(rows, self._size)

    def _add(self, key: str, value: Any) -> None:
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = np.zeros(self._size)
        sums += value

    def entries(self, row: int) -> dict[str, Any]:
        """The entries of one environment's episode, as plain numbers."""
        steps = int(self._length[row])
        shown: dict[str, Any] = {}
        unit = "step" if self._timestep is None else "second"
        amount = max(steps, 1) * (1 if self._timestep is None else self._timestep)
        for key, sums in self._sums.items():
            kind, _, name = key.partition("/")
            if kind == "metric":
                shown[key] = float(sums[row]) / max(steps, 1)
            else:
                shown[key] = float(sums[row])
                shown[f"reward_per_{unit}/{name}"] = float(sums[row]) / amount
        for name, counts in self._faults.items():
            shown[f"fault/{name}"] = int(counts[row])
        shown["length"] = steps
        if self._success:
            shown["success"] = bool(self._succeeded[row])
        shown["hash"] = self._hash
        return shown

    def clear(self, rows: Array | None = None) -> None:
        """Begin new episodes; in all environments without a mask."""
        where: Any = ... if rows is None else rows
        for counts in (*self._sums.values(), *self._faults.values()):
            counts[where] = 0
        self._length[where] = 0
        self._succeeded[where] = False
