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
| host    | arguments       | the full name of an `extern`: its reply to these arguments     |
| pool    | x [where] [else]| `Pool`: a reduction over the episodes of a group or a batch    |
| forward | x [where] [else]| `Forward`: what comes after, in recorded data                  |
| past    | bools           | `Formula` without args, `historically` and the like            |
| reading | see `Reading`   | `Reading`: what is asked of a temporal formula                 |
| run     |                 | the name of a `RunDecl`: what the run remembers, before a call |
| machine |                 | `MachineRef`: what is read of a reward machine                 |
| array   | operands        | (builtin, places): an array row; for each operand, where its   |
|         |                 | axes are taken from, so that the core is at the end; last,     |
|         |                 | where those of the result are taken from                       |

A value the checker could not make sense of never gets here: programs with errors have no `Checked`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from rewardlang.diagnostics.diagnostic import Diagnostic
from rewardlang.diagnostics.source import Span
from rewardlang.temporal.formula import Formula, horizon
from rewardlang.temporal.semantics import MINMAX, Semantics
from rewardlang.types import ANY, Axis, Level, Range, Type


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
class MachineRef:
    """`state` after the transition (the initial one at reset), `progress` of that state, `payout`
    of the edge that fired, and which `edge` that was (-1: none)."""

    reading: Literal["state", "progress", "payout", "edge"]
    name: str


@dataclass(frozen=True)
class Fold:
    """A reduction. `name`: sum mean min max prod any all count var std norm and the statistics.

    args of the Expr are x, then `operands - 1` more (the other value of cov and corr, the share of
    quantile, the decay of ema), then the mask if `has_where`, then the default if `has_else`.
    `steps` is the length of a `last` window in samples; with an `else` the default stands until the
    window is full. `ddof` is for var, std and cov, `ties` for rank. sort, rank and cumsum give a
    value for each slot along their one axis; over a window rank gives that of the newest.
    """

    name: str
    axes: tuple[int, ...] = ()
    window: Literal["past", "last", "episode"] | None = None
    steps: int = 0
    has_where: bool = False
    has_else: bool = False
    ddof: int = 0
    operands: int = 1
    ties: int = 0  # the place in builtins.order.TIES


@dataclass(frozen=True)
class Pool:
    """A reduction over several episodes, known when all of them are.

    The fold "last" of the scope "episode" is what a value known at the end is at the end, for
    every step of the episode (in a loop: what it is so far).

    `scope` is what is brought together, `rows` whether each transition counts once (else each
    episode, or each group, as `of` says). args as for `Fold`.
    """

    name: str
    scope: Literal["group", "batch", "episode"]
    of: Literal["step", "episode", "group"]
    excluding_self: bool = False
    has_where: bool = False
    has_else: bool = False
    ddof: int = 0


