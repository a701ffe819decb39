"""Which values of a block are needed, and which vectors are stored rather than computed in place.

A vector that one loop reads is computed inside that loop. It is stored in scratch memory when it
is read in several places, when its elements are expensive (a reduction), or when it must outlive
the state it was computed from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rewardlang.backends.certain import never_faults
from rewardlang.builtins.cores import parse_core, parse_sizes, shape_of
from rewardlang.builtins.table import Overload, table
from rewardlang.plan import OF_BUFFERS, Instruction, Plan, PlanBuffer
from rewardlang.temporal.encode import SMOOTH_WORK, WORK, Code, encode, encode_end

READS_STATE = {"cell", *OF_BUFFERS}
PLAIN = {"input", "param", "cell", "lag", "const", "table"}  # an element is one load or a literal
MOVES = {"align", "slice", "expand"}  # an element is an element of the argument
_WORTH_STORING = 4  # elements: as many as the narrowest machines compute side by side
GIVEN_WHOLE = ("call", "lattice", "tail", "gather", "worth")
STORED = {"stack", "settle", "reduce", "take", "call", "lattice", "gather", *OF_BUFFERS} - {"lag"}


@dataclass(frozen=True)
class Scratch:
    """Where a stored vector begins."""

    bank: str  # real, wide or int
    offset: int


@dataclass(frozen=True)
class Block:
    """One of a plan's blocks with what it stores and gives, and what the prelude owes it."""

    prelude: tuple[Instruction, ...]
    body: tuple[Instruction, ...]
    stores: tuple[tuple[str, int], ...]
    pushes: tuple[tuple[str, int], ...]
    results: tuple[int, ...]


def step_block(plan: Plan) -> Block:
    results = [o.slot for o in plan.outputs]
    results += [o.factor_slot for o in plan.outputs if o.factor >= 0 or o.factor_column >= 0]
    results += [plan.reward] if plan.reward >= 0 else []
    return Block(plan.prelude, plan.step, plan.stores, plan.pushes, tuple(results))


def reset_block(plan: Plan) -> Block:
    return Block(plan.prelude, plan.reset, plan.reset_stores, plan.reset_pushes, ())


