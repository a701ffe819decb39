"""What comes after: `following(x else v)`, `sum(x over following 32)`. For recorded data only.

`following(x, n else v)` is x n samples on, `over following N` the N samples after this one, which
is left out. Nobody knows them in a loop: `step` refuses a program whose total reads them.
"""

from __future__ import annotations

from rewardlang.check.apply import described, fault
from rewardlang.check.axes import broadcast
from rewardlang.check.branches import one_type
from rewardlang.check.fold_types import fold_range, fold_type
from rewardlang.check.levels import join, varies_by_sample
from rewardlang.check.scope import Scope
from rewardlang.check.spans_of_time import samples_before, whole_steps
from rewardlang.check.statistics import Clauses
from rewardlang.check.typed import Expr, Forward
from rewardlang.check.units import same_unit
from rewardlang.syntax import ast
from rewardlang.types import NO_UNIT, Index, Known, Level, Range, Type

FOLDS = ("sum", "mean", "min", "max", "any", "all", "count")


def following(scope: Scope, node: ast.Call) -> Expr:
    """x some samples on; `else` where the episode has ended by then."""
    session = scope.session
    values = [a.value for a in node.arguments if a.name is None or a.name == "steps"]
    if not 1 <= len(values) == len(node.arguments) <= 2:
        given = len(node.arguments)
        session.error("RW206", (node.span, ""), name="following", wanted="1 or 2", given=given)
        return session.unknown(node.span)
    for clause, part in (("over", node.over), ("where", node.where)):
        if part is not None:
            session.error("RW208", (part.span, ""), clause=clause, name="following")
            return session.unknown(node.span)
    x = scope.without_facts().infer(values[0])
    steps = whole_steps(scope, values[1]) if len(values) > 1 else 1
    if x.type.kind == "unknown" or steps is None or not _may_be_followed(scope, x, "following"):
        return session.unknown(node.span)
    if node.otherwise is None and not node.else_fault:
        session.error("RW343", (node.span, ""), operand=session.mention(x.span))
        return session.unknown(node.span)
    return _made(scope, node, x, x.type, x.range, None, Forward("lag", steps))


def window(scope: Scope, node: ast.Call, x: Expr, clauses: Clauses) -> Expr:
    """A reduction over the samples after this one.

    With an `else`, that value stands where fewer than N follow.
    """
    session = scope.session
    assert node.over is not None and node.over.extent is not None
    if node.function not in FOLDS:
        known = ", ".join(f"`{name}`" for name in FOLDS)
        session.error("RW344", (node.over.span, ""), name=node.function, known=known)
        return session.unknown(node.span)
    steps = samples_before(scope, node.over.extent)
    if steps is None or not _may_be_followed(scope, x, node.function):
        return session.unknown(node.span)
    needs = node.function in ("mean", "min", "max") and node.otherwise is None
    if needs and not node.else_fault:
        session.error("RW343", (node.span, ""), operand=session.mention(node.span))
        return session.unknown(node.span)
    mask, what = clauses.mask, Forward(node.function, steps)
    if mask is not None and broadcast(x.type.axes, mask.type.axes) != x.type.axes:
        labels = [(e.span, f"this is {described(e.type)}") for e in (mask, x)]
        session.error("RW209", *labels, left=str(x.type), right=str(mask.type))
        return session.unknown(node.span)
    counts = (0.0, float(steps))
    type_ = fold_type(session, node.function, (x,), x.type.axes, counts)
    assert type_ is not None, "no fold of these multiplies units"
    return _made(scope, node, x, type_, fold_range(node.function, x.range, counts), mask, what)


def _may_be_followed(scope: Scope, x: Expr, name: str) -> bool:
    if not varies_by_sample(x.level):
        scope.session.error("RW308", (x.span, f"this is {x.level}"), name=name)
        return False
    return True


def _made(
    scope: Scope,
    node: ast.Call,
    x: Expr,
    type_: Type,
    range_: Range,
    mask: Expr | None,
    what: Forward,
) -> Expr:
    session = scope.session
    level = join(x.level, Level(Index.STEP, Known.FOLLOWING))
    args = [x]
    if mask is not None:
        args.append(mask)
        level = join(level, mask.level)
    default = None
    if node.else_fault:
        default = fault(session, type_, node.span)
    elif node.otherwise is not None:
        default = scope.infer(node.otherwise, type_.enum)
        if default.type.kind == "unknown":
            return default
    if default is not None:
        probe = session.make("unknown", (), node.span, type_, level, range_, node.span)
        both = one_type(session, (probe, default), f"`{node.function}` and its `else`", node.span)
        if both is None:
            return session.unknown(node.span)
        unit = same_unit(type_.unit, default.type.unit) or NO_UNIT
        type_ = Type(both[0].type.kind, unit, type_.axes, type_.enum)
        args.append(both[1])
        level = join(level, default.level)
        range_ = range_.join(default.range)
    attr = Forward(what.fold, what.steps, mask is not None, default is not None)
    return session.make("forward", tuple(args), attr, type_, level, range_, node.span)
