"""`step` and `reset`: any number of environments, each as if it were alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.runtime.outcome import Outcome
from tests.runtime.walker import INPUTS, reward, rows, start, walker

PARTS = ("terms", "weighted", "conditions", "metrics")


def one(values: dict[str, Any], e: int) -> dict[str, Any]:
    """Environment e alone, still with a batch axis."""
    return {name: column[e : e + 1] for name, column in values.items()}


def assert_row(whole: Outcome, e: int, alone: Outcome) -> None:
    assert whole.reward[e] == alone.reward[0]
    for part in PARTS:
        for name, column in getattr(whole, part).items():
            assert column[e] == getattr(alone, part)[name][0], (part, name)
    assert whole.terminated[e] == alone.terminated[0]
    assert whole.valid[e] == alone.valid[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_batch_is_a_loop_over_its_environments_bit_for_bit(dtype: Any) -> None:
    batch, alone = reward(), [reward() for _ in range(5)]
    batch.reset(start(5, dtype=dtype))
    for e, single in enumerate(alone):
        single.reset(one(start(5, dtype=dtype), e))
    for seed in range(6):
        values = rows(5, seed, dtype)
        out = batch.step(values)
        assert out.reward.dtype == dtype
        for e, single in enumerate(alone):
            assert_row(out, e, single.step(one(values, e)))


@pytest.mark.parametrize("position", range(4))
def test_a_masked_reset_in_any_position_is_a_fresh_environment(position: int) -> None:
    batch, alone = reward(), [reward() for _ in range(4)]
    batch.reset(start(4))
    for e, single in enumerate(alone):
        single.reset(one(start(4), e))
    for seed in range(6):
        values = rows(4, seed)
        values["speed"][seed % 4] = np.nan  # held values belong to an episode too
        out = batch.step(values)
        for e, single in enumerate(alone):
            assert_row(out, e, single.step(one(values, e)))
        mask = np.zeros(4, bool)
        mask[position] = seed % 2 == 0
        fresh = start(4, seed + 50)
        batch.reset(fresh, mask)
        if mask[position]:
            alone[position] = reward()
            alone[position].reset(one(fresh, position))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=8))
def test_any_sequence_of_masked_resets_is_separate_environments(masks: list[list[bool]]) -> None:
    batch, alone = reward(), [reward() for _ in range(3)]
    batch.reset(start(3))
    for e, single in enumerate(alone):
        single.reset(one(start(3), e))
    for seed, mask in enumerate(masks):
        values, fresh = rows(3, seed), start(3, seed + 50)
        out = batch.step(values)
        for e, single in enumerate(alone):
            assert_row(out, e, single.step(one(values, e)))
        batch.reset(fresh, np.array(mask))
        for e in np.flatnonzero(mask).tolist():
            alone[e].reset(one(fresh, e))


def test_plain_numbers_for_one_environment_give_plain_numbers() -> None:
    plain, batch = reward(), reward()
    values = rows(1)
    numbers = {n: c[0] if n == "action" else c[0].item() for n, c in values.items()}
    plain.reset({"height": start(1)["height"][0].item()})
    batch.reset(start(1))
    for _ in range(3):  # the first call is checked, the others take the fast way
        out, expected = plain.step(numbers), batch.step(values)
        assert type(out.reward) is float and out.reward == expected.reward[0]
        assert type(out.terms["near"]) is float and type(out.metrics["paces"]) is int
        assert type(out.terminated) is bool and type(out.conditions["low"]) is bool
        assert out.valid is True and type(out.weighted["rest"]) is float
        assert {k: v[0] for k, v in expected.terms.items()} == out.terms


def test_the_fast_way_sees_changes_of_value_and_of_form() -> None:
    r, other = reward(), reward()
    for x in (r, other):
        x.reset({"height": 100.0})
    numbers = {
        "height": 120.0, "speed": 1.0, "action": np.ones(2), "contact": True, "gait": "walk",
    }  # fmt: skip
    for height in (120.0, 90, np.float64(50.0), np.float32(50.0), np.array(50.0)):
        numbers["height"] = height
        arrays = {
            "height": np.array([height], dtype=np.float64),
            "speed": np.ones(1),
            "action": np.ones((1, 2)),
            "contact": np.ones(1, bool),
            "gait": np.ones(1, np.int32),
        }
        assert r.step(numbers).reward == other.step(arrays).reward[0]


def test_units_are_converted_alike_for_numbers_and_arrays_in_float32() -> None:
    plain, batch = reward(dtype="float32"), reward(dtype="float32")
    values = rows(1, 3, np.float32)
    numbers = {n: c[0] for n, c in values.items()}
    plain.reset({"height": np.float32(101.3)})
    batch.reset({"height": np.array([101.3], np.float32)})
    for _ in range(2):
        assert plain.step(numbers).reward == batch.step(values).reward[0]


def test_inputs_are_neither_changed_nor_kept() -> None:
    r = reward(check=True)
    values, first = rows(4), start(4)
    values["height"][1] = 500.0  # breaks its contract: the runtime works on a copy
    before = {n: c.copy() for n, c in values.items()}
    r.reset(first)
    out = r.step(values)
    for name, column in values.items():
        assert np.array_equal(column, before[name], equal_nan=True)
    expected = reward(check=True)
    expected.reset(start(4))
    expected.step(before)
    for column in (*values.values(), first["height"]):
        column[...] = 0
    again = rows(4, 1)
    assert np.array_equal(r.step(again).reward, expected.step(again).reward)
    assert out.faults.records[0].value == 500.0


def test_results_are_the_callers_own() -> None:
    r, untouched = reward(), reward()
    for x in (r, untouched):
        x.reset(start(3))
    out, expected = r.step(rows(3)), untouched.step(rows(3))
    out.reward += 100
    out.terms["near"][:] = 7
    assert np.array_equal(out.weighted["near"], expected.weighted["near"])
    assert np.array_equal(out.weighted["rest"], expected.weighted["rest"])
    bad = rows(3, 1)
    bad["speed"][:] = -1
    assert np.array_equal(r.step(bad).reward, untouched.step(bad).reward)


@pytest.mark.parametrize("layout", ["strided", "read only", "big endian", "list"])
def test_any_layout_of_an_array_gives_the_same_reward(layout: str) -> None:
    r, expected = reward(), reward()
    for x in (r, expected):
        x.reset(start(4))
    values = rows(4)
    other = dict(values)
    speed = values["speed"]
    if layout == "strided":
        other["speed"] = np.repeat(speed, 2)[::2]
        other["action"] = np.asfortranarray(values["action"])
    elif layout == "read only":
        other["speed"] = speed.copy()
        other["speed"].flags.writeable = False
    elif layout == "big endian":
        other["speed"] = speed.astype(">f8")
    else:
        other["speed"] = speed.tolist()
    for _ in range(2):
        assert np.array_equal(r.step(other).reward, expected.step(values).reward)


def test_arrays_of_mixed_width_take_the_fast_way_too() -> None:
    r, expected = reward(), reward()
    for x in (r, expected):
        x.reset(start(4))
    for seed in range(4):
        values = rows(4, seed)
        values["speed"] = values["speed"].astype(np.float32)
        mixed = {
            **values,
            "gait": values["gait"].astype(np.int8),
            "height": np.round(values["height"]).astype(np.int32),
            "action": np.stack([values["action"]] * 2, axis=1)[:, 0],
        }
        same = {
            **values,
            "speed": values["speed"].astype(np.float64),
            "height": np.round(values["height"]),
        }
        assert (r._loop._fast is not None and r._loop._fast.read(mixed) is not None) == (seed > 0)
        assert np.array_equal(r.step(mixed).reward, expected.step(same).reward)


def test_the_weighted_parts_sum_to_the_reward() -> None:
    r = reward()
    r.reset(start(50))
    out = r.step(rows(50))
    assert list(out.weighted) == ["near", "root", "effort", "rise", "rest"]
    assert np.array_equal(out.weighted["near"], 2 * out.terms["near"])
    assert np.allclose(sum(out.weighted.values()), out.reward, rtol=1e-14)
    assert np.allclose(out.weighted["rest"], 1)


def test_an_own_end_condition_is_reported_by_name() -> None:
    r = reward()
    r.reset({"height": np.array([100.0, 100.0])})
    values = rows(2)
    values["height"] = np.array([59.0, 61.0])
    out = r.step(values)
    assert out.conditions["low"].tolist() == out.terminated.tolist() == [True, False]
    assert out.success.tolist() == [False, False]


def test_a_params_change_holds_from_the_next_call_without_a_new_kernel() -> None:
    plan, made = walker(), []
    from rewardlang.backends.numpy_backend import NumpyKernel
    from rewardlang.plan import Plan
    from rewardlang.runtime.reward import Reward

    def make(part: Plan, dtype: np.dtype[Any]) -> NumpyKernel:
        made.append(dtype)
        return NumpyKernel(part, dtype)

    r = Reward(plan, make)
    r.reset(start(3))
    values = rows(3)
    before = r.step(values).terms["near"]
    r.params["target"] = 250.0
    after = r.step(values).terms["near"]
    assert np.allclose(before, -abs(values["height"] / 100 - 1.5))
    assert np.allclose(after, -abs(values["height"] / 100 - 2.5))
    assert len(made) == 1


def test_steps_and_episodes_count_all_environments() -> None:
    r = reward()
    assert (r.steps, r.episodes, r.environments) == (0, 0, None)
    r.reset(start(4))
    assert r.episodes == 0
    r.step(rows(4))
    r.reset(start(4), np.array([True, False, True, False]))
    assert (r.steps, r.episodes) == (4, 2)
    r.reset(start(4), np.array([True, False, False, False]))  # had made no step since
    assert r.episodes == 2
    r.step(rows(4))
    r.reset(start(2))
    assert (r.steps, r.episodes, r.environments) == (8, 6, 2)


def test_a_float32_program_stays_float32_and_a_float64_one_takes_float32() -> None:
    r = reward()
    r.reset(start(2, dtype=np.float32))
    assert r.step(rows(2, dtype=np.float32)).reward.dtype == np.float32
    with pytest.raises(RewardError) as caught:
        r.step(rows(2))
    assert caught.value.diagnostics[0].code == "RW607"
    wide = reward(dtype=np.float64)
    wide.reset(start(2, dtype=np.float32))
    assert wide.step(rows(2, dtype=np.float32)).reward.dtype == np.float64


def test_lists_before_do_not_let_float64_arrays_into_a_float32_program() -> None:
    r = reward(dtype="float32")
    r.reset({"height": [100.0, 100.0]})
    lists = {n: c.tolist() for n, c in rows(2).items()}
    for _ in range(3):
        r.step(lists)
    with pytest.raises(RewardError) as caught:
        r.step({**lists, "speed": np.ones(2)})
    assert caught.value.diagnostics[0].code == "RW607"
    mixed = {**rows(2, dtype=np.float32), "gait": np.ones(2, np.uint64)}
    r.step(mixed)
    mixed["gait"][0] = 2**63
    with pytest.raises(RewardError) as caught:
        r.step(mixed)
    assert caught.value.diagnostics[0].code == "RW603"


def test_the_first_step_may_still_widen_what_a_float32_reset_began() -> None:
    r, expected = reward(), reward(dtype="float64")
    for x in (r, expected):
        x.reset(start(3, dtype=np.float32))
        assert x.step(rows(3)).reward.dtype == np.float64
    assert np.array_equal(r.step(rows(3, 1)).reward, expected.step(rows(3, 1)).reward)


def test_the_number_of_environments_changes_with_a_full_reset_only() -> None:
    r = reward()
    r.reset(start(3))
    r.step(rows(3))
    for call in (
        lambda: r.step(rows(4)),
        lambda: r.reset(start(4), np.ones(4, bool)),
    ):
        with pytest.raises(RewardError) as caught:
            call()
        assert caught.value.diagnostics[0].code == "RW608"
    r.reset(start(4))
    assert r.step(rows(4)).reward.shape == (4,)


def test_a_program_that_reads_nothing_at_reset_needs_no_reset() -> None:
    inputs = tuple(replace(i, at_reset=False) for i in INPUTS)
    plan = walker(inputs=inputs, reset=(), reset_stores=())
    r = reward(plan)
    assert r.step(rows(3)).metrics["paces"].tolist() == [1, 1, 1]
    r.reset()
    assert r.step(rows(5)).metrics["paces"].tolist() == [1] * 5


def test_inactive_environments_keep_their_state_and_earn_nothing() -> None:
    r, alone = reward(), [reward() for _ in range(3)]
    r.reset(start(3))
    for e, single in enumerate(alone):
        single.reset(one(start(3), e))
    for seed in range(6):
        values = rows(3, seed)
        active = np.array([True, seed % 2 == 0, seed > 2])
        values["speed"][~active] = np.nan  # what stands there must not matter
        values["speed"][0] = -1.0 if seed == 3 else values["speed"][0]
        out = r.step(values, active=active)
        assert out.valid.tolist() == (active & (values["speed"] >= 0)).tolist()
        assert not out.reward[~active].any()
        for e in np.flatnonzero(active).tolist():
            alone[e].step(one(values, e))
            assert r.state_dict()["age"][e] == alone[e].state_dict()["age"][0]
    assert r.steps == sum(single.steps for single in alone)
    final = rows(3, 9)
    out = r.step(final)
    for e, single in enumerate(alone):
        assert_row(out, e, single.step(one(final, e)))


def test_per_episode_inputs_given_at_reset_hold_for_the_episode() -> None:
    latched, given_each_step = reward(), reward()
    mass = np.array([1.0, 2.0, 4.0])
    latched.reset({**start(3), "mass": mass})
    given_each_step.reset(start(3))
    for seed in range(3):
        values = rows(3, seed)
        expected = given_each_step.step({**values, "mass": mass})
        assert np.array_equal(latched.step(values).reward, expected.reward)
    mask, lighter = np.array([False, True, False]), np.array([9.0, 0.5, 9.0])
    latched.reset({**start(3), "mass": lighter}, mask)
    given_each_step.reset(start(3), mask)
    values = rows(3, 7)
    expected = given_each_step.step({**values, "mass": np.where(mask, lighter, mass)})
    assert np.array_equal(latched.step(values).reward, expected.reward)
