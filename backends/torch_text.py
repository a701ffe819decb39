"""From a plan to the text of its Torch functions, over tensors [B, *shape].

`step` and `reset` are pure: what is remembered comes in, and what is to be stored goes out. So the
same text serves a loop, `torch.compile`, a captured graph, autograd and `torch.func`.

Values that become fit to be paid (`settle`) are taken together: one pass over all terms that wait
at the same depth, in place of a handful of small ones for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rewardlang.backends.certain import never_faults
from rewardlang.backends.layout import Block, reset_block, step_block
from rewardlang.backends.torch_sums import weighted_sums
from rewardlang.backends.torch_values import Values, cast_text, is_quotient, listed, plain
from rewardlang.backends.writer import Writer
from rewardlang.plan import OF_BUFFERS, Instruction, Plan

_HEAD = '''\
"""{name} over Torch tensors, {real}: rows first."""

import torch
from rewardlang.backends import torch_arrays as arrays
from rewardlang.backends import torch_ops as ops
from rewardlang.temporal.semantics import Semantics

FAULT_INT = -(2**63)
nan, inf = float("nan"), float("inf")
real = torch.{real}


def to_real(x):
    return x.to(real)
'''


_SEEN = """\
# The same step where nothing is a fault of these inputs and cells, by their numbers. It looks at
# numbers, which a CPU has at hand: what is found fit is not mended.
seen_inputs, seen_cells = {inputs}, {cells}
"""


def torch_text(plan: Plan, dtype: str) -> str:
    """A module with `live(params, ints, run)`, `reset`, `step` and `seen_step`; `device` and
    `buffers`, by name, are given to it."""
    writer = Writer()
    for line in _HEAD.format(name=plain(plan.name), real=dtype).splitlines():
        writer.line(line)
    step = _Part(plan, step_block(plan), "step")
    parts = [_Part(plan, reset_block(plan), "reset"), step]
    writer.line()
    writer.line()
    known = _Prelude(plan, parts)
    known.write(writer)
    for part in parts:
        writer.line()
        writer.line()
        part.write(writer, known)
    writer.line()
    writer.line()
    seen = _Part(plan, step_block(plan), "seen_step", step.doubts)
    for line in _SEEN.format(inputs=seen.numbers("input"), cells=seen.numbers("cell")).splitlines():
        writer.line(line)
    seen.write(writer, known)
    return writer.text()


class _Prelude:
    """What is the same for all rows: constants, made once, and what depends on params."""

    def __init__(self, plan: Plan, parts: Sequence[_Part]) -> None:
        self.plan = plan
        wanted = set().union(*(p.needed for p in parts))
        self.all = [i for i in plan.prelude if i.slot.number in wanted]
        fixed: set[int] = set()
        for at in self.all:
            live = at.op in ("param", "signal", "input") or any(a not in fixed for a in at.args)
            if not live:
                fixed.add(at.slot.number)
        self.fixed = [i for i in self.all if i.slot.number in fixed]
        self.live = [i for i in self.all if i.slot.number not in fixed]
        varying = {i.slot.number for i in self.live}
        divided = {i.args[1] for p in parts for i in p.body if is_quotient(i)}
        self.divisors = sorted(divided & varying)  # 0 as NaN, once a call
        self.sums = [s for p in parts for s in p.sums.values()]
        self.live_sums = [s for s in self.sums if varying.intersection(s.weights)]

    def write(self, writer: Writer) -> None:
        values = Values(self.plan, self.all, writer)
        if self.fixed:
            writer.line("# the same in every call")
        for at in self.fixed:
            values.compute(at)
        for each in self.sums:
            if each not in self.live_sums:
                values.weights(each)
        writer.line()
        writer.line()
        with writer.block("def live(params, ints, run):"):
            for at in self.live:
                values.compute(at)
            for slot in self.divisors:
                x = values.name(slot)
                writer.line(f"{values.divisor(slot)} = torch.where({x} == 0, nan, {x})")
            for each in self.live_sums:
                values.weights(each)
            writer.line(f"return {listed(self.names(values))}")

    def names(self, values: Values) -> list[str]:
        """What `live` gives."""
        found = [values.name(i.slot.number) for i in self.live]
        found += [values.divisor(slot) for slot in self.divisors]
        return found + [s.name for s in self.live_sums]


class _Part:
    """One of the functions. `fit` are inputs and cells that it may take as no faults; after
    `write`, `doubts` are those that would have made it shorter."""

    def __init__(
        self, plan: Plan, block: Block, verb: str, fit: frozenset[int] = frozenset()
    ) -> None:
        self.plan, self.block, self.verb, self.fit = plan, block, verb, fit
        self.is_reset, self.looks = verb == "reset", verb == "seen_step"
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

    def numbers(self, op: str) -> tuple[int, ...]:
        """Which of the plan's inputs or cells are taken as fit."""
        names = [x.name for x in (self.plan.inputs if op == "input" else self.plan.cells)]
        fit = (i for i in self.body if i.slot.number in self.fit and i.op == op)
        return tuple(sorted({names.index(i.attr) for i in fit}))

    def write(self, writer: Writer, prelude: _Prelude) -> None:
        arguments = "inputs, cells, rings, size, live"
        if not self.is_reset:
            arguments = "inputs, terminated, truncated, cells, rings, held, size, live"
        values = Values(self.plan, [*prelude.all, *self.body], writer, self.fit)
        values.divisors = frozenset(prelude.divisors)
        with writer.block(f"def {self.verb}({arguments}):"):
            if prelude.live:
                writer.line(f"{listed(prelude.names(values))} = live")
            self._places(values, writer)
            self._compute(values, writer)
            self._results(values, writer)
        self.doubts = values.doubts()

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

    def _levels(self) -> list[tuple[list[Instruction], list[_Group]]]:
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
        within = frozenset(x for s in self.sums.values() for x in s.within)
        owner: str | None = None
        number = 0
        for before, groups in self.levels:
            for at in before:
                slot = at.slot.number
                if slot in within:
                    continue
                if at.owner != owner and at.owner is not None and _is_computed(at):
                    owner = at.owner
                    writer.line(f"# {plain(owner)}")
                if slot in self.sums:
                    values.add_up(self.sums[slot])
                else:
                    values.compute(at)
            for group in groups:
                owner = None
                group.write(self.plan, values, writer, number, self.looks)
                number += 1

    def _results(self, values: Values, writer: Writer) -> None:
        plan, groups = self.plan, self.groups
        if not self.is_reset:
            writer.line("# results")
            outputs = [values.rows(o.slot) for o in plan.outputs]
            reward = values.rows(plan.reward) if plan.reward >= 0 else None
            factors = [
                values.name(o.factor_slot) if max(o.factor, o.factor_column) >= 0 else "None"
                for o in plan.outputs
            ]
            zero = "torch.zeros(size, dtype=real, device=device)"
            writer.line(f"reward = {reward or zero}")
            writer.line(f"outputs = {listed(outputs)}")
            writer.line(f"factors = {listed(factors)}")
            unfit = [f"unfit{n}" for n in range(len(groups))]
            if self.looks:
                counts = tuple(len(g.members) for g in groups)
                writer.line(f"unfit = ops.unfit_of({listed(unfit)}, {counts}, reward)")
            else:
                writer.line(f"unfit = {listed(f'{x}.t()' for x in unfit)}")
            held = [f"settled{n}.transpose(0, 1)" for n, g in enumerate(groups) if g.held]
            writer.line(f"held = {listed(held)}")
        stored = dict(self.block.stores)
        cells = []
        for n, cell in enumerate(plan.cells):
            if cell.name not in stored:
                cells.append("None" if self.is_reset else f"cells[{n}]")
                continue
            source = values.by_slot[stored[cell.name]].slot
            x = values.number_of(stored[cell.name], cell.shape)
            x = cast_text(x, source.kind, cell.kind)
            cells.append(values.of_every_row(x, stored[cell.name], cell.shape))
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


