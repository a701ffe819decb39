"""`examples/papers/alphagen`: the reward of a formula, against the same worked in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import rewardlang
from tests.examples.conftest import EXAMPLES

DAYS, STOCKS = 60, 5
PROGRAM = EXAMPLES / "papers" / "alphagen" / "alphagen.reward"


def market() -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(4)
    close = 100 * np.exp(np.cumsum(rng.normal(size=(DAYS + 20, STOCKS)) / 50, axis=0))
    volume = rng.uniform(1, 9, size=(DAYS, STOCKS))
    future = close[20:] / close[:DAYS] - 1
    return {"close": close[None, :DAYS], "volume": volume[None], "future": future[None]}


def standardised(x: NDArray[Any]) -> NDArray[Any]:
    away = x - x.mean(axis=1, keepdims=True)
    return np.asarray(away / x.std(axis=1, keepdims=True))


def daily(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(x, y, strict=True)])


def test_the_reward_is_the_information_coefficient_of_the_weighted_pool() -> None:
    data = market()
    close, volume = data["close"][0], data["volume"][0]
    warm = range(10, DAYS)  # t counts from 1
    member = standardised((close[10:] - close[5:-5]) / close[5:-5])
    windows = [slice(day - 9, day + 1) for day in warm]
    rolled = [
        [np.corrcoef(close[w, s], volume[w, s])[0, 1] for s in range(STOCKS)] for w in windows
    ]
    fresh = standardised(-np.array(rolled))
    target = standardised(data["future"][0][10:])
    expected = daily(0.6 * member + 0.4 * fresh, target).mean()
    for backend in ("numpy", "numba"):
        reward = rewardlang.load(PROGRAM).compile(backend, dtype="float64")
        out = reward.evaluate(data)
        np.testing.assert_allclose(np.ravel(out.terms["quality"]), [expected], rtol=1e-9)
        assert out.faults.count == 0
        assert not np.asarray(out.reward)[0, :-1].any()


def test_a_formula_that_says_what_the_pool_says_earns_nothing() -> None:
    data = market()
    # twice the same formula: the new alpha is the member itself
    text = PROGRAM.read_text(encoding="utf-8")
    text = text.replace("-rolling_corr(close, volume, 10)", "change(close, 5) / lagged(close, 5)")
    out = rewardlang.parse(text).compile("numpy", dtype="float64").evaluate(data)
    assert np.ravel(out.terms["quality"]).tolist() == [0.0]
