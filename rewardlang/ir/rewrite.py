"""Rewriting: one rule, applied bottom-up to every node of a program.

A rule gets a node whose operands are already rewritten and returns the node that means the same,
or the node itself. The rewritten program shares as the old one did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Buffer, Cell, Op, Output, Program

Rule = Callable[[Maker, Op], Op]


def rewrite(program: Program, rule: Rule) -> Program:
    make = Maker()
    done: dict[int, Op] = {}

    def visit(root: Op) -> Op:
        for op in _below(root, done):
            args = tuple(done[a.number] for a in op.args)
            make.span = op.span
            done[op.number] = rule(make, make.node(op.kind, args, op.form, op.attr))
        return done[root.number]

    def maybe(op: Op | None) -> Op | None:
        return None if op is None else visit(op)

    def cell(c: Cell) -> Cell:
        return replace(c, update=maybe(c.update), reset=maybe(c.reset))

    def buffer(b: Buffer) -> Buffer:
        return replace(b, value=visit(b.value))

    def output(o: Output) -> Output:
        return replace(o, value=visit(o.value), factor=maybe(o.factor))

    return replace(
        program,
        outputs=tuple(output(o) for o in program.outputs),
        cells=tuple(cell(c) for c in program.cells),
        buffers=tuple(buffer(b) for b in program.buffers),
    )


def _below(root: Op, done: dict[int, Op]) -> list[Op]:
    """What must be rewritten for `root`, operands first. Iterative: sums can be long chains."""
    found: dict[int, Op] = {}
    waiting = [root]
    while waiting:
        op = waiting.pop()
        if op.number not in done and op.number not in found:
            found[op.number] = op
            waiting.extend(op.args)
    return [found[n] for n in sorted(found)]
