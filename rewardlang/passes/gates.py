"""When a value is needed at all: the condition under which somebody reads it.

    if fast then ask(x) else 0      ask(x) is needed where fast holds
    valid(a) and ask(x) > 1         .. where a is valid
    fallback(a, ask(x))             .. where a is a fault

Kernels compute both sides of a choice and select; a function of the host is asked for the rows
that take its side only.
"""

from __future__ import annotations

from collections.abc import Iterable

from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Op

ALWAYS = None  # no condition
Need = dict[int, "Op | None"]  # by number of a node: the condition, or ALWAYS


def gates(make: Maker, roots: Iterable[Op], within: set[int]) -> Need:
    """The condition, a bool of no axes, under which each node of `within` is read from a root.

    `within` holds every node on a way from a root to what is asked for; others are passed over.
    """
    need: Need = {root.number: ALWAYS for root in roots if root.number in within}
    by_number = {op.number: op for op in _below(roots, within)}
    for number in sorted(by_number, reverse=True):  # users before operands
        op = by_number[number]
        if number not in need:
            continue
        for place, operand in enumerate(op.args):
            if operand.number in within:
                _add(make, need, operand.number, _condition(make, op, place, need[number]))
    return need


def _below(roots: Iterable[Op], within: set[int]) -> list[Op]:
    found: dict[int, Op] = {}
    waiting = [root for root in roots if root.number in within]
    while waiting:
        op = waiting.pop()
        if op.number not in found:
            found[op.number] = op
            waiting.extend(a for a in op.args if a.number in within)
    return list(found.values())


def _add(make: Maker, need: Need, number: int, condition: Op | None) -> None:
    """One more reader."""
    if number not in need:
        need[number] = condition
        return
    before = need[number]
    if before is ALWAYS or condition is ALWAYS:
        need[number] = ALWAYS
    elif before is not condition:
        need[number] = make.apply("or", before, condition)


def _condition(make: Maker, op: Op, place: int, outer: Op | None) -> Op | None:
    """When operand `place` of `op` is read, `op` being read where `outer` holds."""
    own = _side(make, op, place)
    if own is None:
        return outer
    axes = tuple(range(len(own.form.shape)))
    own = make.reduce("any", own, axes)
    return own if outer is ALWAYS else make.apply("and", outer, own)


def _side(make: Maker, op: Op, place: int) -> Op | None:
    """The condition that a lazy builtin looks at this operand; None: it always does."""
    if op.kind != "apply" or place == 0:
        return None
    name, first = op.attr[0], op.args[0]
    if name == "select":
        return _holds(make, first) if place == 1 else _fails(make, first)
    if name in ("and", "implies"):
        return _holds(make, first)
    if name == "or":
        return _fails(make, first)
    if name == "fallback":
        return make.apply("not", make.apply("valid", first))
    return None


def _holds(make: Maker, c: Op) -> Op:
    """A condition that is a fault opens nothing."""
    return make.apply("and", make.apply("valid", c), c)


def _fails(make: Maker, c: Op) -> Op:
    return make.apply("and", make.apply("valid", c), make.apply("not", c))
