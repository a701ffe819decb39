"""Plans built by hand, a line per instruction, for tests of backends alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlang.ir.make import broadcast
from rewardlang.plan import (
    Instruction,
    Plan,
    PlanBuffer,
    PlanCell,
    PlanInput,
    PlanOutput,
    PlanParam,
    PlanSink,
    Slot,
)
from rewardlang.runtime.kernel import CAPTURE, Block, Capture, Kernel, Live, State

_BANK = {"real": "real", "wide": "wide", "int": "int", "bool": "int"}


@dataclass
class Sketch:
    """A plan in the making. Methods give the slot of what they add to the `current` block."""

    name: str = "sketch"
    inputs: list[PlanInput] = field(default_factory=list)
    params: list[PlanParam] = field(default_factory=list)
    cells: list[PlanCell] = field(default_factory=list)
    buffers: list[PlanBuffer] = field(default_factory=list)
    sinks: list[PlanSink] = field(default_factory=list)
    outputs: list[PlanOutput] = field(default_factory=list)
    blocks: dict[str, list[Instruction]] = field(
        default_factory=lambda: {"prelude": [], "reset": [], "step": []}
    )
    stores: dict[str, list[tuple[str, int]]] = field(
        default_factory=lambda: {"reset": [], "step": []}
    )
    pushes: dict[str, list[tuple[str, int]]] = field(
        default_factory=lambda: {"reset": [], "step": []}
    )
    current: str = "step"
    owner: str | None = None
    slots: list[Slot] = field(default_factory=list)
    banks: dict[str, int] = field(default_factory=lambda: {"real": 0, "wide": 0, "int": 0})
    columns: dict[str, int] = field(default_factory=lambda: {"values": 0, "flags": 0, "ints": 0})
    factors: int = 0
    reward: int = -1

    def add(
        self,
        op: str,
        args: tuple[int, ...],
        kind: str,
        shape: tuple[int, ...] = (),
        attr: Any = None,
    ) -> int:
        slot = Slot(len(self.slots), kind, shape)
        self.slots.append(slot)
        block = self.blocks["prelude" if op in ("const", "param") else self.current]
        block.append(Instruction(slot, op, args, attr, None, self.owner))
        return slot.number

    def const(self, value: float | int | bool, kind: str = "real") -> int:
        return self.add("const", (), kind, (), value)

    def input(
        self, name: str, shape: tuple[int, ...] = (), kind: str = "real", per: str = "step"
    ) -> int:
        if name not in [i.name for i in self.inputs]:
            reset = per == "state"
            self.inputs.append(
                PlanInput(
                    name,
                    kind,
                    shape,
                    per,
                    reset,
                    True,
                    1.0,
                    "",
                    -np.inf,
                    np.inf,
                    False,
                    (),
                    None,
                    None,
                )  # fmt: skip
            )
        return self.add("input", (), kind, shape, name)

    def param(self, name: str, value: float, kind: str = "real") -> int:
        bank = "real" if kind == "real" else "int"
        offset = sum(1 for p in self.params if (p.kind == "real") == (bank == "real"))
        self.params.append(
            PlanParam(name, kind, (), offset, value, 1.0, "", -np.inf, np.inf, (), None)
        )
        return self.add("param", (), kind, (), name)

    def signal(self, name: str) -> int:
        return self.add("signal", (), "int" if name in ("steps", "episodes") else "bool", (), name)

    def apply(self, name: str, *args: int, number: int = 0, kind: str | None = None) -> int:
        shape = broadcast([self.slots[a].shape for a in args])
        tests = ("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "valid")
        kind = kind or ("bool" if name in tests else self.slots[args[-1]].kind)
        return self.add("apply", args, kind, shape, (name, number))

    def reduce(self, fold: str, x: int, *axes: int, kind: str | None = None) -> int:
        source = self.slots[x]
        shape = tuple(n for i, n in enumerate(source.shape) if i not in axes)
        return self.add("reduce", (x,), kind or source.kind, shape, (fold, axes))

    def place(self, kind: str, size: int) -> int:
        offset = self.banks[_BANK[kind]]
        self.banks[_BANK[kind]] += size
        return offset

    def make_cell(self, name: str, kind: str = "real", shape: tuple[int, ...] = ()) -> None:
        offset = self.place(kind, int(np.prod(shape, dtype=int)))
        self.cells.append(PlanCell(name, _BANK[kind], kind, shape, offset))

    def cell(self, name: str) -> int:
        cell = next(c for c in self.cells if c.name == name)
        return self.add("cell", (), cell.kind, cell.shape, name)

    def make_buffer(
        self,
        name: str,
        length: int,
        fold: str | None,
        kind: str = "real",
        shape: tuple[int, ...] = (),
        at_reset: bool = False,
    ) -> None:
        size = int(np.prod(shape, dtype=int))
        offset = self.place(kind, size * length)
        prefix = self.place(kind, size) if fold else -1
        self.buffers.append(
            PlanBuffer(name, _BANK[kind], kind, shape, offset, prefix, length, fold, at_reset)
        )

    def buffered(self, name: str, x: int) -> int:
        """A window or lag, and its push."""
        buffer = next(b for b in self.buffers if b.name == name)
        self.pushes[self.current].append((name, x))
        op = "window" if buffer.fold else "lag"
        return self.add(op, (x,), buffer.kind, buffer.shape, name)

    def store(self, name: str, slot: int) -> None:
        self.stores[self.current].append((name, slot))

    def count_time(self) -> int:
        """The cell t and its store; gives t of this transition."""
        self.make_cell("t", "int")
        now = self.apply("add", self.cell("t"), self.const(1, "int"), number=1, kind="int")
        self.store("t", now)
        return now

    def output(self, name: str, slot: int, role: str = "probe") -> int:
        """A result; gives its column."""
        kind, shape = self.slots[slot].kind, self.slots[slot].shape
        bank = {"bool": "flags", "int": "ints"}.get(kind, "values")
        column = self.columns[bank]
        self.columns[bank] += self.slots[slot].size
        self.outputs.append(
            PlanOutput(name, role, slot, bank, column, shape, -1, -1, -1, False, "")
        )
        return column

    def term(
        self, name: str, raw: int, weight: int | None = None, on_fault: int | None = None
    ) -> int:
        """A settled, weighted term; gives the slot of what it adds to the total."""
        number = len(self.sinks)
        args = (raw,) if on_fault is None else (raw, on_fault)
        kind, shape = self.slots[raw].kind, self.slots[raw].shape
        value = self.add("settle", args, kind, shape, number)
        bank = {"bool": "flags", "int": "ints"}.get(kind, "values")
        column = self.columns[bank]
        self.columns[bank] += self.slots[value].size
        role = "condition" if kind == "bool" else "term"
        self.sinks.append(PlanSink(number, name, role, column if bank == "values" else -1, None))
        factor = -1
        if weight is not None:
            factor, self.factors = self.factors, self.factors + 1
        self.outputs.append(
            PlanOutput(
                name,
                role,
                value,
                bank,
                column,
                shape,
                factor,
                -1 if weight is None else weight,
                -1,
                False,
                "",
            )  # fmt: skip
        )
        return value if weight is None else self.apply("mul", value, weight)

    def total(self, *parts: int) -> None:
        total = parts[0]
        for part in parts[1:]:
            total = self.apply("add", total, part)
        self.reward = total

    def plan(self) -> Plan:
        return Plan(
            name=self.name, timestep=None, mode="online", faults=None, inputs=tuple(self.inputs),
            params=tuple(self.params), cells=tuple(self.cells), buffers=tuple(self.buffers),
            sinks=tuple(self.sinks), outputs=tuple(self.outputs),
            prelude=tuple(self.blocks["prelude"]), reset=tuple(self.blocks["reset"]),
            reset_stores=tuple(self.stores["reset"]), reset_pushes=tuple(self.pushes["reset"]),
            step=tuple(self.blocks["step"]), stores=tuple(self.stores["step"]),
            pushes=tuple(self.pushes["step"]), reward=self.reward,
            state_sizes=(self.banks["real"], self.banks["wide"], self.banks["int"]),
            value_columns=self.columns["values"], flag_columns=self.columns["flags"],
            int_columns=self.columns["ints"], factor_count=self.factors,
            real_params=sum(p.kind == "real" for p in self.params),
            int_params=sum(p.kind != "real" for p in self.params), hash="0" * 16,
        )  # fmt: skip


class Session:
    """One kernel with its state and results, driven the way the runtime drives it."""

    def __init__(self, kernel: Kernel, environments: int) -> None:
        self.kernel, plan, dtype = kernel, kernel.plan, kernel.dtype
        real, wide, whole = plan.state_sizes
        self.state = State(
            np.zeros((environments, real), dtype),
            np.zeros((environments, wide), np.float64),
            np.zeros((environments, whole), np.int64),
        )
        reals = [p.default for p in plan.params if p.kind == "real"]
        ints = [p.default for p in plan.params if p.kind != "real"]
        self.live = Live(
            np.array(reals, dtype), np.array(ints, np.int64), np.array([7, 3, 1], np.int64)
        )
        self.capture = Capture(
            np.full(CAPTURE, -1, np.int64),
            np.zeros((CAPTURE, real), dtype),
            np.zeros((CAPTURE, wide), np.float64),
            np.zeros((CAPTURE, whole), np.int64),
        )
        self.held: np.ndarray[Any, Any] | None = None
        self.faulty = 0

    def block(self, rows: int) -> Block:
        plan, dtype = self.kernel.plan, self.kernel.dtype
        return Block(
            np.empty(rows, dtype),
            np.full((rows, plan.value_columns), -77, dtype),
            np.full((rows, plan.flag_columns), 77, np.uint8),
            np.full((rows, plan.int_columns), 77, np.int64),
            np.full(rows, 77, np.int64),
            np.empty(plan.factor_count, dtype),
        )

    def reset(self, data: dict[str, Any], mask: Any = None) -> None:
        inputs = [data[i.name] if i.at_reset else None for i in self.kernel.plan.inputs]
        self.kernel.reset(inputs, self.state, mask, self.live)
        if self.held is not None:
            self.held[slice(None) if mask is None else mask] = 0

    def step(self, data: dict[str, Any], ended: Any = None, hold: bool = False) -> Block:
        rows = len(self.state.real)
        ended = np.zeros(rows, bool) if ended is None else ended
        out = self.block(rows)
        self.faulty = self.kernel.run(
            [data.get(i.name) for i in self.kernel.plan.inputs], ended, np.zeros(rows, bool),
            self.state, None, None, self.live, out, hold, self.held, self.capture,
        )  # fmt: skip
        self.held = out.values
        return out

    def evaluate(
        self, data: dict[str, Any], count: Any, ended: Any = None, hold: bool = False
    ) -> Block:
        count = np.asarray(count, np.int64)
        first = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)
        rows = int(count.sum())
        ended = np.zeros(rows, bool) if ended is None else ended
        out = self.block(rows)
        self.faulty = self.kernel.run(
            [data.get(i.name) for i in self.kernel.plan.inputs], ended, np.zeros(rows, bool),
            self.state, first, count, self.live, out, hold, None, self.capture,
        )  # fmt: skip
        return out
