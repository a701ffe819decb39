"""Which values can never be a fault, and the shorter texts that this allows.

The answer is conservative: a value that is not named here may well always be fine. What may be
computed from an input may be a fault; what counts transitions, what a sink has settled, what
compares these, and choices among them may not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT
from rewardlang.plan import Instruction, Plan

_MOVES = {"align", "slice", "expand", "stack"}
_LOGIC = {"and", "or", "not", "implies", "iff"}
_COMPARISONS = {"lt", "le", "gt", "ge", "eq", "ne"}
_EXACT = {"to_real", "widen", "to_int"}  # where they take a bool or an int
_GUARD = r"(?:\{nan\}|FAULT_INT|2)"


def never_faults(
    plan: Plan, instructions: Iterable[Instruction], fit: frozenset[int] = frozenset()
) -> frozenset[int]:
    """The slots that are never a fault; the reals among them are finite too. `fit` are inputs and
    cells of which this is known."""
    found: set[int] = set()
    by_slot: dict[int, Instruction] = {}
    for at in instructions:
        by_slot[at.slot.number] = at
        if at.slot.number in fit or _is_certain(at, by_slot, found):
            found.add(at.slot.number)
    return frozenset(found)


def _is_certain(at: Instruction, by_slot: dict[int, Instruction], found: set[int]) -> bool:
    if at.op == "const":
        return _is_fit(at)
    if at.op in ("signal", "table"):  # the numbers of a table are all fit
        return True
    if at.op == "cell":
        return bool(at.attr == "t")
    if at.op == "settle":
        return True
    if not all(a in found for a in at.args):
        return at.op == "apply" and at.attr[0] == "valid"
    if at.op in _MOVES:
        return True
    if at.op == "reduce":
        return at.slot.kind == "bool" and at.attr[0] in ("any", "all")
    return at.op == "apply" and _keeps_fit(at, by_slot)


def _is_fit(at: Instruction) -> bool:
    if at.slot.kind in ("real", "wide"):
        # 3e38 is finite in float32 too
        return math.isfinite(at.attr) and abs(at.attr) < 3e38
    return bool(at.attr != (FAULT_INT if at.slot.kind == "int" else FAULT_BOOL))


def _keeps_fit(at: Instruction, by_slot: dict[int, Instruction]) -> bool:
    """Whether fit operands give a fit result."""
    name = at.attr[0]
    sources = [by_slot[a] for a in at.args]
    exact = all(s.slot.kind in ("int", "bool") for s in sources)
    if name == "add":  # the count of transitions plus one
        return any(s.op == "cell" for s in sources) and any(s.op == "const" for s in sources)
    if name in _EXACT:
        return exact
    return name in _COMPARISONS or name in _LOGIC or name == "select"


def never_nan(instructions: Iterable[Instruction], certain: frozenset[int]) -> frozenset[int]:
    """The reals that are never NaN, though they may be infinite: a comparison of them is no fault.

    Of two finite numbers a sum, difference or product is at worst infinite, and what is nowhere
    negative can be added up and have its root taken.
    """
    by_slot: dict[int, Instruction] = {}
    found: set[int] = set()
    not_negative: set[int] = set()
    for at in instructions:
        by_slot[at.slot.number] = at
        slot, args = at.slot.number, at.args
        if at.slot.kind not in ("real", "wide") or not args:
            if at.op == "const" and at.slot.kind in ("real", "wide") and at.attr >= 0:
                not_negative.add(slot)
            continue
        known = all(a in certain or a in found for a in args if _is_real(by_slot.get(a)))
        known &= all(a in certain for a in args if not _is_real(by_slot.get(a)))
        finite = all(a in certain for a in args)
        positive = all(a in not_negative for a in args)
        name = at.attr[0] if at.op in ("apply", "reduce") else at.op
        square = name == "mul" and args[0] == args[1]
        if name in ("abs", "sqrt", "exp", "max", "min", "square", *_MOVES) or square:
            stays = positive or square or name in ("abs", "exp")
            number = known and (name != "sqrt" or positive)
        elif name in ("add", "sub", "mul"):
            stays = positive and name != "sub"
            number = finite or (known and name == "add" and positive)
        elif name == "sum":
            stays, number = positive, known and positive  # parts of others may be inf and -inf
        elif name == "select":
            stays = all(a in not_negative for a in args[1:])
            number = known
        else:
            continue
        if number:
            found.add(slot)
        if stays and (number or slot in certain):
            not_negative.add(slot)
    return frozenset(found)


def _is_real(at: Instruction | None) -> bool:
    return at is not None and at.slot.kind in ("real", "wide")


def doubts(plan: Plan, instructions: Sequence[Instruction], asked: Iterable[int]) -> frozenset[int]:
    """The inputs and cells because of which something `asked` may be a fault: where all are fit it
    is none."""
    by_slot = {i.slot.number: i for i in instructions}
    given = {i.slot.number for i in instructions if i.op in ("input", "cell")}
    always, then = (
        certain | never_nan(instructions, certain)
        for certain in (
            never_faults(plan, instructions, frozenset(fit)) for fit in (set[int](), given)
        )
    )
    found: set[int] = set()
    waiting, seen = [slot for slot in asked if slot in then], set(always)
    while waiting:
        slot = waiting.pop()
        if slot not in seen:
            seen.add(slot)
            found |= {slot} & given
            waiting.extend(by_slot[slot].args)
    return frozenset(found)


def without_guards(template: str, certain: Iterable[int]) -> str:
    """A builtin's text for Numba where those operands are never a fault."""
    for i in certain:
        fault = rf"\{{{i}\}} == (?:FAULT_INT|2)"
        template = re.sub(rf" or {fault}\b|{fault} or ", "", template)
        template = re.sub(rf"^\({_GUARD} if {fault} else (.*)\)$", r"(\1)", template)
        # `x if c == 1 else (y if c == 0 else fault)` has but two ways
        last = rf"\(([^()]*) if \{{{i}\}} == 0 else {_GUARD}\)\)$"
        template = re.sub(last, r"\1)", template)
    return template
