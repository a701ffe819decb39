"""What a training run leaves behind: one row for each finished episode."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass
class History:
    """Finished episodes in order.

    `parts` are sums of the weighted terms over an episode, `weights` sums of their absolute values.
    """

    terms: list[str] = field(default_factory=list)
    step: list[int] = field(default_factory=list)  # environment steps when it ended
    length: list[int] = field(default_factory=list)
    reward: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)  # what the environment itself would have paid
    parts: list[list[float]] = field(default_factory=list)
    weights: list[list[float]] = field(default_factory=list)

    def add(
        self,
        step: int,
        length: int,
        reward: float,
        own: float,
        parts: list[float],
        weights: list[float],
    ) -> None:
        self.step.append(step)
        self.length.append(length)
        self.reward.append(reward)
        self.own.append(own)
        self.parts.append(parts)
        self.weights.append(weights)

    def recent(self, values: list[float], count: int = 20) -> float:
        """The mean of the last episodes."""
        return float(np.mean(values[-count:])) if values else float("nan")

    def write(self, path: Path) -> None:
        """A line for each episode: step, length, reward, environment_reward, a column per term."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            names = [f"reward/{name}" for name in self.terms]
            writer.writerow(["step", "length", "reward", "environment_reward", *names])
            for row in zip(self.step, self.length, self.reward, self.own, self.parts, strict=True):
                *numbers, parts = row
                writer.writerow([*numbers, *parts])


@dataclass(frozen=True)
class Binned:
    """Episodes gathered in equal stretches of training; a stretch without any is left out."""

    step: Array  # [bins] the middle of each
    reward: Array  # [bins, 3] the 10th percentile, mean and 90th percentile
    own: Array  # [bins, 3]
    share: Array  # [bins, terms] of the sum of |weighted term|


def binned(history: History, bins: int = 48) -> Binned:
    step = np.asarray(history.step, dtype=float)
    weights = np.asarray(history.weights, dtype=float).reshape(len(step), len(history.terms))
    edges = np.linspace(0, step.max(), min(bins, max(1, len(step) // 2)) + 1)
    which = np.clip(np.searchsorted(edges, step, side="left") - 1, 0, len(edges) - 2)
    used = np.unique(which)
    weight = np.stack([weights[which == b].sum(axis=0) for b in used])
    whole = weight.sum(axis=1, keepdims=True)
    return Binned(
        step=((edges[:-1] + edges[1:]) / 2)[used],
        reward=np.stack([_spread(history.reward, which == b) for b in used]),
        own=np.stack([_spread(history.own, which == b) for b in used]),
        share=np.divide(weight, whole, out=np.zeros_like(weight), where=whole > 0),
    )


def _spread(values: list[float], chosen: Array) -> Array:
    here = np.asarray(values)[chosen]
    return np.array([np.percentile(here, 10), here.mean(), np.percentile(here, 90)])
