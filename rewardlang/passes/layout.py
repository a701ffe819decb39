"""Where everything stands in memory: inputs, params, cells and buffers in their banks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from rewardlang.ir.ops import Buffer, Cell, Program
from rewardlang.plan import Plan, PlanBuffer, PlanCell, PlanInput, PlanParam

_BANK = {"real": "real", "wide": "wide", "int": "int", "bool": "int"}
_BANKS = ("real", "wide", "int")


@dataclass(frozen=True)
class Layout:
    program: Program
    params: tuple[PlanParam, ...]
    cells: tuple[PlanCell, ...]
    buffers: tuple[PlanBuffer, ...]
    state_sizes: tuple[int, int, int]
    real_params: int
    int_params: int

    def inputs(self, in_step: set[str], at_reset: set[str]) -> tuple[PlanInput, ...]:
        """An input that nothing reads keeps its place: it is declared, so it may be given."""
        return tuple(
            PlanInput(
                name=i.name,
                kind=i.form.kind,
                shape=i.form.shape,
                per="episode" if i.per == "reset" else i.per,
                at_reset=i.name in at_reset,
                in_step=i.name in in_step,
                scale=i.scale,
                unit=i.unit,
                lo=i.lo,
                hi=i.hi,
                contract=i.contract,
                members=i.members,
                default=i.default,
                span=i.span,
                origin=i.origin,
                shared=i.shared,
                lengths=i.lengths,
            )
            for i in self.program.inputs
        )


def lay_out(program: Program, cells: dict[str, Cell], buffers: dict[str, Buffer]) -> Layout:
    sizes = dict.fromkeys(_BANKS, 0)

    def place(bank: str, size: int) -> int:
        offset = sizes[bank]
        sizes[bank] += size
        return offset

    placed_cells = [PlanCell("t", "int", "int", (), place("int", 1))]
    for c in cells.values():
        bank = _BANK[c.form.kind]
        offset = place(bank, c.form.size)
        placed_cells.append(PlanCell(c.name, bank, c.form.kind, c.form.shape, offset))
    placed_buffers = []
    for b in buffers.values():
        bank, size = _BANK[b.form.kind], b.form.size
        offset = place(bank, size * b.length)
        beside = {None: 0, "order": size * b.length}.get(b.fold, size)
        prefix = place(bank, beside) if beside else -1
        placed_buffers.append(
            PlanBuffer(
                b.name,
                bank,
                b.form.kind,
                b.form.shape,
                offset,
                prefix,
                b.length,
                b.fold,
                b.at_reset,
                b.formulas,
                b.semantics,
                b.gathered,
            )  # fmt: skip
        )
    params, real_params, int_params = _params(program)
    return Layout(
        program,
        params,
        tuple(placed_cells),
        tuple(placed_buffers),
        (sizes["real"], sizes["wide"], sizes["int"]),
        real_params,
        int_params,
    )


def _params(program: Program) -> tuple[tuple[PlanParam, ...], int, int]:
    used = {"real": 0, "int": 0}
    placed = []
    for p in program.params:
        bank = "real" if p.form.kind == "real" else "int"
        placed.append(
            PlanParam(
                p.name,
                p.form.kind,
                p.form.shape,
                used[bank],
                p.default,
                p.scale,
                p.unit,
                p.lo,
                p.hi,
                p.members,
                p.span,
                p.of_run,
            )  # fmt: skip
        )
        used[bank] += p.form.size
    return tuple(placed), used["real"], used["int"]


def plan_hash(plan: Plan) -> Plan:
    """The plan with the hash of its meaning: its own text without names of files and places."""
    nameless = replace(plan, name="")
    digest = hashlib.sha256(repr(_meaning(nameless)).encode()).hexdigest()
    return replace(plan, hash=digest[:16])


def _meaning(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_meaning(v) for v in value)
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is None:
        return value
    return tuple(
        (name, _meaning(getattr(value, name)))
        for name in fields
        if name not in ("span", "hash", "owner") and (name != "machines" or getattr(value, name))
    )
