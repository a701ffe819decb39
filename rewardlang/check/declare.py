"""Inputs and params: types, levels, ranges, defaults; and how a value is made to fit a type."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from rewardlang.check.apply import converted, described, report_unit_clash
from rewardlang.check.axes import show
from rewardlang.check.constants import NotConstant, constant, exact
from rewardlang.check.indexing import retitled
from rewardlang.check.levels import INPUT_INDEX, TUNABLE, input_level
from rewardlang.check.names import Entry
from rewardlang.check.ranges import TRUTH
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session, Value
from rewardlang.check.tables import table_of
from rewardlang.check.type_exprs import Declared, declared_type
from rewardlang.check.typed import Expr, InputDecl, ParamDecl
from rewardlang.check.units import as_factor, same_unit, settled
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.types import ANY, UNKNOWN, Index, Level, Range, Type

NOTHING = Value(UNKNOWN, Level(), ANY)


# ---- inputs -----------------------------------------------------------------------------------


def declare_input(session: Session, entry: Entry, node: ast.Input) -> InputDecl | None:
    scope = Scope(session, entry.module, "input")
    declared = declared_type(session, entry.module, node.type)
    level = _input_level(session, node)
    if declared is None or level is None:
        session.values[entry.full] = NOTHING
        return None
    contract = declared_range(scope, node.range, declared)
    range_ = contract if contract is not None else _natural_range(declared.type)
    session.values[entry.full] = Value(declared.type, level, range_)
    default = None
    if node.default is not None:
        default = _default_value(scope, node.default, declared, contract)
    return InputDecl(
        entry.full,
        declared.type,
        level,
        contract,
        float(declared.scale),
        declared.unit,
        _binding(node.binding),
        default,
        node.doc,
        node.span,
    )


def _input_level(session: Session, node: ast.Input) -> Level | None:
    per = node.per if node.per is not None else "step"
    index = INPUT_INDEX.get(per)
    if index is None:
        session.error("RW190", (node.span, ""), what=f"`per {per}`")
        return None
    level = input_level(per, node.at_reset)
    if node.at_reset and index >= Index.STATE:
        session.error("RW322", (node.span, ""), per=per)
        return None
    return level


def _natural_range(type_: Type) -> Range:
    if type_.kind == "bool":
        return TRUTH
    if type_.enum is not None:
        return Range(0, len(type_.enum.members) - 1)
    return ANY


def _binding(node: ast.Binding | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    parts = [node.root]
    for part in node.parts:
        if part.name is not None:
            parts.append(f".{part.name}")
        elif isinstance(part.index, tuple):
            start, stop = ("" if end is None else str(end) for end in part.index)
            parts.append(f"[{start}:{stop}]")
        else:
            parts.append(f"[{part.index}]")
    return tuple(parts)


# ---- ranges and defaults ----------------------------------------------------------------------


def declared_range(scope: Scope, node: ast.RangeExpr | None, declared: Declared) -> Range | None:
    """`in lo .. hi` in base units. A bare number in it has the declared unit."""
    if node is None:
        return None
    session = scope.session
    if declared.type.kind not in ("real", "int"):
        session.error("RW239", (node.span, ""), kind=declared.type.kind)
        return None
    ends = node.members or tuple(e for e in (node.lo, node.hi) if e is not None)
    values = [_range_end(scope, end, declared) for end in ends]
    known = [v for v in values if v is not None]
    if len(known) != len(values):
        return None
    if node.members:
        return Range(min(known), max(known), nonzero=0 not in known)
    lo, hi = known
    if lo > hi:
        session.error("RW243", (node.span, ""), lo=f"{lo:g}", hi=f"{hi:g}")
        return None
    return Range(lo, hi)


def _range_end(scope: Scope, node: ast.Expr, declared: Declared) -> float | None:
    session = scope.session
    value = scope.infer(node)
    if value.type.kind == "unknown":
        return None
    try:
        number = constant(scope, value)
    except NotConstant:
        session.error("RW224", (node.span, ""), what="an end of a range")
        return None
    if isinstance(number, (list, bool)) or value.type.kind not in ("real", "int"):
        session.error("RW224", (node.span, ""), what="an end of a range")
        return None
    unit = as_factor(value.type.unit)
    if not unit.factors:
        rational = exact(scope, node)
        if rational is not None:
            return float(rational * declared.scale)
        return float(number) * float(declared.scale)
    if unit != declared.type.unit:
        label = (node.span, f"this is in {unit}")
        args = {"word": "a range", "left": str(declared.type.unit), "right": str(unit)}
        session.error("RW211", label, **args)
        return None
    return float(number)


def _default_value(scope: Scope, node: ast.Expr, declared: Declared, contract: Range | None) -> Any:
    """A constant of the declared type in base units, or None (reported)."""
    value = scope.infer(node, declared.type.enum)
    return constant_of(scope, value, declared.type, contract, node.span)


def constant_of(scope: Scope, value: Expr, type_: Type, contract: Range | None, span: Span) -> Any:
    """The numbers of a constant that fits the type, vectors as tuples. None is reported."""
    session = scope.session
    fitted = fit(scope, value, type_, span, "the declared type")
    if fitted is None:
        return None
    try:
        numbers = constant(scope, fitted)
    except NotConstant as not_constant:
        session.error("RW224", (not_constant.expr.span, ""), what="a default")
        return None
    for number in _flat(numbers):
        if contract is not None and not contract.lo <= number <= contract.hi:
            args = {"value": f"{number:g}", "range": str(contract)}
            session.error("RW244", (span, ""), **args)
            return None
    if type_.is_open:  # one number for all slots, however many there will be
        return numbers
    return _tuples(_spread(numbers, [a.size or 0 for a in type_.axes]))


def _flat(value: Any) -> list[Any]:
    if not isinstance(value, list):
        return [value]
    return [number for item in value for number in _flat(item)]


def _spread(value: Any, sizes: list[int]) -> Any:
    """One number for a vector stands in each slot."""
    if not sizes:
        return value
    if isinstance(value, list):
        return [_spread(v, sizes[1:]) for v in value]
    return [_spread(value, sizes[1:]) for _ in range(sizes[0])]


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


def fit(scope: Scope, value: Expr, type_: Type, span: Span, what: str) -> Expr | None:
    """The value as a declared type says: ints become real, anonymous axes get the names, a single
    value fits any shape. None is reported."""
    session = scope.session
    have = value.type
    if have.kind == "unknown":
        return None
    shown = (value.span, f"this is {described(have)}")
    kind_fits = have.kind == type_.kind or (have.kind, type_.kind) == ("int", "real")
    if not kind_fits or have.enum != type_.enum:
        session.error("RW245", shown, wanted=str(type_), given=described(have), what=what)
        return None
    if same_unit(have.unit, type_.unit) is None:
        probe = session.make("unknown", (), what, type_, value.level, ANY, span)
        report_unit_clash(session, what, probe, value, span)
        return None
    value = converted(session, value, type_.kind)
    if have.axes == type_.axes:
        return value
    if not have.axes:
        return session.make("fill", (value,), None, type_, value.level, value.range, span)
    unnamed = all(a.name is None for a in have.axes)
    if not unnamed or [a.extent for a in have.axes] != [a.extent for a in type_.axes]:
        args = {"wanted": show(type_.axes), "given": show(have.axes), "what": what}
        session.error("RW246", shown, **args)
        return None
    return retitled(scope, value, type_.axes, span)


# ---- params -----------------------------------------------------------------------------------


def declare_param(session: Session, entry: Entry, node: ast.Param) -> ParamDecl | None:
    scope = Scope(session, entry.module, "param")
    session.values[entry.full] = NOTHING
    if node.learned:
        session.error("RW190", (node.span, ""), what="`learned param`")
        return None
    declared = _param_type(scope, node)
    if declared is None:
        return None
    contract = declared_range(scope, node.range, declared)
    range_ = contract if contract is not None else _natural_range(declared.type)
    session.values[entry.full] = Value(declared.type, TUNABLE, range_)
    if node.source is not None:
        default = table_of(session, node, declared, contract)
    elif node.default is not None:
        default = _default_value(scope, node.default, declared, contract)
    else:
        session.error("RW247", (node.span, ""), name=node.name)
        return None
    if default is None:
        return None
    return ParamDecl(
        entry.full,
        declared.type,
        contract,
        default,
        float(declared.scale),
        declared.unit,
        node.doc,
        node.span,
    )


def _param_type(scope: Scope, node: ast.Param) -> Declared | None:
    """The declared type, or that of the default: an untyped number is a dimensionless real."""
    if node.type is not None:
        return declared_type(scope.session, scope.module, node.type)
    if node.default is None:
        scope.session.error("RW247", (node.span, ""), name=node.name)
        return None
    with scope.session.silent():
        value = scope.infer(node.default)
    if value.type.kind == "unknown":
        scope.infer(node.default)
        return None
    type_ = settled(value.type)
    if type_.kind == "int":
        type_ = Type("real", type_.unit, type_.axes)
    return Declared(type_, Fraction(1), str(type_.unit) if type_.unit.factors else "")
