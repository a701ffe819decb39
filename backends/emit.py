"""From a plan to the text of its kernels: one fused function each for step, evaluate and reset.

The text is what an expert would write by hand for this reward: `rewardlang show --stage kernel`
prints it. All are pure functions of plan and float type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlang.backends.arguments import (
    define,
    holds,
    reset_arguments,
    run_arguments,
    signature,
    write_call,
)
from rewardlang.backends.calls import functions
from rewardlang.backends.folding import cast_text, fold_step
from rewardlang.backends.formula_text import constants
from rewardlang.backends.layout import Block, Layout, reset_block, step_block
from rewardlang.backends.names import (
    Names,
    banks_touched,
    buffers_touched,
)
from rewardlang.backends.ordered import is_ordered, push_ordered
from rewardlang.backends.settling import Settling
from rewardlang.backends.values import Values
from rewardlang.backends.windows import is_record, push_record
from rewardlang.backends.writer import Index, Writer, flat
from rewardlang.plan import Instruction, Plan, PlanBuffer, PlanOutput
from rewardlang.runtime.kernel import CAPTURE

# How threads share a call: see sharing.py. Alone, `team` is 0 and one step has all rows.
_SHARED = ["team", "me", "step", "hi"]
_SHARED_TYPES = "int64, int64, int64, int64, "


@dataclass(frozen=True)
class KernelText:
    """A module with a compiled `kernel` and a plain `call` that hands it a call's arrays."""

    text: str
    scratch: dict[str, int]  # numbers of scratch memory per bank


def step_text(plan: Plan, dtype: np.dtype[Any]) -> KernelText:
    """The kernel of a step: an environment has one row, its own."""
    return _run_text(plan, dtype, "step", [*_SHARED, "hold"], _SHARED_TYPES + "boolean")


def evaluate_text(plan: Plan, dtype: np.dtype[Any]) -> KernelText:
    """The kernel of an evaluation: an environment has a run of rows, in time order."""
    types = _SHARED_TYPES + "boolean, read(int64, 1), read(int64, 1)"
    return _run_text(plan, dtype, "evaluate", [*_SHARED, "hold", "first", "count"], types)


def _run_text(
    plan: Plan, dtype: np.dtype[Any], verb: str, plain: list[str], types: str
) -> KernelText:
    layout = Layout(plan, step_block(plan))
    names = Names(plan, layout, verb)
    arguments = run_arguments(plan, layout, names, dtype)
    writer = Writer(_STAGE if layout.stored else None)
    _head(writer, plan, layout, dtype, verb)
    signature(writer, types, arguments)
    with writer.block(define(plain, arguments)):
        _run_body(plan, layout, names, writer)
    write_call(
        writer, "inputs, terminated, truncated, state, live, out, held, capture, scratch", plain,
        arguments,
    )  # fmt: skip
    return KernelText(writer.text(), layout.scratch_sizes)


def reset_text(plan: Plan, dtype: np.dtype[Any]) -> KernelText:
    """The kernel of `reset`: zero the masked environments, then start them from their sample."""
    layout = Layout(plan, reset_block(plan))
    names = Names(plan, layout, "reset")
    arguments = reset_arguments(plan, layout, names, dtype)
    writer = Writer(_STAGE if layout.stored else None)
    _head(writer, plan, layout, dtype, "reset")
    plain = ["lo", "hi", "masked", "mask"]
    signature(writer, "int64, int64, boolean, read(boolean, 1)", arguments)
    with writer.block(define(plain, arguments)):
        values = Values(plan, layout, names, writer)
        if layout.stored:
            writer.line(_STAGE)
        _prelude(plan, layout, values, writer)
        with writer.block("for index in range(lo, hi):"):
            writer.line(_UNSIGNED.format("e", "index"))
            with writer.block("if masked and not mask[e]:"):
                writer.line("continue")
            for bank, size in banks_touched(plan).items():
                with writer.loops((size,)) as (j,):
                    writer.line(f"state_{bank}[e, {j}] = 0")
            _compute(layout.needed(layout.block.body), plan, values, writer)
            _commit(plan, layout.block, values, writer)
        writer.line("return 0")
    write_call(writer, "inputs, state, live, scratch", plain, arguments)
    return KernelText(writer.text(), layout.scratch_sizes)


