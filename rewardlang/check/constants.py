"""Values known when compiled: exact rationals for times, nested lists for `given` and defaults.

Only what constants are written with is evaluated: literals, vectors and plain arithmetic. Anything
else is no constant, which the caller says.

Each let is computed once, and a number longer than anybody writes is no constant: a chain of lets
that read the one before twice has a tree without end, and squares digits without end.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any

from rewardlang.check.names import Entry
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr, NameRef
from rewardlang.check.units import UnknownUnit, read_unit
from rewardlang.syntax import ast
from rewardlang.types import Known

Nested = Any  # a number, or a list of these

_MOST_BITS = 8192  # 1e308 to the eighth power
_LARGEST = 10**300
_LARGEST_INT = 2**63

_EXACT: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def exact(scope: Scope, node: ast.Expr) -> Fraction | None:
    """The value of a constant in base units, as the text says it: 0.1 is one tenth."""
    match node:
        case ast.Number():
            try:
                _, scale = read_unit(node.unit, scope.module.units)
                return Fraction(node.text.replace("_", "")) * scale
            except (UnknownUnit, ValueError):
                return None
        case ast.Unary(op="-"):
            value = exact(scope, node.operand)
            return None if value is None else -value
        case ast.Binary() if node.op in _EXACT:
            left, right = exact(scope, node.left), exact(scope, node.right)
            if left is None or right is None or (node.op == "/" and right == 0):
                return None
            return _of_honest_length(_EXACT[node.op](left, right))
        case ast.Name(id="dt") if node.id not in scope.locals:
            return scope.session.timestep
        case ast.Name() if node.id in scope.locals:
            return _exact_value(scope.locals[node.id])
        case ast.Name() if node.id not in scope.locals:
            entry = scope.module.entries.get(node.id)
            if entry is not None and isinstance(entry.declaration, ast.Let):
                return exact_let(scope.session, entry, entry.declaration)
    return None


def exact_let(session: Session, entry: Entry, node: ast.Let) -> Fraction | None:
    """The same of a let. Lets are checked in their order, so that what one reads is known."""
    known = session.exact_lets
    if entry.full not in known:
        known[entry.full] = None  # should it read itself
        known[entry.full] = exact(Scope(session, entry.module), node.value)
    return known[entry.full]


def _of_honest_length(value: Fraction) -> Fraction | None:
    longest = max(value.numerator.bit_length(), value.denominator.bit_length())
    return value if longest <= _MOST_BITS and abs(value) < _LARGEST else None


def _exact_value(value: Expr) -> Fraction | None:
    """The value of a def's argument that is a literal: the shortest decimal that reads as it."""
    literal = value.op == "const" and value.type.kind in ("int", "real")
    return Fraction(repr(value.attr)) if literal and math.isfinite(value.attr) else None


def _divide(a: float, b: float) -> float:
    return a / b if b != 0 else math.nan


def _power(a: float, b: float) -> float:
    try:
        value = a**b
    except (ZeroDivisionError, OverflowError):
        return math.nan
    return value if not isinstance(value, complex) else math.nan


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": _divide,
    "pow": _power,
    "neg": operator.neg,
    "min": min,
    "max": max,
    "abs": abs,
    "real": float,
    "to_real": float,
    "to_int": int,
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
    "exp": lambda x: math.exp(x) if x < 700 else math.inf,
    "sin": math.sin,
    "cos": math.cos,
    "not": lambda x: not x,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
}


class NotConstant(Exception):
    """The expression, or the part of it in `expr`, has no value known when compiled."""

    def __init__(self, expr: Expr) -> None:
        super().__init__()
        self.expr = expr


def constant(scope: Scope, expr: Expr) -> Nested:
    """The value of an expression as numbers in nested lists, first axis outermost.

    Raises NotConstant.
    """
    known = scope.session.constants
    if id(expr) not in known:
        try:
            known[id(expr)] = _constant(scope, expr)
        except NotConstant as reason:
            known[id(expr)] = reason
    value = known[id(expr)]
    if isinstance(value, NotConstant):
        raise NotConstant(value.expr)
    return value


def settle_let(scope: Scope, entry: Entry, node: ast.Let, value: Expr) -> None:
    """Compute a let while all that it reads is computed, so that no chain of lets is deep."""
    exact_let(scope.session, entry, node)
    if value.level.known is Known.STATIC and not value.type.axes:
        with suppress(NotConstant):
            constant(scope, value)


def _constant(scope: Scope, expr: Expr) -> Nested:
    match expr.op:
        case "const":
            return expr.attr
        case "stack":
            return [constant(scope, item) for item in expr.args]
        case "fill" if expr.type.is_open:
            return constant(scope, expr.args[0])
        case "fill":
            return _filled(constant(scope, expr.args[0]), [a.size or 0 for a in expr.type.axes])
        case "index" if all(pick.kind == "all" for pick in expr.attr):
            return constant(scope, expr.args[0])
        case "apply" if expr.attr in _FUNCTIONS:
            return _slotwise(_FUNCTIONS[expr.attr], [constant(scope, a) for a in expr.args], expr)
        case "name" if isinstance(expr.attr, NameRef) and expr.attr.kind == "let":
            value = scope.session.values[expr.attr.name].value
            if value is not None:
                return constant(scope, value)
    raise NotConstant(expr)


def _filled(value: Nested, sizes: list[int]) -> Nested:
    if not sizes:
        return value
    return [_filled(value, sizes[1:]) for _ in range(sizes[0])]


def _slotwise(function: Callable[..., Any], values: list[Nested], expr: Expr) -> Nested:
    """Apply slot by slot; anonymous axes meet from the right, as everywhere."""
    depth = max(_depth(v) for v in values)
    if depth == 0:
        value = function(*values)
        if isinstance(value, int) and abs(value) > _LARGEST_INT:
            raise NotConstant(expr)
        return value
    split = [v if _depth(v) == depth else None for v in values]
    lengths = {len(v) for v in split if v is not None} - {1}
    length = lengths.pop() if lengths else 1
    if lengths:
        raise NotConstant(expr)
    rows = []
    for i in range(length):
        row = [
            values[k] if part is None else part[i if len(part) > 1 else 0]
            for k, part in enumerate(split)
        ]
        rows.append(_slotwise(function, row, expr))
    return rows


def _depth(value: Nested) -> int:
    depth = 0
    while isinstance(value, list):
        depth += 1
        value = value[0] if value else 0
    return depth
