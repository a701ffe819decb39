"""Where the kernels of a plan keep things: banks of numbers, a row of lanes each.

A bank is [numbers, environments] of one type: the lanes of a warp read and write side by side. All
cells of one kind share a bank, and so do all results of one kind, so that a kernel has few
arguments and a step few allocations. The contract's tensors, rows first, are views of them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from rewardlang.backends.torch.text import groups_of
from rewardlang.plan import Plan

KINDS = ("real", "wide", "int", "bool")


@dataclass(frozen=True)
class Place:
    """Numbers of a bank, from `offset` on."""

    kind: str
    offset: int
    shape: tuple[int, ...]
    size: int


class Bank:
    """Places one after the other, in a bank for each kind."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.places: list[Place] = []

    def add(self, kind: str, shape: tuple[int, ...]) -> Place:
        place = Place(kind, self.sizes.get(kind, 0), shape, math.prod(shape))
        self.sizes[kind] = place.offset + place.size
        self.places.append(place)
        return place


class Layout:
    """`cells` in the order of the plan; `outputs` and, where they differ by row, their `factors`;
    `held` of each group of sinks of reals; `columns` of the sinks among the flags of faults."""

    def __init__(self, plan: Plan) -> None:
        by_slot = {i.slot.number: i.slot for i in (*plan.prelude, *plan.step)}
        self.cells, self.results = Bank(), Bank()
        for cell in plan.cells:
            self.cells.add(cell.kind, cell.shape)
        self.reward = self.results.add("real", plan.reward_shape)
        slots = [by_slot[o.slot] for o in plan.outputs]
        self.outputs = [self.results.add(s.kind, s.shape) for s in slots]
        self.factors: list[Place | None] = []  # by output, among the results
        self.shared: list[int] = []  # by output: its place among the factors of all rows, or -1
        self.shared_slots: list[int] = []
        for output in plan.outputs:
            by_row = output.factor_column >= 0
            shape = by_slot[output.factor_slot].shape if by_row else ()
            self.factors.append(self.results.add("real", shape) if by_row else None)
            self.shared.append(len(self.shared_slots) if output.factor >= 0 else -1)
            if output.factor >= 0:
                self.shared_slots.append(output.factor_slot)
        self.groups = groups_of(plan)
        self.sinks = tuple(n for _, _, sinks in self.groups for n in sinks)
        self.columns = {sink: n for n, sink in enumerate(self.sinks)}
        self.held, self.held_groups = Bank(), list[Place]()
        self.held_of: dict[int, int] = {}  # by sink: where its numbers begin
        for kind, shape, sinks in self.groups:
            if kind == "real":
                place = self.held.add(kind, (len(sinks), *shape))
                self.held_groups.append(place)
                each = place.size // len(sinks)
                self.held_of |= {s: place.offset + n * each for n, s in enumerate(sinks)}
        self.inputs = _names(plan)


def _names(plan: Plan) -> list[str]:
    """What each input is called in a kernel."""
    found: list[str] = []
    for n, declared in enumerate(plan.inputs):
        name = "in_" + re.sub(r"\W", "_", declared.name, flags=re.ASCII)
        found.append(name if name not in found else f"{name}_{n}")
    return found
