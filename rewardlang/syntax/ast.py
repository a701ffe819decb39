"""What a person wrote, as frozen dataclasses. One class per construct, a span on every node.

Two trees are equal when they say the same thing: spans do not take part in equality, so
`parse(format(tree)) == tree` is a meaningful test.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rewardlang.diagnostics.source import Source, Span
from rewardlang.syntax.nodes import (
    Argument,
    AxisExpr,
    Bad,
    Binary,
    Call,
    Expr,
    If,
    Index,
    IndexItem,
    InRange,
    Interval,
    Is,
    Match,
    MatchArm,
    Member,
    Name,
    Node,
    Number,
    Over,
    RangeExpr,
    Scaled,
    Slice,
    String,
    Temporal,
    TemporalBinary,
    TypeExpr,
    Unary,
    UnitExpr,
    UnitFactor,
    Vector,
    Weighted,
    Within,
)

__all__ = [
    # the nodes that declarations are made of, so that `ast.` names the whole tree
    "Argument",
    "AxisExpr",
    "Bad",
    "Binary",
    "Call",
    "Expr",
    "If",
    "InRange",
    "Index",
    "IndexItem",
    "Interval",
    "Is",
    "Match",
    "MatchArm",
    "Member",
    "Name",
    "Node",
    "Number",
    "Over",
    "RangeExpr",
    "Scaled",
    "Slice",
    "String",
    "Temporal",
    "TemporalBinary",
    "TypeExpr",
    "Unary",
    "UnitExpr",
    "UnitFactor",
    "Vector",
    "Weighted",
    "Within",
    "Local",
    "Declaration",
    "Named",
    "Use",
    "Timestep",
    "Faults",
    "UnitDecl",
    "EnumDecl",
    "BindingPart",
    "Binding",
    "Input",
    "Param",
    "Let",
    "Formal",
    "Def",
    "Term",
    "Reward",
    "Advantage",
    "Metric",
    "Potential",
    "Spec",
    "Edge",
    "Machine",
    "Condition",
    "Criterion",
    "Rubric",
    "HostOption",
    "HostFunction",
    "Factor",
    "Latent",
    "Objective",
    "Given",
    "Expect",
    "Test",
    "Comment",
    "File",
]


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
    """`use shaping: tolerance`, `use envs.walker2d`, `use "a.reward" as a`, `use "r.py": f`."""

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
