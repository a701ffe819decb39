"""Reductions over what is brought together: the episodes of a group, a batch, the whole run.

A group is the episodes of one start (the completions of one prompt), a batch all that one call of
`evaluate` gets, or all environments of one `step`. A value known with its group or batch is paid by
`evaluate` only. What the run remembers is read as it stood before the call, so a step may read it.
"""

from __future__ import annotations

from dataclasses import replace

from rewardlang.check.apply import converted, described, fault
from rewardlang.check.axes import broadcast
from rewardlang.check.branches import one_type
from rewardlang.check.fold_types import fold_range, fold_type
from rewardlang.check.levels import TUNABLE, join
from rewardlang.check.scope import Scope
from rewardlang.check.statistics import Clauses
from rewardlang.check.typed import Expr, Pool, RunDecl
from rewardlang.check.units import same_unit, settled
from rewardlang.syntax import ast
from rewardlang.types import NO_UNIT, Index, Known, Level, Range, Type

POOLED = ("group", "batch", "run")
FOLDS = ("sum", "mean", "min", "max", "any", "all", "count", "var", "std")
_MAY_BE_NOTHING = ("mean", "min", "max", "var", "std")
_ANY_NUMBER = (1.0, float("inf"))
_SPANS = (("group",), ("batch",), ("run",), ("episode", "group"), ("episode", "batch"))
_OF = {Index.STEP: "step", Index.STATE: "step", Index.EPISODE: "episode", Index.GROUP: "group"}


def pool(scope: Scope, node: ast.Call, over: ast.Over, x: Expr, clauses: Clauses) -> Expr:
    """`mean(x over group)`, `std(x over run)`, `any(c over (episode, group))`."""
    session = scope.session
    mask = clauses.mask
    level = x.level if mask is None else x.level.join(mask.level)
    if not _is_known(scope, node, over) or not _levels_fit(scope, node, over, x, level):
        return session.unknown(node.span)
    if mask is not None and broadcast(x.type.axes, mask.type.axes) != x.type.axes:
        labels = [(e.span, f"this is {described(e.type)}") for e in (mask, x)]
        session.error("RW209", *labels, left=str(x.type), right=str(mask.type))
        return session.unknown(node.span)
    type_ = fold_type(session, node.function, (x,), x.type.axes, _ANY_NUMBER)
    if type_ is None:
        return session.unknown(node.span)
    given = fault(session, type_, node.span) if node.else_fault else clauses.default
    default = None if given is None else _default(scope, node, type_, given)
    if default is None and given is not None:
        return session.unknown(node.span)
    if default is not None:
        unit = same_unit(type_.unit, default.type.unit) or NO_UNIT
        type_ = replace(type_, unit=unit)
    elif _needs_else(over.names[-1], node, clauses):
        session.error("RW335", (node.span, ""), name=node.function, over=over.names[-1])
        return session.unknown(node.span)
    clauses = Clauses(mask, default, clauses.options)
    if over.names[-1] == "run":
        return _of_run(scope, node, x, clauses, type_)
    return _of_episodes(scope, node, over, x, clauses, type_, level)


def _is_known(scope: Scope, node: ast.Call, over: ast.Over) -> bool:
    if node.function not in FOLDS:
        known = ", ".join(f"`{name}`" for name in FOLDS)
        scope.session.error("RW333", (over.span, ""), name=node.function, known=known)
        return False
    if over.names not in _SPANS:
        scope.session.error("RW334", (over.span, ""), over=" and ".join(over.names))
        return False
    return True


def _of_episodes(
    scope: Scope,
    node: ast.Call,
    over: ast.Over,
    x: Expr,
    clauses: Clauses,
    type_: Type,
    level: Level,
) -> Expr:
    """The episodes of a group, or all of a batch."""
    args = tuple(a for a in (x, clauses.mask, clauses.default) if a is not None)
    outer = over.names[-1]
    what = Pool(
        node.function,
        outer,  # type: ignore[arg-type]  # group or batch
        _OF[level.index],  # type: ignore[arg-type]
        over.excluding_self,
        clauses.mask is not None,
        clauses.default is not None,
        clauses.options.ddof,
    )
    range_ = _range(node.function, x, clauses)
    result = _result(outer, over, args)
    return scope.session.make("pool", args, what, type_, result, range_, node.span)


