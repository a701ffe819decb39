"""The text of values: every instruction of a plan as expressions over one row.

`Values.element` gives a name (or literal) for one element of a slot and writes the lines it needs.
Scalars have the empty index. See `layout.py` for what is stored and what is computed in place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from rewardlang.backends.calls import call_number, gives_vectors, write_call
from rewardlang.backends.certain import without_guards
from rewardlang.backends.folding import cast_text, fold_step, is_fit, is_unfit, literal, start_text
from rewardlang.backends.formula_text import (
    worth_text,
    write_gather,
    write_lattice,
    write_tail,
)
from rewardlang.backends.layout import MOVES, Layout
from rewardlang.backends.names import Names
from rewardlang.backends.ordered import away_text, order_text, write_ordered
from rewardlang.backends.tidy import bare, tidy
from rewardlang.backends.windows import is_record, write_record
from rewardlang.backends.writer import Index, Writer, flat, plus
from rewardlang.builtins.table import table
from rewardlang.plan import Instruction, Plan, PlanBuffer

_FINITE = 3e38  # finite in float32 too
_OPERAND = re.compile(r"\{(\d)\}")
_COMPARISON = re.compile(r"\{\d\} [!=<>]=? (?:\{\d\}|\d+\b)")
_TYPED = re.compile(r"\{nan\}|\{inf\}|\{f\}\([^()]*\)|\b(?:if|else|or|and|not)\b")


class Values:
    """Writes the values of one block. `clock` is the text of t: 0 in a reset."""

    def __init__(self, plan: Plan, layout: Layout, names: Names, writer: Writer) -> None:
        self.plan = plan
        self.layout = layout
        self.names = names
        self.writer = writer
        self.by_slot = layout.by_slot
        self._prefixes: dict[str, str] = {}  # of scalar windows, once computed in this row
        self.records: dict[str, list[str]] = {}  # the same of records
        self.order: dict[str, tuple[str, str]] = {}  # places in windows kept in order, once found
        self.placed: set[str] = set()  # the same of vectors: whose places are in scratch memory
        self.inputs = {x.name: x for x in plan.inputs}
        self.params = {x.name: x for x in plan.params}
        self.cells = {x.name: x for x in plan.cells}
        self.buffers = {x.name: x for x in plan.buffers}
        self.sinks = {x.number: x for x in plan.sinks}

    def compute(self, at: Instruction) -> None:
        """Write what is computed at an instruction's place: a scalar or a stored vector."""
        number = at.slot.number
        if at.slot.shape == ():
            self.element(number, ())
        elif number in self.layout.stored:
            if at.op == "stack":
                self._store_stack(at)
            elif at.op == "call" and gives_vectors(at):
                write_call(self, at)
            elif at.op == "lattice":
                write_lattice(self, at)
            elif at.op == "gather":
                write_gather(self, at)
            elif at.op == "tail":
                write_tail(self, at)
            elif at.op in ("kth", "below"):
                write_ordered(self, at)
            elif at.op == "window" and is_record(self.buffers[at.attr]):
                write_record(self, at)
            else:
                with self.writer.loops(at.slot.shape) as index:
                    text = self._text(at, index)
                    self.writer.line(f"{self.scratch(number, index)} = {bare(text)}")

    def element(self, number: int, index: Index) -> str:
        """A name or literal for one element; its lines are written where it is first asked."""
        at = self.by_slot[number]
        if at.op == "const":
            return literal(at.slot.kind, at.attr)
        known = self.writer.known(number, index)
        if known is not None:
            return known
        text = self.load(number, index)
        if text is None:
            if at.op in MOVES:
                return self.element(at.args[0], self._moved(at, index))
            text = self._text(at, index)
        name = f"v{number}" if index == () else self.writer.fresh(f"v{number}_")
        if text != name:
            self.writer.line(f"{name} = {bare(text)}")
        self.writer.know(number, index, name)
        return name

    def operand(self, number: int, index: Index) -> str:
        """Like `element`, but a load stays an expression: for a place that reads it once."""
        if self.writer.known(number, index) is None and self.by_slot[number].slot.shape != ():
            text = self.load(number, index)
            if text is not None:
                return text
        return self.element(number, index)

    def load(self, number: int, index: Index) -> str | None:
        """The element as one load, if it is one."""
        if number in self.layout.stored:
            return self.scratch(number, index)
        at = self.by_slot[number]
        if at.op in MOVES and at.slot.shape != ():
            return self.load(at.args[0], self._moved(at, index))
        loads: dict[str, Callable[[Instruction, Index], str | None]] = {
            "input": self._input,
            "param": self._param,
            "table": self._table,
            "cell": self._cell,
            "lag": self._lag,
            "signal": self._signal,
        }
        return loads[at.op](at, index) if at.op in loads else None

    def scratch(self, number: int, index: Index) -> str:
        """A stored element."""
        place = self.layout.stored[number]
        shape = self.by_slot[number].slot.shape
        return f"{self.names.scratch(place.bank)}[at + U({flat(place.offset, shape, index)})]"

    def _input(self, at: Instruction, index: Index) -> str:
        row = self.names.e if self.inputs[at.attr].per == "episode" else self.names.row
        return f"{self.names.input(at.attr)}[{', '.join((row, *index))}]"

    def _table(self, at: Instruction, index: Index) -> str:
        return f"table{at.slot.number}[U({flat(0, at.slot.shape, index)})]"

    def _param(self, at: Instruction, index: Index) -> str:
        param = self.params[at.attr]
        bank = "real_params" if param.kind == "real" else "int_params"
        return f"{bank}[{flat(param.offset, at.slot.shape, index)}]"

    def _cell(self, at: Instruction, index: Index) -> str:
        cell = self.cells[at.attr]
        return f"state_{cell.bank}[{self.names.e}, {flat(cell.offset, at.slot.shape, index)}]"

    def _signal(self, at: Instruction, index: Index) -> str:
        if at.attr in ("terminated", "truncated"):
            return f"{at.attr}[{self.names.row}]" if not self.names.in_reset else "0"
        return f"run[{['steps', 'episodes', 'training'].index(at.attr)}]"

    def _lag(self, at: Instruction, index: Index) -> str | None:
        buffer = self.buffers[at.attr]
        if buffer.kind != at.slot.kind:
            return None
        return self.ring(buffer, self.names.place(buffer), index)

    def ring(self, buffer: PlanBuffer, place: str, index: Index) -> str:
        """An element of a buffer's ring at `place`."""
        shape = (buffer.length, *buffer.shape)
        return f"state_{buffer.bank}[{self.names.e}, {flat(buffer.offset, shape, (place, *index))}]"

    def prefix(self, buffer: PlanBuffer, index: Index) -> str:
        place = flat(buffer.prefix_offset, buffer.shape, index)
        return f"state_{buffer.bank}[{self.names.e}, {place}]"

    def newest_prefix(self, buffer: PlanBuffer, x: str, index: Index) -> str:
        """The fold of the current block with `x`, a name, as its newest sample."""
        assert buffer.fold is not None
        if self.names.in_reset:
            return x
        if buffer.name in self._prefixes:
            return self._prefixes[buffer.name]
        name = self.writer.fresh("prefix")
        self.writer.line(f"{name} = {x}")
        with self.writer.block(f"if {self.names.place(buffer)} != 0:"):
            self.writer.line(f"{name} = {self.prefix(buffer, index)}")
            fold_step(self.writer, buffer.fold, buffer.kind, name, x)
        if buffer.shape == ():
            self._prefixes[buffer.name] = name
        return name

    def buffered(self, buffer: PlanBuffer, slot: int, index: Index) -> str:
        """A name for an element as the buffer keeps it."""
        source = self.by_slot[slot].slot
        x = self.element(slot, index[len(index) - len(source.shape) :])
        text = cast_text(x, source.kind, buffer.kind)
        if text == x and not x.startswith("f("):
            return x
        name = self.writer.fresh("x")
        self.writer.line(f"{name} = {text}")
        return name

    def _moved(self, at: Instruction, index: Index) -> Index:
        """Which element of its argument an element of a move is."""
        shape = self.by_slot[at.args[0]].slot.shape
        if at.op == "expand":
            return _met(index, shape)
        if at.op == "slice":
            axis, start, _ = at.attr
            return (*index[:axis], plus(index[axis], start), *index[axis + 1 :])
        return tuple(
            index[at.attr.index(axis)] for axis in range(len(shape))
        )  # align: where each axis went

    def _text(self, at: Instruction, index: Index) -> str:
        texts: dict[str, Callable[[Instruction, Index], str]] = {
            "apply": self._apply,
            "reduce": self._reduce,
            "call": partial(call_number, self),
            "take": self._take,
            "stack": self._stack,
            "window": self._window,
            "kth": partial(order_text, self),
            "below": partial(order_text, self),
            "away": partial(away_text, self),
            "lag": self._cast_lag,
            "settle": self._settle,
            "worth": partial(worth_text, self),
        }
        if at.op in texts:
            return texts[at.op](at, index)
        text = self.load_unstored(at, index)
        assert text is not None, at.op
        return text

    def load_unstored(self, at: Instruction, index: Index) -> str | None:
        """A stored move or load: read from where it comes from, not from its own scratch."""
        stored = self.layout.stored.pop(at.slot.number, None)
        try:
            if at.op in MOVES:
                return self.operand(at.args[0], self._moved(at, index))
            return self.load(at.slot.number, index)
        finally:
            if stored is not None:
                self.layout.stored[at.slot.number] = stored

    def _apply(self, at: Instruction, index: Index) -> str:
        name, number = at.attr
        template = table()[name].overloads[number].numba
        assert template is not None, f"{name} has no text for Numba"
        template = without_guards(template, self._certain_places(at))
        operands = []
        for i, argument in enumerate(at.args):
            where = _met(index, self.by_slot[argument].slot.shape)
            once = template.count(f"{{{i}}}") == 1
            operands.append((self.operand if once else self.element)(argument, where))
        kind = at.slot.kind
        number_type = "np.float64" if kind == "wide" else "f"
        plain = "np." if kind == "wide" else ""
        text = tidy(template.format(*operands, f=number_type, nan=f"{plain}nan", inf=f"{plain}inf"))
        if kind not in ("real", "wide") or self._keeps_type(at, template):
            return text
        return f"{number_type}({text})"

    def _certain_places(self, at: Instruction) -> list[int]:
        """Which operands are never a fault."""
        return [i for i, argument in enumerate(at.args) if argument in self.layout.certain]

    def _keeps_type(self, at: Instruction, template: str) -> bool:
        """Whether the text is of the result's float type already, so that a cast would be noise."""
        kinds = [self.by_slot[a].slot.kind for a in at.args]
        rest = _TYPED.sub("", _COMPARISON.sub("", template))
        operands = {kinds[int(n)] for n in _OPERAND.findall(rest)}
        return operands <= {at.slot.kind} and not re.search(r"\w", _OPERAND.sub("", rest))

    def _reduce(self, at: Instruction, index: Index) -> str:
        fold, axes = at.attr
        source = self.by_slot[at.args[0]].slot
        gone = sorted(a % len(source.shape) for a in axes) if source.shape else []
        sizes = tuple(source.shape[a] for a in gone)
        kind = at.slot.kind
        if 0 in sizes and fold in ("min", "max"):
            return literal(kind, float("nan")) if kind in ("real", "wide") else "FAULT_INT"
        total = f"v{at.slot.number}" if index == () else self.writer.fresh("total")
        self.writer.line(f"{total} = {start_text(fold, kind)}")
        with self.writer.loops(sizes) as inner:
            kept = iter(index if len(index) != len(source.shape) else _without(index, gone))
            within = iter(inner)
            where = tuple(next(within if a in gone else kept) for a in range(len(source.shape)))
            x = self.element(at.args[0], where)
            if source.kind != kind:
                cast = self.writer.fresh("x")
                self.writer.line(f"{cast} = {cast_text(x, source.kind, kind)}")
                x = cast
            fold_step(self.writer, fold, kind, total, x)
        return total

    def _take(self, at: Instruction, index: Index) -> str:
        source = self.by_slot[at.args[0]].slot
        pick = self.element(at.args[1], ())
        if pick.isdigit() and int(pick) < source.shape[at.attr]:
            return self.element(at.args[0], (*index[: at.attr], pick, *index[at.attr :]))
        where = (*index[: at.attr], pick, *index[at.attr :])
        x = self.load(at.args[0], where) or self.element(at.args[0], where)
        fault = {"real": "nan", "wide": "np.nan", "int": "FAULT_INT", "bool": "2"}[at.slot.kind]
        return f"({x} if 0 <= {pick} < {source.shape[at.attr]} else {fault})"

    def _stack(self, at: Instruction, index: Index) -> str:
        return self.element(at.args[int(index[0])], index[1:])

    def _store_stack(self, at: Instruction) -> None:
        if len(at.slot.shape) == 1 and all(self._is_place(a, i) for i, a in enumerate(at.args)):
            with self.writer.loops(at.slot.shape) as index:  # 0, 1, .. along an axis
                self.writer.line(f"{self.scratch(at.slot.number, index)} = {index[0]}")
            return
        for i, argument in enumerate(at.args):
            with self.writer.loops(at.slot.shape[1:]) as index:
                x = self.operand(argument, _met(index, self.by_slot[argument].slot.shape))
                place = self.scratch(at.slot.number, (str(i), *index))
                self.writer.line(f"{place} = {x}")

    def _is_place(self, number: int, place: int) -> bool:
        at = self.by_slot[number]
        return at.op == "const" and at.slot.kind == "int" and at.attr == place

    def _cast_lag(self, at: Instruction, index: Index) -> str:
        buffer = self.buffers[at.attr]
        x = self.writer.fresh("x")
        self.writer.line(f"{x} = {self.ring(buffer, self.names.place(buffer), index)}")
        return cast_text(x, buffer.kind, at.slot.kind)

    def _window(self, at: Instruction, index: Index) -> str:
        buffer = self.buffers[at.attr]
        assert buffer.fold is not None
        place, sample = self.names.place(buffer), self.names.sample(buffer)
        x = self.buffered(buffer, at.args[0], index)
        newest = self.newest_prefix(buffer, x, index)
        if self.names.in_reset:
            return cast_text(newest, buffer.kind, at.slot.kind)
        total = self.writer.fresh("total")
        self.writer.line(f"{total} = {newest}")
        older = f"{sample} >= {buffer.length} and {place} != {buffer.length - 1}"
        with self.writer.block(f"if {older}:"):
            self.writer.line(f"{total} = {self.ring(buffer, f'({place} + 1)', index)}")
            fold_step(self.writer, buffer.fold, buffer.kind, total, newest)
        return cast_text(total, buffer.kind, at.slot.kind)

    def _settle(self, at: Instruction, index: Index) -> str:
        raw = self.raw(at, index)
        name = f"v{at.slot.number}" if index == () else self.writer.fresh("settled")
        self.writer.line(f"{name} = {raw}")
        if at.args[0] not in self.layout.certain:
            self.replace_unfit(at, index, name, raw)
        return name

    def raw(self, at: Instruction, index: Index) -> str:
        """A name for what a `settle` is to make fit."""
        return self.element(at.args[0], _met(index, self.by_slot[at.args[0]].slot.shape))

    def replace_unfit(self, at: Instruction, index: Index, name: str, raw: str) -> None:
        """Write "if `raw` is unfit, `name` is what stands instead"."""
        kind = at.slot.kind
        bit = 1 << at.attr if at.attr < 63 else -(2**63)
        with self.writer.block(f"if {is_unfit(kind, raw)}:"):
            self.writer.line(f"bad |= {bit}")
            self.writer.line(f"{name} = {bare(self._instead(at, index))}")

    def _instead(self, at: Instruction, index: Index) -> str:
        """What stands for an unfit value: its `on fault`, what was held, or zero."""
        sink, kind = self.sinks[at.attr], at.slot.kind
        instead = literal(kind, 0)
        if sink.column >= 0:
            column = flat(sink.column, at.slot.shape, index)
            source = "values[above" if self.names.over_time else "held[above"
            instead = f"({source}, {column}] if above >= 0 else f(0.0))"
            instead = cast_text(instead, "real", kind)
        if len(at.args) == 1:
            return instead
        on_fault = self.element(at.args[1], _met(index, self.by_slot[at.args[1]].slot.shape))
        if self._is_finite_constant(at.args[1]):
            return on_fault
        return f"{on_fault} if {is_fit(kind, on_fault)} else {instead}"

    def _is_finite_constant(self, number: int) -> bool:
        at = self.by_slot[number]
        return at.op == "const" and at.slot.kind == "real" and abs(at.attr) < _FINITE


def _met(index: Index, shape: tuple[int, ...]) -> Index:
    """The index of the element that meets `index` when `shape` broadcasts against its right end."""
    tail = index[len(index) - len(shape) :]
    return tuple("0" if size == 1 else j for size, j in zip(shape, tail, strict=True))


def _without(index: Index, gone: list[int]) -> Index:
    return tuple(j for axis, j in enumerate(index) if axis not in gone)
