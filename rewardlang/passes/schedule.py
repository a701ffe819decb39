"""From the graph to a flat plan: which block a node belongs to, in which order, in which slot.

    prelude   constants, params and what depends on them alone: once per call
    reset     what the resets of cells and buffers need, computed from the reset sample
    step      everything else, term by term in file order

In the reset block `t` is 0 and a latch is its operand; in the step block it is a cell. An arrival
is one of its operands in each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rewardlang.ir.make import Maker
from rewardlang.ir.ops import OF_BUFFERS, Buffer, Cell, Form, Graph, Op, Output, Program
from rewardlang.passes.layout import Layout, lay_out, plan_hash
from rewardlang.plan import (
    Instruction,
    Plan,
    PlanEdge,
    PlanMachine,
    PlanOutput,
    PlanSink,
    Slot,
)

_ONCE_PER_CALL = ("steps", "episodes", "training")
_TIME = "t"
_BY_ROW = ("input", "cell", "latch", "settle", *OF_BUFFERS)  # never once per call


def schedule(program: Program) -> Plan:
    return _Scheduler(program).plan()


def schedule_reset(program: Program) -> Plan:
    """The outputs computed from the sample at reset, as the rows of a plan without memory."""
    return _Scheduler(program).plan_of_reset()


@dataclass
class _Block:
    """Instructions in the making; `slots` maps a node's number to its slot."""

    instructions: list[Instruction] = field(default_factory=list)
    slots: dict[int, Slot] = field(default_factory=dict)


@dataclass
class _Columns:
    """Outputs in the making: each takes the next columns of its bank."""

    outputs: list[PlanOutput] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=lambda: {"values": 0, "flags": 0, "ints": 0})
    factors: int = 0

    def add(self, output: Output, value: Slot, factor: Slot | None, uniform: bool) -> None:
        """`factor` is a number of the call if it is `uniform`, else one more column."""
        bank = {"bool": "flags", "int": "ints"}.get(value.kind, "values")
        column = self._take(bank, value.size)
        number, factor_column = -1, -1
        if factor is not None and uniform:
            number, self.factors = self.factors, self.factors + 1
        elif factor is not None:
            factor_column = self._take("values", 1)
        self.outputs.append(
            PlanOutput(
                output.name,
                output.role,
                value.number,
                bank,
                column,
                value.shape,
                number,
                -1 if factor is None else factor.number,
                factor_column,
                output.at_end,
                output.kind,
            )  # fmt: skip
        )

    def _take(self, bank: str, size: int) -> int:
        column = self.used[bank]
        self.used[bank] += size
        return column


