"""Comparisons. One with a fault is a fault, since a silent false would pass for an answer.

No tolerance anywhere, also in `==`. Enum members compare as ints, bools by `==` and `!=` alone.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from rewardlang.builtins.faults import test_numba, test_numpy, test_torch, test_triton
from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT, Builtin, Overload, declare
from rewardlang.types import Range

Test = Callable[[Any, Any], Any]


def _real(name: str, sign: str, opposite: str, test: Test) -> Overload:
    """NaN satisfies neither the comparison nor its opposite."""

    def compare(np: Any, a: Any, b: Any) -> Any:
        return np.where((a != a) | (b != b), FAULT_BOOL, test(a, b))

    return Overload(
        f"{name}(a: real<'u>, b: real<'u>) -> bool",
        numpy=compare,
        numba=f"(1 if {{0}} {sign} {{1}} else (0 if {opposite} else 2))",
        torch=(
            f"torch.where(({{0}} != {{0}}) | ({{1}} != {{1}}), 2,"
            f" ({{0}} {sign} {{1}}).to(torch.uint8))"
        ),
        triton=(
            f"tl.where(({{0}} != {{0}}) | ({{1}} != {{1}}), 2, ({{0}} {sign} {{1}}).to(tl.int32))"
        ),
    )


def _exact(name: str, sign: str, kind: str, test: Test) -> Overload:
    """Of ints and bools, whose fault is a number among the others."""
    fault = FAULT_INT if kind == "int" else FAULT_BOOL
    spelled = "FAULT_INT" if kind == "int" else "2"
    rule = f"{{0}} {sign} {{1}}"
    return Overload(
        f"{name}(a: {kind}, b: {kind}) -> bool",
        numpy=test_numpy(lambda np, a, b: test(a, b), fault),
        numba=test_numba(rule, spelled),
        torch=test_torch(rule, spelled),
        triton=test_triton(rule, spelled),
    )


def _truth(always: bool, never: bool) -> Range:
    """What a comparison gives, as far as the ranges decide it."""
    return Range(1 if always else 0, 0 if never else 1)


def _lt(a: Range, b: Range) -> Range:
    return _truth(a.hi < b.lo, a.lo >= b.hi)


def _le(a: Range, b: Range) -> Range:
    return _truth(a.hi <= b.lo, a.lo > b.hi)


def _eq(a: Range, b: Range) -> Range:
    apart = a.hi < b.lo or b.hi < a.lo
    zero = Range(0, 0)
    apart = apart or (a == zero and not b.may_be_zero) or (b == zero and not a.may_be_zero)
    return _truth(a.lo == a.hi == b.lo == b.hi, apart)


def _ne(a: Range, b: Range) -> Range:
    same = _eq(a, b)
    return Range(1 - same.hi, 1 - same.lo)


declare(
    Builtin(
        name="lt",
        kind="operator",
        doc="Less, `a < b`.",
        overloads=(
            _real("lt", "<", "{0} >= {1}", operator.lt),
            _exact("lt", "<", "int", operator.lt),
        ),
        examples=(("1 < 2", "true"), ("valid(0 / 0 < 1)", "false")),
        range=_lt,
    ),
    Builtin(
        name="le",
        kind="operator",
        doc="Less or equal, `a <= b`.",
        overloads=(
            _real("le", "<=", "{0} > {1}", operator.le),
            _exact("le", "<=", "int", operator.le),
        ),
        examples=(("2 <= 2", "true"),),
        range=_le,
    ),
    Builtin(
        name="gt",
        kind="operator",
        doc="Greater, `a > b`.",
        overloads=(
            _real("gt", ">", "{0} <= {1}", operator.gt),
            _exact("gt", ">", "int", operator.gt),
        ),
        examples=(("1 > 2", "false"),),
        range=lambda a, b: _lt(b, a),
    ),
    Builtin(
        name="ge",
        kind="operator",
        doc="Greater or equal, `a >= b`.",
        overloads=(
            _real("ge", ">=", "{0} < {1}", operator.ge),
            _exact("ge", ">=", "int", operator.ge),
        ),
        examples=(("2 >= 2", "true"),),
        range=lambda a, b: _le(b, a),
    ),
    Builtin(
        name="eq",
        kind="operator",
        doc="Equal, `a == b`, to the last bit: there is no tolerance.",
        overloads=(
            _real("eq", "==", "{0} < {1} or {0} > {1}", operator.eq),
            _exact("eq", "==", "int", operator.eq),
            _exact("eq", "==", "bool", operator.eq),
        ),
        examples=(("2 == 2", "true"), ("true == false", "false")),
        range=_eq,
        laws=frozenset({"commutative"}),
    ),
    Builtin(
        name="ne",
        kind="operator",
        doc="Not equal, `a != b`.",
        overloads=(
            Overload(
                "ne(a: real<'u>, b: real<'u>) -> bool",
                numpy=lambda np, a, b: np.where((a != a) | (b != b), FAULT_BOOL, a != b),
                numba="(0 if {0} == {1} else (1 if {0} < {1} or {0} > {1} else 2))",
                torch=("torch.where(({0} != {0}) | ({1} != {1}), 2, ({0} != {1}).to(torch.uint8))"),
                triton="tl.where(({0} != {0}) | ({1} != {1}), 2, ({0} != {1}).to(tl.int32))",
            ),
            _exact("ne", "!=", "int", operator.ne),
            _exact("ne", "!=", "bool", operator.ne),
        ),
        examples=(("2 != 2", "false"),),
        range=_ne,
        laws=frozenset({"commutative"}),
    ),
)
