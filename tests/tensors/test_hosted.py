"""Programs that need the host: the CPU kernel's results, as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rewardlang
from rewardlang.tensors.hosted import HostedReward
from tests.agree.test_torch import assert_close, tensors

EXTERN = """
input x : real
extern twice(x: real) -> real in -9 .. 9 from "lab:twice" { batch 8 }
term a = twice(x)
"""
RUN = "input x : real\nterm a = x - mean(x over run else 0)"
GROUP = """
input score : real per episode
term a = score
advantage = score - mean(score over group)
"""


def both(text: str, **options: Any) -> tuple[Any, Any]:
    program = rewardlang.parse(text)
    ours = program.compile("torch", dtype="float64", **options)
    assert isinstance(ours, HostedReward)
    return program.compile("numba", dtype="float64", **options), ours


def twice(x: Any) -> Any:
    return 2 * x


@pytest.mark.parametrize("text", [EXTERN, RUN])
def test_steps_give_what_the_cpu_gives(text: str) -> None:
    options = {"externs": {"twice": twice}} if "extern" in text else {}
    expected, ours = both(text, **options)
    for n in range(4):
        x = np.random.default_rng(n).normal(size=5)
        there, here = expected.step({"x": x}), ours.step({"x": torch.from_numpy(x)})
        assert_close(there.reward, here.reward, "float64", "reward")
        assert_close(there.terms["a"], here.terms["a"], "float64", "a")
        assert here.valid.tolist() == there.valid.tolist()


def test_advantages_of_groups() -> None:
    expected, ours = both(GROUP)
    columns = {"score": np.arange(6.0) ** 2, "terminated": np.ones((6, 1), bool)}
    group = np.array([0, 0, 0, 1, 1, 1])
    there = expected.evaluate(columns, group=group)
    here = ours.evaluate(tensors(columns), group=torch.from_numpy(group))
    assert_close(there.advantage, here.advantage, "float64", "advantage")


def test_ends_are_asked_without_a_step() -> None:
    _, ours = both(RUN + "\nterminate far when x > 2")
    assert ours.ends({"x": torch.tensor([1.0, 3.0])}).tolist() == [False, True]
    assert ours.steps == 0


def test_what_is_on_another_device_is_told() -> None:
    _, ours = both(RUN)
    with pytest.raises(rewardlang.RewardError) as caught:
        ours.step({"x": torch.ones(2, device="meta")})
    assert [d.code for d in caught.value.diagnostics] == ["RW625"]
