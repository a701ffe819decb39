"""Operators: arithmetic, comparison, connectives, `in`."""

from __future__ import annotations

from fractions import Fraction

from rewardlang.builtins.table import Domain, find
from rewardlang.check.apply import (
    WORDS,
    apply,
    converted,
    described,
    meet_axes,
    report_not_plain,
)
from rewardlang.check.constants import exact
from rewardlang.check.levels import join
from rewardlang.check.names import PREDEFINED
from rewardlang.check.ranges import facts, of_builtin, repeated
from rewardlang.check.risks import check_domains
from rewardlang.check.scope import Scope
from rewardlang.check.typed import Expr
from rewardlang.check.units import FREE, as_factor
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.types import NO_UNIT, Enum, Known, Range, Type

ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
COMPARISON = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
LOGIC = ("and", "or", "implies", "iff")


def unary(scope: Scope, node: ast.Unary, expected: Enum | None) -> Expr:
    del expected
    session = scope.session
    operand = scope.infer(node.operand)
    if node.op == "not":
        return apply(session, "not", (operand,), node.span)
    if operand.op == "const" and operand.type.kind in ("real", "int"):
        range_ = of_builtin("neg", (operand.range,))
        return session.make(
            "const", (), -operand.attr, operand.type, operand.level, range_, node.span
        )
    return apply(session, "neg", (operand,), node.span)


def binary(scope: Scope, node: ast.Binary, expected: Enum | None) -> Expr:
    del expected
    if node.op in LOGIC:
        return _logic(scope, node)
    if node.op in COMPARISON:
        return _comparison(scope, node)
    left, right = scope.infer(node.left), scope.infer(node.right)
    if node.op == "^":
        return _power(scope, node, left, right)
    if node.op == "@":
        return matmul(scope, left, right, node.span)
    return apply(scope.session, ARITHMETIC[node.op], (left, right), node.span)


def _logic(scope: Scope, node: ast.Binary) -> Expr:
    """The right side counts where the left has not decided: facts of the left hold there."""
    session = scope.session
    left = scope.infer(node.left)
    inner = scope
    if node.op != "iff" and left.type.kind == "bool":
        inner = scope.with_facts(facts(session, left, node.op != "or"))
    right = inner.infer(node.right)
    return apply(session, node.op, (left, right), node.span)


# ---- comparison -------------------------------------------------------------------------------


def _comparison(scope: Scope, node: ast.Binary) -> Expr:
    left, right = _both_sides(scope, node.left, node.right)
    return compare(scope, COMPARISON[node.op], left, right, node.span)


def _both_sides(scope: Scope, left: ast.Expr, right: ast.Expr) -> tuple[Expr, Expr]:
    """A bare word on one side is looked up in the enum of the other."""
    if _may_be_word(scope, left):
        second = scope.infer(right)
        return _beside(scope, left, second), second
    first = scope.infer(left)
    return first, _beside(scope, right, first)


def _beside(scope: Scope, node: ast.Expr, other: Expr) -> Expr:
    """A side whose other side is in error: a bare word there may well be a member."""
    if other.type.kind == "unknown" and _may_be_word(scope, node):
        return scope.session.unknown(node.span)
    return scope.infer(node, other.type.enum)


def _may_be_word(scope: Scope, node: ast.Expr) -> bool:
    """Whether it is a name that stands for no value here."""
    if not isinstance(node, ast.Name) or node.id in scope.locals:
        return False
    return node.id not in scope.module.entries and node.id not in PREDEFINED


def compare(scope: Scope, name: str, left: Expr, right: Expr, span: Span) -> Expr:
    session = scope.session
    if "enum" not in (left.type.kind, right.type.kind):
        result = apply(session, name, (left, right), span)
        if name in ("eq", "ne"):
            _lint_equality(scope, left, right, span)
        return result
    if "unknown" in (left.type.kind, right.type.kind):
        return session.unknown(span)
    if left.type.enum != right.type.enum or name not in ("eq", "ne"):
        labels = [(e.span, f"this is {described(e.type)}") for e in (left, right)]
        if left.type.enum == right.type.enum:
            session.error("RW205", (span, ""), enum=str(left.type))
        else:
            kinds = " and ".join(described(e.type) for e in (left, right))
            session.error("RW204", *labels[::-1], word=WORDS[name], kinds=kinds)
        return session.unknown(span)
    axes = meet_axes(session, (left, right), span)
    if axes is None:
        return session.unknown(span)
    range_ = of_builtin(name, (left.range, right.range))
    level = left.level.join(right.level)
    return session.make("apply", (left, right), name, Type("bool", axes=axes), level, range_, span)


def _lint_equality(scope: Scope, left: Expr, right: Expr, span: Span) -> None:
    """Two measured reals are hardly ever equal. 0 and inf are often meant exactly."""
    if {left.type.kind, right.type.kind} - {"real", "int"} or "real" not in (
        left.type.kind,
        right.type.kind,
    ):
        return
    if scope.role == "test":
        return  # what a test gives is exact
    exact_values = any(e.op == "const" and e.type.unit == FREE for e in (left, right))
    if exact_values or join(left.level, right.level).known < Known.RESET:
        return
    scope.session.warning(
        "RW704",
        (span, ""),
        left=scope.session.mention(left.span),
        right=scope.session.mention(right.span),
    )


