"""Formulas under a smooth semantics in Torch: the arithmetic of temporal/semantics.py over tensors.

All of it is float64, whose exponents the records need.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any

import torch
from torch import Tensor

from rewardlang.backends.torch.formula import INF, Parts, Traces, later, windows
from rewardlang.backends.torch.slopes import steep
from rewardlang.temporal.formula import Formula, looks_back, walk
from rewardlang.temporal.semantics import Semantics


class _Names:
    """NumPy's names of what semantics and records are written with, over tensors and numbers."""

    inf = INF
    abs = staticmethod(torch.abs)

    @staticmethod
    def maximum(a: Any, b: Any) -> Tensor:
        return torch.maximum(a, b) if isinstance(b, Tensor) else torch.clamp(a, min=b)

    @staticmethod
    def minimum(a: Any, b: Any) -> Tensor:
        return torch.minimum(a, b) if isinstance(b, Tensor) else torch.clamp(a, max=b)

    @staticmethod
    def where(condition: Tensor, a: Any, b: Any) -> Tensor:
        if not isinstance(a, Tensor) and not isinstance(b, Tensor):
            a = torch.tensor(a, dtype=torch.float64, device=condition.device)
        return torch.where(condition, a, b)

    @staticmethod
    def log(x: Any) -> Any:
        return torch.log(steep(x)) if isinstance(x, Tensor) else math.log(x)

    @staticmethod
    def log1p(x: Tensor) -> Tensor:
        return torch.log1p(steep(x))

    @staticmethod
    def exp(x: Tensor) -> Tensor:
        return torch.exp(steep(x))

    @staticmethod
    def expm1(x: Tensor) -> Tensor:
        return torch.expm1(steep(x))


NAMES = _Names()


def enter(semantics: Semantics, x: Tensor, weight: float = 1.0) -> Parts:
    """The record of one operand: tensors like x."""
    parts = semantics.enter(NAMES, x.to(torch.float64), weight)
    return tuple(
        p if isinstance(p, Tensor) else torch.full_like(x, p, dtype=torch.float64) for p in parts
    )


def merge(semantics: Semantics, a: Parts, b: Parts) -> Parts:
    merged: Parts = semantics.merge(NAMES, a, b)
    return merged


def leave(semantics: Semantics, parts: Parts) -> Tensor:
    found: Tensor = semantics.leave(NAMES, tuple(steep(p) for p in parts))
    return found


def gather(
    semantics: Semantics,
    weights: tuple[float, ...] | None,
    record: Tensor,
    operands: Sequence[Tensor],
) -> Tensor:
    """Records [B, width] with each operand in it: a value [B] of a weight, or a record."""
    parts = record.unbind(1)
    for n, x in enumerate(operands):
        newer = enter(semantics, x, weights[n]) if weights else x.unbind(1)
        parts = merge(semantics, parts, newer)
    rows = max(len(p) for p in parts)
    return torch.stack([p.expand(rows) for p in parts], 1)


def worth(semantics: Semantics, record: Tensor) -> Tensor:
    """What an `or` of all in a record [B, width] is worth."""
    return leave(semantics, record.unbind(1))


class SmoothTraces(Traces):
    def __init__(self, atoms: Tensor, lengths: Tensor | None, semantics: Semantics) -> None:
        super().__init__(atoms.to(torch.float64), lengths)
        self.semantics = semantics

    def of(self, node: Formula) -> Tensor:
        args = [self.values[a] for a in node.args]
        match node.op:
            case "and" | "or":
                return self._gathered(node.op == "and", args, node.weights)
            case "implies":
                return self._gathered(False, [-args[0], args[1]])
            case "iff":
                a, b = args
                ways = [self._gathered(False, x) for x in ([-a, b], [a, -b])]
                return self._gathered(True, ways)
        return super().of(node)

    def _gathered(
        self, is_and: bool, args: list[Tensor], weights: tuple[float, ...] = ()
    ) -> Tensor:
        sign = -1 if is_and else 1
        weights = weights or (1.0,) * len(args)
        parts = [enter(self.semantics, sign * x, w) for x, w in zip(args, weights, strict=True)]
        return sign * leave(self.semantics, reduce(self._merge, parts))

    def _merge(self, a: Parts, b: Parts) -> Parts:
        return merge(self.semantics, a, b)

    def _window(self, node: Formula, x: Tensor) -> Tensor:
        least = node.op in ("always", "historically")
        sign, nothing = (-1, INF) if least else (1, -INF)
        length = self.size if node.hi is None else min(node.hi - node.lo + 1, self.size)
        empty = self.semantics.gathering.nothing
        found = windows(enter(self.semantics, sign * x), length, empty, self._merge)
        return later(sign * leave(self.semantics, found), node.lo, nothing)

    def _until_over(self, left: Tensor, right: Tensor, lo: int, hi: int | None) -> Tensor:
        """By its definition, witness by witness: the `or` of many `and`s is no record."""
        last = self.size - 1 if hi is None else min(hi, self.size - 1)
        held = found = enter(self.semantics, torch.full_like(right, -INF))
        for s in range(last + 1):
            if s >= lo:
                both = self._merge(held, enter(self.semantics, -later(right, s, -INF)))
                found = self._merge(found, enter(self.semantics, -leave(self.semantics, both)))
            held = self._merge(held, enter(self.semantics, -later(left, s, INF)))
        return leave(self.semantics, found)


def smooth_robustness(
    f: Formula, atoms: Tensor, lengths: Tensor | None, semantics: Semantics
) -> Tensor:
    trace = SmoothTraces(atoms, lengths, semantics)
    for node in walk(f):
        trace.values[node] = trace.of(node)
    return trace.values[f]


def last_values(
    formulas: Sequence[Formula], found: Sequence[Tensor], lengths: Tensor
) -> list[Tensor]:
    """Of each formula the value at the first sample; of one that looks back, at the last."""
    ends = (lengths - 1)[:, None]
    return [
        x.gather(1, ends)[:, 0] if looks_back(f) else x[:, 0]
        for f, x in zip(formulas, found, strict=True)
    ]


def record(value: Tensor, masks: Sequence[Tensor], lengths: Tensor, semantics: Semantics) -> Tensor:
    """What an `or` over all samples of values [B, T] gathers, where the masks hold: [B, width]."""
    real = torch.arange(value.shape[1], device=value.device) < lengths[:, None]
    for mask in masks:
        real = real & (mask > 0)
    parts = enter(semantics, torch.where(real, value, -INF))
    empty = semantics.gathering.nothing
    whole = windows(parts, value.shape[1], empty, lambda a, b: merge(semantics, a, b))
    return torch.stack([x[:, 0] for x in whole], 1)
