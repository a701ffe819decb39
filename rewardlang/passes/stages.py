"""Cut a program where it must leave the kernel: host calls, and folds over episodes.

    term a = if near then ask(view) else 0

    kernel 1   view, near                      arguments of the call, and its gate
    call       ask(view) where near            fills the input `ask 1`
    kernel 2   a = select(near, ask 1, 0)

What a kernel needs of an earlier one it computes again, from state of its own: a kernel then reads
nothing but the loop's inputs and what the calls gave, online and over recorded data alike. A call
whose arguments depend on what was remembered of its own replies has no such order and is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, RewardError
from rewardlang.ir.make import Maker
from rewardlang.ir.ops import OF_BUFFERS, Graph, Input, Op, Output, Program
from rewardlang.ir.rewrite import cut
from rewardlang.passes.gates import ALWAYS, gates

LEAVING = ("host", "pool", "forward")


@dataclass(frozen=True)
class Call:
    """One node that is no kernel's business: the input it becomes, and its operands as outputs."""

    input: str
    node: Op
    args: tuple[str, ...]
    gate: str | None


@dataclass(frozen=True)
class Feed:
    program: Program
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Staged:
    """`feeds` in order, each before the next; `main` with outputs for the calls of `after`, which
    what the run remembers waits for."""

    feeds: tuple[Feed, ...]
    main: Program
    after: tuple[Call, ...]


def stages(program: Program) -> Staged:
    """A program without anything to leave the kernel for is one stage."""
    return _Cutter(program).staged()


def waiting(program: Program) -> list[Output]:
    """The outputs that read other episodes or what comes after: no step can give them."""
    cutter = _Cutter(program)
    return [
        o
        for o in program.outputs
        if any(_waits(op) for op in cutter.reached(_both(o.value, o.factor)))
    ]


def _waits(op: Op) -> bool:
    return op.kind == "forward" or (op.kind == "pool" and op.attr[1] != "episode")


