"""Axes without a size, over tensors."""

from __future__ import annotations

from typing import Any

import pytest

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError

torch = pytest.importorskip("torch")

TEXT = """
input close : real[stock]
param share : real[stock] = 0.5
term a = sum(close * share)
term third = close[2]
"""


def columns(*shape: int) -> dict[str, Any]:
    return {"close": torch.ones(shape, dtype=torch.float64)}


@pytest.mark.parametrize("dtype", [None, "float64"])
def test_a_param_with_an_open_axis_can_be_given(dtype: str | None) -> None:
    reward = rewardlang.parse(TEXT).compile("torch", dtype=dtype, params={"share": [1.0, 2, 3]})
    assert reward.step(columns(2, 3)).reward.tolist() == [7, 7]
    assert reward.evaluate(columns(1, 2, 3)).reward.tolist() == [[7, 7]]


@pytest.mark.parametrize("dtype", [None, "float64"])
def test_faults_of_every_size_are_counted(dtype: str | None) -> None:
    reward = rewardlang.parse(TEXT).compile("torch", dtype=dtype)
    reward.evaluate(columns(1, 5, 1))
    reward.step(columns(4, 2))
    reward.evaluate(columns(1, 3, 2))
    assert reward.faults.counts == {"third": 12}


def test_a_state_of_other_sizes_is_refused() -> None:
    made, other = (rewardlang.parse(TEXT).compile("torch", dtype="float64") for _ in range(2))
    made.step(columns(4, 3))
    other.step(columns(4, 5))
    with pytest.raises(RewardError, match="RW694"):
        other.load_state_dict(made.state_dict())
    assert other.step(columns(4, 5)).reward.tolist() == [3.5] * 4
