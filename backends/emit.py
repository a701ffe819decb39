"""From a plan to the text of its kernel: one function over environments with time inside.

The text is what an expert would write by hand for this reward: `rewardlang show --stage kernel`
prints it. `step_text` and `reset_text` are pure functions of plan and float type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlang.backends.folding import cast_text, fold_step
from rewardlang.backends.layout import Block, Layout, reset_block, step_block
from rewardlang.backends.names import (
    Names,
    banks_touched,
    buffers_touched,
    inputs_read,
    params_read,
    signals_read,
)
from rewardlang.backends.values import Values
from rewardlang.backends.writer import Writer, flat
from rewardlang.plan import Instruction, Plan, PlanBuffer, PlanOutput
from rewardlang.runtime.kernel import CAPTURE


@dataclass(frozen=True)
class KernelText:
    """A module with a compiled `kernel` and a plain `call` that hands it a call's arrays."""

    text: str
    scratch: dict[str, int]  # numbers of scratch memory per bank


@dataclass(frozen=True)
class _Argument:
    """One array that the kernel takes: its name, its Numba type, and where `call` finds it."""

    name: str
    type: str
    source: str


def step_text(plan: Plan, dtype: np.dtype[Any]) -> KernelText:
    """The kernel of `run`."""
    block = step_block(plan)
    layout = Layout(block)
    names = Names(plan, layout, in_reset=False)
    arguments = _step_arguments(plan, layout, names, dtype)
    writer = Writer()
    _head(writer, plan, dtype, "run")
    _signature(writer, "int64, int64, boolean, int64[::1], int64[::1]", arguments, "int64")
    with writer.block(_def("kernel", ["lo", "hi", "hold", "first", "count"], arguments)):
        _run_body(plan, layout, names, writer)
    call = "inputs, terminated, truncated, state, live, out, held, capture, scratch"
    _call(writer, f"lo, hi, hold, first, count, {call}", "lo, hi, hold, first, count", arguments)
    return KernelText(writer.text(), layout.scratch_sizes)


def reset_text(plan: Plan, dtype: np.dtype[Any]) -> KernelText:
    """The kernel of `reset`: zero the masked environments, then start them from their sample."""
    layout = Layout(reset_block(plan))
    names = Names(plan, layout, in_reset=True)
    arguments = _reset_arguments(plan, layout, names, dtype)
    writer = Writer()
    _head(writer, plan, dtype, "reset")
    _signature(writer, "int64, int64, boolean, boolean[::1]", arguments, "int64")
    with writer.block(_def("kernel", ["lo", "hi", "masked", "mask"], arguments)):
        values = Values(plan, layout, names, writer)
        _prelude(plan, layout, values, writer)
        with writer.block("for e in range(lo, hi):"):
            with writer.block("if masked and not mask[e]:"):
                writer.line("continue")
            for bank, size in banks_touched(plan).items():
                with writer.loops((size,)) as (j,):
                    writer.line(f"state_{bank}[e, {j}] = 0")
            _compute(layout.needed(layout.block.body), plan, values, writer)
            _commit(plan, layout.block, values, writer)
        writer.line("return 0")
    _call(writer, "lo, hi, masked, mask, inputs, state, live, scratch", "lo, hi, masked, mask", arguments)
    return KernelText(writer.text(), layout.scratch_sizes)


def _head(writer: Writer, plan: Plan, dtype: np.dtype[Any], verb: str) -> None:
    float_type = f"np.{dtype.name}"
    for line in (
        f'"""{verb} of {_plain(plan.name)}, plan {_plain(plan.hash)}. Generated: do not edit."""',
        "",
        "import math",
        "",
        "import numpy as np",
        "from numba import njit",
        "",
        f"f = {float_type}",
        "nan = f(np.nan)",
        "inf = f(np.inf)",
        "FAULT_INT = np.int64(-(2**63))",
        "",
        "",
    ):
        writer.line(line)


