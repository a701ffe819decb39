"""What the instructions mean that ask a window for its samples: sorted anew at each row.

The samples in order that a state keeps are written and never read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rewardlang.backends.kinds import FAULT, Array
from rewardlang.plan import PlanBuffer

if TYPE_CHECKING:
    from rewardlang.backends.interpret import Batch

# The pass over a window sums in so many lanes, the sample at place p of the ring in lane p % LANES.
# Then the upper half of the lanes is folded onto the lower, until one is left, and the samples that
# fill no turn of all lanes follow one by one.
LANES = 32


def kth(batch: Batch, buffer: PlanBuffer, x: Array, k: Array) -> Array:
    ordered, count, spoiled = _in_order(batch, buffer, x)
    k = np.broadcast_to(k, x.shape)
    count = count.reshape(-1, *(1,) * (x.ndim - 1))
    outside = spoiled | (k < 0) | (k >= count)
    found = np.take_along_axis(ordered, np.where(outside, 0, k)[:, None], 1)[:, 0]
    return np.asarray(np.where(outside, np.nan, found))


def below(batch: Batch, buffer: PlanBuffer, x: Array, way: Array) -> Array:
    ordered, _, spoiled = _in_order(batch, buffer, x)
    counted = ordered <= x[:, None] if way.item() == 1 else ordered < x[:, None]
    if way.item() == 2:
        counted[:, 1:] &= ordered[:, 1:] != ordered[:, :-1]
    return np.asarray(np.where(spoiled, FAULT["int"], counted.sum(axis=1)))


def away(batch: Batch, buffer: PlanBuffer, x: Array, centre: Array) -> Array:
    ring, there = _with_newest(batch, buffer, x)
    distances = np.abs(ring.astype(np.float64) - centre[:, None])
    counted = np.where(there & (ring != np.inf), distances, 0.0)
    rows, count = np.arange(len(x)), np.minimum(batch.sample(buffer) + 1, buffer.length)
    whole = count // LANES * LANES
    lanes = np.zeros((len(x), LANES, *buffer.shape))
    for start in range(0, buffer.length - LANES + 1, LANES):
        lanes += _choose(start < whole, counted[:, start : start + LANES])
    while lanes.shape[1] > 1:
        half = lanes.shape[1] // 2
        lanes = lanes[:, :half] + lanes[:, half:]
    total = lanes[:, 0]
    for place in (whole + j for j in range(min(LANES, buffer.length))):
        following = counted[rows, np.minimum(place, buffer.length - 1)]
        total = total + _choose(place < count, following)
    return np.asarray(total + (centre - centre))  # a fault if the mean is one, or not finite


def kept(batch: Batch, buffer: PlanBuffer, x: Array) -> Array:
    """The samples as the state keeps them in order, this row's among them."""
    ordered, count, _ = _in_order(batch, buffer, x)
    there = np.arange(buffer.length) < count[:, None]
    there = there.reshape(*there.shape, *(1,) * (x.ndim - 1))
    return np.moveaxis(np.where(there, ordered, 0), 1, -1).reshape(len(x), -1)


def _in_order(batch: Batch, buffer: PlanBuffer, x: Array) -> tuple[Array, Array, Array]:
    """The window in ascending order, NaN where there is no sample; how many; is one a fault?"""
    ring, there = _with_newest(batch, buffer, x)
    ordered = np.sort(np.where(there, ring, np.nan), axis=1)
    count = np.minimum(batch.sample(buffer) + 1, buffer.length)
    return ordered, np.asarray(count), np.asarray((there & np.isnan(ring)).any(axis=1))


def _with_newest(batch: Batch, buffer: PlanBuffer, x: Array) -> tuple[Array, Array]:
    """The ring with this row's sample in its place, and where in it there are samples."""
    s, rows = batch.sample(buffer), np.arange(len(x))
    ring = batch.read_whole_ring(buffer)
    ring[rows, s % buffer.length] = x
    there = np.arange(buffer.length) <= s[:, None]
    return ring, there.reshape(*there.shape, *(1,) * (x.ndim - 1))


def _choose(condition: Array, x: Array) -> Array:
    """Row by row: `x` where the condition holds, else 0."""
    return np.where(condition.reshape(-1, *(1,) * (x.ndim - 1)), x, 0.0)
