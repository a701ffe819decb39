"""`test` blocks: constants for the inputs, facts that are to hold."""

from __future__ import annotations

from typing import Any

from rewardlang.check.apply import described, report_unit_clash
from rewardlang.check.branches import is_condition
from rewardlang.check.constants import NotConstant, constant, exact
from rewardlang.check.levels import PER_STEP
from rewardlang.check.names import Module, suggestion
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session, Value
from rewardlang.check.typed import ExpectDecl, Expr, TestDecl
from rewardlang.check.units import same_unit
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.types import ANY, Index, Known, Type


def declare_test(session: Session, module: Module, node: ast.Test) -> TestDecl | None:
    scope = Scope(session, module, "test")
    session.risks.clear()
    given: dict[str, Any] = {}
    lengths: dict[str, tuple[int, Index, ast.Given]] = {}
    fine = True
    for row in node.given:
        numbers = _given(scope, row, given)
        fine = fine and numbers is not None
        value = session.values.get(row.name)
        if numbers is not None and row.name in session.hosts:
            given[row.name] = numbers
        elif numbers is not None and value is not None:
            given[row.name] = numbers
            if value.level.index >= Index.STATE:
                lengths[row.name] = (len(numbers), value.level.index, row)
    steps = _steps(scope, lengths) if fine else None
    expect = [_expect(scope, e, steps) for e in node.expect]
    session.risks.clear()  # a test shows what happens: no need to warn of it
    if not fine or any(e is None for e in expect):
        return None
    return TestDecl(node.title, given, tuple(e for e in expect if e is not None), node.span)


def _given(scope: Scope, row: ast.Given, before: dict[str, Any]) -> Any:
    """The samples of one input as nested lists in base units; None is reported."""
    session = scope.session
    host = session.hosts.get(row.name)
    if host is not None:
        declared = Value(host.type, PER_STEP, ANY)
        return _numbers(scope, row, before, declared)
    entry = scope.module.entries.get(row.name)
    if entry is None or entry.kind != "input":
        names = [n for n, e in scope.module.entries.items() if e.kind == "input"]
        hint = suggestion(nearest(row.name, names))
        session.error("RW120", (row.span, ""), name=row.name, hint=hint)
        return None
    return _numbers(scope, row, before, session.values[entry.full])


def _numbers(scope: Scope, row: ast.Given, before: dict[str, Any], declared: Value) -> Any:
    session = scope.session
    if row.name in before:
        session.error("RW121", (row.span, ""), name=row.name)
        return None
    value = scope.infer(row.value, declared.type.enum)
    if value.type.kind == "unknown" or declared.type.kind == "unknown":
        return None
    if not _fits(session, row, value, declared):
        return None
    try:
        return _in_kind(constant(scope, value), declared.type)
    except NotConstant as not_constant:
        session.error("RW224", (not_constant.expr.span, ""), what="a given value")
        return None


def _fits(session: Session, row: ast.Given, value: Expr, declared: Value) -> bool:
    sampled = declared.level.index >= Index.STATE
    wanted, have = declared.type, value.type
    axes = have.axes[1:] if sampled else have.axes
    sizes_fit = wanted.admits(tuple(a.size or 0 for a in axes))
    if sampled and not have.axes:
        sizes_fit = False
    kind_fits = have.kind == wanted.kind or (have.kind, wanted.kind) == ("int", "real")
    if not kind_fits or have.enum != wanted.enum or not sizes_fit:
        text = f"a vector of samples, each {wanted}" if sampled else str(wanted)
        shown = (value.span, f"this is {described(have)}")
        session.error("RW325", shown, name=row.name, wanted=text)
        return False
    if same_unit(have.unit, wanted.unit) is None:
        probe = session.make(
            "unknown", (), row.name, wanted, declared.level, declared.range, row.span
        )
        inner = value.args[0] if value.op == "stack" and value.args else value
        report_unit_clash(session, f"`given {row.name}`", probe, inner, row.span)
        return False
    return True


def _in_kind(numbers: Any, type_: Type) -> Any:
    if isinstance(numbers, list):
        return [_in_kind(n, type_) for n in numbers]
    if type_.kind == "real":
        return float(numbers)
    return bool(numbers) if type_.kind == "bool" else int(numbers)


def _steps(scope: Scope, lengths: dict[str, tuple[int, Index, ast.Given]]) -> int | None:
    """How many transitions the test has: T samples per step, T + 1 (or T) per state."""
    per_step = {n: v for n, v in lengths.items() if v[1] is Index.STEP}
    per_state = {n: v for n, v in lengths.items() if v[1] is Index.STATE}
    if per_step:
        name, (steps, _, _) = next(iter(per_step.items()))
    elif per_state:
        name, (samples, _, _) = next(iter(per_state.items()))
        steps = samples - 1
    else:
        return None
    for other, (length, index, row) in lengths.items():
        allowed = (steps,) if index is Index.STEP else (steps, steps + 1)
        if length not in allowed:
            wanted = f"{steps}" if index is Index.STEP else f"{steps + 1} (one more: the reset)"
            args = {"name": other, "given": str(length), "wanted": wanted, "other": name}
            scope.session.error("RW326", (row.span, ""), **args)
    return steps


def _expect(scope: Scope, node: ast.Expect, steps: int | None) -> ExpectDecl | None:
    session = scope.session
    value = scope.infer(node.value)
    if not is_condition(session, value, "`expect`"):
        return None
    if value.type.axes:
        session.error("RW251", (value.span, f"this is {described(value.type)}"), what="`expect`")
        return None
    if value.level.known > Known.BATCH_END:  # a test is a group, and a batch, of its own
        session.error("RW304", (value.span, f"this is {value.level}"), what="`expect`")
        return None
    if node.at is None:
        return ExpectDecl(value, None, node.span)
    at = exact(scope, node.at)
    if at is None or at.denominator != 1 or at < 0 or (steps is not None and at > steps):
        most = f"1 to {steps}" if steps is not None else "1 or more"
        session.error("RW327", (node.at.span, ""), most=most)
        return None
    return ExpectDecl(value, int(at), node.span)
