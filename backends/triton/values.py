"""The Triton text of each value of a plan: a name for every number, a block of lanes each.

Vectors are taken apart: `x7_0`, `x7_1`, .. are the numbers of slot 7. What all environments share
(constants, params) stands in every lane, which costs a GPU nothing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from rewardlang.backends.certain import never_faults
from rewardlang.backends.guards import without_guards
from rewardlang.backends.torch.values import plain
from rewardlang.backends.triton.layout import Layout
from rewardlang.backends.triton.windows import FAULT, NAN, TYPES, folded, keeps_fault, write_window
from rewardlang.backends.writer import Writer
from rewardlang.builtins.table import table
from rewardlang.plan import Instruction, Plan, PlanBuffer

# Rows whose text reads as well with a number as with a block in the place of an operand.
_TAKES_NUMBERS = {"add", "sub", "mul", "lt", "le", "gt", "ge", "eq", "ne"}


class Values:
    """Writes the values of one kernel: "step", "evaluate" or "reset"."""

    def __init__(
        self, plan: Plan, layout: Layout, instructions: Sequence[Instruction], verb: str
    ) -> None:
        self.plan, self.layout, self.verb = plan, layout, verb
        self.writer = Writer()
        self.by_slot = {i.slot.number: i for i in instructions}
        self.certain = never_faults(plan, instructions)
        self.names: dict[int, list[str]] = {}
        self.used: dict[str, None] = {}  # arguments, in the order of their first use
        self.inputs = {x.name: n for n, x in enumerate(plan.inputs)}
        self.params = {x.name: x for x in plan.params}
        self.cells = {c.name: n for n, c in enumerate(plan.cells)}
        self.buffers = {b.name: (n, b) for n, b in enumerate(plan.buffers)}
        self.constants: list[str] = []  # the lines of those that no literal will do for
        self.settled: dict[int, list[str]] = {}  # by sink

    def compute(self, at: Instruction) -> None:
        if at.op == "const":
            return  # a literal where that will do, else made where it is first needed
        getattr(self, f"_{at.op}")(at)

    def argument(self, name: str) -> str:
        self.used[name] = None
        return name

    def name(self, number: int, at: int) -> str:
        """One number of a slot, as a block."""
        found = self.by_slot[number]
        if found.op == "const":
            made = f"x{number} = tl.full((BLOCK,), {_literal(found)}, {TYPES[found.slot.kind]})"
            if made not in self.constants:
                self.constants.append(made)
            return f"x{number}"
        return self.names[number][at]

    def number(self, number: int) -> str | None:
        """The text of a constant."""
        found = self.by_slot[number]
        if found.op == "const" and math.isfinite(found.attr):
            return f"({_literal(found)})" if found.attr < 0 else _literal(found)
        return None

    def all(self, number: int) -> list[str]:
        return [self.name(number, j) for j in range(self.by_slot[number].slot.size)]

    def met(self, number: int, shape: tuple[int, ...]) -> list[int]:
        """Which number of a slot meets each place of a shape that it broadcasts to."""
        own = self.by_slot[number].slot.shape
        return [_flat(own, index[len(shape) - len(own) :]) for index in _indices(shape)]

    def cast(self, x: str, source: str, target: str) -> str:
        """The same number as another kind; a fault becomes that kind's fault."""
        if source == target:
            return x
        to = f"{x}.to({TYPES[target]})"
        if source in ("real", "wide") and target in ("real", "wide"):
            return to
        if source == "int" and target == "real":
            to = f"{x}.to(tl.float64).to(real)"
        fault = f"{x} != {x}" if source in ("real", "wide") else f"{x} == {FAULT[source]}"
        return f"tl.where({fault}, {FAULT[target]}, {to})"

    def _set(self, at: Instruction, texts: Sequence[str], note: str = "") -> None:
        """Give every number of a slot a name; a text that is a name stays as it is."""
        names = []
        for j, text in enumerate(texts):
            if text.isidentifier():
                names.append(text)
                continue
            name = f"x{at.slot.number}" + (f"_{j}" if at.slot.shape else "")
            self.writer.line(f"{name} = {text}{note}")
            names.append(name)
        self.names[at.slot.number] = names

    # ---- what is given ------------------------------------------------------------------------

    def _table(self, at: Instruction) -> None:
        kind = at.slot.kind
        texts = [f"tl.full((BLOCK,), {_value(kind, x)}, {TYPES[kind]})" for x in at.attr]
        self._set(at, texts)

    def _input(self, at: Instruction) -> None:
        number = self.inputs[at.attr]
        pointer = self.argument(self.layout.inputs[number])
        once = self.plan.inputs[number].per == "episode"
        row = "row" if once or self.verb == "reset" else "at"
        size = at.slot.size
        as_bool = ".to(tl.int32)" if at.slot.kind == "bool" else ""
        places = [plus(_times(row, size), j) for j in range(size)]
        if at.slot.kind == "real" and size % 4 == 0:
            names = [f"x{at.slot.number}_{j}" for j in range(size)]
            for j in range(0, size, 4):
                four = f"ops.load4({pointer}, {places[j]}, here)"
                self.writer.line(f"{', '.join(names[j : j + 4])} = {four}")
            self.names[at.slot.number] = names
            return
        texts = [f"tl.load({pointer} + {p}, here, 0){as_bool}" for p in places]
        self._set(at, texts)

    def _param(self, at: Instruction) -> None:
        param = self.params[at.attr]
        bank = self.argument("params" if param.kind == "real" else "ints")
        as_bool = ".to(tl.int32)" if param.kind == "bool" else ""
        loads = [
            f"tl.broadcast_to(tl.load({bank} + {param.offset + j}), (BLOCK,)){as_bool}"
            for j in range(at.slot.size)
        ]
        self._set(at, loads, f"  # {plain(at.attr)}")

    def _signal(self, at: Instruction) -> None:
        if at.attr in ("terminated", "truncated"):
            flag = "tl.full((BLOCK,), 0, tl.int32)"
            if self.verb != "reset":
                flag = f"tl.load({self.argument(at.attr)} + at, here, 0).to(tl.int32)"
            self._set(at, [flag])
            return
        place = ["steps", "episodes", "training"].index(at.attr)
        kind = TYPES[at.slot.kind]
        load = f"tl.broadcast_to(tl.load({self.argument('run')} + {place}), (BLOCK,)).to({kind})"
        self._set(at, [load], f"  # {at.attr}")

    def _cell(self, at: Instruction) -> None:
        number = self.cells[at.attr]
        place = self.layout.cells.places[number]
        if self.verb == "reset":
            self._set(at, [f"tl.full((BLOCK,), 0, {TYPES[place.kind]})"] * place.size)
        elif self.verb == "evaluate":
            self.names[at.slot.number] = self.carried(number)
        else:
            loads = [self.load_cell(number, j) for j in range(place.size)]
            self._set(at, loads, f"  # {plain(at.attr)}")

    def carried(self, cell: int) -> list[str]:
        """The names of a cell that is kept from one time to the next."""
        return [f"cell{cell}_{j}" for j in range(self.layout.cells.places[cell].size)]

    def load_cell(self, cell: int, at: int) -> str:
        place = self.layout.cells.places[cell]
        bank = self.argument(f"{place.kind}_state")
        as_bool = ".to(tl.int32)" if place.kind == "bool" else ""
        where = plus("row", place.offset + at, "rows")
        return f"tl.load({bank} + {where}, here, 0){as_bool}"

    # ---- what is computed ---------------------------------------------------------------------

    def _apply(self, at: Instruction) -> None:
        name, number = at.attr
        template = table()[name].overloads[number].triton
        assert template is not None, f"{name} has no Triton text"
        sure = [n for n, a in enumerate(at.args) if a in self.certain]
        template = without_guards(template, sure)
        numbers = [self.number(a) for a in at.args]
        if name == "div" and numbers[1] is not None and float(numbers[1].strip("()")) != 0:
            template = "ops.div_rn({0}, {1})"
        literal = name in _TAKES_NUMBERS and None in numbers
        where = [self.met(a, at.slot.shape) for a in at.args]
        real = TYPES[at.slot.kind] if at.slot.kind in ("real", "wide") else "real"
        texts = []
        for j in range(at.slot.size):
            operands = [
                n if literal and n is not None else self.name(a, w[j])
                for a, n, w in zip(at.args, numbers, where, strict=True)
            ]
            texts.append(template.format(*operands, f=real, nan=NAN, inf="inf"))
        self._set(at, texts)

    def _reduce(self, at: Instruction) -> None:
        fold, axes = at.attr
        source = self.by_slot[at.args[0]].slot
        gone = {a % len(source.shape) for a in axes} if source.shape else set()
        parts: dict[tuple[int, ...], list[str]] = {
            kept: []
            for kept in _indices(tuple(n for a, n in enumerate(source.shape) if a not in gone))
        }
        for j, index in enumerate(_indices(source.shape)):
            x = self.cast(self.name(source.number, j), source.kind, at.slot.kind)
            parts[tuple(i for a, i in enumerate(index) if a not in gone)].append(x)
        self._set(at, [self._fold(fold, at.slot.kind, x) for x in parts.values()])

    def _fold(self, fold: str, kind: str, parts: list[str]) -> str:
        """From the first to the last."""
        if not parts:
            start = {"sum": "0", "prod": "1", "any": "0", "all": "1"}.get(fold, FAULT[kind])
            return f"tl.full((BLOCK,), {start}, {TYPES[kind]})"
        total = parts[0]
        for x in parts[1:]:
            total = folded(fold, kind, total, x)
            name = self.writer.fresh("r")
            self.writer.line(f"{name} = {total}")
            total = name
        if len(parts) == 1 or keeps_fault(fold, kind):
            return total
        spoiled = " | ".join(f"({x} == {FAULT[kind]})" for x in parts)
        return f"tl.where({spoiled}, {FAULT[kind]}, {total})"

    def _align(self, at: Instruction) -> None:
        shape = self.by_slot[at.args[0]].slot.shape
        names = self.all(at.args[0])
        self.names[at.slot.number] = [
            names[_flat(shape, tuple(index[at.attr.index(a)] for a in range(len(shape))))]
            for index in _indices(at.slot.shape)
        ]

    def _slice(self, at: Instruction) -> None:
        axis, start, _ = at.attr
        shape = self.by_slot[at.args[0]].slot.shape
        names = self.all(at.args[0])
        self.names[at.slot.number] = [
            names[_flat(shape, (*i[:axis], i[axis] + start, *i[axis + 1 :]))]
            for i in _indices(at.slot.shape)
        ]

    def _take(self, at: Instruction) -> None:
        axis, shape = at.attr, self.by_slot[at.args[0]].slot.shape
        pick, names = self.name(at.args[1], 0), self.all(at.args[0])
        literal = self.number(at.args[1])
        texts = []
        for index in _indices(at.slot.shape):
            items = [
                names[_flat(shape, (*index[:axis], n, *index[axis:]))] for n in range(shape[axis])
            ]
            if literal is not None and literal.isdigit() and int(literal) < len(items):
                texts.append(items[int(literal)])
                continue
            found = f"tl.full((BLOCK,), {FAULT[at.slot.kind]}, {TYPES[at.slot.kind]})"
            for n, item in enumerate(items):
                found = f"tl.where({pick} == {n}, {item}, {found})"
            texts.append(found)
        self._set(at, texts)

    def _stack(self, at: Instruction) -> None:
        item = at.slot.shape[1:]
        self.names[at.slot.number] = [
            self.name(a, place) for a in at.args for place in self.met(a, item)
        ]

    def _expand(self, at: Instruction) -> None:
        places = self.met(at.args[0], at.slot.shape)
        self.names[at.slot.number] = [self.name(at.args[0], place) for place in places]

    def _lattice(self, at: Instruction) -> None:
        """See temporal/lattice.py: each coefficient is a maximum of minima."""
        before, x = (self.all(a) for a in at.args)
        texts = []
        for ways in at.attr:
            best = ""
            for source, literals in ways:
                way = before[source]
                for number in literals:
                    way = f"ops.least({way}, {x[number]})"
                best = f"ops.most({best}, {way})" if best else way
            texts.append(best or f"tl.full((BLOCK,), -inf, {TYPES[at.slot.kind]})")
        self._set(at, texts)

    # ---- sinks --------------------------------------------------------------------------------

    def _settle(self, at: Instruction) -> None:
        """A value made fit to be paid, and the flag of whether it was not."""
        self._make_fit(at)
        self.settled[at.attr] = self.names[at.slot.number]

    def _make_fit(self, at: Instruction) -> None:
        kind, sink = at.slot.kind, at.attr
        raws = [self.name(at.args[0], place) for place in self.met(at.args[0], at.slot.shape)]
        if at.args[0] in self.certain:
            self.names[at.slot.number] = raws
            self._flag(sink, "tl.full((BLOCK,), 0, tl.int1)")
            return
        flags = [self.writer.fresh("unfit") for _ in raws]
        for flag, x in zip(flags, raws, strict=True):
            self.writer.line(f"{flag} = {_unfit(kind, x)}")
        instead = ["0"] * len(raws)
        if kind == "real":
            instead = self._held(sink, flags)
        if len(at.args) > 1:
            given = [self.name(at.args[1], p) for p in self.met(at.args[1], at.slot.shape)]
            sure = at.args[1] in self.certain
            instead = [
                x if sure else f"tl.where({_unfit(kind, x)}, {y}, {x})"
                for x, y in zip(given, instead, strict=True)
            ]
        texts = [
            f"tl.where({flag}, {y}, {x})" for flag, x, y in zip(flags, raws, instead, strict=True)
        ]
        self._set(at, texts)
        self._flag(sink, " | ".join(flags))

    def _flag(self, sink: int, text: str) -> None:
        if self.verb != "reset" and sink in self.layout.columns:  # else it is never a fault
            where = plus("at", self.layout.columns[sink], "total")
            self.writer.line(f"tl.store({self.argument('unfit')} + {where}, {text}, here)")

    def _held(self, sink: int, flags: list[str]) -> list[str]:
        """What a sink gave at the row before: 0 where nothing is held."""
        first = self.layout.held_of[sink]
        if self.verb == "evaluate":
            return [f"held{first + j}" for j in range(len(flags))]
        bank = self.argument("held")
        return [
            f"ops.held({bank}, {plus('row', first + j, 'rows')}, here & {flag}, HOLD)"
            for j, flag in enumerate(flags)
        ]

    # ---- windows ------------------------------------------------------------------------------

    def sample(self, buffer: PlanBuffer) -> str:
        return "state_sample" if buffer.at_reset else "step_sample"

    def place(self, buffer: PlanBuffer) -> str:
        return f"{'state' if buffer.at_reset else 'step'}_place{buffer.length}"

    def ring(self, buffer: PlanBuffer, place: str, at: int) -> str:
        """Where number `at` of the sample at a place of a ring stands."""
        number, _ = self.buffers[buffer.name]
        size = math.prod(buffer.shape)
        pointer = self.argument(f"ring{number}")
        where = plus(_times(place, size), at)
        where = where if where.isidentifier() or where.isdigit() else f"({where})"
        return f"{pointer} + {where} * rows + row"

    def buffered(self, buffer: PlanBuffer, slot: int) -> list[str]:
        source = self.by_slot[slot].slot
        places = self.met(slot, buffer.shape)
        return [self.cast(self.name(slot, p), source.kind, buffer.kind) for p in places]

    def _lag(self, at: Instruction) -> None:
        _, buffer = self.buffers[at.attr]
        if self.verb == "reset":
            self._set(at, [f"tl.full((BLOCK,), 0, {TYPES[at.slot.kind]})"] * at.slot.size)
            return
        there = f"here & ({self.sample(buffer)} >= {buffer.length})"
        as_bool = ".to(tl.int32)" if buffer.kind == "bool" else ""
        texts = []
        for j in range(at.slot.size):
            x = f"tl.load({self.ring(buffer, self.place(buffer), j)}, {there}, 0){as_bool}"
            if buffer.kind != at.slot.kind:
                name = self.writer.fresh("r")
                self.writer.line(f"{name} = {x}")
                x = self.cast(name, buffer.kind, at.slot.kind)
            texts.append(x)
        self._set(at, texts)

    def _window(self, at: Instruction) -> None:
        """From the oldest sample to this row's. In a reset there is no other."""
        _, buffer = self.buffers[at.attr]
        newest = self.buffered(buffer, at.args[0])
        alone = self.verb == "reset" or buffer.length == 1
        found = newest if alone else write_window(self, buffer, newest)
        self._set(at, [self.cast(x, buffer.kind, at.slot.kind) for x in found])

    def named(self, text: str) -> str:
        name = self.writer.fresh("r")
        self.writer.line(f"{name} = {text}")
        return name


def _unfit(kind: str, x: str) -> str:
    return f"ops.unfit({x})" if kind in ("real", "wide") else f"{x} == {FAULT[kind]}"


def _value(kind: str, value: Any) -> str:
    if kind in ("int", "bool"):
        return "FAULT_INT" if int(value) == -(2**63) else str(int(value))
    x = float(value)
    if math.isnan(x):
        return NAN
    return repr(x) if math.isfinite(x) else ("inf" if x > 0 else "-inf")


def _literal(at: Instruction) -> str:
    return _value(at.slot.kind, at.attr)


def _indices(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return itertools.product(*map(range, shape))


def _flat(shape: tuple[int, ...], index: tuple[int, ...]) -> int:
    """The place of an element of a row-major array; an axis of size 1 meets any index."""
    place = 0
    for size, i in zip(shape, index, strict=True):
        place = place * size + (0 if size == 1 else i)
    return place


def _times(x: str, n: int) -> str:
    return x if n == 1 else f"{x} * {n}"


def plus(x: str, n: int, unit: str = "") -> str:
    """x + n, or x + n * unit."""
    if n == 0:
        return x
    return f"{x} + {n}" if not unit else f"{x} + {unit}" if n == 1 else f"{x} + {n} * {unit}"
