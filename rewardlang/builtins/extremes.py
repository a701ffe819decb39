"""The smaller, the larger, and a value kept between two.

A NaN on either side is the result, where most libraries drop one. With two operands `min` and `max`
go slot by slot; with one, or with `over`, they are folds.
"""

from __future__ import annotations

from typing import Any

from rewardlang.builtins import intervals
from rewardlang.builtins.faults import int_numba, int_numpy, int_torch, int_triton
from rewardlang.builtins.table import Builtin, Overload, declare

_LAWS = frozenset({"commutative", "associative", "idempotent", "monotone"})


def _clip(np: Any, x: Any, lo: Any, hi: Any) -> Any:
    return np.minimum(np.maximum(x, lo), hi)


declare(
    Builtin(
        name="min",
        kind="elementwise",
        doc="The smaller of two; with one operand or `over`, the smallest of many.",
        overloads=(
            Overload(
                "min(a: real<'u>, b: real<'u>) -> real<'u>",
                numpy=lambda np, a, b: np.minimum(a, b),
                numba="({0} if {0} < {1} or {0} != {0} else {1})",
                torch="torch.minimum({0}, {1})",
                triton="ops.least({0}, {1})",
            ),
            # the fault is the smallest int, so it comes out of a minimum by itself
            Overload(
                "min(a: int, b: int) -> int",
                numpy=lambda np, a, b: np.minimum(a, b),
                numba="({0} if {0} < {1} else {1})",
                torch="torch.minimum({0}, {1})",
                triton="tl.minimum({0}, {1})",
            ),
            Overload("min(x: any<'u> over axis where mask else value) -> any<'u>"),
        ),
        examples=(("min(1, 2)", "1"), ("min([3.0, 1.0, 2.0])", "1.0")),
        range=intervals.smaller,
        laws=_LAWS,
    ),
    Builtin(
        name="max",
        kind="elementwise",
        doc="The larger of two; with one operand or `over`, the largest of many.",
        overloads=(
            Overload(
                "max(a: real<'u>, b: real<'u>) -> real<'u>",
                numpy=lambda np, a, b: np.maximum(a, b),
                numba="({0} if {0} > {1} or {0} != {0} else {1})",
                torch="torch.maximum({0}, {1})",
                triton="ops.most({0}, {1})",
            ),
            Overload(
                "max(a: int, b: int) -> int",
                numpy=int_numpy(lambda np, a, b: np.maximum(a, b)),
                numba=int_numba("({0} if {0} > {1} else {1})"),
                torch=int_torch("torch.maximum({0}, {1})"),
                triton=int_triton("tl.maximum({0}, {1})"),
            ),
            Overload("max(x: any<'u> over axis where mask else value) -> any<'u>"),
        ),
        examples=(("max(1, 2)", "2"), ("max([3.0, 1.0, 2.0])", "3.0")),
        range=intervals.larger,
        laws=_LAWS,
    ),
    Builtin(
        name="clip",
        kind="elementwise",
        doc="x kept in lo .. hi: `min(max(x, lo), hi)`, which is hi where lo is above it.",
        overloads=(
            Overload(
                "clip(x: real<'u>, lo: real<'u>, hi: real<'u>) -> real<'u>",
                numpy=_clip,
                numba=(
                    "({nan} if {0} != {0} or {1} != {1} or {2} != {2} else ({2} if {0} > {2}"
                    " or {1} > {2} else ({1} if {0} < {1} else {0})))"
                ),
                torch="torch.clamp({0}, {1}, {2})",  # its gradient at an edge is 1
                triton="ops.least(ops.most({0}, {1}), {2})",
            ),
            Overload(
                "clip(x: int, lo: int, hi: int) -> int",
                numpy=int_numpy(_clip),
                numba=int_numba(
                    "({2} if {0} > {2} or {1} > {2} else ({1} if {0} < {1} else {0}))", 3
                ),
                torch=int_torch("torch.minimum(torch.maximum({0}, {1}), {2})", 3),
                triton=int_triton("tl.minimum(tl.maximum({0}, {1}), {2})", 3),
            ),
        ),
        examples=(("clip(5, 0, 2)", "2"), ("clip(-0.5, 0, 2)", "0.0")),
        range=intervals.limited,
        laws=frozenset({"monotone"}),
    ),
)
