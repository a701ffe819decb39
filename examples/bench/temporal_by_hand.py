"""The formula of `temporal.py` as an expert would write it for Numba, offline and step by step."""

from __future__ import annotations

import numpy as np
from numba import njit

A, F, U = 101, 21, 51  # samples in the windows of always, eventually and until


@njit(error_model="numpy", nogil=True)
def _trace(x, y, out, low, up, both, queue):  # type: ignore[no-untyped-def]
    """Backwards: wedges for the windows, blocks of pairs for until."""
    n = x.shape[0]
    head, tail = 0, 0
    for t in range(n - 1, -1, -1):  # eventually: a wedge of x - 0.5
        v = x[t] - 0.5
        while tail > head and x[queue[tail - 1]] - 0.5 <= v:
            tail -= 1
        queue[tail] = t
        tail += 1
        if queue[head] > t + F - 1:
            head += 1
        both[t] = x[queue[head]] - 0.5
    for start in range(0, n, U):  # until: blocks of (least of y < 2, best of x > 0.8)
        stop = min(start + U, n)
        a, u = np.inf, -np.inf
        for t in range(start, stop):
            u = max(u, min(a, x[t] - 0.8))
            a = min(a, 2.0 - y[t])
            low[t], up[t] = a, u
    for start in range(0, n, U):
        stop = min(start + U, n)
        a, u = np.inf, -np.inf
        for t in range(stop - 1, start - 1, -1):
            u = max(x[t] - 0.8, min(2.0 - y[t], u))
            a = min(2.0 - y[t], a)
            best = u
            if t > start and stop < n:
                best = max(best, min(a, up[min(t + U, n) - 1]))
            both[t] = min(both[t], best)
    head, tail = 0, 0
    for t in range(n - 1, -1, -1):  # always: a wedge of both
        v = both[t]
        while tail > head and both[queue[tail - 1]] >= v:
            tail -= 1
        queue[tail] = t
        tail += 1
        if queue[head] > t + A - 1:
            head += 1
        out[t] = both[queue[head]]


@njit(error_model="numpy", nogil=True)
def _traces(x, y, out):  # type: ignore[no-untyped-def]
    n = x.shape[1]
    low, up, both = np.empty(n), np.empty(n), np.empty(n)
    queue = np.empty(n, np.int64)
    for e in range(x.shape[0]):
        _trace(x[e], y[e], out[e], low, up, both, queue)


def offline_pass(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    out = np.empty_like(x)
    _traces(x, y, out)
    return out


# ---- step by step ---------------------------------------------------------------------------

# Of each environment: the ring and prefix of each window, and the values of eventually that wait.
_SIZE = (F + 1) + (U - F) + 2 * (U + 1) + (A + 1)


def online_state(size: int) -> np.ndarray:
    return np.zeros((size, _SIZE))


@njit(error_model="numpy", nogil=True)
def _window(s, at, length, t, x, smallest):  # type: ignore[no-untyped-def]
    place = t % length
    prefix = x
    if place != 0:
        prefix = min(s[at + length], x) if smallest else max(s[at + length], x)
    result = prefix
    if t >= length and place != length - 1:
        older = s[at + place + 1]
        result = min(older, prefix) if smallest else max(older, prefix)
    s[at + length] = prefix
    s[at + place] = x
    if place == length - 1:
        for k in range(length - 2, -1, -1):
            w = s[at + k + 1]
            s[at + k] = min(s[at + k], w) if smallest else max(s[at + k], w)
    return result


@njit(error_model="numpy", nogil=True)
def _step(x, y, state, t, out):  # type: ignore[no-untyped-def]
    at_wait, at_pairs = F + 1, F + 1 + U - F
    at_always = at_pairs + 2 * (U + 1)
    for e in range(x.shape[0]):
        s = state[e]
        reached = _window(s, 0, F, t, x[e] - 0.5, False)
        place = t % (U - F)
        waited = s[at_wait + place]
        s[at_wait + place] = reached
        a, u = 2.0 - y[e], x[e] - 0.8
        place = t % U
        pa, pu = a, u
        last = at_pairs + 2 * U
        if place != 0:
            pu = max(s[last + 1], min(s[last], u))
            pa = min(s[last], a)
        best = pu
        if t >= U and place != U - 1:
            best = max(s[at_pairs + 2 * place + 3], min(s[at_pairs + 2 * place + 2], pu))
        s[last], s[last + 1] = pa, pu
        s[at_pairs + 2 * place], s[at_pairs + 2 * place + 1] = a, u
        if place == U - 1:
            for k in range(U - 2, -1, -1):
                here, after = at_pairs + 2 * k, at_pairs + 2 * k + 2
                s[here + 1] = max(s[here + 1], min(s[here], s[after + 1]))
                s[here] = min(s[here], s[after])
        value = _window(s, at_always, A, t, min(waited, best), True)
        out[e] = value if t >= A + U - 2 else 0.0


def online_step(x: np.ndarray, y: np.ndarray, state: np.ndarray, t: int) -> np.ndarray:
    out = np.empty_like(x)
    _step(x, y, state, t, out)
    return out
