"""Elementwise builtins: which overload fits; what type, level and range come out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rewardlang.builtins.signature import Clash, Signature, parse_signature
from rewardlang.builtins.table import FAULT_INT, Builtin, find
from rewardlang.check.axes import AxisClash, broadcast_all, show
from rewardlang.check.levels import CONSTANT, join
from rewardlang.check.ranges import of_builtin, point
from rewardlang.check.risks import check_domains
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr
from rewardlang.check.units import FREE, as_factor, settled
from rewardlang.diagnostics.source import Span
from rewardlang.types import BOOL, INT, NO_UNIT, REAL, Axis, Range, Type, Unit

WORDS = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "^", "neg": "-",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
    "select": "if", "floordiv": "div",
}  # fmt: skip
COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
NUMBERS = ("real", "int")
NOWHERE = Range(math.inf, -math.inf)  # of what is never a value


def apply(session: Session, name: str, args: Sequence[Expr], span: Span) -> Expr:
    """`name(args)` for an elementwise builtin or operator row. Errors are reported here."""
    row = find(name)
    assert row is not None, name
    if any(a.type.kind == "unknown" for a in args):
        return session.unknown(span)
    signature = _overload(session, row, args, span)
    axes = meet_axes(session, args, span)
    if signature is None or axes is None:
        return session.unknown(span)
    unit = _unit(session, row.name, signature, args, span)
    if unit is None:
        return session.unknown(span)
    operands = tuple(converted(session, a, _kind_at(signature, n, a)) for n, a in enumerate(args))
    check_domains(session, name, row.domain, operands)
    kind = signature.kind if signature.kind != "any" else operands[-1].type.kind
    enum = operands[-1].type.enum if kind == "enum" else None
    return session.make(
        "apply",
        operands,
        name,
        Type(kind, unit, axes, enum),
        join(*(a.level for a in operands)),
        _range(name, kind, operands),
        span,
    )


def _range(name: str, kind: str, operands: Sequence[Expr]) -> Range:
    """The row's range; the remainder of ints ends one before the divisor."""
    ranges = tuple(a.range for a in operands)
    if name == "mod" and kind == "int" and ranges[1].lo > 0:
        return Range(0, ranges[1].hi - 1)
    return of_builtin(name, ranges)


def _kind_at(signature: Signature, number: int, arg: Expr) -> str:
    parameters = signature.parameters
    kind = parameters[min(number, len(parameters) - 1)].kind
    return arg.type.kind if kind == "any" else kind


def _overload(session: Session, row: Builtin, args: Sequence[Expr], span: Span) -> Signature | None:
    """The first overload that takes the kinds as they are, else the first that widens ints."""
    kinds = [_plain_kind(a.type) for a in args]
    signatures = [parse_signature(o.signature) for o in row.overloads if o.numpy is not None]
    fitting = [s for s in signatures if len(s.parameters) >= len(kinds) and s.accepts(kinds)]
    for signature in fitting:
        exact = [p.kind in (k, "any") for p, k in zip(signature.parameters, kinds, strict=False)]
        if all(exact):
            return signature
    if fitting:
        return fitting[0]
    _report_kinds(session, row.name, args, signatures, span)
    return None


def _plain_kind(type_: Type) -> str:
    """An int with a unit is a real to builtins; a member of an enum is no number."""
    if type_.kind == "int" and as_factor(type_.unit) != NO_UNIT:
        return "real"
    return type_.kind


def _report_kinds(
    session: Session, name: str, args: Sequence[Expr], signatures: list[Signature], span: Span
) -> None:
    labels = [(a.span, f"this is {described(a.type)}") for a in args]
    word = WORDS.get(name, name)
    wanted = signatures[0].parameters[0].kind if signatures else "real"
    if any(a.type.kind == "bool" for a in args) and wanted in NUMBERS:
        bools = [a for a in args if a.type.kind == "bool"]
        first = session.mention(bools[0].span)
        code = "RW202" if name in COMPARISONS else "RW201"
        labels.sort(key=lambda label: label[0] is not bools[0].span)
        session.error(code, *labels, word=word, operand=first)
        return
    if wanted == "bool":
        wrong = next(a for a in args if a.type.kind != "bool")
        session.error("RW203", (wrong.span, f"this is {described(wrong.type)}"), what=f"`{word}`")
        return
    kinds = " and ".join(dict.fromkeys(described(a.type) for a in args))
    session.error("RW204", *labels[::-1], word=word, kinds=kinds)


def described(type_: Type) -> str:
    """A type in words: `real<m>`, `a bool`."""
    return str(settled(type_))


def meet_axes(session: Session, args: Sequence[Expr], span: Span) -> tuple[Axis, ...] | None:
    axes = broadcast_all([a.type.axes for a in args])
    if isinstance(axes, AxisClash):
        labels = [(a.span, f"this is {show(a.type.axes)}") for a in args if a.type.axes]
        session.error(axes.code, *labels[::-1], left=axes.left, right=axes.right)
        return None
    return axes


# ---- units ------------------------------------------------------------------------------------


def _unit(
    session: Session, name: str, signature: Signature, args: Sequence[Expr], span: Span
) -> Unit | None:
    if not any(a.type.unit.factors for a in args):
        return NO_UNIT
    units = [None if a.type.unit == FREE else a.type.unit for a in args]
    result = signature.unify(units)
    if isinstance(result, Clash):
        _report_clash(session, WORDS.get(name, name), args, result, span)
        return None
    if result == NO_UNIT and _stays_free(signature, args):
        return FREE
    return result


