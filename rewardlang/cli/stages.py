"""The stages of the compiler as text: trees of records, and a plan as a listing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

HIDDEN = frozenset({"Span", "Source"})  # records that say where, not what
EMPTY: tuple[Any, ...] = (None, (), False, "")
WIDTH = 100


def shown(stage: str, value: Any) -> str:
    """A stage as `tooling.stage` gives it. What is text already stays as it is."""
    if isinstance(value, str):
        return value
    return "\n".join(listing(value) if stage == "plan" else tree(value))


def tree(value: Any) -> Iterator[str]:
    """Records, sequences and mappings, indented; what fits on a line stands on one.

    A long record that stands in several places is written once and has a number after that.
    """
    several, numbers = _in_several_places(value), dict[int, int]()
    waiting: list[tuple[Any, str, int]] = [(value, "", 0)]
    while waiting:
        one, name, depth = waiting.pop()
        lead = "  " * depth + (f"{name}: " if name else "")
        parts = _parts(one)
        line = _brief(one, WIDTH - len(lead) if parts else None)
        if line is not None:
            yield lead + line
            continue
        head = _head(one)
        if id(one) in numbers:
            yield f"{lead}{head} #{numbers[id(one)]}, as above"
            continue
        if id(one) in several:
            numbers[id(one)] = len(numbers) + 1
            head += f" #{numbers[id(one)]}"
        yield (lead + head).rstrip(" ")
        waiting.extend((part, part_name, depth + 1) for part_name, part in reversed(parts))


def _in_several_places(value: Any) -> set[int]:
    """The ids of records to which more than one way leads."""
    seen, several, waiting = set[int](), set[int](), [value]
    while waiting:
        one = waiting.pop()
        if _is_record(one):
            (several if id(one) in seen else seen).add(id(one))
        if id(one) not in several:
            waiting.extend(part for _, part in _parts(one))
    return several


def brief(value: Any) -> str:
    """A value on one line."""
    return "".join(_pieces(value))


def _brief(value: Any, room: int | None) -> str | None:
    """The same, or None where there is no room for it: which is found out after `room` letters."""
    if room is None:
        return brief(value)
    text = ""
    for piece in _pieces(value):
        text += piece
        if len(text) > room:
            return None
    return text


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, Enum):
        yield value.name.lower()
        return
    if not isinstance(value, (tuple, list, dict)) and not _is_record(value):
        yield str(value) if _has_own_text(value) else repr(value)
        return
    named, opening, closing = ": ", "{", "}"
    if isinstance(value, (tuple, list)):
        named, opening, closing = "", "[", "]"
    elif _is_record(value):
        named, opening, closing = "=", f"{type(value).__name__}(", ")"
    yield opening
    for number, (name, part) in enumerate(_parts(value)):
        yield (", " if number else "") + (name + named if named else "")
        yield from _pieces(part)
    yield closing


def _is_record(value: Any) -> bool:
    return is_dataclass(value) and not _has_own_text(value)


def _has_own_text(value: Any) -> bool:
    """Types, levels, units and ranges write themselves as the language does."""
    return is_dataclass(value) and type(value).__str__ is not object.__str__


def _head(value: Any) -> str:
    return type(value).__name__ if _is_record(value) else ""


def _parts(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(str(name), part) for name, part in value.items()]
    if isinstance(value, (tuple, list)):
        return [(f"[{number}]", part) for number, part in enumerate(value)]
    if not _is_record(value):
        return []
    parts = [(f.name, getattr(value, f.name)) for f in fields(value)]
    return [(name, part) for name, part in parts if not _is_noise(part)]


def _is_noise(part: Any) -> bool:
    return type(part).__name__ in HIDDEN or any(part is empty for empty in EMPTY)


def listing(plan: Any) -> Iterator[str]:
    """A plan: what it reads, its blocks of instructions, what it keeps and what it gives."""
    yield f"plan {plan.name}, {plan.mode}, hash {plan.hash[:16]}"
    for number, feed in enumerate(plan.feeds):
        yield ""
        yield f"first {number + 1} of {len(plan.feeds)}, for"
        yield from (f"  {_call(plan, call)}" for call in feed.calls)
        yield from (f"  | {line}".rstrip() for line in listing(feed.plan))
    for title, rows in (
        ("inputs", plan.inputs),
        ("params", plan.params),
        ("cells", plan.cells),
        ("buffers", plan.buffers),
        ("sinks", plan.sinks),
    ):
        if rows:
            yield ""
            yield title
            yield from (f"  {brief(row)}" for row in rows)
    blocks = (
        ("prelude, once a call", plan.prelude, (), ()),
        ("reset, once an environment", plan.reset, plan.reset_stores, plan.reset_pushes),
        ("step, once a transition", plan.step, plan.stores, plan.pushes),
    )
    for title, instructions, stores, pushes in blocks:
        yield ""
        yield title
        yield from (f"  {_instruction(one)}" for one in instructions)
        yield from (f"  {cell} <- %{slot}" for cell, slot in stores)
        yield from (f"  {buffer} <<- %{slot}" for buffer, slot in pushes)
    yield ""
    yield f"outputs (reward: %{plan.reward})"
    yield from (f"  {row.role} {row.name} = %{row.slot}" for row in plan.outputs)


def _call(plan: Any, call: Any) -> str:
    """What fills an input of the kernels after: `likeness 1 = likeness(..) where its gate`."""
    arguments = ", ".join(f"%{one.slot}" for one in call.args)
    name = plan.inputs[call.input].name
    if call.pool is not None:
        return f"{name} = {call.pool.fold} over {call.pool.scope} of {arguments}"
    if call.ahead is not None:
        return f"{name} = {call.ahead.fold} over following {call.ahead.steps} of {arguments}"
    gate = "" if call.gate is None else f" where %{call.gate.slot}"
    return f"{name} = {plan.hosts[call.host].name}({arguments}){gate}"


def _instruction(one: Any) -> str:
    slot = one.slot
    form = slot.kind + (str(list(slot.shape)) if slot.shape else "")
    attribute = "" if one.attr is None else f" {one.attr}"
    operands = "".join(f" %{number}" for number in one.args)
    text = f"%{slot.number:<4} {form:<10} {one.op}{attribute}{operands}"
    return f"{text:<60}  # {one.owner}" if one.owner else text