@dataclass(frozen=True)
class Forward:
    """What comes after: x `steps` samples on ("lag"), or a fold of the next `steps` samples."""

    fold: str
    steps: int
    has_where: bool = False
    has_else: bool = False


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
    delta       x [default]           x less what it was `steps` samples ago
    time_since  c                     samples since c last held or since reset, times `scale`
    """

    kind: str
    steps: int = 1
    has_else: bool = False
    scale: float | None = None  # None: an int number of steps
    let: str | None = None


@dataclass(frozen=True)
class Reading:
    """What is asked of a formula. args: of each atom its truth, or its margin if `quantitative`.

    kind  value      real: the formula's value; bool: whether that is certain to be positive
          violated   bool: whether the value is certain to be negative
          decided    bool: whether either is
          lower, upper    real: the value lies between them, whatever follows
          progress   real: 0 .. 1, distance to acceptance in the automaton
    when  end        of the whole trace, at its last sample
          now        of the trace so far
          last       of the last `steps` samples; until there are as many, the last arg
          rest       of the trace from this sample on: in recorded data
    `clamp` is where values are held; `state` whether the trace begins at the reset; `cut` what a
    trace that was cut off is worth at the end: finite (as if it ended), lower or upper. `semantics`
    is that of a quantity: verdicts have none.
    """

    kind: str
    when: str
    formula: Formula
    quantitative: bool
    state: bool
    steps: int = 0
    has_else: bool = False
    clamp: Range = ANY
    cut: str = "finite"
    semantics: Semantics = MINMAX


@dataclass(frozen=True, eq=False)
class AtomDecl:
    """`margin` is by how much it holds; None for what only holds or not."""

    truth: Expr
    margin: Expr | None
    span: Span


@dataclass(frozen=True, eq=False)
class SpecDecl:
    """`verdicts` and `robustness` are what results show; None where nobody can tell step by step.

    `verdicts`: satisfied and violated, each by now and at the end.
    """

    name: str
    formula: Formula
    atoms: tuple[AtomDecl, ...]
    options: SpecOptions
    verdicts: tuple[tuple[Expr, Expr], tuple[Expr, Expr]] | None
    robustness: Expr | None
    doc: str | None
    span: Span

    @property
    def ahead(self) -> int | None:
        """How many samples after the first its value may depend on; None: all of them."""
        return horizon(self.formula)


@dataclass(frozen=True)
class SpecOptions:
    convention: str = "truncated"
    semantics: Semantics = MINMAX


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


@dataclass(frozen=True)
class HostDecl:
    """A function of the host: called between kernels, on whole batches. See `extract`.

    It gets and gives numbers in the units it declares; `scales` times such a number is one in base
    units. `range` is the contract of its reply in base units; `batch` 0 means all rows at once.
    """

    name: str
    formals: tuple[tuple[str, Type], ...]
    scales: tuple[float, ...]
    type: Type
    scale: float
    range: Range | None
    source: str
    batch: int
    cached: bool
    timeout: float  # seconds
    retries: int
    lower_better: bool
    doc: str | None
    span: Span


@dataclass(frozen=True, eq=False)
class RunDecl:
    """What the run remembers across episodes: read as it stood before a call, committed after it.

    `fold` "let": `value` is what stands after the call, `seed` what stands before the first;
    `additive` says that it only grows by something that does not read it. Else `value` is what is
    folded: sum count mean var std min max over all transitions of the run.
    """

    name: str
    fold: str
    value: Expr
    seed: Expr | None
    mask: Expr | None
    additive: bool
    ddof: int
    type: Type
    span: Span


@dataclass(frozen=True, eq=False)
class AdvantageDecl:
    value: Expr
    where: Expr | None
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
class EdgeDecl:
    """An edge of a machine; states are places in `MachineDecl.states`.

    `sources` are the states it leaves: one, or with `any` all that are not final. It fires on a
    guard (`when`, on the sample on which it has held `times` times since the state was entered)
    or on a timer (`after` so many samples in the state; 0: none).
    """

    source: str  # as written: a state, or `any`
    sources: tuple[int, ...]
    target: int
    when: Expr | None
    times: int
    after: int
    pays: Expr | None
    span: Span


@dataclass(frozen=True, eq=False)
class MachineDecl:
    """A reward machine. State 0 is the initial one; `progress` is a number for each state."""

    name: str
    states: tuple[str, ...]
    edges: tuple[EdgeDecl, ...]
    final: tuple[int, ...]
    progress: tuple[float, ...]
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
    specs: tuple[SpecDecl, ...]
    tests: tuple[TestDecl, ...]
    hosts: tuple[HostDecl, ...]
    runs: tuple[RunDecl, ...]
    advantage: AdvantageDecl | None
    mode: Literal["online", "episodic", "recorded", "grouped", "batched"]
    total_range: Range
    axis: Axis | None = None  # that the total keeps
    lengths: tuple[InputDecl, ...] = ()  # of the ragged axes: hidden inputs
    machines: tuple[MachineDecl, ...] = ()
    open_axes: tuple[str, ...] = ()  # whose sizes the columns of a call tell
    diagnostics: tuple[Diagnostic, ...] = field(default=())  # warnings and notes
