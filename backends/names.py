"""What things are called in a kernel's text, and which of a plan's arrays the kernel takes.

An input keeps its name where that is safe: plain ASCII, no keyword, nothing the text itself uses.
"""

from __future__ import annotations

import keyword
import re

from rewardlang.backends.layout import Block, Layout
from rewardlang.plan import OF_BUFFERS, Plan, PlanBuffer

_TAKEN = re.compile(
    r"(v|j|x|total|prefix|settled|place|sample|newest|old)\d.*|lo|hi|e|k|index|f|np|nan|inf|math|njit|row|start|run"
    r"|bad|faulty|mask|first|count|ragged|hold|held|has_held|above|known|back|values|flags|ints|reward|faults"
    r"|factors|terminated|truncated|range|types|call|kernel|inputs|state|live|out|capture|captured"
    r"|state_\w+|table\d+|captured_\w+|met|at|U|team|me|step|stop|claim|finish|ring|opaque|read|scratch\w*|\w+_params|_\w*"
)


class Names:
    """The names of one kernel: "step", "evaluate" or "reset".

    `e` and `row` are the environment and the row of the data; only in an evaluation do they differ.
    In a reset t is 0.
    """

    def __init__(self, plan: Plan, layout: Layout, verb: str) -> None:
        self.in_reset = verb == "reset"
        self.over_time = verb == "evaluate"
        self.row = "e" if self.in_reset else "row"
        self.e = "row" if verb == "step" else "e"
        self._clock = next((c.offset for c in plan.cells if c.name == "t"), None)
        self._inputs: dict[str, str] = {}
        for name in sorted(_attributes(layout, "input")):
            self._inputs[name] = self._safe(name)

    def _safe(self, name: str) -> str:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        spoiled = keyword.iskeyword(plain) or plain[:1].isdigit() or _TAKEN.fullmatch(plain)
        plain = f"in_{plain}" if spoiled else plain
        while plain in self._inputs.values():
            plain += "_"
        return plain

    def input(self, name: str) -> str:
        return self._inputs[name]

    def scratch(self, bank: str) -> str:
        return f"scratch_{bank}"

    def sample(self, buffer: PlanBuffer) -> str:
        """The number of the sample that a row pushes: t for a state, t - 1 for a step."""
        return "sample1" if buffer.at_reset else "sample0"

    def place(self, buffer: PlanBuffer) -> str:
        """Where in its ring a buffer stands."""
        if self.in_reset:
            return "0"
        return f"place{1 if buffer.at_reset else 0}_{buffer.length}"

    def before(self) -> str:
        """t at the row before: 0 where the plan does not count."""
        return "0" if self._clock is None else f"state_int[{self.e}, {self._clock}]"

    @property
    def counts(self) -> bool:
        """Whether the plan has a count of transitions to read."""
        return self._clock is not None


def _attributes(layout: Layout, op: str) -> set[str]:
    """What live instructions of one op read."""
    return {i.attr for n in layout.live if (i := layout.by_slot[n]).op == op}


def signals_read(layout: Layout) -> set[str]:
    return _attributes(layout, "signal")


def inputs_read(layout: Layout) -> set[str]:
    return _attributes(layout, "input")


def params_read(plan: Plan, layout: Layout) -> set[str]:
    """The banks of params that are read: real, int or both."""
    read = _attributes(layout, "param")
    return {"real" if p.kind == "real" else "int" for p in plan.params if p.name in read}


def banks_touched(plan: Plan) -> dict[str, int]:
    """The banks of the state that have room, and how much an environment has of each."""
    sizes = zip(("real", "wide", "int"), plan.state_sizes, strict=True)
    return {bank: size for bank, size in sizes if size}


def buffers_touched(plan: Plan, layout: Layout, block: Block) -> list[PlanBuffer]:
    read = set.union(*(_attributes(layout, op) for op in OF_BUFFERS))
    read |= {name for name, _ in block.pushes}
    return [b for b in plan.buffers if b.name in read]
