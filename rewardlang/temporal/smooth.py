"""A formula over whole traces under a smooth semantics: what `offline` is to minmax.

Each operator costs O(T), whatever its interval, but `until` and `since`: by their definition they
cost their window, for the `or` of many `and`s is no record of a fixed size.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from rewardlang.temporal.formula import Formula
from rewardlang.temporal.offline import Array, Traces, later, robustness, windows
from rewardlang.temporal.semantics import Semantics

Parts = tuple[Array, ...]
_QUIET = np.errstate(all="ignore")  # both sides of a choice are computed


class SmoothTraces(Traces):
    def __init__(self, atoms: Array, lengths: Array, semantics: Semantics) -> None:
        super().__init__(np.asarray(atoms, np.float64), lengths)
        self.semantics = semantics

    def of(self, node: Formula) -> Array:
        args = [self.values[a] for a in node.args]
        match node.op:
            case "and" | "or":
                return self._together(node.op == "and", args, node.weights)
            case "implies":
                return self._together(False, [-args[0], args[1]])
            case "iff":
                a, b = args
                ways = [self._together(False, x) for x in ([-a, b], [a, -b])]
                return self._together(True, ways)
        return super().of(node)

    @_QUIET
    def enter(self, x: Array, weight: float = 1.0) -> Parts:
        return tuple(np.broadcast_arrays(*self.semantics.enter(np, x, weight)))

    @_QUIET
    def merge(self, a: Parts, b: Parts) -> Parts:
        merged: Parts = self.semantics.merge(np, a, b)
        return merged

    @_QUIET
    def leave(self, parts: Parts) -> Array:
        return np.asarray(self.semantics.leave(np, parts))

    def _together(self, is_and: bool, args: list[Array], weights: tuple[float, ...] = ()) -> Array:
        sign = -1 if is_and else 1
        weights = weights or (1.0,) * len(args)
        parts = [self.enter(sign * x, w) for x, w in zip(args, weights, strict=True)]
        return sign * self.leave(reduce(self.merge, parts))

    def _folded(self, fold: Any, nothing: float, x: Array, lo: int, hi: int | None) -> Array:
        sign = -1 if fold is np.minimum else 1
        length = self.size if hi is None or hi >= self.size else hi - lo + 1
        empty = self.semantics.gathering.nothing
        found = windows(self.enter(sign * x), length, empty, self.merge)
        return later(sign * self.leave(found), lo, nothing)

    def _until(self, left: Array, right: Array, lo: int, hi: int | None) -> Array:
        left, right = self._padded(left, np.inf), self._padded(right, -np.inf)
        last = self.size - 1 if hi is None else min(hi, self.size - 1)
        held = found = self.enter(np.full_like(right, -np.inf))
        for s in range(last + 1):
            if s >= lo:
                both = self.merge(held, self.enter(-later(right, s, -np.inf)))
                found = self.merge(found, self.enter(-self.leave(both)))
            held = self.merge(held, self.enter(-later(left, s, np.inf)))
        return self.leave(found)


def record(
    formulas: tuple[Formula, ...], atoms: Array, lengths: Array, semantics: Semantics
) -> Array:
    """What an `or` over all samples gathers of the first formula, where the second one holds if
    there is one: [B, width]."""
    value = robustness(formulas[0], atoms, lengths, semantics)
    for mask in formulas[1:]:
        value = np.where(robustness(mask, atoms, lengths) > 0, value, -np.inf)
    traces = SmoothTraces(atoms, lengths, semantics)
    parts = traces.enter(np.where(traces.real, value, -np.inf))
    total = tuple(np.full(len(value), empty) for empty in semantics.gathering.nothing)
    for t in range(value.shape[1]):
        total = traces.merge(total, tuple(x[:, t] for x in parts))
    return np.stack(total, axis=1)
