"""What one fused GPU kernel can hold of a plan, and what needs the host. Loads no framework."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rewardlang.builtins.table import table
from rewardlang.plan import Instruction, Plan, PlanCall

MOST_SLOTS = 128  # numbers of one value: each is a register of every lane
MOST_NUMBERS = 4000  # computed in one block: beyond this a kernel compiles for too long

_NOT_FUSED = {
    "kth": "an order statistic over a window",
    "below": "an order statistic over a window",
    "away": "a mean distance over a window",
    "gather": "a smooth semantics of a formula",
    "worth": "a smooth semantics of a formula",
    "tail": "a formula evaluated where an episode ends",
}


@dataclass(frozen=True)
class Reason:
    """Something in a program, and where it is written."""

    what: str
    span: Any


def unfused(plan: Plan) -> list[Reason]:
    """What keeps a plan from being one kernel, each kind of it once; empty where nothing does."""
    found: dict[str, Reason] = {}
    for block in (plan.prelude, plan.reset, plan.step):
        for at in block:
            for what in _reasons(at):
                found.setdefault(what, Reason(what, at.span))
        if sum(at.slot.size for at in block) > MOST_NUMBERS:
            what = f"more than {MOST_NUMBERS} numbers computed in a step"
            found.setdefault(what, Reason(what, None))
    for feed in plan.feeds:
        for reason in unfused(feed.plan):
            found.setdefault(reason.what, reason)
    return list(found.values())


def _reasons(at: Instruction) -> Iterator[str]:
    if at.op == "call":
        yield f"`{table()[at.attr[0]].name}`, a function of whole arrays"
    elif at.op in _NOT_FUSED:
        yield _NOT_FUSED[at.op]
    if at.slot.size > MOST_SLOTS:
        yield f"a value of more than {MOST_SLOTS} numbers"


def host_stages(plan: Plan) -> list[Reason]:
    """What of a plan is computed on the host, wherever its kernels run."""
    found: dict[str, Reason] = {}
    calls = [call for feed in plan.feeds for call in (*feed.calls, *feed.reset_calls)]
    if plan.commit is not None:
        calls += plan.commit.calls
        for run in plan.commit.runs:
            what = f"`{run.name.partition(' over ')[0]}` over the run"
            found.setdefault(what, Reason(what, run.span))
    for declared in plan.inputs:
        if any(name is not None for name in declared.lengths):
            found.setdefault("", Reason(f"the ragged input `{declared.name}`", declared.span))
    for call in calls:
        reason = _on_host(plan, call)
        if reason is not None:
            found.setdefault(reason.what, reason)
    return list(found.values())


def _on_host(plan: Plan, call: PlanCall) -> Reason | None:
    if call.host >= 0:
        host = plan.hosts[call.host]
        return Reason(f"the function `{host.name}`", host.span)
    if call.pool is not None:
        what = f"`{call.pool.fold}` over the {call.pool.scope}"
        span = plan.inputs[call.input].span if call.input < len(plan.inputs) else None
        return Reason(what, span)
    return None
