"""Over a group, a batch and the run: against NumPy written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang import RewardError

BACKENDS = ("numpy", "numba")
GROUP = np.array([0, 1, 0, 1, 0, 2])


def evaluate(text: str, backend: str, **columns: Any) -> Any:
    options = {k: columns.pop(k) for k in ("group", "lengths", "episode") if k in columns}
    return rewardlang.parse(text).compile(backend).evaluate(columns, **options)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_advantage_of_grpo_and_of_leave_one_out(backend: str) -> None:
    text = """
input x : real
term a = x
let whole = sum(reward over episode)
advantage = (whole - mean(whole over group)) / (std(whole over group, ddof: 1 else 1) + 1e-4)
metric others = mean(whole over group excluding self else 0)
"""
    x = np.random.default_rng(1).normal(size=(6, 4))
    out = evaluate(text, backend, x=x, group=GROUP)
    whole = x.sum(axis=1)
    for i in range(6):
        mates = whole[GROUP == GROUP[i]]
        spread = np.std(mates, ddof=1) if len(mates) > 1 else 1.0
        assert np.isclose(out.advantage[i], (whole[i] - mates.mean()) / (spread + 1e-4))
        others = [whole[j] for j in range(6) if GROUP[j] == GROUP[i] and j != i]
        assert np.isclose(out.metrics["others"][i], np.mean(others) if others else 0)
    assert out.trained.all() and out.advantage.shape == (6,)


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_episode_once_or_each_transition_once(backend: str) -> None:
    text = """
input x : real
term a = x
metric each = mean(mean(x over episode) over group)
metric transitions = mean(x over (episode, group))
metric all = sum(x over batch)
metric most = max(sum(x over episode) over batch)
"""
    x = np.array([[1.0, 99, 99], [0, 0, 0]])
    out = evaluate(text, backend, x=x, group=[5, 5], lengths=[1, 3])
    assert out.metrics["each"].tolist() == [0.5, 0.5]
    assert out.metrics["transitions"].tolist() == [0.25, 0.25]
    assert out.metrics["all"].tolist() == [1.0, 1.0]
    assert out.metrics["most"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_step_may_be_compared_with_its_batch(backend: str) -> None:
    text = "input x : real\nterm a = x - mean(x over batch)\nadvantage where x > 0 = a\n"
    x = np.array([[1.0, 2.0], [-3.0, 4.0]])
    out = evaluate(text, backend, x=x)
    assert np.allclose(out.reward, x - 1)
    assert np.array_equal(out.trained, x > 0)
    assert np.allclose(out.advantage, np.where(x > 0, x - 1, 0))


def test_a_mask_leaves_episodes_out_of_their_group() -> None:
    text = """
input x : real
input kept : bool per episode at reset
let whole = sum(x over episode)
term a = whole - mean(whole over group where kept else 0)
"""
    out = evaluate(
        text, "numpy", x=[[1.0], [2.0], [6.0]], kept=[True, False, True], group=[0, 0, 0]
    )
    assert out.reward[:, -1].tolist() == [1 - 3.5, 2 - 3.5, 6 - 3.5]


def test_what_a_group_shares_is_given_once() -> None:
    text = "input goal : real per group\ninput x : real\nterm a = x - goal\n"
    once = evaluate(
        text, "numpy", x=[[1.0], [2.0], [3.0]], goal=[10.0, 20.0], group=["b", "a", "b"]
    )
    each = evaluate(
        text, "numpy", x=[[1.0], [2.0], [3.0]], goal=[20.0, 10.0, 20.0], group=["b", "a", "b"]
    )
    assert once.reward.tolist() == each.reward.tolist() == [[-19.0], [-8.0], [-17.0]]


def test_a_fault_of_one_episode_is_a_fault_of_its_group_only() -> None:
    text = "input x : real\nlet w = sum(x over episode)\nterm a = mean(w over group)\n"
    out = evaluate(text, "numpy", x=[[1.0], [np.nan], [3.0]], group=[0, 0, 1])
    assert out.valid[:, 0].tolist() == [False, False, True]
    assert [f.code for f in out.faults] == ["RW525", "RW525"]


def test_a_group_of_one_has_no_spread() -> None:
    text = "input x : real\nlet w = sum(x over episode)\nterm a = std(w over group, ddof: 1)\n"
    out = evaluate(text, "numpy", x=[[1.0], [2.0], [4.0]], group=[0, 1, 1])
    assert out.valid[:, 0].tolist() == [False, True, True]
    assert np.isclose(out.reward[1, 0], np.std([2, 4], ddof=1))


def test_step_pays_what_it_can_and_leaves_the_advantage_to_evaluate() -> None:
    text = """
