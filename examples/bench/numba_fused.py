"""The legged reward by someone who knows Numba: one fused pass, state in place, no temporaries.

Outputs are allocated once and written again each step, which is more than our own `step` may do:
what it returns belongs to the caller.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange
from transitions import (
    DT,
    JOINT_HIGH,
    JOINT_LOW,
    SHARPNESS,
    SWING_TIME,
    TERMS,
    TURN_SHARPNESS,
    WEIGHTS,
    Array,
)

ZERO = np.float32(0)
ONE = np.float32(1)


def _loop(
    n, target, turn, velocity, spin, gravity, torque, joint, joint_velocity, action, force, body,
    old_action, old_velocity, old_contact, airtime, low, high, weights, tuning, terms, total,
    fallen,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Each environment: read each input once, update its state, write its results."""
    dt = tuning[0]
    for i in prange(n):
        ahead = target[i, 0] - velocity[i, 0]
        aside = target[i, 1] - velocity[i, 1]
        turning = turn[i] - spin[i, 2]
        linear_tracking = math.exp(-(ahead * ahead + aside * aside) / tuning[1])
        turn_tracking = math.exp(-(turning * turning) / tuning[2])
        vertical_velocity = velocity[i, 2] * velocity[i, 2]
        roll_and_pitch = spin[i, 0] * spin[i, 0] + spin[i, 1] * spin[i, 1]
        orientation = gravity[i, 0] * gravity[i, 0] + gravity[i, 1] * gravity[i, 1]

        torques = ZERO
        acceleration = ZERO
        rate = ZERO
        excess = ZERO
        for j in range(12):
            torques += torque[i, j] * torque[i, j]
            a = (joint_velocity[i, j] - old_velocity[i, j]) / dt
            acceleration += a * a
            d = action[i, j] - old_action[i, j]
            rate += d * d
            excess += max(low[j] - joint[i, j], ZERO) + max(joint[i, j] - high[j], ZERO)
            old_velocity[i, j] = joint_velocity[i, j]
            old_action[i, j] = action[i, j]

        landed = ZERO
        for leg in range(4):
            contact = force[i, leg] > 1
            flight = airtime[i, leg] + dt
            if contact and not old_contact[i, leg]:
                landed += flight - tuning[3]
            airtime[i, leg] = ZERO if contact else flight
            old_contact[i, leg] = contact
        speed = math.sqrt(target[i, 0] * target[i, 0] + target[i, 1] * target[i, 1])
        air_time = landed if speed > tuning[4] else ZERO
        down = body[i] > 1
        fell = ONE if down else ZERO

        fallen[i] = down
        terms[0, i] = linear_tracking
        terms[1, i] = turn_tracking
        terms[2, i] = vertical_velocity
        terms[3, i] = roll_and_pitch
        terms[4, i] = orientation
        terms[5, i] = torques
        terms[6, i] = acceleration
        terms[7, i] = rate
        terms[8, i] = air_time
        terms[9, i] = excess
        terms[10, i] = fell
        result = weights[0] * dt * linear_tracking
        result += weights[1] * dt * turn_tracking
        result += weights[2] * dt * vertical_velocity
        result += weights[3] * dt * roll_and_pitch
        result += weights[4] * dt * orientation
        result += weights[5] * dt * torques
        result += weights[6] * dt * acceleration
        result += weights[7] * dt * rate
        result += weights[8] * dt * air_time
        result += weights[9] * dt * excess
        result += weights[10] * dt * fell
        total[i] = result


# `prange` is `range` where nothing runs in parallel, so one text serves both.
_serial = njit(error_model="numpy")(_loop)
_parallel = njit(parallel=True, error_model="numpy")(_loop)


class FusedReward:
    """The same results as `NumpyReward`; the terms come as one array [11, environments]."""

    def __init__(self, environments: int, parallel: bool) -> None:
        n = environments
        self.kernel = _parallel if parallel else _serial
        self.state = (
            np.zeros((n, 12), np.float32),
            np.zeros((n, 12), np.float32),
            np.ones((n, 4), np.bool_),
            np.zeros((n, 4), np.float32),
        )
        self.out = (
            np.empty((len(TERMS), n), np.float32),
            np.empty(n, np.float32),
            np.empty(n, bool),
        )
        self.tuning = np.array([DT, SHARPNESS, TURN_SHARPNESS, SWING_TIME, 0.1], np.float32)

    def reset(self, mask: np.ndarray) -> None:
        for array, start in zip(self.state, (0, 0, True, 0), strict=True):
            array[mask] = start

    def step(self, x: dict[str, Array]) -> tuple[Array, Array, np.ndarray]:
        terms, total, fallen = self.out
        self.kernel(
            len(total), *x.values(), *self.state, JOINT_LOW, JOINT_HIGH, WEIGHTS, self.tuning,
            terms, total, fallen,
        )  # fmt: skip
        return total, terms, fallen
