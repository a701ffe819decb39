"""Arithmetic written with operators: + - * / ^ and unary minus.

Real rules are IEEE 754, correctly rounded, except that what would invent a number or hide a fault
is a fault: x / 0, 0 to a negative power, a negative base under a fractional exponent, NaN ^ 0.
Int rules wrap at 64 bits; the checker's ranges say when that may happen.
"""

from __future__ import annotations

from typing import Any

from rewardlang.builtins import intervals
from rewardlang.builtins.faults import int_numba, int_numpy, int_torch, int_triton
from rewardlang.builtins.table import FAULT_INT, Builtin, Domain, Overload, declare
from rewardlang.types import Range

NOT_ZERO = Range(nonzero=True)


def _divide(np: Any, a: Any, b: Any) -> Any:
    return np.where(b == 0, np.nan, a / b)


def _power(np: Any, a: Any, b: Any) -> Any:
    fault = (a != a) | (b != b) | ((a < 0) & (np.floor(b) != b)) | ((a == 0) & (b < 0))
    return np.where(fault, np.nan, np.power(a, b))


def _int_power(np: Any, a: Any, b: Any) -> Any:
    return np.where((b < 0) | (b > 63), FAULT_INT, np.power(a, np.clip(b, 0, 63)))


declare(
    Builtin(
        name="add",
        kind="operator",
        doc="Sum, `a + b`.",
        overloads=(
            Overload(
                "add(a: real<'u>, b: real<'u>) -> real<'u>",
                numpy=lambda np, a, b: a + b,
                numba="({0} + {1})",
                torch="({0} + {1})",
                triton="({0} + {1})",
            ),
            Overload(
                "add(a: int, b: int) -> int",
                numpy=int_numpy(lambda np, a, b: a + b),
                numba=int_numba("{0} + {1}"),
                torch=int_torch("{0} + {1}"),
                triton=int_triton("{0} + {1}"),
            ),
        ),
        examples=(("1.5 + 2", "3.5"), ("2 + 3", "5")),
        range=intervals.total,
        laws=frozenset({"commutative"}),
    ),
    Builtin(
        name="sub",
        kind="operator",
        doc="Difference, `a - b`.",
        overloads=(
            Overload(
                "sub(a: real<'u>, b: real<'u>) -> real<'u>",
                numpy=lambda np, a, b: a - b,
                numba="({0} - {1})",
                torch="({0} - {1})",
                triton="({0} - {1})",
            ),
            Overload(
                "sub(a: int, b: int) -> int",
                numpy=int_numpy(lambda np, a, b: a - b),
                numba=int_numba("{0} - {1}"),
                torch=int_torch("{0} - {1}"),
                triton=int_triton("{0} - {1}"),
            ),
        ),
        examples=(("1.5 - 2", "-0.5"), ("2 - 3", "-1")),
        range=intervals.difference,
    ),
    Builtin(
        name="mul",
        kind="operator",
        doc="Product, `a * b`. Units multiply.",
        overloads=(
            Overload(
                "mul(a: real<'u>, b: real<'v>) -> real<'u*'v>",
                numpy=lambda np, a, b: a * b,
                numba="({0} * {1})",
                torch="({0} * {1})",
                triton="({0} * {1})",
            ),
            Overload(
                "mul(a: int, b: int) -> int",
                numpy=int_numpy(lambda np, a, b: a * b),
                numba=int_numba("{0} * {1}"),
                torch=int_torch("{0} * {1}"),
                triton=int_triton("{0} * {1}"),
            ),
        ),
        examples=(("1.5 * 2", "3.0"), ("2 * 3", "6")),
        range=intervals.product,
        laws=frozenset({"commutative"}),
    ),
    Builtin(
        name="div",
        kind="operator",
        doc="Quotient, `a / b`, always real; division by 0 is a fault. `div(a, b)` is for ints.",
        overloads=(
            Overload(
                "div(a: real<'u>, b: real<'v>) -> real<'u/'v>",
                numpy=_divide,
                numba="({nan} if {1} == 0 else {0} / {1})",
                # the inner `where` keeps the gradient of the quotient finite where it is not taken
                torch="torch.where({1} == 0, {nan}, {0} / torch.where({1} == 0, 1, {1}))",
                triton="tl.where({1} == 0, {nan}, ops.div_rn({0}, {1}))",
            ),
        ),
        examples=(("3 / 2", "1.5"), ("valid(1 / 0)", "false")),
        range=intervals.quotient,
        domain=(Domain(1, NOT_ZERO),),
    ),
    Builtin(
        name="neg",
        kind="operator",
        doc="The negative, `-a`. Looser than `^`: `-x ^ 2` is `-(x ^ 2)`.",
        overloads=(
            Overload(
                "neg(a: real<'u>) -> real<'u>",
                numpy=lambda np, a: -a,
                numba="(-{0})",
                torch="(-{0})",
                triton="(-{0})",
            ),
            # the smallest int is its own negative, so the fault needs no guard
            Overload(
                "neg(a: int) -> int",
                numpy=lambda np, a: np.negative(a),
                numba="(-{0})",
                torch="(-{0})",
                triton="(-{0})",
            ),
        ),
        examples=(("-3 ^ 2", "-9"), ("-(1.5)", "-1.5")),
        range=intervals.negative,
        laws=frozenset({"antitone", "odd"}),
    ),
    Builtin(
        name="pow",
        kind="operator",
        doc=(
            "Power, `a ^ b`. Int only for an int base and a literal exponent in 0 .. 63. `0 ^ 0` is"
            " 1; a negative base under a fractional exponent and 0 under a negative one are faults."
            " The constant exponents 2, 3 and 4 mean x*x, x*x*x and (x*x)*(x*x)."
        ),
        overloads=(
            Overload(
                "pow(a: real, b: real) -> real",
                numpy=_power,
                numba=(
                    "({nan} if ({0} != {0} or {1} != {1} or ({0} < 0 and np.floor({1}) != {1})"
                    " or ({0} == 0 and {1} < 0)) else math.pow({0}, {1}))"
                ),
                torch=(
                    "torch.where(({0} != {0}) | ({1} != {1}) | (({0} < 0) & (torch.floor({1}) !="
                    " {1})) | (({0} == 0) & ({1} < 0)), {nan}, torch.pow({0}, {1}))"
                ),
                triton="ops.power({0}, {1})",
            ),
            Overload(
                "pow(a: int, b: int) -> int",
                numpy=int_numpy(_int_power),
                numba=(
                    "({0} ** min(max({1}, 0), 63) if {1} >= 0 and {1} <= 63 and {0} != FAULT_INT"
                    " else FAULT_INT)"
                ),
                torch=(
                    "torch.where(({1} < 0) | ({1} > 63) | ({0} == FAULT_INT), FAULT_INT,"
                    " torch.pow({0}, torch.clamp({1}, 0, 63)))"
                ),
                triton="ops.int_power({0}, {1})",
            ),
        ),
        examples=(
            ("2 ^ 10", "1024"),
            ("9 ^ 0.5", "3.0"),
            ("0 ^ 0", "1"),
            ("valid((-8.0) ^ 0.5)", "false"),
        ),
        range=intervals.power,
        ulps=4,
    ),
)