input x : real
term a = x
let whole = sum(reward over episode)
advantage = whole - mean(whole over group)
"""
    reward = rewardlang.parse(text).compile("numpy")
    out = reward.step({"x": [1.0, 2.0]})
    assert out.reward.tolist() == [1.0, 2.0] and out.advantage is None and out.valid.all()
    late = "input x : real\nlet w = sum(x over episode)\nterm a = w - mean(w over group)\n"
    with pytest.raises(RewardError) as caught:
        rewardlang.parse(late).compile("numpy").step({"x": [1.0]})
    assert caught.value.diagnostics[0].code == "RW640"


# ---- over the run ---------------------------------------------------------------------------

VISITS = """
input cell : int in 0 .. 9
input speed : real
let visits : real[10] = previous(visits over run else 0) + sum(one_hot(cell, 10) over batch)
term novelty = 1 / sqrt(1 + previous(visits over run else 0)[cell])
term usual = mean(speed over run else 7)
metric spread = std(speed over run, ddof: 1 else -1)
metric most = max(speed over run where cell > 2 else 0)
metric seen = count(cell > 2 over run)
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_run_is_read_as_it_stood_before_the_call(backend: str) -> None:
    reward = rewardlang.parse(VISITS).compile(backend)
    rng = np.random.default_rng(0)
    visits, speeds, cells = np.zeros(10), np.zeros(0), np.zeros(0, int)
    for k in range(6):
        cell, speed = rng.integers(0, 10, 16), rng.normal(size=16)
        out = reward.step({"cell": cell, "speed": speed})
        assert np.allclose(out.terms["novelty"], 1 / np.sqrt(1 + visits[cell]))
        assert np.allclose(out.terms["usual"], speeds.mean() if k else 7)
        assert np.allclose(out.metrics["spread"], speeds.std(ddof=1) if k else -1)
        assert np.allclose(out.metrics["most"], speeds[cells > 2].max() if k else 0)
        assert (out.metrics["seen"] == (cells > 2).sum()).all()
        np.add.at(visits, cell, 1)
        speeds, cells = np.append(speeds, speed), np.append(cells, cell)
        if k == 3:
            reward.reset()  # an episode ends; the run goes on


def test_the_order_of_environments_changes_no_bit() -> None:
    rng = np.random.default_rng(4)
    cell, speed = rng.integers(0, 10, (3, 64)), rng.normal(size=(3, 64))
    order = rng.permutation(64)
    one, other = (rewardlang.parse(VISITS).compile("numpy") for _ in range(2))
    for k in range(3):
        a = one.step({"cell": cell[k], "speed": speed[k]})
        b = other.step({"cell": cell[k][order], "speed": speed[k][order]})
    assert np.array_equal(a.terms["novelty"][order], b.terms["novelty"])
    assert np.allclose(a.terms["usual"], b.terms["usual"], rtol=1e-14)


def test_a_row_without_an_action_is_not_counted() -> None:
    reward = rewardlang.parse(VISITS).compile("numpy")
    active = np.array([True, False])
    reward.step({"cell": [1, 1], "speed": [1.0, 9.0]}, active=active)
    out = reward.step({"cell": [1, 1], "speed": [1.0, 9.0]})
    assert np.allclose(out.terms["novelty"], 1 / np.sqrt(2)) and out.terms["usual"][0] == 1.0


def test_nothing_is_remembered_where_nothing_is_trained() -> None:
    reward = rewardlang.parse(VISITS).compile("numpy")
    reward.training = False
    reward.step({"cell": [1], "speed": [3.0]})
    assert reward.step({"cell": [1], "speed": [3.0]}).terms["novelty"][0] == 1.0


def test_recorded_data_is_taken_in_where_that_is_asked() -> None:
    reward = rewardlang.parse(VISITS).compile("numpy")
    columns = {"cell": np.full((1, 4), 3), "speed": np.ones((1, 4))}
    reward.evaluate(columns)
    assert reward.evaluate(columns, commit=True).terms["novelty"].tolist() == [[1.0] * 4]
    assert np.allclose(reward.evaluate(columns).terms["novelty"], 1 / np.sqrt(5))


def test_a_faulty_row_is_left_out() -> None:
    reward = rewardlang.parse(VISITS).compile("numpy", check=False)
    reward.step({"cell": [1, 1], "speed": [1.0, np.nan]})
    assert reward.step({"cell": [1, 1], "speed": [2.0, 2.0]}).terms["usual"].tolist() == [1.0, 1.0]


def test_the_run_is_saved_restored_and_merged() -> None:
    base, alone = (rewardlang.parse(VISITS).compile("numpy") for _ in range(2))
    rng = np.random.default_rng(5)

    def rows() -> dict[str, Any]:
        return {"cell": rng.integers(0, 10, 8), "speed": rng.normal(size=8)}

    first, parts = rows(), [rows(), rows()]
    base.step(first)
    base.merge_run([])  # the common point
    workers = [rewardlang.parse(VISITS).compile("numpy") for _ in range(2)]
    for worker, part in zip(workers, parts, strict=True):
        worker.load_state_dict(base.state_dict())
        worker.step(part)
    base.merge_run([worker.state_dict() for worker in workers])
    for part in (first, *parts):
        alone.step(part)
    probe = rows()
    merged, straight = base.step(probe), alone.step(probe)
    assert np.allclose(merged.reward, straight.reward, rtol=1e-12)
    assert np.allclose(merged.metrics["spread"], straight.metrics["spread"], rtol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_gram_matrix_by_sherman_and_morrison(backend: str) -> None:
    """The inverse kept by rank-one updates is the inverse of the sum (one environment a call)."""
    text = """
input f : real[3]
let kept : real[3, 3] = previous(kept over run else eye(3) * 10)
let seen = sum(f over batch)
let side = kept @ seen
let inverse : real[3, 3] =
  previous(inverse over run else eye(3) * 10) - grown
  where
    mine = previous(inverse over run else eye(3) * 10) @ seen,
    grown = outer(mine, mine) / (1 + dot(seen, mine))
let before = previous(inverse over run else eye(3) * 10)
term bonus = sqrt(dot(f, before @ f))
metric unused = sum(side)
"""
    reward = rewardlang.parse(text).compile(backend)
    rng = np.random.default_rng(0)
    gram = np.eye(3) / 10
    for _ in range(5):
        f = rng.normal(size=(1, 3))
        paid = reward.step({"f": f}).terms["bonus"][0]
        assert np.isclose(paid, np.sqrt(f[0] @ np.linalg.inv(gram) @ f[0]))
        gram += np.outer(f[0], f[0])
