"""What generated Torch text calls: folds, windows, memory and settlements, over whole batches.

The rules are those of kinds.py and interpret.py: a fault of a real is NaN, of an int FAULT_INT, of
a bool 2. Nothing here looks at a number from the host, so nothing waits for a device. A window is
read anew at each row: O(length) of work in one pass, since rows of a batch are at different places.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rewardlang.backends.torch.formula import robustness
from rewardlang.backends.torch.slopes import steep
from rewardlang.backends.torch.smooth import gather, last_values, record, smooth_robustness, worth
from rewardlang.builtins.records import RECORDS
from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT
from rewardlang.plan import PlanBuffer
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.semantics import Semantics

__all__ = ["gather", "steep", "worth"]  # which the text calls as ours

NAN = float("nan")
FAULT: dict[str, float | int] = {
    "real": NAN, "wide": NAN, "int": FAULT_INT, "bool": FAULT_BOOL
}  # fmt: skip
_DTYPES = {"wide": torch.float64, "int": torch.int64, "bool": torch.uint8}
_FLOATS = ("real", "wide")
SPREAD = 2**18  # numbers, 1 MB of float32
FEW = 2  # slots that are summed faster one by one


def dtype_of(kind: str, real: torch.dtype) -> torch.dtype:
    return _DTYPES.get(kind, real)


def is_fault(kind: str, x: Tensor) -> Tensor:
    return x != x if kind in _FLOATS else x == FAULT[kind]


def cast(x: Tensor, source: str, target: str, real: torch.dtype) -> Tensor:
    """The same values as another kind; a fault becomes that kind's fault."""
    if source in _FLOATS and target in _FLOATS:
        return x.to(dtype_of(target, real))
    if source == "int" and target == "real":
        x = x.to(torch.float64) if real is torch.float32 else x  # rounded as NumPy rounds
    return torch.where(is_fault(source, x), FAULT[target], x.to(dtype_of(target, real)))


def numbers(truth: Tensor, fault: Tensor | None = None) -> Tensor:
    """A bool in two masks as one number: 0, 1, or 2 where it is a fault."""
    found = truth.view(torch.uint8) if truth.is_contiguous() else truth.to(torch.uint8)
    return found if fault is None else torch.where(fault, 2, found)