def in_range(scope: Scope, node: ast.InRange, expected: Enum | None) -> Expr:
    del expected
    session, span = scope.session, node.span
    value = scope.infer(node.value)
    if node.range.members:
        tests = [
            compare(scope, "eq", value, scope.infer(m, value.type.enum), m.span)
            for m in node.range.members
        ]
        result = tests[0]
        for test in tests[1:]:
            result = apply(session, "or", (result, test), span)
        return session.like(result, span=span)
    assert node.range.lo is not None and node.range.hi is not None
    lo, hi = scope.infer(node.range.lo), scope.infer(node.range.hi)
    above = compare(scope, "ge", value, lo, span)
    if above.type.kind == "unknown":
        return above
    below = compare(scope, "le", value, hi, span)
    return apply(session, "and", (above, below), span)


# ---- power and matrix product -----------------------------------------------------------------


def _power(scope: Scope, node: ast.Binary, base: Expr, exponent: Expr) -> Expr:
    """A base with a unit needs a constant rational exponent: the unit is raised with it."""
    session, span = scope.session, node.span
    if "unknown" in (base.type.kind, exponent.type.kind):
        return session.unknown(span)
    if as_factor(exponent.type.unit) != NO_UNIT:
        report_not_plain(session, "an exponent", exponent)
        return session.unknown(span)
    if exponent.type.kind not in ("real", "int") or base.type.kind not in ("real", "int"):
        return apply(session, "pow", (base, exponent), span)
    rational = exact(scope, node.right)
    if as_factor(base.type.unit) != NO_UNIT and rational is None:
        shown = str(base.type.unit)
        labels = ((exponent.span, "not a constant"), (base.span, f"this is in {shown}"))
        session.error("RW214", *labels, unit=shown)
        return session.unknown(span)
    if base.type.kind == "int" and not _whole_exponent(exponent):
        base = converted(session, base, "real")
    plain = session.like(base, type=Type(base.type.kind, NO_UNIT, base.type.axes))
    if plain.type.kind == "int" and as_factor(base.type.unit) != NO_UNIT:
        plain = converted(session, plain, "real")
    result = apply(session, "pow", (plain, exponent), span)
    if result.type.kind == "unknown":
        return result
    _check_base(scope, base, exponent, rational)
    unit = as_factor(base.type.unit) ** (rational if rational is not None else 1)
    type_ = Type(result.type.kind, unit, result.type.axes)
    return session.make("apply", result.args, "pow", type_, result.level, result.range, span)


def _whole_exponent(exponent: Expr) -> bool:
    return exponent.op == "const" and isinstance(exponent.attr, int) and exponent.attr >= 0


def _check_base(scope: Scope, base: Expr, exponent: Expr, rational: Fraction | None) -> None:
    """A fractional exponent needs a base from 0 up, a negative one a base that is not 0."""
    row = find("pow")
    if row is not None and row.domain:
        return  # the row says it itself
    whole = rational is not None and rational.denominator == 1
    negative = exponent.range.lo < 0
    if not whole:
        lowest = Range(0, float("inf"), nonzero=negative)
        check_domains(scope.session, "pow", (Domain(0, lowest),), (base, exponent))
    elif negative:
        check_domains(scope.session, "pow", (Domain(0, Range(nonzero=True)),), (base,))


def matmul(scope: Scope, left: Expr, right: Expr, span: Span) -> Expr:
    """NumPy's rule for one and two anonymous axes: the last of `a` meets the first of `b`."""
    session = scope.session
    if "unknown" in (left.type.kind, right.type.kind):
        return session.unknown(span)
    wrong = next((e for e in (left, right) if e.type.kind not in ("real", "int")), None)
    if wrong is not None:
        label = (wrong.span, f"this is {described(wrong.type)}")
        session.error("RW204", label, word="@", kinds=described(wrong.type))
        return session.unknown(span)
    a, b = left.type.axes, right.type.axes
    named = any(axis.name is not None for axis in (*a, *b))
    if named or not 1 <= len(a) <= 2 or not 1 <= len(b) <= 2 or a[-1].size != b[0].size:
        labels = [(e.span, f"this is {described(e.type)}") for e in (left, right)]
        session.error("RW215", *labels[::-1])
        return session.unknown(span)
    left, right = converted(session, left, "real"), converted(session, right, "real")
    unit = as_factor(left.type.unit) * as_factor(right.type.unit)
    type_ = Type("real", unit, (*a[:-1], *b[1:]))
    size = a[-1].size or 0
    one = of_builtin("mul", (left.range, right.range))
    range_ = repeated(one, size, size)
    level = join(left.level, right.level)
    return session.make("matmul", (left, right), None, type_, level, range_, span)
