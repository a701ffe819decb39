"""The camera of `picture.reward`: CartPole drawn by Gymnasium's own renderer.

program = rewardlang.load("examples/picture/picture.reward")
reward = program.compile(externs={"likeness": cartpole_picture.likeness})
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import numpy as np

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # drawn into memory: no screen is needed

_BRIGHT = 250  # of 255: the background


@cache
def _camera() -> Any:
    from gymnasium.envs.classic_control.cartpole import CartPoleEnv

    return CartPoleEnv(render_mode="rgb_array")


def silhouette(position: float, angle: float) -> Any:
    """Which pixels cart and pole cover, [400, 600] bool; metres and degrees."""
    camera = _camera()
    camera.state = (position, 0.0, np.radians(angle), 0.0)
    frame = camera.render()
    return frame.min(axis=2) < _BRIGHT


def likeness(position: Any, angle: Any) -> Any:
    """Intersection over union with the picture of a pole that stands in the middle, [n]."""
    goal = _standing()
    found = []
    for one, tilt in zip(position, angle, strict=True):
        seen = silhouette(float(one), float(tilt))
        found.append((seen & goal).sum() / (seen | goal).sum())
    return np.array(found)


@cache
def _standing() -> Any:
    return silhouette(0.0, 0.0)
