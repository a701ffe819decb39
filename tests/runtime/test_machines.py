"""What results say of machines: states, edges, payouts, faults, and the states it is not in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang.diagnostics.codes.machines import CODES
from rewardlang.diagnostics.diagnostic import RewardError
from tests.runtime.test_codes import run

OFFICE = """
input coffee : bool
input office : bool
input speed : real in 0 .. 4

machine delivery {
  initial idle
  idle -> carrying when coffee pays 0.25
  carrying -> done when office and speed < 1 pays 1
  carrying -> done when office and speed >= 1 pays 1 / speed
  carrying -> idle after 3 pays -0.25
  final done
}

term task = payout(delivery)
potential nearer discount 0.5 = progress(delivery)
"""
BACKENDS = ("numpy", "numba")
Array = np.ndarray[Any, Any]


def rewarded(text: str, backend: str = "numpy", **options: Any) -> Any:
    return rewardlang.parse(text).compile(backend=backend, dtype="float64", **options)


def columns(coffee: list[int], office: list[int], speed: list[float]) -> dict[str, Array]:
    return {
        "coffee": np.array([coffee], bool),
        "office": np.array([office], bool),
        "speed": np.array([speed]),
    }


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_episode_worked_out_by_hand(backend: str) -> None:
    out = rewarded(OFFICE, backend).evaluate(
        columns([0, 1, 0, 0, 0, 1, 0, 1], [1, 0, 0, 0, 0, 0, 1, 1], [2, 2, 2, 2, 2, 2, 2, 2])
    )
    result = out.machines["delivery"]
    # the timer runs out on the third sample after the one that entered `carrying`
    assert result.names[0].tolist() == [
        "idle", "carrying", "carrying", "carrying", "idle", "carrying", "done", "done"
    ]  # fmt: skip
    assert result.edge[0].tolist() == [-1, 0, -1, -1, 3, 0, 2, -1]
    assert result.payout[0].tolist() == [0, 0.25, 0, 0, -0.25, 0.25, 0.5, 0]
    np.testing.assert_array_equal(out.terms["task"], result.payout)
    # progress is 0, 0.5, 1; at the first step 0.5 * 0 - 0
    shaped = [0, 0.25, -0.25, -0.25, -0.5, 0.25, 0, -0.5]
    assert out.weighted["nearer"][0].tolist() == shaped
    assert result.edges[2] == "carrying -> done when office and speed >= 1 pays 1 / speed"


def test_two_edges_between_the_same_states_stay_two() -> None:
    reward = rewarded(OFFICE)
    reward.step({"coffee": True, "office": False, "speed": 0.0})
    slow = reward.step({"coffee": False, "office": True, "speed": 0.0}).machines["delivery"]
    assert (slow.names, slow.edge, slow.payout) == ("done", 1, 1.0)
    reward.reset()
    reward.step({"coffee": True, "office": False, "speed": 0.0})
    fast = reward.step({"coffee": False, "office": True, "speed": 4.0}).machines["delivery"]
    assert (fast.names, fast.edge, fast.payout) == ("done", 2, 0.25)


def test_a_payment_that_is_a_fault_counts_where_its_edge_fires_only() -> None:
    text = OFFICE.replace("speed >= 1 pays", "speed <= 1 pays").replace("speed < 1", "speed > 1")
    reward = rewarded(text)
    out = reward.step({"coffee": True, "office": True, "speed": 0.0})
    assert out.valid and out.reward == 0.25 + 0.25
    out = reward.step({"coffee": False, "office": True, "speed": 0.0})
    assert not out.valid and out.machines["delivery"].names == "done"
    (fault,) = out.faults
    assert (fault.role, fault.sink, fault.span.text) == ("term", "task", "1 / speed")


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_guard_that_is_a_fault_is_blamed_and_the_state_stays(backend: str) -> None:
    reward = rewarded(OFFICE, backend, check=False)
    reward.step({"coffee": True, "office": False, "speed": 0.0})
    out = reward.step({"coffee": False, "office": True, "speed": np.nan})
    assert out.machines["delivery"].names == "carrying" and out.machines["delivery"].edge == -1
    (fault,) = out.faults
    assert (fault.role, fault.sink, fault.input) == ("machine", "delivery", "speed")
    out = reward.step({"coffee": False, "office": True, "speed": 2.0})
    assert out.machines["delivery"].names == "done" and out.valid


def test_a_guard_of_another_state_is_not_looked_at() -> None:
    out = rewarded(OFFICE, check=False).step({"coffee": False, "office": True, "speed": np.nan})
    assert out.valid and out.machines["delivery"].names == "idle"


def test_under_raise_a_faulty_guard_is_an_error_that_names_the_machine() -> None:
    reward = rewarded(OFFICE, faults="raise", check=False)
    reward.step({"coffee": True, "office": False, "speed": 0.0})
    with pytest.raises(RewardError) as caught:
        reward.step({"coffee": False, "office": True, "speed": np.nan})
    assert "machine `delivery`" in str(caught.value)


def test_a_self_loop_enters_its_state_anew() -> None:
    text = "input c : bool\nmachine m {\n  initial a\n  a -> a when c times 2 pays 1\n"
    text += "  a -> b after 3\n}\nterm paid = payout(m)\n"
    out = rewarded(text).evaluate({"c": np.array([[1, 1, 0, 1, 1, 0, 0, 0]], bool)})
    assert out.machines["m"].edge[0].tolist() == [-1, 0, -1, -1, 0, -1, -1, 1]


def test_nothing_is_read_at_reset_but_the_initial_state() -> None:
    text = "input x : real per state\nmachine m {\n  initial a\n  a -> b when x > 0\n}\n"
    text += "term moved = rises(m is b) and not previous(m is b)\n"
    out = rewarded(text).evaluate({"x": np.array([[9.0, -1, 1, 1]])})
    assert out.machines["m"].names[0].tolist() == ["a", "b", "b"]
    assert out.terms["moved"][0].tolist() == [0, 1, 0]


def test_results_of_flat_rows_and_of_padded_ones_have_the_shape_of_the_reward() -> None:
    data = columns([0, 1, 0], [0, 0, 1], [0, 0, 0])
    reward = rewarded(OFFICE)
    padded = reward.evaluate(data, lengths=[2])
    assert padded.machines["delivery"].state.shape == padded.reward.shape == (1, 3)
    flat = reward.evaluate({n: c[0] for n, c in data.items()}, episode=[0, 0, 1])
    assert flat.machines["delivery"].names.tolist() == ["idle", "carrying", "idle"]


def test_every_state_of_a_machine_in_one_call() -> None:
    """The reward from each state is that of a step made there."""
    reward = rewarded(OFFICE)
    values = {
        "coffee": np.array([True, False]),
        "office": np.array([True, True]),
        "speed": np.array([2.0, 0.0]),
    }
    every = reward.counterfactual(values)
    assert every.state.tolist() == [[1, 2, 2], [0, 2, 2]]
    assert every.payout.tolist() == [[0.25, 0.5, 0], [0, 1, 0]]
    # nearer: 0.5 * after - before, of 0, 0.5, 1
    assert every.reward is not None
    assert every.reward.tolist() == [[0.5, 0.5, -0.5], [0, 1, -0.5]]
    assert reward.faults.count == 0 and reward.steps == 0


def test_a_state_it_is_not_in_has_just_been_entered() -> None:
    reward = rewarded(OFFICE)
    nothing = {"coffee": False, "office": False, "speed": 0.0}
    reward.step({**nothing, "coffee": True})
    reward.step(nothing)
    reward.step(nothing)
    assert reward.counterfactual(nothing).edge.tolist() == [[-1, 3, -1]]
    reward.reset()
    assert reward.counterfactual(nothing).edge.tolist() == [[-1, -1, -1]]


def test_the_whole_reward_is_left_out_where_more_than_the_state_is_remembered() -> None:
    text = OFFICE + "term ago = if delivery is done then 0 else ema(x, decay: 0.5)\n"
    text = text.replace("if delivery", "if previous(x, 2 else 0) > 0 then 1 else if delivery")
    text += "let x = progress(delivery) + 1\n"
    every = rewarded(text).counterfactual({"coffee": True, "office": False, "speed": 0.0})
    assert every.reward is None and every.terminated is None
    assert every.payout.tolist() == [[0.25, 0, 0]]


CALLED = [c for c in CODES if c.kind == "python"]


@pytest.mark.parametrize("code", CALLED, ids=lambda c: c.code)
def test_the_snippets_do_what_they_say(code: Any) -> None:
    with pytest.raises(RewardError) as caught:
        run(code.bad)
    assert [d.code for d in caught.value.diagnostics] == [code.code]
    run(code.good)


def test_a_guard_may_ask_a_function_of_the_host() -> None:
    text = 'input near : real\nextern far(x: real) -> real from "m:f"\nmachine m {\n'
    text += "  initial a\n  a -> b when far(near) > 1 pays far(near)\n  b -> a after 1 pays -1\n}\n"
    text += "term paid = payout(m)\npotential there discount 0.5 = if m is b then 1 else 0\n"
    for backend in BACKENDS:
        reward = rewarded(text, backend, externs={"far": lambda x: 2 * x})
        out = reward.evaluate({"near": np.array([[0.25, 1.0, 1.0]])})
        assert out.terms["paid"].tolist() == [[0, 2, -1]]
        assert out.reward.tolist() == [[0, 2.5, -2]]
        assert [reward.step({"near": x}).reward for x in (0.25, 1.0, 1.0)] == [0, 2.5, -2]


def test_an_open_axis_changes_nothing() -> None:
    text = "input x : real[stock]\nmachine m {\n  initial a\n"
    text += (
        "  a -> b when sum(x over stock) > 1 pays size(x over stock)\n}\nterm paid = payout(m)\n"
    )
    reward = rewarded(text)
    assert reward.step({"x": np.array([[1.0, 2, 3]])}).reward.tolist() == [3]
    assert reward.counterfactual({"x": np.array([[1.0, 2, 3]])}).state.tolist() == [[1, 1]]
