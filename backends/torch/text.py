"""From a plan to the text of its Torch functions, over tensors [B, *shape].

`step` and `reset` are pure: what is remembered comes in, and what is to be stored goes out. So the
same text serves a loop, `torch.compile`, a captured graph, autograd and `torch.func`.

`seen_step` is `step` for a CPU, where a look at a number costs nothing: it goes ahead as if there
were no fault, looks whether that was so, and else says None. It gives the very numbers of `step`.
"""

from __future__ import annotations

from collections.abc import Sequence

from rewardlang.backends.layout import reset_block, step_block
from rewardlang.backends.torch.parts import Known, Part
from rewardlang.backends.torch.seen import SeenStep
from rewardlang.backends.torch.values import Values, is_quotient, listed, plain
from rewardlang.backends.writer import Writer
from rewardlang.plan import Plan

_HEAD = '''\
"""{name} over Torch tensors, {real}: rows first."""

import torch
from rewardlang.backends.torch import arrays as arrays
from rewardlang.backends.torch import ops
from rewardlang.temporal.semantics import Semantics

FAULT_INT = -(2**63)
nan, inf = float("nan"), float("inf")
real = torch.{real}


def to_real(x):
    return x.to(real)
'''


def torch_text(plan: Plan, dtype: str) -> str:
    """A module with `live(params, ints, run)`, `reset`, `step` and `seen_step`; `device` and
    `buffers`, by name, are given to it."""
    writer = Writer()
    for line in _HEAD.format(name=plain(plan.name), real=dtype).splitlines():
        writer.line(line)
    step = Part(plan, step_block(plan), "step")
    parts = [Part(plan, reset_block(plan), "reset"), step]
    writer.line()
    writer.line()
    prelude = _Prelude(plan, parts)
    known = prelude.write(writer)
    for part in parts:
        writer.line()
        writer.line()
        part.write(writer, known)
    writer.line()
    writer.line()
    SeenStep(step).write(writer, known)
    return writer.text()


class _Prelude:
    """What is the same for all rows: constants, made once, and what depends on params."""

    def __init__(self, plan: Plan, parts: Sequence[Part]) -> None:
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

    def write(self, writer: Writer) -> Known:
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
            given = [values.name(i.slot.number) for i in self.live]
            given += [values.divisor(slot) for slot in self.divisors]
            given += [s.name for s in self.live_sums]
            writer.line(f"return {listed(given)}")
        return Known(self.all, given, frozenset(self.divisors))


def groups_of(plan: Plan) -> list[tuple[str, tuple[int, ...], list[int]]]:
    """The groups in which `step` settles, in order: kind, shape, and the sinks of each."""
    groups = Part(plan, step_block(plan), "step").groups
    return [(g.kind, g.shape, g.sinks) for g in groups]
