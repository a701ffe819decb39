"""Rewriting: one rule, applied bottom-up to every node of a program.

A rule gets a node whose operands are already rewritten and returns the node that means the same,
or the node itself. The rewritten program shares as the old one did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Buffer, Cell, Op, Output, Program, Run

Rule = Callable[[Maker, Op], Op]


def rewrite(program: Program, rule: Rule) -> Program:
    def remade(make: Maker, op: Op, args: tuple[Op, ...]) -> Op:
        return rule(make, make.node(op.kind, args, op.form, op.attr))

    return _rebuilt(program, remade)


def cut(program: Program, inputs: dict[int, str]) -> Program:
    """The program in which these nodes, by number, are inputs of that name."""

    def remade(make: Maker, op: Op, args: tuple[Op, ...]) -> Op:
        if op.number in inputs:
            return make.node("input", (), op.form, inputs[op.number])
        return make.node(op.kind, args, op.form, op.attr)

    return _rebuilt(program, remade)


def _rebuilt(program: Program, remade: Callable[[Maker, Op, tuple[Op, ...]], Op]) -> Program:
    make = Maker()
    done: dict[int, Op] = {}

    def visit(root: Op) -> Op:
        for op in _below(root, done):
            make.span = op.span
            done[op.number] = remade(make, op, tuple(done[a.number] for a in op.args))
        return done[root.number]

    def maybe(op: Op | None) -> Op | None:
        return None if op is None else visit(op)

    def cell(c: Cell) -> Cell:
        return replace(c, update=maybe(c.update), reset=maybe(c.reset))

    def buffer(b: Buffer) -> Buffer:
        return replace(b, value=visit(b.value))

    def output(o: Output) -> Output:
        return replace(o, value=visit(o.value), factor=maybe(o.factor))

    def run(r: Run) -> Run:
        return replace(r, value=visit(r.value), seed=maybe(r.seed), mask=maybe(r.mask))

    return replace(
        program,
        outputs=tuple(output(o) for o in program.outputs),
        cells=tuple(cell(c) for c in program.cells),
        buffers=tuple(buffer(b) for b in program.buffers),
        runs=tuple(run(r) for r in program.runs),
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
