"""`evaluate`: recorded episodes through the kernel, each from a fresh state."""

from __future__ import annotations

import numpy as np

from rewardlang.runtime import recorded, signals
from rewardlang.runtime.captures import Call
from rewardlang.runtime.engine import Engine
from rewardlang.runtime.failure import failure
from rewardlang.runtime.kernel import Array
from rewardlang.runtime.online import as_rows
from rewardlang.runtime.outcome import Outcome
from rewardlang.runtime.pools import Span
from rewardlang.runtime.signals import Column
from rewardlang.runtime.state import new_state


def evaluate(engine: Engine, data: recorded.Columns, check: bool, commit: bool) -> Outcome:
    """The rewards of checked columns. Nothing of the online environments is read or changed; with
    `commit` the run remembers them."""
    plan, layout = engine.plan, data.layout
    kernel = engine.decided([*data.rows.items(), *data.resets.items()])
    arrays, resets = _read(engine, data)
    originals: dict[int, Array] = {}
    if check:
        engine.keep_contract(resets)
        originals = engine.keep_contract(arrays)
    memory = new_state(plan, engine.dtype, len(layout.first))
    engine.set_run()
    ends = (data.terminated, data.truncated)
    span = _span(layout, data.group)
    fed = None
    if engine.feeds:
        fed_memory = engine.feeds.memory(len(layout.first))
        engine.feeds.reset(resets, fed_memory, None, engine.live)
        fed = engine.feeds.run(
            arrays, ends, fed_memory, engine.live, engine.hold, layout.first, layout.count, span
        )
    kernel.reset(resets, memory, None, engine.live)
    rows = layout.shown()
    block = engine.block(layout.rows)
    if rows.real is not None:
        for part in (block.reward, block.values, block.flags, block.ints, block.faults):
            part.fill(0)
    count = kernel.run(
        arrays,
        data.terminated,
        data.truncated,
        memory,
        layout.first,
        layout.count,
        engine.live,
        block,
        engine.hold,
        None,
        engine.capture,
    )
    if commit and engine.run_memory:
        engine.remember(block, span)
    faults = None
    if count:
        failures = {} if fed is None else fed.failures
        call = Call(arrays, originals, *ends, engine.live, layout.place, False, failures)
        faults = engine.faulted(count, block, call, rows)
    return engine.outcome(rows, block, faults, fed)


def _span(layout: recorded.Layout, group: Array) -> Span:
    """Which rows are whose; padding is nobody's."""
    episode = np.full(layout.rows, -1, np.int64)
    for n, (first, count) in enumerate(zip(layout.first, layout.count, strict=True)):
        episode[first : first + count] = n
    return Span(episode, layout.last, group, int(group.max(initial=-1)) + 1)


def _read(engine: Engine, data: recorded.Columns) -> tuple[list[Array | None], list[Array | None]]:
    """What the step block and the reset block read, as the kernel wants it."""
    plan, episodes = engine.plan, len(data.layout.first)
    arrays: list[Array | None] = [None] * len(plan.inputs)
    resets = arrays.copy()
    for number, declared in enumerate(plan.inputs):
        if declared.origin != "loop":
            continue
        rows = episodes if declared.per == "episode" else data.layout.rows
        if declared.in_step:
            arrays[number] = _column(engine, number, data.rows, rows, "RW600")
        if declared.at_reset:
            resets[number] = _column(engine, number, data.resets, episodes, "RW644")
    return arrays, resets


def _column(
    engine: Engine, number: int, columns: dict[int, Column], rows: int, missing: str
) -> Array:
    declared = engine.plan.inputs[number]
    if number in columns:
        return as_rows(declared, columns[number], engine.dtype, False)
    if declared.default is None:
        raise failure(missing, declared.span, name=declared.name)
    return signals.default_of(declared, (rows,), engine.dtype)
