"""Sign, size, whole numbers, and remainders.

`floor`, `ceil` and `round` are the only ways from real to int; what is not finite, or beyond 64
bits, is a fault. Whole-number division rounds down, and a remainder has the sign of the divisor.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rewardlang.builtins import intervals
from rewardlang.builtins.faults import int_numba, int_numpy, int_torch, int_triton
from rewardlang.builtins.table import FAULT_INT, Builtin, Domain, Overload, declare
from rewardlang.types import Range

_EDGE = 2.0**63  # the first float beyond int64
_NOT_ZERO = Range(nonzero=True)


def _to_int(rule: str) -> Callable[..., Any]:
    """floor, ceil or rint, then to int64."""

    def whole(np: Any, x: Any) -> Any:
        fits = (x > -_EDGE) & (x < _EDGE)
        value = getattr(np, rule)(np.where(fits, x, 0))
        return np.where(fits, value.astype(np.int64), FAULT_INT)

    return whole


def _whole_overload(name: str, rule: str, torch: str) -> Overload:
    fits = "-9223372036854775808.0 < {0} and {0} < 9223372036854775808.0"
    inside = "({0} > -9223372036854775808.0) & ({0} < 9223372036854775808.0)"
    return Overload(
        f"{name}(x: real) -> int",
        numpy=_to_int(rule),
        numba=f"(np.int64(np.{rule}({{0}})) if {fits} else FAULT_INT)",
        torch=(
            f"torch.where({inside}, torch.{torch}(torch.where({inside}, {{0}}, 0)).to(torch.int64),"
            " FAULT_INT)"
        ),
        triton=f"ops.{rule}({{0}})",
    )


def _sign(np: Any, x: Any) -> Any:
    return np.where(x > 0, 1, np.where(x < 0, -1, np.where(x == 0, 0, np.nan)))


def _real_mod(np: Any, a: Any, b: Any) -> Any:
    # a quotient that is not finite: division by 0, or no digit of the remainder is known
    return np.where(np.abs(a / b) < np.inf, np.mod(a, b), np.nan)


def _safe(rule: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
    """An int rule of a divisor that may be 0, where the result is a fault."""

    def guarded(np: Any, a: Any, b: Any) -> Any:
        divisor = np.where(b == 0, 1, b)
        return np.where(b == 0, FAULT_INT, rule(np, a, divisor))

    return int_numpy(guarded)


def _sign_range(x: Range) -> Range:
    return Range(float(x.lo > 0) - float(x.lo < 0), float(x.hi > 0) - float(x.hi < 0), x.nonzero)


def _floordiv_range(a: Range, b: Range) -> Range:
    exact = intervals.quotient(a, b)
    return Range(_whole(math.floor, exact.lo), _whole(math.floor, exact.hi))


def _whole(rule: Callable[[float], int], x: float) -> float:
    return float(rule(x)) if math.isfinite(x) else x


def _whole_range(rule: Callable[[float], int]) -> Callable[[Range], Range]:
    return lambda x: Range(_whole(rule, x.lo), _whole(rule, x.hi))


declare(
    Builtin(
        name="abs",
        kind="elementwise",
        doc="The size of x without its sign.",
        overloads=(
            Overload(
                "abs(x: real<'u>) -> real<'u>",
                numpy=lambda np, x: np.abs(x),
                numba="math.fabs({0})",
                torch="torch.abs({0})",
                triton="tl.abs({0})",
            ),
            # the smallest int is its own size, so the fault needs no guard
            Overload(
                "abs(x: int) -> int",
                numpy=lambda np, x: np.abs(x),
                numba="abs({0})",
                torch="torch.abs({0})",
                triton="tl.where({0} < 0, -{0}, {0})",
            ),
        ),
        examples=(("abs(-1.5)", "1.5"), ("abs(-2)", "2")),
        range=intervals.magnitude,
        laws=frozenset({"even"}),
    ),
    Builtin(
        name="sign",
        kind="elementwise",
        doc="-1, 0 or 1. The sign of either zero is 0.",
        overloads=(
            Overload(
                "sign(x: real<'u>) -> real",
                numpy=_sign,
                numba="({f}(1) if {0} > 0 else ({f}(-1) if {0} < 0 else {0} * {f}(0)))",
                torch=(
                    "torch.where({0} > 0, 1.0, torch.where({0} < 0, -1.0, {0} * 0)).to({0}.dtype)"
                ),
                triton="tl.where({0} > 0, 1.0, tl.where({0} < 0, -1.0, {0} * 0))",
            ),
            Overload(
                "sign(x: int) -> int",
                numpy=int_numpy(lambda np, x: np.sign(x)),
                numba=int_numba("(1 if {0} > 0 else (-1 if {0} < 0 else 0))", 1),
                torch=int_torch("torch.sign({0})", 1),
                triton=int_triton("({0} > 0).to(tl.int64) - ({0} < 0).to(tl.int64)", 1),
            ),
        ),
        examples=(("sign(-2.5)", "-1.0"), ("sign(0)", "0")),
        range=_sign_range,
        laws=frozenset({"monotone", "odd"}),
    ),
    Builtin(
        name="floor",
        kind="elementwise",
        doc="The greatest int not above x.",
        overloads=(_whole_overload("floor", "floor", "floor"),),
        examples=(("floor(1.7)", "1"), ("floor(-1.2)", "-2")),
        range=_whole_range(math.floor),
        laws=frozenset({"monotone"}),
    ),
    Builtin(
        name="ceil",
        kind="elementwise",
        doc="The smallest int not below x.",
        overloads=(_whole_overload("ceil", "ceil", "ceil"),),
        examples=(("ceil(1.2)", "2"), ("ceil(-1.7)", "-1")),
        range=_whole_range(math.ceil),
        laws=frozenset({"monotone"}),
    ),
    Builtin(
        name="round",
        kind="elementwise",
        doc="The nearest int, the even one of two.",
        overloads=(_whole_overload("round", "rint", "round"),),
        examples=(("round(2.5)", "2"), ("round(3.5)", "4"), ("round(-0.4)", "0")),
        range=_whole_range(round),
        laws=frozenset({"monotone"}),
    ),
    Builtin(
        name="floordiv",
        spelled="div",
        kind="elementwise",
        doc="Whole-number division, rounded down. By 0: a fault.",
        overloads=(
            Overload(
                "div(a: int, b: int) -> int",
                numpy=_safe(lambda np, a, b: np.floor_divide(a, b)),
                numba=(
                    "({0} // {1} if {1} != 0 and {0} != FAULT_INT and {1} != FAULT_INT"
                    " else FAULT_INT)"
                ),
                torch=int_torch(
                    "torch.where({1} == 0, FAULT_INT, torch.div({0}, torch.where({1} == 0, 1, {1}),"
                    " rounding_mode='floor'))"
                ),
                triton="ops.floor_div({0}, {1})",
            ),
        ),
        examples=(("div(7, 2)", "3"), ("div(-7, 2)", "-4"), ("valid(div(1, 0))", "false")),
        range=_floordiv_range,
        domain=(Domain(1, _NOT_ZERO),),
    ),
    Builtin(
        name="mod",
        kind="elementwise",
        doc=(
            "The remainder of division, with the sign of the divisor. A fault by 0, and for reals"
            " where the quotient overflows."
        ),
        overloads=(
            Overload(
                "mod(a: real<'u>, b: real<'u>) -> real<'u>",
                numpy=_real_mod,
                numba="({0} % {1} if math.fabs({0} / {1}) < {inf} else {nan})",
                # torch.remainder loses all digits where the quotient is large
                torch=(
                    "torch.where(torch.abs({0} / {1}) < {inf}, torch.fmod({0}, {1}) + torch.where("
                    "torch.fmod({0}, {1}) * torch.sign({1}) < 0, {1}, 0), {nan})"
                ),
                triton="ops.real_mod({0}, {1})",
            ),
            Overload(
                "mod(a: int, b: int) -> int",
                numpy=_safe(lambda np, a, b: np.mod(a, b)),
                numba=(
                    "({0} % {1} if {1} != 0 and {0} != FAULT_INT and {1} != FAULT_INT"
                    " else FAULT_INT)"
                ),
                torch=int_torch(
                    "torch.where({1} == 0, FAULT_INT,"
                    " torch.remainder({0}, torch.where({1} == 0, 1, {1})))"
                ),
                triton="ops.floor_mod({0}, {1})",
            ),
        ),
        examples=(("mod(7, 3)", "1"), ("mod(-7, 3)", "2"), ("mod(5.5, 2)", "1.5")),
        range=intervals.remainder,
        domain=(Domain(1, _NOT_ZERO),),
    ),
)
