"""Made-up transitions of a legged robot, for the rivals and for us alike.

Plausible, not physical: a trot with noise, so that feet come down, limits are passed, and a robot
falls now and then. All arrays are float32, C-contiguous, rows first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

JOINT_LOW = np.array([-0.7, -0.9, -2.6] * 4, dtype=np.float32)
JOINT_HIGH = np.array([0.7, 2.2, -0.9] * 4, dtype=np.float32)

TERMS = (
    "linear_tracking",
    "turn_tracking",
    "vertical_velocity",
    "roll_and_pitch",
    "orientation",
    "torques",
    "acceleration_of_joints",
    "action_rate",
    "air_time",
    "joint_limits",
    "termination",
)

# As in examples/legged/velocity_tracking.reward, in the order of TERMS.
WEIGHTS = np.array(
    [1.0, 0.5, -2.0, -0.05, -5.0, -1e-5, -2.5e-7, -0.01, 1.0, -10.0, -200.0], dtype=np.float32
)
SHARPNESS = 0.25  # m^2/s^2
TURN_SHARPNESS = 0.25  # rad^2/s^2
SWING_TIME = 0.5  # s
DT = 0.02  # s


def transition(environments: int, step: int, seed: int = 0) -> dict[str, Array]:
    """The inputs of one step, by the names the reward declares; [environments, ...] each."""
    random = np.random.default_rng((seed, step))
    n = environments

    def noise(*shape: int, scale: float = 1.0) -> Array:
        return (scale * random.standard_normal((n, *shape), dtype=np.float32)).astype(np.float32)

    target = np.tile(np.array([0.6, 0.0], dtype=np.float32), (n, 1))
    target[::7] = 0  # some are told to stand
    gravity = noise(3, scale=0.05) + np.array([0, 0, -1], dtype=np.float32)
    phase = (step + np.arange(n))[:, None] // 5 + np.array([0, 1, 1, 0])
    middle = (JOINT_LOW + JOINT_HIGH) / 2
    return {
        "target_velocity": target,
        "target_turn": noise(scale=0.3),
        "velocity": noise(3, scale=0.2) + np.array([0.5, 0, 0], dtype=np.float32),
        "spin": noise(3, scale=0.4),
        "gravity": gravity,
        "torque": noise(12, scale=15),
        "joint": (middle + noise(12, scale=0.6)).astype(np.float32),
        "joint_velocity": noise(12, scale=4),
        "action": noise(12, scale=0.5),
        "foot_force": np.where(phase % 2 == 0, np.abs(noise(4, scale=80)), 0).astype(np.float32),
        "body_force": np.where(noise() > 3, 20, 0).astype(np.float32),
    }
