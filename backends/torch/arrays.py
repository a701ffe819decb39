"""The array rows in Torch, over tensors [.., *core]: what their NumPy callables mean.

Faults travel as values: NaN, FAULT_INT, or 2 among bools. What a row says of its operands' faults
and of what is not there, its NumPy meaning says (builtins/linear.py, order.py, vectors.py).
"""

from __future__ import annotations

import torch
from torch import Tensor

from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT

NAN = float("nan")


def _fault_of(x: Tensor) -> float | int:
    if x.dtype.is_floating_point:
        return NAN
    return FAULT_BOOL if x.dtype is torch.uint8 else FAULT_INT


def _lead(*operands: tuple[Tensor, int]) -> list[Tensor]:
    """Operands with the same axes before their core, of so many axes."""
    shapes = [x.shape[: x.ndim - core] for x, core in operands]
    lead = torch.broadcast_shapes(*shapes)  # type: ignore[no-untyped-call]
    return [x.expand(*lead, *x.shape[x.ndim - core :]) for x, core in operands]


# ---- vectors ---------------------------------------------------------------------------------


def concat(a: Tensor, b: Tensor) -> Tensor:
    return torch.cat(_lead((a, 1), (b, 1)), -1)


def pick(table: Tensor, places: Tensor) -> Tensor:
    n = table.shape[-1]
    table, places = _lead((table, 1), (places, 1))
    inside = (places >= 0) & (places < n)
    return torch.where(inside, table.gather(-1, torch.where(inside, places, 0)), _fault_of(table))


def cumsum(x: Tensor) -> Tensor:
    total = torch.cumsum(x, -1)
    if x.dtype.is_floating_point:
        return total
    spoiled = torch.cumsum((x == FAULT_INT).to(torch.int64), -1) > 0
    return torch.where(spoiled, FAULT_INT, total)


# ---- tables: the elimination of builtins/linear.py, step by step ------------------------------


def _limits(a: Tensor) -> Tensor:
    """What a pivot must show beside, column by column."""
    top = a.abs().amax(-2)
    four = top + top + (top + top)
    limit = four
    for _ in range(a.shape[-1] - 1):
        limit = limit + four
    return limit


def _exchanged(x: Tensor, k: int, best: Tensor) -> Tensor:
    """Rows k and `best` of each table change places."""
    at = torch.arange(x.shape[-2], device=x.device)
    order = torch.where(at == best[..., None], k, torch.where(at == k, best[..., None], at))
    return x.gather(-2, order[..., None].expand(x.shape))


def _swept(x: Tensor, share: Tensor, k: int) -> Tensor:
    """Row k taken so many times from those below it."""
    below = x[..., k + 1 :, :] - share[..., None] * x[..., k : k + 1, :]
    return torch.cat([x[..., : k + 1, :], below], -2)


def _pivoted(a: Tensor, k: int) -> Tensor:
    return a[..., k:, k].abs().argmax(-1) + k


def _solved(a: Tensor, b: Tensor) -> Tensor:
    """x of a x = b for tables b; NaN where there is none."""
    a, b = _lead((a, 2), (b, 2))
    n = a.shape[-1]
    fit = torch.isfinite(a).flatten(-2).all(-1) & torch.isfinite(b).flatten(-2).all(-1)
    limit = _limits(a)
    for k in range(n):
        best = _pivoted(a, k)
        a, b = _exchanged(a, k, best), _exchanged(b, k, best)
        fit = fit & (limit[..., k] + a[..., k, k] != limit[..., k])
        share = a[..., k + 1 :, k] / a[..., k : k + 1, k]
        a, b = _swept(a, share, k), _swept(b, share, k)
    found: list[Tensor] = []
    for k in range(n - 1, -1, -1):
        row = b[..., k, :]
        for i in range(k + 1, n):
            row = row - a[..., k, i, None] * found[n - 1 - i]
        found.append(row / a[..., k, k, None])
    return torch.where(fit[..., None, None], torch.stack(found[::-1], -2), NAN)


def solve(a: Tensor, b: Tensor) -> Tensor:
    return _solved(a, b[..., None])[..., 0]


def inverse(a: Tensor) -> Tensor:
    return _solved(a, torch.eye(a.shape[-1], dtype=a.dtype, device=a.device))


def det(a: Tensor) -> Tensor:
    fit = torch.isfinite(a).flatten(-2).all(-1)
    result = torch.ones_like(a[..., 0, 0])
    done = torch.zeros_like(fit)  # a column without a pivot: 0, whatever comes after
    for k in range(a.shape[-1]):
        best = _pivoted(a, k)
        a = _exchanged(a, k, best)
        pivot = a[..., k, k]
        done = done | (pivot == 0)
        result = result * torch.where(best != k, -pivot, pivot)
        a = _swept(a, a[..., k + 1 :, k] / pivot[..., None], k)
    return torch.where(fit, torch.where(done, 0, result), NAN)


