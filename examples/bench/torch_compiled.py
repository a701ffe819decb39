"""The legged reward in PyTorch, by hand: through `torch.compile`, or eagerly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from transitions import (
    DT,
    JOINT_HIGH,
    JOINT_LOW,
    SHARPNESS,
    SWING_TIME,
    TURN_SHARPNESS,
    WEIGHTS,
)


def _step(
    x: dict[str, Tensor],
    old_action: Tensor,
    old_joint_velocity: Tensor,
    old_contact: Tensor,
    airtime: Tensor,
    low: Tensor,
    high: Tensor,
    weights: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """The total, the terms and who fell; the state is written over, as a captured graph needs."""
    velocity, spin, joint, target = x["velocity"], x["spin"], x["joint"], x["target_velocity"]
    contact = x["foot_force"] > 1
    flight = airtime + DT
    landed = torch.where(contact & ~old_contact, flight - SWING_TIME, 0.0).sum(-1)
    walking = target.square().sum(-1).sqrt() > 0.1
    excess = (low - joint).clamp(min=0) + (joint - high).clamp(min=0)
    fallen = x["body_force"] > 1
    terms = torch.stack(
        [
            torch.exp(-(target - velocity[:, :2]).square().sum(-1) / SHARPNESS),
            torch.exp(-(x["target_turn"] - spin[:, 2]).square() / TURN_SHARPNESS),
            velocity[:, 2].square(),
            spin[:, :2].square().sum(-1),
            x["gravity"][:, :2].square().sum(-1),
            x["torque"].square().sum(-1),
            ((x["joint_velocity"] - old_joint_velocity) / DT).square().sum(-1),
            (x["action"] - old_action).square().sum(-1),
            torch.where(walking, landed, 0.0),
            excess.sum(-1),
            fallen.float(),
        ]
    )
    total = (weights[:, None] * DT * terms).sum(0)
    old_action.copy_(x["action"])
    old_joint_velocity.copy_(x["joint_velocity"])
    old_contact.copy_(contact)
    airtime.copy_(torch.where(contact, 0.0, flight))
    return total, terms, fallen


def compiled(step: Any) -> Any:
    return torch.compile(step, dynamic=False)


class TorchReward:
    """The same results as `NumpyReward`, as tensors. `make` is what compiles the step."""

    def __init__(
        self,
        environments: int,
        device: str = "cpu",
        make: Callable[[Any], Any] = compiled,
    ) -> None:
        n = environments
        self.function = make(_step)
        with torch.device(device):
            self.old_action = torch.zeros(n, 12)
            self.old_joint_velocity = torch.zeros(n, 12)
            self.old_contact = torch.ones(n, 4, dtype=torch.bool)
            self.airtime = torch.zeros(n, 4)
        numbers = (JOINT_LOW, JOINT_HIGH, WEIGHTS)
        self.constants = tuple(torch.from_numpy(a).to(device) for a in numbers)

    def reset(self, mask: Tensor) -> None:
        self.old_action[mask] = 0
        self.old_joint_velocity[mask] = 0
        self.old_contact[mask] = True
        self.airtime[mask] = 0

    @torch.no_grad()
    def step(self, x: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        found: tuple[Tensor, Tensor, Tensor] = self.function(
            x,
            self.old_action,
            self.old_joint_velocity,
            self.old_contact,
            self.airtime,
            *self.constants,
        )
        return found
