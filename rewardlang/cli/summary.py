"""What each term of an evaluated reward gave, over all valid steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.cli.columns import Recorded

Array = NDArray[Any]
Ends = tuple[float, float]


@dataclass(frozen=True)
class Row:
    """A term as it entered the reward. `share` is its part of the sum of all |weighted terms|."""

    name: str
    mean: float
    std: float
    low: float
    high: float
    per_episode: float
    share: float | None
    first_active: str
    saturated: float | None = None  # steps within 1 % of an end of its range, as the checker has it
    correlation: float | None = None  # with the reward; None where one of them never changes


@dataclass(frozen=True)
class Verdicts:
    """On how many episodes a formula held, failed, or was still open when they were cut off."""

    satisfied: int
    violated: int
    open: int
    lowest: float | None = None  # robustness, where it has one
    mean: float | None = None

    def document(self) -> dict[str, Any]:
        return {
            "satisfied": self.satisfied,
            "violated": self.violated,
            "open": self.open,
            "robustness": None if self.mean is None else {"min": self.lowest, "mean": self.mean},
        }


@dataclass(frozen=True)
class Summary:
    episodes: int
    steps: int
    rows: list[Row]
    totals: list[Row]  # of the reward, or of each slot of the axis that it keeps
    conditions: dict[str, int]
    specs: dict[str, Verdicts]
    faults: int
    weighted: dict[str, Array]  # [steps], all valid ones, episode after episode
    reward: Array  # [steps]; the sum over the slots where it keeps an axis
    episode: Array  # [steps], counted from 0

    def longest_episode(self) -> tuple[dict[str, Array], Array, str]:
        """The weighted terms and the reward of the first of the longest episodes, and its name."""
        number = int(np.bincount(self.episode).argmax()) if len(self.episode) else 0
        here = self.episode == number
        terms = {name: values[here] for name, values in self.weighted.items()}
        return terms, self.reward[here], f"episode {number + 1}"

    def document(self) -> dict[str, Any]:
        return {
            "episodes": self.episodes,
            "steps": self.steps,
            "terms": {row.name: _document(row) for row in self.rows},
            "total": _document(self.totals[0])
            if len(self.totals) == 1
            else {row.name: _document(row) for row in self.totals},
            "conditions": self.conditions,
            "specs": {name: verdicts.document() for name, verdicts in self.specs.items()},
            "faults": self.faults,
        }


def _document(row: Row) -> dict[str, Any]:
    return {
        "mean": row.mean,
        "std": row.std,
        "min": row.low,
        "max": row.high,
        "per_episode": row.per_episode,
        "share": row.share,
        "first_active": row.first_active or None,
        "saturated": row.saturated,
        "correlation": row.correlation,
    }


def summarise(outcome: Any, recorded: Recorded, ranges: Mapping[str, Ends] = {}) -> Summary:
    """Statistics over the steps that are not padding; `ranges` are those of the raw terms."""
    real = _real_rows(outcome, recorded)
    episode = _episode_numbers(outcome, recorded, real)
    episodes = int(episode[-1]) + 1 if len(episode) else 0
    parts = _by_slot(outcome.weighted, outcome, real.ndim)
    weighted = {name: np.asarray(part)[real] for name, part in parts.items()}
    slots = _by_slot({"reward": outcome.reward}, outcome, real.ndim)
    rewards = {
        name: r[real] if r.shape == real.shape else _on_last(r, episode)
        for name, r in slots.items()
    }
    reward = sum(rewards.values(), np.zeros(len(episode)))
    weight = {name: float(np.abs(values).sum()) for name, values in weighted.items()}
    whole = sum(weight.values())
    rows = [
        _row(
            name,
            values,
            episode,
            episodes,
            weight[name] / whole if whole else 0.0,
            _saturated(outcome.terms.get(name), real, ranges.get(name)),
            _correlation(values, reward),
        )
        for name, values in _shown(weighted).items()
    ]
    return Summary(
        episodes=episodes,
        steps=len(reward),
        rows=rows,
        totals=[_row(name, r, episode, episodes, None) for name, r in rewards.items()],
        conditions=_counts(_by_slot(outcome.conditions, outcome, real.ndim), real),
        specs={n: _verdicts(s, real, episode) for n, s in outcome.specs.items()},
        faults=len(outcome.faults),
        weighted=_shown(weighted),
        reward=reward,
        episode=episode,
    )


def _by_slot(parts: Mapping[str, Any], outcome: Any, rank: int) -> dict[str, Array]:
    """With the label of its slot, each part of what varies over the axis that the reward keeps."""
    found: dict[str, Array] = {}
    for name, value in ((n, np.asarray(v)) for n, v in parts.items()):
        axis = outcome.axis
        if axis is None or value.ndim <= rank:
            found[name] = value
            continue
        for n, label in enumerate(axis.labels or range(axis.size)):
            found[f"{name}/{label}"] = value[..., n]
    return found


def _shown(weighted: Mapping[str, Array]) -> dict[str, Array]:
    """Without `rest` where an own reward adds nothing to the terms."""
    return {n: v for n, v in weighted.items() if n != "rest" or np.any(v != 0)}


def _real_rows(outcome: Any, recorded: Recorded) -> Array:
    shape = np.shape(outcome.valid)
    if recorded.lengths is None or len(shape) < 2:
        return np.ones(shape, dtype=bool)
    return np.arange(shape[1])[None, :] < np.asarray(recorded.lengths)[:, None]


def _episode_numbers(outcome: Any, recorded: Recorded, real: Array) -> Array:
    if recorded.episode is not None:
        starts = np.r_[False, recorded.episode[1:] != recorded.episode[:-1]]
        return np.cumsum(starts)
    return np.broadcast_to(np.arange(real.shape[0])[:, None], real.shape)[real]


def _on_last(reward: Array, episode: Array) -> Array:
    """A reward per episode stands on the last step of each."""
    steps = np.zeros(len(episode))
    steps[np.flatnonzero(np.r_[episode[1:] != episode[:-1], True])] = reward
    return steps


def _counts(conditions: Mapping[str, Any], real: Array) -> dict[str, int]:
    return {name: int(np.asarray(held)[real].sum()) for name, held in conditions.items()}


def _verdicts(spec: Any, real: Array, episode: Array) -> Verdicts:
    """As each episode's last step has it."""
    last = np.r_[episode[1:] != episode[:-1], True] if len(episode) else np.zeros(0, bool)
    held, failed = (np.asarray(x)[real][last] for x in (spec.satisfied, spec.violated))
    counts = int(held.sum()), int(failed.sum()), int((~held & ~failed).sum())
    if spec.robustness is None or not np.size(spec.robustness):
        return Verdicts(*counts)
    margins = np.asarray(spec.robustness, np.float64)
    return Verdicts(*counts, float(margins.min()), float(margins.mean()))