def _stays_free(signature: Signature, args: Sequence[Expr]) -> bool:
    """Whether only free units went into the variable that the result is: `max(0, 0)` is free."""
    variables = signature.unit.variables
    if len(variables) != 1 or signature.kind not in (*NUMBERS, "any"):
        return False
    sources = [
        a for p, a in zip(signature.parameters, args, strict=False) if p.unit == signature.unit
    ]
    return bool(sources) and all(a.type.unit == FREE for a in sources)


def _report_clash(
    session: Session, word: str, args: Sequence[Expr], clash: Clash, span: Span
) -> None:
    wrong = args[clash.operand]
    if clash.expected == NO_UNIT and clash.operand == 0:
        report_not_plain(session, word, wrong)
        return
    other = next((a for a in args if a is not wrong and a.type.unit == clash.expected), None)
    if other is None or clash.operand < args.index(other):
        report_not_plain(session, word, wrong)
        return
    report_unit_clash(session, word, other, wrong, span)


def report_not_plain(session: Session, word: str, wrong: Expr) -> None:
    """An operand has a unit where a plain number is asked."""
    text = session.mention(wrong.span)
    unit = str(wrong.type.unit)
    session.error(
        "RW213",
        (wrong.span, f"this is in {unit}"),
        word=word,
        unit=unit,
        operand=text,
    )


def report_unit_clash(session: Session, word: str, left: Expr, right: Expr, span: Span) -> None:
    """Two operands that need one unit have two. A bare number is told its unit."""
    labels = (
        (left.span, f"this is {_in_unit(left.type.unit)}"),
        (right.span, f"this is {_in_unit(right.type.unit)}"),
    )
    for number, other in ((right, left), (left, right)):
        if is_bare_number(number) and as_factor(number.type.unit) == NO_UNIT:
            text, unit = session.mention(number.span), str(other.type.unit)
            ordered = labels[::-1] if number is right else labels
            session.error("RW212", *ordered, number=text, unit=unit, word=word)
            return
    session.error(
        "RW211",
        *labels[::-1],
        word=word,
        left=str(left.type.unit),
        right=str(right.type.unit),
    )


def _in_unit(unit: Unit) -> str:
    return "a plain number" if unit == NO_UNIT else f"in {unit}"


def is_bare_number(expr: Expr) -> bool:
    text = expr.span.text.strip()
    return expr.op == "const" and text.removeprefix("-").strip()[:1].isdigit()


# ---- conversions ------------------------------------------------------------------------------


def converted(session: Session, expr: Expr, kind: str) -> Expr:
    """The expression as this kind of number; one that is of it already is returned as it is.

    An int becomes real by `to_real`, a bool real by `to_real` and int by `to_int`.
    """
    have = expr.type.kind
    if have == kind or kind not in NUMBERS or have in ("enum", "unknown", "text"):
        return expr
    type_ = Type(kind, expr.type.unit, expr.type.axes)
    if expr.op == "const":
        value = float(expr.attr) if kind == "real" else int(expr.attr)
        return session.make("const", (), value, type_, expr.level, expr.range, expr.span)
    if expr.op in ("stack", "fill"):  # literals stay literals
        items = tuple(converted(session, item, kind) for item in expr.args)
        return session.make(expr.op, items, None, type_, expr.level, expr.range, expr.span)
    name = "to_real" if kind == "real" else "to_int"
    return session.make("apply", (expr,), name, type_, expr.level, expr.range, expr.span)


def const(session: Session, value: bool | float, span: Span, unit: Unit = NO_UNIT) -> Expr:
    """A literal. A number that is 0 or infinite has a free unit."""
    if isinstance(value, bool):
        return session.make("const", (), value, BOOL, CONSTANT, point(int(value)), span)
    kind = INT if isinstance(value, int) else REAL
    free = unit == NO_UNIT and (value == 0 or abs(value) == float("inf"))
    type_ = Type(kind.kind, FREE if free else unit)
    return session.make("const", (), value, type_, CONSTANT, point(value), span)


def fault(session: Session, type_: Type, span: Span) -> Expr:
    """What `else fault` stands for: 1 / 0, in the kind of the type. Its range is empty."""
    if type_.kind in ("int", "enum"):
        kind = Type(type_.kind, FREE, enum=type_.enum)
        return session.make("const", (), FAULT_INT, kind, CONSTANT, NOWHERE, span)
    one, zero = (const(session, value, span) for value in (1.0, 0.0))
    parts = (one, zero)
    quotient = session.make("apply", parts, "div", Type("real", FREE), CONSTANT, NOWHERE, span)
    if type_.kind == "real":
        return quotient
    return session.make("apply", (quotient, zero), "gt", BOOL, CONSTANT, NOWHERE, span)


def as_numbers(session: Session, exprs: Sequence[Expr]) -> list[Expr]:
    """Expressions that stand side by side, as one kind: ints beside reals become real."""
    kinds = {e.type.kind for e in exprs}
    if kinds == {"real", "int"}:
        return [converted(session, e, "real") for e in exprs]
    return list(exprs)
