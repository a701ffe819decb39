"""What a cell reads as at the first transition, stored by the reset in place of asked each time.

    select(t == 1, v, cell)   ->   cell, which starts as v

where v is a constant and the cell, stored to after each transition only, is read in no other way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Cell, Form, Op, Program, below
from rewardlang.ir.rewrite import rewrite
from rewardlang.passes.simplify import is_first


def start(program: Program) -> Program:
    starts = _starts(program)

    def rule(make: Maker, op: Op) -> Op:
        return op.args[2] if _asks_first(op) and op.args[2].attr in starts else op

    def cell(c: Cell) -> Cell:
        if c.name not in starts:
            return c
        value = starts[c.name]
        if value.form.shape != c.form.shape:
            value = Op("expand", (value,), c.form, number=next(numbers))
        return replace(c, reset=value)

    if not starts:
        return program
    numbers = _after(program)
    return rewrite(replace(program, cells=tuple(map(cell, program.cells))), rule)


def _starts(program: Program) -> dict[str, Op]:
    """By cell, the constant that all its readers take at the first transition."""
    found = {c.name: _ANY for c in program.cells if c.reset is None and c.update is not None}
    seen: set[int] = set()
    for root in program.roots():
        if root.kind == "cell":
            found.pop(root.attr, None)
        for op in below(root):
            if op.number in seen:
                continue
            seen.add(op.number)
            for place, a in enumerate(op.args):
                known = found.get(a.attr) if a.kind == "cell" else None
                if known is None:
                    continue
                value = op.args[1] if place == 2 and _asks_first(op) else None
                if value is None or known not in (_ANY, value):
                    del found[a.attr]
                else:
                    found[a.attr] = value
    return {name: value for name, value in found.items() if value is not _ANY}


_ANY = Op("any", (), Form("real"))


def _asks_first(op: Op) -> bool:
    """Whether it is a constant at the first transition, and what a cell holds after."""
    if op.kind != "apply" or op.attr[0] != "select":
        return False
    condition, then, otherwise = op.args
    known = then.kind == "const" and math.isfinite(then.attr) and then.form.kind == op.form.kind
    return known and otherwise.kind == "cell" and otherwise.form == op.form and is_first(condition)


def _after(program: Program) -> Iterator[int]:
    """Numbers above those of all nodes."""
    return count(max(op.number for op in program.roots()) + 1)
