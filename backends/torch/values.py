"""The Torch text of each value of a plan: a name for a tensor, or a number.

The first axis of every tensor is that of the rows; what all rows share has one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from rewardlang.backends.certain import doubts, never_faults, never_nan
from rewardlang.backends.guards import without_guards
from rewardlang.backends.torch import bools as bools
from rewardlang.backends.torch.sums import WeightedSum
from rewardlang.backends.writer import Writer
from rewardlang.builtins.table import table
from rewardlang.plan import Instruction, Plan, PlanBuffer

_DTYPES = {"real": "real", "wide": "torch.float64", "int": "torch.int64", "bool": "torch.uint8"}
# Rows whose slope has no bound somewhere, which would be no number in a branch not taken.
_STEEP = {"sqrt", "log", "log1p", "pow", "hypot", "exp", "expm1", "asin", "acos", "tan"}
_STEEP |= {"atanh", "acosh"}
# Rows whose text may be an operand as it is, where that has the type or is no fault.
_CASTS = {"widen", "narrow", "real", "to_real", "to_int"}
_MAY_BE_AN_OPERAND = {"fallback", "require", *_CASTS}
_MAY_BE_OF_ANOTHER = {"input", "cell", "align", "slice", "take", "expand", "reduce", "apply"}
# Rows whose text reads as well with a number as with a tensor in the place of an operand.
_TAKES_NUMBERS = {"add", "sub", "mul", "lt", "le", "gt", "ge", "eq", "ne"}


class Values:
    """The text of each value: a name for a tensor, or a number.

    `fit` are inputs and cells that are known not to be a fault. `seen` is for a CPU that is asked
    for values one operation at a time: it is given those that take it the least time.
    """

    def __init__(
        self,
        plan: Plan,
        instructions: Sequence[Instruction],
        writer: Writer,
        fit: frozenset[int] = frozenset(),
        seen: bool = False,
    ) -> None:
        self.plan, self.writer, self.fit, self.seen = plan, writer, fit, seen
        self.by_slot = {i.slot.number: i for i in instructions}
        self.certain = never_faults(plan, instructions, fit)
        self._numbers = never_nan(instructions, self.certain)
        self.ones: set[int] = set()  # the lengths of vectors of ones that are read
        self.shown: set[int] = set()  # slots whose tensors are somebody's already
        self.spread: frozenset[int] = frozenset()  # shared arrays that are there for each row too
        self._asked: set[int] = set()  # of which a text depends on whether they may be a fault
        self._own_rows = _with_own_rows(instructions, self.certain, seen)
        self.inputs = {x.name: n for n, x in enumerate(plan.inputs)}
        self.cells = {c.name: n for n, c in enumerate(plan.cells)}
        self.rings = {b.name: n for n, b in enumerate(plan.buffers)}
        self.buffers = {b.name: b for b in plan.buffers}
        self.held_groups: list[int] = []
        self.divisors: frozenset[int] = frozenset()  # which have a name of their own, 0 as NaN
        self.faults: dict[int, str] = {}  # where a value is a fault, by slot: the names of masks

    def name(self, slot: int) -> str:
        return f"x{slot}"

    def divisor(self, slot: int) -> str:
        """A divisor that all rows share, with NaN in the place of 0."""
        return f"d{slot}"

    def number(self, slot: int) -> str | None:
        """The text of a constant."""
        at = self.by_slot[slot]
        if at.op != "const" or at.slot.shape:
            return None
        return _literal(at.slot.kind, at.attr) if math.isfinite(at.attr) else None

    def at_shape(self, slot: int, shape: tuple[int, ...]) -> str:
        """With axes of size 1 before its own, so that it meets `shape` by row."""
        if slot in self.spread and self.by_slot[slot].slot.shape == shape:
            return f"w{slot}"
        return self._widened(self.name(slot), slot, shape)

    def _widened(self, name: str, slot: int, shape: tuple[int, ...]) -> str:
        missing = len(shape) - len(self.by_slot[slot].slot.shape)
        return name + (f"[:{', None' * missing}]" if missing > 0 else "")

    def rows(self, slot: int) -> str:
        """Of every row; a bool that is never a fault as it is, another as a number."""
        x = self.number_of(slot) if slot in self.faults else self.name(slot)
        return self.of_every_row(x, slot, self.by_slot[slot].slot.shape)

    def given_away(self, slot: int) -> str:
        """Of every row, for the caller to do with as they like."""
        x = self.rows(slot)
        at = self.by_slot[slot]
        may_be = at.op in _MAY_BE_OF_ANOTHER and not self._is_made(at)
        return f"{x}.clone()" if may_be else x

    def of_every_row(self, x: str, slot: int, shape: tuple[int, ...]) -> str:
        """`x`, the text of a slot, with a place for each row."""
        if slot in self._own_rows and self.by_slot[slot].slot.shape == shape:
            return x
        return f"ops.rows({x}, size, {shape})"

    def doubts(self) -> frozenset[int]:
        """The inputs and cells that could be a fault, where the texts so far are longer for it."""
        return doubts(self.plan, list(self.by_slot.values()), self._asked)

    def sample(self, buffer: PlanBuffer) -> str:
        return "state_sample" if buffer.at_reset else "step_sample"

    def place(self, buffer: PlanBuffer) -> str:
        return f"{'state' if buffer.at_reset else 'step'}_place{buffer.length}"

    def buffered(self, buffer: PlanBuffer, slot: int) -> str:
        at = self.by_slot[slot].slot
        x = cast_text(self.number_of(slot), at.kind, buffer.kind)
        return self.of_every_row(x, slot, buffer.shape)

    def compute(self, at: Instruction) -> None:
        note = f"  # {plain(at.attr)}" if at.op in ("input", "param", "cell") else ""
        if at.slot.kind != "bool":
            text = getattr(self, f"_{at.op}")(at)
            self.writer.line(f"{self.name(at.slot.number)} = {text}{note}")
            return
        truth, fault = self._bool(at)
        self.writer.line(f"{self.name(at.slot.number)} = {truth}{note}")
        if fault is not None:
            self.know_fault(at.slot.number, fault)

    def weights(self, added: WeightedSum) -> None:
        """The vector of a sum's weights, 0 for what is not in it."""
        zero = "torch.zeros(1, dtype=real, device=device)"
        parts = listed(zero if w is None else self.name(w) for w in added.weights)
        self.writer.line(f"{added.name} = torch.cat({parts})")

    def add_up(self, added: WeightedSum, matrix: str) -> None:
        """`matrix` [n, B] by its weights, and the rest."""
        first = next((x for x in added.rest if self.number(x) is None), None)
        call = f"ops.weighted({matrix}, {added.name}"
        if self.seen:
            call = f"torch.mv({matrix}.t(), {added.name}"
        text = f"{call})"
        if first is not None:
            text = f"{call}, {self.name(first)})"
            if self.seen:
                text = f"torch.addmv({self.name(first)}, {matrix}.t(), {added.name})"
        rest = [self.number(x) or self.name(x) for x in added.rest if x != first]
        self.writer.line(f"{self.name(added.slot)} = {' + '.join([text, *rest])}")

    def know_fault(self, slot: int, text: str) -> str:
        """A name for the mask of where a value is a fault."""
        name = self.faults[slot] = text if text.isidentifier() else f"f{slot}"
        if name != text:
            self.writer.line(f"{name} = {text}")
        return name

    def kind(self, slot: int) -> str:
        return self.by_slot[slot].slot.kind

    def dtype(self, kind: str) -> str:
        return _DTYPES[kind]

    def mask(self, slot: int, shape: tuple[int, ...]) -> str:
        """The truth of a bool."""
        return self.at_shape(slot, shape)

    def fault(self, slot: int, shape: tuple[int, ...]) -> str | None:
        """Where a value is a fault; None where it never is."""
        self._asked.add(slot)
        if slot in self.certain or slot in self._numbers:
            return None
        name = self.faults.get(slot)
        if name is None:
            if self.kind(slot) == "bool":
                return None
            x = self.name(slot)
            text = f"{x} == FAULT_INT" if self.kind(slot) == "int" else f"{x} != {x}"
            name = self.know_fault(slot, text)
        return self._widened(name, slot, shape)

    def number_of(self, slot: int, shape: tuple[int, ...] | None = None) -> str:
        """A value as one tensor: a bool as 0, 1 or 2."""
        shape = self.by_slot[slot].slot.shape if shape is None else shape
        x = self.at_shape(slot, shape)
        if self.kind(slot) != "bool":
            return x
        fault = self.fault(slot, shape)
        return f"ops.numbers({x})" if fault is None else f"ops.numbers({x}, {fault})"

    # ---- bools --------------------------------------------------------------------------------

    def _bool(self, at: Instruction) -> bools.Pair:
        """The texts of a bool's truth, and of where it is a fault."""
        match at.op:
            case "const":
                return self._const(at), None
            case "input":
                x = self._input(at)
                own = self.plan.inputs[self.inputs[at.attr]].origin == "loop"
                if own or at.slot.number in self.fit:
                    return f"{x}.view(torch.bool)", None
                return f"{x} == 1", f"{x} == 2"
            case "signal" if at.attr in ("terminated", "truncated"):
                return at.attr, None
            case "param" | "signal" | "table":
                return f"{getattr(self, f'_{at.op}')(at)} == 1", None
            case "cell" if at.slot.number in self.fit:
                return f"{self._cell(at)}.view(torch.bool)", None
            case "cell" | "window" | "lag" | "call":
                x = self.name(at.slot.number)
                self.writer.line(f"{x} = {getattr(self, f'_{at.op}')(at)}")
                self.know_fault(at.slot.number, f"{x} == 2")
                return f"{x} == 1", None
            case "apply":
                found = bools.apply(self, at)
                assert found is not None, at.attr
                return found
            case "reduce":
                return self._reduced(at)
            case "take":
                return self._taken(at)
            case "stack":
                item = at.slot.shape[1:]
                faults = [self.fault(a, item) for a in at.args]
                none = f"torch.zeros({(1, *item)}, dtype=torch.bool, device=device)"
                parts = listed(none if f is None else f for f in faults)
                fault = f"ops.stack({parts}, {item})" if any(faults) else None
                return self._stack(at), fault
        truth = getattr(self, f"_{at.op}")(at)  # what moves a value moves its fault along
        source = at.args[0]
        name = self.faults.get(source)
        moved = truth.replace(self.name(source), name, 1) if name is not None else None
        return truth, moved

    def _reduced(self, at: Instruction) -> bools.Pair:
        fold, axes = at.attr
        source = at.args[0]
        rank = len(self.by_slot[source].slot.shape)
        gone = tuple(sorted(a % rank + 1 for a in axes))
        verb = "all" if fold in ("all", "min") else "any"
        fault = self.faults.get(source)
        found = f"ops.{verb}_of({self.name(source)}, {gone})"
        return found, None if fault is None else f"ops.any_of({fault}, {gone})"

    def _taken(self, at: Instruction) -> bools.Pair:
        truth = self._take(at)
        source = at.args[0]
        name = self.faults.get(source)
        if truth.startswith(f"{self.name(source)}.select"):
            return truth, None if name is None else truth.replace(self.name(source), name, 1)
        x = self.name(at.slot.number)
        whole = f'ops.take("bool", {self.number_of(source)}, '
        self.writer.line(f"{x} = {whole}{self.name(at.args[1])}, {at.attr + 1})")
        self.know_fault(at.slot.number, f"{x} == 2")
        return f"{x} == 1", None

    # ---- what is given ------------------------------------------------------------------------

    def _const(self, at: Instruction) -> str:
        value = _literal(at.slot.kind, at.attr)
        shape = (1, *at.slot.shape)
        dtype = "torch.bool" if at.slot.kind == "bool" else _DTYPES[at.slot.kind]
        return f"torch.full({shape}, {value}, dtype={dtype}, device=device)"

    def _table(self, at: Instruction) -> str:
        numbers = f"[{', '.join(_literal(at.slot.kind, x) for x in at.attr)}]"
        made = f"torch.tensor({numbers}, dtype={_DTYPES[at.slot.kind]}, device=device)"
        return f"{made}.reshape{(1, *at.slot.shape)}"

    def _input(self, at: Instruction) -> str:
        return f"inputs[{self.inputs[at.attr]}]"

    def _param(self, at: Instruction) -> str:
        param = next(p for p in self.plan.params if p.name == at.attr)
        bank = "params" if param.kind == "real" else "ints"
        part = f"{bank}[{param.offset}:{param.offset + at.slot.size}]"
        shaped = part if not at.slot.shape else f"{part}.reshape{(1, *at.slot.shape)}"
        return shaped

    def _signal(self, at: Instruction) -> str:
        place = ["steps", "episodes", "training"].index(at.attr)
        return f"run[{place}:{place + 1}]"

    def _cell(self, at: Instruction) -> str:
        return f"cells[{self.cells[at.attr]}]"

    # ---- what is computed ---------------------------------------------------------------------

    def _apply(self, at: Instruction) -> str:
        name, number = at.attr
        found = bools.into_number(self, at)
        if found is not None:
            return found
        template = table()[name].overloads[number].torch
        assert template is not None, f"{name} has no Torch text"
        if is_quotient(at) and at.args[1] in self.divisors:
            divisor = self._widened(self.divisor(at.args[1]), at.args[1], at.slot.shape)
            return f"{self.at_shape(at.args[0], at.slot.shape)} / {divisor}"
        if is_quotient(at) and float(self.number(at.args[1]) or 0) != 0:
            template = "({0} / {1})"
        guarded = [n for n in range(len(at.args)) if without_guards(template, [n]) != template]
        self._asked.update(at.args[n] for n in guarded)
        template = without_guards(template, [n for n in guarded if at.args[n] in self.certain])
        operands = self.operands(at)
        if name in _STEEP:
            operands = [f"ops.steep({x})" for x in operands]
        cast = "to_real" if at.slot.kind == "real" else "torch.Tensor.double"
        return template.format(*operands, f=cast, nan="nan", inf="inf")

    def operands(self, at: Instruction) -> list[str]:
        """What the text of an elementwise row reads: tensors, and numbers where they will do."""
        numbers = [self.number(a) for a in at.args]
        plain = at.attr[0] in _TAKES_NUMBERS and None in numbers
        plain |= (
            self.seen and is_quotient(at) and numbers[0] is None and bool(float(numbers[1] or 0))
        )
        return [
            f"({n})" if plain and n is not None else self.at_shape(a, at.slot.shape)
            for a, n in zip(at.args, numbers, strict=True)
        ]

    def _reduce(self, at: Instruction) -> str:
        fold, axes = at.attr
        source = self.by_slot[at.args[0]].slot
        rank = len(source.shape)
        gone = tuple(sorted(a % rank + 1 for a in axes))
        x = cast_text(self.number_of(source.number), source.kind, at.slot.kind)
        if self.seen and fold == "sum" and at.slot.kind == "real" and rank == 1 and source.size:
            return self._row_sum(x, source.size)
        return f'ops.reduce("{fold}", "{at.slot.kind}", {x}, {gone})'

    def _row_sum(self, x: str, size: int) -> str:
        """A sum over a short axis is not vectorised; a product with a vector is."""
        if size == 1:
            return f"{x}.select(1, 0)"
        if size == 2:
            return f"torch.add(*{x}.unbind(1))"
        self.ones.add(size)
        return f"torch.mv({x}, ones{size})"

    def _call(self, at: Instruction) -> str:
        operands = ", ".join(self.number_of(a) for a in at.args)
        text = table()[at.attr[0]].overloads[at.attr[1]].torch
        assert text is not None, f"{at.attr[0]} has no Torch text"
        return f"ops.settled_lead({text}({operands}), {at.slot.shape})"

    def _align(self, at: Instruction) -> str:
        order = tuple(axis + 1 for axis in at.attr if axis is not None)
        shape = ", ".join(("-1", *map(str, at.slot.shape)))
        return f"{self.name(at.args[0])}.permute(0, {', '.join(map(str, order))}).reshape({shape})"

    def _slice(self, at: Instruction) -> str:
        axis, start, stop = at.attr
        return f"{self.name(at.args[0])}.narrow({axis + 1}, {start}, {stop - start})"

    def _take(self, at: Instruction) -> str:
        x, index = at.args
        number = self.number(index)
        size = self.by_slot[x].slot.shape[at.attr]
        if number is not None and 0 <= int(number) < size:
            return f"{self.name(x)}.select({at.attr + 1}, {number})"
        operands = f"{self.name(x)}, {self.name(index)}, {at.attr + 1}"
        return f'ops.take("{at.slot.kind}", {operands})'

    def _stack(self, at: Instruction) -> str:
        item = at.slot.shape[1:]
        return f"ops.stack({listed(self.at_shape(a, item) for a in at.args)}, {item})"

    def _expand(self, at: Instruction) -> str:
        x = self.at_shape(at.args[0], at.slot.shape)
        return f"{x}.expand(-1, {', '.join(map(str, at.slot.shape))})"

    def _settle(self, at: Instruction) -> str:
        """Of what is never a fault, or is taken for none: nothing is to be done. Where it is found
        elsewhere too, the caller gets a copy to do with as they like."""
        source = at.args[0]
        x = self.at_shape(source, at.slot.shape)
        if source in self.shown or not self._is_made(self.by_slot[source]):
            return f"{x}.clone()"
        self.shown.add(source)
        return x

    def _is_made(self, at: Instruction) -> bool:
        """Whether its text makes a tensor: it is no view of another, and no other itself."""
        if at.op == "reduce":
            return self.by_slot[at.args[0]].slot.size > at.slot.size
        if at.op != "apply":
            return False
        of_reals = all(self.kind(a) in ("real", "wide") for a in at.args)
        return at.attr[0] not in _MAY_BE_AN_OPERAND or (at.attr[0] in _CASTS and not of_reals)

    # ---- windows and formulas -----------------------------------------------------------------

    def _of_ring(self, at: Instruction, *rest: str) -> str:
        """A call with the ring, this sample's place and number, and the sample."""
        buffer = self.buffers[at.attr]
        ring = f"rings[{self.rings[at.attr]}]"
        x = self.buffered(buffer, at.args[0])
        return ", ".join((ring, self.place(buffer), self.sample(buffer), x, *rest))

    def _window(self, at: Instruction) -> str:
        buffer = self.buffers[at.attr]
        found = f'ops.window("{buffer.fold}", "{buffer.kind}", {self._of_ring(at)})'
        return cast_text(found, buffer.kind, at.slot.kind)

    def _kth(self, at: Instruction) -> str:
        return f"ops.kth({self._of_ring(at, self.name(at.args[1]))})"

    def _below(self, at: Instruction) -> str:
        return f"ops.below({self._of_ring(at, self.name(at.args[1]))})"

    def _away(self, at: Instruction) -> str:
        return f"ops.away({self._of_ring(at, self.name(at.args[1]))})"

    def _tail(self, at: Instruction) -> str:
        buffer = self.buffers[at.attr]
        given = self._of_ring(at, self.name(at.args[1]), f"buffers[{buffer.name!r}]")
        return f"ops.tail({given})"

    def _lag(self, at: Instruction) -> str:
        buffer = self.buffers[at.attr]
        ring = f"rings[{self.rings[at.attr]}]"
        found = f"ops.lag({ring}, {self.place(buffer)}, {self.sample(buffer)})"
        return cast_text(found, buffer.kind, at.slot.kind)

    def _gather(self, at: Instruction) -> str:
        semantics, weights = at.attr
        record, *operands = (self.name(a) for a in at.args)
        given = f"{self._semantics(semantics)}, {weights or None}, {record}, {listed(operands)}"
        return f"ops.gather({given})"

    def _worth(self, at: Instruction) -> str:
        found = f"ops.worth({self._semantics(at.attr)}, {self.name(at.args[0])})"
        return found if at.slot.kind == "wide" else f"to_real({found})"

    @staticmethod
    def _semantics(semantics: Any) -> str:
        return f"Semantics({semantics.name!r}, {semantics.parameters})"

    def _lattice(self, at: Instruction) -> str:
        before, x = (self.name(a) for a in at.args)
        updates = tuple(tuple((t[0], tuple(t[1])) for t in ways) for ways in at.attr)
        return f"ops.lattice({before}, {x}, {updates})"


