"""Conversions between kinds. `real(..)` is a person's; the operators are put in by the compiler.

An int goes to float32 by way of float64, so that every backend rounds alike.
"""

from __future__ import annotations

from typing import Any

from rewardlang.builtins import intervals
from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT, Builtin, Overload, declare
from rewardlang.types import Range


def _int_to_real(np: Any, x: Any) -> Any:
    return np.where(x == FAULT_INT, np.nan, np.asarray(x).astype(np.float64))


def _bool_to_real(np: Any, x: Any) -> Any:
    return np.where(x == FAULT_BOOL, np.nan, np.asarray(x).astype(np.float64))


def _bool_to_int(np: Any, x: Any) -> Any:
    return np.where(x == FAULT_BOOL, FAULT_INT, np.asarray(x).astype(np.int64))


def _same(x: Range) -> Range:
    return x


_FROM_INT = "({nan} if {0} == FAULT_INT else {f}(np.float64({0})))"
_FROM_BOOL = "({nan} if {0} == 2 else {f}({0}))"
_TORCH_INT = "torch.where({0} == FAULT_INT, {nan}, {f}({0}.to(torch.float64)))"
_TORCH_BOOL = "torch.where({0} == 2, {nan}, {f}({0}))"
_TRITON_INT = "tl.where({0} == FAULT_INT, {nan}, {0}.to(tl.float64).to({f}))"
_TRITON_BOOL = "tl.where({0} == 2, {nan}, {0}.to({f}))"


def _from_exact(name: str, kind: str) -> tuple[Overload, Overload]:
    """The overloads from int and from bool to a float type."""
    return (
        Overload(f"{name}(x: int) -> {kind}", _int_to_real, _FROM_INT, _TORCH_INT, _TRITON_INT),
        Overload(
            f"{name}(x: bool) -> {kind}", _bool_to_real, _FROM_BOOL, _TORCH_BOOL, _TRITON_BOOL
        ),
    )


declare(
    Builtin(
        name="real",
        kind="elementwise",
        doc="An int as a real; a bool as 1 or 0.",
        overloads=_from_exact("real", "real"),
        examples=(("real(2 > 1)", "1.0"), ("real(3)", "3.0")),
        range=_same,
        laws=frozenset({"monotone"}),
    ),
    Builtin(
        name="to_real",
        kind="operator",
        doc="An int or bool where a real is asked.",
        overloads=_from_exact("to_real", "real"),
        examples=(("1 + 0.5", "1.5"),),
        range=_same,
        laws=frozenset({"monotone"}),
    ),
    Builtin(
        name="widen",
        kind="operator",
        doc="Into float64, in which sums over data indexes run.",
        overloads=(
            Overload(
                "widen(x: real<'u>) -> wide<'u>",
                numpy=lambda np, x: np.asarray(x).astype(np.float64),
                numba="np.float64({0})",
                torch="{0}.to(torch.float64)",
                triton="{0}.to(tl.float64)",
            ),
            *_from_exact("widen", "wide"),
        ),
        range=_same,
        laws=frozenset({"monotone"}),
    ),
    Builtin(
        name="narrow",
        kind="operator",
        doc="Out of float64 into the program's float type, rounded once.",
        overloads=(
            Overload(
                "narrow(x: wide<'u>) -> real<'u>",
                numpy=lambda np, x: x,  # the caller casts to the type of the result
                numba="{f}({0})",
                torch="{f}({0})",
                triton="{0}.to({f})",
            ),
        ),
        range=_same,
        laws=frozenset({"monotone"}),
    ),
    Builtin(
        name="to_int",
        kind="operator",
        doc="A bool as the int 1 or 0, to be counted.",
        overloads=(
            Overload(
                "to_int(x: bool) -> int",
                numpy=_bool_to_int,
                numba="(FAULT_INT if {0} == 2 else np.int64({0}))",
                torch="torch.where({0} == 2, FAULT_INT, {0}.to(torch.int64))",
                triton="tl.where({0} == 2, FAULT_INT, {0}.to(tl.int64))",
            ),
        ),
        range=intervals.constant(0, 1),
        laws=frozenset({"monotone"}),
    ),
)
