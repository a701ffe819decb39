"""What a loop may give that is wrong: a message, and nothing half done."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError

PROGRAM = """
input x : real in -9 .. 9
input v : real[3]
input on : bool
term a = previous(x else 0) + sum(v) + real(on)
"""
SIZE = 4


def given() -> dict[str, Any]:
    return {"x": torch.ones(SIZE), "v": torch.ones(SIZE, 3), "on": torch.ones(SIZE).bool()}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"x": torch.ones(SIZE, device="meta")}, "RW625"),
        ({"x": [1.0] * SIZE}, "RW624"),
        ({"x": torch.ones(SIZE, dtype=torch.complex64)}, "RW603"),
        ({"x": torch.ones(SIZE, dtype=torch.float64)}, "RW607"),
        ({"on": torch.ones(SIZE)}, "RW603"),
        ({"v": torch.ones(SIZE, 2)}, "RW602"),
        ({"v": torch.ones(SIZE + 1, 3)}, "RW610"),
        ({"w": torch.ones(SIZE)}, "RW601"),
    ],
    ids=lambda x: x if isinstance(x, str) else ", ".join(x),
)
def test_a_wrong_column_changes_nothing(change: dict[str, Any], code: str) -> None:
    reward = rewardlang.parse(PROGRAM).compile("torch", dtype="float32")
    reward.step(given())
    before = reward.state_dict()
    with pytest.raises(RewardError) as caught:
        reward.step({**given(), **change})
    assert [d.code for d in caught.value.diagnostics] == [code]
    after = reward.state_dict()
    assert after["steps"] == before["steps"] == SIZE
    for a, b in zip(before["cells"], after["cells"], strict=True):
        assert torch.equal(a, b)
    assert reward.step(given()).reward.tolist() == [5.0] * SIZE


def test_a_batch_that_changes_its_size_is_told() -> None:
    reward = rewardlang.parse(PROGRAM).compile("torch")
    reward.step(given())
    smaller = {name: x[:2] for name, x in given().items()}
    with pytest.raises(RewardError) as caught:
        reward.step(smaller)
    assert [d.code for d in caught.value.diagnostics] == ["RW608"]


def test_a_view_that_is_not_contiguous_is_read_as_it_is() -> None:
    reward = rewardlang.parse(PROGRAM).compile("torch")
    wide = torch.arange(24.0).reshape(SIZE, 6)
    out = reward.step({**given(), "v": wide[:, ::2], "x": wide[:, 1]})
    assert out.reward.tolist() == [x[0] + x[2] + x[4] + 1 for x in wide.tolist()]


def test_a_value_outside_its_range_is_a_fault_with_its_cause() -> None:
    reward = rewardlang.parse("input x : real in -9 .. 9\nterm a = x").compile("torch")
    out = reward.step({"x": torch.tensor([1.0, 20.0])})
    assert out.valid.tolist() == [True, False]
    (first, *_) = out.faults
    assert (first.code, first.environment, first.input, first.value) == ("RW651", 1, "x", 20.0)
    assert reward.faults.counts == {"a": 1}


def test_a_flag_that_is_no_mask_is_told() -> None:
    reward = rewardlang.parse(PROGRAM).compile("torch")
    with pytest.raises(RewardError) as caught:
        reward.step(given(), torch.zeros(SIZE))
    assert [d.code for d in caught.value.diagnostics] == ["RW619"]


def test_a_policy_that_raises_says_why() -> None:
    reward = rewardlang.parse("input x : real\nterm a = sqrt(x)").compile("torch", faults="raise")
    with pytest.raises(RewardError) as caught:
        reward.step({"x": torch.tensor([1.0, -4.0])})
    assert "RW654" in [d.code for d in caught.value.diagnostics]


def test_no_gpu_is_told() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is one here")
    with pytest.raises(RewardError) as caught:
        rewardlang.parse(PROGRAM).compile("torch", device="cuda")
    assert [d.code for d in caught.value.diagnostics] == ["RW626"]