class _Scheduler:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.cells = {c.name: c for c in program.cells}
        self.buffers = {b.name: b for b in program.buffers}
        self.used_cells: dict[str, Cell] = {}
        self.used_buffers: dict[str, Buffer] = {}
        self.prelude, self.step, self.reset = _Block(), _Block(), _Block()
        self.next_slot = 0
        self._constant: dict[int, bool] = {}
        self._owner: str | None = None
        self._stores: list[tuple[str, int]] = []
        self._pushes: list[tuple[str, int]] = []
        # nodes of the scheduler's own: the count of transitions as a cell
        make = Maker(Graph(start=_after(program)))
        self._t = make.apply("add", make.cell(_TIME, Form("int")), make.const(1))
        self._zero = make.const(0)

    def plan(self) -> Plan:
        outputs = [(o, *self._output(o)) for o in self.program.outputs]
        self._owner = None
        time = self._emit(self._t, self.step)
        self._state_of_step()
        reset_stores, reset_pushes = self._state_of_reset()
        layout = lay_out(self.program, self.used_cells, self.used_buffers)
        plan = self._assemble(layout, outputs, (_TIME, time.number), reset_stores, reset_pushes)
        return plan_hash(plan)

    def plan_of_reset(self) -> Plan:
        found = []
        for output in self.program.outputs:
            self._owner = output.name
            found.append((output, self._emit(output.value, self.reset), None, True))
        layout = lay_out(self.program, self.used_cells, self.used_buffers)
        self.step, self.reset = self.reset, _Block()
        return plan_hash(self._assemble(layout, found, None, [], []))

    # ---- nodes to instructions --------------------------------------------------------------

    def _emit(self, root: Op, block: _Block) -> Slot:
        """The slot of `root`, after everything below it. Iterative: chains can be long."""
        waiting = [root]
        while waiting:
            op = self._resolve(waiting[-1], block)
            home = self._home(op, block)
            if op.number in home.slots:
                home.slots.setdefault(waiting.pop().number, home.slots[op.number])
                continue
            missing = [a for a in self._operands(op, block) if not self._done(a, block)]
            if missing:
                waiting.extend(reversed(missing))
                continue
            self._append(op, home, block)
        op = self._resolve(root, block)
        return self._home(op, block).slots[op.number]

    def _resolve(self, op: Op, block: _Block) -> Op:
        """What stands for `op` in this block."""
        in_reset = block is self.reset
        if op.kind == "signal" and op.attr == _TIME:
            return self._zero if in_reset else self._t
        if op.kind == "latch" and in_reset:
            return self._resolve(op.args[0], block)
        if op.kind == "arrival":
            return self._resolve(op.args[0 if in_reset else 1], block)
        return op

    def _operands(self, op: Op, block: _Block) -> tuple[Op, ...]:
        return () if op.kind == "latch" else op.args

    def _done(self, op: Op, block: _Block) -> bool:
        op = self._resolve(op, block)
        return op.number in self._home(op, block).slots

    def _home(self, op: Op, block: _Block) -> _Block:
        return self.prelude if self._is_constant(op) else block

    def _is_constant(self, root: Op) -> bool:
        """Whether a node is the same for all rows of a call."""
        known = self._constant
        waiting = [root]
        while waiting:
            op = waiting[-1]
            if op.number in known:
                waiting.pop()
                continue
            missing = [a for a in op.args if a.number not in known]
            if missing and op.kind not in _BY_ROW:
                waiting.extend(missing)
                continue
            known[op.number] = self._constant_itself(op)
            waiting.pop()
        return known[root.number]

    def _constant_itself(self, op: Op) -> bool:
        if op.kind in ("const", "table", "param"):
            return True
        if op.kind == "signal":
            return op.attr in _ONCE_PER_CALL
        if op.kind in _BY_ROW:
            return False
        return all(self._constant[a.number] for a in op.args)

    def _append(self, op: Op, home: _Block, block: _Block) -> None:
        slot = Slot(self.next_slot, op.form.kind, op.form.shape)
        self.next_slot += 1
        home.slots[op.number] = slot
        args = tuple(self._slot(a, block).number for a in self._operands(op, block))
        kind = "cell" if op.kind == "latch" else op.kind
        home.instructions.append(Instruction(slot, kind, args, op.attr, op.span, self._owner))
        if kind == "cell" and op.attr != _TIME:
            self.used_cells.setdefault(op.attr, self.cells[op.attr])
        if kind in OF_BUFFERS:
            self.used_buffers.setdefault(op.attr, self.buffers[op.attr])

    def _slot(self, op: Op, block: _Block) -> Slot:
        op = self._resolve(op, block)
        return self._home(op, block).slots[op.number]

    # ---- what is remembered -----------------------------------------------------------------

    def _state_of_step(self) -> None:
        """Only what is read is stored; storing may read more, so until nothing new is found."""
        cells: set[str] = set()
        buffers: set[str] = set()
        while len(cells) < len(self.used_cells) or len(buffers) < len(self.used_buffers):
            for name in [n for n in self.used_cells if n not in cells]:
                cells.add(name)
                if (update := self.used_cells[name].update) is not None:
                    self._stores.append((name, self._emit(update, self.step).number))
            for name in [n for n in self.used_buffers if n not in buffers]:
                buffers.add(name)
                value = self._emit(self.used_buffers[name].value, self.step)
                self._pushes.append((name, value.number))

    def _state_of_reset(self) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        """Everything that starts from the reset sample, where all cells read zero."""
        stores, pushes = [], []
        for name, cell in list(self.used_cells.items()):
            if cell.reset is not None:
                stores.append((name, self._emit(cell.reset, self.reset).number))
        for name, buffer in list(self.used_buffers.items()):
            if buffer.at_reset:
                pushes.append((name, self._emit(buffer.value, self.reset).number))
        return stores, pushes

    # ---- outputs ----------------------------------------------------------------------------

    def _output(self, output: Output) -> tuple[Slot, Slot | None, bool]:
        """Slots of the value and of the factor, and whether the factor is the same for all rows."""
        self._owner = output.name
        value = self._emit(output.value, self.step)
        if output.factor is None:
            return value, None, True
        return value, self._emit(output.factor, self.step), self._is_constant(output.factor)

    def _assemble(
        self,
        layout: Layout,
        outputs: Sequence[tuple[Output, Slot, Slot | None, bool]],
        time: tuple[str, int] | None,
        reset_stores: list[tuple[str, int]],
        reset_pushes: list[tuple[str, int]],
    ) -> Plan:
        made, reward = _Columns(), -1
        for output, value, factor, uniform in outputs:
            if output.role == "reward" and output.name == "total":
                reward = value.number
            else:
                made.add(output, value, factor, uniform)
        return Plan(
            name=self.program.name,
            timestep=self.program.timestep,
            mode=self.program.mode,
            faults=self.program.faults,
            inputs=layout.inputs(self._reads(self.step), self._reads(self.reset)),
            params=layout.params,
            cells=layout.cells,
            buffers=layout.buffers,
            sinks=self._sinks(made.outputs),
            outputs=tuple(made.outputs),
            prelude=tuple(self.prelude.instructions),
            reset=tuple(self.reset.instructions),
            reset_stores=tuple(reset_stores),
            reset_pushes=tuple(reset_pushes),
            step=tuple(self.step.instructions),
            stores=(() if time is None else (time,)) + tuple(self._stores),
            pushes=tuple(self._pushes),
            reward=reward,
            state_sizes=layout.state_sizes,
            value_columns=made.used["values"],
            flag_columns=made.used["flags"],
            int_columns=made.used["ints"],
            factor_count=made.factors,
            real_params=layout.real_params,
            int_params=layout.int_params,
            hash="",
            axis=self.program.axis,
            machines=self._machines(layout),
        )

    def _machines(self, layout: Layout) -> tuple[PlanMachine, ...]:
        """The machines whose results the plan gives."""
        places = {c.name: c.offset for c in layout.cells}
        given = {o.name for o in self.program.outputs if o.role == "state"}
        return tuple(
            PlanMachine(
                m.name,
                m.states,
                m.final,
                tuple(PlanEdge(e.source, e.target, e.text, e.span) for e in m.edges),
                places.get(m.cell, -1),
                tuple(places[c] for c in m.counters if c in places),
            )
            for m in self.program.machines
            if m.name in given
        )

    def _reads(self, block: _Block) -> set[str]:
        return {i.attr for i in block.instructions if i.op == "input"}

    def _sinks(self, outputs: list[PlanOutput]) -> tuple[PlanSink, ...]:
        columns = {(o.role, o.name): o.column for o in outputs if o.bank == "values"}
        return tuple(
            PlanSink(s.number, s.name, s.role, columns.get((s.role, s.name), -1), s.span)
            for s in self.program.sinks
        )


def _after(program: Program) -> int:
    """A number above those of all nodes of a program."""
    return max((op.number for op in program.roots()), default=0) + 1
