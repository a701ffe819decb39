"""Connectives, the choice `if`, and what makes, asks and mends faults: require, valid, fallback.

A bool is 0, 1 or 2 (fault). `and`, `or` and `implies` read left to right: the right side does not
count once the left decides, and a fault on the left is a fault.
"""

from __future__ import annotations

from typing import Any

from rewardlang.builtins import intervals
from rewardlang.builtins.faults import test_numba, test_numpy, test_torch, test_triton
from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT, Builtin, Overload, declare
from rewardlang.types import Range


def _and_range(a: Range, b: Range) -> Range:
    return Range(min(a.lo, b.lo), min(a.hi, b.hi))


def _or_range(a: Range, b: Range) -> Range:
    return Range(max(a.lo, b.lo), max(a.hi, b.hi))


def _not_range(a: Range) -> Range:
    return Range(1 - a.hi, 1 - a.lo)


def _implies(np: Any, a: Any, b: Any) -> Any:
    return np.where(a == 1, b, np.where(a == 0, 1, FAULT_BOOL))


def _select(fault: float) -> Any:
    def choose(np: Any, c: Any, a: Any, b: Any) -> Any:
        return np.where(c == 1, a, np.where(c == 0, b, fault))

    return choose


def _require_overload(kind: str, unit: str, fault: float, spelled: str) -> Overload:
    return Overload(
        f"require(c: bool, x: {kind}{unit}) -> {kind}{unit}",
        numpy=lambda np, c, x: np.where(c == 1, x, fault),
        numba=f"({{1}} if {{0}} == 1 else {spelled})",
        torch=f"torch.where({{0}} == 1, {{1}}, {spelled})",
        triton=f"tl.where({{0}} == 1, {{1}}, {spelled})",
    )


def _select_overload(kind: str, unit: str, fault: float, spelled: str) -> Overload:
    return Overload(
        f"select(c: bool, a: {kind}{unit}, b: {kind}{unit}) -> {kind}{unit}",
        numpy=_select(fault),
        numba=f"({{1}} if {{0}} == 1 else ({{2}} if {{0}} == 0 else {spelled}))",
        torch=f"torch.where({{0}} == 1, {{1}}, torch.where({{0}} == 0, {{2}}, {spelled}))",
        triton=f"tl.where({{0}} == 1, {{1}}, tl.where({{0}} == 0, {{2}}, {spelled}))",
    )


