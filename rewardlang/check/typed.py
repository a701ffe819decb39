"""What the checker hands on: a program in which every expression has a type, level and range.

Names are resolved, defs are inlined (so a def is checked once per call), units are gone into plain
factors: every literal stands in base units. What is left of the surface language is the list of
`op`s below; `ir/builder.py` gives each its meaning.

| op      | args            | attr                                                           |
|---------|-----------------|----------------------------------------------------------------|
| const   |                 | a bool, int or float (enum members are ints)                   |
| name    |                 | `NameRef`                                                      |
| apply   | operands        | the name of an elementwise builtin (`add`, `select`, `tanh`..) |
| reduce  | x [where] [else]| `Fold` with `axes`: positions in x's type that are reduced     |
| fold    | x [where] [else]| `Fold` with `window` "past", "last" or "episode"               |
| memory  | see `Memory`    | `Memory`                                                       |
| index   | x, index..      | one `Pick` per axis of x                                       |
| stack   | items           | None: a new first axis, anonymous                              |
| fill    | value           | None: value repeated to the shape of the type                  |
| matmul  | a, b            | None: NumPy's rule for one and two axes                        |
| places  |                 | the axis: 0, 1, .. along it, open                                 |
| size    |                 | the axes of which this is the number of slots                  |

A value the checker could not make sense of never gets here: programs with errors have no `Checked`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from rewardlang.diagnostics.diagnostic import Diagnostic
from rewardlang.diagnostics.source import Span
from rewardlang.types import Axis, Level, Range, Type


@dataclass(frozen=True, eq=False)
class Expr:
    op: str
    args: tuple[Expr, ...]
    attr: Any
    type: Type
    level: Level
    range: Range
    span: Span


@dataclass(frozen=True)
class NameRef:
    """`signal`: t, dt is a const, terminated, truncated, training, steps, episodes."""

    kind: Literal["input", "param", "let", "term", "condition", "signal", "total", "reward"]
    name: str


@dataclass(frozen=True)
class Fold:
    """A reduction. `name`: sum mean min max prod any all count var std norm.

    args of the Expr are x, then the mask if `has_where`, then the default if `has_else`.
    `steps` is the length of a `last` window in samples; with an `else` the default stands until the
    window is full. `ddof` is for var and std.
    """

    name: str
    axes: tuple[int, ...] = ()
    window: Literal["past", "last", "episode"] | None = None
    steps: int = 0
    has_where: bool = False
    has_else: bool = False
    ddof: int = 0


@dataclass(frozen=True)
class Memory:
    """A value with a past.

    kind        args                  meaning
    previous    x [default]           x at the last sample; `steps` samples back
    own_past    [default]             the `let` named `let` at the last sample (a let's own past)
    at_reset    x                     x at reset, or at the first transition if x is per step
    ema         x                     decay * before + (1 - decay) * x; the first sample starts it.
                                      args = (x, decay)
    held        c                     c at the last `steps` samples and now (ages 0 .. steps)
    rises       c [default]           c now and not at the last sample
    time_since  c                     samples since c last held or since reset, times `scale`
    """

    kind: str
    steps: int = 1
    has_else: bool = False
    scale: float | None = None  # None: an int number of steps
    let: str | None = None


@dataclass(frozen=True)
class Pick:
    """What an index does to one axis: `all`, `slice` (start, stop), `at`, `take` (arg)."""

    kind: Literal["all", "slice", "at", "take"]
    start: int = 0
    stop: int = 0
    arg: int = 0  # for `take`: which of the Expr's args is the index


@dataclass(frozen=True)
class InputDecl:
    name: str
    type: Type
    level: Level
    range: Range | None  # the declared contract, in base units
    scale: float  # multiply what the loop gives by this to get base units
    shown_unit: str  # as declared: "deg"
    binding: tuple[str, ...] | None  # ("observation", "[0:3]") or ("info", ".x_velocity")
    default: Any  # None, or a number / nested tuple in base units
    doc: str | None
    span: Span


@dataclass(frozen=True)
class ParamDecl:
    name: str
    type: Type
    range: Range | None
    default: Any  # a number, member position, or nested tuple, in base units
    scale: float
    shown_unit: str
    doc: str | None
    span: Span


@dataclass(frozen=True, eq=False)
class LetDecl:
    name: str
    value: Expr
    span: Span


@dataclass(frozen=True, eq=False)
class TermDecl:
    """`pays` is "now" (each step) or "end" (on the last step). `weight` None is 1."""

    name: str
    value: Expr
    weight: Expr | None
    times_dt: bool
    pays: Literal["now", "end"]
    on_fault: Expr | None
    doc: str | None
    span: Span


@dataclass(frozen=True, eq=False)
class PotentialDecl:
    name: str
    value: Expr
    weight: Expr | None
    discount: Expr | None
    doc: str | None
    span: Span


@dataclass(frozen=True, eq=False)
class ConditionDecl:
    name: str
    kind: Literal["terminate", "success"]
    when: Expr
    pays: Expr | None
    doc: str | None
    span: Span


@dataclass(frozen=True, eq=False)
class MetricDecl:
    name: str
    value: Expr
    doc: str | None
    span: Span


@dataclass(frozen=True, eq=False)
class ExpectDecl:
    value: Expr  # bool, per step, state or episode
    at: int | None  # the transition it is read at (1 is the first); None: every one
    span: Span


@dataclass(frozen=True, eq=False)
class TestDecl:
    """`given` holds plain nested lists, samples first: T or T + 1 of them for a per-state input."""

    title: str
    given: dict[str, Any]
    expect: tuple[ExpectDecl, ...]
    span: Span


@dataclass(frozen=True, eq=False)
class Checked:
    """A program without errors. Lets are in an order in which each is after what it reads."""

    name: str
    doc: str | None
    timestep: float | None  # seconds
    faults: str | None
    inputs: tuple[InputDecl, ...]
    params: tuple[ParamDecl, ...]
    lets: tuple[LetDecl, ...]
    terms: tuple[TermDecl, ...]
    potentials: tuple[PotentialDecl, ...]
    conditions: tuple[ConditionDecl, ...]
    reward: Expr | None
    reward_on_fault: Expr | None
    metrics: tuple[MetricDecl, ...]
    tests: tuple[TestDecl, ...]
    mode: Literal["online", "episodic", "grouped", "batched"]
    total_range: Range
    axis: Axis | None = None  # that the total keeps
    lengths: tuple[InputDecl, ...] = ()  # of the ragged axes: hidden inputs
    open_axes: tuple[str, ...] = ()  # whose sizes the columns of a call tell
    diagnostics: tuple[Diagnostic, ...] = field(default=())  # warnings and notes
