"""Every elementwise row over nasty values: NumPy is the meaning, the compiled texts must agree.

All overloads of all rows are found in the table, so a new row is tested without a line here. They
are compiled as one function per float type, which keeps this to seconds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import pytest
import torch

from rewardlang.builtins.signature import parse_signature
from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT, Builtin, Overload, table

Array = np.ndarray[Any, Any]

REALS = [
    *(0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, -3.7, 0.4999999),
    *(math.pi, -math.pi / 2, 10.0, -10.0, 88.0, 90.0, -90.0, 800.0, -800.0, 1e-3, 1e-30, -1e-300),
    *(
        1e-45,
        1e30,
        1e308,
        -1e308,
        2.0**31,
        2.0**63,
        -(2.0**63),
        1e19,
        math.inf,
        -math.inf,
        math.nan,
    ),
]
FEW = [0.0, -0.0, 1.0, -1.0, 2.5, -3.7, 800.0, 1e308, math.inf, -math.inf, math.nan]
INTS = [0, 1, -1, 2, -2, 3, 7, -7, 10, 63, 2**31, 2**53 + 1, 2**63 - 1, -(2**63) + 1, FAULT_INT]
BOOLS = [0, 1, FAULT_BOOL]
TORCH_ULPS = {"sqrt": 1}  # on a CPU, Torch takes the square root from MKL, which is not exact
DTYPES = [np.dtype(np.float32), np.dtype(np.float64)]


@dataclass(frozen=True)
class Case:
    """One overload; `number` is unique among all."""

    number: int
    row: Builtin
    overload: Overload

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(p.kind for p in parse_signature(self.overload.signature).parameters)

    @property
    def result(self) -> str:
        return parse_signature(self.overload.signature).kind


def cases() -> list[Case]:
    pairs = [
        (row, overload)
        for row in table().values()
        if row.kind in ("elementwise", "operator")
        for overload in row.overloads
        if not parse_signature(overload.signature).clauses
    ]
    return [Case(number, row, overload) for number, (row, overload) in enumerate(pairs)]


CASES = cases()
EVERY_CASE = pytest.mark.parametrize(
    "case", CASES, ids=[f"{c.row.name}-{'-'.join(c.kinds)}" for c in CASES]
)
EVERY_DTYPE = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def type_of(kind: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    return {
        "real": dtype,
        "wide": np.dtype(np.float64),
        "int": np.dtype(np.int64),
        "bool": np.dtype(np.uint8),
    }[kind]


def operands(case: Case, dtype: np.dtype[Any]) -> list[Array]:
    """Every combination of nasty values, one array per operand."""
    reals = REALS if len(case.kinds) < 3 else FEW
    values: dict[str, list[Any]] = {"real": reals, "wide": reals, "int": INTS, "bool": BOOLS}
    rows = list(itertools.product(*(values[kind] for kind in case.kinds)))
    with np.errstate(all="ignore"):
        return [
            np.array([row[n] for row in rows]).astype(type_of(kind, dtype))
            for n, kind in enumerate(case.kinds)
        ]


def meaning(case: Case, dtype: np.dtype[Any], given: list[Array]) -> Array:
    assert case.overload.numpy is not None
    with np.errstate(all="ignore"):
        value = np.asarray(case.overload.numpy(np, *given))
        return value.astype(type_of(case.result, dtype))


def float_name(case: Case, dtype: np.dtype[Any]) -> str:
    return "float64" if "wide" == case.result else dtype.name


def kernel_text(dtype: np.dtype[Any]) -> Iterator[str]:
    """One function: `out[n][i] = text of case n` for each case, a loop each."""
    yield "def kernel(given, out):"
    for case in CASES:
        names = [f"x{n}" for n in range(len(case.kinds))]
        f = f"np.{float_name(case, dtype)}"
        assert case.overload.numba is not None, f"{case.row.name} has no Numba text"
        text = case.overload.numba.format(*names, f=f, nan=f"{f}(np.nan)", inf=f"{f}(np.inf)")
        result = type_of(case.result, dtype).name
        yield f"    result = out[{case.number}]"
        yield f"    columns = given[{case.number}]"
        yield "    for i in range(result.shape[0]):"
        for n, name in enumerate(names):
            yield f"        {name} = columns[{n}][i]"
        yield f"        result[i] = np.{result}({text})"


def compiled(dtype: np.dtype[Any]) -> dict[int, Array]:
    """What the Numba texts give, by number of case."""
    scope: dict[str, Any] = {"np": np, "math": math, "FAULT_INT": FAULT_INT}
    exec("\n".join(kernel_text(dtype)), scope)  # the table's own texts, as the backend does
    kernel = numba.njit(error_model="numpy")(scope["kernel"])
    given = tuple(tuple(operands(case, dtype)) for case in CASES)
    out = tuple(
        np.empty(len(columns[0]), type_of(case.result, dtype))
        for case, columns in zip(CASES, given, strict=True)
    )
    kernel(given, out)
    return {case.number: value for case, value in zip(CASES, out, strict=True)}


@pytest.fixture(scope="module")
def numba_results() -> Callable[[np.dtype[Any]], dict[int, Array]]:
    made: dict[str, dict[int, Array]] = {}

    def results(dtype: np.dtype[Any]) -> dict[int, Array]:
        if dtype.name not in made:
            made[dtype.name] = compiled(dtype)
        return made[dtype.name]

    return results


def torch_result(case: Case, dtype: np.dtype[Any], given: list[Array]) -> Array:
    name = float_name(case, dtype)
    float_type = getattr(torch, name)
    scope: dict[str, Any] = {"torch": torch, "FAULT_INT": FAULT_INT}
    scope |= {f"x{n}": torch.from_numpy(column) for n, column in enumerate(given)}
    scope["cast"] = lambda x: x.to(float_type)
    assert case.overload.torch is not None, f"{case.row.name} has no Torch text"
    text = case.overload.torch.format(
        *(f"x{n}" for n in range(len(given))), f="cast", nan="float('nan')", inf="float('inf')"
    )
    value = eval(text, scope)  # the table's own texts, as the backend does
    return np.asarray(value.numpy()).astype(type_of(case.result, dtype))


def assert_agree(case: Case, given: list[Array], got: Array, expected: Array, ulps: int) -> None:
    """Faults at the same places; elsewhere equal (either zero), or within the row's ulps."""
    with np.errstate(all="ignore"):
        same = got == expected
        if expected.dtype.kind == "f":
            same |= (got != got) & (expected != expected)
            finite = np.isfinite(got) & np.isfinite(expected)
            same |= finite & (np.abs(got - expected) <= ulps * np.spacing(np.abs(expected)))
    wrong = [
        f"{[column[n] for column in given]}: {got[n]} instead of {expected[n]}"
        for n in np.nonzero(~same)[0][:5]
    ]
    assert not wrong, f"{case.row.name}: {wrong}"