class Layout:
    """The decisions for one block. `scratch_sizes` are numbers per bank, at least 1 if used."""

    def __init__(self, plan: Plan, block: Block) -> None:
        self.block = block
        self.by_slot = {i.slot.number: i for i in (*block.prelude, *block.body)}
        self.live = self._live()
        self.buffers = {b.name: b for b in plan.buffers}
        self.certain = never_faults(plan, (*block.prelude, *block.body))
        self.stored: dict[int, Scratch] = {}
        self.scratch_sizes = {"real": 0, "wide": 0, "int": 0}
        self.work: dict[int, list[Scratch]] = {}  # what an array builtin needs beside its result
        for number in sorted(self._to_store()):
            slot = self.by_slot[number].slot
            self.stored[number] = self._place(slot.kind, slot.size)
        for number in sorted(self.live):
            if self.by_slot[number].op == "call":
                self.work[number] = self._work(self.by_slot[number])
            elif self.by_slot[number].op == "tail":
                buffer = self.buffers[self.by_slot[number].attr]
                beside = SMOOTH_WORK if buffer.semantics.is_smooth else WORK
                signals = code_of(buffer).slots + beside
                self.work[number] = [self._place(buffer.kind, signals * buffer.length)]
        self.places = {  # of each element in a window kept in order: what leaves, what comes
            b.name: self._place("int", 2 * math.prod(b.shape))
            for b in plan.buffers
            if b.fold == "order" and b.shape != () and b.name in self._read("kth", "below")
        }

    def needed(self, instructions: Iterable[Instruction]) -> list[Instruction]:
        return [i for i in instructions if i.slot.number in self.live]

    def is_plain(self, number: int) -> bool:
        """Whether an element is one load or a literal."""
        i = self.by_slot[number]
        if number in self.stored:
            return True
        return i.op in PLAIN or (i.op in MOVES and self.is_plain(i.args[0]))

    def _read(self, *ops: str) -> set[str]:
        return {i.attr for n in self.live if (i := self.by_slot[n]).op in ops}

    def _roots(self) -> list[int]:
        block = self.block
        ends = [slot for _, slot in (*block.stores, *block.pushes)]
        settled = [i.slot.number for i in block.body if i.op == "settle"]
        return [*block.results, *ends, *settled]

    def _live(self) -> set[int]:
        live: set[int] = set()
        waiting = self._roots()
        while waiting:
            number = waiting.pop()
            if number not in live:
                live.add(number)
                waiting.extend(self.by_slot[number].args)
        return live

    def _to_store(self) -> set[int]:
        readers = self._readers()
        in_prelude = {i.slot.number for i in self.block.prelude}
        ends = {slot for _, slot in (*self.block.stores, *self.block.pushes)}
        chosen: set[int] = set()
        for number in self.live:
            i = self.by_slot[number]
            if i.slot.shape == () or i.op in PLAIN:
                continue
            if i.op in MOVES and self.is_plain(i.args[0]):
                continue
            again = readers[number] > 1 or self._repeats(number)
            if i.op in STORED or number in in_prelude or again:
                chosen.add(number)
        chosen |= self._summed()
        chosen |= self._picked_from()
        chosen |= self._given_whole()
        # what is stored last must not read what was stored just before
        return chosen | {n for n in ends if self._reads_state(n) and self._is_vector(n)}

    def _is_vector(self, number: int) -> bool:
        return self.by_slot[number].slot.shape != ()

    def _readers(self) -> dict[int, int]:
        count = dict.fromkeys(self.by_slot, 0)
        for number in self.live:
            for argument in set(self.by_slot[number].args):
                count[argument] += 1
        for number in self._roots():
            count[number] += 1
        return count

    def _repeats(self, number: int) -> bool:
        """Whether a reader would compute an element of it more than once."""
        size = self.by_slot[number].slot.size
        readers = [i for i in self.by_slot.values() if number in i.args]
        return any(i.op not in ("reduce", "slice") and i.slot.size > size for i in readers)

    def _picked_from(self) -> set[int]:
        """Vectors indexed by a number known only when running."""
        takes = [i for n in self.live if (i := self.by_slot[n]).op == "take"]
        return {i.args[0] for i in takes if not self.is_plain(i.args[0])}

    def _summed(self) -> set[int]:
        """What folds of reals run over: computed side by side, then folded in order."""
        found = set()
        for number in self.live:
            i = self.by_slot[number]
            if i.op == "reduce" and i.slot.kind in ("real", "wide"):
                source = self.by_slot[i.args[0]]
                if source.op == "apply" and source.slot.size >= _WORTH_STORING:
                    found.add(i.args[0])
        return found

    def _reads_state(self, number: int) -> bool:
        waiting, seen = [number], set[int]()
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                if self.by_slot[one].op in READS_STATE:
                    return True
                waiting.extend(self.by_slot[one].args)
        return False

    def _given_whole(self) -> set[int]:
        """Vectors that array builtins take from memory."""
        calls = [i for n in self.live if (i := self.by_slot[n]).op in GIVEN_WHOLE]
        return {a for i in calls for a in i.args if self._is_vector(a)}

    def _work(self, at: Instruction) -> list[Scratch]:
        overload = overload_of(at)
        sizes = core_sizes(at, self.by_slot)
        kind = self.by_slot[at.args[0]].slot.kind
        return [
            self._place(kind, math.prod(shape_of(area, sizes)))
            for area in parse_sizes(overload.work)
        ]

    def _place(self, kind: str, size: int) -> Scratch:
        bank = "int" if kind == "bool" else kind
        place = Scratch(bank, self.scratch_sizes[bank])
        self.scratch_sizes[bank] += size
        return place


def code_of(buffer: PlanBuffer) -> Code:
    """What a tail evaluates over the samples of its buffer."""
    if not buffer.semantics.is_smooth:
        return encode(buffer.formulas, buffer.shape[0])
    if buffer.gathered:
        return encode(buffer.formulas, buffer.shape[0], smooth=True)
    return encode_end(buffer.formulas, buffer.shape[0])


def overload_of(at: Instruction) -> Overload:
    """The overload that a call is of."""
    name, number = at.attr
    overload: Overload = table()[name].overloads[number]
    return overload


def core_sizes(at: Instruction, by_slot: dict[int, Instruction]) -> dict[str, int]:
    """What the names in a call's core stand for."""
    core = parse_core(overload_of(at).core)
    return core.measure([by_slot[a].slot.shape for a in at.args])


def used_names(instructions: Sequence[Instruction], op: str) -> list[str]:
    """What instructions of one op read (inputs, params, signals, cells), each once."""
    return list(dict.fromkeys(i.attr for i in instructions if i.op == op))
