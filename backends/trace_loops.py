"""Formulas over whole signals, compiled once for all of them: see temporal/encode.py.

Each operation is a loop or two over its operands. Signals lie one behind the other in `bank`: slot
k begins at `at + k * size`, and `n` samples of it are real. Behind the last slot there is room for
the `encode.WORK` signals that windows use.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}


@njit(**_OPTIONS)
def least(a, b):  # type: ignore[no-untyped-def]
    """The smaller of two, and what is no number before either; `most` the larger."""
    return a if a < b or a != a else b


@njit(**_OPTIONS)
def most(a, b):  # type: ignore[no-untyped-def]
    return a if a > b or a != a else b


@njit(**_OPTIONS)
def collect(state, e, offset, width, size, oldest, count, bank, at):  # type: ignore[no-untyped-def]
    """Copy `count` samples of an environment's ring, from `oldest` on: each number a signal."""
    place = oldest
    for t in range(count):
        for k in range(width):
            bank[at + k * size + t] = state[e, offset + place * width + k]
        place = place + 1 if place + 1 < size else 0


@njit(**_OPTIONS)
def evaluate(code, bank, at, size, n, slots):  # type: ignore[no-untyped-def]
    """Fill every slot that `code` computes."""
    work = at + slots * size
    for i in range(code.shape[0]):
        op, lo, hi = code[i, 0], code[i, 3], code[i, 4]
        x, y, out = at + code[i, 1] * size, at + code[i, 2] * size, at + code[i, 5] * size
        if op == 0:
            for t in range(n):
                bank[out + t] = -bank[x + t]
        elif op == 1:
            for t in range(n):
                bank[out + t] = least(bank[x + t], bank[y + t])
        elif op == 2:
            for t in range(n):
                bank[out + t] = most(bank[x + t], bank[y + t])
        elif op == 3:
            for t in range(n - 1):
                bank[out + t] = bank[x + t + 1]
            bank[out + n - 1] = np.inf if lo == 1 else -np.inf
        elif op == 4:
            for t in range(n - 1, 0, -1):
                bank[out + t] = bank[x + t - 1]
            bank[out] = -np.inf
        elif op == 11:
            for t in range(n):
                bank[out + t] = np.inf if lo == 1 else -np.inf
        else:
            way, pairs, smallest, into = (
                1 if op < 8 else -1,
                op == 7 or op == 10,
                op == 5 or op == 8,
                out,
            )
            if pairs:
                _pairs(bank, x, y, out, work, size, n, lo, hi, way)
                smallest, into, lo, hi = True, work + 2 * size, 0, lo - 1
            if hi >= lo or not pairs:  # of pairs: x on the samples before the interval
                _window(bank, x, into, work, size, n, lo, hi, smallest, way)
            if pairs and hi >= 0:
                for t in range(n):
                    bank[out + t] = least(bank[into + t], bank[out + t])


@njit(**_OPTIONS)
def _place(t, n, way):  # type: ignore[no-untyped-def]
    """Sample t of a signal read forwards (1), or from its end (-1)."""
    return t if way == 1 else n - 1 - t


@njit(**_OPTIONS)
def _window(bank, x, out, work, size, n, lo, hi, smallest, way):  # type: ignore[no-untyped-def]
    """out[t]: the least (or greatest) of x[t + lo .. t + hi].

    Blocks of the window's length are folded from both ends; a window is the end of one block and
    the beginning of the next.
    """
    nothing = np.inf if smallest else -np.inf
    begun, ended = work, work + size
    length = n if hi < 0 or hi - lo + 1 > n else hi - lo + 1
    for start in range(0, n, length):
        stop = min(start + length, n)
        if start > 0:  # where a window ends that begins before
            v = nothing
            for t in range(start, stop):
                w = bank[x + _place(t, n, way)]
                v = least(v, w) if smallest else most(v, w)
                bank[begun + t] = v
        v = nothing
        for t in range(stop - 1, start - 1, -1):
            w = bank[x + _place(t, n, way)]
            v = least(w, v) if smallest else most(w, v)
            bank[ended + t] = v
    for start in range(0, n, length):
        stop = min(start + length, n)
        for s in range(max(start, lo), stop):
            v = bank[ended + s]
            if s > start and stop < n:
                after = bank[begun + min(s + length, n) - 1]
                v = least(v, after) if smallest else most(v, after)
            bank[out + _place(s - lo, n, way)] = v
    for t in range(max(n - lo, 0), n):
        bank[out + _place(t, n, way)] = nothing


@njit(**_OPTIONS)
def _pairs(bank, x, y, out, work, size, n, lo, hi, way):  # type: ignore[no-untyped-def]
    """out[t]: over s in [t + lo, t + hi] the greatest of min(y[s], x[t .. s - 1]).

    The same, of pairs: the least x of some samples, and the greatest y with the x before it. No
    block is needed where the window has no end: what follows is one pair.
    """
    begun_a, begun_u, ended_a, ended_u = work, work + size, work + 2 * size, work + 3 * size
    length = n if hi < 0 or hi - lo + 1 > n else hi - lo + 1
    for start in range(0, n, length):
        stop = min(start + length, n)
        if start > 0:
            a, u = np.inf, -np.inf
            for t in range(start, stop):
                p = _place(t, n, way)
                u = most(u, least(a, bank[y + p]))
                a = least(a, bank[x + p])
                bank[begun_a + t], bank[begun_u + t] = a, u
        a, u = np.inf, -np.inf
        for t in range(stop - 1, start - 1, -1):
            p = _place(t, n, way)
            u = most(bank[y + p], least(bank[x + p], u))
            a = least(bank[x + p], a)
            bank[ended_a + t], bank[ended_u + t] = a, u
    for start in range(0, n, length):
        stop = min(start + length, n)
        for s in range(max(start, lo), stop):
            v = bank[ended_u + s]
            if s > start and stop < n:
                after = bank[begun_u + min(s + length, n) - 1]
                v = most(v, least(bank[ended_a + s], after))
            bank[out + _place(s - lo, n, way)] = v
    for t in range(max(n - lo, 0), n):
        bank[out + _place(t, n, way)] = -np.inf


@njit(**_OPTIONS)
def signals(code, result, x, first, count, size, slots, bank, out):  # type: ignore[no-untyped-def]
    """Fill `out` with slot `result` of each trace; x has a row of atoms for each sample."""
    for e in range(first.shape[0]):
        n = count[e]
        for t in range(n):
            for k in range(x.shape[1]):
                bank[k * size + t] = x[first[e] + t, k]
        if n > 0:
            evaluate(code, bank, 0, size, n, slots)
        for t in range(n):
            out[first[e] + t] = bank[result * size + t]