def _range(name: str, x: Expr, clauses: Clauses) -> Range:
    range_ = fold_range(name, x.range, (0, float("inf")))
    return range_ if clauses.default is None else range_.join(clauses.default.range)


def _needs_else(outer: str, node: ast.Call, clauses: Clauses) -> bool:
    """A run begins with nothing; a mask can leave nothing, and so can leaving oneself out."""
    if node.function not in _MAY_BE_NOTHING:
        return False
    alone = node.over is not None and node.over.excluding_self
    return outer == "run" or alone or (clauses.mask is not None and clauses.mask.range.lo < 1)


def _levels_fit(scope: Scope, node: ast.Call, over: ast.Over, x: Expr, level: Level) -> bool:
    """One level below what is brought together; the two readings of a step's value are offered."""
    session, outer = scope.session, over.names[-1]
    shown = (x.span, f"this is {x.level}")
    latest = {"group": Known.GROUP_END}.get(outer, Known.BATCH_END)
    by_step = level.index >= Index.STATE
    if level.known > latest or (outer != "run" and level.known is Known.LAW):
        session.error("RW336", shown, over=outer)
        return False
    if level.index < Index.EPISODE and not (outer == "batch" and level.index is Index.GROUP):
        session.error("RW305", shown, name=node.function, index=outer)
        return False
    if "episode" in over.names and not by_step:
        session.error("RW305", shown, name=node.function, index="episode")
        return False
    if outer == "group" and by_step and "episode" not in over.names:
        text, name = x.span.text, node.function
        hint = (
            f"`{name}(mean({text} over episode) over group)` counts each episode once, "
            f"`{name}({text} over (episode, group))` each transition"
        )
        session.error("RW331", shown, hint=hint, name=name)
        return False
    if over.excluding_self and (outer == "run" or by_step):
        session.error("RW337", (over.span, ""))
        return False
    return True


def _result(outer: str, over: ast.Over, args: tuple[Expr, ...]) -> Level:
    known = Known.GROUP_END if outer == "group" else Known.BATCH_END
    index = Index.GROUP if outer == "group" else Index.BATCH
    if over.excluding_self:
        index = Index.EPISODE  # what is left out differs from one to the next
    return Level(index, max(known, *(a.level.known for a in args)))


def _default(scope: Scope, node: ast.Call, type_: Type, default: Expr) -> Expr | None:
    session = scope.session
    if default.level.index > Index.NONE or default.level.known > Known.LIVE:
        label = (default.span, f"this is {default.level}")
        session.error("RW302", label, what="the `else` of what is brought together")
        return None
    probe = session.make("unknown", (), node.span, type_, default.level, default.range, node.span)
    if default.type.kind == "int" and type_.kind == "real":
        default = converted(session, default, "real")
    if one_type(session, (probe, default), f"`{node.function}` and its `else`", node.span) is None:
        return None
    if default.type.axes and default.type.axes != type_.axes:
        label = (default.span, f"this is {described(default.type)}")
        session.error("RW209", label, left=str(type_), right=described(default.type))
        return None
    return default


def _of_run(scope: Scope, node: ast.Call, x: Expr, clauses: Clauses, type_: Type) -> Expr:
    """Everything the run has seen before this call."""
    session, mask, default = scope.session, clauses.mask, clauses.default
    name = f"{node.function} over run {session.number(x)}"
    if mask is not None:
        name += f" where {session.number(mask)}"
    ddof = clauses.options.ddof
    if ddof:
        name += f" ddof {ddof}"
    if name not in session.runs:
        session.runs[name] = RunDecl(
            name, node.function, x, None, mask, True, ddof, settled(type_), node.span
        )
    level = TUNABLE if default is None else join(TUNABLE, default.level)
    args = () if default is None else (default,)
    range_ = _range(node.function, x, clauses)
    return session.make("run", args, name, type_, level, range_, node.span)
