"""What comes after each row of its episode, over traces [E, T, ..]: runtime/forward.py in Torch.

Windows are folded by doubling, in O(log n) passes.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rewardlang.plan import Ahead
from rewardlang.tensors.kernel import TensorKernel

NAN, INF = float("nan"), float("inf")
Fold = Callable[[Tensor, Tensor], Tensor]
_FOLDS: dict[str, tuple[Fold, float]] = {
    "sum": (torch.add, 0.0),
    "min": (torch.minimum, INF),
    "max": (torch.maximum, -INF),
}
_BY = {"mean": "sum", "count": "sum", "chosen": "sum", "any": "max", "all": "min"}


def ahead(
    what: Ahead, x: Tensor, mask: Tensor | None, lengths: Tensor, kernel: TensorKernel
) -> Tensor:
    """[E, T, ..] in the float type, float64 where formulas were; NaN where there is nothing."""
    size, steps, n = x.shape[0], x.shape[1], what.steps
    if what.fold == "formula":
        assert what.formula is not None
        return kernel.signal(what.formula, x, lengths, what.semantics)
    place = torch.arange(steps, device=x.device)
    if what.fold == "size":
        return (lengths[:, None] - 1 - place).clamp(0, n).to(torch.float64)
    real = (place < lengths[:, None]).reshape(size, steps, *(1,) * (x.ndim - 2))
    x = x.to(torch.float64) if not x.dtype.is_floating_point else x
    if what.fold == "lag":
        return _later(torch.where(real, x, NAN), n, NAN)
    chosen = real.expand(x.shape)
    if mask is not None:
        x = torch.where(mask == 2, NAN, x)
        chosen = chosen & ((mask == 1) | (mask == 2))
    fold, nothing = _FOLDS[_BY.get(what.fold, what.fold)]
    values = chosen.to(torch.float64) if what.fold == "chosen" else torch.where(chosen, x, nothing)
    found = _windows(fold, nothing, values, n)
    if what.fold in ("any", "all"):
        found = found.clamp(0.0, 1.0)
    if what.fold in ("mean", "min", "max"):
        many = _windows(torch.add, 0.0, chosen.to(torch.float64), n)
        found = found / many.clamp(min=1) if what.fold == "mean" else found
        found = torch.where(many > 0, found, NAN)
    return found


def _later(x: Tensor, steps: int, nothing: float) -> Tensor:
    if steps >= x.shape[1]:
        return torch.full_like(x, nothing)
    fill = torch.full_like(x[:, :steps], nothing)
    return torch.cat([x[:, steps:], fill], 1)


def _windows(fold: Fold, nothing: float, x: Tensor, n: int) -> Tensor:
    """Over the n rows after each one, fewer at the end."""
    parts, done, covered, width = _later(x, 1, nothing), None, 0, 1
    n = min(n, x.shape[1])
    while covered < n:
        if n & width:
            piece = _later(parts, covered, nothing)
            done = piece if done is None else fold(done, piece)
            covered += width
        parts, width = fold(parts, _later(parts, width, nothing)), 2 * width
    return torch.full_like(x, nothing) if done is None else done
