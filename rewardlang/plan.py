"""What to compute: a flat list of instructions over numbered slots. Backends see nothing else.

A plan has three blocks over one numbering of slots. `prelude` is computed once per call (constants,
params, what depends on them alone), `reset` once per environment that is reset, `step` once per
transition. A block is straight-line: no branches, every instruction total (see builtins/table.py
for how a fault travels as a value), so "compute all, then select" is the meaning of `if`.

A program that asks functions of the host, or folds over episodes, is several plans in a row: each
of its `feeds` is run first, and what its calls give are inputs of the next.

After its instructions, `step` (or `reset`) stores: `stores` are (cell, slot) pairs, `pushes` are
(buffer, slot) pairs. All reads of cells and buffers see the values from before the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rewardlang.diagnostics.source import Span
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.semantics import MINMAX, Semantics
from rewardlang.types import Axis

OF_BUFFERS = ("window", "lag", "tail", "kth", "below", "away")  # ops whose attr names a buffer


@dataclass(frozen=True)
class Slot:
    """`kind`: real (the program's float), wide (float64), int (int64), bool (0, 1, 2 = fault)."""

    number: int
    kind: str
    shape: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        size = 1
        for n in self.shape:
            size *= n
        return size


@dataclass(frozen=True)
class Instruction:
    """`slot = op(args)`. Ops and attrs are those of ir/ops.py; `owner` names the sink it serves."""

    slot: Slot
    op: str
    args: tuple[int, ...]
    attr: Any
    span: Span | None
    owner: str | None


@dataclass(frozen=True)
class PlanInput:
    """`per`: state, step or episode. `kind`: real int bool. On entry values are times `scale`.

    `at_reset` says that the reset block reads it: then `reset` must be given its value.
    `in_step` says that the step block reads it.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    per: str
    at_reset: bool
    in_step: bool
    scale: float
    unit: str
    lo: float
    hi: float
    contract: bool  # whether lo .. hi was declared
    members: tuple[str, ...]  # of an enum; the column may hold strings or codes
    default: Any
    span: Span | None
    origin: str = "loop"  # "host" and "pool": filled between kernels (see `PlanFeed`)
    shared: str = ""  # "group" or "batch": the same for all of its episodes
    lengths: tuple[str | None, ...] = ()  # by axis: the input that says how many slots count


@dataclass(frozen=True)
class PlanParam:
    name: str
    kind: str
    shape: tuple[int, ...]
    offset: int  # in the array of real params or of int params
    default: Any  # in base units, as program values are
    scale: float
    unit: str
    lo: float
    hi: float
    members: tuple[str, ...]
    span: Span | None
    of_run: bool = False  # written after each call, from what the run remembers


@dataclass(frozen=True)
class PlanCell:
    """`bank` is real, wide or int (bools too); its row holds the value from `offset` on."""

    name: str
    bank: str
    kind: str
    shape: tuple[int, ...]
    offset: int


@dataclass(frozen=True)
class PlanBuffer:
    """A ring of `length` samples of `size` numbers, oldest overwritten first.

    Sample number s (0 is the first) goes to place s % length. s is `t - 1` for a per-step value and
    `t` for a per-state one (`at_reset`), t being the value of the cell `t` plus one in a step and 0
    in a reset. A lag reads place (s - length) % length. A window (`fold` sum, prod, min, max) costs
    O(1) amortised: `prefix` (a further row of the same bank, at `prefix_offset`) holds the fold of
    the current block, and when a block of `length` is full its ring turns into suffix folds:

        p = s % length
        prefix' = x if p == 0 else fold(prefix, x)
        result  = prefix' if s < length or p == length - 1 else fold(ring[p + 1], prefix')
        store     ring[p] = x; prefix = prefix'
                  if p == length - 1: for j = length - 2 .. 0: ring[j] = fold(ring[j], ring[j + 1])

    A `fold` may be the name of a record (builtins/records.py): then the first axis of `shape` holds
    its numbers, and folding merges whole records, the older with the newer. `tail` evaluates the
    `formulas` over the ring's samples as a trace, this row's the last, and gives their values at
    its first sample; at its last, of a formula that looks back. Where it is `gathered`, it gives
    the record of an `or` over all samples instead (temporal/semantics.py): of the first formula,
    where the second, if there is one, holds.

    With the `fold` "order", the samples stand at `prefix_offset` once more, as a bank of shape
    [*shape, length]: in ascending order, NaN last, and zeros behind them until the ring is full.
    """

    name: str
    bank: str
    kind: str
    shape: tuple[int, ...]
    offset: int
    prefix_offset: int
    length: int
    fold: str | None
    at_reset: bool
    formulas: tuple[Formula, ...] = ()
    semantics: Semantics = MINMAX
    gathered: bool = False


@dataclass(frozen=True)
class PlanSink:
    """See ir.ops.Sink. `column` is where its settled value stands in `Block.values`, or -1."""

    number: int
    name: str
    role: str
    column: int
    span: Span | None


@dataclass(frozen=True)
class PlanOutput:
    """`bank`: values (reals), flags (bools as uint8), ints; from `column`, `shape` many columns.

    A weighted sink's contribution is value * factor in the program's float type. `factor` is the
    index into `Block.factors` if it is the same for all rows of a call, and `factor_column` the
    column in `values` if it differs by row; both -1 where there is none.
    """

    name: str
    role: str
    slot: int
    bank: str
    column: int
    shape: tuple[int, ...]
    factor: int
    factor_slot: int
    factor_column: int
    at_end: bool
    kind: str


@dataclass(frozen=True)
class HostArgument:
    """What goes to a function of the host is divided by `scale`, what it gives multiplied."""

    name: str
    kind: str
    members: tuple[str, ...]
    scale: float


@dataclass(frozen=True)
class PlanHost:
    """A function of the host. `lo .. hi` bounds its reply, in base units. See `extract`."""

    name: str
    source: str
    arguments: tuple[HostArgument, ...]
    kind: str
    shape: tuple[int, ...]
    members: tuple[str, ...]
    scale: float
    lo: float
    hi: float
    batch: int
    cached: bool
    timeout: float
    retries: int
    span: Span | None


@dataclass(frozen=True)
class Pooled:
    """A fold over the episodes of a group or a batch: each of its transitions, episodes, groups."""

    fold: str
    scope: str
    of: str
    excluding_self: bool
    ddof: int


@dataclass(frozen=True)
class Ahead:
    """What comes after each row of recorded data: x `steps` rows on, or a fold of the next rows.

    The fold "formula": the value of `formula` over the trace from this row on, x its atoms.
    """

    fold: str
    steps: int
    formula: Formula | None = None
    semantics: Semantics = MINMAX


@dataclass(frozen=True)
class PlanCall:
    """Fills the input number `input` from results of the kernel before it.

    Either `host` is a number in `Plan.hosts`, asked for the rows on which `gate` holds (None: all),
    or `pool` or `ahead` says what to fold: `args` are then x and, where there is one, the mask.
    """

    input: int
    args: tuple[PlanOutput, ...]
    host: int = -1
    gate: PlanOutput | None = None
    pool: Pooled | None = None
    ahead: Ahead | None = None


@dataclass(frozen=True)
class PlanFeed:
    """A kernel that runs before the next, for the arguments of calls. Same inputs, own state.

    `reset` computes the arguments of `reset_calls` from the sample at reset, as one row of each
    environment: the replies that a later kernel reads there.
    """

    plan: Plan
    calls: tuple[PlanCall, ...]
    reset: Plan | None
    reset_calls: tuple[PlanCall, ...]


@dataclass(frozen=True)
class PlanRun:
    """One thing the run remembers; where it is written among the params, and what is folded.

    `value` (and `mask`) are results of the main kernel; for "let" `value` is one of the commit.
    """

    name: str
    fold: str
    kind: str
    shape: tuple[int, ...]
    param: int  # number in `Plan.params`
    size: int  # the param that says how much was folded, or -1
    value: PlanOutput
    mask: PlanOutput | None
    additive: bool
    ddof: int
    span: Span | None


@dataclass(frozen=True)
class PlanCommit:
    """After a call: `calls` fill inputs of `plan` from results of the main kernel, and `plan`, one
    row, gives what the run's lets are then. `seeds` gives what they are before the first call."""

    calls: tuple[PlanCall, ...]
    plan: Plan | None
    seeds: Plan | None
    runs: tuple[PlanRun, ...]