# ---- order -----------------------------------------------------------------------------------


def _spoiled(x: Tensor, mask: Tensor) -> Tensor:
    """Where a fault counts, for each vector."""
    fault = x != x if x.dtype.is_floating_point else x == FAULT_INT
    return ((mask == 2) | ((mask != 0) & fault)).any(-1, keepdim=True)


def sort(x: Tensor, mask: Tensor, rest: Tensor) -> Tensor:
    x, mask, rest = _lead((x, 1), (mask, 1), (rest, 0))
    floats = x.dtype.is_floating_point
    last = torch.where(mask != 0, x, NAN if floats else torch.iinfo(torch.int64).max)
    count = (mask != 0).sum(-1, keepdim=True)
    here = torch.arange(x.shape[-1], device=x.device) < count
    filled = torch.where(here, last.sort(-1).values, rest[..., None])
    return torch.where(_spoiled(x, mask), _fault_of(x), filled)


def rank(x: Tensor, mask: Tensor, ties: Tensor) -> Tensor:
    """By comparing each with each: vectors are short, and no place depends on the values."""
    x, mask, ties = _lead((x, 1), (mask, 1), (ties, 0))
    counts = mask != 0
    spoiled = _spoiled(x, mask)
    value, other = x[..., :, None], x[..., None, :]
    among = counts[..., None, :]
    less = ((other < value) & among).sum(-1)
    same = (other == value) & among
    n = x.shape[-1]
    earlier = torch.ones(n, n, dtype=torch.bool, device=x.device).tril(-1)
    first = ~(same & earlier).any(-1) & counts  # the first of its equals
    lower = ((other < value) & first[..., None, :]).sum(-1)
    ways = (
        less + (same.sum(-1) + 1) * 0.5,
        less + 1.0,
        lower + 1.0,
        less + (same & earlier).sum(-1) + 1.0,
    )
    ties = ties[..., None]
    found = ways[0]
    for n in (1, 2, 3):
        found = torch.where(ties == n, ways[n], found)
    found = found.to(x.dtype)
    return torch.where(spoiled | ~counts, NAN, found)


def _ascending(x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """In order, NaN behind what counts, and how many count."""
    ordered = torch.where(mask != 0, x, NAN).sort(-1).values.to(torch.float64)
    return ordered, (mask != 0).sum(-1)


def _at(ordered: Tensor, place: Tensor) -> Tensor:
    return ordered.gather(-1, place[..., None])[..., 0]


def quantile(x: Tensor, mask: Tensor, q: Tensor) -> Tensor:
    x, mask, q = _lead((x, 1), (mask, 1), (q, 0))
    ordered, count = _ascending(x, mask)
    outside = (count == 0) | ~((q >= 0) & (q <= 1)) | _spoiled(x, mask)[..., 0]
    place = torch.where(outside, 0, q.to(torch.float64) * (count - 1))
    low = torch.floor(place).to(torch.int64)
    part = place - low
    a, b = _at(ordered, low), _at(ordered, (low + 1).clamp(max=x.shape[-1] - 1))
    between = torch.where(part < 0.5, a + (b - a) * part, b - (b - a) * (1.0 - part))
    found = torch.where((part == 0) | (a == b), a, between)
    return torch.where(outside, NAN, found).to(x.dtype)


def median(x: Tensor, mask: Tensor) -> Tensor:
    x, mask = _lead((x, 1), (mask, 1))
    ordered, count = _ascending(x, mask)
    outside = (count == 0) | _spoiled(x, mask)[..., 0]
    a = _at(ordered, (count - 1).clamp(min=0) // 2)
    b = _at(ordered, (count // 2).clamp(max=x.shape[-1] - 1))
    return torch.where(outside, NAN, torch.where(a == b, a, a * 0.5 + b * 0.5)).to(x.dtype)


def argmin(x: Tensor, mask: Tensor) -> Tensor:
    return _best(x, mask, least=True)


def argmax(x: Tensor, mask: Tensor) -> Tensor:
    return _best(x, mask, least=False)


def _best(x: Tensor, mask: Tensor, least: bool) -> Tensor:
    x, mask = _lead((x, 1), (mask, 1))
    counts = mask != 0
    if x.dtype.is_floating_point:
        far: float | int = float("inf") if least else -float("inf")
    else:
        far = torch.iinfo(torch.int64).max if least else torch.iinfo(torch.int64).min
    counted = torch.where(counts, x, far)
    best = counted.amin(-1, keepdim=True) if least else counted.amax(-1, keepdim=True)
    place = ((counted == best) & counts).to(torch.uint8).argmax(-1)
    none = ~counts.any(-1)
    return torch.where(none | _spoiled(x, mask)[..., 0], FAULT_INT, place)
