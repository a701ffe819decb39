"""The text of temporal formulas: one function for each, so that each is compiled by itself.

A kernel in which every min and max stood in line would take minutes to compile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rewardlang.backends.layout import Layout, Scratch, code_of
from rewardlang.backends.writer import Index
from rewardlang.plan import Instruction, PlanBuffer
from rewardlang.temporal.formula import looks_back

if TYPE_CHECKING:
    from rewardlang.backends.values import Values


def constants(layout: Layout) -> Iterator[str]:
    """The lines that a kernel needs before it: what it evaluates where episodes end."""
    names = {i.attr for n in layout.live if (i := layout.by_slot[n]).op == "tail"}
    buffers = [layout.buffers[name] for name in sorted(names)]
    used = ["collect", "evaluate as evaluate_formulas"] if buffers else []
    used += ["least", "most"] if any(lattice_updates(layout)) else []
    if used:
        yield f"from rewardlang.backends.trace_loops import {', '.join(used)}"
    smooth = sorted(_smooth(layout, buffers))
    if smooth:
        yield "from rewardlang.backends.smooth_loops import LOOPS"
    if used or smooth:
        yield ""
    for name in smooth:
        for function in ("evaluate", "gather", "absorb", "merge", "worth"):
            yield f"{function}_{name} = LOOPS[{name!r}].{function}"
    for buffer in buffers:
        code = code_of(buffer)
        rows = [list(row) for row in code.rows]
        yield f"{_code(buffer.name)} = np.array({rows}, np.int64).reshape(-1, 6)"
        if buffer.semantics.is_smooth:
            yield f"TERMS_{_code(buffer.name)} = np.array({list(code.terms)}, np.int64)"
            yield f"WEIGHTS_{_code(buffer.name)} = np.array({list(code.weights)}, np.float64)"


def _smooth(layout: Layout, buffers: list[PlanBuffer]) -> set[str]:
    """The names of the semantics in use."""
    found = {b.semantics.name for b in buffers if b.semantics.is_smooth}
    for number in layout.live:
        at = layout.by_slot[number]
        if at.op == "gather":
            found.add(at.attr[0].name)
        elif at.op == "worth":
            found.add(at.attr.name)
    return found


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


def write_gather(values: Values, at: Instruction) -> None:
    """Write the calls that fill a record: of the one before with each operand in it."""
    semantics, weights = at.attr
    stored = values.layout.stored
    place = stored[at.slot.number]
    bank, new = values.names.scratch(place.bank), _int(f"at + U({place.offset})")
    old = _int(f"at + U({stored[at.args[0]].offset})")
    if not weights:
        newer = _int(f"at + U({stored[at.args[1]].offset})")
        values.writer.line(f"merge_{semantics.name}({bank}, {old}, {newer}, {new})")
    for number, weight in zip(at.args[1:], weights, strict=False):
        x = values.element(number, ())
        given = f"{old}, {x}, {weight!r}, {semantics.padded}, {new}"
        values.writer.line(f"absorb_{semantics.name}({bank}, {given})")
        old = new


def worth_text(values: Values, at: Instruction, index: Index) -> str:
    """The text of what a record is worth."""
    del index
    place = values.layout.stored[at.args[0]]
    where = f"{values.names.scratch(place.bank)}, {_int(f'at + U({place.offset})')}"
    return f"worth_{at.attr.name}({where}, {at.attr.padded})"


def write_tail(values: Values, at: Instruction) -> None:
    """Write "if it is asked for: the last samples as signals, and the formulas over them"."""
    buffer, writer, names = values.buffers[at.attr], values.writer, values.names
    code, size = code_of(buffer), buffer.length
    (area,) = values.layout.work[at.slot.number]
    bank, place = names.scratch(area.bank), values.layout.stored[at.slot.number].offset

    def where(offset: int) -> str:
        return _int(f"at + U({offset})")

    asked = values.element(at.args[1], ())
    with writer.block(f"if {asked} == 1:"):
        count = _write_signals(values, buffer, at.args[0], area)
        name, semantics = _code(at.attr), buffer.semantics
        call = f"evaluate_formulas({name}, "
        if semantics.is_smooth:
            call = f"evaluate_{semantics.name}({name}, TERMS_{name}, WEIGHTS_{name}, "
            call += f"{semantics.padded}, "
        writer.line(
            f"{call}{bank}, {where(area.offset)}, {_int(size)}, {_int(count)}, {_int(code.slots)})"
        )
        results = [area.offset + result * size for result in code.results]
        if buffer.gathered:
            mask = where(results[1]) if len(results) > 1 else _int(-1)
            given = f"{where(results[0])}, {mask}, {_int(count)}, {semantics.padded}"
            writer.line(f"gather_{semantics.name}({bank}, {given}, {where(place)})")
        else:
            for n, (formula, source) in enumerate(zip(buffer.formulas, results, strict=True)):
                last = f" + {count} - 1" if looks_back(formula) else ""
                writer.line(f"{bank}[at + U({place + n})] = {bank}[at + U({source}{last})]")
    with writer.block("else:"):
        for n in range(at.slot.size):
            writer.line(f"{bank}[at + U({place + n})] = 0.0")


def _int(x: int | str) -> str:
    """A literal has a type of its own, and a function would be compiled anew for it."""
    return f"np.int64({x})"


def _write_signals(values: Values, buffer: PlanBuffer, slot: int, area: Scratch) -> str:
    """Copy the ring, oldest sample first, each atom a signal; the text of how many there are."""
    writer, names, size = values.writer, values.names, buffer.length
    bank, offset, newest = names.scratch(area.bank), area.offset, "0"
    width = buffer.shape[0]
    if not names.in_reset:
        newest = writer.fresh("newest")
        writer.line(f"{newest} = min({names.sample(buffer)}, {size - 1})")
        oldest = f"({names.sample(buffer)} - {newest}) % {size}"
        sizes = ", ".join(map(_int, (buffer.offset, width, size)))
        ring = f"state_{buffer.bank}, {names.e}, {sizes}"
        where = f"np.int64(at + U({offset}))"
        writer.line(f"collect({ring}, {oldest}, {newest}, {bank}, {where})")
    with writer.loops(buffer.shape) as index:
        x = values.buffered(buffer, slot, index)
        writer.line(f"{bank}[at + U({offset} + {index[0]} * {size} + {newest})] = {x}")
    return "1" if names.in_reset else f"{newest} + 1"
