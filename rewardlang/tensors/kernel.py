"""The contract between `tensors` and a backend: pure functions of tensors, rows first.

Inputs come in the order of `plan.inputs`, in base units, of the kinds' types (the program's float,
int64, uint8 for bool), [B, *shape]; None where a block does not read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from rewardlang.plan import Plan
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.semantics import MINMAX, Semantics


class Transitions(NamedTuple):
    """What a kernel reads of each row, and what the loop says of its end (bool [B])."""

    inputs: Sequence[Tensor | None]
    terminated: Tensor
    truncated: Tensor


class Memory(NamedTuple):
    """All that is remembered, rows first: one tensor a cell, a ring [B, length, ..] a buffer, and
    what each group of sinks gave last [B, n, ..]."""

    cells: tuple[Tensor, ...]
    rings: tuple[Tensor, ...]
    held: tuple[Tensor, ...]


class Results(NamedTuple):
    """What a step gives, in the order of `plan.outputs`; `unfit` [B, n] by group of sinks, none
    where a look has shown that nothing is."""

    reward: Tensor
    outputs: tuple[Tensor, ...]
    factors: tuple[Tensor | None, ...]
    unfit: tuple[Tensor, ...]


class Live(NamedTuple):
    """What may change between two calls: params in base units, and the run (3 ints)."""

    params: Tensor
    ints: Tensor
    run: Tensor


class TensorKernel(Protocol):
    """A plan compiled for a float type and a device."""

    plan: Plan
    dtype: torch.dtype
    device: torch.device
    sinks: tuple[int, ...]  # in the order of the columns of all `unfit`

    def begin(self, size: int) -> Memory:
        """The memory of so many rows, before their reset."""

    def reset(
        self, inputs: Sequence[Tensor | None], memory: Memory, mask: Tensor | None, live: Live
    ) -> Memory:
        """The memory with the masked rows (bool [B]; None: all) at their start."""

    def step(
        self,
        rows: Transitions,
        memory: Memory,
        live: Live,
        *,
        hold: bool,
        active: Tensor | None = None,
        in_place: bool = False,
        look: bool = False,
    ) -> tuple[Results, Memory]:
        """One transition of each row; rows that are not `active` keep their memory. With `hold` a
        sink without a value gives what it gave at the row before. With `in_place` rings are
        written to, not copied. With `look` numbers may be read, to leave out what they make
        needless; then nothing may be traced or transformed."""

    def evaluate(self, rows: Transitions, memory: Memory, live: Live, *, hold: bool) -> Results:
        """All transitions of traces [B, T, ..]; inputs per episode are [B, ..]."""

    def signal(
        self,
        formula: Formula,
        x: Tensor,
        lengths: Tensor | None,
        semantics: Semantics = MINMAX,
    ) -> Tensor:
        """The margin of a formula from each row of traces on: [B, T] from atoms [B, T, n]."""
