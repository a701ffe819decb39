"""What a row declares of itself (laws, ranges, domains) holds of its NumPy meaning."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from rewardlang.builtins.signature import Signature, parse_signature
from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT, LAWS, Builtin, Overload, table
from rewardlang.types import Range

Array = np.ndarray[Any, Any]
DTYPES = {"real": np.float64, "wide": np.float64, "int": np.int64, "bool": np.uint8}
FAULTS: dict[str, Any] = {
    "real": math.nan,
    "wide": math.nan,
    "int": FAULT_INT,
    "bool": FAULT_BOOL,
}
REALS = [0.0, -0.0, 1.0, -1.0, 0.3, 0.99, 1.5, 2.5, -2.5, 700.0, -800.0, 1e-300, 1e200, math.inf]
VALUES: dict[str, list[Any]] = {
    "real": [*REALS, -math.inf, math.nan],
    "wide": [*REALS, -math.inf, math.nan],
    "int": [0, 1, -1, 2, 7, -7, 2**40, FAULT_INT],
    "bool": [0, 1, FAULT_BOOL],
}

PURE = [
    (row, overload)
    for row in table().values()
    for overload in row.overloads
    if overload.numpy is not None
]


def pairs_with(law: str) -> list[Any]:
    return [
        pytest.param(row, overload, id=overload.signature)
        for row, overload in PURE
        if law in row.laws
    ]


def signature(overload: Overload) -> Signature:
    return parse_signature(overload.signature)


def kinds(overload: Overload) -> list[str]:
    return [p.kind for p in signature(overload).parameters]


def columns(overload: Overload, count: int | None = None) -> list[Array]:
    """All combinations of `count` operands (of the overload's arity, if None)."""
    names = kinds(overload) if count is None else [kinds(overload)[0]] * count
    rows = list(itertools.product(*(VALUES[kind] for kind in names)))
    return [np.array([row[n] for row in rows], DTYPES[k]) for n, k in enumerate(names)]


def call(overload: Overload, *operands: Array) -> Array:
    assert overload.numpy is not None
    with np.errstate(all="ignore"):
        result = np.asarray(overload.numpy(np, *operands))
        return result.astype(DTYPES[signature(overload).kind])


def assert_same(a: Array, b: Array) -> None:
    np.testing.assert_array_equal(a, b)  # NaN meets NaN, and either zero the other


@pytest.mark.parametrize("row", list(table().values()), ids=lambda row: str(row.name))
def test_only_known_laws_are_declared(row: Builtin) -> None:
    assert row.laws <= LAWS.keys()


@pytest.mark.parametrize(("row", "overload"), pairs_with("commutative"))
def test_commutative(row: Builtin, overload: Overload) -> None:
    a, b = columns(overload)
    assert_same(call(overload, a, b), call(overload, b, a))


@pytest.mark.parametrize(("row", "overload"), pairs_with("associative"))
def test_associative(row: Builtin, overload: Overload) -> None:
    a, b, c = columns(overload, 3)
    left = call(overload, call(overload, a, b), c)
    assert_same(left, call(overload, a, call(overload, b, c)))


@pytest.mark.parametrize(("row", "overload"), pairs_with("idempotent"))
def test_idempotent(row: Builtin, overload: Overload) -> None:
    (a,) = columns(overload, 1)
    assert_same(call(overload, a, a), a)


@pytest.mark.parametrize(("row", "overload"), pairs_with("odd"))
def test_odd(row: Builtin, overload: Overload) -> None:
    (a,) = columns(overload)
    assert_same(call(overload, -a), -call(overload, a))


@pytest.mark.parametrize(("row", "overload"), pairs_with("even"))
def test_even(row: Builtin, overload: Overload) -> None:
    (a,) = columns(overload)
    assert_same(call(overload, -a), call(overload, a))


def assert_rises(row: Builtin, overload: Overload, direction: int) -> None:
    """Between any two operands in order, the others kept, up to the ulps of the row."""
    given = columns(overload)
    result = call(overload, *given).astype(np.float64) * direction
    fault = [FAULTS[k] for k in kinds(overload)]
    sound = ~np.isnan(result)
    if signature(overload).kind in ("int", "bool"):
        sound = result * direction != FAULTS[signature(overload).kind]
    for column, bad in zip(given, fault, strict=True):
        sound &= (column == column) & (column != bad)
    below = np.ones((sound.sum(), sound.sum()), bool)
    for column in given:
        below &= column[sound][:, None] <= column[sound][None, :]
    low, high = result[sound][:, None], result[sound][None, :]
    slack = row.ulps * np.spacing(np.where(np.isfinite(low), np.abs(low), 0))
    assert (~below | (low <= high + slack)).all()


@pytest.mark.parametrize(("row", "overload"), pairs_with("monotone"))
def test_monotone(row: Builtin, overload: Overload) -> None:
    assert_rises(row, overload, +1)


@pytest.mark.parametrize(("row", "overload"), pairs_with("antitone"))
def test_antitone(row: Builtin, overload: Overload) -> None:
    assert_rises(row, overload, -1)


# ---- ranges ---------------------------------------------------------------------------------

ENDS: dict[str, list[float]] = {
    "real": [-math.inf, -800.0, -2.5, -1.0, -0.3, 0.0, 0.3, 1.0, 2.0, 3.0, 800.0, math.inf],
    "int": [-50.0, -3.0, -1.0, 0.0, 2.0, 7.0],  # small: a range is of exact, unwrapped values
    "bool": [0.0, 1.0],
}
ENDS["wide"] = ENDS["real"]


def samples(kind: str, interval: Range) -> Array:
    """Ends, and values between."""
    start, stop = (min(max(end, -1e6), 1e6) for end in (interval.lo, interval.hi))
    inside = np.linspace(start, stop, 7)
    values = np.concatenate([[interval.lo, interval.hi], inside])
    if kind in ("int", "bool"):
        values = np.rint(values[np.isfinite(values)])
    return values[(values >= interval.lo) & (values <= interval.hi)].astype(DTYPES[kind])


def intervals(kind: str, seed: np.random.Generator) -> Range:
    lo, hi = sorted(seed.choice(ENDS[kind], 2))
    if seed.integers(3) == 0:
        hi = lo
    return Range(float(lo), float(hi), nonzero=bool(seed.integers(4) == 0))


def faulty(kind: str, values: Array) -> Array:
    return np.asarray(values != values if kind in ("real", "wide") else values == FAULTS[kind])


def outside(row: Builtin, overload: Overload, given: list[Range]) -> list[Any]:
    """Operands within their ranges whose result, if no fault, leaves the range of the row."""
    assert row.range is not None
    promised = row.range(*given)
    assert not math.isnan(promised.lo) and not math.isnan(promised.hi)
    cells = [samples(k, r) for k, r in zip(kinds(overload), given, strict=True)]
    cells = [c[c != 0] if r.nonzero else c for c, r in zip(cells, given, strict=True)]
    grid = [g.reshape(-1) for g in np.meshgrid(*cells, indexing="ij")]
    result = call(overload, *grid)
    slack = 1e-12 * np.where(np.isfinite(result), np.abs(result), 0) + 1e-37
    bad = (result < promised.lo - slack) | (result > promised.hi + slack)
    bad |= (result == 0) & (not promised.may_be_zero)
    bad &= ~faulty(signature(overload).kind, result)
    return [([float(g[n]) for g in grid], result[n], promised) for n in np.nonzero(bad)[0][:3]]


RANGED = [
    pytest.param(row, overload, id=overload.signature)
    for row, overload in PURE
    if row.range is not None
]


@pytest.mark.parametrize(("row", "overload"), RANGED)
def test_the_range_holds_every_result(row: Builtin, overload: Overload) -> None:
    seed = np.random.default_rng(0)
    for _ in range(60):
        given = [intervals(k, seed) for k in kinds(overload)]
        wrong = outside(row, overload, given)
        assert not wrong, f"{[str(r) for r in given]}: {wrong}"


@pytest.mark.parametrize(("row", "overload"), RANGED)
def test_a_range_without_values_is_no_error(row: Builtin, overload: Overload) -> None:
    assert row.range is not None
    for lo, hi in ((3.0, -2.0), (0.5, 0.0), (0.0, -0.5), (math.inf, -math.inf), (2.0, 1.0)):
        row.range(*[Range(lo, hi)] * len(kinds(overload)))


@pytest.mark.parametrize(
    ("row", "overload"),
    [
        pytest.param(row, o, id=o.signature)
        for row, o in PURE
        if row.domain and parse_signature(o.signature).kind == "real"
    ],
)
def test_outside_its_domain_a_row_is_a_fault_or_infinite(row: Builtin, overload: Overload) -> None:
    for domain in row.domain:
        given = [np.array([3.0])] * len(kinds(overload))
        outer = [domain.range.lo - 0.5, domain.range.hi + 0.5]
        tried = [x for x in outer if math.isfinite(x)]
        if domain.range.nonzero:
            tried.append(0.0)
        assert tried
        for value in tried:
            given[domain.operand] = np.array([value])
            assert not np.isfinite(call(overload, *given)[0])


@pytest.mark.parametrize(
    "row",
    [r for r in table().values() if r.kind in ("elementwise", "operator")],
    ids=lambda r: r.name,
)
def test_an_elementwise_row_has_a_range(row: Builtin) -> None:
    assert row.range is not None
