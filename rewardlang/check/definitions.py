"""Defs: inlined at each call, so that unit and shape are generic without a type system for it.

An argument is checked once, where it is written; the body is checked anew for each call, in the
namespace of the file that declares it. What goes wrong in the body is said at the call.
"""

from __future__ import annotations

from collections.abc import Iterable

from rewardlang.check.apply import converted, described
from rewardlang.check.names import Entry, suggestion
from rewardlang.check.risks import each_once
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session, TooLarge
from rewardlang.check.type_exprs import FormalType, formal_type
from rewardlang.check.typed import Expr
from rewardlang.check.units import (
    FREE,
    UnboundVariable,
    UnknownUnit,
    bind_variable,
    read_unit,
    same_unit,
    unit_variables,
)
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.types import Unit

Units = dict[str, Unit]

# Defs within defs: every later pass walks what they become.
DEEPEST_CALLS = 64


def call_def(scope: Scope, node: ast.Call, entry: Entry) -> Expr:
    session = scope.session
    declaration = entry.declaration
    assert isinstance(declaration, ast.Def)
    session.called.add(id(entry))
    for clause, part in (("over", node.over), ("where", node.where), ("else", node.otherwise)):
        if part is not None:
            session.error("RW208", (part.span, ""), clause=clause, name=node.function)
            return session.unknown(node.span)
    given = match_arguments(scope, node, declaration)
    if given is None:
        return session.unknown(node.span)
    inside = Scope(session, entry.module, scope.role, None, {}, scope.facts)
    units: Units = {}
    locals_: dict[str, Expr] = {}
    for formal in declaration.formals:
        bound = _bind(scope, inside.with_locals(locals_), formal, given.get(formal.name), units)
        if bound is None:
            return session.unknown(node.span)
        locals_[formal.name] = bound
    if len(session.calls) >= DEEPEST_CALLS:
        raise TooLarge
    session.calls.append((declaration.name, node.span))
    try:
        body = bind_locals(inside.with_locals(locals_), declaration.where)
        result = body.infer(declaration.value)
        result = _checked_result(inside, declaration, result, units)
    finally:
        session.calls.pop()
    return session.like(result, span=node.span)


def bind_locals(scope: Scope, where: Iterable[ast.Local]) -> Scope:
    """The scope with the names after `where`, each of which may read those before it.

    They are taken in the order that their readings ask for.
    """
    pending = list(where)
    _report_twice(scope.session, pending)
    names = {local.name for local in pending}
    while pending:
        ready = [p for p in pending if not names & _names_read(p.value)]
        if not ready:
            cycle = " -> ".join([*(p.name for p in pending), pending[0].name])
            args = {"name": pending[0].name, "path": cycle}
            scope.session.error("RW106", (pending[0].span, ""), **args)
            unknown = {p.name: scope.session.unknown(p.span) for p in pending}
            return scope.with_locals(unknown)
        for local in ready:
            scope = scope.with_locals({local.name: lazily(scope, local.value)})
            names.discard(local.name)
        pending = [p for p in pending if p.name in names]
    return scope


def lazily(scope: Scope, node: ast.Expr) -> Expr:
    """A value that is named here and read elsewhere: its risks count where it is read."""
    session = scope.session
    start = len(session.risks)
    value = scope.infer(node)
    risks = each_once(session.risks[start:])
    del session.risks[start:]
    if risks:
        session.local_risks[session.number(value)] = risks
    return value


def _report_twice(session: Session, where: list[ast.Local]) -> None:
    seen: dict[str, ast.Local] = {}
    for local in where:
        if local.name in seen:
            labels = ((local.span, "declared again"), (seen[local.name].span, "the first one"))
            session.error("RW102", *labels, name=local.name)
        seen.setdefault(local.name, local)


def _names_read(node: object) -> set[str]:
    found: set[str] = set()
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, tuple):
            stack.extend(part)
        elif isinstance(part, ast.Node):
            stack.extend(vars(part).values())
    return found


