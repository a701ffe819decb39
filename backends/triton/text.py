"""From a plan to the text of its Triton kernels: one fused kernel each for step, reset, evaluate.

One lane is one environment. `step` reads every input, param and cell once and writes every result
and cell once; `evaluate` is the same text in a loop over time, in which cells stay in registers.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

from rewardlang.backends.layout import Block, reset_block, step_block
from rewardlang.backends.torch.parts import needed
from rewardlang.backends.torch.values import plain
from rewardlang.backends.triton.layout import Layout, Place
from rewardlang.backends.triton.values import Values, plus
from rewardlang.backends.writer import Writer
from rewardlang.builtins.records import RECORDS
from rewardlang.plan import OF_BUFFERS, Instruction, Plan, PlanBuffer

_HEAD = '''\
"""{name} in Triton, {real}: one lane an environment."""

import triton
import triton.language as tl
from rewardlang.backends.triton import ops
from rewardlang.backends.triton.ops import libdevice

FAULT_INT = tl.constexpr(-(2**63))
inf = tl.constexpr(float("inf"))
real = tl.constexpr(tl.{real})
'''
_LANES = """\
row = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
here = row < size
rows = tl.full((), 0, tl.int64) + size"""


@dataclass(frozen=True)
class ModuleText:
    """A module, and what each of its kernels takes, in order."""

    text: str
    arguments: dict[str, list[str]]


def triton_text(plan: Plan, dtype: str) -> ModuleText:
    """The module with `reset`, `step` and `evaluate`."""
    layout, writer = Layout(plan), Writer()
    real = {"float32": "float32", "float64": "float64"}[dtype]
    for line in _HEAD.format(name=plain(plan.name), real=real).splitlines():
        writer.line(line)
    for fold in sorted({b.fold for b in plan.buffers if b.fold in RECORDS and b.fold}):
        _blank(writer)
        for line in _merge_text(fold).splitlines():
            writer.line(line)
    arguments = {}
    for verb in ("reset", "step", "evaluate"):
        _blank(writer)
        kernel = _Kernel(plan, layout, verb)
        arguments[verb] = kernel.arguments
        for line in kernel.text.splitlines():
            writer.line(line)
    return ModuleText(writer.text(), arguments)


def _blank(writer: Writer) -> None:
    writer.line()
    writer.line()


def _merge_text(record: str) -> str:
    """See builtins/records.py: its own text, with the rules of this backend."""
    _, _, body = inspect.getsource(RECORDS[record].merge).partition(":\n")
    body = re.sub(r'^    """.*?"""\n', "", body, flags=re.DOTALL)
    body = body.replace("np.minimum", "ops.least").replace("np.maximum", "ops.most")
    body = re.sub(r"(\w+) / (\w+)", r"ops.div_rn(\1, \2)", body)
    return f"@triton.jit\ndef merge_{record}(a, b):\n{body}".rstrip()


class _Kernel:
    """The text of one kernel."""

    def __init__(self, plan: Plan, layout: Layout, verb: str) -> None:
        self.plan, self.layout, self.verb = plan, layout, verb
        self.block: Block = reset_block(plan) if verb == "reset" else step_block(plan)
        roots = [*self.block.results, *(s for _, s in (*self.block.stores, *self.block.pushes))]
        wanted = needed((*self.block.prelude, *self.block.body), roots)
        self.prelude = [i for i in self.block.prelude if i.slot.number in wanted]
        self.body = [i for i in self.block.body if i.slot.number in wanted]
        self.values = Values(plan, layout, [*self.prelude, *self.body], verb)
        self.writer = self.values.writer
        self.text = self._text()

    # ---- the frame ----------------------------------------------------------------------------

    def _text(self) -> str:
        over_time = self.verb == "evaluate"
        writer = self.writer
        for at in self.prelude:
            self.values.compute(at)
        shared = len(writer.lines)
        if over_time:
            self._before_time()
            with writer.block("for _ in range(steps):"):
                self._row()
                self._to_next()
        else:
            self._row()
        lines = [*_LANES.splitlines(), *self._counts()]
        lines += [*self._shared(writer.lines[:shared]), *writer.lines[shared:]]
        plain_numbers = ["size", *(["steps", "total"] if over_time else [])]
        constants = ["HOLD: tl.constexpr", "MASKED: tl.constexpr", "BLOCK: tl.constexpr"]
        self.arguments = sorted(self.values.used, key=_rank)
        signature = ", ".join([*self.arguments, *plain_numbers, *constants])
        taken = textwrap.indent("\n".join(textwrap.wrap(signature, 92)), "    ")
        body = textwrap.indent("\n".join(lines), "    ")
        return f"@triton.jit\ndef {self.verb}(\n{taken}\n):\n{body}\n"

    def _counts(self) -> list[str]:
        if self.verb == "evaluate":
            return ["total = tl.full((), 0, tl.int64) + total"]
        return [] if self.verb == "reset" else ["at, total = row, rows"]

    def _shared(self, prelude: list[str]) -> list[str]:
        lines = [*self.values.constants, *prelude]
        return ["# the same for all environments", *lines] if lines else []

    def _row(self) -> None:
        """One transition, or one reset. What is found is stored as soon as it is known: a value
        that nothing reads any more leaves its register."""
        writer, values = self.writer, self.values
        if self.verb != "evaluate":
            self._choose()
        self._places()
        later = self._stores()
        owner: str | None = None
        for at in self.body:
            if at.owner != owner and at.owner is not None and _is_computed(at):
                owner = at.owner
                writer.line(f"# {plain(owner)}")
            values.compute(at)
            for store in later.pop(at.slot.number, ()):
                store()
        if any(later.values()):
            writer.line("# the rest")
        for stores in later.values():
            for store in stores:
                store()
        self._push()

    def _choose(self) -> None:
        """Which rows are reset, or make a transition."""
        self.writer.line("chosen = here")
        with self.writer.block("if MASKED:"):
            mask = self.values.argument("mask" if self.verb == "reset" else "active")
            self.writer.line(f"chosen = here & tl.load({mask} + row, here, 0)")

    def _stores(self) -> dict[int, list[Callable[[], None]]]:
        """What is stored of each slot; under -1 what is of none."""
        found: dict[int, list[Callable[[], None]]] = {}
        if self.verb != "reset":
            for slot, store in self._results():
                found.setdefault(slot, []).append(store)
        if self.verb != "evaluate":
            stored = dict(self.block.stores)
            for n, cell in enumerate(self.plan.cells):
                slot = stored.get(cell.name, -1)
                found.setdefault(slot, []).append(partial(self._store_cell, n))
            found.setdefault(-1, []).append(self._store_held)
        return found

    # ---- memory -------------------------------------------------------------------------------

    def _places(self) -> None:
        """Which sample this is, and where it goes in each ring."""
        if self.verb == "reset":
            return
        named = {name for name, _ in self.block.pushes}
        named |= {i.attr for i in self.body if i.op in OF_BUFFERS}
        buffers = [b for b in self.plan.buffers if b.name in named]
        if not buffers:
            return
        values, writer = self.values, self.writer
        writer.line("# the sample that is made, from 0, and its place in the rings")
        clock = values.cells["t"]
        if self.verb == "evaluate":
            writer.line(f"step_sample = {values.carried(clock)[0]}")
        else:
            writer.line(f"step_sample = {values.load_cell(clock, 0)}")
        if any(b.at_reset for b in buffers):
            writer.line("state_sample = step_sample + 1")
        for name, text in {
            values.place(b): f"{values.sample(b)} % {b.length}" for b in buffers
        }.items():
            writer.line(f"{name} = {text}")

    def _push(self) -> None:
        if not self.block.pushes:
            return
        values, writer = self.values, self.writer
        writer.line("# samples, when all lanes have read the rings")
        pushed = [
            (buffer, values.buffered(buffer, slot))
            for name, slot in self.block.pushes
            for _, buffer in [values.buffers[name]]
        ]
        writer.line("tl.debug_barrier()")
        for buffer, names in pushed:
            self._push_one(buffer, names)
        if self.verb == "evaluate":
            writer.line("tl.debug_barrier()")

    def _push_one(self, buffer: PlanBuffer, names: list[str]) -> None:
        values = self.values
        place = "0" if self.verb == "reset" else values.place(buffer)
        lanes = "here" if self.verb == "evaluate" else "chosen"
        for j, x in enumerate(names):
            self.writer.line(f"tl.store({values.ring(buffer, place, j)}, {x}, {lanes})")

    def _new_cell(self, number: int) -> Sequence[str | None]:
        """What each number of a cell becomes; None where it stays."""
        values, cell = self.values, self.plan.cells[number]
        slot = dict(self.block.stores).get(cell.name)
        if slot is None:
            return [None] * self.layout.cells.places[number].size
        kind = values.by_slot[slot].slot.kind
        names = [values.name(slot, p) for p in values.met(slot, cell.shape)]
        return [values.cast(x, kind, cell.kind) for x in names]

    def _store_cell(self, number: int) -> None:
        place = self.layout.cells.places[number]
        for j, x in enumerate(self._new_cell(number)):
            if x is None:
                x = "0" if self.verb == "reset" else self.values.load_cell(number, j)
            self._keep(f"{place.kind}_state", f"{place.kind}_after", place.offset + j, x)

    def _store_held(self) -> None:
        if not self.layout.held.sizes:
            return
        with self.writer.block("if HOLD:") if self.verb == "step" else nullcontext():
            for at, x in self._held():
                self._keep("held", "held_after", at, x)

    def _keep(self, before: str, after: str, number: int, x: str) -> None:
        """From one bank to another: a row that is not chosen keeps what it has."""
        banks = f"{self.values.argument(before)}, {self.values.argument(after)}"
        where = f"{plus('row', number, 'rows')}, {x}, here, chosen, MASKED"
        self.writer.line(f"ops.keep({banks}, {where})")

    def _held(self) -> list[tuple[int, str]]:
        if self.verb == "reset":
            return [(n, "0") for n in range(self.layout.held.sizes["real"])]
        first = self.layout.held_of
        settled = self.values.settled
        return [(first[s] + j, x) for s in first for j, x in enumerate(settled[s])]

    def _before_time(self) -> None:
        values, writer = self.values, self.writer
        writer.line("at = row")
        for n in range(len(self.plan.cells)):
            for j, name in enumerate(values.carried(n)):
                writer.line(f"{name} = {values.load_cell(n, j)}")
        for n in range(self.layout.held.sizes.get("real", 0)):
            writer.line(f"held{n} = tl.full((BLOCK,), 0, real)")

    def _to_next(self) -> None:
        """Cells as the next time finds them."""
        writer, names = self.writer, []
        writer.line("# memory")
        for n in range(len(self.plan.cells)):
            for name, x in zip(self.values.carried(n), self._new_cell(n), strict=True):
                if x is not None and x != name:
                    names.append(name)
                    writer.line(f"new_{name} = tl.where(here, {x}, {name})")
        for name in names:
            writer.line(f"{name} = new_{name}")
        if self.layout.held.sizes:
            with writer.block("if HOLD:"):
                for n, x in self._held():
                    writer.line(f"held{n} = tl.where(here, {x}, held{n})")
        writer.line("at += rows")

    # ---- results ------------------------------------------------------------------------------

    def _results(self) -> Iterator[tuple[int, Callable[[], None]]]:
        """Each result: its slot, and what writes it."""
        plan, layout = self.plan, self.layout
        if plan.reward >= 0:
            yield plan.reward, partial(self._give, layout.reward, plan.reward)
        else:
            yield -1, partial(self._write, layout.reward, ["0"] * layout.reward.size)
        for n, output in enumerate(plan.outputs):
            yield output.slot, partial(self._give, layout.outputs[n], output.slot)
            by_row = layout.factors[n]
            if by_row is not None:
                yield output.factor_slot, partial(self._give, by_row, output.factor_slot)
        if layout.shared_slots:
            yield -1, self._share

    def _share(self) -> None:
        """Factors that are the same for all rows, from the first lane of all."""
        values, writer = self.values, self.writer
        bank = values.argument("factors")
        writer.line("once = " + ("row == 0" if self.verb == "step" else "(row == 0) & (at == row)"))
        for n, slot in enumerate(self.layout.shared_slots):
            x = values.cast(values.name(slot, 0), values.by_slot[slot].slot.kind, "real")
            writer.line(f"tl.store({bank} + {n} + row * 0, {x}, once)")

    def _give(self, place: Place, slot: int) -> None:
        values = self.values
        source = values.by_slot[slot].slot
        names = [
            values.cast(values.name(slot, p), source.kind, place.kind)
            for p in values.met(slot, place.shape)
        ]
        self._write(place, names)

    def _write(self, place: Place, names: Sequence[str]) -> None:
        bank = self.values.argument(f"{place.kind}_out")
        for j, x in enumerate(names):
            where = plus("at", place.offset + j, "total")
            self.writer.line(f"tl.store({bank} + {where}, {x}, here)")


def _rank(argument: str) -> int:
    """Where an argument stands: what is given, what is remembered, what is written."""
    given = ("in_", "terminated", "truncated", "params", "ints", "run", "mask", "active")
    order = (*given, "ring", "real_", "wide_", "int_", "bool_", "held")
    found = next((n for n, start in enumerate(order) if argument.startswith(start)), len(order))
    return found + len(order) * (argument.endswith("_after") + 2 * argument.endswith("_out"))


def _is_computed(at: Instruction) -> bool:
    return at.op not in ("input", "cell", "signal", "param", "const", "table")