declare(
    Builtin(
        name="and",
        kind="operator",
        doc="Both. False on the left decides: the right side, fault or not, does not count then.",
        overloads=(
            Overload(
                "and(a: bool, b: bool) -> bool",
                numpy=lambda np, a, b: np.where(a == 1, b, a),
                numba="({1} if {0} == 1 else {0})",
                torch="torch.where({0} == 1, {1}, {0})",
                triton="tl.where({0} == 1, {1}, {0})",
            ),
        ),
        examples=(("true and false", "false"), ("false and 1 / 0 > 1", "false")),
        range=_and_range,
        laws=frozenset({"associative", "idempotent", "lazy"}),
    ),
    Builtin(
        name="or",
        kind="operator",
        doc="Either. True on the left decides: the right side, fault or not, does not count then.",
        overloads=(
            Overload(
                "or(a: bool, b: bool) -> bool",
                numpy=lambda np, a, b: np.where(a == 0, b, a),
                numba="({1} if {0} == 0 else {0})",
                torch="torch.where({0} == 0, {1}, {0})",
                triton="tl.where({0} == 0, {1}, {0})",
            ),
        ),
        examples=(("true or false", "true"), ("true or 1 / 0 > 1", "true")),
        range=_or_range,
        laws=frozenset({"associative", "idempotent", "lazy"}),
    ),
    Builtin(
        name="not",
        kind="operator",
        doc="The opposite.",
        overloads=(
            Overload(
                "not(a: bool) -> bool",
                numpy=lambda np, a: np.where(a == FAULT_BOOL, FAULT_BOOL, a == 0),
                numba="(2 if {0} == 2 else (1 if {0} == 0 else 0))",
                torch="torch.where({0} == 2, 2, ({0} == 0).to(torch.uint8))",
                triton="tl.where({0} == 2, 2, ({0} == 0).to(tl.int32))",
            ),
        ),
        examples=(("not true", "false"),),
        range=_not_range,
        laws=frozenset({"antitone"}),
    ),
    Builtin(
        name="implies",
        kind="operator",
        doc="`not a or b`. False on the left decides.",
        overloads=(
            Overload(
                "implies(a: bool, b: bool) -> bool",
                numpy=_implies,
                numba="({1} if {0} == 1 else (1 if {0} == 0 else 2))",
                torch="torch.where({0} == 1, {1}, torch.where({0} == 0, 1, 2).to({1}.dtype))",
                triton="tl.where({0} == 1, {1}, tl.where({0} == 0, 1, 2))",
            ),
        ),
        examples=(("false implies false", "true"), ("true implies false", "false")),
        range=lambda a, b: _or_range(_not_range(a), b),
        laws=frozenset({"lazy"}),
    ),
    Builtin(
        name="iff",
        kind="operator",
        doc="Both or neither.",
        overloads=(
            Overload(
                "iff(a: bool, b: bool) -> bool",
                numpy=test_numpy(lambda np, a, b: a == b, FAULT_BOOL),
                numba=test_numba("{0} == {1}", "2"),
                torch=test_torch("{0} == {1}", "2"),
                triton=test_triton("{0} == {1}", "2"),
            ),
        ),
        examples=(("false iff false", "true"),),
        range=intervals.constant(0, 1),
        laws=frozenset({"commutative", "associative"}),
    ),
    Builtin(
        name="select",
        kind="operator",
        doc="`if c then a else b`. The side not taken does not count, fault or not.",
        overloads=(
            _select_overload("real", "<'u>", float("nan"), "{nan}"),
            _select_overload("int", "", FAULT_INT, "FAULT_INT"),
            _select_overload("bool", "", FAULT_BOOL, "2"),
        ),
        examples=(("if 1 > 0 then 5 else 6", "5"), ("if 0 > 1 then 1 / 0 else 2.5", "2.5")),
        range=intervals.either,
        laws=frozenset({"lazy"}),
    ),
    Builtin(
        name="require",
        kind="elementwise",
        doc="x where c holds, a fault elsewhere: how a formula says what it asks of its operands.",
        overloads=(
            _require_overload("real", "<'u>", float("nan"), "{nan}"),
            _require_overload("int", "", FAULT_INT, "FAULT_INT"),
            _require_overload("bool", "", FAULT_BOOL, "2"),
        ),
        examples=(("require(2 > 1, 5)", "5"), ("valid(require(1 > 2, 5))", "false")),
        range=lambda c, x: x,
    ),
    Builtin(
        name="valid",
        kind="elementwise",
        doc="Whether x is no fault.",
        overloads=(
            Overload(
                "valid(x: real<'u>) -> bool",
                numpy=lambda np, x: x == x,
                numba="(1 if {0} == {0} else 0)",
                torch="({0} == {0}).to(torch.uint8)",
                triton="({0} == {0}).to(tl.int32)",
            ),
            Overload(
                "valid(x: int) -> bool",
                numpy=lambda np, x: x != FAULT_INT,
                numba="(0 if {0} == FAULT_INT else 1)",
                torch="({0} != FAULT_INT).to(torch.uint8)",
                triton="({0} != FAULT_INT).to(tl.int32)",
            ),
            Overload(
                "valid(x: bool) -> bool",
                numpy=lambda np, x: x != FAULT_BOOL,
                numba="(0 if {0} == 2 else 1)",
                torch="({0} != 2).to(torch.uint8)",
                triton="({0} != 2).to(tl.int32)",
            ),
        ),
        examples=(("valid(sqrt(-1))", "false"), ("valid(1)", "true")),
        range=intervals.constant(0, 1),
        laws=frozenset({"lazy"}),
    ),
    Builtin(
        name="fallback",
        kind="elementwise",
        doc="a, or b where a is a fault.",
        overloads=(
            Overload(
                "fallback(a: real<'u>, b: real<'u>) -> real<'u>",
                numpy=lambda np, a, b: np.where(a == a, a, b),
                numba="({0} if {0} == {0} else {1})",
                torch="torch.where({0} == {0}, {0}, {1})",
                triton="tl.where({0} == {0}, {0}, {1})",
            ),
            Overload(
                "fallback(a: int, b: int) -> int",
                numpy=lambda np, a, b: np.where(a == FAULT_INT, b, a),
                numba="({1} if {0} == FAULT_INT else {0})",
                torch="torch.where({0} == FAULT_INT, {1}, {0})",
                triton="tl.where({0} == FAULT_INT, {1}, {0})",
            ),
            Overload(
                "fallback(a: bool, b: bool) -> bool",
                numpy=lambda np, a, b: np.where(a == FAULT_BOOL, b, a),
                numba="({1} if {0} == 2 else {0})",
                torch="torch.where({0} == 2, {1}, {0})",
                triton="tl.where({0} == 2, {1}, {0})",
            ),
        ),
        examples=(("fallback(1 / 0, 7)", "7.0"), ("fallback(2, 7)", "2")),
        range=Range.join,
        laws=frozenset({"associative", "idempotent", "lazy"}),
    ),
)
