"""The text of array builtins: their functions, once per module, and the calls of them.

A call gets vectors as a bank of scratch memory and a place in it: slices of arrays would cost a
second of compilation each.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rewardlang.backends.formula_text import lattice_text, lattice_updates
from rewardlang.backends.layout import Layout, core_sizes, overload_of
from rewardlang.backends.ordered import FUNCTIONS, away_function, is_ordered
from rewardlang.backends.writer import Index, flat
from rewardlang.builtins.cores import parse_core
from rewardlang.builtins.records import RECORDS
from rewardlang.plan import Instruction, Plan

if TYPE_CHECKING:
    from rewardlang.backends.values import Values

_DECORATOR = '@njit(error_model="numpy")'


def functions(plan: Plan, layout: Layout) -> list[str]:
    """The functions that a kernel calls, each as the lines of its text."""
    texts = dict.fromkeys(_array_texts(layout))
    used = {b.fold for b in plan.buffers if b.fold in RECORDS}
    texts |= dict.fromkeys(lattice_text(updates) for updates in lattice_updates(layout))
    texts |= dict.fromkeys(_record_text(name) for name in RECORDS if name in used)
    if any(is_ordered(b) for b in plan.buffers):
        texts |= dict.fromkeys(FUNCTIONS)
    passed = [at for n in sorted(layout.live) if (at := layout.by_slot[n]).op == "away"]
    texts |= dict.fromkeys(away_function(at.slot.size) for at in passed)
    return [f"{_DECORATOR}\n{text}" for text in texts]


def _array_texts(layout: Layout) -> Iterator[str]:
    for number in sorted(layout.live):
        at = layout.by_slot[number]
        if at.op == "call":
            overload = overload_of(at)
            yield from overload.helpers
            yield _text(at)


def _text(at: Instruction) -> str:
    text = overload_of(at).numba
    assert text is not None, f"{at.attr[0]} has no text for Numba"
    return text


def _record_text(name: str) -> str:
    """The source of a record's merge: the same lines that NumPy runs."""
    _, _, body = inspect.getsource(RECORDS[name].merge).partition(":\n")
    return f"def {merge_name(name)}(a, b):\n{body}"


def merge_name(record: str) -> str:
    return f"_merge_{record}"


def gives_vectors(at: Instruction) -> bool:
    """Whether a call writes its result to memory, rather than giving one number."""
    return bool(parse_core(overload_of(at).core).result)


def call_number(values: Values, at: Instruction, index: Index) -> str:
    """The text of a call that gives one number; `index` is the place that is mapped over."""
    kind = at.slot.kind
    text = f"{_name(at)}({', '.join(_arguments(values, at, index))})"
    if kind not in ("real", "wide"):
        return text
    return f"{'np.float64' if kind == 'wide' else 'f'}({text})"


def write_call(values: Values, at: Instruction) -> None:
    """Write the calls that fill a stored vector."""
    inner = len(parse_core(overload_of(at).core).result)
    lead = at.slot.shape[: len(at.slot.shape) - inner]
    with values.writer.loops(lead) as index:
        values.writer.line(f"{_name(at)}({', '.join(_arguments(values, at, index))})")


def _name(at: Instruction) -> str:
    found = re.match(r"def (\w+)\(", _text(at))
    assert found is not None, f"the text of {at.attr[0]} is not a function"
    return found[1]


def _arguments(values: Values, at: Instruction, index: Index) -> Iterator[str]:
    core = parse_core(overload_of(at).core)
    for number, sizes in zip(at.args, core.operands, strict=True):
        if sizes:
            yield from _stored(values, number, len(sizes), index)
        else:
            yield values.element(number, index)
    if core.result:
        yield from _stored(values, at.slot.number, len(core.result), index)
    for area in values.layout.work[at.slot.number]:
        yield values.names.scratch(area.bank)
        yield f"np.int64(at + U({area.offset}))"
    known = core_sizes(at, values.by_slot)
    yield from (str(known[name]) for name in core.names)


def _stored(values: Values, number: int, inner: int, index: Index) -> Iterator[str]:
    """The bank of a stored operand and where the part for `index` begins in it."""
    place = values.layout.stored[number]
    shape = values.by_slot[number].slot.shape
    lead, size = shape[: len(shape) - inner], math.prod(shape[len(shape) - inner :])
    yield values.names.scratch(place.bank)
    yield f"np.int64(at + U({flat(place.offset, (*lead, size), (*index, '0'))}))"