class _Cutter:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.cells = {c.name: c for c in program.cells}
        self.buffers = {b.name: b for b in program.buffers}
        self.roots = [op for o in program.outputs for op in _both(o.value, o.factor)]
        self.run_roots = [op for r in program.runs for op in _both(r.value, r.mask)]
        self.ops = {op.number: op for op in self.reached([*self.roots, *self.run_roots])}
        self.leaving = [op for op in self.ops.values() if op.kind in LEAVING]
        self.make = Maker(Graph(start=max(self.ops, default=0) + 1))

    def staged(self) -> Staged:
        if not self.leaving:
            return Staged((), self.program, ())
        in_totals = {op.number for op in self.reached(self.roots)}
        in_runs = {op.number for op in self.reached(self.run_roots)}
        conditions = self._gates()
        levels = self._levels(conditions)
        calls: dict[int, list[Call]] = {}
        after: list[Call] = []
        arguments: list[Output] = []
        for place, op in enumerate(sorted(self.leaving, key=lambda o: o.number)):
            call = self._call(op, f"{_name(op)} {place + 1}", conditions.get(op.number), arguments)
            if op.number in in_totals:
                calls.setdefault(levels[op.number], []).append(call)
            if op.number in in_runs and op.kind == "pool":
                after.append(call)
                self._must_be_known(op, in_totals)
        inputs = (*self.program.inputs, *(self._input(c) for n in calls for c in calls[n]))
        inputs += tuple(self._input(c) for c in after if c.node.number not in in_totals)
        whole = replace(self.program, inputs=inputs, outputs=(*self.program.outputs, *arguments))
        names = {c.node.number: c.input for c in (*after, *(c for n in calls for c in calls[n]))}
        whole = cut(whole, names)
        feeds = tuple(
            Feed(self._feed(whole, calls[level]), tuple(calls[level])) for level in sorted(calls)
        )
        return Staged(feeds, self._main(whole, after), tuple(after))

    def _must_be_known(self, op: Op, in_totals: set[int]) -> None:
        """What is folded for the run is computed by the main kernel, from what totals asked."""
        for below in self.reached(op.args):
            if below.kind in LEAVING and below.number not in in_totals:
                raise RewardError([Diagnostic("RW342", _labels(op))])

    # ---- what there is, and in which order --------------------------------------------------

    def reached(self, roots: Iterable[Op]) -> list[Op]:
        """Everything that the roots read, through what is remembered too."""
        found: dict[int, Op] = {}
        waiting = list(roots)
        while waiting:
            op = waiting.pop()
            if op.number not in found:
                found[op.number] = op
                waiting.extend(self._below(op))
        return list(found.values())

    def _below(self, op: Op) -> list[Op]:
        below = list(op.args)
        if op.kind in ("cell", "latch") and op.attr in self.cells:
            cell = self.cells[op.attr]
            below += [x for x in (cell.update, cell.reset) if x is not None]
        if op.kind in OF_BUFFERS:
            below.append(self.buffers[op.attr].value)
        return below

    def _levels(self, conditions: dict[int, Op | None]) -> dict[int, int]:
        """How many kernels must have run before a node has a value: grown until nothing changes."""
        ops = dict(self.ops)
        for condition in conditions.values():
            if condition is not None:
                ops.update({op.number: op for op in self.reached([condition])})
        levels = dict.fromkeys(ops, 0)
        for _ in range(len(self.leaving) + 2):
            changed = False
            for number in sorted(ops):
                op = ops[number]
                below = self._below(op)
                if op.kind in LEAVING and (gate := conditions.get(number)) is not None:
                    below.append(gate)
                level = max((levels[b.number] for b in below), default=0)
                level += op.kind in LEAVING
                changed = changed or level != levels[number]
                levels[number] = level
            if not changed:
                return levels
        deepest = max(self.leaving, key=lambda op: levels[op.number])
        raise RewardError([Diagnostic("RW341", _labels(deepest))])

    def _gates(self) -> dict[int, Op | None]:
        """Of each host call, the condition under which its reply is read."""
        hosts = {op.number for op in self.leaving if op.kind == "host"}
        if not hosts:
            return {}
        within = set(hosts)
        for number in sorted(self.ops):  # operands before users
            if any(a.number in within for a in self.ops[number].args):
                within.add(number)
        kept = [x for c in self.program.cells for x in (c.update, c.reset) if x is not None]
        kept += [b.value for b in self.program.buffers]
        roots = [*self.roots, *self.run_roots, *(x for x in kept if x.number in self.ops)]
        need = gates(self.make, roots, within)
        return {number: self._gate(number, need.get(number, ALWAYS)) for number in hosts}

    def _gate(self, number: int, condition: Op | None) -> Op | None:
        """A guard of a machine is asked for in every state: replies decide which it is in."""
        below = [] if condition is None else self.reached([condition])
        states = {m.cell for m in self.program.machines}
        of_machine = any(op.kind == "cell" and op.attr in states for op in below)
        return ALWAYS if of_machine and any(op.number == number for op in below) else condition

    # ---- programs ---------------------------------------------------------------------------

    def _call(self, op: Op, name: str, gate: Op | None, arguments: list[Output]) -> Call:
        """The call, its operands added to the outputs that some kernel is to give."""
        names = []
        for place, operand in enumerate(op.args):
            names.append(f"{name}.{place}")
            arguments.append(Output(names[-1], "argument", operand))
        if gate is not None:
            arguments.append(Output(f"{name} gate", "argument", gate))
        return Call(name, op, tuple(names), None if gate is None else f"{name} gate")

    def _input(self, call: Call) -> Input:
        op = call.node
        inf = float("inf")
        per = "episode" if op.kind == "pool" else "state"
        origin = "host" if op.kind == "host" else "pool"
        return Input(
            call.input, op.form, per, 1.0, "1", -inf, inf, False, (), None,
            op.span or self.program.outputs[0].value.span, origin,  # type: ignore[arg-type]
        )  # fmt: skip

    def _feed(self, whole: Program, calls: list[Call]) -> Program:
        """The arguments of some calls, and what they read of terms that may be held."""
        names = {name for c in calls for name in (*c.args, c.gate)}
        asked = [o for o in whole.outputs if o.role == "argument" and o.name in names]
        part = _Cutter(replace(whole, outputs=tuple(asked), runs=()))
        settled = [
            o for o in whole.outputs if o.value.kind == "settle" and o.value.number in part.ops
        ]
        return replace(whole, outputs=(*settled, *asked), runs=())

    def _main(self, whole: Program, after: list[Call]) -> Program:
        names = {name for c in after for name in c.args}
        outputs = [o for o in whole.outputs if o.role != "argument" or o.name in names]
        return replace(whole, outputs=tuple(outputs))


def _both(one: Op, other: Op | None) -> list[Op]:
    return [one] if other is None else [one, other]


def _name(op: Op) -> str:
    if op.kind == "host":
        return str(op.attr)
    return f"{op.attr[0]} over {'following ' if op.kind == 'forward' else ''}{op.attr[1]}"


def _labels(op: Op) -> tuple[Label, ...]:
    return () if op.span is None else (Label(op.span),)
