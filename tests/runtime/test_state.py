"""`state_dict` and `load_state_dict`: saved and restored is straight through."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from rewardlang.diagnostics.diagnostic import RewardError
from tests.runtime.walker import reward, rows, start, walker


def faulty(seed: int) -> dict[str, Any]:
    values = rows(3, seed)
    values["speed"][seed % 3] = np.nan
    return values


@pytest.mark.parametrize("dtype", [None, "float32"])
def test_saved_and_restored_is_straight_through(dtype: Any) -> None:
    kind = np.float32 if dtype else np.float64
    straight = reward(dtype=dtype)
    straight.reset({**start(3, dtype=kind), "mass": np.ones(3, kind)})
    straight.params["target"] = 222.0
    for seed in range(4):
        values = rows(3, seed, kind)
        values["speed"][seed % 3] = np.nan
        straight.step(values)
    straight.reset(start(3, 7, kind), np.array([True, False, False]))
    entry = straight.state_dict()
    restored = reward()
    restored.load_state_dict(entry)
    mass = {"mass": np.full(3, 3.0, kind)}
    for seed in range(4, 9):
        values = {**rows(3, seed, kind), **mass}
        values["speed"][seed % 3] = np.nan
        a, b = straight.step(values), restored.step(values)
        assert np.array_equal(a.reward, b.reward)
        assert np.array_equal(a.metrics["paces"], b.metrics["paces"])
        assert [f.step for f in a.faults.records] == [f.step for f in b.faults.records]
    assert (straight.steps, straight.episodes) == (restored.steps, restored.episodes)
    assert restored.params["target"] == 222.0


def test_latched_inputs_are_saved() -> None:
    r, other = reward(), reward()
    r.reset({**start(3), "mass": np.array([1.0, 2.0, 3.0])})
    r.step(rows(3))
    other.load_state_dict(r.state_dict())
    assert np.array_equal(r.step(rows(3, 1)).reward, other.step(rows(3, 1)).reward)


def test_a_state_is_a_copy_both_ways() -> None:
    r = reward()
    r.reset(start(3))
    entry = r.state_dict()
    before = {n: a.copy() for n, a in entry.items() if isinstance(a, np.ndarray)}
    r.step(rows(3))
    for name, array in before.items():
        assert np.array_equal(entry[name], array)
    other = reward()
    other.load_state_dict(entry)
    other.step(rows(3))
    for name, array in before.items():
        assert np.array_equal(entry[name], array)


def test_a_state_is_plain_arrays_text_and_numbers() -> None:
    r = reward()
    r.reset(start(3))
    r.step(rows(3))
    as_lists = json.loads(json.dumps(r.state_dict(), default=lambda a: a.tolist()))
    assert as_lists["layout"] == ["real[0] before[]", "int[0] t[]"]
    assert as_lists["age"] == [1, 1, 1] and as_lists["environments"] == 3


def test_a_reward_that_was_never_used_can_be_saved() -> None:
    r, other = reward(), reward()
    r.params["target"] = 20
    other.load_state_dict(r.state_dict())
    assert other.params["target"] == 20 and other.environments is None


def test_a_reset_that_waits_for_its_first_step_is_saved() -> None:
    r, other, expected = reward(), reward(), reward()
    for x in (r, expected):
        x.reset(start(3))
    other.load_state_dict(r.state_dict())
    assert np.array_equal(other.step(rows(3)).reward, expected.step(rows(3)).reward)


def test_a_state_of_another_program_is_refused() -> None:
    r = reward()
    r.reset(start(3))
    with pytest.raises(RewardError) as caught:
        reward(walker(hash="other")).load_state_dict(r.state_dict())
    assert caught.value.diagnostics[0].code == "RW630"


def test_a_state_of_another_float_type_is_refused() -> None:
    r = reward()
    r.reset(start(3))
    r.step(rows(3))
    with pytest.raises(RewardError) as caught:
        reward(dtype="float32").load_state_dict(r.state_dict())
    assert caught.value.diagnostics[0].code == "RW632"


DAMAGE: list[tuple[str, Any]] = [
    ("real", None),
    ("real", np.zeros((3, 2))),
    ("real", np.zeros((3, 1), np.float32)),
    ("int", np.zeros((2, 1), np.int64)),
    ("held", np.zeros((3, 1))),
    ("age", np.zeros(3)),
    ("environments", "three"),
    ("environments", -3),
    ("steps", None),
    ("episodes", 1.5),
    ("params", 3),
    ("latched", {"speed?": np.zeros(3)}),
    ("latched", {}),  # while `unlatched` says that there is one
]


@pytest.mark.parametrize(("name", "value"), DAMAGE)
def test_a_damaged_state_is_refused_and_changes_nothing(name: str, value: Any) -> None:
    r, calm = reward(), reward()
    for x in (r, calm):
        x.reset(start(3))
        x.step(rows(3))
    entry = {**r.state_dict(), name: value}
    if value is None:
        del entry[name]
    with pytest.raises(RewardError) as caught:
        r.load_state_dict(entry)
    assert caught.value.diagnostics[0].code == "RW631"
    assert name in str(caught.value)
    assert np.array_equal(r.step(rows(3, 1)).reward, calm.step(rows(3, 1)).reward)


def test_what_is_no_state_at_all_is_refused() -> None:
    for entry in ({}, {"weights": 1}, None, [1]):
        with pytest.raises(RewardError) as caught:
            reward().load_state_dict(entry)  # type: ignore[arg-type]
        assert caught.value.diagnostics[0].code == "RW631"
