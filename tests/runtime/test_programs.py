"""Whole programs through both backends: the loop, the recording and plain numbers agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang.runtime.reward import Reward

TEXT = """
timestep 0.02<s>
enum gait { stand, walk }
input height : real<m> in 0 .. 3 per state
input velocity : real<m/s>
input action : real[2]
input doing : gait
input mass : real<kg> per episode at reset
param target : real<m/s> in 0 .. 4 = 1<m/s>

term walk times dt = exp(-abs(velocity - target) / 0.5<m/s>)
term upright weight 2 = height > 0.8<m>
term effort weight 0.1 on fault -5 = -sum(action ^ 2) / (mass / 1<kg>)
term root = sqrt(height / 1<m> - 0.2)
term smooth = -mean(abs(velocity) / 1<m/s> over last 3)
term kept = if doing == walk then ema(velocity, decay: 0.9) / 1<m/s> else 0
term far = max(velocity over episode) / 1<m/s>
potential posture discount 0.99 = -abs(height - 1.2<m>) / 1<m>
terminate fallen when height < 0.3<m> pays -10
success quick when velocity > 1.5<m/s>
metric top = max(velocity over past)
"""
SIZE, STEPS = 4, 7


def compiled(backend: str, **options: Any) -> Reward:
    return rewardlang.parse(TEXT, name="walk").compile(backend=backend, **options)


def recording(dtype: Any) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    columns: dict[str, Any] = {
        "height": rng.uniform(0.1, 2, (SIZE, STEPS + 1)).astype(dtype),
        "velocity": rng.uniform(0, 2, (SIZE, STEPS)).astype(dtype),
        "action": rng.uniform(-1, 1, (SIZE, STEPS, 2)).astype(dtype),
        "doing": rng.integers(0, 2, (SIZE, STEPS)),
        "mass": np.array([1, 2, 0.5, 0], dtype),
    }
    columns["velocity"][1, 3] = np.nan
    return columns


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loop_and_the_recording_agree_bit_for_bit(backend: str, dtype: Any) -> None:
    columns = recording(dtype)
    whole = compiled(backend).evaluate(columns)
    loop = compiled(backend)
    loop.reset({"height": columns["height"][:, 0], "mass": columns["mass"]})
    outs = []
    for k in range(STEPS):
        values = {n: columns[n][:, k] for n in ("velocity", "action", "doing")}
        values["height"] = columns["height"][:, k + 1]
        outs.append(loop.step(values, truncated=np.full(SIZE, k == STEPS - 1)))
    for k, out in enumerate(outs):
        assert np.array_equal(whole.reward[:, k], out.reward)
        assert np.array_equal(whole.valid[:, k], out.valid)
        assert np.array_equal(whole.terminated[:, k], out.terminated)
        assert np.array_equal(whole.success[:, k], out.success)
        for name, part in out.weighted.items():
            assert np.array_equal(whole.weighted[name][:, k], part), name
    assert np.array_equal(whole.terms["far"], outs[-1].terms["far"])
    assert whole.faults.count == sum(out.faults.count for out in outs) > 0


def test_values_known_at_the_end_have_one_entry_for_each_episode() -> None:
    columns = recording(np.float64)
    columns["velocity"][1, 3] = 1.0
    columns["height"] += 0.3  # nobody falls: that would end an episode early
    out = compiled("numpy").evaluate(columns, lengths=[7, 3, 5, 1])
    assert out.terms["far"].shape == (SIZE,) and out.terms["walk"].shape == (SIZE, STEPS)
    tops = [columns["velocity"][e, :n].max() for e, n in enumerate([7, 3, 5, 1])]
    assert np.array_equal(out.terms["far"], tops)
    paid = out.weighted["far"]
    assert paid.shape == (SIZE, STEPS) and np.count_nonzero(paid) == SIZE
    assert "rest" not in out.weighted


def test_the_weighted_parts_sum_to_the_reward_with_potentials_and_payments() -> None:
    out = compiled("numpy").evaluate(recording(np.float64))
    assert list(out.weighted)[-2:] == ["posture", "fallen"]
    assert np.allclose(sum(out.weighted.values()), out.reward, rtol=1e-13, atol=1e-13)
    fallen = out.conditions["fallen"]
    assert fallen.any() and np.array_equal(out.weighted["fallen"], np.where(fallen, -10, 0))


def test_plain_numbers_are_the_batch_of_one() -> None:
    columns = recording(np.float64)
    batch, plain = compiled("numba"), compiled("numba")
    batch.reset({"height": columns["height"][:1, 0], "mass": columns["mass"][:1]})
    plain.reset({"height": float(columns["height"][0, 0]), "mass": float(columns["mass"][0])})
    for k in range(STEPS):
        values = {n: columns[n][:1, k].copy() for n in ("velocity", "action", "doing")}
        values["height"] = columns["height"][:1, k + 1].copy()
        numbers = {
            "height": float(columns["height"][0, k + 1]),
            "velocity": float(columns["velocity"][0, k]),
            "action": columns["action"][0, k],
            "doing": ["stand", "walk"][columns["doing"][0, k]],
        }
        assert plain.step(numbers).reward == batch.step(values).reward[0]


def test_the_hash_comes_with_every_result() -> None:
    program = rewardlang.parse(TEXT, name="walk")
    out = program.compile(backend="numpy").evaluate(recording(np.float64))
    assert out.hash == program.hash != rewardlang.parse("term a = 1", name="a").hash


def test_what_a_used_file_pays_is_a_value_and_paid_only_where_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "gait.reward").write_text(
        "input speed : real\ninput fallen : bool\n"
        "term smooth weight 3 on fault -2 = 1 / speed\nterm up = not fallen\n"
        "terminate down when fallen pays -5\npotential p discount 0.9 = 1\n"
    )
    (tmp_path / "main.reward").write_text(
        'use "gait.reward" as gait\nuse "gait.reward": up\n'
        "term a weight 2 = gait.smooth + up\nterminate bad when gait.down\n"
    )
    reward = rewardlang.load(tmp_path / "main.reward").compile("numpy")
    out = reward.step({"speed": [2.0, 0.0], "fallen": [False, True]})
    assert out.reward.tolist() == [3.0, -4.0] and list(out.weighted) == ["a"]
    assert out.terminated.tolist() == [False, True]
