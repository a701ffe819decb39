"""Faults: what was not a number, whose fault it was, and what is done about it.

A kernel says which sinks (terms, conditions, the reward..) of which rows had no value, and keeps
the first such rows with the state they met. Everything else happens only when somebody looks: the
cause is traced from the kept row, so a fault costs a loop little and a row without one nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, RewardError
from rewardlang.diagnostics.source import Span
from rewardlang.plan import Plan, PlanInput, PlanSink
from rewardlang.runtime.failure import unknown
from rewardlang.runtime.kernel import Array, Blame, Capture, Cause, Live, State

POLICIES = ("raise", "hold", "zero", "terminate")
KEPT = 256  # offending rows remembered over the life of a reward
SHOWN = 5  # faults that an error's text describes
LAST_BIT = 63  # sinks from here on share the last bit of a row's mask

_CODES = {
    "input": "RW650",
    "contract": "RW651",
    "division": "RW653",
    "domain": "RW654",
    "index": "RW655",
    "overflow": "RW656",
    "conversion": "RW657",
    "state": "RW658",
}
_NO_CAUSE = "RW659"
_ROLES = {
    "term": "term `{}`",
    "potential": "potential `{}`",
    "pays": "the payment of `{}`",
    "condition": "condition `{}`",
    "metric": "metric `{}`",
    "reward": "the reward",
}


def policy_of(declared: str | None, asked: str | None) -> str:
    """What was asked for, else what the file declares, else `hold`."""
    if asked is None:
        return declared or "hold"
    if asked not in POLICIES:
        raise unknown("RW641", asked, POLICIES)
    return asked


def handled_sinks(plan: Plan) -> int:
    """A bit for every sink with an `on fault` of its own: the policy leaves those alone."""
    settled = [i for i in plan.step if i.op == "settle" and len(i.args) == 2]
    mask = 0
    for instruction in settled:
        mask |= 1 << min(int(instruction.attr), LAST_BIT)
    return mask


@dataclass(frozen=True)
class Fault:
    """One value that could not be paid, and why.

    `environment` is the row of the batch (the episode, in recorded data), `step` the transition
    counted from 1, `input` the input at fault if there is one, `value` what it held, in its
    declared unit, `inputs` the whole row in declared units, `span` the expression that failed.
    """

    code: str
    sink: str
    role: str
    environment: int
    step: int
    input: str | None
    value: Any
    detail: str
    span: Span | None
    inputs: dict[str, Any]
    declared: Span | None
    range: str = ""

    def diagnostic(self) -> Diagnostic:
        """The fault as a message, in the words of its code."""
        labels = [Label(self.span, self.detail)] if self.span is not None else []
        if self.declared is not None and self.declared is not self.span:
            labels.append(Label(self.declared, "for this"))
        return Diagnostic(
            self.code,
            tuple(labels),
            {
                "sink": _ROLES[self.role].format(self.sink),
                "environment": self.environment,
                "step": self.step,
                "input": self.input,
                "value": self.value,
                "range": self.range,
                "detail": f" in `{self.detail}`" if self.detail else "",
            },
        )


class RewardFault(RewardError):
    """Raised under the policy `raise`. `faults` holds the records of the first offending rows.

    The call's results are lost, but its transition has been made: the memory has moved on.
    """

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__([f.diagnostic() for f in faults[:SHOWN]])
        self.faults = faults


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


@dataclass(frozen=True)
class Call:
    """What one call gave its kernel, as far as tracing needs it."""

    inputs: Sequence[Array | None]
    originals: dict[int, Array]  # columns as they were, where some values broke a contract
    terminated: Array
    truncated: Array
    live: Live
    place: Callable[[int], tuple[int, int]]  # row -> environment, step


def offences(plan: Plan, capture: Capture, faults: Array, call: Call) -> list[Offence]:
    """Copies of the captured rows."""
    found = []
    live = Live(call.live.real_params.copy(), call.live.int_params.copy(), call.live.run.copy())
    for slot, row in enumerate(capture.rows.tolist()):
        if row < 0:
            continue
        environment, step = call.place(row)
        at = [environment if i.per == "episode" else row for i in plan.inputs]
        inputs = tuple(
            None if a is None else a[n : n + 1].copy() for a, n in zip(call.inputs, at, strict=True)
        )
        broken = {k: a[at[k] : at[k] + 1].copy() for k, a in call.originals.items()}
        state = State(
            capture.real[slot : slot + 1].copy(),
            capture.wide[slot : slot + 1].copy(),
            capture.int[slot : slot + 1].copy(),
        )
        found.append(
            Offence(
                environment,
                step,
                int(faults[row]),
                inputs,
                broken,
                bool(call.terminated[row]),
                bool(call.truncated[row]),
                state,
                live,
            )
        )
    return sorted(found, key=lambda o: (o.step, o.environment))


def untraced(plan: Plan, bits: int, environment: int, step: int) -> list[Fault]:
    """Faults of a row that was not captured: the names are known, the causes are not."""
    faulty = [s for s in plan.sinks if bits >> min(s.number, LAST_BIT) & 1]
    return [
        Fault(
            _NO_CAUSE, s.name, s.role, environment, step, None, None, "", s.span, {}, s.span
        )
        for s in faulty
    ]


class Trace(Protocol):
    """Offending row -> its faults, one for each sink that had no value."""

    def __call__(self, offence: Offence) -> list[Fault]: ...


def tracer(plan: Plan, blame: Blame) -> Trace:
    """Finds causes with the backend's `blame`."""

    def trace(offence: Offence) -> list[Fault]:
        faulty = [s for s in plan.sinks if offence.bits >> min(s.number, LAST_BIT) & 1]
        return [_fault(plan, sink, offence, blame) for sink in faulty]

    return trace


