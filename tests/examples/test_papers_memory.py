"""Papers whose rewards remember the run, or look ahead: against their formulas in NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rewardlang

BACKENDS = ("numpy", "numba")


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_bonus_of_explors_falls_with_the_visits_of_all_environments(
    backend: str, examples: Path
) -> None:
    reward = rewardlang.load(examples / "papers/explors/explors.reward").compile(backend)
    reward.params["cap"] = 0.5
    rng = np.random.default_rng(0)
    visits = np.zeros(49)
    for k in range(20):
        cell = rng.integers(0, 49, 16)
        ended = rng.random(16) < 0.2
        out = reward.step({"cell": cell, "task": np.zeros(16)}, terminated=ended)
        expected = np.where(ended, 0, 1 / np.sqrt(4 + visits[cell]))
        assert np.allclose(out.terms["explore"], expected)
        np.add.at(visits, cell, 1)
        if k % 5 == 4:
            reward.reset()
    reward.training = False
    assert (reward.step({"cell": cell, "task": np.ones(16)}).reward == 1).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_bonus_of_contrastive_ucb_counts_the_present_batch(
    backend: str, examples: Path
) -> None:
    program = rewardlang.load(examples / "papers/contrastive_ucb/contrastive_ucb.reward")
    reward = program.compile(backend, params={"beta": 0.1})
    rng = np.random.default_rng(1)
    gram = np.eye(6) * 1e-5
    for _ in range(3):
        f = rng.random((4, 5, 6))
        gram = gram + np.einsum("bti,btj->ij", f, f)
        out = reward.evaluate({"features": f}, commit=True)
        expected = 0.1 * np.sqrt(np.einsum("bti,ij,btj->bt", f, np.linalg.inv(gram), f))
        assert np.allclose(out.reward, expected, rtol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_adversarial_surprise_pays_one_player_what_it_takes_from_the_other(
    backend: str, examples: Path
) -> None:
    program = rewardlang.load(examples / "papers/adversarial_surprise/adversarial_surprise.reward")
    reward = program.compile(backend)
    rng = np.random.default_rng(2)
    turns, length = 4, 32
    steps = turns * length
    seen = rng.integers(0, 4, (3, steps, 9))
    turn = np.tile(np.repeat([0, 1, 0, 1], length), (3, 1))
    place = np.tile(np.arange(length), (3, turns))
    out = reward.evaluate({"seen": seen, "turn": turn, "place": place})
    expected = np.zeros((3, steps, 2))
    for b in range(3):
        tally = np.zeros((9, 4))
        for t in range(steps):
            share = tally[np.arange(9), seen[b, t]] / max(tally[0].sum(), 1)
            if turn[b, t] == 1 and place[b, t] >= 16:
                expected[b, t, 1] = np.log(np.maximum(share, 1e-3)).sum()
            tally[np.arange(9), seen[b, t]] += 1
        for t in range(steps):
            if turn[b, t] == 0 and place[b, t] == 31:
                expected[b, t, 0] = -expected[b, t + 1 : t + 33, 1].sum()
    assert np.allclose(out.reward, expected)
    assert np.isclose(out.reward.sum(), 0)  # what one is paid, the other pays
