"""Windows asked for their order: both backends against formulas over the samples themselves."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rewardlang

Array = NDArray[Any]
NAN, INF = np.nan, np.inf
FORMS = (
    "median(x over last N)",
    "quantile(x, 0.3 over last N)",
    "quantile(x, 1 over last N)",
    "mad(x over last N)",
    "rank(x over last N)",
    "rank(x over last N, ties: min)",
    "rank(x over last N, ties: dense)",
    "rank(x over last N, ties: first)",
    "argmin(x over last N)",
    "argmax(x over last N)",
)


def expected(x: Array) -> list[float]:
    """What the forms are of one window, oldest first; NaN where it has a fault."""
    if np.isnan(x).any():
        return [NAN] * len(FORMS)
    less, up_to = (x < x[-1]).sum(), (x <= x[-1]).sum()
    ranks = [(less + 1 + up_to) / 2, less + 1, len(set(x[x < x[-1]])) + 1, up_to]
    with np.errstate(invalid="ignore"):
        spread = np.mean(np.abs(x - np.mean(x)))
        return [
            middle(x), between(x, 0.3), np.max(x), spread, *ranks, np.argmin(x), np.argmax(x)
        ]  # fmt: skip


def middle(x: Array) -> float:
    ordered = np.sort(x)
    a, b = ordered[(len(x) - 1) // 2], ordered[len(x) // 2]
    return float(a if a == b else a / 2 + b / 2)


def between(x: Array, q: float) -> float:
    ordered, place = np.sort(x), q * (len(x) - 1)
    a, part = ordered[int(place)], place - int(place)
    b = ordered[min(int(place) + 1, len(x) - 1)]
    if part == 0 or a == b:
        return float(a)
    return float(a + (b - a) * part if part < 0.5 else b - (b - a) * (1 - part))


def compiled(text: str, backend: str, dtype: str = "float64") -> Any:
    return rewardlang.parse(text).compile(backend, dtype=dtype, faults="zero", check=False)


def program(n: int) -> str:
    terms = "".join(f"term t{i} = {f.replace('N', str(n))}\n" for i, f in enumerate(FORMS))
    return f"input x : real\n{terms}"


def nasty(seed: int, shape: tuple[int, ...], n: int) -> Array:
    """Ties, both zeros, numbers of all sizes, and now and then an infinity or a fault."""
    rng = np.random.default_rng(seed)
    x = np.where(rng.random(shape) < 0.5, rng.integers(-2, 3, shape), rng.normal(size=shape))
    rare = rng.random(shape) < min(0.25 / n, 0.1)
    return np.where(rare, rng.choice([NAN, INF, -INF, -0.0, 1e300, -1e-300], shape), x)


@pytest.mark.parametrize("n", [1, 2, 10, 70, 1000])
def test_over_nasty_samples_both_backends_give_the_formulas(n: int) -> None:
    steps = 1200 if n == 1000 else 3 * n + 40
    x = nasty(n, (1 if n == 1000 else 3, steps), n)
    with np.errstate(all="ignore"):
        found = [compiled(program(n), b).evaluate({"x": x}).terms for b in ("numpy", "numba")]
    for i, form in enumerate(FORMS):
        np.testing.assert_array_equal(found[0][f"t{i}"], found[1][f"t{i}"], err_msg=form)
    for e, t in np.ndindex(x.shape):
        wanted = np.array(expected(x[e, max(0, t + 1 - n) : t + 1]))
        wanted[~np.isfinite(wanted)] = 0  # a fault is paid nothing
        given = [found[1][f"t{i}"][e, t] for i in range(len(FORMS))]
        np.testing.assert_allclose(given, wanted, rtol=1e-12, atol=1e-300, err_msg=f"{e} {t}")


MASKED: dict[str, Callable[[Array, Array], Any]] = {
    "median(x over last 6 where m else -9)": lambda x, m: middle(x[m]),
    "mad(x over last 6 where m else -9)": lambda x, m: np.mean(np.abs(x[m] - np.mean(x[m]))),
    "argmin(x over last 6 where m else -9)": lambda x, m: np.argmin(np.where(m, x, INF)),
    "argmax(x over last 6 where m else -9)": lambda x, m: np.argmax(np.where(m, x, -INF)),
    "rank(x over last 6 where m else -9)": lambda x, m: expected(x[m])[4] if m[-1] else -9,
}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_what_a_mask_leaves_out_is_neither_in_the_order_nor_a_fault(backend: str) -> None:
    rng = np.random.default_rng(3)
    m = rng.random((3, 60)) < 0.4
    x = np.where(m, rng.integers(-2, 3, m.shape), rng.choice([NAN, INF, -INF, 0.0], m.shape))
    terms = "".join(f"term t{i} = {form}\n" for i, form in enumerate(MASKED))
    found = compiled(f"input x : real\ninput m : bool\n{terms}", backend)
    out = found.evaluate({"x": x, "m": m})
    assert not out.faults
    for i, formula in enumerate(MASKED.values()):
        for e, t in np.ndindex(x.shape):
            here = slice(max(0, t - 5), t + 1)
            some = t >= 5 and m[e, here].any()
            wanted = formula(x[e, here], m[e, here]) if some else -9
            np.testing.assert_allclose(out.terms[f"t{i}"][e, t], wanted, rtol=1e-12, atol=1e-15)


SHARED = """
input x : real
input v : real[3]
input k : int
input s : real per state
input m : bool
term a = median(x over last 5) + quantile(x, 1 over last 5) + rank(x over last 5)
term g = mad(x over last 5)
term b = median(x over last 5 where m else 2) + mad(x over last 5 where m else 3)
term c = rank(x over last 5 where m else 7) + argmax(x over last 5 where m else 1)
term d = sum(median(v over last 4) + rank(v over last 4) * [1, 10, 100] + mad(v over last 40))
term e = argmin(k over last 6) + 10 * argmax(k over last 6) + argmin(v over last 3)[1]
potential f = median(s over last 3) + argmax(s over last 3) + mad(s over last 2)
"""


def data(seed: int, environments: int, steps: int, dtype: str) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    shape = (environments, steps)
    return {
        "x": nasty(seed, shape, 5).astype(dtype),
        "v": nasty(seed, (*shape, 3), 9).astype(dtype),
        "k": 2**60 + rng.integers(-1, 2, shape),  # equal as reals
        "s": rng.normal(size=(environments, steps + 1)).astype(dtype),
        "m": rng.random(shape) < 0.5,
    }


def row(columns: dict[str, Array], t: int) -> dict[str, Array]:
    return {n: x[:, t + 1 if n == "s" else t].copy() for n, x in columns.items()}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_steps_resets_and_saved_states_agree_with_recorded_data(dtype: str) -> None:
    """Two backends in step, one restored half-way from the other; one environment starts anew."""
    with np.errstate(all="ignore"):
        first, second = data(1, 3, 40, dtype), data(2, 3, 20, dtype)
        rewards = [compiled(SHARED, b, dtype) for b in ("numpy", "numba")]
        whole = [r.evaluate(first) for r in rewards]
        anew = rewards[1].evaluate(second)
        np.testing.assert_array_equal(whole[0].reward, whole[1].reward)
        for r in rewards:
            r.reset({"s": first["s"][:, 0].copy()})
        for t in range(40):
            values = row(first, t)
            if t >= 20:  # environment 1 is by now in its second episode
                values = {n: x.copy() for n, x in values.items()}
                for n, x in row(second, t - 20).items():
                    values[n][1] = x[1]
            given = [r.step(values).reward for r in rewards]
            np.testing.assert_array_equal(given[0], given[1])
            np.testing.assert_array_equal(given[1][[0, 2]], whole[1].reward[[0, 2], t])
            other = whole[1].reward[1, t] if t < 20 else anew.reward[1, t - 20]
            assert given[1][1] == other
            if t == 19:
                start = np.stack([first["s"][:, 0], second["s"][:, 0]])[1].copy()
                for r in rewards:
                    r.reset({"s": start}, np.array([False, True, False]))
            if t == 30:
                saved = [copy.deepcopy(r.state_dict()) for r in rewards]
                for a, b in zip(*(s.values() for s in saved), strict=True):
                    if isinstance(a, np.ndarray):
                        np.testing.assert_array_equal(a, b)
                rewards[0].load_state_dict(saved[1])
                rewards[1].load_state_dict(saved[0])


def test_all_that_ask_one_window_share_its_order() -> None:
    text = (
        "input x : real\nterm a = median(x over last 50) + quantile(x, 0.1 over last 50)\n"
        "term b = rank(x over last 50)\n"
    )
    reward = compiled(text, "numpy")
    reward.step({"x": np.zeros(1)})
    layout = reward.state_dict()["layout"]
    assert len([name for name in layout if "order" in name]) == 1