def _with_own_rows(
    instructions: Iterable[Instruction], certain: frozenset[int], seen: bool
) -> frozenset[int]:
    """Slots whose tensors are sure to have a place for each row, not one that all rows share."""
    found: set[int] = set()
    for at in instructions:
        own = at.op in ("input", "cell")
        own |= at.op == "signal" and at.attr in ("terminated", "truncated")
        own |= at.op == "settle" and not seen and at.args[0] not in certain
        if at.op == "apply" and at.attr[0] in ("fallback", "require"):  # may be one of the two
            own = all(a in found for a in at.args)
        elif at.op in ("apply", "settle", "reduce", "align", "slice", "take", "stack", "expand"):
            own |= any(a in found for a in at.args)
        if own:
            found.add(at.slot.number)
    return frozenset(found)


def plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.:/<> -]", "?", text)


def is_quotient(at: Instruction) -> bool:
    return at.op == "apply" and at.attr[0] == "div"


def _literal(kind: str, value: Any) -> str:
    return str(int(value)) if kind in ("int", "bool") else repr(float(value))


def cast_text(x: str, source: str, target: str) -> str:
    if source == target:
        return x
    return f'ops.cast({x}, "{source}", "{target}", real)'


def listed(items: Iterable[str]) -> str:
    listed = list(items)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"
