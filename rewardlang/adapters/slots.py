"""A reward with an axis in a loop that logs numbers: an entry for each slot, by its label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlang.runtime.outcome import Outcome


def by_slot(parts: Mapping[str, Any], out: Outcome) -> Mapping[str, Any]:
    """`bumped` [.., 2] becomes `bumped/forward` and `bumped/jump` [..]; what has no axis stays."""
    if out.axis is None:
        return parts
    rank, single = np.ndim(out.valid), not np.ndim(out.valid)
    found: dict[str, Any] = {}
    for name, value in parts.items():
        if np.ndim(value) == rank:
            found[name] = value
            continue
        for n, label in enumerate(labels(out)):
            found[f"{name}/{label}"] = value[n].item() if single else value[..., n]
    return found


def labels(out: Outcome) -> tuple[str, ...]:
    """The names of the slots: the members of an enum, else 0, 1, .."""
    axis = out.axis
    if axis is None:
        return ()
    return axis.labels or tuple(str(n) for n in range(axis.size or 0))


def for_all(held: Any, out: Outcome) -> Any:
    """Whether a condition holds for every slot of the axis, where it has the axis."""
    if out.axis is None or np.ndim(held) == np.ndim(out.valid):
        return held
    every = held.all(axis=-1)
    return every if np.ndim(every) else bool(every)
