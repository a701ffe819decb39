"""What an episode came to, under the keys every adapter logs.

| key                        | value                                                            |
|----------------------------|------------------------------------------------------------------|
| `reward/<name>`            | sum of what the term, potential or payment added to the reward   |
| `reward/total`             | sum of the reward                                                |
| `reward_per_second/<name>` | the same by second of the episode, if the program has a timestep |
| `reward_per_step/<name>`   | the same by step, if it has none                                 |
| `metric/<name>`            | mean over the steps; the last value if it is known at the end    |
| `spec/<name>`              | whether the formula held of the episode                          |
| `robustness/<name>`        | by how much                                                      |
| `fault/<name>`             | steps on which a term, condition or the reward had no value      |
| `length`                   | steps                                                            |
| `success`                  | whether a success condition held on any step                     |
| `hash`                     | the program's                                                    |

Where the reward has an axis, what varies over it has an entry for each slot:
`reward/<name>/<label>`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.adapters.opened import has_success
from rewardlang.adapters.slots import by_slot, for_all
from rewardlang.driver import Program
from rewardlang.runtime.outcome import Outcome
from rewardlang.runtime.reward import Reward

Array = NDArray[Any]
_OF_SPECS = {"satisfied": "spec", "robustness": "robustness"}  # keys by the role of an output
KEY = "episode_terms"  # under which an info carries the entries above at the end of an episode


class Episodes:
    """Running sums over the episodes of `size` environments, or of a single one without a size.

    Sums are kept in float64: as arrays [size], or as plain numbers for a single environment, where
    they are added to on every step and arrays would cost more than the reward.
    """

    def __init__(self, program: Program, reward: Reward, size: int | None = None) -> None:
        self._size = size
        self._reward = reward
        self._timestep = program.checked.timestep
        self._hash = program.hash
        self._success = has_success(program)
        self._axis = program.checked.axis is not None
        metrics = [o for o in program.plan.outputs if o.role == "metric"]
        self._metrics = {o.name: o.at_end for o in metrics}
        self._specs = [o for o in program.plan.outputs if o.role in _OF_SPECS]
        self._sinks = list(dict.fromkeys(s.name for s in program.plan.sinks))
        self._seen = reward.faults.count
        self._nothing = self._zero(float)
        self._sums: dict[str, Any] = {}
        self._measured: dict[str, Any] = {}
        self._judged: dict[str, Any] = {}
        self._faults: dict[str, Any] = {}
        self._total: Any = 0.0
        self._length: Any = 0
        self._succeeded: Any = False
        self.clear()

    def _zero(self, kind: type) -> Any:
        return kind() if self._size is None else np.zeros(self._size, dtype=kind)

    def add(self, out: Outcome, active: Array | None = None) -> None:
        """Count one step; rows that are not `active` made none."""
        self._length = self._length + (1 if active is None else active)
        sums, zero = self._sums, self._nothing
        weighted = out.weighted
        if self._axis:
            weighted = by_slot({**weighted, "total": out.reward}, out)  # type: ignore[assignment]
        else:
            self._total = self._total + out.reward
        for name, value in weighted.items():
            sums[name] = sums.get(name, zero) + value
        for name, value in by_slot(out.metrics, out).items() if self._metrics else ():
            at_end = self._at_end(name)
            if active is not None:
                value = np.where(active, value, 0.0)
            self._measured[name] = value + (zero if at_end else self._measured.get(name, zero))
        for output in self._specs:
            key = f"{_OF_SPECS[output.role]}/{output.name}"
            self._judged[key] = getattr(out.specs[output.name], output.role)
        if self._success:
            self._succeeded = self._succeeded | for_all(out.success, out)
        if self._reward.faults.count != self._seen:
            self._seen = self._reward.faults.count
            for name, rows in out.faults.rows.items():
                self._faults[name] = self._faults[name] + rows

    def _at_end(self, name: str) -> bool:
        """Whether a metric, or a slot of one, is known at the end only."""
        return self._metrics[name.partition("/")[0]]

    def _entries(self) -> dict[str, Any]:
        """Every entry, for all environments at once."""
        steps = np.maximum(self._length, 1)
        amount = steps if self._timestep is None else steps * self._timestep
        unit = "step" if self._timestep is None else "second"
        sums = self._sums if self._axis else {**self._sums, "total": self._total}
        entries = {f"reward/{name}": value for name, value in sums.items()}
        entries |= {f"reward_per_{unit}/{name}": value / amount for name, value in sums.items()}
        for name, value in self._measured.items():
            entries[f"metric/{name}"] = value if self._at_end(name) else value / steps
        entries |= self._judged
        entries |= {f"fault/{name}": count for name, count in self._faults.items()}
        entries["length"] = self._length
        if self._success:
            entries["success"] = self._succeeded
        return entries

    def single(self) -> dict[str, Any]:
        """The entries of the single environment, as plain numbers."""
        entries = {key: _plain(value) for key, value in self._entries().items()}
        return {**entries, "hash": self._hash}

    def each(self, rows: Array) -> dict[int, dict[str, Any]]:
        """The entries of each environment of `rows` [size], by its number, as plain numbers."""
        entries = self._entries()
        return {
            n: {**{key: _plain(value[n]) for key, value in entries.items()}, "hash": self._hash}
            for n in np.flatnonzero(rows).tolist()
        }

    def together(self, rows: Array) -> dict[str, Any]:
        """The entries of the environments `rows` [size] as Gymnasium batches an info: arrays with a
        mask each, 0 where the mask is false."""
        entries: dict[str, Any] = {}
        for key, value in self._entries().items():
            entries[key] = np.where(rows, value, np.zeros_like(value))
        entries["hash"] = np.where(rows, self._hash, np.array(None, dtype=object))
        return entries | {f"_{key}": rows.copy() for key in entries}

    def clear(self, rows: Array | None = None) -> None:
        """Begin new episodes; in all environments without a mask."""
        if rows is None:
            self._sums, self._measured, self._judged = {}, {}, {}
            self._total = self._zero(float)
            self._faults = {name: self._zero(int) for name in self._sinks}
            self._length = self._zero(int)
            self._succeeded = self._zero(bool)
            return
        for sums in (self._sums, self._measured, self._faults):
            for name, value in sums.items():
                sums[name] = np.where(rows, 0, value)
        self._total = np.where(rows, 0.0, self._total)
        self._length = np.where(rows, 0, self._length)
        self._succeeded = self._succeeded & ~rows


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
