"""What a person wrote, as frozen dataclasses. One class per construct, a span on every node.

Two trees are equal when they say the same thing: spans do not take part in equality, so
`parse(format(tree)) == tree` is a meaningful test.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rewardlang.diagnostics.source import Source, Span


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
class Within(Expr):
    """`E(..) within 0.5`, a tolerance inside `lexicographic(..)`."""

    value: Expr
    tolerance: Expr


@dataclass(frozen=True, kw_only=True)
class Bad(Expr):
    """What stands where an expression could not be read; silences later checks."""


# ---- declarations ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Local(Node):
    """`name = value` after `where` in a `let` or `def`."""

    name: str
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Declaration(Node):
    """Every declaration may have a docstring before it. `name_span` is what messages point at."""

    doc: str | None = None


@dataclass(frozen=True, kw_only=True)
class Named(Declaration):
    name: str
    name_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Use(Declaration):
    """`use shaping: tolerance`, `use envs.walker2d`, `use "gait.reward" as gait`, `use "r.py": f`."""

    module: str
    is_file: bool
    names: tuple[str, ...] = ()
    alias: str | None = None


@dataclass(frozen=True, kw_only=True)
class Timestep(Declaration):
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Faults(Declaration):
    """`faults raise | hold | zero | terminate`."""

    policy: str


@dataclass(frozen=True, kw_only=True)
class UnitDecl(Named):
    """`unit token`: a new base unit."""


@dataclass(frozen=True, kw_only=True)
class EnumDecl(Named):
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BindingPart(Node):
    """`.name` (then `name`) or `[0:3]`, `[2]` (then `index`, ints only)."""

    name: str | None = None
    index: int | tuple[int | None, int | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Binding(Node):
    """`from observation[0:3]`, `from info.x_velocity`."""

    root: str
    parts: tuple[BindingPart, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Input(Named):
    type: TypeExpr
    range: RangeExpr | None = None
    per: str | None = None
    at_reset: bool = False
    binding: Binding | None = None
    default: Expr | None = None


@dataclass(frozen=True, kw_only=True)
class Param(Named):
    type: TypeExpr | None = None
    range: RangeExpr | None = None
    source: str | None = None  # from "intervals.csv"
    default: Expr | None = None
    learned: bool = False


@dataclass(frozen=True, kw_only=True)
class Let(Named):
    type: TypeExpr | None = None
    value: Expr
    where: tuple[Local, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Formal(Node):
    name: str
    type: TypeExpr | None = None
    default: Expr | None = None


@dataclass(frozen=True, kw_only=True)
class Def(Named):
    formals: tuple[Formal, ...]
    result: TypeExpr | None = None
    value: Expr
    where: tuple[Local, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Term(Named):
    """`paid` is None, "last", "spread" or "telescoped"."""

    type: TypeExpr | None = None
    weight: Expr | None = None
    times_dt: bool = False
    paid: str | None = None
    on_fault: Expr | None = None
    per: str | None = None  # `per agent`
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Reward(Declaration):
    type: TypeExpr | None = None
    on_fault: Expr | None = None
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Advantage(Declaration):
    where: Expr | None = None
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Metric(Named):
    type: TypeExpr | None = None
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Potential(Named):
    weight: Expr | None = None
    discount: Expr | None = None
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Spec(Named):
    value: Expr
    options: tuple[Argument, ...] = ()  # `convention: rtamt`, `semantics: agm`


@dataclass(frozen=True, kw_only=True)
class Edge(Node):
    """`a -> b when g times 3 pays p` or `a -> b after 30<s>`; source may be `any`."""

    source: str
    target: str
    when: Expr | None = None
    after: Expr | None = None
    times: Expr | None = None
    pays: Expr | None = None


@dataclass(frozen=True, kw_only=True)
class Machine(Named):
    initial: str
    edges: tuple[Edge, ...]
    final: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Condition(Named):
    """`terminate` (ends, may pay) and `success` (marks): `kind` tells which."""

    kind: str
    when: Expr
    pays: Expr | None = None


@dataclass(frozen=True, kw_only=True)
class Criterion(Node):
    """`criterion` or `veto` of a rubric: judged by its text, or computed by `value`."""

    kind: str
    name: str
    weight: Expr | None = None
    text: str | None = None
    value: Expr | None = None
    above: Expr | None = None


@dataclass(frozen=True, kw_only=True)
class Rubric(Named):
    judge: str | None
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, kw_only=True)
class HostOption(Node):
    """`lower_better`, `batch 64`, `timeout 20<s>` in the braces of a judge or extern."""

    name: str
    value: Expr | None = None


@dataclass(frozen=True, kw_only=True)
class HostFunction(Named):
    """`judge` and `extern`: `kind` tells which."""

    kind: str
    formals: tuple[Formal, ...]
    result: TypeExpr
    range: RangeExpr | None = None
    source: str
    options: tuple[HostOption, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Factor(Node):
    name: str
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Latent(Named):
    factors: tuple[Factor, ...]
    decoder: str
    decoder_arguments: tuple[Expr, ...] = ()
    explains: str


@dataclass(frozen=True, kw_only=True)
class Objective(Declaration):
    """`maximize e`, `minimize e`, `subject to e`, `prefer e`: `kind` is the first word."""

    kind: str
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Given(Node):
    name: str
    value: Expr


@dataclass(frozen=True, kw_only=True)
class Expect(Node):
    """`expect e` or `expect e at k`."""

    value: Expr
    at: Expr | None = None


@dataclass(frozen=True, kw_only=True)
class Test(Declaration):
    title: str
    given: tuple[Given, ...] = ()
    expect: tuple[Expect, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Comment(Node):
    """`# ...`; `own_line` is False for one that trails code."""

    text: str
    own_line: bool


@dataclass(frozen=True, kw_only=True)
class File(Node):
    source: Source = field(compare=False, repr=False)
    doc: str | None = None
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False)