def _plain(text: str) -> str:
    """Text that is safe in a comment or docstring of the generated module."""
    return re.sub(r"[^A-Za-z0-9_.:/ -]", "?", text)


def _array(kind: str, dimensions: int, dtype: np.dtype[Any]) -> str:
    number = {"real": dtype.name, "wide": "float64", "bool": "uint8", "flag": "boolean"}
    places = ", ".join([":"] * (dimensions - 1) + ["::1"])
    return f"{number.get(kind, 'int64')}[{places}]"


def _input_arguments(
    plan: Plan, layout: Layout, names: Names, dtype: np.dtype[Any]
) -> list[_Argument]:
    read = inputs_read(layout)
    found = []
    for number, given in enumerate(plan.inputs):
        if given.name in read:
            type_ = _array(given.kind, 1 + len(given.shape), dtype)
            found.append(_Argument(names.input(given.name), type_, f"inputs[{number}]"))
    return found


def _memory_arguments(plan: Plan, layout: Layout, dtype: np.dtype[Any]) -> list[_Argument]:
    found = []
    for bank in banks_touched(plan):
        found.append(_Argument(f"state_{bank}", _array(bank, 2, dtype), f"state.{bank}"))
    for bank in sorted(params_read(plan, layout)):
        found.append(_Argument(f"{bank}_params", _array(bank, 1, dtype), f"live.{bank}_params"))
    if signals_read(layout) & {"steps", "episodes", "training"}:
        found.append(_Argument("run", _array("int", 1, dtype), "live.run"))
    for bank, size in layout.scratch_sizes.items():
        if size:
            found.append(_Argument(f"scratch_{bank}", _array(bank, 1, dtype), f"scratch.{bank}"))
    return found


def _step_arguments(
    plan: Plan, layout: Layout, names: Names, dtype: np.dtype[Any]
) -> list[_Argument]:
    def argument(name: str, kind: str, dimensions: int, source: str) -> _Argument:
        return _Argument(name, _array(kind, dimensions, dtype), source)

    found = _input_arguments(plan, layout, names, dtype)
    for signal in sorted(signals_read(layout) & {"terminated", "truncated"}):
        found.append(argument(signal, "flag", 1, signal))
    found += _memory_arguments(plan, layout, dtype)
    found.append(argument("reward", "real", 1, "out.reward"))
    for name, kind, width in (
        ("values", "real", plan.value_columns),
        ("flags", "bool", plan.flag_columns),
        ("ints", "int", plan.int_columns),
    ):
        if width:
            found.append(argument(name, kind, 2, f"out.{name}"))
    found.append(argument("faults", "int", 1, "out.faults"))
    if plan.factor_count:
        found.append(argument("factors", "real", 1, "out.factors"))
    if any(s.column >= 0 for s in plan.sinks):
        found.append(argument("held", "real", 2, "held"))
    if plan.sinks:
        found.append(argument("captured", "int", 1, "capture.rows"))
        for bank in banks_touched(plan):
            found.append(argument(f"captured_{bank}", bank, 2, f"capture.{bank}"))
    return found


def _reset_arguments(
    plan: Plan, layout: Layout, names: Names, dtype: np.dtype[Any]
) -> list[_Argument]:
    return _input_arguments(plan, layout, names, dtype) + _memory_arguments(plan, layout, dtype)


def _signature(writer: Writer, plain: str, arguments: list[_Argument], result: str) -> None:
    writer.line("@njit(")
    writer.line(f'    "{result}({plain}"')
    for a in arguments:
        writer.line(f'    ", {a.type}"  # {a.name}')
    writer.line('    ")",')
    writer.line('    nogil=True, error_model="numpy", cache=True,')
    writer.line(")")


def _def(name: str, plain: list[str], arguments: list[_Argument]) -> str:
    given = ", ".join([*plain, *(a.name for a in arguments)])
    return f"def {name}({given}):"


