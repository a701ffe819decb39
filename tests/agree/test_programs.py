"""Generated programs: two backends, online and offline, batch and loop, saved and restored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rewardlang
from tests.agree import generated

STATE_INPUTS = ("x", "v", "d")
FAST = range(3)
SLOW = range(3, 25)
EPISODES, LENGTH = 5, 12


def _compiled(seed: int, backend: str, dtype: str, **options: Any) -> Any:
    text = generated.program(seed, **options)
    return rewardlang.parse(text, f"generated {seed}").compile(
        backend, dtype=dtype, faults="hold", check=False
    )


def _results(out: Any) -> dict[str, NDArray[Any]]:
    found = {"reward": out.reward, "valid": out.valid, "terminated": out.terminated}
    for group in ("terms", "weighted", "conditions", "metrics"):
        found |= {f"{group} {name}": value for name, value in getattr(out, group).items()}
    return {name: np.asarray(value) for name, value in found.items()}


def _assert_same(a: dict[str, NDArray[Any]], b: dict[str, NDArray[Any]]) -> None:
    assert a.keys() == b.keys()
    for name, value in a.items():
        np.testing.assert_array_equal(value, b[name], err_msg=name)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", [*FAST, *(pytest.param(s, marks=pytest.mark.slow) for s in SLOW)])
def test_backends_agree_bit_for_bit(seed: int, dtype: str) -> None:
    columns = generated.data(seed, EPISODES, LENGTH, dtype, nasty=0.15)
    numpy, numba = (_compiled(seed, b, dtype).evaluate(columns) for b in ("numpy", "numba"))
    _assert_same(_results(numpy), _results(numba))
    assert numpy.faults.count == numba.faults.count


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("seed", FAST)
def test_a_loop_of_steps_gives_the_evaluation(seed: int, backend: str) -> None:
    columns = generated.data(seed, EPISODES, LENGTH, "float64", nasty=0.1)
    offline = _compiled(seed, backend, "float64").evaluate(columns)
    reward = _compiled(seed, backend, "float64")
    reward.reset({name: columns[name][:, 0] for name in STATE_INPUTS})
    for t in range(LENGTH):
        out = reward.step(_transition(columns, t), truncated=np.full(EPISODES, t == LENGTH - 1))
        np.testing.assert_array_equal(out.reward, offline.reward[:, t])
        np.testing.assert_array_equal(out.valid, offline.valid[:, t])


def _transition(columns: dict[str, NDArray[Any]], t: int) -> dict[str, NDArray[Any]]:
    """Row t: step values as they are, state values after the transition."""
    return {
        name: np.ascontiguousarray(column[:, t + (name in STATE_INPUTS)])
        for name, column in columns.items()
    }


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_masked_reset_in_any_place_is_what_separate_environments_give(backend: str) -> None:
    """Environment e is reset at random times; alone, each episode must give the same bits."""
    seed = 1
    columns = generated.data(seed, EPISODES, LENGTH, "float64", nasty=0.05)
    starts = np.random.default_rng(3).random((EPISODES, LENGTH)) < 0.3
    starts[:, 0] = True
    together = _compiled(seed, backend, "float64")
    found = np.empty((EPISODES, LENGTH))
    for t in range(LENGTH):
        now = {name: np.ascontiguousarray(columns[name][:, t]) for name in STATE_INPUTS}
        together.reset(now, mask=None if t == 0 else starts[:, t])
        found[:, t] = together.step(_transition(columns, t)).reward
    alone = _compiled(seed, backend, "float64")
    for e in range(EPISODES):
        for t in range(LENGTH):
            if starts[e, t]:
                alone.reset({n: columns[n][e : e + 1, t].copy() for n in STATE_INPUTS})
            row = {n: c[e : e + 1] for n, c in _transition(columns, t).items()}
            assert np.array_equal(alone.step(row).reward[0], found[e, t]), (e, t)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_saving_and_restoring_changes_nothing(backend: str) -> None:
    seed = 2
    columns = generated.data(seed, EPISODES, LENGTH, "float64", nasty=0.05)
    straight = _compiled(seed, backend, "float64")
    start = {name: columns[name][:, 0] for name in STATE_INPUTS}
    straight.reset(start)
    expected = [straight.step(_transition(columns, t)).reward for t in range(LENGTH)]
    first = _compiled(seed, backend, "float64")
    first.reset(start)
    for t in range(LENGTH // 2):
        first.step(_transition(columns, t))
    second = _compiled(seed, backend, "float64")
    second.load_state_dict(first.state_dict())
    for t in range(LENGTH // 2, LENGTH):
        np.testing.assert_array_equal(second.step(_transition(columns, t)).reward, expected[t])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 106))
def test_transcendentals_agree_within_their_ulps(seed: int) -> None:
    """Verdicts near a threshold may flip on an ulp, so only rows whose conditions agree compare."""
    columns = generated.data(seed, EPISODES, LENGTH, "float64", nasty=0)
    numpy, numba = (
        _compiled(seed, b, "float64", transcendental=True).evaluate(columns)
        for b in ("numpy", "numba")
    )
    for name, value in numpy.terms.items():
        np.testing.assert_allclose(value, numba.terms[name], rtol=1e-9, atol=1e-12, err_msg=name)
