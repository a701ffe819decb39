"""Algebra that changes no bit of any result, faults included.

    select(const true, a, b)  ->  a            x * 1, x / 1, x + 0, x - 0  ->  x
    not(not c)                ->  c            max(x, -inf), min(x, inf)   ->  x
    and(const true, c)        ->  c            expand of its own shape     ->  x

`x * 0` stays: it is a fault where x is one. The sign of a zero is not observable.

    select(t == 1, 0, cell)   ->  cell         for a cell that no reset stores to

Such a cell is zero when an episode begins and is stored to only after a transition, so at the first
one it reads as the zero that the select would give.
"""

from __future__ import annotations

import math

from rewardlang.ir.ops import Op, Program
from rewardlang.ir.rewrite import rewrite

# For operand i, the constant that leaves the other operand as it is.
_IDENTITY: dict[str, tuple[float | None, float | None]] = {
    "add": (0, 0),
    "sub": (None, 0),
    "mul": (1, 1),
    "div": (None, 1),
    "max": (-math.inf, -math.inf),
    "min": (math.inf, math.inf),
    "and": (1, 1),
    "or": (0, 0),
}


def simplify(program: Program) -> Program:
    zero_at_first = frozenset(c.name for c in program.cells if c.reset is None)
    return rewrite(program, lambda make, op: _simplify(op, zero_at_first))


def _simplify(op: Op, zero_at_first: frozenset[str]) -> Op:
    if op.kind == "expand" and op.args[0].form == op.form:
        return op.args[0]
    if op.kind != "apply":
        return op
    name = op.attr[0]
    if name == "select":
        return _select(op, zero_at_first)
    if name == "not" and op.args[0].kind == "apply" and op.args[0].attr[0] == "not":
        return op.args[0].args[0]
    for i, identity in enumerate(_IDENTITY.get(name, ())):
        constant, other = op.args[i], op.args[1 - i]
        same_form = other.form == op.form
        if identity is not None and same_form and _is(constant, identity):
            return other
    return op


def _is(op: Op, value: float) -> bool:
    return op.kind == "const" and op.attr == value


def _select(op: Op, zero_at_first: frozenset[str]) -> Op:
    condition, then, otherwise = op.args
    taken = otherwise if _is(condition, 0) else then if _is(condition, 1) else None
    if is_first(condition) and otherwise.kind == "cell" and otherwise.attr in zero_at_first:
        taken = otherwise if _is(then, 0) else None
    if taken is not None and taken.form == op.form:
        return taken
    return op


def is_first(condition: Op) -> bool:
    """Whether a condition is `t == 1`, either way round."""
    if condition.kind != "apply" or condition.attr[0] != "eq":
        return False
    counts = any(a.kind == "signal" and a.attr == "t" for a in condition.args)
    return counts and any(_is(a, 1) for a in condition.args)
