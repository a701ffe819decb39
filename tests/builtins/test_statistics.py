"""Statistics against formulas written out in NumPy: over axes, windows and the past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rewardlang

Array = NDArray[Any]
LENGTH = 7
BACKENDS = pytest.mark.parametrize("backend", ["numpy", "numba"])


def moment(x: Array, power: int) -> float:
    return float(np.mean((x - x.mean()) ** power))


def ranks(x: Array) -> Array:
    """Each is one more than half way between how many are below it and how many not above."""
    below = (x[None, :] < x[:, None]).sum(axis=1)
    not_above = (x[None, :] <= x[:, None]).sum(axis=1)
    return np.asarray((below + not_above + 1) / 2)


def weighted(x: Array, weights: Array) -> float:
    return float(np.sum(x * weights) / np.sum(weights))


ONE: dict[str, Callable[[Array], Any]] = {
    "var({})": lambda x: np.var(x),
    "std({}, ddof: 1)": lambda x: np.std(x, ddof=1),
    "skew({})": lambda x: moment(x, 3) / moment(x, 2) ** 1.5,
    "kurtosis({})": lambda x: moment(x, 4) / moment(x, 2) ** 2 - 3,
    "mad({})": lambda x: np.mean(np.abs(x - x.mean())),
    "median({})": lambda x: np.median(x),
    "quantile({}, q: 0.3)": lambda x: np.quantile(x, 0.3),
    "argmin({})": lambda x: np.argmin(x),
    "argmax({})": lambda x: np.argmax(x),
    "wma({})": lambda x: weighted(x, np.arange(1, len(x) + 1)),
    "ema({}, decay: 0.8)": lambda x: weighted(x, 0.8 ** np.arange(len(x) - 1, -1, -1)),
    "rank({})": lambda x: ranks(x)[-1],
}
TWO: dict[str, Callable[[Array, Array], Any]] = {
    "cov({})": lambda a, b: np.mean((a - a.mean()) * (b - b.mean())),
    "cov({}, ddof: 1)": lambda a, b: np.cov(a, b)[0, 1],
    "corr({})": lambda a, b: np.corrcoef(a, b)[0, 1],
}
NOT_OF_AXES = ("wma", "ema", "rank")
NOT_OF_THE_PAST = ("mad", "median", "quantile", "argmin", "argmax", "ema", "rank")


def evaluated(text: str, columns: dict[str, Array], backend: str = "numpy") -> dict[str, Array]:
    program = rewardlang.parse(text).compile(backend, dtype="float64", faults="raise", check=False)
    return dict(program.evaluate(columns).terms)


def program(terms: list[str]) -> str:
    inputs = (
        "input x : real\ninput y : real\ninput m : bool\ninput v : real[9]\ninput w : real[9]\n"
    )
    return inputs + "".join(f"term t{i} = {t}\n" for i, t in enumerate(terms))


def columns(steps: int, offset: float = 0.0) -> dict[str, Array]:
    rng = np.random.default_rng(5)
    # few distinct values, so that there are ties
    x, y = (np.round(rng.normal(size=(2, steps)) * 4) / 2 + rng.random() + offset for _ in "xy")
    v, w = (rng.normal(size=(2, steps, 9)) + offset for _ in "vw")
    return {"x": x, "y": y, "m": rng.random((2, steps)) < 0.7, "v": v, "w": w}


def filled(form: str, inside: str) -> str:
    """`std({}, ddof: 1)` with operands and clauses in their places."""
    operands, _, default = inside.partition(" else ")
    text = form.format(operands)
    return f"{text[:-1]} else {default})" if default else text


@BACKENDS
def test_over_an_axis_they_are_their_formulas(backend: str) -> None:
    forms = [f for f in (*ONE, *TWO) if not f.startswith(NOT_OF_AXES)]
    terms = [filled(f, "v, w" if f in TWO else "v") for f in forms]
    data = columns(4)
    found = evaluated(program(terms), data, backend)
    for i, form in enumerate(forms):
        for e, t in np.ndindex(2, 4):
            v, w = data["v"][e, t], data["w"][e, t]
            expected = TWO[form](v, w) if form in TWO else ONE[form](v)
            np.testing.assert_allclose(found[f"t{i}"][e, t], expected, rtol=1e-12, err_msg=form)


@BACKENDS
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_over_a_window_they_are_their_formulas_on_each_step(backend: str, offset: float) -> None:
    """Also far from zero, where a difference of sums of squares has no digit left."""
    forms = [*ONE, *TWO]
    terms = [
        filled(f, ("x, y" if f in TWO else "x") + f" over last {LENGTH} else 0") for f in forms
    ]
    data = columns(4 * LENGTH, offset)
    found = evaluated(program(terms), data, backend)
    for i, form in enumerate(forms):
        for e, t in np.ndindex(2, 4 * LENGTH):
            x, y = (data[n][e, max(0, t + 1 - LENGTH) : t + 1] for n in "xy")
            expected = 0 if t + 1 < LENGTH else TWO[form](x, y) if form in TWO else ONE[form](x)
            close = 1e-10 if offset == 0 else 1e-6
            np.testing.assert_allclose(
                found[f"t{i}"][e, t], expected, rtol=close, atol=close, err_msg=f"{form} {t}"
            )


@BACKENDS
def test_over_a_window_a_mask_leaves_samples_out(backend: str) -> None:
    forms = [f for f in (*ONE, *TWO) if not f.startswith(("argm", "rank", "wma", "ema"))]
    terms = [
        filled(f, ("x, y" if f in TWO else "x") + f" over last {LENGTH} where m else 0.25")
        for f in forms
    ]
    data = columns(30)
    found = evaluated(program(terms), data, backend)
    for i, form in enumerate(forms):
        for e, t in np.ndindex(2, 30):
            if t + 1 < LENGTH:
                assert found[f"t{i}"][e, t] == 0.25
                continue
            here = slice(t + 1 - LENGTH, t + 1)
            x, y = (data[n][e, here][data["m"][e, here]] for n in "xy")
            if len(x) > 2 and len(set(x)) > 1 and len(set(y)) > 1:
                expected = TWO[form](x, y) if form in TWO else ONE[form](x)
                np.testing.assert_allclose(
                    found[f"t{i}"][e, t], expected, rtol=1e-9, atol=1e-12, err_msg=form
                )


@BACKENDS
def test_a_weighted_mean_keeps_the_weights_of_what_a_mask_leaves(backend: str) -> None:
    data = columns(30)
    terms = [f"wma(x over last {LENGTH} where m else 0)"]
    terms.append(f"ema(x over last {LENGTH} where m, decay: 0.8 else 0)")
    found = evaluated(program(terms), data, backend)
    for e, t in np.ndindex(2, 30):
        here = slice(t + 1 - LENGTH, t + 1)
        if t + 1 >= LENGTH and data["m"][e, here].any():
            m, x = data["m"][e, here], data["x"][e, here]
            for i, weights in enumerate((np.arange(1, 8), 0.8 ** np.arange(6, -1, -1))):
                expected = weighted(x, weights * m)
                np.testing.assert_allclose(found[f"t{i}"][e, t], expected, rtol=1e-12)


@BACKENDS
def test_over_the_past_they_are_their_formulas_on_each_step(backend: str) -> None:
    forms = [f for f in (*ONE, *TWO) if not f.startswith(NOT_OF_THE_PAST)]
    terms = [filled(f, ("x, y" if f in TWO else "x") + " over past else 0") for f in forms]
    data = columns(20)
    found = evaluated(program(terms), data, backend)
    for i, form in enumerate(forms):
        for e, t in np.ndindex(2, 20):
            x, y = (data[n][e, : t + 1] for n in "xy")
            if t > 3:
                expected = TWO[form](x, y) if form in TWO else ONE[form](x)
                np.testing.assert_allclose(
                    found[f"t{i}"][e, t], expected, rtol=1e-10, atol=1e-12, err_msg=form
                )


def test_ranks_treat_ties_as_they_are_told() -> None:
    text = program(
        [
            f"sum(rank([10, 20, 20, 30] + 0 * x, ties: {ties}) * [1, 10, 100, 1000])"
            for ties in ("average", "min", "dense", "first")
        ]
    )
    found = evaluated(text, columns(1))
    assert [float(found[f"t{i}"][0, 0]) for i in range(4)] == [4276.0, 4221.0, 3221.0, 4321.0]


@BACKENDS
def test_where_all_is_equal_there_is_no_shape_and_no_correlation(backend: str) -> None:
    """0.1 added up and divided again is not 0.1: the values are asked, not their rounded sums."""
    terms = [
        "skew(0.1 + 0 * v else -7)", "kurtosis(0.1 + 0 * v else -7)",
        "corr(v, 0.1 + 0 * w else -7)", "skew(0.1 + 0 * x over last 3 else -7)",
        "corr(x, 0.1 + 0 * y over last 9 else -7)",
        "kurtosis(0.1 + 0 * x over past else -7)", "corr(0.1 + 0 * x, y over past else -7)",
    ]  # fmt: skip
    found = evaluated(program(terms), columns(20), backend)
    for value in found.values():
        assert (value == -7).all()


@BACKENDS
@pytest.mark.parametrize(
    "value",
    ["corr(v, [1, 1, 1, 1, 1, 1, 1, 1, 1])", "std(x over last 4, ddof: 1)", "skew(x over last 4)"],
)
def test_what_has_no_value_is_a_fault_without_an_else(backend: str, value: str) -> None:
    text = program([value])
    reward = rewardlang.parse(text).compile(backend, dtype="float64", faults="zero", check=False)
    assert reward.evaluate(columns(1)).faults.count == 2


@BACKENDS
@pytest.mark.parametrize("form", [*ONE, *TWO])
def test_a_fault_stays_until_it_has_left_the_window(backend: str, form: str) -> None:
    data = columns(20)
    data["x"][0, 6] = np.nan
    text = program([filled(form, ("x, y" if form in TWO else "x") + " over last 4")])
    reward = rewardlang.parse(text).compile(backend, dtype="float64", faults="zero", check=False)
    found = reward.evaluate(data)
    faulty = ~np.asarray(found.valid)
    # the first samples of a window may have no value of their own
    assert faulty[0, 4:].tolist() == [6 <= t < 10 for t in range(4, 20)]
    assert not faulty[1, 4:].any()


@BACKENDS
def test_solving_is_what_linear_algebra_says(backend: str) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 6, 4, 4)), rng.normal(size=(2, 6, 4))
    text = (
        "input a : real[4, 4]\ninput b : real[4]\nlet found = solve(a, b)\nlet other = inverse(a)\n"
        "term t0 = found[0]\nterm t1 = found[3]\nterm t2 = other[1, 2]\nterm t3 = det(a)\n"
        "term t4 = trace(a)\nterm t5 = norm(a @ found - b)\n"
    )
    found = evaluated(text, {"a": a, "b": b}, backend)
    x = np.linalg.solve(a, b[..., None])[..., 0]
    for name, expected in (
        ("t0", x[..., 0]), ("t1", x[..., 3]), ("t2", np.linalg.inv(a)[..., 1, 2]),
        ("t3", np.linalg.det(a)), ("t4", np.trace(a, axis1=-2, axis2=-1)),
    ):  # fmt: skip
        np.testing.assert_allclose(found[name], expected, rtol=1e-9)
    assert float(found["t5"].max()) < 1e-12


@pytest.mark.parametrize(
    ("table", "singular"),
    [
        ("[[1, 2], [2, 4]]", True),
        ("[[0.1, 0.2], [0.3, 0.6]]", True),
        ("[[0, 0], [0, 0]]", True),
        ("[[1, 2, 3], [4, 5, 6], [7, 8, 9]]", True),
        ("[[1e10, 0], [0, 1e-10]]", False),
        ("[[0, 1], [1, 0]]", False),
        ("[[1, 1], [1, 1.0000001]]", False),
    ],
)
def test_a_table_is_singular_where_a_pivot_is_lost_in_rounding(table: str, singular: bool) -> None:
    text = f"input x : real\nterm refused = not valid(inverse({table} + 0 * x)[0, 0])\n"
    found = evaluated(text, {"x": np.ones((1, 1))})
    assert bool(found["refused"][0, 0]) is singular


@BACKENDS
def test_named_axes_find_their_places(backend: str) -> None:
    rng = np.random.default_rng(2)
    a, k = rng.normal(size=(2, 3, 5, 4)), rng.integers(0, 5, (2, 3, 2))
    text = (
        "input a : real[stock: 5, day: 4]\ninput k : int[asked: 2] in 0 .. 4\n"
        "term t0 = sum(median(a over stock) * index(day) over day)\n"
        "term t1 = sum(rank(a over stock) * index(stock) over (stock, day))\n"
        "term t2 = sum(pick(a, k over stock) * index(day) over (asked, day))\n"
        "term t3 = sum(cumsum(a over stock) * index(stock) over (stock, day))\n"
        "term t4 = sum(corr(a, mean(a over day) over stock) * index(day) over day)\n"
        "term t5 = sum(argmax(a over day) * index(stock) over stock)\n"
    )
    found = evaluated(text, {"a": a, "k": k}, backend)
    day, stock = np.arange(4), np.arange(5)
    ranked = (a[:, :, :, None] >= a[:, :, None, :]).sum(axis=3)
    np.testing.assert_allclose(found["t0"], (np.median(a, axis=2) * day).sum(-1), rtol=1e-12)
    np.testing.assert_allclose(found["t1"], (ranked * stock[:, None]).sum((-1, -2)), rtol=1e-12)
    picked = np.take_along_axis(a, k[..., None], axis=2)
    np.testing.assert_allclose(found["t2"], (picked * day).sum((-1, -2)), rtol=1e-12)
    sums = np.cumsum(a, axis=2) * stock[:, None]
    np.testing.assert_allclose(found["t3"], sums.sum((-1, -2)), rtol=1e-12)
    flat = a - a.mean(axis=2, keepdims=True)
    mean = a.mean(axis=3, keepdims=True)
    mean = mean - mean.mean(axis=2, keepdims=True)
    corr = (flat * mean).sum(2) / np.sqrt((flat**2).sum(2) * (mean**2).sum(2))
    np.testing.assert_allclose(found["t4"], (corr * day).sum(-1), rtol=1e-10)
    np.testing.assert_allclose(found["t5"], (a.argmax(axis=3) * stock).sum(-1))


@BACKENDS
def test_a_window_of_a_state_value_begins_with_the_reset(backend: str) -> None:
    text = (
        "input x : real per state\nterm a = median(x over last 3)\n"
        "term b = var(x over last 3)\n"
        "potential p = skew(x over last 3 else 0) + mad(x over last 2)\n"
    )
    reward = rewardlang.parse(text).compile(backend, dtype="float64", faults="raise", check=False)
    x = np.random.default_rng(6).normal(size=(2, 8))
    out = reward.evaluate({"x": x})
    reward.reset({"x": x[:, 0].copy()})
    for step in range(7):
        window = x[:, max(0, step - 1) : step + 2]
        np.testing.assert_allclose(out.terms["a"][:, step], np.median(window, axis=1), rtol=1e-12)
        np.testing.assert_allclose(out.terms["b"][:, step], np.var(window, axis=1), rtol=1e-12)
        one = reward.step({"x": x[:, step + 1].copy()}, truncated=np.full(2, step == 6))
        np.testing.assert_array_equal(one.reward, out.reward[:, step])


def test_a_mask_with_an_axis_of_its_own_widens_the_value_by_name() -> None:
    """Both axes are 3 long: positions alone would not tell them apart."""
    text = (
        "input a : real[arm: 3]\ninput m : bool[arm: 3, leg: 3]\n"
        "term found = sum(sum(a over arm where m) * (1 + index(leg)) over leg)\n"
    )
    rng = np.random.default_rng(0)
    a, m = rng.normal(size=(1, 5, 3)), rng.random((1, 5, 3, 3)) < 0.5
    found = evaluated(text, {"a": a, "m": m})["found"]
    expected = (np.where(m, a[..., None], 0).sum(axis=2) * np.arange(1, 4)).sum(axis=-1)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
