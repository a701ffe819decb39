"""`previous(x over run else v)`: what stood at the end of the call before, across episodes.

All environments of a call share it, so what is remembered is one value for the whole call: built
from `over batch`, params and its own past. It is stored once, after the call (semantics: 2.4, 20).
"""

from __future__ import annotations

from rewardlang.check.apply import converted
from rewardlang.check.branches import one_type
from rewardlang.check.levels import TUNABLE, leaves
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr, RunDecl
from rewardlang.check.units import same_unit, settled
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.types import ANY, NO_UNIT, Index, Known, Range, Type


def is_over_run(node: ast.Call) -> bool:
    return node.over is not None and node.over.names == ("run",)


def previous_over_run(scope: Scope, node: ast.Call) -> Expr:
    """Of any value that a whole call has one of."""
    session = scope.session
    value = scope.without_facts().infer(node.arguments[0].value)
    default = _seed(scope, node)
    if default is None or value.type.kind == "unknown":
        return session.unknown(node.span)
    if not one_for_a_call(session, value, node.span):
        return session.unknown(node.span)
    if default.type.kind == "int" and value.type.kind == "real":
        default = converted(session, default, "real")
    if one_type(session, (value, default), "`previous` and its `else`", node.span) is None:
        return session.unknown(node.span)
    unit = same_unit(value.type.unit, default.type.unit) or NO_UNIT
    type_ = Type(value.type.kind, unit, value.type.axes, value.type.enum)
    own = session.runs.get(f"run {value.attr.name}") if value.op == "name" else None
    if (
        own is not None
        and own.seed is not None
        and session.number(own.seed) == session.number(default)
    ):
        return _read(session, own.name, type_, value.range.join(default.range), node.span)
    name = f"run {session.number(value)} from {session.number(default)}"
    if name not in session.runs:
        session.runs[name] = _declared(name, value, default, type_, False, node.span)
    return _read(session, name, type_, value.range.join(default.range), node.span)


def own_past_over_run(scope: Scope, node: ast.Call, believed: Type, range_: Range) -> Expr:
    """A let that reads itself: `believed` is the type it has so far."""
    session = scope.session
    default = _seed(scope, node)
    if default is None:
        return session.unknown(node.span)
    type_ = default.type if believed.kind == "unknown" else believed
    if default.type.kind == "int" and type_.kind == "real":
        default = converted(session, default, "real")
    assert scope.own is not None
    session.seeds[scope.own] = default
    range_ = default.range if believed.kind == "unknown" else range_.join(default.range)
    return _read(session, f"run {scope.own}", type_, range_, node.span)


def remember(session: Session, own: str, value: Expr, span: Span) -> None:
    """The run keeps this let, which reads its own past over the run."""
    if not one_for_a_call(session, value, span):
        return
    name = f"run {own}"
    additive = _is_additive(value, name)
    type_ = settled(value.type)
    session.runs[name] = _declared(name, value, session.seeds[own], type_, additive, span)


def one_for_a_call(session: Session, value: Expr, span: Span) -> bool:
    """Environments are many and have no order: what is stored must not be one of each."""
    if value.level.index <= Index.BATCH and value.level.known <= Known.BATCH_END:
        return True
    leaf = next((n for n in leaves(value) if n.level.index > Index.BATCH), None)
    labels = [(value.span, f"this is {value.level}")]
    if leaf is not None and leaf.span.text != value.span.text:
        labels[:0] = [(leaf.span, f"this is {leaf.level}")]
    session.error("RW338", *labels)
    return False


def _declared(
    name: str, value: Expr, seed: Expr, type_: Type, additive: bool, span: Span
) -> RunDecl:
    return RunDecl(name, "let", value, seed, None, additive, 0, type_, span)


def _read(session: Session, name: str, type_: Type, range_: Range, span: Span) -> Expr:
    return session.make("run", (), name, type_, TUNABLE, range_ if range_ else ANY, span)


def _seed(scope: Scope, node: ast.Call) -> Expr | None:
    """What stands before the first call: a constant, or made from params."""
    session = scope.session
    if node.otherwise is None or node.else_fault:
        session.error("RW339", (node.span, ""))
        return None
    if len(node.arguments) > 1 or node.where is not None:
        session.error("RW206", (node.span, ""), name="previous", wanted="one value", given=2)
        return None
    default = scope.infer(node.otherwise)
    if default.type.kind == "unknown":
        return None
    if default.level.index > Index.NONE or default.level.known > Known.LIVE:
        session.error("RW302", (default.span, f"this is {default.level}"), what="a first value")
        return None
    return default


def _is_additive(value: Expr, name: str) -> bool:
    """`previous(n over run else 0) + e`, where e does not read it: workers' parts can be added."""
    if value.op != "apply" or value.attr != "add":
        return False
    own = [_is_read(a, name) for a in value.args]
    others = [a for a, is_own in zip(value.args, own, strict=True) if not is_own]
    return sum(own) == 1 and not any(_reads(a, name) for a in others)


def _is_read(value: Expr, name: str) -> bool:
    while value.op == "apply" and value.attr == "to_real":
        value = value.args[0]
    return value.op == "run" and value.attr == name


def _reads(value: Expr, name: str) -> bool:
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if _is_read(one, name):
            return True
        if id(one) not in seen:
            seen.add(id(one))
            waiting.extend(one.args)
    return False
