"""`evaluate`: recorded episodes through the kernel, each from a fresh state."""

from __future__ import annotations

from rewardlang.runtime import recorded, signals
from rewardlang.runtime.captures import Call
from rewardlang.runtime.engine import Engine
from rewardlang.runtime.failure import failure
from rewardlang.runtime.kernel import Array
from rewardlang.runtime.online import as_rows
from rewardlang.runtime.outcome import Outcome
from rewardlang.runtime.signals import Column
from rewardlang.runtime.state import new_state


def evaluate(engine: Engine, data: recorded.Columns, check: bool) -> Outcome:
    """The rewards of checked columns. Nothing of the online environments is read or changed."""
    plan, layout = engine.plan, data.layout
    kernel = engine.decided([*data.rows.items(), *data.resets.items()])
    arrays, resets = _read(engine, data)
    originals: dict[int, Array] = {}
    if check:
        engine.keep_contract(resets)
        originals = engine.keep_contract(arrays)
    memory = new_state(plan, engine.dtype, len(layout.first))
    engine.set_run()
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
    faults = None
    if count:
        ends = (data.terminated, data.truncated)
        call = Call(arrays, originals, *ends, engine.live, layout.place, online=False)
        faults = engine.faulted(count, block, call, rows)
    return engine.outcome(rows, block, faults)


def _read(engine: Engine, data: recorded.Columns) -> tuple[list[Array | None], list[Array | None]]:
    """What the step block and the reset block read, as the kernel wants it."""
    plan, episodes = engine.plan, len(data.layout.first)
    arrays: list[Array | None] = [None] * len(plan.inputs)
    resets = arrays.copy()
    for number, declared in enumerate(plan.inputs):
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