def _head(writer: Writer, plan: Plan, layout: Layout, dtype: np.dtype[Any], verb: str) -> None:
    float_type = f"np.{dtype.name}"
    texts = functions(plan, layout)
    compiled = {"KernelCompiler", "opaque"}
    compiled |= {x for x in ("distances", "move") if any(f"{x}(" in text for text in texts)}
    for line in (
        f'"""{verb} of {_plain(plan.name)}, plan {_plain(plan.hash)}. Generated: do not edit."""',
        "",
        "import math",
        "",
        "import numpy as np",
        "from numba import boolean, float32, float64, int64, njit, types, uint8",
        "",
        "from rewardlang.backends.sharing import claim, finish, ring",
        f"from rewardlang.backends.compiler import {', '.join(sorted(compiled))}",
        "",
        f"f = {float_type}",
        "U = np.uintp",
        "nan = f(np.nan)",
        "inf = f(np.inf)",
        "FAULT_INT = np.int64(-(2**63))",
        "",
        "",
        "def read(number, dimensions):  # an array that may be read-only",
        '    return types.Array(number, dimensions, "C", readonly=True)',
        "",
        "",
    ):
        writer.line(line)
    for line in _tables(layout):
        writer.line(line)
    before = list(constants(layout))
    for line in (*before, "", "") if before else ():
        writer.line(line)
    for function in texts:
        for line in (*function.splitlines(), "", ""):
            writer.line(line)


def _tables(layout: Layout) -> list[str]:
    """Constant tables, as arrays of the module."""
    dtypes = {"real": "f", "wide": "np.float64", "int": "np.int64", "bool": "np.uint8"}
    found = [i for i in layout.needed(tuple(layout.by_slot.values())) if i.op == "table"]
    lines = [
        f"table{i.slot.number} = np.array({list(i.attr)}, {dtypes[i.slot.kind]})" for i in found
    ]
    return [*lines, "", ""] if lines else []


def _plain(text: str) -> str:
    """Text that is safe in a comment or docstring of the generated module."""
    return re.sub(r"[^A-Za-z0-9_.:/<> -]", "?", text)


# An unsigned index needs no check whether it counts from the end.
_UNSIGNED = "{} = U({})"
# Where scratch memory begins, unknown to the optimiser: each loop then loads, computes and stores,
# side by side, where values kept from earlier loops would have to be put together one by one.
_STAGE = "at = opaque(U(0))"


def _run_body(plan: Plan, layout: Layout, names: Names, writer: Writer) -> None:
    values = Values(plan, layout, names, writer)
    writer.line("ring(team if me == 0 else 0)")
    if layout.stored:
        writer.line(_STAGE)
    _prelude(plan, layout, values, writer)
    _factors(plan, values, writer)
    writer.line("faulty = 0")
    writer.line("start = claim(team, step)")
    with writer.block("while start < hi:"):
        writer.line("stop = min(start + step, hi)")
        _rows(plan, layout, values, writer)
        writer.line("finish(team, me, stop - start, faulty)")
        writer.line("start = claim(team, step) if team != 0 else hi")
    writer.line("return faulty")


def _factors(plan: Plan, values: Values, writer: Writer) -> None:
    """Factors that all rows share, from the thread that made the call."""
    if plan.factor_count:
        with writer.block("if me == 0:"):
            for output in plan.outputs:
                if output.factor >= 0:
                    x = _as(values, output.factor_slot, "real")
                    writer.line(f"factors[{output.factor}] = {x}")


def _rows(plan: Plan, layout: Layout, values: Values, writer: Writer) -> None:
    """The rows of the environments from `start` to `stop`."""
    names = values.names
    with writer.block("for index in range(start, stop):"):
        if names.over_time:
            writer.line(_UNSIGNED.format("e", "index"))
            with writer.block("for k in range(count[e]):"):
                writer.line(_UNSIGNED.format("row", "first[e] + k"))
                if holds(plan):
                    writer.line("above = first[e] + k - 1 if hold and k > 0 else -1")
                _row(plan, layout, values, writer)
        else:
            writer.line(_UNSIGNED.format("row", "index"))
            if holds(plan):
                started = f" and {names.before()} > 0" if names.counts else ""
                writer.line(f"above = index if hold and held.shape[0] > 0{started} else -1")
            _row(plan, layout, values, writer)


def _row(plan: Plan, layout: Layout, values: Values, writer: Writer) -> None:
    """One transition."""
    if plan.sinks:
        writer.line("bad = 0")
    _places(plan, layout, values.names, writer)
    _compute(layout.needed(layout.block.body), plan, values, writer)
    _results(plan, values, writer)
    if plan.sinks:
        _capture(plan, values.names, writer)
    _commit(plan, layout.block, values, writer)


def _prelude(plan: Plan, layout: Layout, values: Values, writer: Writer) -> None:
    needed = [i for i in layout.needed(layout.block.prelude) if i.op not in ("const", "table")]
    if needed:
        writer.line("# the same for all rows")
    for instruction in needed:
        values.compute(instruction)


def _places(plan: Plan, layout: Layout, names: Names, writer: Writer) -> None:
    """Where this row's sample goes in each ring."""
    buffers = buffers_touched(plan, layout, layout.block)
    samples = {names.sample(b): b.at_reset for b in buffers}
    for name, at_reset in sorted(samples.items()):
        writer.line(f"{name} = {names.before()}{' + 1' if at_reset else ''}")
    for name, text in {names.place(b): f"{names.sample(b)} % {b.length}" for b in buffers}.items():
        writer.line(f"{name} = {text}")


