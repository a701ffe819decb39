"""How a fault of an int or a bool travels: the sentinels need a guard, where a NaN needs none.

The functions wrap a plain rule, in NumPy or as template text, so that a fault of an operand gives
the fault of the result. Operands are `{0}`, `{1}`, .. in the texts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT

Rule = Callable[..., Any]


def int_numpy(rule: Rule) -> Rule:
    """`rule(np, *operands)` on int64, FAULT_INT where an operand is one."""

    def guarded(np: Any, *operands: Any) -> Any:
        return np.where(_any_equal(operands, FAULT_INT), FAULT_INT, rule(np, *operands))

    return guarded


def int_numba(rule: str, count: int = 2) -> str:
    guard = " or ".join(f"{{{n}}} == FAULT_INT" for n in range(count))
    return f"(FAULT_INT if {guard} else {rule})"


def int_torch(rule: str, count: int = 2) -> str:
    guard = " | ".join(f"({{{n}}} == FAULT_INT)" for n in range(count))
    return f"torch.where({guard}, FAULT_INT, {rule})"


def int_triton(rule: str, count: int = 2) -> str:
    guard = " | ".join(f"({{{n}}} == FAULT_INT)" for n in range(count))
    return f"tl.where({guard}, FAULT_INT, {rule})"


def test_numpy(rule: Rule, fault: int) -> Rule:
    """A bool `rule` of ints or bools, 2 where an operand equals `fault`."""

    def guarded(np: Any, *operands: Any) -> Any:
        return np.where(_any_equal(operands, fault), FAULT_BOOL, rule(np, *operands))

    return guarded


def test_numba(rule: str, fault: str) -> str:
    return f"(2 if {{0}} == {fault} or {{1}} == {fault} else (1 if {rule} else 0))"


def test_torch(rule: str, fault: str) -> str:
    guard = f"({{0}} == {fault}) | ({{1}} == {fault})"
    return f"torch.where({guard}, 2, ({rule}).to(torch.uint8))"


def test_triton(rule: str, fault: str) -> str:
    guard = f"({{0}} == {fault}) | ({{1}} == {fault})"
    return f"tl.where({guard}, 2, ({rule}).to(tl.int32))"


def _any_equal(operands: tuple[Any, ...], fault: int) -> Any:
    found = operands[0] == fault
    for operand in operands[1:]:
        found = found | (operand == fault)
    return found
