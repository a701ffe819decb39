"""Bools in Torch text: two masks, the truth and, where it may be one, whether it is a fault.

Elsewhere a bool is one number, 0, 1 or 2. As masks a comparison is one pass, or two where an
operand may be a fault, and connectives are passes over bytes. Where a value is a fault its truth
means nothing. What is remembered, and what leaves a kernel with faults, is numbers again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rewardlang.plan import Instruction

if TYPE_CHECKING:
    from rewardlang.backends.torch.values import Values

Pair = tuple[str, str | None]  # the texts of truth and fault

_SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}


def either(*faults: str | None) -> str | None:
    """Where one of them is."""
    found = [f for f in faults if f is not None]
    return " | ".join(found) if found else None


def apply(values: Values, at: Instruction) -> Pair | None:
    """The texts of an elementwise row that gives a bool; None where its own text will do."""
    name, shape = at.attr[0], at.slot.shape
    if name in _SIGNS:
        return _comparison(values, at)
    rule = _RULES.get(name)
    if rule is None:
        return None
    if name == "valid":
        fault = values.fault(at.args[0], shape)
        return (
            (f"torch.ones_like({values.at_shape(at.args[0], shape)}, dtype=torch.bool)", None)
            if (fault is None)
            else (f"~{fault}", None)
        )
    if values.kind(at.args[-1]) != "bool":
        return None
    operands = [(values.mask(a, shape), values.fault(a, shape)) for a in at.args]
    if name == "select" and values.number(at.args[1]) is not None:  # `if c then true else b`
        c, _, b = operands
        return _or(c, b) if values.number(at.args[1]) == "1" else _and((f"(~{c[0]})", c[1]), b)
    return rule(*operands)


def _comparison(values: Values, at: Instruction) -> Pair:
    shape = at.slot.shape
    sign = _SIGNS[at.attr[0]]
    if values.kind(at.args[0]) == "bool":
        a, b = (values.mask(x, shape) for x in at.args)
    else:
        a, b = values.operands(at)
    return f"{a} {sign} {b}", either(*(values.fault(x, shape) for x in at.args))


def _and(a: Pair, b: Pair) -> Pair:
    return f"{a[0]} & {b[0]}", either(a[1], b[1] and f"({a[0]} & {b[1]})")


def _or(a: Pair, b: Pair) -> Pair:
    return f"{a[0]} | {b[0]}", either(a[1], b[1] and f"(~{a[0]} & {b[1]})")


def _implies(a: Pair, b: Pair) -> Pair:
    return f"~{a[0]} | {b[0]}", either(a[1], b[1] and f"({a[0]} & {b[1]})")


def _not(a: Pair) -> Pair:
    return f"~{a[0]}", a[1]


def _iff(a: Pair, b: Pair) -> Pair:
    return f"{a[0]} == {b[0]}", either(a[1], b[1])


def _select(c: Pair, a: Pair, b: Pair) -> Pair:
    fault = None
    if a[1] and b[1]:
        fault = f"torch.where({c[0]}, {a[1]}, {b[1]})"
    elif a[1] or b[1]:
        fault = f"({c[0]} & {a[1]})" if a[1] else f"(~{c[0]} & {b[1]})"
    return f"torch.where({c[0]}, {a[0]}, {b[0]})", either(c[1], fault)


def _require(c: Pair, x: Pair) -> Pair:
    return x[0], either(f"~{c[0]}", c[1], x[1])


def _fallback(a: Pair, b: Pair) -> Pair:
    if a[1] is None:
        return a
    return f"torch.where({a[1]}, {b[0]}, {a[0]})", b[1] and f"{a[1]} & {b[1]}"


_RULES: dict[str, Callable[..., Pair]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "implies": _implies,
    "iff": _iff,
    "select": _select,
    "require": _require,
    "fallback": _fallback,
    "valid": _not,
}


def into_number(values: Values, at: Instruction) -> str | None:
    """The text of a row that reads a bool and gives a number; None where it reads none."""
    name, shape, kind = at.attr[0], at.slot.shape, at.slot.kind
    if name not in ("select", "require", "real", "to_real", "to_int", "widen"):
        return None
    if values.kind(at.args[0]) != "bool":
        return None
    truth, fault = values.mask(at.args[0], shape), values.fault(at.args[0], shape)
    nothing = "FAULT_INT" if kind == "int" else "nan"
    if name == "require":
        kept = truth if fault is None else f"{truth} & ~{fault}"
        return f"torch.where({kept}, {values.at_shape(at.args[1], shape)}, {nothing})"
    if name == "select":
        a, b = (values.at_shape(x, shape) for x in at.args[1:])
        found = f"torch.where({truth}, {a}, {b})"
    else:
        found = f"{truth}.view(torch.uint8).to({values.dtype(kind)})"  # faster than from a bool
    return found if fault is None else f"torch.where({fault}, {nothing}, {found})"