@pytest.mark.slow
@EVERY_DTYPE
@EVERY_CASE
def test_numba_text_agrees_with_numpy(
    case: Case,
    dtype: np.dtype[Any],
    numba_results: Callable[[np.dtype[Any]], dict[int, Array]],
) -> None:
    given = operands(case, dtype)
    got = numba_results(dtype)[case.number]
    assert_agree(case, given, got, meaning(case, dtype, given), case.row.ulps)


@EVERY_DTYPE
@EVERY_CASE
def test_torch_text_agrees_with_numpy(case: Case, dtype: np.dtype[Any]) -> None:
    given = operands(case, dtype)
    got = torch_result(case, dtype, given)
    ulps = max(case.row.ulps, TORCH_ULPS.get(case.row.name, 0))
    assert_agree(case, given, got, meaning(case, dtype, given), ulps)


def faulty(kind: str, column: Array) -> Array:
    if kind == "int":
        return np.asarray(column == FAULT_INT)
    return np.asarray(column == FAULT_BOOL if kind == "bool" else column != column)


@EVERY_DTYPE
@EVERY_CASE
def test_a_fault_of_an_operand_is_a_fault_of_the_result(case: Case, dtype: np.dtype[Any]) -> None:
    given = operands(case, dtype)
    result = meaning(case, dtype, given)
    any_fault = np.zeros(len(result), bool)
    for kind, column in zip(case.kinds, given, strict=True):
        any_fault |= faulty(kind, column)
    kept = faulty(case.result, result)[any_fault]
    if "lazy" in case.row.laws:
        assert not kept.all(), "a lazy row has operands that do not count"
    else:
        assert kept.all()


@EVERY_DTYPE
@EVERY_CASE
def test_a_bool_result_is_0_1_or_2(case: Case, dtype: np.dtype[Any]) -> None:
    if case.result == "bool":
        assert set(np.unique(meaning(case, dtype, operands(case, dtype)))) <= {0, 1, FAULT_BOOL}
