"""Faults: counted, blamed, and acted on by policy."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.runtime.faults import RewardFault
from rewardlang.runtime.signals import outside
from rewardlang.runtime.tally import KEPT
from tests.runtime.walker import INPUTS, reward, rows, start, walker


def broken(seed: int = 1, at: int = 1) -> dict[str, np.ndarray]:
    values = rows(3, seed)
    values["speed"][at] = np.nan
    return values


def test_no_fault_is_cheap_and_false() -> None:
    r = reward()
    r.reset(start(3))
    out = r.step(rows(3))
    assert not out.faults and out.faults.count == 0 and out.faults.records == []
    assert out.faults.mask.tolist() == [False] * 3 and out.valid.all()


def test_hold_pays_what_the_term_gave_last_and_zero_at_first() -> None:
    r = reward(faults="hold")
    r.reset(start(3))
    assert r.step(broken()).terms["root"][1] == 0
    last = r.step(rows(3, 2)).terms["root"]
    for seed in (3, 4):
        assert r.step(broken(seed)).terms["root"][1] == last[1]
    r.reset(start(3), np.array([False, True, False]))
    out = r.step(broken(5))
    assert out.terms["root"][1] == 0
    assert math.isfinite(out.reward[1])


def test_zero_pays_nothing() -> None:
    r = reward(faults="zero")
    r.reset(start(3))
    r.step(rows(3))
    out = r.step(broken())
    assert out.terms["root"][1] == 0 and out.valid.tolist() == [True, False, True]
    assert not out.terminated[1] or out.conditions["low"][1]


def test_terminate_ends_the_row() -> None:
    r = reward(faults="terminate")
    r.reset(start(3))
    values = broken()
    values["height"][:] = 100.0
    out = r.step(values)
    assert out.terminated.tolist() == [False, True, False]
    assert out.conditions["low"].tolist() == [False, False, False]


def test_raise_names_term_environment_step_and_input() -> None:
    r = reward(faults="raise")
    r.reset(start(3))
    r.step(rows(3))
    with pytest.raises(RewardFault) as caught:
        r.step(broken())
    (fault,) = caught.value.faults
    assert (fault.sink, fault.environment, fault.step, fault.input) == ("root", 1, 2, "speed")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "RW650"
    text = str(caught.value)
    for words in ("term `root`", "environment 1", "step 2", "`speed` is nan"):
        assert words in text


def test_a_terms_own_value_stands_under_every_policy_and_is_still_counted() -> None:
    for policy in ("raise", "hold", "zero", "terminate"):
        r = reward(faults=policy)
        r.reset(start(3))
        values = rows(3)
        values["height"][:] = 100.0
        values["action"][2, 0] = np.inf
        out = r.step(values)
        assert out.terms["effort"][2] == 7
        assert out.faults.counts == {"effort": 1} and not out.valid[2]
        assert not out.terminated.any()


def test_the_files_policy_holds_unless_another_is_asked_for() -> None:
    assert reward(walker(faults="zero")).plan.faults == "zero"
    r = reward(walker(faults="raise"))
    r.reset(start(3))
    with pytest.raises(RewardFault):
        r.step(broken())
    r = reward(walker(faults="raise"), faults="zero")
    r.reset(start(3))
    assert r.step(broken()).faults.count == 1
    with pytest.raises(RewardError) as caught:
        reward(faults="ignore")
    assert caught.value.diagnostics[0].code == "RW641"


def test_a_record_holds_the_row_as_the_loop_gave_it() -> None:
    r = reward()
    r.reset(start(3))
    values = broken()
    values["gait"][1] = 1
    (fault,) = r.step(values).faults.records
    assert fault.inputs["height"] == pytest.approx(values["height"][1], rel=1e-15)
    assert fault.inputs["gait"] == "walk" and fault.inputs["mass"] == 2.0
    assert np.array_equal(fault.inputs["action"], values["action"][1])
    assert math.isnan(fault.value)


@pytest.mark.parametrize("size", [1, 3])
def test_a_broken_contract_is_blamed_with_value_and_range(size: int) -> None:
    r = reward()
    r.reset(start(size))
    values = rows(size)
    values["height"][-1] = 320.0
    out = r.step(values)
    records = {f.sink: f for f in out.faults.records}
    assert set(records) == {"near", "rise", "low"}
    assert records["near"].code == "RW651" and records["near"].value == pytest.approx(320.0)
    message = str(RewardError([records["near"].diagnostic()]))
    assert "320" in message and "0<cm> .. 300<cm>" in message


def test_contracts_are_checked_on_ten_steps_then_on_demand() -> None:
    r = reward()
    r.reset(start(3))
    for _ in range(10):
        r.step(rows(3))
    values = rows(3)
    values["height"][0] = 320.0
    assert r.step(values).faults.count == 0
    r.check = True
    assert r.step(values).faults.count == 1
    r.check = False
    assert r.step(values).faults.counts == {"rise": 1}  # what was remembered as a fault
    assert r.step(values).faults.count == 0
    never = reward(check=False)
    never.reset(start(3))
    assert never.step(values).faults.count == 0


def test_a_bound_itself_is_inside_its_range_in_both_float_types() -> None:
    for dtype in (np.float32, np.float64):
        r = reward()
        r.reset(start(2, dtype=dtype))
        values = rows(2, dtype=dtype)
        values["height"][:] = [0.0, 300.0]
        assert r.step(values).faults.count == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_bound_is_inside_whatever_the_unit_rounds_to(dtype: type) -> None:
    for degrees in range(1, 181):
        radians = math.radians(degrees)
        angle = replace(INPUTS[1], scale=math.pi / 180, lo=-radians, hi=radians, contract=True)
        edge = np.array([-degrees, degrees], dtype) * dtype(angle.scale)
        assert outside(angle, edge) is None
        assert outside(angle, edge * dtype(1.0001)) is not None


def test_an_enum_code_out_of_range_is_a_fault_of_its_readers_only() -> None:
    r = reward()
    r.reset(start(3))
    values = rows(3)
    values["gait"][0] = 2  # no term of this program reads it
    assert r.step(values).faults.count == 0
    gait = reward().plan.inputs[4]
    found = outside(gait, values["gait"])
    assert found is not None and found.tolist() == [True, False, False]
    assert outside(gait, np.array([0, 1])) is None


def test_a_row_that_was_not_captured_still_raises_by_name() -> None:
    r = reward(faults="raise")
    r.reset(start(40))
    values = rows(40)
    values["action"][:30, 0] = np.nan  # handled by the term, and first in line to be captured
    values["speed"][39] = np.nan
    with pytest.raises(RewardFault) as caught:
        r.step(values)
    (fault,) = caught.value.faults
    assert (fault.sink, fault.environment, fault.step) == ("root", 39, 1)


def test_counts_are_never_lost_and_the_ring_is_bounded() -> None:
    r = reward()
    r.reset(start(40))
    for seed in range(30):
        values = rows(40, seed)
        values["speed"][:] = -1
        r.step(values)
    assert r.faults.count == 1200 and r.faults.counts == {"root": 1200}
    assert len(r.faults.records) <= KEPT
    assert r.faults.records[-1].step == 30


def test_faults_of_one_plain_environment_are_plain() -> None:
    r = reward()
    r.reset({"height": 100.0})
    out = r.step(
        {"height": 100.0, "speed": -1.0, "action": [0.0, 0.0], "contact": True, "gait": "walk"}
    )
    assert out.valid is False and out.faults.mask is True and len(out.faults) == 1


def test_faults_in_recorded_data_name_episode_and_step() -> None:
    r = reward(faults="hold")
    speed = np.ones((2, 4))
    speed[1, 2] = np.nan
    columns = {
        "height": np.full((2, 5), 100.0),
        "speed": speed,
        "action": np.zeros((2, 4, 2)),
        "contact": np.ones((2, 4), bool),
        "gait": np.full((2, 4), "walk"),
    }
    out = r.evaluate(columns)
    (fault,) = out.faults.records
    assert (fault.environment, fault.step, fault.input) == (1, 3, "speed")
    assert out.faults.mask.shape == (2, 4) and out.faults.mask[1, 2]
    assert out.terms["root"][1].tolist() == [1, 1, 1, 1]
