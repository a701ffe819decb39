"""What one call of an environment offers to the inputs of a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Transition:
    """One transition of one environment, or of B at once, or what stands right after a reset.

    `observation`  after the transition, never the one of the next episode; batches as the vector
                   environment gives them, an axis [B] first on every array
    `action`       what was asked for; None at a reset
    `info`         a dictionary; a dictionary of arrays with masks (Gymnasium's vector
                   environments); or a list of B dictionaries (Stable-Baselines3)
    `reward`       the environment's own; 0 at a reset
    `env`          the environment itself; None where there are many
    `size`         B, or None for a single environment
    """

    observation: Any
    action: Any
    info: Any
    reward: Any
    env: Any = None
    size: int | None = None
