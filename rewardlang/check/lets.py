"""Lets, and the past of their own that they may read.

What a let's own past is depends on the let, which depends on it: type, level and range are
believed, the let is inferred with them, and what comes out is believed next, until it no longer
changes.
"""

from __future__ import annotations

from rewardlang.check.constants import settle_let
from rewardlang.check.declare import NOTHING, fit
from rewardlang.check.definitions import bind_locals
from rewardlang.check.names import Entry
from rewardlang.check.order import reads_own_past
from rewardlang.check.risks import each_once
from rewardlang.check.runs import is_over_run, remember
from rewardlang.check.scope import Scope
from rewardlang.check.session import OwnPast, Session, Value
from rewardlang.check.type_exprs import declared_type
from rewardlang.check.typed import Expr, LetDecl
from rewardlang.check.units import settled
from rewardlang.syntax import ast
from rewardlang.types import ANY, UNKNOWN, Index, Known, Level, Range, Type

MOST_ROUNDS = 6


def declare_let(session: Session, entry: Entry, node: ast.Let) -> None:
    scope = Scope(session, entry.module, "let", entry.full)
    declared = None
    if node.type is not None:
        declared = declared_type(session, entry.module, node.type)
        if declared is None:
            session.values[entry.full] = NOTHING
            return
    wanted = declared.type if declared is not None else None
    own_pasts = _own_pasts(node)
    over_run = bool(own_pasts) and all(is_over_run(call) for call in own_pasts)
    if own_pasts:
        believed = _settle(scope, node, wanted, over_run)
        if believed is None:
            session.values[entry.full] = NOTHING
            session.own_pasts.pop(entry.full, None)
            return
        session.own_pasts[entry.full] = believed
    session.risks.clear()
    value = _let_value(scope, node, wanted)
    if own_pasts and value is not None and not over_run:
        value = session.like(value, level=_own_level(value.level))
    session.own_pasts.pop(entry.full, None)
    if value is None or value.type.kind == "unknown":
        session.values[entry.full] = NOTHING
        return
    stored = session.like(value, type=settled(value.type))
    session.values[entry.full] = Value(
        value.type, value.level, value.range, stored, each_once(session.risks)
    )
    session.risks.clear()
    settle_let(scope, entry, node, stored)
    session.lets.append(LetDecl(entry.full, stored, node.span))
    if over_run:
        remember(session, entry.full, stored, node.span)


def _let_value(scope: Scope, node: ast.Let, wanted: Type | None) -> Expr | None:
    inner = bind_locals(scope, node.where)
    value = inner.infer(node.value, wanted.enum if wanted is not None else None)
    if wanted is None:
        return value
    return fit(scope, value, wanted, node.value.span, f"`{node.name}`")


def _own_pasts(node: ast.Let) -> list[ast.Call]:
    """Where a let reads itself."""
    found: list[ast.Call] = []
    stack: list[object] = [node.value, node.where]
    while stack:
        part = stack.pop()
        if isinstance(part, ast.Call) and reads_own_past(part, node.name):
            found.append(part)
        if isinstance(part, tuple):
            stack.extend(part)
        elif isinstance(part, ast.Node):
            stack.extend(vars(part).values())
    return found


def _own_level(level: Level) -> Level:
    """What reads its own past varies by step at least, whatever else it reads."""
    index = level.index if level.index >= Index.STATE else Index.STEP
    return Level(index, max(level.known, Known.NOW))


def _settle(scope: Scope, node: ast.Let, wanted: Type | None, over_run: bool) -> OwnPast | None:
    """Type, level and range that a let has if its own past has them: tried until it holds.

    A range that still grows is opened at the end at which it grows.
    """
    session, own = scope.session, scope.own
    assert own is not None
    believed = OwnPast(wanted if wanted is not None else UNKNOWN, Level(), Range())
    first, settled_type = True, False
    for attempt in range(MOST_ROUNDS):
        session.own_pasts[own] = believed
        with session.silent() as tried:
            value = _let_value(scope, node, wanted)
        if value is None or value.type.kind == "unknown":
            return believed if tried.errors else None  # said when it is checked for good
        level = value.level if over_run else _own_level(value.level)
        seed = session.seeds.get(own)
        start = seed.range if seed is not None else ANY
        if first:
            believed, first = OwnPast(value.type, level, start), False
            continue
        grown = _grown(believed.range, value.range, attempt)
        after = OwnPast(value.type, level, grown)
        if after == believed:
            return believed
        settled_type = _same_type(believed.type, after.type)
        believed = after
    if wanted is None and not settled_type:
        session.error("RW248", (node.name_span, ""), name=node.name)
        return None
    return OwnPast(believed.type, believed.level, ANY)


def _same_type(left: Type, right: Type) -> bool:
    return (left.kind, left.axes) == (right.kind, right.axes)


def _grown(before: Range, after: Range, attempt: int) -> Range:
    joined = before.join(after)
    if attempt < 2:
        return joined
    lo = before.lo if joined.lo >= before.lo else -float("inf")
    hi = before.hi if joined.hi <= before.hi else float("inf")
    return Range(lo, hi, joined.nonzero and before.nonzero)