class _Group:
    """Settlements of one kind and shape, which are made together."""

    def __init__(self, members: list[Instruction]) -> None:
        self.members = members
        self.kind, self.shape = members[0].slot.kind, members[0].slot.shape
        self.held = self.kind == "real"
        self.is_matrix = self.held and not self.shape  # [n, B] when settled

    @property
    def sinks(self) -> list[int]:
        return [i.attr for i in self.members]

    def write(self, plan: Plan, values: Values, writer: Writer, number: int, looks: bool) -> None:
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
        seen = "_seen" if looks else ""
        call = f'ops.settle{seen}("{self.kind}", {raw}, {instead}, {before}, {self.shape})'
        if self.kind == "bool":
            call = f"ops.settle_bools{seen}({raw}, {faults}, {instead}, size, {self.shape})"
        writer.line(f"settled{number}, unfit{number} = {call}")
        named = listed(values.name(i.slot.number) for i in self.members)
        writer.line(f"{named} = settled{number}.unbind(0)")


def _grouped(settles: Sequence[Instruction]) -> list[_Group]:
    found: dict[tuple[str, tuple[int, ...]], list[Instruction]] = {}
    for at in settles:
        found.setdefault((at.slot.kind, at.slot.shape), []).append(at)
    return [_Group(members) for members in found.values()]


def groups_of(plan: Plan) -> list[tuple[str, tuple[int, ...], list[int]]]:
    """The groups in which `step` settles, in order: kind, shape, and the sinks of each."""
    groups = _Part(plan, step_block(plan), "step").groups
    return [(g.kind, g.shape, g.sinks) for g in groups]
