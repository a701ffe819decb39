"""`if` and `match`: the facts of each branch, one type for all, every case covered.

A `match` becomes nested choices; the last case of a complete one is the `else` of the others, so a
subject that is a fault stays one.
"""

from __future__ import annotations

from collections.abc import Sequence

from rewardlang.check.apply import as_numbers, described, meet_axes, report_unit_clash
from rewardlang.check.levels import join
from rewardlang.check.operators import compare
from rewardlang.check.ranges import facts, of_builtin
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr
from rewardlang.check.units import same_unit
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.types import Enum, Type


def if_(scope: Scope, node: ast.If, expected: Enum | None) -> Expr:
    session = scope.session
    condition = scope.infer(node.condition)
    if not is_condition(session, condition, "`if`"):
        scope.infer(node.then, expected)
        scope.infer(node.otherwise, expected)
        return session.unknown(node.span)
    then = _branch(scope, condition, True, node.then, expected)
    expected = expected if expected is not None else then.type.enum
    otherwise = _branch(scope, condition, False, node.otherwise, expected)
    return choose(session, condition, then, otherwise, node.span)


def _branch(
    scope: Scope, condition: Expr, holds: bool, node: ast.Expr, expected: Enum | None
) -> Expr:
    known = facts(scope.session, condition, holds)
    risks = len(scope.session.risks)
    result = scope.with_facts(known).infer(node, expected)
    if condition.range.lo == condition.range.hi == (0 if holds else 1):
        del scope.session.risks[risks:]  # never taken
    return result


def is_condition(session: Session, expr: Expr, what: str) -> bool:
    """Whether it is a bool, or in error already."""
    if expr.type.kind == "unknown":
        return False
    if expr.type.kind != "bool":
        session.error("RW203", (expr.span, f"this is {described(expr.type)}"), what=what)
        return False
    return True


def choose(session: Session, condition: Expr, then: Expr, otherwise: Expr, span: Span) -> Expr:
    """`select`: both branches of one type."""
    if "unknown" in (then.type.kind, otherwise.type.kind):
        return session.unknown(span)
    branches = one_type(session, (then, otherwise), "the branches of `if`", span)
    if branches is None:
        return session.unknown(span)
    axes = meet_axes(session, (condition, *branches), span)
    if axes is None:
        return session.unknown(span)
    first, second = branches
    unit = same_unit(first.type.unit, second.type.unit)
    assert unit is not None
    return session.make(
        "apply",
        (condition, first, second),
        "select",
        Type(first.type.kind, unit, axes, first.type.enum),
        join(condition.level, first.level, second.level),
        of_builtin("select", (condition.range, first.range, second.range)),
        span,
    )


def one_type(session: Session, exprs: Sequence[Expr], what: str, span: Span) -> list[Expr] | None:
    """Values of which one is taken, with one kind and unit; None where they differ (reported)."""
    values = as_numbers(session, exprs)
    first = values[0]
    for other in values[1:]:
        if (other.type.kind, other.type.enum) != (first.type.kind, first.type.enum):
            labels = (
                (first.span, f"this is {described(first.type)}"),
                (other.span, f"this is {described(other.type)}"),
            )
            session.error("RW216", *labels[::-1], what=what)
            return None
        if same_unit(first.type.unit, other.type.unit) is None:
            report_unit_clash(session, what, first, other, span)
            return None
    return values


def match(scope: Scope, node: ast.Match, expected: Enum | None) -> Expr:
    session = scope.session
    subject = scope.infer(node.subject)
    if subject.type.kind == "unknown":
        for arm in node.arms:
            scope.infer(arm.value, expected)
        return subject
    cases: list[tuple[Expr | None, Expr]] = []
    for arm in node.arms:
        test = _pattern(scope, subject, arm.pattern) if arm.pattern is not None else None
        value = _arm(scope, test, arm.value, expected, cases)
        expected = expected if expected is not None else value.type.enum
        cases.append((test, value))
    if not _covers(session, node, subject):
        return session.unknown(node.span)
    result = cases[-1][1]
    for test, value in reversed(cases[:-1]):
        if test is None or test.type.kind == "unknown":
            return session.unknown(node.span)
        result = choose(session, test, value, result, node.span)
        if result.type.kind == "unknown":
            return result
    return session.like(result, span=node.span)


def _arm(
    scope: Scope,
    test: Expr | None,
    node: ast.Expr,
    expected: Enum | None,
    before: Sequence[tuple[Expr | None, Expr]],
) -> Expr:
    """An arm's value; one that is never taken risks nothing."""
    session = scope.session
    risks = len(session.risks)
    known = facts(session, test, True) if test is not None else {}
    value = scope.with_facts(known).infer(node, expected)
    decided = any(t is not None and t.range.lo == 1 for t, _ in before)
    if decided or (test is not None and test.range.hi == 0):
        del session.risks[risks:]
    return value


def _pattern(scope: Scope, subject: Expr, pattern: ast.Expr) -> Expr:
    enum = subject.type.enum
    test = scope.infer(pattern, enum)
    return compare(scope, "eq", subject, test, pattern.span)


def _covers(session: Session, node: ast.Match, subject: Expr) -> bool:
    """Every case has an arm and none has two."""
    seen: dict[object, ast.MatchArm] = {}
    has_else = False
    for arm in node.arms:
        pattern = arm.pattern
        if pattern is None:
            has_else = True  # the grammar has it last
            continue
        key = pattern.id if isinstance(pattern, ast.Name) else getattr(pattern, "value", None)
        if key in seen:
            labels = ((arm.span, "never reached"), (seen[key].span, "the first one"))
            session.error("RW219", *labels, pattern=key)
            return False
        seen[key] = arm
    enum = subject.type.enum
    if has_else:
        return True
    if enum is None:
        session.error("RW217", (node.span, ""), missing="any other value")
        return False
    missing = [m for m in enum.members if m not in seen]
    if missing:
        words = ", ".join(f"`{m}`" for m in missing)
        label = (subject.span, f"this is {enum.name}")
        session.error("RW217", label, missing=words)
    return not missing
