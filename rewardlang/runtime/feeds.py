"""What runs before the last kernel of a program: the feeding kernels, and the calls after each.

A feed computes the arguments of some calls; what the calls give become inputs of all kernels after
it. Each feed has state of its own for every environment, reset and advanced like the main one's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlang.extract.asking import Failures, Host, HostReport
from rewardlang.plan import Plan, PlanCall, PlanFeed, PlanOutput
from rewardlang.runtime.forward import ahead
from rewardlang.runtime.kernel import CAPTURE, Array, Block, Capture, Kernel, Live
from rewardlang.runtime.pools import Span, as_kind, as_numbers, pooled
from rewardlang.runtime.state import FeedMemory, new_state, put_rows, rows_of

MakeKernel = Callable[[Plan, np.dtype[Any]], Kernel]


@dataclass
class Fed:
    """What came of the calls: why rows have no reply, and how much was asked, by host."""

    failures: Failures = field(default_factory=dict)
    reports: dict[str, HostReport] = field(default_factory=dict)


class Feeds:
    """See the module. Without any feed it does nothing."""

    def __init__(self, plan: Plan, make_kernel: MakeKernel, hosts: Sequence[Host]) -> None:
        self.plan = plan
        self.hosts = hosts
        self._make_kernel = make_kernel
        self._kernels: list[tuple[Kernel, Kernel | None]] = []
        self._captures: list[Capture] = []
        self.dtype = np.dtype(np.float64)

    def __bool__(self) -> bool:
        return bool(self.plan.feeds)

    def compile(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._kernels = [
            (
                self._make_kernel(feed.plan, dtype),
                None if feed.reset is None else self._make_kernel(feed.reset, dtype),
            )
            for feed in self.plan.feeds
        ]
        self._captures = [empty_capture(feed.plan, dtype) for feed in self.plan.feeds]

    def memory(self, size: int) -> list[FeedMemory]:
        """As after a reset, before the reset block has run."""
        return [
            FeedMemory(
                new_state(feed.plan, self.dtype, size),
                np.zeros((size, feed.plan.value_columns), self.dtype),
            )
            for feed in self.plan.feeds
        ]

    # ---- transitions ------------------------------------------------------------------------

    def run(
        self,
        columns: list[Array | None],
        ends: tuple[Array, Array],
        memory: list[FeedMemory],
        live: Live,
        hold: bool,
        first: Array | None = None,
        count: Array | None = None,
        span: Span | None = None,
    ) -> Fed:
        """Fill the inputs of `columns` that stand between kernels; the memory moves on.

        `first` and `count` as for `Kernel.run`. `span` says which rows are whose, for folds over
        episodes; online there are none to wait for, and each row is one of its own.
        """
        fed, rows = Fed(), len(ends[0])
        real = np.ones(rows, bool) if span is None else span.episode >= 0
        for n, feed in enumerate(self.plan.feeds):
            block = empty_block(feed.plan, rows, self.dtype)
            one = memory[n]
            held = one.held if hold and first is None else None
            self._kernels[n][0].run(
                columns, *ends, one.state, first, count, live, block, hold, held, self._captures[n]
            )
            if first is None:
                one.held = block.values
            for call in feed.calls:
                if call.host >= 0:
                    self._ask(call, block, real, columns, fed)
                elif call.ahead is not None and first is not None and count is not None:
                    columns[call.input] = self._ahead(call, n, block, first, count)
                elif span is not None:
                    columns[call.input] = self._pool(call, block, span)
                else:
                    columns[call.input] = self._so_far(call, block)
        return fed

    def run_some(
        self,
        columns: list[Array | None],
        ends: tuple[Array, Array],
        memory: list[FeedMemory],
        live: Live,
        hold: bool,
        chosen: Array,
    ) -> Fed:
        """The same for some environments, whose columns and ends these are."""
        part = [FeedMemory(rows_of(m.state, chosen), m.held[chosen]) for m in memory]
        fed = self.run(columns, ends, part, live, hold)
        for whole, moved in zip(memory, part, strict=True):
            put_rows(whole.state, chosen, moved.state)
            whole.held = whole.held.copy()
            whole.held[chosen] = moved.held
        return fed

    def reset(
        self,
        columns: list[Array | None],
        memory: list[FeedMemory],
        mask: Array | None,
        live: Live,
    ) -> Fed:
        """Begin the masked environments; fills the inputs that a reset block reads."""
        fed = Fed()
        for n, feed in enumerate(self.plan.feeds):
            kernel, at_reset = self._kernels[n]
            kernel.reset(columns, memory[n].state, mask, live)
            memory[n].held = memory[n].held.copy()
            memory[n].held[... if mask is None else mask] = 0
            if at_reset is not None and feed.reset is not None:
                size = len(memory[n].held)
                self._ask_at_reset(feed, at_reset, size, columns, mask, live, fed)
        return fed

    def _ask_at_reset(
        self,
        feed: PlanFeed,
        kernel: Kernel,
        size: int,
        columns: list[Array | None],
        mask: Array | None,
        live: Live,
        fed: Fed,
    ) -> None:
        plan = kernel.plan
        block = empty_block(plan, size, self.dtype)
        no_end = np.zeros(size, bool)
        kernel.run(
            columns, no_end, no_end, new_state(plan, self.dtype, size), None, None, live, block,
            False, None, empty_capture(plan, self.dtype),
        )  # fmt: skip
        asked = np.ones(size, bool) if mask is None else mask
        for call in feed.reset_calls:
            self._ask(call, block, asked, columns, fed)

    # ---- calls ------------------------------------------------------------------------------

    def _ask(
        self, call: PlanCall, block: Block, rows: Array, columns: list[Array | None], fed: Fed
    ) -> None:
        """Ask a function of the host for the rows whose gate is open."""
        host = self.hosts[call.host]
        if call.gate is not None:
            rows = rows & (block.flags[:, call.gate.column] == 1)
        arguments = [column_of(block, output) for output in call.args]
        replies, report = host.ask(arguments, np.flatnonzero(rows), len(rows), self.dtype)
        columns[call.input] = replies.values
        if replies.failures:
            fed.failures[call.input] = replies.failures
        before = fed.reports.setdefault(host.declared.name, HostReport())
        for name in vars(report):
            setattr(before, name, getattr(before, name) + getattr(report, name))

    def _pool(self, call: PlanCall, block: Block, span: Span) -> Array:
        assert call.pool is not None
        x, mask = call.args[0], call.args[1] if len(call.args) > 1 else None
        kind = _KINDS[x.bank]
        folded = pooled(
            call.pool,
            column_of(block, x),
            None if mask is None else column_of(block, mask),
            kind,
            span,
        )
        return as_kind(folded, self.plan.inputs[call.input].kind, self.dtype)

    def _ahead(self, call: PlanCall, feed: int, block: Block, first: Array, count: Array) -> Array:
        assert call.ahead is not None
        x, mask = call.args[0], call.args[1] if len(call.args) > 1 else None
        given = None if mask is None else column_of(block, mask)
        values = as_numbers(column_of(block, x), _KINDS[x.bank])
        if call.ahead.formula is not None:
            formula, semantics = call.ahead.formula, call.ahead.semantics
            found = self._kernels[feed][0].signal(formula, values, first, count, semantics)
        else:
            found = ahead(call.ahead, values, given, first, count)
        return as_kind(found, self.plan.inputs[call.input].kind, self.dtype)

    def _so_far(self, call: PlanCall, block: Block) -> Array:
        """In a loop: what an episode's last value is so far. Nothing else is read there."""
        assert call.pool is not None and call.pool.fold == "last"
        x = call.args[0]
        kind = self.plan.inputs[call.input].kind
        return as_kind(as_numbers(column_of(block, x), _KINDS[x.bank]), kind, self.dtype)


_KINDS = {"values": "real", "flags": "bool", "ints": "int"}


def column_of(block: Block, output: PlanOutput) -> Array:
    """A result of all rows, [rows, *shape], as the kernel left it."""
    bank: Array = getattr(block, output.bank)
    size = 1
    for n in output.shape:
        size *= n
    return bank[:, output.column : output.column + size].reshape(len(bank), *output.shape)


def empty_block(plan: Plan, rows: int, dtype: np.dtype[Any]) -> Block:
    return Block(
        np.zeros(rows, dtype),
        np.zeros((rows, plan.value_columns), dtype),
        np.zeros((rows, plan.flag_columns), np.uint8),
        np.zeros((rows, plan.int_columns), np.int64),
        np.zeros(rows, np.int64),
        np.zeros(plan.factor_count, dtype),
    )


def empty_capture(plan: Plan, dtype: np.dtype[Any]) -> Capture:
    banks = new_state(plan, dtype, CAPTURE)
    return Capture(np.full(CAPTURE, -1, np.int64), banks.real, banks.wide, banks.int)
