"""Runs the `test` blocks of a program: given inputs, expected facts.

Only what the expectations read is compiled, so a test gives the inputs that matter and no others.
The NumPy backend runs them: no compiler is started, and a fault anywhere is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from rewardlang import backends
from rewardlang.backends.blame import blame
from rewardlang.check.typed import Checked, ExpectDecl, Expr, TestDecl
from rewardlang.coverage import Decision, EdgeTaken, decisions, edges_taken
from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.diagnostics.render import render_all
from rewardlang.diagnostics.source import Span
from rewardlang.driver import Program, lower, open_axes
from rewardlang.formula_coverage import FormulaCoverage, formulas_reached
from rewardlang.runtime.outcome import Outcome
from rewardlang.runtime.reward import Reward
from rewardlang.types import Index

Found = TypeVar("Found")
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


@dataclass(frozen=True)
class TestResult:
    """How one test block went; `message` says what was expected and what was found instead."""

    title: str
    passed: bool
    message: str
    span: Span


def run_tests(program: Program) -> list[TestResult]:
    """Run every test block of a program, in file order."""
    checked = program.checked
    return [_run(checked, test) for test in checked.tests]


def _run(checked: Checked, test: TestDecl) -> TestResult:
    try:
        outcome = _evaluate(checked, test)
    except RewardError as error:
        message = render_all(error.diagnostics, color=False)
        return TestResult(test.title, False, message, test.span)
    messages = [m for i, e in enumerate(test.expect) if (m := _verdict(outcome, i, e))]
    return TestResult(test.title, not messages, "\n".join(messages), test.span)


def _evaluate(checked: Checked, test: TestDecl) -> Outcome:
    probes = _probes(test)
    plan = lower(checked, probes)
    reward = Reward(
        plan,
        lambda part, dtype: backends.compile(part, "numpy", dtype),
        blame,
        dtype="float64",
        faults="raise",
        open_axes=open_axes(checked, lambda sizes: lower(checked, probes, sizes=sizes)),
        hosts=[_Scripted(host.name, test.given.get(host.name, [])) for host in plan.hosts],
    )
    kinds = {d.name: d.type.kind for d in checked.inputs}
    given = {n: _column(kinds[n], value) for n, value in test.given.items() if n in kinds}
    return reward.evaluate(given, group=[0])


def reached(program: Program) -> list[Decision]:
    """The decisions of a program that its test blocks give the inputs of, over all of them."""
    added: dict[tuple[str, int], Decision] = {}
    for found in _over_tests(program, decisions):
        for one in found:
            key = (one.span.source.name, one.span.start)
            before = added.get(key, Decision(one.span, 0, 0))
            held, failed = before.held + one.held, before.failed + one.failed
            added[key] = Decision(one.span, held, failed)
    return [added[key] for key in sorted(added)]


def reached_edges(program: Program) -> list[EdgeTaken]:
    """How often the edges of machines fired in the test blocks that give what these read."""
    machines = program.machines.values()
    added = {(m.name, e.span): EdgeTaken(m.name, e.span, 0) for m in machines for e in m.edges}
    for found in _over_tests(program, edges_taken):
        for one in found:
            key = one.machine, one.span
            added[key] = replace(one, fired=added[key].fired + one.fired)
    return list(added.values())


def reached_formulas(program: Program) -> list[FormulaCoverage]:
    """How often the edges of formulas were taken in the test blocks that give what these read."""
    added: dict[str, FormulaCoverage] = {}
    for found in _over_tests(program, formulas_reached):
        for one in found:
            added[one.name] = added[one.name] + one if one.name in added else one
    return list(added.values())


def _over_tests(
    program: Program,
    look: Callable[[Program, Callable[[Reward], Outcome], Iterable[str]], list[Found]],
) -> Iterator[list[Found]]:
    """What `look` finds in each test block that gives some inputs, by these."""
    kinds = {d.name: d.type.kind for d in program.checked.inputs}
    for test in program.checked.tests:
        given = {n: _column(kinds[n], value) for n, value in test.given.items() if n in kinds}

        def evaluate(reward: Reward, columns: dict[str, Any] = given) -> Outcome:
            read = {i.name for i in reward.plan.inputs if i.in_step or i.at_reset}
            some = {n: v for n, v in columns.items() if n in read} or columns
            return reward.evaluate(some, group=[0])

        if given:
            yield look(program, evaluate, given)


class _Scripted:
    """An extern that replies what the test gives, row after row in the order it is asked."""

    def __init__(self, name: str, replies: list[Any]) -> None:
        self.name = name
        self.left = list(replies)

    def __call__(self, *columns: Any) -> Any:
        count = len(columns[0]) if columns else 1
        if count > len(self.left):
            raise LookupError(f"the test gives too few replies of `{self.name}`")
        replies, self.left = self.left[:count], self.left[count:]
        return np.asarray(replies)


def _probes(test: TestDecl) -> dict[str, Expr]:
    """Each expectation, and both sides of those that compare, to show what was found."""
    probes: dict[str, Expr] = {}
    for i, expect in enumerate(test.expect):
        probes[str(i)] = expect.value
        if _compares(expect.value):
            probes[f"{i} left"], probes[f"{i} right"] = expect.value.args
    return probes


def _compares(e: Expr) -> bool:
    return e.op == "apply" and e.attr in _COMPARISONS


def _column(kind: str, value: Any) -> Any:
    """One episode, as a batch of one."""
    return np.asarray(value, np.float64 if kind == "real" else None)[None]


def _verdict(outcome: Outcome, number: int, expect: ExpectDecl) -> str | None:
    """None where it holds; else the expectation, the step and the values found."""
    held = np.atleast_1d(outcome.probes[str(number)][0])
    steps = range(len(held)) if expect.at is None else (expect.at - 1,)
    if expect.at is None and expect.value.level.index < Index.STATE:
        steps = (len(held) - 1,)  # one value per episode: as it stands at the end
    for step in steps:
        if not 0 <= step < len(held):
            return f"expected {expect.span.text}: there are only {len(held)} transitions"
        if held[step] != 1:
            return f"expected {expect.span.text} at {step + 1}{_found(outcome, number, step)}"
    return None


def _found(outcome: Outcome, number: int, step: int) -> str:
    if f"{number} left" not in outcome.probes:
        return ", which does not hold"
    sides = []
    for side in ("left", "right"):
        values = np.asarray(outcome.probes[f"{number} {side}"][0])
        value = values[step] if values.ndim else values
        sides.append(np.array2string(np.asarray(value), precision=6))
    return f", found {sides[0]} against {sides[1]}"
