"""Values with a past: previous, at_reset, ema, held, rises, time_since.

A value per state has a sample at reset, so `previous` of it is always there; one per step has its
first sample at the first transition, so what stands before it must be said with `else`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rewardlang.check.apply import apply, converted, described, fault
from rewardlang.check.axes import broadcast
from rewardlang.check.branches import is_condition, one_type
from rewardlang.check.levels import remembered, varies_by_sample
from rewardlang.check.order import reads_own_past
from rewardlang.check.ragged import unreduced
from rewardlang.check.ranges import TRUTH
from rewardlang.check.runs import is_over_run, own_past_over_run, previous_over_run
from rewardlang.check.scope import Scope
from rewardlang.check.spans_of_time import SECOND, samples_up_to, whole_steps
from rewardlang.check.typed import Expr, Memory
from rewardlang.check.units import as_factor, same_unit
from rewardlang.syntax import ast
from rewardlang.types import NO_UNIT, Index, Known, Level, Range, Type

_OPTIONS = {
    "ema": ("decay",),
    "previous": ("steps",),
    "delta": ("steps",),
    "held": ("duration",),
}
_COUNTS = {"previous": (1, 2), "delta": (1, 2), "held": (2, 2), "ema": (1, 2)}


def memory(scope: Scope, node: ast.Call) -> Expr:
    session = scope.session
    values = _arguments(scope, node)
    if values is None:
        return session.unknown(node.span)
    if node.function == "previous" and is_over_run(node):
        return _previous_over_run(scope, node)
    if node.over is not None:
        names = " ".join(node.over.names) or str(node.over.window)
        what = f"`{node.function}(.. over {names})`"
        session.error("RW190", (node.over.span, ""), what=what)
        return session.unknown(node.span)
    if node.where is not None:
        session.error("RW208", (node.where.span, ""), clause="where", name=node.function)
        return session.unknown(node.span)
    if node.otherwise is not None and node.function not in ("previous", "delta", "rises"):
        session.error("RW208", (node.otherwise.span, ""), clause="else", name=node.function)
        return session.unknown(node.span)
    return FORMS[node.function](scope, node, values)


def _arguments(scope: Scope, node: ast.Call) -> list[ast.Expr] | None:
    """The operand and, where there is one, the option, by place or by name."""
    options = _OPTIONS.get(node.function, ())
    values: list[ast.Expr] = []
    named: dict[str, ast.Expr] = {}
    for argument in node.arguments:
        if argument.name is None:
            values.append(argument.value)
        elif argument.name in options and argument.name not in named:
            named[argument.name] = argument.value
        else:
            known = ", ".join(f"`{o}`" for o in options) or "none"
            scope.session.error(
                "RW207", (argument.span, ""), option=argument.name, name=node.function, known=known
            )
            return None
    values += [named[o] for o in options if o in named]
    least, most = _COUNTS.get(node.function, (1, 1))
    if not least <= len(values) <= most:
        wanted = "one value" if most == 1 else f"{least} or {most}" if least < most else "two"
        scope.session.error(
            "RW206", (node.span, ""), name=node.function, wanted=wanted, given=len(values)
        )
        return None
    return values


def _operand(scope: Scope, node: ast.Call, value: ast.Expr) -> Expr | None:
    """The remembered value: it varies by sample and is known now. None is reported."""
    session = scope.session
    x = scope.without_facts().infer(value)
    if x.type.kind == "unknown":
        return None
    if x.level.known > Known.NOW:
        session.error("RW306", (x.span, f"this is {x.level}"), what=f"`{node.function}`")
        return None
    if not varies_by_sample(x.level):
        session.error("RW308", (x.span, f"this is {x.level}"), name=node.function)
        return None
    return None if unreduced(session, x, f"`{node.function}`") else x


def _made(
    scope: Scope, node: ast.Call, args: Sequence[Expr], attr: Memory, type_: Type, range_: Range
) -> Expr:
    level = remembered(args[0].level)
    for arg in args[1:]:
        level = level.join(arg.level)
    return scope.session.make("memory", tuple(args), attr, type_, level, range_, node.span)


def _previous_over_run(scope: Scope, node: ast.Call) -> Expr:
    if not _is_own_past(scope, node):
        return previous_over_run(scope, node)
    assert scope.own is not None
    belief = scope.session.own_pasts[scope.own]
    return own_past_over_run(scope, node, belief.type, belief.range)


def previous(scope: Scope, node: ast.Call, values: list[ast.Expr]) -> Expr:
    session = scope.session
    if _is_own_past(scope, node):
        return own_past(scope, node)
    x = _operand(scope, node, values[0])
    steps = whole_steps(scope, values[1]) if len(values) > 1 else 1
    default = _default(scope, node, x)
    if x is None or steps is None or (default is None and node.otherwise is not None):
        return session.unknown(node.span)
    always_there = x.level.index is Index.STATE and steps == 1
    if default is None and not always_there:
        shown = (x.span, f"this is {x.level}")
        why = "none before the first" if steps == 1 else f"none {steps} steps back at first"
        session.error("RW317", shown, operand=session.mention(x.span), why=why)
        return session.unknown(node.span)
    if default is None:
        attr = Memory("previous", steps)
        return _made(scope, node, (x,), attr, x.type, x.range)
    both = one_type(session, (x, default), "`previous` and its `else`", node.span)
    if both is None:
        return session.unknown(node.span)
    unit = same_unit(both[0].type.unit, both[1].type.unit) or NO_UNIT
    type_ = Type(both[0].type.kind, unit, x.type.axes, x.type.enum)
    range_ = x.range.join(default.range)
    return _made(scope, node, both, Memory("previous", steps, has_else=True), type_, range_)


def delta(scope: Scope, node: ast.Call, values: list[ast.Expr]) -> Expr:
    """`delta(x, 20 else v)`: x less what it was, and v until there was something."""
    session = scope.session
    x = _operand(scope, node, values[0])
    steps = whole_steps(scope, values[1]) if len(values) > 1 else 1
    default = _default(scope, node, x)
    if x is None or steps is None or (default is None and node.otherwise is not None):
        return session.unknown(node.span)
    change = apply(session, "sub", (x, x), node.span)
    if change.type.kind == "unknown":
        return change
    always_there = x.level.index is Index.STATE and steps == 1
    if default is None and not always_there:
        shown = (x.span, f"this is {x.level}")
        why = "none before the first" if steps == 1 else f"none {steps} steps back at first"
        session.error("RW317", shown, operand=session.mention(x.span), why=why)
        return session.unknown(node.span)
    args: tuple[Expr, ...] = (x,)
    if default is not None:
        both = one_type(session, (x, default), "`delta` and its `else`", node.span)
        if both is None:
            return session.unknown(node.span)
        args = tuple(both)
    range_ = change.range if default is None else change.range.join(default.range)
    unit = args[0].type.unit if default is None else same_unit(*(a.type.unit for a in args))
    type_ = Type(args[0].type.kind, unit or NO_UNIT, x.type.axes)
    attr = Memory("delta", steps, has_else=default is not None)
    return _made(scope, node, args, attr, type_, range_)


def _default(scope: Scope, node: ast.Call, x: Expr | None) -> Expr | None:
    """The `else` value, with no axis that the operand lacks; None if absent or wrong."""
    if node.else_fault and x is not None:
        return fault(scope.session, x.type, node.span)
    if node.otherwise is None:
        return None
    default = scope.infer(node.otherwise, x.type.enum if x is not None else None)
    if x is None or default.type.kind == "unknown":
        return None
    if default.type.axes and broadcast(x.type.axes, default.type.axes) != x.type.axes:
        labels = (
            (default.span, f"this is {described(default.type)}"),
            (x.span, f"this is {described(x.type)}"),
        )
        scope.session.error("RW209", *labels, left=described(x.type), right=described(default.type))
        return None
    return default


def _is_own_past(scope: Scope, node: ast.Call) -> bool:
    own = scope.own
    if own is None or own not in scope.session.own_pasts:
        return False
    name = own.rpartition(".")[2]
    return name not in scope.locals and reads_own_past(node, name)


def own_past(scope: Scope, node: ast.Call) -> Expr:
    """`previous(NAME else v)` inside the let NAME: of the type believed of the let so far."""
    session = scope.session
    assert scope.own is not None
    belief = session.own_pasts[scope.own]
    if len(node.arguments) > 1:
        session.error("RW190", (node.span, ""), what="a value's own past several steps back")
        return session.unknown(node.span)
    if node.otherwise is None or node.else_fault:
        session.error("RW319", (node.span, ""), name=scope.own)
        return session.unknown(node.span)
    default = scope.infer(node.otherwise, belief.type.enum)
    if default.type.kind == "unknown":
        return default
    type_ = default.type if belief.type.kind == "unknown" else belief.type
    if default.type.kind == "int" and type_.kind == "real":
        default = converted(session, default, "real")
    if unreduced(session, session.like(default, type=type_), "`previous`"):
        return session.unknown(node.span)
    session.seeds[scope.own] = default
    range_ = default.range if belief.type.kind == "unknown" else belief.range.join(default.range)
    attr = Memory("own_past", has_else=True, let=scope.own)
    level = remembered(belief.level).join(default.level)
    return session.make("memory", (default,), attr, type_, level, range_, node.span)


def at_reset(scope: Scope, node: ast.Call, values: list[ast.Expr]) -> Expr:
    x = _operand(scope, node, values[0])
    if x is None:
        return scope.session.unknown(node.span)
    known = Known.RESET if x.level.index is Index.STATE else Known.NOW
    level = Level(Index.EPISODE, known)
    attr = Memory("at_reset")
    return scope.session.make("memory", (x,), attr, x.type, level, x.range, node.span)


def ema(scope: Scope, node: ast.Call, values: list[ast.Expr]) -> Expr:
    session = scope.session
    x = _operand(scope, node, values[0])
    if len(values) < 2:
        session.error("RW233", (node.span, ""), name="ema", option="decay", example="0.9")
        return session.unknown(node.span)
    decay = scope.infer(values[1])
    if x is None or decay.type.kind == "unknown":
        return session.unknown(node.span)
    if x.type.kind not in ("real", "int"):
        label = (x.span, f"this is {described(x.type)}")
        session.error("RW204", label, word="ema", kinds=described(x.type))
        return session.unknown(node.span)
    plain = decay.type.kind in ("real", "int") and as_factor(decay.type.unit) == NO_UNIT
    if not plain or decay.type.axes or decay.level.known > Known.LIVE:
        session.error("RW320", (decay.span, f"this is {described(decay.type)}, {decay.level}"))
        return session.unknown(node.span)
    if decay.range.lo < 0 or decay.range.hi > 1:
        session.warning("RW321", (decay.span, ""), range=str(decay.range))
    x, decay = converted(session, x, "real"), converted(session, decay, "real")
    return _made(scope, node, (x, decay), Memory("ema"), x.type, x.range)


def held(scope: Scope, node: ast.Call, values: list[ast.Expr]) -> Expr:
    c = _operand(scope, node, values[0])
    steps = samples_up_to(scope, values[1])
    if c is None or steps is None or not is_condition(scope.session, c, "`held`"):
        return scope.session.unknown(node.span)
    return _made(scope, node, (c,), Memory("held", steps), c.type, TRUTH)


def rises(scope: Scope, node: ast.Call, values: list[ast.Expr]) -> Expr:
    session = scope.session
    c = _operand(scope, node, values[0])
    default = _default(scope, node, c)
    if c is None or not is_condition(session, c, "`rises`"):
        return session.unknown(node.span)
    if default is None:
        if node.otherwise is not None:
            return session.unknown(node.span)
        if c.level.index is Index.STEP:
            shown = (c.span, f"this is {c.level}")
            operand = session.mention(c.span)
            session.error("RW317", shown, operand=operand, why="none before the first")
            return session.unknown(node.span)
        return _made(scope, node, (c,), Memory("rises"), c.type, TRUTH)
    if not is_condition(session, default, "`else` of `rises`"):
        return session.unknown(node.span)
    return _made(scope, node, (c, default), Memory("rises", has_else=True), c.type, TRUTH)


def time_since(scope: Scope, node: ast.Call, values: list[ast.Expr]) -> Expr:
    """Seconds where there is a timestep, else a number of steps."""
    session = scope.session
    c = _operand(scope, node, values[0])
    if c is None or not is_condition(session, c, "`time_since`"):
        return session.unknown(node.span)
    range_ = Range(0, math.inf)
    if session.timestep is None:
        return _made(scope, node, (c,), Memory("time_since"), Type("int", axes=c.type.axes), range_)
    attr = Memory("time_since", scale=float(session.timestep))
    return _made(scope, node, (c,), attr, Type("real", SECOND, c.type.axes), range_)


FORMS: dict[str, Callable[[Scope, ast.Call, list[ast.Expr]], Expr]] = {
    "previous": previous,
    "delta": delta,
    "at_reset": at_reset,
    "ema": ema,
    "held": held,
    "rises": rises,
    "time_since": time_since,
}
