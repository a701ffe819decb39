"""Faults: what could not be paid, and what is done about it.

A kernel says which sinks (terms, conditions, the reward..) of which rows had no value, and keeps
the first such rows with the state they met. Everything else happens only when somebody looks: the
cause is traced from the kept row, so a fault costs a loop little and a row without one nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, RewardError
from rewardlang.diagnostics.source import Span
from rewardlang.plan import Plan, PlanSink
from rewardlang.runtime.failure import unknown

POLICIES = ("raise", "hold", "zero", "terminate")
SHOWN = 5  # faults that an error's text describes
LAST_BIT = 63  # sinks from here on share the last bit of a row's mask

_ROLES = {
    "term": "term `{}`",
    "potential": "potential `{}`",
    "pays": "the payment of `{}`",
    "condition": "condition `{}`",
    "metric": "metric `{}`",
    "machine": "machine `{}`",
    "advantage": "the {}",
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


def bit_of(sink: PlanSink) -> int:
    """The place of a sink in the mask of a row."""
    return min(sink.number, LAST_BIT)


@dataclass(frozen=True)
class Fault:
    """One value that could not be paid, and why.

    `environment` is the row of the batch (the episode, in recorded data), `step` the transition
    counted from 1, `input` the input at fault if there is one, `value` what it held, in its
    declared unit, `inputs` the whole row in declared units, `span` the expression that failed,
    `detail` what it computed, `declared` where the input at fault is declared.
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
        labels = [] if self.span is None else [Label(self.span, self.detail)]
        if self.declared is not None:
            labels.append(Label(self.declared, "declared here"))
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
                "detail": f": `{self.detail}`" if self.detail else "",
            },
        )


class RewardFault(RewardError):
    """Raised under the policy `raise`. `faults` holds the records of the first offending rows.

    The call's results are lost, but its transition has been made: the memory has moved on.
    """

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__([f.diagnostic() for f in faults[:SHOWN]])
        self.faults = faults
