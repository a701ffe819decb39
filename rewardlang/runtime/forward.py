"""What comes after each row of its episode: computed over recorded data, between two kernels.

Windows take O(T) whatever their length: blocks of it are folded from both ends, and each window is
one end of a block and one beginning of the next (van Herk 1992, Gil and Werman 1993). Nothing is
ever subtracted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rewardlang.plan import Ahead
from rewardlang.runtime.kernel import Array

_FOLDS: dict[str, tuple[Callable[..., Any], float]] = {
    "sum": (np.add, 0.0),
    "min": (np.minimum, np.inf),
    "max": (np.maximum, -np.inf),
}
_BY = {"mean": "sum", "count": "sum", "chosen": "sum", "any": "max", "all": "min"}


def ahead(what: Ahead, x: Array, mask: Array | None, first: Array, count: Array) -> Array:
    """[rows, ..] in float64; NaN where nothing follows and the fold has no value for that."""
    shape = (len(x),) if what.fold == "size" else x.shape
    result = np.full(shape, np.nan)
    for start, length in zip(first.tolist(), count.tolist(), strict=True):
        rows = slice(start, start + length)
        chosen = None if mask is None else mask[rows]
        result[rows] = _episode(what, x[rows], chosen)
    return result


def _episode(what: Ahead, x: Array, mask: Array | None) -> Array:
    length, n = len(x), what.steps
    if what.fold == "size":
        return np.minimum(np.arange(length - 1, -1, -1), n).astype(np.float64)
    if what.fold == "lag":
        later = np.full(x.shape, np.nan)
        if n < length:
            later[: length - n] = x[n:]
        return later
    fold = _BY.get(what.fold, what.fold)
    operation, nothing = _FOLDS[fold]
    chosen = np.ones(x.shape, bool) if mask is None else mask == 1
    if mask is not None:
        x = np.where(mask == 2, np.nan, x)
        chosen = chosen | (mask == 2)
    values = chosen.astype(np.float64) if what.fold == "chosen" else np.where(chosen, x, nothing)
    found = _windows(operation, nothing, values, n)
    if what.fold in ("any", "all"):
        found = np.where(np.isnan(found), np.nan, np.clip(found, 0.0, 1.0))
    if what.fold in ("mean", "min", "max"):
        many = _windows(np.add, 0.0, chosen.astype(np.float64), n)
        with np.errstate(all="ignore"):
            found = found / many if what.fold == "mean" else found
        found = np.where(many > 0, found, np.nan)
    return found


def _windows(operation: Any, nothing: float, x: Array, n: int) -> Array:
    """Over the n rows after each one, fewer at the end."""
    length, rest = len(x), x.shape[1:]
    blocks = -(-length // n) + 1
    padded = np.full((blocks * n, *rest), nothing)
    padded[: length - 1] = x[1:]
    folded = padded.reshape(blocks, n, *rest)
    begun = operation.accumulate(folded, axis=1).reshape(blocks * n, *rest)
    ended = operation.accumulate(folded[:, ::-1], axis=1)[:, ::-1].reshape(blocks * n, *rest)
    rows = np.arange(length)
    last = np.minimum(rows + n - 1, blocks * n - 1)
    whole = (rows % n == 0).reshape(-1, *(1,) * len(rest))
    return np.asarray(np.where(whole, begun[last], operation(ended[rows], begun[last])))
