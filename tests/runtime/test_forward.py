"""What comes after a sample, in recorded data; an episode at its end, read by its steps."""

from __future__ import annotations

import numpy as np
import pytest

import rewardlang
from rewardlang import RewardError

BACKENDS = ("numpy", "numba")

TEXT = """
input x : real
input m : bool
term one = following(x else -1)
term three = following(x, 3 else 0)
metric s = sum(x over following 3)
metric full = sum(x over following 3 else 0)
metric low = min(x over following 4 where m else 9)
metric usual = mean(x over following 2 else 0)
metric many = count(m over following 3)
metric some = any(m over following 2)
metric every = all(m over following 2)
let whole = sum(x over episode)
metric left = following(x else 0) - whole
metric sum_of_all = sum(following(x else 0) over episode)
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_is_what_a_loop_over_the_episode_says(backend: str) -> None:
    rng = np.random.default_rng(0)
    x, m, lengths = rng.normal(size=(3, 9)), rng.random((3, 9)) < 0.5, [9, 4, 1]
    out = rewardlang.parse(TEXT).compile(backend).evaluate({"x": x, "m": m}, lengths=lengths)
    for i, n in enumerate(lengths):
        for t in range(n):
            after, held = x[i, t + 1 : n], m[i, t + 1 : n]
            chosen = after[:4][held[:4]]
            expected = {
                "s": after[:3].sum(),
                "full": after[:3].sum() if len(after) >= 3 else 0,
                "low": chosen.min() if len(after) >= 4 and len(chosen) else 9,
                "usual": after[:2].mean() if len(after) >= 2 else 0,
                "many": held[:3].sum(),
                "some": held[:2].any(),
                "every": held[:2].all(),
                "left": (after[0] if len(after) else 0) - x[i, :n].sum(),
            }
            for name, value in expected.items():
                assert np.isclose(out.metrics[name][i, t], value), (name, i, t)
            assert out.terms["one"][i, t] == (after[0] if len(after) else -1)
            assert out.terms["three"][i, t] == (after[2] if len(after) > 2 else 0)
        assert np.isclose(out.metrics["sum_of_all"][i], x[i, 1:n].sum())
    assert out.reward.shape == (3, 9)


def test_flat_rows_give_what_padded_episodes_give() -> None:
    reward = rewardlang.parse("input x : real\nterm a = following(x, 2 else 0)\n").compile("numpy")
    flat = reward.evaluate({"x": [1.0, 2, 3, 4, 5]}, episode=[7, 7, 7, 9, 9])
    assert flat.reward.tolist() == [3.0, 0.0, 0.0, 0.0, 0.0]


def test_a_fault_ahead_is_a_fault_of_the_rows_that_look_at_it() -> None:
    reward = rewardlang.parse("input x : real\nterm a = sum(x over following 2)\n").compile("numpy")
    out = reward.evaluate({"x": [[1.0, 2.0, np.nan, 3.0, 4.0]]})
    assert out.valid.tolist() == [[False, False, True, True, True]]


def test_a_loop_cannot_know_what_follows() -> None:
    reward = rewardlang.parse("input x : real\nterm a = following(x else 0)\n").compile("numpy")
    with pytest.raises(RewardError) as caught:
        reward.step({"x": [1.0]})
    assert caught.value.diagnostics[0].code == "RW640"


def test_a_metric_of_what_follows_does_not_keep_a_loop_from_its_terms() -> None:
    text = "input x : real\nterm a = x\nmetric m = following(x else 0)\n"
    reward = rewardlang.parse(text).compile("numpy")
    out = reward.step({"x": [1.0, 2.0]})
    assert out.reward.tolist() == [1.0, 2.0] and "m" not in out.metrics
    assert reward.evaluate({"x": [[1.0, 2.0]]}).metrics["m"].tolist() == [[2.0, 0.0]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_step_reads_its_episode_as_it_is_at_the_end(backend: str) -> None:
    text = """
input x : real
let whole = sum(x over episode)
term a = x - whole
advantage = x - whole
"""
    reward = rewardlang.parse(text).compile(backend)
    paid = [
        reward.step({"x": [v]}, truncated=np.array([k == 2])).reward[0]
        for k, v in enumerate((1.0, 2.0, 3.0))
    ]
    out = reward.evaluate({"x": [[1.0, 2.0, 3.0]]})
    assert paid == [0.0, 0.0, -3.0] and out.reward.tolist() == [paid]
    assert out.advantage.tolist() == [[-5.0, -4.0, -3.0]]


def test_windows_of_any_length_are_their_sums() -> None:
    from rewardlang.plan import Ahead
    from rewardlang.runtime.forward import ahead

    x = np.random.default_rng(0).normal(size=5000)
    first, count = np.array([0]), np.array([5000])
    for steps in (1, 7, 1000, 5000, 9000):
        found = ahead(Ahead("sum", steps), x, None, first, count)
        expected = [x[t + 1 : t + 1 + steps].sum() for t in (0, 1, 999, 4998, 4999)]
        assert np.allclose(found[[0, 1, 999, 4998, 4999]], expected, atol=1e-10)
