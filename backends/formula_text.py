"""The text of temporal formulas: one function for each, so that each is compiled by itself.

A kernel in which every min and max stood in line would take minutes to compile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rewardlang.backends.layout import Layout, code_of
from rewardlang.plan import Instruction, PlanBuffer

if TYPE_CHECKING:
    from rewardlang.backends.values import Values


def constants(layout: Layout) -> Iterator[str]:
    """The lines that a kernel needs before it: what it evaluates where episodes end."""
    tails = [i for n in sorted(layout.live) if (i := layout.by_slot[n]).op == "tail"]
    used = ["collect", "evaluate as evaluate_formulas"] if tails else []
    used += ["least", "most"] if any(lattice_updates(layout)) else []
    if used:
        yield f"from rewardlang.backends.trace_loops import {', '.join(used)}"
        yield ""
    for name in dict.fromkeys(at.attr for at in tails):
        rows = code_of(layout.buffers[name]).rows
        yield f"{_code(name)} = np.array({[list(row) for row in rows]}, np.int64).reshape(-1, 6)"


def _code(buffer: str) -> str:
    return f"CODE_{hashlib.sha256(buffer.encode()).hexdigest()[:8]}"


def lattice_updates(layout: Layout) -> Iterator[Any]:
    for number in sorted(layout.live):
        at = layout.by_slot[number]
        if at.op == "lattice":
            yield at.attr


def _name(updates: Any) -> str:
    return f"_absorb_{hashlib.sha256(repr(updates).encode()).hexdigest()[:8]}"


def lattice_text(updates: Any) -> str:
    """`bank` has the coefficients before at `old` and the literals at `x`; `new` is filled."""
    lines = [f"def {_name(updates)}(bank, old, x, new):"]
    used = sorted({n for ways in updates for _, literals in ways for n in literals})
    lines += [f"    x{n} = bank[x + {n}]" for n in used]
    lines += [f"    c{n} = bank[old + {n}]" for n in sorted({s for w in updates for s, _ in w})]
    for n, ways in enumerate(updates):
        total = ""
        for source, literals in ways:
            way = f"c{source}"
            for number in literals:
                way = f"least({way}, x{number})"
            total = way if not total else f"most({total}, {way})"
        lines.append(f"    bank[new + {n}] = {total or '-np.inf'}")
    return "\n".join(lines)


def write_lattice(values: Values, at: Instruction) -> None:
    """Write the call that fills the coefficients after this row's sample."""
    places = [values.layout.stored[number] for number in (*at.args, at.slot.number)]
    bank = values.names.scratch(places[0].bank)
    where = ", ".join(f"np.int64(at + U({place.offset}))" for place in places)
    values.writer.line(f"{_name(at.attr)}({bank}, {where})")


def write_tail(values: Values, at: Instruction) -> None:
    """Write "if it is asked for: the last samples as signals, and the formulas over them"."""
    buffer, writer, names = values.buffers[at.attr], values.writer, values.names
    code, size = code_of(buffer), buffer.length
    (area,) = values.layout.work[at.slot.number]
    bank, place = names.scratch("real"), values.layout.stored[at.slot.number].offset
    asked = values.element(at.args[1], ())
    with writer.block(f"if {asked} == 1:"):
        count = _write_signals(values, buffer, at.args[0], area.offset)
        where = f"np.int64(at + U({area.offset}))"
        writer.line(
            f"evaluate_formulas({_code(at.attr)}, {bank}, {where}, {size}, {count}, {code.slots})"
        )
        for n, result in enumerate(code.results):
            source = area.offset + result * size
            writer.line(f"{bank}[at + U({place + n})] = {bank}[at + U({source})]")
    with writer.block("else:"):
        for n in range(len(code.results)):
            writer.line(f"{bank}[at + U({place + n})] = f(0.0)")


def _write_signals(values: Values, buffer: PlanBuffer, slot: int, offset: int) -> str:
    """Copy the ring, oldest sample first, each atom a signal; the text of how many there are."""
    writer, names, size = values.writer, values.names, buffer.length
    bank, newest = names.scratch("real"), "0"
    width = buffer.shape[0]
    if not names.in_reset:
        newest = writer.fresh("newest")
        writer.line(f"{newest} = min({names.sample(buffer)}, {size - 1})")
        oldest = f"({names.sample(buffer)} - {newest}) % {size}"
        ring = f"state_{buffer.bank}, {names.e}, {buffer.offset}, {width}, {size}"
        where = f"np.int64(at + U({offset}))"
        writer.line(f"collect({ring}, {oldest}, {newest}, {bank}, {where})")
    with writer.loops(buffer.shape) as index:
        x = values.buffered(buffer, slot, index)
        writer.line(f"{bank}[at + U({offset} + {index[0]} * {size} + {newest})] = {x}")
    return "1" if names.in_reset else f"{newest} + 1"
