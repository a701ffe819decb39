"""Every array row over nasty and over random arrays: NumPy is the meaning, Numba must agree.

All overloads are found in the table, so a new row is tested without a line here. Elements are drawn
from few values, so that ties, masks that leave nothing and singular tables are common.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import pytest

from rewardlang.builtins.cores import parse_core, parse_sizes, shape_of
from rewardlang.builtins.signature import parse_signature
from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT, Builtin, Overload, table

Array = np.ndarray[Any, Any]

DTYPES = [np.dtype(np.float32), np.dtype(np.float64)]
NASTY = [0.0, -0.0, 1.0, -1.0, 2.5, -3.0, 1e-45, 1e-310, 1e30, -1e30, math.inf, -math.inf, math.nan]
NASTY_INTS = [0, 1, -1, 2, 3, 7, 2**53 + 1, 2**63 - 1, -(2**63) + 1, FAULT_INT]
ROWS = 10_000
SIZES = (1, 2, 3, 5, 20)


@dataclass(frozen=True)
class Case:
    row: Builtin
    overload: Overload

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(p.kind for p in parse_signature(self.overload.signature).parameters)

    @property
    def result(self) -> str:
        return parse_signature(self.overload.signature).kind


CASES = [Case(r, o) for r in table().values() if r.kind == "array" for o in r.overloads]
EVERY_CASE = pytest.mark.parametrize(
    "case", CASES, ids=[f"{c.row.name}-{'-'.join(c.kinds)}" for c in CASES]
)
EVERY_DTYPE = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def type_of(kind: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    return {"real": dtype, "int": np.dtype(np.int64), "bool": np.dtype(np.uint8)}[kind]


def drawn(kind: str, shape: tuple[int, ...], dtype: np.dtype[Any], seed: int, style: str) -> Array:
    """`style`: random, ties (few values) or nasty (faults and infinities among them)."""
    rng = np.random.default_rng(seed)
    if kind == "bool":
        faults = rng.random(shape) < (0.03 if style == "nasty" else 0)
        return np.where(faults, FAULT_BOOL, rng.random(shape) < 0.7).astype(np.uint8)
    if kind == "int":
        ints = rng.integers(-1, 6, shape)
        hit = rng.random(shape) < (0.1 if style == "nasty" else 0)
        return np.asarray(np.where(hit, rng.choice(NASTY_INTS, shape), ints))
    values: Array = rng.random(shape) if style == "random" else rng.integers(0, 4, shape) / 2
    if style == "random" and shape[1:] != ():
        values = values * 4 - 2
    if style == "nasty":
        values = np.where(rng.random(shape) < 0.15, rng.choice(NASTY, shape), values)
    with np.errstate(all="ignore"):
        return np.asarray(values.astype(dtype))


def given(
    case: Case, size: int, dtype: np.dtype[Any], style: str
) -> tuple[list[Array], dict[str, int]]:
    core = parse_core(case.overload.core)
    known = {name: size + n for n, name in enumerate(core.names)}
    arrays = [
        drawn(kind, (ROWS, *shape_of(sizes, known)), dtype, 7 * size + n, style)
        for n, (kind, sizes) in enumerate(zip(case.kinds, core.operands, strict=True))
    ]
    return arrays, known


def meaning(case: Case, arrays: list[Array], dtype: np.dtype[Any]) -> Array:
    assert case.overload.numpy is not None
    with np.errstate(all="ignore"):
        value = np.asarray(case.overload.numpy(np, *arrays))
        return value.astype(type_of(case.result, dtype))


def compiled(case: Case) -> Any:
    """The text of a row as a function over rows: banks hold all rows, one after the other."""
    core = parse_core(case.overload.core)
    assert case.overload.numba is not None
    scope: dict[str, Any] = {"np": np, "math": math, "FAULT_INT": FAULT_INT}
    for text in (*case.overload.helpers, case.overload.numba):
        exec(text, scope)  # the table's own texts, as the backend does
        name = re.match(r"def (\w+)", text)
        assert name is not None
        scope[name[1]] = numba.njit(error_model="numpy")(scope[name[1]])
        last = name[1]
    arguments, parameters = [], []
    for n, sizes in enumerate(core.operands):
        parameters.append(f"x{n}, size{n}")
        arguments.append(f"x{n}, i * size{n}" if sizes else f"x{n}[i]")
    works = len(parse_sizes(case.overload.work))
    arguments += ["out, i * size"] if core.result else []
    arguments += [f"work{n}, 0" for n in range(works)]
    parameters += [f"work{n}" for n in range(works)]
    arguments += core.names
    target = "" if core.result else "out[i] = "
    scope["loop"] = None
    exec(
        f"def loop(rows, out, size, {', '.join(parameters)}, {', '.join(core.names)}):\n"
        f"    for i in range(rows):\n"
        f"        {target}{last}({', '.join(arguments)})\n",
        scope,
    )
    return numba.njit(error_model="numpy")(scope["loop"])


def run(loop: Any, case: Case, arrays: list[Array], known: dict[str, int], dtype: Any) -> Array:
    core = parse_core(case.overload.core)
    shape = shape_of(core.result, known)
    out = np.empty((ROWS, *shape), type_of(case.result, dtype))
    parts: list[Any] = []
    for x in arrays:
        # a bank of ints holds bools too
        flat = np.ascontiguousarray(x).ravel()
        parts += [flat.astype(np.int64) if x.dtype == np.uint8 else flat, x[0].size]
    for area in parse_sizes(case.overload.work):
        parts.append(np.empty(math.prod(shape_of(area, known)), arrays[0].dtype))
    loop(ROWS, out.ravel(), math.prod(shape), *parts, *(known[name] for name in core.names))
    return out


def same(a: Array, b: Array) -> bool:
    return bool(((a == b) | ((a != a) & (b != b))).all())


@pytest.mark.slow
@EVERY_DTYPE
@EVERY_CASE
def test_numba_agrees_with_numpy_bit_for_bit(case: Case, dtype: np.dtype[Any]) -> None:
    loop = compiled(case)
    for size in SIZES:
        for style in ("random", "ties", "nasty"):
            arrays, known = given(case, size, dtype, style)
            expected = meaning(case, arrays, dtype)
            found = run(loop, case, arrays, known, dtype)
            assert same(found, expected), (size, style)


@EVERY_DTYPE
@EVERY_CASE
def test_rows_do_not_depend_on_each_other(case: Case, dtype: np.dtype[Any]) -> None:
    arrays, _ = given(case, 3, dtype, "nasty")
    together = meaning(case, arrays, dtype)
    for i in range(40):
        alone = meaning(case, [x[i : i + 1] for x in arrays], dtype)
        assert same(alone[0], together[i]), i


@EVERY_DTYPE
@EVERY_CASE
def test_an_operand_of_one_row_meets_many(case: Case, dtype: np.dtype[Any]) -> None:
    """A vector that is the same for all rows of a call comes as one row."""
    for fixed in range(len(case.kinds)):
        arrays, _ = given(case, 3, dtype, "nasty")
        arrays = [x[:20] for x in arrays]
        arrays[fixed] = arrays[fixed][:1]
        repeated = list(arrays)
        repeated[fixed] = np.repeat(arrays[fixed], 20, axis=0)
        expected = meaning(case, repeated, dtype)
        found = meaning(case, arrays, dtype)
        assert same(np.broadcast_to(found, expected.shape), expected)


@EVERY_DTYPE
@EVERY_CASE
def test_a_fault_that_counts_is_a_fault_of_the_result(case: Case, dtype: np.dtype[Any]) -> None:
    """Of one number; a vector may have it in some slots only, but never in none."""
    arrays, _ = given(case, 3, dtype, "random")
    arrays = [np.ones_like(x) if x.dtype == np.uint8 else x for x in arrays]
    first = arrays[0].reshape(ROWS, -1)
    first[:, 0] = {"i": FAULT_INT, "u": FAULT_BOOL}.get(first.dtype.kind, np.nan)
    result = meaning(case, arrays, dtype).reshape(ROWS, -1)
    fault = {"i": FAULT_INT, "u": FAULT_BOOL}.get(result.dtype.kind)
    faulty = (result != result) if fault is None else (result == fault)
    if case.row.name == "pick":  # only where it is picked
        picked = (arrays[1] == 0).any(axis=1)
        assert faulty[picked].any(axis=1).all()
    elif case.row.name in ("concat", "cumsum"):
        assert faulty[:, 0].all()
    else:
        assert faulty.all()