def _call(writer: Writer, given: str, plain: str, arguments: list[_Argument]) -> None:
    """A plain function that spreads a call's objects over the kernel's arguments."""
    writer.line()
    writer.line()
    with writer.block(f"def call({given}):"):
        sources = ", ".join([plain, *(a.source for a in arguments)])
        writer.line(f"return kernel({sources})")


def _run_body(plan: Plan, layout: Layout, names: Names, writer: Writer) -> None:
    values = Values(plan, layout, names, writer)
    _prelude(plan, layout, values, writer)
    for output in plan.outputs:
        if output.factor >= 0:
            x = _as(values, output.factor_slot, "real")
            writer.line(f"factors[{output.factor}] = {x}")
    writer.line("ragged = first.shape[0] > 0")
    writer.line("faulty = 0")
    if any(s.column >= 0 for s in plan.sinks):
        writer.line("has_held = held.shape[0] > 0")
    with writer.block("for e in range(lo, hi):"):
        writer.line("start = first[e] if ragged else e")
        with writer.block("for k in range(count[e] if ragged else 1):"):
            writer.line("row = start + k")
            writer.line("bad = 0")
            if any(s.column >= 0 for s in plan.sinks):
                started = f" and {names.before()} > 0" if names.counts else ""
                writer.line("above = row - 1 if hold and k > 0 else -1")
                writer.line(f"known = e if hold and k == 0 and has_held{started} else -1")
            _places(plan, layout, names, writer)
            _compute(layout.needed(layout.block.body), plan, values, writer)
            _results(plan, values, writer)
            if plan.sinks:
                _capture(plan, writer)
            _commit(plan, layout.block, values, writer)
    writer.line("return faulty")


def _prelude(plan: Plan, layout: Layout, values: Values, writer: Writer) -> None:
    needed = [i for i in layout.needed(layout.block.prelude) if i.op != "const"]
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


def _compute(
    instructions: list[Instruction], plan: Plan, values: Values, writer: Writer
) -> None:
    """The instructions in order, with a comment wherever they begin to serve another sink."""
    roles = {s.name: s.role for s in plan.sinks}
    owner: str | None = None
    for instruction in instructions:
        before = len(writer.lines)
        values.compute(instruction)
        if len(writer.lines) > before and instruction.owner != owner:
            owner = instruction.owner
            if owner is not None:
                indent = re.match(r" *", writer.lines[before])
                assert indent is not None
                comment = f"{indent[0]}# {roles.get(owner, '')} {_plain(owner)}".replace("#  ", "# ")
                writer.lines.insert(before, comment)


def _as(values: Values, slot: int, kind: str) -> str:
    """A scalar slot as another kind."""
    source = values.by_slot[slot].slot
    x = values.element(slot, ())
    return cast_text(x, source.kind, kind)


def _results(plan: Plan, values: Values, writer: Writer) -> None:
    writer.line("# results")
    total = _as(values, plan.reward, "real") if plan.reward >= 0 else "0"
    writer.line(f"reward[row] = {total}")
    for output in plan.outputs:
        _result(output, values, writer)
    writer.line("faults[row] = bad")


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


def _capture(plan: Plan, writer: Writer) -> None:
    """Keep the state that the first faulty rows met."""
    with writer.block("if bad != 0:"):
        with writer.block(f"if faulty < {CAPTURE}:"):
            writer.line("captured[faulty] = row")
            for bank, size in banks_touched(plan).items():
                with writer.loops((size,)) as (j,):  # a slice would take a second to compile
                    writer.line(f"captured_{bank}[faulty, {j}] = state_{bank}[e, {j}]")
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
            writer.line(f"state_{cell.bank}[e, {place}] = {cast_text(x, source.kind, cell.kind)}")


def _push(buffer: PlanBuffer, slot: int, values: Values, writer: Writer) -> None:
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