def _compute(instructions: list[Instruction], plan: Plan, values: Values, writer: Writer) -> None:
    """The instructions in order, with a comment wherever they begin to serve another sink."""
    roles = {s.name: s.role for s in plan.sinks}
    owner: str | None = None
    later = Settling(values)
    for instruction in instructions:
        later.before(instruction)
        before = len(writer.lines)
        if not later.takes(instruction):
            values.compute(instruction)
        if len(writer.lines) > before and instruction.owner != owner:
            owner = instruction.owner
            if owner is not None:
                indent = re.match(r" *", writer.lines[before])
                assert indent is not None
                role = roles[owner] + " " if owner in roles else ""
                writer.lines.insert(before, f"{indent[0]}# {role}{_plain(owner)}")
    later.finish()


def _as(values: Values, slot: int, kind: str, index: Index = ()) -> str:
    """A slot, or an element of it, as another kind."""
    source = values.by_slot[slot].slot
    x = values.element(slot, index)
    return cast_text(x, source.kind, kind)


def _results(plan: Plan, values: Values, writer: Writer) -> None:
    writer.line("# results")
    with writer.loops(plan.reward_shape) as index:
        total = _as(values, plan.reward, "real", index) if plan.reward >= 0 else "0"
        writer.line(f"reward[{', '.join(('row', *index))}] = {total}")
    for output in plan.outputs:
        _result(output, values, writer)
    writer.line(f"faults[row] = {'bad' if plan.sinks else 0}")


def _result(output: PlanOutput, values: Values, writer: Writer) -> None:
    slot = values.by_slot[output.slot].slot
    kind = {"values": "real", "flags": "bool", "ints": "int"}[output.bank]
    with writer.loops(slot.shape) as index:
        x = values.operand(output.slot, index)
        place = flat(output.column, slot.shape, index)
        writer.line(f"{output.bank}[row, {place}] = {cast_text(x, slot.kind, kind)}")
    if output.factor_column >= 0:
        x = _as(values, output.factor_slot, "real")
        writer.line(f"values[row, {output.factor_column}] = {x}")


def _capture(plan: Plan, names: Names, writer: Writer) -> None:
    """Keep the state that the first faulty rows met."""
    with writer.block("if bad != 0:"):
        with writer.block(f"if faulty < {CAPTURE}:"):
            writer.line("captured[faulty] = row")
            writer.line(f"met = opaque({names.e})")
            for bank, size in banks_touched(plan).items():
                with writer.loops((size,)) as (j,):  # a slice would take a second to compile
                    writer.line(f"captured_{bank}[faulty, {j}] = state_{bank}[met, {j}]")
        writer.line("faulty += 1")


def _commit(plan: Plan, block: Block, values: Values, writer: Writer) -> None:
    """Store and push. Every value that reads the state is a name or in scratch by now."""
    if block.stores or block.pushes:
        writer.line("# memory")
    for name, slot in block.pushes:
        _push(values.buffers[name], slot, values, writer)
    for name, slot in block.stores:
        cell = values.cells[name]
        source = values.by_slot[slot].slot
        with writer.loops(cell.shape) as index:
            x = values.operand(slot, index[len(index) - len(source.shape) :])
            place = flat(cell.offset, cell.shape, index)
            stored = cast_text(x, source.kind, cell.kind)
            writer.line(f"state_{cell.bank}[{values.names.e}, {place}] = {stored}")


def _push(buffer: PlanBuffer, slot: int, values: Values, writer: Writer) -> None:
    if is_record(buffer):
        push_record(values, buffer, slot)
        return
    if is_ordered(buffer):
        push_ordered(values, buffer, slot)
        return
    place = values.names.place(buffer)
    with writer.loops(buffer.shape) as index:
        x = values.buffered(buffer, slot, index)
        if buffer.fold is not None:
            newest = values.newest_prefix(buffer, x, index)
            writer.line(f"{values.prefix(buffer, index)} = {newest}")
        writer.line(f"{values.ring(buffer, place, index)} = {x}")
    if buffer.fold is None or buffer.length == 1 or values.names.in_reset:
        return
    with writer.block(f"if {place} == {buffer.length - 1}:"):
        with writer.block(f"for back in range({buffer.length - 2}, -1, -1):"):
            with writer.loops(buffer.shape) as index:
                total, after = writer.fresh("total"), writer.fresh("x")
                writer.line(f"{total} = {values.ring(buffer, 'back', index)}")
                writer.line(f"{after} = {values.ring(buffer, '(back + 1)', index)}")
                fold_step(writer, buffer.fold, buffer.kind, total, after)
                writer.line(f"{values.ring(buffer, 'back', index)} = {total}")
