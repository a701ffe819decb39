"""How long it takes to read the inputs once from memory, on all cores, doing nothing with them."""

from __future__ import annotations

import numpy as np
from numba import get_num_threads, njit, prange
from transitions import Array


@njit
def _sum(words):  # type: ignore[no-untyped-def]
    total = np.int64(0)  # an integer sum may be reordered, so it runs at full width
    for word in words:
        total += word
    return total


@njit(parallel=True)
def _read(a, b, c, d, e, f, g, h, i, j, k, threads):  # type: ignore[no-untyped-def]
    sums = np.zeros(threads, np.int64)
    for thread in prange(threads):
        total = np.int64(0)
        for words in (a, b, c, d, e, f, g, h, i, j, k):
            start, stop = thread * len(words) // threads, (thread + 1) * len(words) // threads
            total += _sum(words[start:stop])
        sums[thread] = total
    return sums


def read_once(inputs: dict[str, Array]) -> None:
    """Touch every number of every input, in one parallel region."""
    _read(*(array.reshape(-1).view(np.int64) for array in inputs.values()), get_num_threads())
