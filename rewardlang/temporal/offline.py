"""A formula over whole traces, in O(T) for each operator: the meaning that kernels agree with.

Windows are folded in blocks from both ends (van Herk, 1992; Gil and Werman, 1993). `until` over an
interval is a window too, of the pair (least of f, best of g with f before it).
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.temporal.formula import Formula, walk
from rewardlang.temporal.semantics import MINMAX, Semantics

Array = NDArray[Any]


def robustness(
    f: Formula, atoms: Array, lengths: Array | None = None, semantics: Semantics = MINMAX
) -> Array:
    """The margin of `f` at each sample: [B, T] from atoms [n, B, T].

    `lengths` [B] says how many samples of each trace are real; what stands behind them is not read,
    and the result there means nothing.
    """
    rows, size = atoms.shape[1:]
    full = np.full(rows, size) if lengths is None else np.asarray(lengths)
    if semantics.is_smooth:
        from rewardlang.temporal.smooth import SmoothTraces

        trace: Traces = SmoothTraces(atoms, full, semantics)
    else:
        trace = Traces(atoms, full)
    for node in walk(f):
        trace.values[node] = trace.of(node)
    return trace.values[f]


class Traces:
    def __init__(self, atoms: Array, lengths: Array) -> None:
        self.atoms, self.lengths = atoms, lengths
        self.size = atoms.shape[2]
        self.real = np.arange(self.size) < lengths[:, None]
        self.values: dict[Formula, Array] = {}

    def of(self, node: Formula) -> Array:
        args = [self.values[a] for a in node.args]
        match node.op:
            case "true" | "false":
                return np.full(self.real.shape, np.inf if node.op == "true" else -np.inf)
            case "atom":
                return np.asarray(self.atoms[node.number])
            case "not":
                return -args[0]
            case "and":
                return np.asarray(np.minimum.reduce(args))
            case "or":
                return np.asarray(np.maximum.reduce(args))
            case "implies":
                return np.maximum(-args[0], args[1])
            case "iff":
                a, b = args
                return np.minimum(np.maximum(-a, b), np.maximum(a, -b))
            case "next":
                return self._ahead(args[0], 1, -np.inf)
            case "weak_next":
                return self._ahead(args[0], 1, np.inf)
            case "previously":
                return _back(args[0], 1, -np.inf)
            case "always":
                return self._window(np.minimum, np.inf, args[0], node)
            case "eventually":
                return self._window(np.maximum, -np.inf, args[0], node)
            case "historically":
                return _reversed(self._past_window, np.minimum, np.inf, args[0], node)
            case "once":
                return _reversed(self._past_window, np.maximum, -np.inf, args[0], node)
            case "until":
                return self._until(args[0], args[1], node.lo, node.hi)
            case "releases":
                return -self._until(-args[0], -args[1], node.lo, node.hi)
            case "since":
                return self._since(args[0], args[1], node.lo, node.hi)
        raise ValueError(node.op)

    def _padded(self, x: Array, nothing: float) -> Array:
        return np.where(self.real, x, nothing)

    def _ahead(self, x: Array, steps: int, nothing: float) -> Array:
        """x so many samples on."""
        return later(self._padded(x, nothing), steps, nothing)

    def _window(self, fold: Any, nothing: float, x: Array, node: Formula) -> Array:
        return self._folded(fold, nothing, self._padded(x, nothing), node.lo, node.hi)

    def _folded(self, fold: Any, nothing: float, x: Array, lo: int, hi: int | None) -> Array:
        """The fold of [t + lo, t + hi] of padded samples."""
        if hi is None or hi >= self.size:
            suffix = fold.accumulate(x[:, ::-1], axis=1)[:, ::-1]
        else:
            suffix = windows((x,), hi - lo + 1, (nothing,), lambda a, b: (fold(a[0], b[0]),))[0]
        return later(suffix, lo, nothing)

    def _past_window(self, fold: Any, nothing: float, x: Array, node: Formula) -> Array:
        return self._folded(fold, nothing, x, node.lo, node.hi)

    def _until(self, left: Array, right: Array, lo: int, hi: int | None) -> Array:
        left, right = self._padded(left, np.inf), self._padded(right, -np.inf)
        if hi is None or hi >= self.size:
            best = np.empty_like(right)
            after = np.full(len(right), -np.inf)
            for t in range(self.size - 1, -1, -1):
                after = np.maximum(right[:, t], np.minimum(left[:, t], after))
                best[:, t] = after
        else:
            best = windows((left, right), hi - lo + 1, (np.inf, -np.inf), _pair)[1]
        if lo == 0:
            return best
        before = windows((left,), lo, (np.inf,), lambda a, b: (np.minimum(a[0], b[0]),))[0]
        return np.minimum(before, later(best, lo, -np.inf))

    def _since(self, left: Array, right: Array, lo: int, hi: int | None) -> Array:
        """The mirror of `until`: the trace reversed. Padding is behind, and so is never seen."""
        mirrored = copy(self)
        mirrored.real = np.ones_like(self.real)
        return mirrored._until(left[:, ::-1], right[:, ::-1], lo, hi)[:, ::-1]


def _reversed(
    window: Callable[..., Array], fold: Any, nothing: float, x: Array, node: Formula
) -> Array:
    return window(fold, nothing, x[:, ::-1], node)[:, ::-1]


def _back(x: Array, steps: int, nothing: float) -> Array:
    """x so many samples ago."""
    moved = np.full_like(x, nothing)
    if steps < x.shape[1]:
        moved[:, steps:] = x[:, : x.shape[1] - steps]
    return moved


def later(x: Array, steps: int, nothing: float) -> Array:
    """x so many samples on."""
    return _back(x[:, ::-1], steps, nothing)[:, ::-1]


def _pair(a: tuple[Array, ...], b: tuple[Array, ...]) -> tuple[Array, ...]:
    return np.minimum(a[0], b[0]), np.maximum(a[1], np.minimum(a[0], b[1]))


def windows(
    parts: tuple[Array, ...],
    length: int,
    nothing: tuple[float, ...],
    merge: Callable[[tuple[Array, ...], tuple[Array, ...]], tuple[Array, ...]],
) -> tuple[Array, ...]:
    """The merge of the `length` samples from each one on, fewer at the end."""
    rows, size = parts[0].shape
    blocks = -(-size // length) + 1
    shape = (rows, blocks, length)
    padded = []
    for x, empty in zip(parts, nothing, strict=True):
        wide = np.full((rows, blocks * length), empty)
        wide[:, :size] = x
        padded.append(wide.reshape(shape))
    begun = [x.copy() for x in padded]  # from the beginning of a block
    ended = [x.copy() for x in padded]  # to the end of a block
    for j in range(1, length):
        merged = merge(tuple(x[:, :, j - 1] for x in begun), tuple(x[:, :, j] for x in padded))
        for x, new in zip(begun, merged, strict=True):
            x[:, :, j] = new
        k = length - 1 - j
        merged = merge(tuple(x[:, :, k] for x in padded), tuple(x[:, :, k + 1] for x in ended))
        for x, new in zip(ended, merged, strict=True):
            x[:, :, k] = new
    flat_begun, flat_ended = ([x.reshape(rows, -1) for x in part] for part in (begun, ended))
    places = np.arange(size)
    last = places + length - 1
    joined = merge(tuple(x[:, places] for x in flat_ended), tuple(x[:, last] for x in flat_begun))
    whole = places % length == 0
    return tuple(np.where(whole, b[:, last], j) for b, j in zip(flat_begun, joined, strict=True))
