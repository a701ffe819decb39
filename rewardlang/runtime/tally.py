"""How many faults, of whom, in which rows: of one call, and over the life of a reward."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rewardlang.plan import Plan, PlanSink
from rewardlang.runtime.captures import Offence
from rewardlang.runtime.faults import Fault, bit_of
from rewardlang.runtime.kernel import Array
from rewardlang.runtime.trace import Trace

KEPT = 256  # offending rows remembered over the life of a reward


class Faults:
    """The faults of one call. Empty is false.

    `count`    rows with a fault
    `mask`     bool, which rows; in the shape of the reward
    `counts`   rows by the name of the term, condition or `reward` that had no value
    `rows`     by the same names, which rows: bool, in the shape of the reward
    `ended`    rows that the policy `terminate` ends, or None
    `records`  `Fault`s of the first offending rows; causes are traced when this is first read
    """

    def __init__(
        self,
        plan: Plan,
        bits: Array,
        lead: tuple[int, ...],
        count: int = 0,
        offences: Sequence[Offence] = (),
        trace: Trace | None = None,
        ended: Array | None = None,
    ) -> None:
        self.count = count
        self.counts = count_by_sink(plan, bits) if count else {}
        self.ended = ended
        self._plan = plan
        self._bits = bits
        self._lead = lead
        self._offences = offences
        self._trace = trace
        self._records: list[Fault] | None = None

    def _shown(self, mask: Array) -> Any:
        return mask.reshape(self._lead) if self._lead else bool(mask[0])

    @property
    def mask(self) -> Any:
        return self._shown(self._bits != 0)

    @property
    def rows(self) -> dict[str, Any]:
        masks: dict[str, Array] = {}
        for sink in faulty_sinks(self._plan, self._bits):
            mask = (self._bits >> bit_of(sink) & 1).astype(bool)
            masks[sink.name] = masks[sink.name] | mask if sink.name in masks else mask
        return {name: self._shown(mask) for name, mask in masks.items()}

    @property
    def records(self) -> list[Fault]:
        if self._records is None:
            trace = self._trace
            self._records = [] if trace is None else [f for o in self._offences for f in trace(o)]
        return self._records

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.records)

    def __repr__(self) -> str:
        by_name = ", ".join(f"{name}: {n}" for name, n in self.counts.items())
        return f"Faults({self.count} rows{'; ' + by_name if by_name else ''})"


def faulty_sinks(plan: Plan, bits: Array) -> list[PlanSink]:
    """The sinks that any row has a fault of."""
    seen = int(np.bitwise_or.reduce(bits))
    return [s for s in plan.sinks if seen >> bit_of(s) & 1]


def count_by_sink(plan: Plan, bits: Array) -> dict[str, int]:
    """Rows by sink name, of sinks with a fault only."""
    counts: dict[str, int] = {}
    for sink in faulty_sinks(plan, bits):
        rows = int(np.count_nonzero(bits >> bit_of(sink) & 1))
        counts[sink.name] = counts.get(sink.name, 0) + rows
    return counts


class FaultLog:
    """All faults over the life of a reward: counts of every one, and the last offending rows.

    `count` and `counts` are never reset; `records` covers the last `KEPT` captured rows.
    """

    def __init__(self, trace: Trace) -> None:
        self.count = 0
        self.counts: dict[str, int] = {}
        self._calls: deque[tuple[Trace, Sequence[Offence]]] = deque()
        self._kept = 0
        self._trace = trace

    def add(
        self,
        count: int,
        counts: dict[str, int],
        found: Sequence[Offence],
        trace: Trace | None = None,
    ) -> None:
        """`trace` is that of the plan that met them, where it is not the log's own."""
        self.count += count
        for name, rows in counts.items():
            self.counts[name] = self.counts.get(name, 0) + rows
        self._calls.append((trace or self._trace, found))
        self._kept += len(found)
        while self._kept > KEPT:
            self._kept -= len(self._calls.popleft()[1])

    @property
    def records(self) -> list[Fault]:
        return [f for trace, call in self._calls for offence in call for f in trace(offence)]

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return f"FaultLog({self.count} rows; {self.counts})"
