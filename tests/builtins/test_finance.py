"""`use finance`: AlphaGen's operators, written out in NumPy from their published definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rewardlang

Array = NDArray[Any]
DAYS, STOCKS, WINDOW = 30, 6, 10


def panel() -> dict[str, Array]:
    rng = np.random.default_rng(8)
    x = np.round(rng.normal(size=(1, DAYS, STOCKS)), 1) + 10  # rounded: some are equal
    return {"x": x, "y": rng.normal(size=(1, DAYS, STOCKS)) + 0.3 * x}


def values(call: str, columns: dict[str, Array], backend: str = "numba") -> Array:
    """[day, stock] of a factor, NaN where it is a fault; [day] of one number a day."""
    names = (
        "cross_rank, standardised, ic, rank_ic, icir, lagged, change, rolling_sum, rolling_mean,"
    )
    names += " rolling_max, rolling_min, rolling_var, rolling_std, rolling_skew, rolling_kurtosis,"
    names += " rolling_median, rolling_mad, rolling_rank, rolling_wma, rolling_ema, rolling_cov,"
    names += " rolling_corr"
    used = ", ".join(n for n in names.split(", ") if f"{n.strip()}(" in call)
    head = (
        f"use finance: {used}\ninput x : real[stock: {STOCKS}]\ninput y : real[stock: {STOCKS}]\n"
    )
    slots = [f"[{i}]" for i in range(STOCKS)]
    single = call.startswith(("ic(", "rank_ic("))
    terms = [f"let found = {call}\n"]
    terms += [f"term t{i} = found{s}\n" for i, s in enumerate([""] if single else slots)]
    program = rewardlang.parse(head + "".join(terms))
    reward = program.compile(backend, dtype="float64", faults="zero", check=False)
    out = reward.evaluate(columns)
    found = np.stack([np.asarray(out.terms[f"t{i}"])[0] for i in range(len(terms) - 1)], axis=-1)
    return found[:, 0] if single else found


def kurt(w: Array) -> float:
    d = len(w)
    return float(((w - w.mean()) ** 4).sum() / d / w.var(ddof=1) ** 2 - 3)


def skewness(w: Array) -> float:
    m = w - w.mean()
    return float((m**3).mean() / (m**2).mean() ** 1.5)


ALPHA = 1 - 2 / (1 + WINDOW)
WINDOWS: dict[str, Callable[[Array], Any]] = {
    "rolling_sum": np.sum,
    "rolling_mean": np.mean,
    "rolling_max": np.max,
    "rolling_min": np.min,
    "rolling_var": lambda w: w.var(ddof=1),
    "rolling_std": lambda w: w.std(ddof=1),
    "rolling_skew": skewness,
    "rolling_kurtosis": kurt,
    "rolling_median": lambda w: np.sort(w)[(len(w) - 1) // 2],
    "rolling_mad": lambda w: np.abs(w - w.mean()).mean(),
    "rolling_rank": lambda w: ((w > w[-1]).sum() + 1) / len(w),
    "rolling_wma": lambda w: (w * np.arange(WINDOW)).sum() / np.arange(WINDOW).sum(),
    "rolling_ema": lambda w: np.average(w, weights=ALPHA ** np.arange(WINDOW, 0, -1)),
}
PAIRS: dict[str, Callable[[Array, Array], Any]] = {
    "rolling_cov": lambda a, b: ((a - a.mean()) * (b - b.mean())).sum() / (len(a) - 1),
    "rolling_corr": lambda a, b: ((a - a.mean()) * (b - b.mean())).mean() / (a.std() * b.std()),
}


@pytest.mark.parametrize("name", [*WINDOWS, *PAIRS])
def test_a_rolling_operator_is_its_formula_on_each_full_window(name: str) -> None:
    data = panel()
    operands = "x, y" if name in PAIRS else "x"
    found = values(f"{name}({operands}, {WINDOW})", data)
    for day in range(WINDOW - 1, DAYS):
        for stock in range(STOCKS):
            here = slice(day + 1 - WINDOW, day + 1)
            x, y = data["x"][0, here, stock], data["y"][0, here, stock]
            expected = PAIRS[name](x, y) if name in PAIRS else WINDOWS[name](x)
            np.testing.assert_allclose(found[day, stock], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [*WINDOWS, "lagged", "change"])
def test_before_a_window_is_full_there_is_no_value(name: str) -> None:
    text = (
        f"use finance: {name}\ninput x : real[stock: {STOCKS}]\n"
        f"term there = all(valid({name}(x, {WINDOW})))\n"
    )
    reward = rewardlang.parse(text).compile("numpy", dtype="float64", faults="zero", check=False)
    there = np.asarray(reward.evaluate({"x": panel()["x"]}).terms["there"])[0]
    first = WINDOW if name in ("lagged", "change") else WINDOW - 1
    assert there.tolist() == [float(day >= first) for day in range(DAYS)]


def test_a_lag_and_a_change_look_back_as_many_days_as_they_say() -> None:
    data = panel()
    x = data["x"][0]
    lagged, change = (values(f"{name}(x, 3)", data)[3:] for name in ("lagged", "change"))
    np.testing.assert_array_equal(lagged, x[:-3])
    np.testing.assert_array_equal(change, x[3:] - x[:-3])


def test_a_constant_window_correlates_by_the_guard_and_not_by_rounding() -> None:
    data = panel()
    data["x"][:] = 0.1
    assert np.abs(values(f"rolling_corr(x, y, {WINDOW})", data)[WINDOW:]).max() == 0


def missing(data: dict[str, Array]) -> dict[str, Array]:
    """Some stocks have no value on some days."""
    rng = np.random.default_rng(1)
    for name, column in data.items():
        data[name] = np.where(rng.random(column.shape) < 0.15, np.nan, column)
    return data


def test_a_cross_rank_counts_the_stocks_that_have_a_value() -> None:
    data = missing(panel())
    found = values("fallback(cross_rank(x), -1)", data)
    for day in range(DAYS):
        x = data["x"][0, day]
        there = ~np.isnan(x)
        expected = np.full(STOCKS, -1.0)
        expected[there] = np.argsort(np.argsort(x[there], kind="stable")) / there.sum()
        np.testing.assert_allclose(found[day], expected, rtol=1e-12)


def test_standardised_values_have_mean_0_and_deviation_1_where_they_are() -> None:
    data = missing(panel())
    found = values("standardised(x)", data)
    for day in range(DAYS):
        x = data["x"][0, day]
        expected = np.nan_to_num((x - np.nanmean(x)) / np.nanstd(x))
        np.testing.assert_allclose(found[day], expected, rtol=1e-9, atol=1e-12)


def pearson(x: Array, y: Array) -> float:
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[both], y[both]
    scale = x.std() * y.std() if min(x.std(), y.std()) >= 1e-3 else 1.0
    return float(((x - x.mean()) * (y - y.mean())).mean() / scale)


def mean_ranks(x: Array, both: Array) -> Array:
    below = ((x[None] < x[:, None]) & both[None]).sum(axis=1)
    equal = ((x[None] == x[:, None]) & both[None]).sum(axis=1)
    return np.where(both, below + (equal + 1) / 2, np.nan)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_daily_ic_is_pearsons_correlation_of_what_has_both(backend: str) -> None:
    data = missing(panel())
    data["x"][0, 4] = 3.0  # a day on which the factor does not tell stocks apart
    plain, ranked = (values(f"{name}(x, y)", data, backend) for name in ("ic", "rank_ic"))
    for day in range(DAYS):
        x, y = data["x"][0, day], data["y"][0, day]
        both = ~np.isnan(x) & ~np.isnan(y)
        np.testing.assert_allclose(plain[day], pearson(x, y), rtol=1e-9, atol=1e-12)
        expected = pearson(mean_ranks(x, both), mean_ranks(y, both))
        np.testing.assert_allclose(ranked[day], expected, rtol=1e-9, atol=1e-12)


def test_icir_is_the_mean_of_daily_coefficients_by_their_deviation() -> None:
    data = panel()
    text = (
        f"use finance: ic, icir\ninput x : real[stock: {STOCKS}]\ninput y : real[stock: {STOCKS}]\n"
        "term ratio = icir(ic(x, y))\n"
    )
    out = rewardlang.parse(text).compile("numba", dtype="float64").evaluate(data)
    daily = np.array([pearson(data["x"][0, d], data["y"][0, d]) for d in range(DAYS)])
    np.testing.assert_allclose(out.terms["ratio"], daily.mean() / daily.std(ddof=1), rtol=1e-9)
