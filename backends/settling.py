"""One look at many sinks: a row in which every raw value is finite needs no other.

A `settle` waits until something reads it or the block ends. Those that wait are then looked at
together: if the sum of their raw values is finite, so is each of them. If it is not, each is looked
at by itself, so a sum that overflows costs time and changes nothing.
"""

from __future__ import annotations

from rewardlang.backends.values import Values
from rewardlang.plan import Instruction


class Settling:
    """The `settle` instructions of a block that wait, in the order of the plan."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.waiting: dict[int, Instruction] = {}

    def takes(self, at: Instruction) -> bool:
        """Whether an instruction has been taken to be written later."""
        if at.op != "settle" or at.slot.shape != () or at.slot.kind not in ("real", "wide"):
            return False
        if at.args[0] in self.values.layout.certain:
            return False
        self.waiting[at.slot.number] = at
        return True

    def before(self, at: Instruction) -> None:
        """Write those that wait if `at` reads one of them."""
        if not self.waiting.keys().isdisjoint(at.args):
            self.finish()

    def finish(self) -> None:
        """Write all that wait."""
        group, self.waiting = list(self.waiting.values()), {}
        if len(group) == 1:
            self.values.compute(group[0])
        elif group:
            self._write(group)

    def _write(self, group: list[Instruction]) -> None:
        writer = self.values.writer
        raws = [self.values.raw(at, ()) for at in group]
        for at, raw in zip(group, raws, strict=True):
            name = f"v{at.slot.number}"
            writer.line(f"{name} = {raw}")
            writer.know(at.slot.number, (), name)
        with writer.block(f"if not math.isfinite({_sum(raws)}):"):
            for at, raw in zip(group, raws, strict=True):
                self.values.replace_unfit(at, (), f"v{at.slot.number}", raw)


def _sum(names: list[str]) -> str:
    """A sum in pairs of pairs: its parts do not wait for each other."""
    if len(names) == 1:
        return names[0]
    half = (len(names) + 1) // 2
    left, right = _sum(names[:half]), _sum(names[half:])
    return f"{left} + ({right})" if len(names) - half > 1 else f"{left} + {right}"
