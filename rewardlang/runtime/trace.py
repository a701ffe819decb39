"""From an offending row to its faults: each with its cause, its input and its place in the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rewardlang.plan import Plan, PlanInput, PlanSink
from rewardlang.runtime.captures import Offence
from rewardlang.runtime.faults import Fault, bit_of
from rewardlang.runtime.kernel import Array, Blame, Cause, Live, State

Trace = Callable[[Offence], list[Fault]]  # one fault for each sink that had no value

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
_NO_REPLY = "RW525"  # a fold over episodes had a fault or nothing in it


def tracer(plan: Plan, blame: Blame) -> Trace:
    """Finds causes with the backend's `blame`."""

    def trace(offence: Offence) -> list[Fault]:
        faulty = [s for s in plan.sinks if offence.bits >> bit_of(s) & 1]
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
        if a is not None and i.origin == "loop"
    }
    if cause.input is not None and cause.input.endswith(".length"):
        return _too_long(plan, sink, offence, cause.input, shown)
    kind, value, allowed, detail = cause.kind, None, "", cause.detail
    span, declaration = cause.span or sink.span, None
    code = _CODES.get(kind, _NO_CAUSE)
    given = cause.input
    if given is not None and _between(plan, given):  # a call gave nothing: its place is the cause
        number = next(n for n, i in enumerate(plan.inputs) if i.name == given)
        failure = offence.failures.get(number)
        code = _NO_REPLY if failure is None else failure.code
        detail = "" if failure is None else failure.detail
        given = None
    if given is not None:
        number, declared = next((n, i) for n, i in enumerate(plan.inputs) if i.name == given)
        value, declaration = shown.get(given), declared.span
        before = offence.broken.get(number)
        if before is not None:
            kind, allowed, value = "contract", _range(declared), _worst(declared, before)
        code = _CODES.get(kind, _NO_CAUSE)
        if kind in ("input", "contract"):  # where an input is first read says less than who pays
            span, detail = sink.span, f"reads `{given}`"
    return Fault(
        code,
        sink.name,
        sink.role,
        offence.environment,
        offence.step,
        given,
        value,
        detail,
        span,
        shown,
        declaration,
        allowed,
    )


def _between(plan: Plan, name: str) -> bool:
    """Whether an input is filled between kernels."""
    return any(i.name == name and i.origin != "loop" for i in plan.inputs)


def _too_long(
    plan: Plan, sink: PlanSink, offence: Offence, lengths: str, shown: dict[str, Any]
) -> Fault:
    """A row with more slots than the cap of its ragged axis: the input that brought it."""
    declared = next(i for i in plan.inputs if lengths in i.lengths)
    cap = declared.shape[declared.lengths.index(lengths)]
    detail = f"more than {cap} along `{lengths.removesuffix('.length')}`"
    return Fault(
        "RW697", sink.name, sink.role, offence.environment, offence.step, declared.name, None,
        detail, sink.span, shown, declared.span, "",
    )  # fmt: skip


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


def untraced(plan: Plan, bits: int, environment: int, step: int) -> list[Fault]:
    """Faults of a row that was not captured: the names are known, the causes are not."""
    faulty = [s for s in plan.sinks if bits >> bit_of(s) & 1]
    return [
        Fault(_NO_CAUSE, s.name, s.role, environment, step, None, None, "", s.span, {}, None)
        for s in faulty
    ]


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