def _fault(plan: Plan, sink: PlanSink, offence: Offence, blame: Blame) -> Fault:
    cause = blame(
        plan,
        sink.number,
        offence.inputs,
        offence.terminated,
        offence.truncated,
        offence.state,
        offence.live,
    )
    shown = {
        i.name: _shown(i, offence.broken.get(n, a))
        for n, (i, a) in enumerate(zip(plan.inputs, offence.inputs, strict=True))
        if a is not None
    }
    kind, value, allowed = cause.kind, None, ""
    if cause.input is not None:
        number, declared = next((n, i) for n, i in enumerate(plan.inputs) if i.name == cause.input)
        before = offence.broken.get(number)
        value = shown.get(cause.input)
        if before is not None:
            kind, allowed = "contract", _range(declared)
            value = _worst(declared, before)
    return Fault(
        _CODES.get(kind, _NO_CAUSE),
        sink.name,
        sink.role,
        offence.environment,
        offence.step,
        cause.input,
        value,
        cause.detail,
        cause.span or sink.span,
        shown,
        sink.span,
        allowed,
    )


def _shown(declared: PlanInput, read: Array) -> Any:
    """One row's value as the loop gave it: declared unit, enum members by name."""
    value = read[0]
    if declared.kind == "real":
        value = value / declared.scale
    if declared.kind == "bool":
        value = value.astype(bool)
    if declared.shape:
        return value.copy()
    plain = value.item()
    if declared.members and 0 <= plain < len(declared.members):
        return declared.members[plain]
    return plain


def _worst(declared: PlanInput, before: Array) -> Any:
    """The first value that is out of range."""
    hi = len(declared.members) - 1 if declared.members else declared.hi
    lo = 0 if declared.members else declared.lo
    flat = before.reshape(-1)
    worst = flat[(flat < lo) | (flat > hi)]
    first = worst[0] if worst.size else flat[0]
    return (first / declared.scale).item() if declared.kind == "real" else first.item()


def _range(declared: PlanInput) -> str:
    if declared.members:
        return "the codes 0 .. " + str(len(declared.members) - 1)
    unit = "" if declared.unit in ("", "1") else f"<{declared.unit}>"
    lo, hi = declared.lo / declared.scale, declared.hi / declared.scale
    return f"{lo:g}{unit} .. {hi:g}{unit}"


def input_only(
    plan: Plan,
    sink: int,
    inputs: Sequence[Array | None],
    terminated: bool,
    truncated: bool,
    state: State,
    live: Live,
) -> Cause:
    """A `Blame` for kernels that bring none: the first input that is not finite, if any."""
    for declared, array in zip(plan.inputs, inputs, strict=True):
        if array is not None and declared.kind == "real" and not np.isfinite(array).all():
            return Cause("input", declared.name, declared.span)
    return Cause("other")


class Faults:
    """The faults of one call. Empty is false.

    `count`    rows with a fault
    `mask`     bool, which rows; in the shape of the reward
    `counts`   rows by the name of the term, condition or `reward` that had no value
    `rows`     by the same names, which rows: bool, in the shape of the reward
    `ended`    rows that the policy `terminate` ends, or None
    `records`  `Fault`s of the first offending rows; causes are traced when this is first read
    """

    __slots__ = ("_offences", "_records", "_trace", "count", "counts", "ended", "mask", "rows")

    def __init__(
        self,
        count: int,
        mask: Any,
        counts: dict[str, int],
        offences: Sequence[Offence] = (),
        trace: Trace | None = None,
        ended: Array | None = None,
        rows: dict[str, Any] | None = None,
    ) -> None:
        self.count = count
        self.mask = mask
        self.counts = counts
        self.rows = rows or {}
        self.ended = ended
        self._offences = offences
        self._trace = trace
        self._records: list[Fault] | None = None

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


def count_by_sink(plan: Plan, bits: Array) -> dict[str, int]:
    """Rows by sink name, of sinks with a fault only."""
    counts: dict[str, int] = {}
    seen = int(np.bitwise_or.reduce(bits))
    for sink in plan.sinks:
        if not seen >> min(sink.number, LAST_BIT) & 1:
            continue
        rows = int(np.count_nonzero(bits >> min(sink.number, LAST_BIT) & 1))
        counts[sink.name] = counts.get(sink.name, 0) + rows
    return counts


def rows_by_sink(plan: Plan, bits: Array, lead: tuple[int, ...]) -> dict[str, Any]:
    """Which rows, by sink name, of sinks with a fault only; plain bools without a `lead`."""
    masks: dict[str, Array] = {}
    for sink in plan.sinks:
        mask = (bits >> min(sink.number, LAST_BIT) & 1).astype(bool)
        if mask.any():
            masks[sink.name] = masks.get(sink.name, False) | mask
    return {n: m.reshape(lead) if lead else bool(m[0]) for n, m in masks.items()}


class FaultLog:
    """All faults over the life of a reward: counts of every one, and the last offending rows.

    `count` and `counts` are never reset; `records` covers the last `KEPT` captured rows.
    """

    def __init__(self, trace: Trace) -> None:
        self.count = 0
        self.counts: dict[str, int] = {}
        self._ring: deque[Offence] = deque(maxlen=KEPT)
        self._trace = trace

    def add(self, count: int, counts: dict[str, int], found: list[Offence]) -> None:
        self.count += count
        for name, rows in counts.items():
            self.counts[name] = self.counts.get(name, 0) + rows
        self._ring.extend(found)

    @property
    def records(self) -> list[Fault]:
        return [fault for offence in self._ring for fault in self._trace(offence)]

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return f"FaultLog({self.count} rows; {self.counts})"
