"""The step of a loop on a CPU: as if nothing were a fault, then a look whether that was so.

Operation by operation, a step's guards against faults cost as much as what they guard. The look is
at the inputs and cells that could make a comparison a fault, before, and at what is settled, after:
at a sum where one is made of it, for what is not finite makes the sum so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rewardlang.backends.torch.parts import Known, Part, needed
from rewardlang.backends.torch.sums import WeightedSum
from rewardlang.backends.torch.values import Values, listed
from rewardlang.backends.writer import Writer
from rewardlang.plan import Instruction, PlanCell, PlanInput

_HEAD = """\
# The same where nothing is a fault. These inputs and cells are looked at before
def inputs_fit(inputs):
    return {inputs}


def cells_fit(cells):
    return {cells}


stays_fit = {stays}  # whether cells that were fit are so after the step


# A short array that all rows share takes longer to meet theirs than one of each row
def spread(live, size):
    {live} = live
    return {given}


"""


class SeenStep(Part):
    """Of a step whose text was written."""

    def __init__(self, step: Part) -> None:
        super().__init__(step.plan, step.block, "seen_step")
        self.fit = step.doubts
        self._spread: list[int] = []
        self._stacked: set[int] = set()  # the groups that are a matrix already
        bare = [replace(i, args=i.args[:1]) if i.op == "settle" else i for i in self.body]
        kept = needed((*step.block.prelude, *bare), self.roots)
        self.body = [i for i in bare if i.slot.number in kept]

    def write(self, writer: Writer, known: Known) -> None:
        plan = self.plan
        self._spread = [i.slot.number for i in known.instructions if self._is_met(i)]
        wide = ", ".join(f"ops.spread(x{slot}, size)" for slot in self._spread)
        values = self._values(known, Writer())
        stored = dict(self.block.stores)
        head = _HEAD.format(
            inputs=self._look("inputs", plan.inputs),
            cells=self._look("cells", plan.cells),
            stays=all(
                stored[i.attr] in values.certain
                for i in self._taken_as_fit()
                if i.op == "cell" and i.attr in stored
            ),
            live=listed(known.live),
            given=f"(*live, {wide})" if wide else "live",
        )
        for line in head.splitlines():
            writer.line(line)
        given = (*known.live, *(f"w{slot}" for slot in self._spread))
        super().write(writer, replace(known, live=given))

    def _is_met(self, shared: Instruction) -> bool:
        """Whether it is an array that meets one of each row, place by place."""
        slot = shared.slot
        if slot.kind != "real" or not slot.shape:
            return False
        return any(
            slot.number in i.args and i.op == "apply" and i.slot.shape == slot.shape
            for i in self.body
        )

    def _taken_as_fit(self) -> list[Instruction]:
        return [i for i in self.body if i.slot.number in self.fit]

    def _look(self, bank: str, declared: Sequence[PlanInput] | Sequence[PlanCell]) -> str:
        op, names = bank.removesuffix("s"), [d.name for d in declared]
        places = {names.index(i.attr): i.slot.kind for i in self._taken_as_fit() if i.op == op}
        looks = [f'ops.is_fit("{kind}", {bank}[{n}])' for n, kind in sorted(places.items())]
        return " and ".join(looks) or "True"

    def _values(self, known: Known, writer: Writer) -> Values:
        every = [*known.instructions, *self.body]
        values = Values(self.plan, every, writer, self.fit, seen=True)
        values.spread = frozenset(self._spread)
        return values

    def _compute(self, values: Values, writer: Writer) -> None:
        self._each(self.body, values, writer)

    def _results(self, values: Values) -> list[str]:
        looks = []
        for at in self._looked_at():
            source = at.args[0]
            if at.slot.kind == "bool":
                fault = values.fault(source, values.by_slot[source].slot.shape)
                if fault is not None:
                    looks.append(f"ops.holds_nowhere({fault})")
            elif source not in values.certain:
                looks.append(f'ops.is_fit("{at.slot.kind}", {values.name(source)})')
        lines = [f"if not ({' and '.join(looks)}):", "    return None"] if looks else []
        return [*lines, *super()._results(values)]

    def _looked_at(self) -> list[Instruction]:
        """Settled values, but for those that a sum is made of that is settled itself."""
        settled = {i.args[0] for i in self.body if i.op == "settle"}
        summed: set[int] = set()
        for added in self.sums.values():
            if added.slot in settled:
                members = self.groups[added.group].members
                told = zip(members, added.weights, strict=True)
                summed |= {m.slot.number for m, w in told if w is not None}
        every = [i for g in self.groups for i in g.members if i.slot.number not in summed]
        return [replace(i, args=i.args[:1]) for i in every]

    def _matrix(self, added: WeightedSum, values: Values) -> str:
        name = f"settled{added.group}"
        if added.group not in self._stacked:
            self._stacked.add(added.group)
            values.writer.line(f"{name} = {self._stack(added.group, values)}")
        return name

    def _stack(self, group: int, values: Values) -> str:
        members = self.groups[group].members
        return f"torch.stack({listed(values.rows(m.slot.number) for m in members)})"

    def _settled(self, values: Values) -> list[str]:
        held = [
            f"settled{n}.transpose(0, 1)"
            if n in self._stacked
            else f"{self._stack(n, values)}.transpose(0, 1)"
            for n, group in enumerate(self.groups)
            if group.held
        ]
        return ["unfit = ()", f"held = {listed(held)}"]
