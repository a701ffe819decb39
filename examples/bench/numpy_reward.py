"""The legged reward as people write it: NumPy on the last axis, state kept by hand.

It works on one environment (arrays without a leading axis) and on a batch alike.
"""

from __future__ import annotations

import numpy as np
from transitions import (
    DT,
    JOINT_HIGH,
    JOINT_LOW,
    SHARPNESS,
    SWING_TIME,
    TURN_SHARPNESS,
    WEIGHTS,
    Array,
)


class NumpyReward:
    """`step` gives the total, the eleven raw terms in order, and who fell."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.previous_action = np.zeros((*shape, 12), np.float32)
        self.previous_joint_velocity = np.zeros((*shape, 12), np.float32)
        self.previous_contact = np.ones((*shape, 4), bool)  # no touchdown on a first step
        self.airtime = np.zeros((*shape, 4), np.float32)
        self.dt = np.float32(DT)
        self.swing_time = np.float32(SWING_TIME)

    def reset(self, mask: np.ndarray) -> None:
        self.previous_action[mask] = 0
        self.previous_joint_velocity[mask] = 0
        self.previous_contact[mask] = True
        self.airtime[mask] = 0

    def step(self, x: dict[str, Array]) -> tuple[Array, list[Array], np.ndarray]:
        velocity, spin, joint, action = x["velocity"], x["spin"], x["joint"], x["action"]
        target, joint_velocity = x["target_velocity"], x["joint_velocity"]

        miss = ((target - velocity[..., :2]) ** 2).sum(-1)
        linear_tracking = np.exp(-miss / SHARPNESS)
        turn_tracking = np.exp(-((x["target_turn"] - spin[..., 2]) ** 2) / TURN_SHARPNESS)
        vertical_velocity = velocity[..., 2] ** 2
        roll_and_pitch = (spin[..., :2] ** 2).sum(-1)
        orientation = (x["gravity"][..., :2] ** 2).sum(-1)
        torques = (x["torque"] ** 2).sum(-1)
        acceleration = (joint_velocity - self.previous_joint_velocity) / self.dt
        acceleration_of_joints = (acceleration**2).sum(-1)
        action_rate = ((action - self.previous_action) ** 2).sum(-1)

        contact = x["foot_force"] > 1
        touchdown = contact & ~self.previous_contact
        flight = self.airtime + self.dt
        landed = (np.where(touchdown, flight - self.swing_time, 0)).sum(-1)
        walking = np.sqrt((target**2).sum(-1)) > 0.1
        air_time = np.where(walking, landed, 0)

        excess = np.maximum(JOINT_LOW - joint, 0) + np.maximum(joint - JOINT_HIGH, 0)
        joint_limits = excess.sum(-1)
        fallen = x["body_force"] > 1

        self.airtime = np.where(contact, 0, flight).astype(np.float32)
        self.previous_contact = contact
        self.previous_action = action.copy()
        self.previous_joint_velocity = joint_velocity.copy()

        terms = [
            linear_tracking,
            turn_tracking,
            vertical_velocity,
            roll_and_pitch,
            orientation,
            torques,
            acceleration_of_joints,
            action_rate,
            air_time,
            joint_limits,
            np.float32(fallen),
        ]
        total = np.zeros(fallen.shape, np.float32)
        for weight, term in zip(WEIGHTS, terms, strict=True):
            total = total + weight * self.dt * term
        return total, terms, fallen
