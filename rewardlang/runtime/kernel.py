"""The contract between the runtime and a backend: arrays in, arrays filled.

Row and environment are different things: an environment (or recorded episode) is a row of the
state; a row of the data is one transition. In a `step` they coincide. In `evaluate` environment e
owns the rows `first[e] .. first[e] + count[e] - 1`, in time order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rewardlang.diagnostics.source import Span
from rewardlang.plan import Plan
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.semantics import Semantics

Array = NDArray[Any]


@dataclass
class State:
    """All memory of all environments: one C-contiguous row each in three banks, zero at reset."""

    real: Array  # [environments, plan.state_sizes[0]] of the program's float type
    wide: Array  # [.., plan.state_sizes[1]] float64
    int: Array  # [.., plan.state_sizes[2]] int64


@dataclass
class Live:
    """What may change between two calls without a compilation."""

    real_params: Array  # [plan.real_params], the program's float type
    int_params: Array  # [plan.int_params] int64
    run: Array  # [3] int64: steps, episodes, training


@dataclass
class Block:
    """Where a call's results go. All C-contiguous, rows first, overwritten whole."""

    reward: Array  # [rows] float, or [rows, n] where the total keeps an axis
    values: Array  # [rows, plan.value_columns] float
    flags: Array  # [rows, plan.flag_columns] uint8
    ints: Array  # [rows, plan.int_columns] int64
    faults: Array  # [rows] int64: bit n is sink n
    factors: Array  # [plan.factor_count] float


CAPTURE = 16  # offending rows kept per call, with the state they met


@dataclass
class Capture:
    """The first offending rows of a call and the state each was computed from, for the blame."""

    rows: Array  # [CAPTURE] int64, -1 where unused
    real: Array  # [CAPTURE, ..] the three banks
    wide: Array
    int: Array


class Kernel(Protocol):
    """A compiled plan. Inputs come in the order of `plan.inputs`, in base units, C-contiguous, of
    the kinds' dtypes (float type, int64, uint8 for bool), shape [rows, *shape], or [environments,
    *shape] for `per episode`; None where a block does not read it.
    """

    plan: Plan
    dtype: np.dtype[Any]

    def reset(
        self, inputs: Sequence[Array | None], state: State, mask: Array | None, live: Live
    ) -> None:
        """Zero the state of the masked environments (bool [environments]; None: all), then run the
        reset block for them. Other rows of the state do not change by a bit."""

    def run(
        self,
        inputs: Sequence[Array | None],
        terminated: Array,  # [rows] bool
        truncated: Array,  # [rows] bool
        state: State,
        first: Array | None,  # [environments] int64; None: row == environment
        count: Array | None,  # [environments] int64
        live: Live,
        out: Block,
        hold: bool,
        held: Array | None,  # values of the row before (step only), [environments, value_columns]
        capture: Capture,
    ) -> int:
        """Compute all rows, advance the state, fill `out`; returns the number of rows with a fault.

        With `hold`, a faulty sink gives what its column held at the environment's row before: from
        `held` in a step, from `out.values` in an evaluation; 0 on a first transition.
        """

    def signal(
        self, formula: Formula, x: Array, first: Array, count: Array, semantics: Semantics
    ) -> Array:
        """The margin of a formula from each row of recorded data on, float64 [rows].

        x [rows, atoms] are the margins of its atoms. Rows of no episode are left as NaN.
        """


@dataclass(frozen=True)
class Cause:
    """Where a fault began: the first instruction, in order of computation, that made one.

    `kind`: input (an input's value is NaN or infinite), division (by zero),
    domain (a root of a negative number and the like), index (out of range), overflow (a result
    beyond the float type), conversion (real to int), state (it was in the memory already) or
    other. `input` names the input that brought it, if one did.
    """

    kind: str
    input: str | None = None
    span: Span | None = None
    detail: str = ""  # the operands, as "sqrt(-2.5)"; empty where there is nothing to add


class Blame(Protocol):
    """Traces one fault. Slow, and only called when somebody looks."""

    def __call__(
        self,
        plan: Plan,
        sink: int,
        inputs: Sequence[Array | None],  # [1, *shape] each, as `Kernel.run` gets them
        terminated: bool,
        truncated: bool,
        state: State,  # of one environment, [1, ..] each, as the row met it
        live: Live,
    ) -> Cause:
        """The cause of the fault at sink `sink` in this row."""
