"""A Minari data set: the folder that holds `data/metadata.json`, read through Minari itself.

Every episode has one observation more than there are steps: the reset's, first. What comes out are
flat rows, with the observation before and after each, and the episode they belong to.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.cli.extras import require

Arrays = dict[str, NDArray[Any]]


def minari(path: Path) -> Arrays:
    """Columns `observation_before`, `observation_after`, `action`, `reward`, `info.x`, the ends."""
    package = require("minari", extra="minari", feature="reading Minari data sets")
    parts: dict[str, list[NDArray[Any]]] = {}
    for number, episode in enumerate(package.MinariDataset(path / "data")):
        steps = len(episode.rewards)
        columns = {
            "action": episode.actions,
            "reward": episode.rewards,
            "terminated": episode.terminations,
            "truncated": episode.truncations,
            "episode": np.full(steps, number),
        }
        for name, values in _flat("observation", episode.observations):
            columns[f"{name}_before"], columns[f"{name}_after"] = values[:-1], values[1:]
        for name, values in _flat("info", episode.infos):
            if len(values) in (steps, steps + 1):
                columns[name] = values[-steps:]
        for name, values in columns.items():
            for whole, part in _flat(name, values):
                parts.setdefault(whole, []).append(part)
    if not parts:
        raise ValueError("it holds no episode")
    short = [name for name, values in parts.items() if len(values) != len(parts["episode"])]
    return {name: np.concatenate(v) for name, v in parts.items() if name not in short}


def _flat(name: str, values: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """A dictionary of arrays as `observation.joint`; a tuple as `observation.0`."""
    if values is None:
        return
    if isinstance(values, dict | tuple):
        items = values.items() if isinstance(values, dict) else enumerate(values)
        for key, inner in items:
            yield from _flat(f"{name}.{key}", inner)
        return
    array = np.asarray(values)
    if array.dtype.kind in "fiub":
        yield name, array
