"""A formula over whole traces in Torch: the meaning of temporal/offline.py, for autograd and GPUs.

Windows and `until` are folded by doubling: with the fold of the next 2^k samples at each place, the
fold of the next 2^(k + 1) is one more pass. So an operator costs O(log w) passes over [B, T] and no
more memory than a few of them; never a T x T mask.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rewardlang.temporal.formula import Formula, walk

INF = float("inf")
Parts = tuple[Tensor, ...]
Merge = Callable[[Parts, Parts], Parts]


def robustness(f: Formula, atoms: Tensor, lengths: Tensor | None = None) -> Tensor:
    """The margin of `f` at each sample: [B, T] from atoms [n, B, T].

    `lengths` [B] says how many samples of each trace are real; what stands behind them is not read,
    and the result there means nothing.
    """
    trace = Traces(atoms, lengths)
    for node in walk(f):
        trace.values[node] = trace.of(node)
    return trace.values[f]


class Traces:
    def __init__(self, atoms: Tensor, lengths: Tensor | None) -> None:
        self.atoms, self.size = atoms, atoms.shape[2]
        self.real = None
        if lengths is not None:
            self.real = torch.arange(self.size, device=atoms.device) < lengths[:, None]
        self.values: dict[Formula, Tensor] = {}

    def of(self, node: Formula) -> Tensor:
        args = [self.values[a] for a in node.args]
        match node.op:
            case "true" | "false":
                value = INF if node.op == "true" else -INF
                return torch.full_like(self.atoms[0], value)
            case "atom":
                return self.atoms[node.number]
            case "not":
                return -args[0]
            case "and" | "or":
                return _joined(torch.minimum if node.op == "and" else torch.maximum, args)
            case "implies":
                return torch.maximum(-args[0], args[1])
            case "iff":
                a, b = args
                return torch.minimum(torch.maximum(-a, b), torch.maximum(a, -b))
            case "next" | "weak_next":
                nothing = INF if node.op == "weak_next" else -INF
                return later(self._padded(args[0], nothing), 1, nothing)
            case "previously":
                return later(args[0].flip(1), 1, -INF).flip(1)
            case "always" | "eventually":
                x = self._padded(args[0], INF if node.op == "always" else -INF)
                return self._window(node, x)
            case "historically" | "once":
                return self._window(node, args[0].flip(1)).flip(1)
            case "until":
                return self._until(args[0], args[1], node)
            case "releases":
                return -self._until(-args[0], -args[1], node)
            case "since":
                found = self._until_over(args[0].flip(1), args[1].flip(1), node.lo, node.hi)
                return found.flip(1)
        raise ValueError(node.op)

    def _padded(self, x: Tensor, nothing: float) -> Tensor:
        return x if self.real is None else torch.where(self.real, x, nothing)

    def _until(self, left: Tensor, right: Tensor, node: Formula) -> Tensor:
        padded = self._padded(left, INF), self._padded(right, -INF)
        return self._until_over(*padded, node.lo, node.hi)

    def _window(self, node: Formula, x: Tensor) -> Tensor:
        """The fold of [t + lo, t + hi]."""
        least = node.op in ("always", "historically")
        nothing = INF if least else -INF
        folded = _fold((x,), node.lo, node.hi, (nothing,), _least if least else _most)[0]
        return later(folded, node.lo, nothing)

    def _until_over(self, left: Tensor, right: Tensor, lo: int, hi: int | None) -> Tensor:
        return _until(left, right, lo, hi)


def _joined(fold: Callable[[Tensor, Tensor], Tensor], args: list[Tensor]) -> Tensor:
    total = args[0]
    for x in args[1:]:
        total = fold(total, x)
    return total


def later(x: Tensor, steps: int, nothing: float) -> Tensor:
    """x so many samples on."""
    if steps == 0:
        return x
    size = x.shape[1]
    if steps >= size:
        return torch.full_like(x, nothing)
    return torch.nn.functional.pad(x[:, steps:], (0, steps), value=nothing)


def _least(a: Parts, b: Parts) -> Parts:
    return (torch.minimum(a[0], b[0]),)


def _most(a: Parts, b: Parts) -> Parts:
    return (torch.maximum(a[0], b[0]),)


def _pair(a: Parts, b: Parts) -> Parts:
    """(least of f, best of g with f before it), of a stretch and of the one after it."""
    return torch.minimum(a[0], b[0]), torch.maximum(a[1], torch.minimum(a[0], b[1]))


def _until(left: Tensor, right: Tensor, lo: int, hi: int | None) -> Tensor:
    best = _fold((left, right), lo, hi, (INF, -INF), _pair)[1]
    if lo == 0:
        return best
    before = windows((left,), min(lo, left.shape[1]), (INF,), _least)[0]
    return torch.minimum(before, later(best, lo, -INF))


def _fold(parts: Parts, lo: int, hi: int | None, nothing: tuple[float, ...], merge: Merge) -> Parts:
    """The merge of as many samples from t on as the interval is wide, or of all."""
    size = parts[0].shape[1]
    return windows(parts, size if hi is None else min(hi - lo + 1, size), nothing, merge)


def windows(parts: Parts, length: int, nothing: tuple[float, ...], merge: Merge) -> Parts:
    """The merge of the next `length` samples at each place, from powers of two."""
    done: Parts | None = None
    covered, width = 0, 1
    while True:
        if length & width:
            ahead = tuple(later(x, covered, n) for x, n in zip(parts, nothing, strict=True))
            done = ahead if done is None else merge(done, ahead)
            covered += width
        if covered == length:
            assert done is not None
            return done
        on = tuple(later(x, width, n) for x, n in zip(parts, nothing, strict=True))
        parts, width = merge(parts, on), 2 * width
