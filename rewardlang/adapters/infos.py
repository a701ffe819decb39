"""The `info` of many environments at once, in the two forms it comes in.

Gymnasium's vector environments give one dictionary: under each key an array with a row for each
environment, and under `_key` a mask that says which rows are there at all. Stable-Baselines3 gives
a list of dictionaries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.adapters.paths import Absent, Part, Path, follow, part_text

Array = NDArray[Any]
Infos = Mapping[str, Any]


def column(info: Any, path: Path, size: int) -> tuple[Array | None, Array]:
    """The values at a path, [size, ...], and which rows have one; None where no row has.

    Raises `Absent` where a row has something at the key but not at the rest of the path.
    """
    if isinstance(info, Mapping):
        return _from_dictionary(info, path, size)
    return _from_list(info, path)


def keys(info: Any) -> list[str]:
    """The names an info offers, the masks left out."""
    if isinstance(info, Mapping):
        return [k for k in info if not _is_mask(k, info)]
    return sorted({key for one in info for key in one})


def _is_mask(key: str, infos: Infos) -> bool:
    return key.startswith("_") and key[1:] in infos


def _from_list(infos: Sequence[Mapping[str, Any]], path: Path) -> tuple[Array | None, Array]:
    there = np.array([path.parts[0] in info for info in infos])
    found = {n: np.asarray(follow(infos[n], path)) for n in np.flatnonzero(there).tolist()}
    return _stacked(found, len(infos)), there


def _from_dictionary(infos: Infos, path: Path, size: int) -> tuple[Array | None, Array]:
    """Names lead through nested dictionaries, each with masks of its own; then come indexes."""
    value: Any = infos
    there = np.ones(size, dtype=bool)
    parts = list(path.parts)
    reached = path.root
    while isinstance(value, Mapping):
        if not parts or not isinstance(parts[0], str):
            raise Absent(reached, part_text(parts[0]) if parts else "", keys(value))
        name = parts.pop(0)
        if name not in value:
            if reached == path.root:
                return None, np.zeros(size, dtype=bool)
            raise Absent(reached, str(name), keys(value))
        there = there & np.asarray(value.get(f"_{name}", True), dtype=bool)
        value = value[name]
        reached += part_text(name)
    return _rows(np.asarray(value), parts, reached, there), there


def _rows(value: Array, parts: list[Part], reached: str, there: Array) -> Array | None:
    if value.dtype == object or not value.ndim or len(value) != len(there):
        rest = Path("", reached, tuple(parts))
        rows = {int(n): np.asarray(follow(value[n], rest)) for n in np.flatnonzero(there)}
        return _stacked(rows, len(there))
    if not there.any():
        return None
    for part in parts:
        follow(value[0], Path("", reached, (part,)))  # says where it cannot go
        reached += part_text(part)
        assert not isinstance(part, str)
        value = value[:, part]
    return value


def _stacked(rows: dict[int, Array], size: int) -> Array | None:
    """The rows in their places; places without one repeat the first, which is at least valid."""
    if not rows:
        return None
    first = next(iter(rows.values()))
    return np.stack([rows.get(n, first) for n in range(size)])


def with_rows(target: Infos, source: Infos, rows: Array) -> dict[str, Any]:
    """`target` with the rows of `source` where `rows` [B] is true. Changes neither."""
    merged: dict[str, Any] = {}
    for key in dict.fromkeys([*keys(target), *keys(source)]):
        there = _mask(target, key, rows)
        there[rows] = _mask(source, key, rows)[rows]
        if there.any():
            merged[key] = _merged(target.get(key), source.get(key), rows)
            merged[f"_{key}"] = there
    return merged


def _mask(infos: Infos, key: str, rows: Array) -> Array:
    if key not in infos:
        return np.zeros(len(rows), dtype=bool)
    return np.array(np.broadcast_to(infos.get(f"_{key}", True), rows.shape), dtype=bool)


def _merged(target: Any, source: Any, rows: Array) -> Any:
    if isinstance(target, Mapping) or isinstance(source, Mapping):
        return with_rows(target or {}, source or {}, rows)
    old, new = _array(target), _array(source)
    if old is None or new is None:
        kept = new if old is None else old
        assert kept is not None
        merged = np.full_like(kept, None) if kept.dtype == object else np.zeros_like(kept)
        where = rows if old is None else ~rows
        merged[where] = kept[where]
        return merged
    if old.shape != new.shape or old.dtype != new.dtype:
        old, new = old.astype(object), new.astype(object)
        if old.shape != new.shape:
            old, new = _boxed(old), _boxed(new)
    merged = old.copy()
    merged[rows] = new[rows]
    return merged


def _array(value: Any) -> Array | None:
    return None if value is None else np.asarray(value)


def _boxed(array: Array) -> Array:
    """One object for each row."""
    boxes = np.empty(len(array), dtype=object)
    for n, row in enumerate(array):
        boxes[n] = row
    return boxes
