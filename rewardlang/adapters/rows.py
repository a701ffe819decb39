"""Rows of batched observations: arrays, or dictionaries and tuples of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def with_rows(target: Any, source: Any, rows: Mask) -> Any:
    """A copy of `target` in which the rows of `source` stand where `rows` [B] is true.

    `source` is a batch like `target`, or an object array (or list) with one unbatched observation
    for each environment, as Gymnasium's `final_obs` is.
    """
    if _one_by_one(source, target):
        merged = _copied(target)
        for n in np.flatnonzero(rows):
            merged = _put(merged, int(n), source[n])
        return merged
    if isinstance(target, Mapping):
        return {key: with_rows(target[key], source[key], rows) for key in target}
    if isinstance(target, tuple):
        return tuple(with_rows(t, s, rows) for t, s in zip(target, source, strict=True))
    merged = np.array(target)
    merged[rows] = np.asarray(source)[rows]
    return merged


def one_by_one(batch: Any, rows: Mask) -> NDArray[Any]:
    """An object array with the unbatched observations of `rows`, None elsewhere."""
    boxes = np.full(len(rows), None, dtype=object)
    for n in np.flatnonzero(rows):
        boxes[n] = _row(batch, int(n))
    return boxes


def _one_by_one(source: Any, target: Any) -> bool:
    if isinstance(source, np.ndarray):
        return source.dtype == object and not (
            isinstance(target, np.ndarray) and target.dtype == object
        )
    return isinstance(source, list)


def _copied(batch: Any) -> Any:
    if isinstance(batch, Mapping):
        return {key: _copied(value) for key, value in batch.items()}
    if isinstance(batch, tuple):
        return tuple(_copied(value) for value in batch)
    return np.array(batch)


def _put(batch: Any, row: int, one: Any) -> Any:
    if isinstance(batch, Mapping):
        return {key: _put(value, row, one[key]) for key, value in batch.items()}
    if isinstance(batch, tuple):
        return tuple(_put(value, row, o) for value, o in zip(batch, one, strict=True))
    batch[row] = one
    return batch


def _row(batch: Any, row: int) -> Any:
    if isinstance(batch, Mapping):
        return {key: _row(value, row) for key, value in batch.items()}
    if isinstance(batch, tuple):
        return tuple(_row(value, row) for value in batch)
    return np.array(batch[row])
