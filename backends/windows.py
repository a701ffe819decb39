"""The text of windows that are more than one number: records of their samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.backends.calls import merge_name
from rewardlang.backends.writer import Index
from rewardlang.builtins.records import RECORDS
from rewardlang.plan import Instruction, PlanBuffer

if TYPE_CHECKING:
    from rewardlang.backends.values import Values


def is_record(buffer: PlanBuffer) -> bool:
    return buffer.fold in RECORDS


def write_record(values: Values, at: Instruction) -> None:
    """Write the record of a window to memory."""
    buffer, writer, names = values.buffers[at.attr], values.writer, values.names
    with writer.loops(buffer.shape[1:]) as index:
        newest = _newest(values, buffer, _pushed(values, buffer, at.args[0], index), index)
        total = [writer.fresh("total") for _ in newest]
        writer.line(f"{', '.join(total)} = {', '.join(newest)}")
        if not names.in_reset:
            sample, place = names.sample(buffer), names.place(buffer)
            older = f"{sample} >= {buffer.length} and {place} != {buffer.length - 1}"
            with writer.block(f"if {older}:"):
                _merge(
                    values, buffer, total, _ring(values, buffer, f"({place} + 1)", index), newest
                )
        for c, name in enumerate(total):
            writer.line(f"{values.scratch(at.slot.number, (str(c), *index))} = {name}")


def push_record(values: Values, buffer: PlanBuffer, slot: int) -> None:
    """Write what a row leaves in the ring of a record and in the fold of its block."""
    writer, place = values.writer, values.names.place(buffer)
    with writer.loops(buffer.shape[1:]) as index:
        pushed = _pushed(values, buffer, slot, index)
        newest = _newest(values, buffer, pushed, index)
        for c, (x, prefix) in enumerate(zip(pushed, newest, strict=True)):
            writer.line(f"{values.prefix(buffer, (str(c), *index))} = {prefix}")
            writer.line(f"{values.ring(buffer, place, (str(c), *index))} = {x}")
    if buffer.length == 1 or values.names.in_reset:
        return
    with writer.block(f"if {place} == {buffer.length - 1}:"):
        with writer.block(f"for back in range({buffer.length - 2}, -1, -1):"):
            with writer.loops(buffer.shape[1:]) as index:
                older = _ring(values, buffer, "back", index)
                total = [writer.fresh("total") for _ in older]
                _merge(values, buffer, total, older, _ring(values, buffer, "(back + 1)", index))
                for text, name in zip(older, total, strict=True):
                    writer.line(f"{text} = {name}")


def _width(buffer: PlanBuffer) -> int:
    return buffer.shape[0]


def _pushed(values: Values, buffer: PlanBuffer, slot: int, index: Index) -> list[str]:
    """Names for the numbers of this row's record."""
    return [values.buffered(buffer, slot, (str(c), *index)) for c in range(_width(buffer))]


def _ring(values: Values, buffer: PlanBuffer, place: str, index: Index) -> list[str]:
    return [values.ring(buffer, place, (str(c), *index)) for c in range(_width(buffer))]


def _newest(values: Values, buffer: PlanBuffer, pushed: list[str], index: Index) -> list[str]:
    """Names for the record of the current block with this row's as its newest."""
    if values.names.in_reset:
        return pushed
    if buffer.name in values.records:
        return values.records[buffer.name]
    writer = values.writer
    names = [writer.fresh("prefix") for _ in pushed]
    writer.line(f"{', '.join(names)} = {', '.join(pushed)}")
    with writer.block(f"if {values.names.place(buffer)} != 0:"):
        before = [values.prefix(buffer, (str(c), *index)) for c in range(_width(buffer))]
        _merge(values, buffer, names, before, pushed)
    if len(buffer.shape) == 1:
        values.records[buffer.name] = names
    return names


def _merge(
    values: Values, buffer: PlanBuffer, into: list[str], older: list[str], newer: list[str]
) -> None:
    assert buffer.fold is not None
    records = f"({', '.join(older)}), ({', '.join(newer)})"
    values.writer.line(f"{', '.join(into)} = {merge_name(buffer.fold)}({records})")