def _saturated(raw: Any, real: Array, ends: Ends | None) -> float | None:
    """The share of steps on which a bounded term is as good as at an end of its range."""
    if raw is None or ends is None or not np.isfinite(ends).all() or ends[0] == ends[1]:
        return None
    lo, hi = ends
    values = np.asarray(raw)
    if values.shape != real.shape:
        return None  # one value an episode, or one for each slot
    near = 0.01 * (hi - lo)
    values = values[real]
    at_end = (values <= lo + near) | (values >= hi - near)
    return float(at_end.mean()) if len(values) else None


def _correlation(values: Array, reward: Array) -> float | None:
    if len(values) < 2 or np.ptp(values) == 0 or np.ptp(reward) == 0:
        return None
    return float(np.corrcoef(values, reward)[0, 1])


def _row(
    name: str,
    values: Array,
    episode: Array,
    episodes: int,
    share: float | None,
    saturated: float | None = None,
    correlation: float | None = None,
) -> Row:
    if not len(values):
        return Row(name, 0.0, 0.0, 0.0, 0.0, 0.0, share, "never")
    active = np.flatnonzero(values)
    first = "never"
    if len(active):
        number = int(episode[active[0]])
        step = int(active[0] - np.searchsorted(episode, number)) + 1
        first = f"step {step}" if number == 0 else f"step {step} of episode {number + 1}"
    return Row(
        name=name,
        mean=float(values.mean()),
        std=float(values.std()),
        low=float(values.min()),
        high=float(values.max()),
        per_episode=float(values.sum() / max(episodes, 1)),
        share=share,
        first_active=first,
        saturated=saturated,
        correlation=correlation,
    )