def any_of(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    return torch.any(x, axes) if axes else x


def all_of(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    return torch.all(x, axes) if axes else x


def rows(x: Tensor, size: int, shape: tuple[int, ...]) -> Tensor:
    """A value of each of `size` rows; one that all rows share stands in each."""
    return x if x.shape == (size, *shape) else x.expand(size, *shape)


def by_row(flags: Tensor, like: Tensor) -> Tensor:
    """Flags [B] so that they meet values [B, ..]."""
    return flags.reshape(-1, *(1,) * (like.ndim - 1))


# ---- arrays ----------------------------------------------------------------------------------


def reduce(fold: str, kind: str, x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """A fold over axes of [B, ..]; a fault wins."""
    empty = 0 in [x.shape[a] for a in axes]
    if not axes:
        return x
    match fold:
        case "sum" if len(axes) == 1 and 0 < x.shape[axes[0]] <= FEW:
            first, *others = x.unbind(axes[0])
            total = sum(others, first)
        case "sum" if axes == (1,) and x.ndim == 2 and not empty and _by_blas(x):
            total = torch.mv(x, x.new_ones(x.shape[1]))
        case "sum":
            total = x.sum(axes, dtype=x.dtype)
        case "prod":
            total = x
            for axis in reversed(axes):
                total = total.prod(axis, dtype=x.dtype)
        case _:
            if empty and fold in ("min", "max"):
                shape = [n for a, n in enumerate(x.shape) if a not in axes]
                return torch.full(shape, FAULT[kind], dtype=x.dtype, device=x.device)
            if empty:
                return x.sum(axes, dtype=x.dtype) + (1 if fold == "all" else 0)
            total = x.amin(axes) if fold in ("min", "all") else x.amax(axes)
    natural = kind in _FLOATS or (kind, fold) in (("int", "min"), ("bool", "max"), ("bool", "any"))
    if natural:
        return total
    return torch.where(is_fault(kind, x).any(axes), FAULT[kind], total)


def weighted(settled: Tensor, weights: Tensor, rest: Tensor | None = None) -> Tensor:
    """The sum of settled values [n, B] by their weights [n], and of the rest."""
    if _by_blas(settled):
        by_row = settled.t()
        return by_row.mv(weights) if rest is None else torch.addmv(rest, by_row, weights)
    found = (weights[:, None] * settled).sum(0)
    return found if rest is None else found + rest


def _by_blas(x: Tensor) -> bool:
    """Whether a product with a vector takes less time than a sum: on a CPU, where a sum over a
    short axis is not vectorised. What is traced for a compiler is left for it to fuse."""
    return x.device.type == "cpu" and x.is_floating_point() and not torch.compiler.is_compiling()


def settled_lead(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The result of an array row, with the axes that it was mapped over."""
    return x.expand(x.shape[0], *shape)


def take(kind: str, x: Tensor, index: Tensor, axis: int) -> Tensor:
    """The slots of `axis` at each row's index, a fault where there is none."""
    x = x.movedim(axis, 1)
    count, size = max(x.shape[0], index.shape[0]), x.shape[1]
    x = x.expand(count, *x.shape[1:])
    index = index.reshape(-1).expand(count)
    inside = (index >= 0) & (index < size)
    if size == 0:
        shape = (count, *x.shape[2:])
        return torch.full(shape, FAULT[kind], dtype=x.dtype, device=x.device)
    places = by_row(torch.where(inside, index, 0), x).expand(count, 1, *x.shape[2:])
    return torch.where(by_row(inside, x[:, 0]), x.gather(1, places)[:, 0], FAULT[kind])


def stack(items: Sequence[Tensor], item: tuple[int, ...]) -> Tensor:
    count = max(x.shape[0] for x in items)
    return torch.stack([x.expand(count, *item) for x in items], 1)


# ---- settlements -----------------------------------------------------------------------------


@dataclass(frozen=True)
class RowBefore:
    """In place of what sinks gave last: the rows of a call are traces of so many steps, flat."""

    steps: int


def settle(
    kind: str,
    raw: Sequence[Tensor],
    instead: Sequence[Tensor | None] | None,
    held: Tensor | RowBefore | None,
    shape: tuple[int, ...],
) -> tuple[Tensor, Tensor]:
    """Several values [B, *shape] made fit to be paid [n, B, *shape], and where that took doing.

    `instead` is what a sink gives on a fault, `held` [B, n, *shape] what all gave one row ago.
    """
    together = torch.stack(tuple(raw))
    unfit = _unfit(kind, together)
    if isinstance(held, RowBefore):
        settled = _settled_in_time(kind, together, unfit, instead, held.steps, shape)
    else:
        before = 0 if held is None else held.transpose(0, 1)
        settled = torch.where(unfit, _other(kind, together, before, instead, shape), together)
    return settled, unfit.flatten(2).any(2) if shape else unfit


def kept(settled: Tensor, before: Tensor | RowBefore | None) -> Tensor:
    """What sinks gave [B, n, ..], remembered where it is asked for: results are the caller's."""
    by_row = settled.transpose(0, 1)
    return by_row.clone() if isinstance(before, Tensor) else by_row


def settle_bools(
    truths: Sequence[Tensor],
    faults: Sequence[Tensor | None],
    instead: Sequence[Tensor | None] | None,
    size: int,
    shape: tuple[int, ...],
) -> tuple[Tensor, Tensor]:
    """The same of bools in two masks; a fault is false where nothing else is said."""
    settled = torch.stack(tuple(truths))
    if all(f is None for f in faults):
        return settled, settled.new_zeros((1, 1)).expand(len(truths), size)
    none = torch.zeros_like(settled[0])
    unfit = torch.stack([none if f is None else rows(f, size, shape) for f in faults])
    other = none[None]
    if instead is not None:
        other = torch.stack([none if x is None else rows(x == 1, size, shape) for x in instead])
    settled = torch.where(unfit, other, settled)
    return settled, unfit.flatten(2).any(2) if shape else unfit


def spread(x: Tensor, size: int) -> Tensor:
    """An array [1, ..] for each of `size` rows; as it is for none, or if it would fill a cache."""
    if not 0 < size * x.numel() <= SPREAD:
        return x
    return x.expand(size, *x.shape[1:]).contiguous()


def holds_nowhere(mask: Tensor) -> bool:
    return not mask.numel() or not mask.view(torch.uint8).amax().item()


def is_fit(kind: str, x: Tensor) -> bool:
    """Whether there is no fault, by one pass and one number read: a sum of finite numbers that is
    not finite counts as one."""
    if kind in _FLOATS:
        return math.isfinite(x.sum().item())
    if not x.numel():
        return True
    return bool((x.amax() != FAULT_BOOL) if kind == "bool" else (x.amin() != FAULT_INT))


def _unfit(kind: str, x: Tensor) -> Tensor:
    return (x - x) != 0 if kind in _FLOATS else x == FAULT[kind]


def _other(
    kind: str,
    together: Tensor,
    before: Tensor | int,
    instead: Sequence[Tensor | None] | None,
    shape: tuple[int, ...],
) -> Tensor | int:
    """What stands in the place of a fault."""
    if instead is None:
        return before
    last = torch.zeros_like(together) if isinstance(before, int) else before
    given = []
    for n, x in enumerate(instead):
        there = None if x is None else rows(x, together.shape[1], shape)
        given.append(last[n] if there is None else torch.where(_unfit(kind, there), last[n], there))
    return torch.stack(given)


def _settled_in_time(
    kind: str,
    together: Tensor,
    unfit: Tensor,
    instead: Sequence[Tensor | None] | None,
    steps: int,
    shape: tuple[int, ...],
) -> Tensor:
    """What a sink gave last is what it had at its last row with a value, in the same trace."""
    known, size = ~unfit, together.shape[1]
    if instead is not None:
        none = torch.full_like(together[0], FAULT[kind])
        other = torch.stack([none if x is None else rows(x, size, shape) for x in instead])
        has = ~_unfit(kind, other)
        together, known = torch.where(unfit & has, other, together), known | has
    traces = together.reshape(len(together), -1, steps, *shape)
    place = torch.arange(steps, device=together.device).reshape(-1, *(1,) * len(shape))
    last = torch.where(known.reshape(traces.shape), place, -1).cummax(2).values
    found = torch.where(last >= 0, traces.gather(2, last.clamp(min=0)), 0)
    return found.reshape(together.shape)


# ---- rings -----------------------------------------------------------------------------------
# [B, length, *shape]: sample s of a row is at place s % length.


def push(ring: Tensor, place: Tensor, x: Tensor, in_place: bool) -> Tensor:
    """With this row's sample in its place."""
    index = by_row(place, ring).expand(-1, 1, *ring.shape[2:])
    if in_place:
        return ring.scatter_(1, index, x[:, None])
    return ring.scatter(1, index, x[:, None])


def lag(ring: Tensor, place: Tensor, sample: Tensor) -> Tensor:
    """The sample that is as many rows ago as the ring is long; zeros before there was one."""
    index = by_row(place, ring).expand(-1, 1, *ring.shape[2:])
    found = ring.gather(1, index)[:, 0]
    return torch.where(by_row(sample >= ring.shape[1], found), found, 0)


def _with_newest(ring: Tensor, place: Tensor, sample: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """The ring with this row's sample, and where in it there are samples."""
    places = torch.arange(ring.shape[1], device=ring.device)
    newest = by_row(place, ring) == by_row(places, ring).movedim(0, 1)
    return torch.where(newest, x[:, None], ring), places <= sample[:, None]


def _in_time(ring: Tensor, place: Tensor, sample: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """The samples from the oldest to this row's, at the end, and where there are any."""
    length = ring.shape[1]
    whole, _ = _with_newest(ring, place, sample, x)
    back = torch.arange(length - 1, -1, -1, device=ring.device)
    order = (place[:, None] - back) % length
    index = order.reshape(*order.shape, *(1,) * (ring.ndim - 2)).expand_as(whole)
    return whole.gather(1, index), back <= sample[:, None]


_NEUTRAL: dict[str, Callable[[torch.dtype], float | int]] = {
    "sum": lambda d: 0,
    "any": lambda d: 0,
    "prod": lambda d: 1,
    "all": lambda d: 1,
    "min": lambda d: float("inf") if d.is_floating_point else torch.iinfo(d).max,
    "max": lambda d: -float("inf") if d.is_floating_point else torch.iinfo(d).min + (
        d is torch.int64
    ),
}  # fmt: skip


def window(fold: str, kind: str, ring: Tensor, place: Tensor, sample: Tensor, x: Tensor) -> Tensor:
    """The fold of the last samples, this row's among them."""
    if fold in RECORDS:
        return _merged(fold, *_in_time(ring, place, sample, x))
    whole, there = _with_newest(ring, place, sample, x)
    there = there.reshape(*there.shape, *(1,) * (ring.ndim - 2))
    return reduce(fold, kind, torch.where(there, whole, _NEUTRAL[fold](whole.dtype)), (1,))


def _merged(fold: str, samples: Tensor, there: Tensor) -> Tensor:
    """Neighbours merge, and so on: what is missing stands before the first sample."""
    merge, width = RECORDS[fold].merge, RECORDS[fold].width
    shape = samples.shape[2:]
    parts = samples.reshape(*samples.shape[:2], width, -1)
    while parts.shape[1] > 1:
        if parts.shape[1] % 2:
            parts = torch.cat([torch.zeros_like(parts[:, :1]), parts], 1)
            there = torch.cat([torch.zeros_like(there[:, :1]), there], 1)
        older, newer = parts[:, ::2], parts[:, 1::2]
        both = merge(torch, older.unbind(2), newer.unbind(2))
        begun = there[:, ::2]
        parts = torch.where(begun[:, :, None, None], torch.stack(both, 2), newer)
        there = begun | there[:, 1::2]
    return parts[:, 0].reshape(-1, *shape)


def _ascending(
    ring: Tensor, place: Tensor, sample: Tensor, x: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The window in order, NaN where there is no sample; how many; is one a fault?"""
    whole, there = _with_newest(ring, place, sample, x)
    there = there.reshape(*there.shape, *(1,) * (ring.ndim - 2))
    count = by_row(torch.clamp(sample + 1, max=ring.shape[1]), x)
    ordered = torch.where(there, whole, NAN).sort(1).values
    return ordered, count, (there & (whole != whole)).any(1)


def kth(ring: Tensor, place: Tensor, sample: Tensor, x: Tensor, k: Tensor) -> Tensor:
    ordered, count, spoiled = _ascending(ring, place, sample, x)
    k = k.reshape(k.shape[0], *(1,) * (x.ndim - k.ndim), *k.shape[1:]).expand_as(x)
    outside = spoiled | (k < 0) | (k >= count)
    found = ordered.gather(1, torch.where(outside, 0, k)[:, None])[:, 0]
    return torch.where(outside, NAN, found)


def below(ring: Tensor, place: Tensor, sample: Tensor, x: Tensor, way: Tensor) -> Tensor:
    """`way` 0: how many are less, 1: not greater, 2: different from each other and less."""
    ordered, _, spoiled = _ascending(ring, place, sample, x)
    new = torch.ones_like(ordered, dtype=torch.bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    way = by_row(way.expand(len(x)), ordered)
    less, same = ordered < x[:, None], ordered == x[:, None]
    counted = (less & ((way != 2) | new)) | (same & (way == 1))
    return torch.where(spoiled, FAULT_INT, counted.sum(1))


def away(ring: Tensor, place: Tensor, sample: Tensor, x: Tensor, centre: Tensor) -> Tensor:
    whole, there = _with_newest(ring, place, sample, x)
    there = there.reshape(*there.shape, *(1,) * (ring.ndim - 2))
    centre = centre.reshape(centre.shape[0], *(1,) * (x.ndim - centre.ndim), *centre.shape[1:])
    distances = (whole.to(torch.float64) - centre[:, None]).abs()
    counted = torch.where(there & (whole != float("inf")), distances, 0.0)
    return counted.sum(1) + (centre - centre)


# ---- formulas --------------------------------------------------------------------------------


def lattice(
    before: Tensor, x: Tensor, updates: Sequence[Sequence[tuple[int, tuple[int, ...]]]]
) -> Tensor:
    """See temporal/lattice.py: each coefficient is a maximum of minima."""
    count = max(before.shape[0], x.shape[0])
    found = []
    for ways in updates:
        best: Tensor | None = None
        for source, literals in ways:
            way = before[:, source]
            for number in literals:
                way = torch.minimum(way, x[:, number])
            best = way if best is None else torch.maximum(best, way)
        none = torch.full((count,), -float("inf"), dtype=x.dtype, device=x.device)
        found.append(none if best is None else best.expand(count))
    return torch.stack(found, 1)


def tail(
    ring: Tensor,
    place: Tensor,
    sample: Tensor,
    x: Tensor,
    asked: Tensor,
    buffer: PlanBuffer,
) -> Tensor:
    """Each formula over the last samples as a trace, 0 where it is not asked for."""
    samples, _ = _in_time(ring, place, sample, x)
    length = torch.clamp(sample + 1, max=ring.shape[1])
    # The trace begins with its first sample, and what follows its last is not read.
    places = torch.arange(ring.shape[1], device=ring.device) + (ring.shape[1] - length)[:, None]
    index = places.clamp(max=ring.shape[1] - 1)[:, :, None].expand_as(samples)
    atoms = samples.gather(1, index).movedim(2, 0)
    found = [margins(f, atoms, length, buffer.semantics) for f in buffer.formulas]
    if buffer.gathered:
        told = record(found[0], found[1:], length, buffer.semantics)
    else:
        told = torch.stack(last_values(buffer.formulas, found, length), 1)
    return torch.where((asked == 1).reshape(-1, 1), told, 0)


def margins(f: Formula, atoms: Tensor, lengths: Tensor | None, semantics: Semantics) -> Tensor:
    """The margin of a formula at each sample: [B, T] from atoms [n, B, T]."""
    if semantics.is_smooth:
        return smooth_robustness(f, atoms, lengths, semantics)
    return robustness(f, atoms, lengths)
