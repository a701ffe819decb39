"""The Torch text of one block of a plan: a function of tensors.

Values that become fit to be paid (`settle`) are taken together: one pass over all terms that wait
at the same depth, in place of a handful of small ones for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rewardlang.backends.certain import never_faults
from rewardlang.backends.layout import Block
from rewardlang.backends.torch.sums import WeightedSum, weighted_sums
from rewardlang.backends.torch.values import Values, cast_text, listed, plain
from rewardlang.backends.writer import Writer
from rewardlang.plan import OF_BUFFERS, Instruction, Plan


@dataclass(frozen=True)
class Known:
    """What all functions share: what all rows share, the names that `live` gives, and divisors that
    have a name of their own, 0 as NaN."""

    instructions: Sequence[Instruction]
    live: Sequence[str]
    divisors: frozenset[int]


class Part:
    """One of the functions. After `write`, `doubts` are the inputs and cells without whose faults
    it would have been shorter."""

    arguments = "inputs, terminated, truncated, cells, rings, held, size, live"

    def __init__(self, plan: Plan, block: Block, verb: str) -> None:
        self.plan, self.block, self.verb = plan, block, verb
        self.is_reset = verb == "reset"
        self.doubts: frozenset[int] = frozenset()
        self.roots = [*block.results, *(slot for _, slot in (*block.stores, *block.pushes))]
        self.needed = needed((*block.prelude, *block.body), self.roots)
        self.body = [i for i in block.body if i.slot.number in self.needed]
        self.levels = self._levels()
        self.groups = [g for _, groups in self.levels for g in groups]
        sums = weighted_sums(
            self.body,
            [i for i in block.prelude if i.slot.number in self.needed],
            [[i.slot.number for i in g.members] if g.is_matrix else [] for g in self.groups],
            self.roots,
        )
        self.sums = {s.slot: s for s in sums}
        self.within = frozenset(x for s in sums for x in s.within)

    def write(self, writer: Writer, known: Known) -> None:
        arguments = "inputs, cells, rings, size, live" if self.is_reset else self.arguments
        made = Writer()
        values = self._values(known, made)
        values.divisors = known.divisors
        values.shown.update(self.roots)
        self._places(values, made)
        self._compute(values, made)
        results = self._results(values)
        self.doubts = values.doubts()
        for n in sorted(values.ones):
            writer.line(f"ones{n} = torch.ones({n}, dtype=real, device=device)")
        with writer.block(f"def {self.verb}({arguments}):"):
            if known.live:
                writer.line(f"{listed(known.live)} = live")
            for line in let_go(made.lines, results):
                writer.line(line)

    def _values(self, known: Known, writer: Writer) -> Values:
        return Values(self.plan, [*known.instructions, *self.body], writer)

    def _places(self, values: Values, writer: Writer) -> None:
        """Which sample this is, and where it goes in each ring."""
        named = {name for name, _ in self.block.pushes}
        named |= {i.attr for i in self.body if i.op in OF_BUFFERS}
        buffers = [b for b in self.plan.buffers if b.name in named]
        if not buffers:
            return
        writer.line("# the sample that is made, from 0, and its place in the rings")
        if self.is_reset:
            writer.line("state_sample = torch.zeros(size, dtype=torch.int64, device=device)")
        else:
            clock = next(n for n, c in enumerate(self.plan.cells) if c.name == "t")
            writer.line(f"step_sample = cells[{clock}]")
            if any(b.at_reset for b in buffers):
                writer.line("state_sample = step_sample + 1")
        for name, text in {
            values.place(b): f"{values.sample(b)} % {b.length}" for b in buffers
        }.items():
            writer.line(f"{name} = {text}")

    def _levels(self) -> list[tuple[list[Instruction], list[Group]]]:
        """The instructions by how many settlements they come after, in order within each, and the
        settlements that come next."""
        fit = never_faults(self.plan, (*self.block.prelude, *self.body))
        depth = {i.slot.number: 0 for i in self.plan.prelude}
        levels: dict[int, tuple[list[Instruction], list[Instruction]]] = {}
        for at in self.body:
            here = max((depth[a] for a in at.args), default=0)
            waits = at.op == "settle" and at.args[0] not in fit
            depth[at.slot.number] = here + waits
            levels.setdefault(here, ([], []))[waits].append(at)
        return [(before, _grouped(settles)) for _, (before, settles) in sorted(levels.items())]

    def _compute(self, values: Values, writer: Writer) -> None:
        number = 0
        for before, groups in self.levels:
            self._each(before, values, writer)
            for group in groups:
                group.write(self.plan, values, writer, number)
                number += 1

    def _each(self, body: Sequence[Instruction], values: Values, writer: Writer) -> None:
        owner: str | None = None
        for at in body:
            slot = at.slot.number
            if slot in self.within:
                continue
            if at.owner != owner and at.owner is not None and _is_computed(at):
                owner = at.owner
                writer.line(f"# {plain(owner)}")
            if slot in self.sums:
                added = self.sums[slot]
                values.add_up(added, self._matrix(added, values))
            else:
                values.compute(at)

    def _matrix(self, added: WeightedSum, values: Values) -> str:
        """The settled values that are added up, [n, B]."""
        return f"settled{added.group}"

    def _results(self, values: Values) -> list[str]:
        writer = Writer()
        plan = self.plan
        if not self.is_reset:
            writer.line("# results")
            outputs = [values.given_away(o.slot) for o in plan.outputs]
            reward = values.rows(plan.reward) if plan.reward >= 0 else None
            factors = [
                values.name(o.factor_slot) if max(o.factor, o.factor_column) >= 0 else "None"
                for o in plan.outputs
            ]
            zero = "torch.zeros(size, dtype=real, device=device)"
            writer.line(f"reward = {reward or zero}")
            writer.line(f"outputs = {listed(outputs)}")
            writer.line(f"factors = {listed(factors)}")
            for line in self._settled(values):
                writer.line(line)
        stored = dict(self.block.stores)
        cells = []
        for n, cell in enumerate(plan.cells):
            if cell.name not in stored:
                cells.append("None" if self.is_reset else f"cells[{n}]")
                continue
            source = values.by_slot[stored[cell.name]].slot
            x = values.number_of(stored[cell.name], cell.shape)
            x = cast_text(x, source.kind, cell.kind)
            x = values.of_every_row(x, stored[cell.name], cell.shape)
            cells.append(f"{x}.clone()" if stored[cell.name] in self.block.results else x)
        pushed = dict(self.block.pushes)
        pushes = [
            f"({n}, {values.place(b)}, {values.buffered(b, pushed[b.name])})"
            for n, b in enumerate(plan.buffers)
            if b.name in pushed
        ]
        writer.line(f"cells = {listed(cells)}")
        writer.line(f"pushes = {listed(pushes)}")
        if not self.is_reset:
            writer.line("return reward, outputs, factors, unfit, held, cells, pushes")
        else:
            writer.line("return cells, pushes")
        return writer.lines

    def _settled(self, values: Values) -> list[str]:
        """What took settling, and what the sinks give if they have nothing the next time."""
        unfit = (f"unfit{n}.t()" for n in range(len(self.groups)))
        numbers = [n for n, g in enumerate(self.groups) if g.held]
        held = (f"ops.kept(settled{n}, held[{k}])" for k, n in enumerate(numbers))
        return [f"unfit = {listed(unfit)}", f"held = {listed(held)}"]


def let_go(lines: Sequence[str], results: Sequence[str]) -> list[str]:
    """All lines, with tensors of their own let go of after what reads them last: their memory is
    taken anew while a cache still holds it."""
    last = {name: n for n, line in enumerate(lines) for name in _NAMES.findall(line)}
    for line in results:
        for name in _NAMES.findall(line):
            last.pop(name, None)
    made = {
        found[1]: n
        for n, line in enumerate(lines)
        if (found := _MADE.match(line)) and not _SHOWN.search(line)
    }
    ended: dict[int, list[str]] = {}
    for name, n in made.items():
        if name in last and last[name] > n:
            ended.setdefault(last[name], []).append(name)
    told = [
        f"{line}; del {', '.join(ended[n])}" if n in ended else line for n, line in enumerate(lines)
    ]
    return [*told, *results]


_NAMES = re.compile(r"\b[xf]\d+\b")
_MADE = re.compile(r"([xf]\d+) = ")
_SHOWN = re.compile(r"= [xf]\d+(?:\.narrow|\.select|\.view|$)|= (?:inputs|cells)\[")  # of others


def _is_computed(at: Instruction) -> bool:
    return at.op not in ("input", "cell", "signal", "param", "const", "table")


def needed(instructions: Iterable[Instruction], roots: Iterable[int]) -> set[int]:
    by_slot = {i.slot.number: i for i in instructions}
    found: set[int] = set()
    waiting = [r for r in roots if r in by_slot]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting.extend(by_slot[number].args)
    return found


class Group:
    """Settlements of one kind and shape, which are made together."""

    def __init__(self, members: list[Instruction]) -> None:
        self.members = members
        self.kind, self.shape = members[0].slot.kind, members[0].slot.shape
        self.held = self.kind == "real"
        self.is_matrix = self.held and not self.shape  # [n, B] when settled

    @property
    def sinks(self) -> list[int]:
        return [i.attr for i in self.members]

    def write(self, plan: Plan, values: Values, writer: Writer, number: int) -> None:
        raw = listed(
            values.of_every_row(values.at_shape(i.args[0], self.shape), i.args[0], self.shape)
            for i in self.members
        )
        faults = "()"
        if self.kind == "bool":
            faults = listed(values.fault(i.args[0], self.shape) or "None" for i in self.members)
        instead = "None"
        if any(len(i.args) > 1 for i in self.members):
            instead = listed(
                values.number_of(i.args[1], self.shape) if len(i.args) > 1 else "None"
                for i in self.members
            )
        names = {s.number: s.name for s in plan.sinks}
        writer.line("# made finite: " + ", ".join(plain(names[n]) for n in self.sinks))
        held = sum(g < number for g in values.held_groups)
        before = f"held[{held}]" if self.held else "None"
        if self.held:
            values.held_groups.append(number)
        call = f'ops.settle("{self.kind}", {raw}, {instead}, {before}, {self.shape})'
        if self.kind == "bool":
            call = f"ops.settle_bools({raw}, {faults}, {instead}, size, {self.shape})"
        writer.line(f"settled{number}, unfit{number} = {call}")
        named = listed(values.name(i.slot.number) for i in self.members)
        writer.line(f"{named} = settled{number}.unbind(0)")


def _grouped(settles: Sequence[Instruction]) -> list[Group]:
    found: dict[tuple[str, tuple[int, ...]], list[Instruction]] = {}
    for at in settles:
        found.setdefault((at.slot.kind, at.slot.shape), []).append(at)
    return [Group(members) for members in found.values()]
