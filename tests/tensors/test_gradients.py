"""Gradients, against finite differences: of inputs, of params, through memory and formulas."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import rewardlang

TERMS = """
input x : real per state
input v : real[3]
param target : real in -9 .. 9 = 0.5
param gains : real[3] = [1, 2, 3]
term track weight 2 = exp(-(x - target) ^ 2)
term effort weight -0.1 = sum(gains * v ^ 2)
term smooth = -abs(x - previous(x else 0.1))
term slow = ema(v[0] * target, decay: 0.9)
term peak = max(x * v[1] over last 3)
term late = mean(tanh(x) over episode)
potential near discount 0.9 = -abs(x - target)
"""
FORMULAS = """
input x : real
input y : real
spec safe = (always [0 .. 3] x > 0.1) and (y < 1 until [1 .. 4] x > 0.5)
spec calm = historically [0 .. 2] x < 2
term a = robustness(safe over rest)
term b = robustness(calm over past)
"""
STEPS, ROWS = 6, 3


def _columns(seed: int) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    return {
        "x": torch.randn(ROWS, STEPS + 1, dtype=torch.float64, requires_grad=True),
        "v": torch.randn(ROWS, STEPS, 3, dtype=torch.float64, requires_grad=True),
    }


def test_of_recorded_rewards() -> None:
    reward = rewardlang.parse(TERMS).compile("torch", check=False)
    columns = _columns(0)

    def total(x: Tensor, v: Tensor, target: Tensor, gains: Tensor) -> Tensor:
        reward.params["target"], reward.params["gains"] = target, gains
        return reward.evaluate({"x": x, "v": v}).reward

    target = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    gains = torch.tensor([1.0, 0.5, 2.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(total, (columns["x"], columns["v"], target, gains))


def test_of_a_loop_with_a_masked_reset() -> None:
    columns = _columns(1)

    def total(x: Tensor, v: Tensor) -> Tensor:
        reward = rewardlang.parse(TERMS).compile("torch", check=False)
        reward.reset({"x": x[:, 0]})
        paid = []
        for t in range(STEPS):
            paid.append(reward.step({"x": x[:, t + 1], "v": v[:, t]}).reward)
            if t == 2:
                reward.reset({"x": x[:, 0] * 2}, torch.tensor([True, False, True]))
        return torch.stack(paid)

    assert torch.autograd.gradcheck(total, (columns["x"], columns["v"]))


def test_of_margins() -> None:
    reward = rewardlang.parse(FORMULAS).compile("torch", check=False)
    torch.manual_seed(2)
    x, y = (torch.randn(ROWS, 12, dtype=torch.float64, requires_grad=True) for _ in range(2))

    def total(x: Tensor, y: Tensor) -> Tensor:
        return reward.evaluate({"x": x, "y": y}).reward.clamp(-5, 5)

    assert torch.autograd.gradcheck(total, (x, y))


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("if x > 0 then sqrt(x) else 0", 0.0),  # the side not taken has an infinite slope there
        ("if x > 0 then 1 / x else x", 1.0),
        ("norm([x, 2 * x])", 0.0),  # as that of torch.linalg.norm
        ("if x < -1 then log(x) else 2 * x", 2.0),
        ("max(x, 0)", 0.5),  # a tie is shared
        ("clip(x, 0, 1)", 1.0),  # and an edge is inside
    ],
)
def test_at_a_corner(term: str, expected: float) -> None:
    reward = rewardlang.parse(f"input x : real\nterm r = {term}").compile("torch")
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    reward.step({"x": x}).reward.sum().backward()
    assert x.grad is not None
    assert x.grad.item() == expected


def test_detach_ends_the_history() -> None:
    reward = rewardlang.parse("input x : real\nterm r = previous(x else 0)").compile("torch")
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    reward.step({"x": x})
    kept: Any = reward.state_dict()
    assert reward.step({"x": x.detach()}).reward.requires_grad
    reward.load_state_dict(kept)
    reward.step({"x": x})
    reward.detach()
    out = reward.step({"x": x.detach()})
    assert not out.reward.requires_grad
    assert out.reward.tolist() == [1.0, 1.0]