@dataclass(frozen=True)
class PlanEdge:
    source: str  # a state, or `any`
    target: str
    text: str
    span: Span | None


@dataclass(frozen=True)
class PlanMachine:
    """A reward machine: its states by number, 0 being the initial one, and its edges in file order.

    `offset` is the place of its state in the bank of ints (-1: it never leaves the initial one),
    `counters` those of what it counts since it entered the state.
    """

    name: str
    states: tuple[str, ...]
    final: tuple[int, ...]
    edges: tuple[PlanEdge, ...]
    offset: int
    counters: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    name: str
    timestep: float | None
    mode: str
    faults: str | None
    inputs: tuple[PlanInput, ...]
    params: tuple[PlanParam, ...]
    cells: tuple[PlanCell, ...]
    buffers: tuple[PlanBuffer, ...]
    sinks: tuple[PlanSink, ...]
    outputs: tuple[PlanOutput, ...]
    prelude: tuple[Instruction, ...]
    reset: tuple[Instruction, ...]
    reset_stores: tuple[tuple[str, int], ...]
    reset_pushes: tuple[tuple[str, int], ...]
    step: tuple[Instruction, ...]
    stores: tuple[tuple[str, int], ...]
    pushes: tuple[tuple[str, int], ...]
    reward: int  # the slot of the total, -1 if there is none
    state_sizes: tuple[int, int, int]  # numbers per environment in the banks real, wide, int
    value_columns: int
    flag_columns: int
    int_columns: int
    factor_count: int
    real_params: int
    int_params: int
    hash: str  # of the meaning: equal plans have equal hashes
    hosts: tuple[PlanHost, ...] = ()
    feeds: tuple[PlanFeed, ...] = ()
    commit: PlanCommit | None = None
    online: Plan | None = None  # what `step` runs, where some results wait for other episodes
    axis: Axis | None = None  # that the total keeps: per agent, per objective
    machines: tuple[PlanMachine, ...] = ()

    @property
    def reward_shape(self) -> tuple[int, ...]:
        """What one row's reward is: a single number, or one for each slot of the kept axis."""
        shapes = (i.slot.shape for i in self.step if i.slot.number == self.reward)
        return next(shapes, ())
