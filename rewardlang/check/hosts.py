"""`extern`: functions of the host, declared with their types, called like any other.

A call is checked here and made elsewhere: between kernels, on whole batches, for the rows whose
gate is open (see `passes/stages.py`). What a file names in `from` is looked up by whoever compiles
the program; a file by itself runs nothing.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from rewardlang.check.apply import converted
from rewardlang.check.constants import exact
from rewardlang.check.declare import declared_range
from rewardlang.check.definitions import Units, fits, match_arguments
from rewardlang.check.levels import join, remembered
from rewardlang.check.names import Entry, suggestion
from rewardlang.check.ranges import TRUTH
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.spans_of_time import SECOND
from rewardlang.check.type_exprs import Declared, declared_type, formal_type
from rewardlang.check.typed import Expr, HostDecl
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.types import ANY, Index, Known, Level, Range, Type

DEFAULT_TIMEOUT = 60.0  # seconds: nothing that is waited for may hang a loop for ever
_FLAGS = ("lower_better", "cached")
_COUNTS = {"batch": 1, "retries": 0}  # the least that each may be
_OPTIONS = (*_FLAGS, *_COUNTS, "timeout")


def declare_extern(session: Session, entry: Entry, node: ast.HostFunction) -> HostDecl | None:
    scope = Scope(session, entry.module, "extern")
    formals = [_formal(session, entry, node, formal) for formal in node.formals]
    result = declared_type(session, entry.module, node.result)
    options = _options(scope, node)
    if result is None or options is None or any(declared is None for _, declared in formals):
        return None
    return HostDecl(
        entry.full,
        tuple((name, declared.type) for name, declared in formals if declared is not None),
        tuple(float(declared.scale) for _, declared in formals if declared is not None),
        result.type,
        float(result.scale),
        declared_range(scope, node.range, result),
        node.source,
        options.get("batch", 0),
        "cached" in options,
        options.get("timeout", DEFAULT_TIMEOUT),
        options.get("retries", 0),
        "lower_better" in options,
        node.doc,
        node.name_span,
    )


def _formal(
    session: Session, entry: Entry, node: ast.HostFunction, formal: ast.Formal
) -> tuple[str, Declared | None]:
    if formal.type is None or formal.default is not None:
        session.error("RW501", (formal.span, ""), name=formal.name, host=node.name)
        return formal.name, None
    return formal.name, declared_type(session, entry.module, formal.type)


def _options(scope: Scope, node: ast.HostFunction) -> dict[str, Any] | None:
    """The braces of the declaration by name; None is reported."""
    found: dict[str, Any] = {}
    for option in node.options:
        if option.name not in _OPTIONS or option.name in found:
            known = ", ".join(f"`{name}`" for name in _OPTIONS)
            hint = suggestion(nearest(option.name, _OPTIONS))
            args = {"option": option.name, "host": node.name, "known": known}
            scope.session.error("RW502", (option.span, ""), hint=hint, **args)
            return None
        value = _option(scope, option)
        if value is None:
            wanted = {"timeout": "a time above 0, such as `20<s>`"}.get(option.name)
            least = _COUNTS.get(option.name)
            wanted = wanted or (
                f"a whole number from {least} on" if least is not None else "no value"
            )
            scope.session.error("RW503", (option.span, ""), option=option.name, wanted=wanted)
            return None
        found[option.name] = value
    return found


def _option(scope: Scope, option: ast.HostOption) -> Any:
    if option.name in _FLAGS:
        return True if option.value is None else None
    if option.value is None:
        return None
    amount: Fraction | None = exact(scope, option.value)
    if amount is None:
        return None
    if option.name == "timeout":
        in_seconds = scope.infer(option.value).type.unit == SECOND
        return float(amount) if amount > 0 and in_seconds else None
    least = _COUNTS[option.name]
    return int(amount) if amount.denominator == 1 and amount >= least else None


def host_call(scope: Scope, node: ast.Call, entry: Entry) -> Expr:
    """The reply of an extern to these arguments: it varies as they do."""
    session = scope.session
    declaration = entry.declaration
    assert isinstance(declaration, ast.HostFunction)
    for clause, part in (("over", node.over), ("where", node.where), ("else", node.otherwise)):
        if part is not None:
            session.error("RW208", (part.span, ""), clause=clause, name=node.function)
            return session.unknown(node.span)
    declared = session.hosts.get(entry.full)
    given = match_arguments(scope, node, declaration)
    if declared is None or given is None:
        return session.unknown(node.span)
    args: list[Expr] = []
    units: Units = {}
    for formal, (_, type_) in zip(declaration.formals, declared.formals, strict=True):
        assert formal.type is not None
        wanted = formal_type(session, entry.module, formal.type)
        value = scope.infer(given[formal.name], type_.enum)
        if wanted is None or value.type.kind == "unknown":
            return session.unknown(node.span)
        inside = Scope(session, entry.module, scope.role)
        fitted = fits(inside, formal.type, wanted, value, f"`{formal.name}`", units)
        if fitted is None:
            return session.unknown(node.span)
        args.append(converted(session, fitted, type_.kind))
    level = remembered(join(*(a.level for a in args)))
    if level.index < Index.STATE:
        level = Level(Index.STEP, max(level.known, Known.NOW))
    range_ = declared.range or _natural(declared.type)
    session.used.add(entry.full)
    return session.make("host", tuple(args), entry.full, declared.type, level, range_, node.span)


def _natural(type_: Type) -> Range:
    if type_.kind == "bool":
        return TRUTH
    return ANY if type_.enum is None else Range(0, len(type_.enum.members) - 1)
