"""What a program means: one immutable, shared node type.

`Graph.make` hash-conses: two nodes that say the same thing are one object, so equality is identity
and a shared `let` is computed once. Named axes, units, defs and levels are gone; shapes are plain
sizes and every operand of an elementwise node broadcasts by NumPy's rule.

kind     args            attr                    value
-------- --------------- ----------------------- ----------------------------------------------
const                    bool, int or float      itself (a scalar)
table                    its numbers, flat       a constant vector or table
input                    input name              this row's sample (at reset: the reset value)
param                    param name              live data, the same for all rows of a call
signal                   terminated truncated    this row's flag from the loop
                         t                       transitions so far, this one included; 0 at reset
                         steps episodes training of the run, the same for all rows of a call
cell                     cell name               what the cell holds: stored at the last sample
latch    x               cell name               x as it was at reset, held by the cell
apply    operands        (builtin, overload no.) elementwise
reduce   x               (fold, axes)            sum prod min max any all over those axes
call     operands        (builtin, overload no.) an array row, mapped over the axes before its core
align    x               per result axis: the    transpose and insert axes of size 1
                         axis of x, or None
slice    x               (axis, start, stop)
take     x, index        axis                    index out of range is a fault; the axis goes
stack    items                                   a new first axis
expand   x                                       repeated to the node's own shape
window   x               buffer name             fold of the last n samples, this one included
kth      x, k            buffer name             the k-th smallest of the last n samples, from 0;
                                                 a fault if k is outside or one of them is a fault
below    x, way          buffer name             how many of the last n samples are less than the
                                                 newest (way 0), not greater (1), or different from
                                                 each other and less (2); a fault if one is a fault
away     x, centre       buffer name             sum of the distances of the last n samples from a
                                                 number; one that is +inf is at no distance
lag      x               buffer name             x n samples ago; zeros before there was one
tail     x, asked        buffer name             where asked: the buffer's formulas over its last n
                                                 samples, as a trace whose atoms are those of x; or
                                                 what they gather
lattice  before, x       updates                 the coefficients of a formula after a sample whose
                                                 literals are x: see temporal/lattice.py
gather   record, x..     (semantics, weights)    the record with each x, so weighted, in it; without
                                                 weights, with the record x merged
worth    record          semantics               what an `or` of all in it is worth
arrival  before, after                           `after` in a step; `before` at reset, where what
                                                 `after` reads need not be known
settle   raw [on_fault]  sink number             raw made fit to be paid (see `Sink`)
host     arguments       extern name             the reply of a function of the host
pool     x [mask]        (fold, scope, of,       a fold over the episodes of a group or a batch;
                         excluding self, ddof)   "size" counts what is folded
forward  x [mask]        (fold, steps[, formula,   a fold over the next samples, or x so many on;
                         semantics])
                                                 "size": how many follow, "chosen": .. that count;
                                                 "formula": its value from this sample on

What reads a cell or a buffer (`OF_BUFFERS`) reads what earlier samples stored; storing happens
after the whole row is computed, so the order of nodes never matters.

A `host`, `pool` or `forward` stands between kernels: `passes/stages.py` cuts the graph there, and
what comes out is an input of the next one. What a run remembers is a param the runtime writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from rewardlang.diagnostics.source import Span
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.semantics import MINMAX, Semantics
from rewardlang.types import Axis

OF_BUFFERS = ("window", "lag", "tail", "kth", "below", "away")  # kinds whose attr names a buffer

Kind = Literal["real", "wide", "int", "bool"]  # wide: float64 whatever the program's float type


@dataclass(frozen=True)
class Form:
    """Kind and shape of a value."""

    kind: str
    shape: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        size = 1
        for n in self.shape:
            size *= n
        return size

    def __str__(self) -> str:
        return self.kind + (str(list(self.shape)) if self.shape else "")


@dataclass(frozen=True, eq=False)
class Op:
    kind: str
    args: tuple[Op, ...]
    form: Form
    attr: Any = None
    span: Span | None = None  # where it was first written; not part of its identity
    number: int = 0  # order of making: a topological order


@dataclass(frozen=True, eq=False)
class Cell:
    """One remembered value per environment, zero after a reset.

    `update` is stored after every transition (None: what it held stays); `reset` is computed from
    the reset sample and stored by the reset (None: zero).
    """

    name: str
    form: Form
    update: Op | None
    reset: Op | None


@dataclass(frozen=True, eq=False)
class Buffer:
    """A ring of the last `length` samples.

    `fold`: sum, prod, min, max, or a record (builtins/records.py), whose numbers are the first axis
    of the form; "order" where the samples are kept in ascending order too; None where they
    themselves are read.
    """

    name: str
    form: Form
    length: int
    fold: str | None
    at_reset: bool
    value: Op
    formulas: tuple[Formula, ...] = ()  # what a `tail` evaluates over the samples, as a trace
    semantics: Semantics = MINMAX  # under which it does
    gathered: bool = False  # whether it gives the record of all samples (see PlanBuffer)


@dataclass(frozen=True, eq=False)
class Sink:
    """A value that leaves the numeric layer, made finite by `settle`.

    A raw value that is a fault or not finite sets bit `number` of the row's fault mask; what stands
    instead is `on_fault` if there is one and it is finite; else, under the policy `hold`, what this
    sink gave at the last row; else 0 (false for a condition).
    """

    number: int
    name: str
    role: Literal["term", "potential", "pays", "condition", "reward", "metric", "machine"]
    span: Span


@dataclass(frozen=True, eq=False)
class Output:
    """A named result. `factor` (of a weighted sink) is the op whose product with it was paid."""

    name: str
    role: Literal[
        "term", "potential", "pays", "condition", "reward", "metric", "probe", "advantage",
        "trained", "argument", "satisfied", "violated", "robustness", "state", "edge", "payout",
    ]  # fmt: skip
    value: Op
    factor: Op | None = None
    at_end: bool = False  # has its value on the last row of an episode only
    kind: str = ""  # of a condition: terminate or success


@dataclass(frozen=True)
class Input:
    """What the loop supplies, `per` state, step, episode or reset (per episode, known then)."""

    name: str
    form: Form
    per: str
    scale: float
    unit: str
    lo: float
    hi: float
    contract: bool
    members: tuple[str, ...]
    default: Any
    span: Span
    origin: Literal["loop", "host", "pool"] = "loop"  # who fills it: between kernels, we do
    shared: str = ""  # "group" or "batch": all of its episodes have the same value
    lengths: tuple[str | None, ...] = ()  # by axis: the input that says how many slots count


@dataclass(frozen=True)
class Param:
    """Data the user tunes. `default` is in base units; `scale` and `unit` are those of the file.

    `of_run`: written by the runtime after each call, from what the run remembers.
    """

    name: str
    form: Form
    default: Any
    scale: float
    unit: str
    lo: float
    hi: float
    members: tuple[str, ...]
    span: Span
    of_run: bool = False


@dataclass(frozen=True)
class Host:
    """A function of the host: its declaration in base units, and how it wants to be called."""

    name: str
    source: str
    arguments: tuple[HostArgument, ...]
    form: Form
    members: tuple[str, ...]
    scale: float
    lo: float
    hi: float
    batch: int
    cached: bool
    timeout: float
    retries: int
    span: Span


@dataclass(frozen=True)
class HostArgument:
    name: str
    kind: str
    members: tuple[str, ...]
    scale: float


@dataclass(frozen=True, eq=False)
class Run:
    """What the run remembers under the params `name` (and `name size`: how much was folded).

    `fold` "let": `value` is stored after each call, `seed` before the first. Else `value` is folded
    over the transitions of all calls, where `mask` holds.
    """

    name: str
    fold: str
    form: Form
    value: Op
    seed: Op | None
    mask: Op | None
    additive: bool
    ddof: int
    span: Span


@dataclass(frozen=True)
class MachineEdge:
    source: str  # a state, or `any`
    target: str
    text: str
    span: Span


@dataclass(frozen=True)
class Machine:
    """What a reward machine is called, and which cells it is remembered in: the state (0 at reset),
    and the counters that begin at 0 when a state is entered."""

    name: str
    states: tuple[str, ...]
    final: tuple[int, ...]
    edges: tuple[MachineEdge, ...]
    cell: str
    counters: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Program:
    """A whole program as a graph with named roots."""

    name: str
    timestep: float | None
    mode: str
    faults: str | None
    inputs: tuple[Input, ...]
    params: tuple[Param, ...]
    cells: tuple[Cell, ...]
    buffers: tuple[Buffer, ...]
    sinks: tuple[Sink, ...]
    outputs: tuple[Output, ...]
    hosts: tuple[Host, ...] = ()
    runs: tuple[Run, ...] = ()
    axis: Axis | None = None  # that the total keeps
    machines: tuple[Machine, ...] = ()

    def roots(self) -> list[Op]:
        """All that it asks for: every node is one of these or below one."""
        found = [o.value for o in self.outputs]
        found += [o.factor for o in self.outputs if o.factor is not None]
        found += [x for c in self.cells for x in (c.update, c.reset) if x is not None]
        found += [b.value for b in self.buffers]
        return found + [x for r in self.runs for x in (r.value, r.seed, r.mask) if x is not None]


@dataclass
class Graph:
    """Makes nodes, each once, numbered from `start`."""

    start: int = 0
    _made: dict[Any, Op] = field(default_factory=dict)

    def make(
        self,
        kind: str,
        args: tuple[Op, ...],
        form: Form,
        attr: Any = None,
        span: Span | None = None,
    ) -> Op:
        # repr tells 1, 1.0, True and the two zeros apart, which == does not
        key = (kind, tuple(a.number for a in args), form, repr(attr))
        found = self._made.get(key)
        if found is None:
            found = Op(kind, args, form, attr, span, self.start + len(self._made))
            self._made[key] = found
        return found


def below(root: Op) -> list[Op]:
    """A node and all that it is made of, operands first. Iterative: sums can be long chains."""
    found: dict[int, Op] = {}
    waiting = [root]
    while waiting:
        op = waiting.pop()
        if op.number not in found:
            found[op.number] = op
            waiting.extend(op.args)
    return [found[n] for n in sorted(found)]