def match_arguments(
    scope: Scope, node: ast.Call, declaration: ast.Def | ast.HostFunction
) -> dict[str, ast.Expr] | None:
    """Arguments by the formals' names; a call that does not fit names the def's own line."""
    session = scope.session
    formals = [f.name for f in declaration.formals]
    declared = (declaration.name_span, "declared here")
    given: dict[str, ast.Expr] = {}
    positional = [a for a in node.arguments if a.name is None]
    if len(positional) > len(formals):
        wanted = f"at most {len(formals)}" if formals else "no arguments"
        args = {"name": declaration.name, "wanted": wanted, "given": str(len(positional))}
        session.error("RW206", (node.span, ""), declared, **args)
        return None
    given.update({f: a.value for f, a in zip(formals, positional, strict=False)})
    for argument in node.arguments:
        if argument.name is None:
            continue
        if argument.name not in formals or argument.name in given:
            known = ", ".join(f"`{f}`" for f in formals)
            args = {"option": argument.name, "name": declaration.name, "known": known}
            hint = suggestion(nearest(argument.name, formals))
            session.error("RW207", (argument.span, ""), declared, hint=hint, **args)
            return None
        given[argument.name] = argument.value
    lacking = [f.name for f in declaration.formals if f.name not in given and f.default is None]
    if lacking:
        args = {"name": declaration.name, "wanted": f"`{lacking[0]}`", "given": str(len(given))}
        session.error("RW206", (node.span, ""), declared, **args)
        return None
    return given


def _bind(
    caller: Scope, inside: Scope, formal: ast.Formal, given: ast.Expr | None, units: Units
) -> Expr | None:
    """One formal's value, checked against its annotation; None is reported."""
    session = caller.session
    wanted = formal_type(session, inside.module, formal.type) if formal.type is not None else None
    if formal.type is not None and wanted is None:
        return None
    enum = wanted.enum if wanted is not None else None
    if given is not None:
        value = lazily(caller, given) if enum is None else caller.infer(given, enum)
    else:
        assert formal.default is not None
        value = inside.infer(formal.default, enum)
    if value.type.kind == "unknown" or wanted is None or formal.type is None:
        return value
    return fits(inside, formal.type, wanted, value, f"`{formal.name}`", units)


def _checked_result(inside: Scope, declaration: ast.Def, result: Expr, units: Units) -> Expr:
    if declaration.result is None or result.type.kind == "unknown":
        return result
    wanted = formal_type(inside.session, inside.module, declaration.result)
    if wanted is None:
        return inside.session.unknown(result.span)
    what = f"the result of `{declaration.name}`"
    checked = fits(inside, declaration.result, wanted, result, what, units)
    return checked if checked is not None else inside.session.unknown(result.span)


def fits(
    inside: Scope, node: ast.TypeExpr, wanted: FormalType, value: Expr, what: str, units: Units
) -> Expr | None:
    """The value as the annotation says: kind, unit and, where axes are written, shape."""
    session = inside.session
    have = value.type
    shown = (value.span, f"this is {described(have)}")
    declared = (node.span, "declared here")
    kind_fits = have.kind == wanted.kind or (have.kind, wanted.kind) == ("int", "real")
    if not kind_fits or have.enum != wanted.enum:
        session.error(
            "RW234", shown, declared, what=what, wanted=wanted.text, given=described(have)
        )
        return None
    unit = _expected_unit(inside, node, value, units)
    if unit is None or same_unit(unit, have.unit) is None:
        if unit is not None:
            text = f"a value in {unit}" if unit.factors else "a plain number"
            args = {"what": what, "wanted": text, "given": described(have)}
            session.error("RW234", shown, declared, **args)
        return None
    if wanted.axes and have.axes != wanted.axes:
        session.error(
            "RW234", shown, declared, what=what, wanted=wanted.text, given=described(have)
        )
        return None
    return converted(session, value, wanted.kind)


def _expected_unit(inside: Scope, node: ast.TypeExpr, value: Expr, units: Units) -> Unit | None:
    """The annotation's unit, its variables bound by this value if nothing has bound them yet."""
    declared = inside.module.units
    unbound = [v for v in unit_variables(node.unit) if v not in units]
    if value.type.unit == FREE and unbound:
        return FREE  # 0 fits whatever another argument makes of the variable
    try:
        bind_variable(node.unit, value.type.unit, declared, units)
        return read_unit(node.unit, declared, units)[0]
    except UnboundVariable:
        inside.session.error("RW235", (node.span, ""))
    except UnknownUnit as unknown:
        inside.session.error("RW109", (unknown.factor.span, ""), name=unknown.factor.name)
    return None
