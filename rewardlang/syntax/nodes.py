"""Nodes, types and expressions of the tree: what declarations (ast.py) are made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from rewardlang.diagnostics.source import Span


@dataclass(frozen=True, kw_only=True)
class Node:
    span: Span = field(compare=False, repr=False)


# ---- types and units ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class UnitFactor(Node):
    """`m`, `s ^ -2` or the variable `'u`. The exponent is a rational, written p or p/q."""

    name: str
    numerator: int = 1
    denominator: int = 1


@dataclass(frozen=True, kw_only=True)
class UnitExpr(Node):
    """`<m/s^2>` as factors; division is a negative exponent; `<1>` has none."""

    factors: tuple[UnitFactor, ...]


@dataclass(frozen=True, kw_only=True)
class AxisExpr(Node):
    """`3`, `leg`, `leg: 4`, `bullet: 0 .. 64`, `truth: verdict`.

    `size` None is open; `low` and `cap` are the ends of a ragged one; `labels` names the enum whose
    members are the slots.
    """

    name: str | None = None
    size: int | None = None
    low: int = 0
    cap: int | None = None
    labels: str | None = None


@dataclass(frozen=True, kw_only=True)
class TypeExpr(Node):
    """`real<m>[leg: 4, 3]`, `verdict`, `enum { form, proof }`."""

    name: str  # real int bool text rubric, the name of an enum, or "enum" for an inline one
    unit: UnitExpr | None = None
    axes: tuple[AxisExpr, ...] = ()
    members: tuple[str, ...] = ()  # of an inline enum


@dataclass(frozen=True, kw_only=True)
class RangeExpr(Node):
    """`lo .. hi` or `{ a, b, c }` (then `members` holds the expressions)."""

    lo: Expr | None = None
    hi: Expr | None = None
    members: tuple[Expr, ...] = ()


# ---- expressions ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Expr(Node):
    pass


@dataclass(frozen=True, kw_only=True)
class Number(Expr):
    """A literal: int if it has neither point nor exponent. `text` keeps the person's spelling."""

    value: int | float
    text: str = field(compare=False)
    unit: UnitExpr | None = None


@dataclass(frozen=True, kw_only=True)
class String(Expr):
    value: str
    raw: bool = False


@dataclass(frozen=True, kw_only=True)
class Name(Expr):
    """Any name, `true`, `false` and `inf` included: the checker resolves them."""

    id: str


@dataclass(frozen=True, kw_only=True)
class Vector(Expr):
    items: tuple[Expr, ...]


@dataclass(frozen=True, kw_only=True)
class Unary(Expr):
    """`op` is `-` or `not`."""

    op: str
    operand: Expr


@dataclass(frozen=True, kw_only=True)
class Binary(Expr):
    """`+ - * / @ ^`, `< <= > >= == !=`, `and or implies iff`."""

    op: str
    left: Expr
    right: Expr
    op_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class InRange(Expr):
    """`x in lo .. hi` (closed) or `x in { a, b }`."""

    value: Expr
    range: RangeExpr


@dataclass(frozen=True, kw_only=True)
class Is(Expr):
    """`machine is state`."""

    value: Expr
    name: str


@dataclass(frozen=True, kw_only=True)
class If(Expr):
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, kw_only=True)
class MatchArm(Node):
    """`pattern -> value`; `pattern` None is `else`. A pattern is a Name, String or Number."""

    pattern: Expr | None
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Match(Expr):
    subject: Expr
    arms: tuple[MatchArm, ...]


@dataclass(frozen=True, kw_only=True)
class Slice(Node):
    start: Expr | None = None
    stop: Expr | None = None


@dataclass(frozen=True, kw_only=True)
class IndexItem(Node):
    """`2`, `0:3`, `truth: q`."""

    axis: str | None
    value: Expr | Slice


@dataclass(frozen=True, kw_only=True)
class Index(Expr):
    value: Expr
    items: tuple[IndexItem, ...]


@dataclass(frozen=True, kw_only=True)
class Member(Expr):
    """`counsel.factual`, `info.x_velocity`."""

    value: Expr
    name: str


@dataclass(frozen=True, kw_only=True)
class Argument(Node):
    name: str | None
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Over(Node):
    """What a call ranges over: `episode`, `(episode, group)`, `past`, `last 20`, `following 32`.

    `window` is None, "last" or "following"; then `extent` is its length and `names` is empty.
    """

    names: tuple[str, ...] = ()
    window: str | None = None
    extent: Expr | None = None
    excluding_self: bool = False


@dataclass(frozen=True, kw_only=True)
class Call(Expr):
    """`f(a, b, name: c over axis where mask else value)`. `else fault` has `else_fault` set."""

    function: str
    arguments: tuple[Argument, ...] = ()
    over: Over | None = None
    where: Expr | None = None
    otherwise: Expr | None = None
    else_fault: bool = False
    function_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Interval(Node):
    """`[a .. b]` of a temporal operator."""

    lo: Expr
    hi: Expr


@dataclass(frozen=True, kw_only=True)
class Temporal(Expr):
    """always eventually next weak_next historically once previously."""

    op: str
    operand: Expr
    interval: Interval | None = None


@dataclass(frozen=True, kw_only=True)
class TemporalBinary(Expr):
    """until since releases."""

    op: str
    left: Expr
    right: Expr
    interval: Interval | None = None


@dataclass(frozen=True, kw_only=True)
class Scaled(Expr):
    """`(v > 0.2<m/s>) scaled 0.5<m/s>`."""

    value: Expr
    scale: Expr


@dataclass(frozen=True, kw_only=True)
class Weighted(Expr):
    """`(v > 0.2<m/s>) weighted 2`."""

    value: Expr
    weight: Expr


@dataclass(frozen=True, kw_only=True)
class Within(Expr):
    """`E(..) within 0.5`, a tolerance inside `lexicographic(..)`."""

    value: Expr
    tolerance: Expr


@dataclass(frozen=True, kw_only=True)
class Bad(Expr):
    """What stands where an expression could not be read; silences later checks."""
