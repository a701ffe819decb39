"""Formulas over whole signals under a smooth semantics, compiled: what `trace_loops` is to minmax.

The arithmetic of a semantics is that of temporal/semantics.py and builtins/records.py: its source,
run over scalars. `p` are the semantics' parameters, `terms` the operands of connectives and
`weights` their weights (temporal/encode.py). Windows are folded in blocks of records.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numba import njit

from rewardlang.builtins.records import FAR
from rewardlang.temporal.semantics import GATHERINGS

_OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}


@njit(**_OPTIONS)
def _where(condition, a, b):  # type: ignore[no-untyped-def]
    return a if condition else b


@njit(**_OPTIONS)
def _maximum(a, b):  # type: ignore[no-untyped-def]
    return a if a > b or a != a else b


@njit(**_OPTIONS)
def _minimum(a, b):  # type: ignore[no-untyped-def]
    return a if a < b or a != a else b


_SCALARS = ModuleType("scalars")
for _name in ("exp", "log", "log1p", "expm1", "abs", "inf"):
    setattr(_SCALARS, _name, getattr(np, _name))
_SCALARS.__dict__.update(where=_where, maximum=_maximum, minimum=_minimum)


def _scalar(function: Callable[..., Any]) -> Any:
    """The source of a function over `np`, compiled for scalars."""
    text = textwrap.dedent(inspect.getsource(function)).replace("(np: Any, ", "(")
    text = "from __future__ import annotations\n" + text
    made: dict[str, Any] = {"np": _SCALARS, "FAR": FAR}
    exec(compile(text, f"<{function.__module__}.{function.__name__}>", "exec"), made)
    return njit(**_OPTIONS)(made[function.__name__])


def _loops(name: str) -> tuple[Any, Any, Any]:
    """(evaluate, gather, signals) of a semantics."""
    gathering = GATHERINGS[name]
    enter, leave = _scalar(gathering.enter), _scalar(gathering.leave)
    merge = _scalar(gathering.record.merge)
    nothing, width = gathering.nothing, len(gathering.nothing)

    @njit(**_OPTIONS)
    def save(parts, bank, at, size):  # type: ignore[no-untyped-def]
        for c in range(width):
            bank[at + c * size] = parts[c]

    if width == 3:

        @njit(**_OPTIONS)
        def load(bank, at, size):  # type: ignore[no-untyped-def]
            return bank[at], bank[at + size], bank[at + 2 * size]

    else:

        @njit(**_OPTIONS)
        def load(bank, at, size):  # type: ignore[no-untyped-def]
            return bank[at], bank[at + size], bank[at + 2 * size], bank[at + 3 * size]

    @njit(**_OPTIONS)
    def window(bank, x, out, work, size, n, lo, hi, sign, way, p):  # type: ignore[no-untyped-def]
        """out[t]: the gathering of x[t + lo .. t + hi]; see trace_loops."""
        begun, ended = work, work + width * size
        length = n if hi < 0 or hi - lo + 1 > n else hi - lo + 1
        for start in range(0, n, length):
            stop = min(start + length, n)
            v = nothing
            for t in range(start, stop):
                place = t if way == 1 else n - 1 - t
                v = merge(v, enter(sign * bank[x + place], 1.0, p))
                save(v, bank, begun + t, size)
            v = nothing
            for t in range(stop - 1, start - 1, -1):
                place = t if way == 1 else n - 1 - t
                v = merge(enter(sign * bank[x + place], 1.0, p), v)
                save(v, bank, ended + t, size)
        for start in range(0, n, length):
            stop = min(start + length, n)
            for s in range(max(start, lo), stop):
                v = load(bank, ended + s, size)
                if s > start and stop < n:
                    after = load(bank, begun + min(s + length, n) - 1, size)
                    v = merge(v, after)
                place = s - lo if way == 1 else n - 1 - (s - lo)
                bank[out + place] = sign * leave(v, p)
        for t in range(max(n - lo, 0), n):
            bank[out + (t if way == 1 else n - 1 - t)] = sign * -np.inf

    @njit(**_OPTIONS)
    def witness(bank, x, y, out, n, lo, hi, way, only, p):  # type: ignore[no-untyped-def]
        """out[t]: y at some s of [t + lo, t + hi] and x on [t, s), at the first t where `only`."""
        for t in range(1 if only else n):
            held, found = nothing, nothing
            last = n - 1 - t if hi < 0 or hi > n - 1 - t else hi
            for k in range(last + 1):
                place = t + k if way == 1 else n - 1 - t - k
                if k >= lo:
                    both = merge(held, enter(-bank[y + place], 1.0, p))
                    found = merge(found, enter(-leave(both, p), 1.0, p))
                held = merge(held, enter(-bank[x + place], 1.0, p))
            bank[out + (t if way == 1 else n - 1 - t)] = leave(found, p)

    @njit(**_OPTIONS)
    def join(bank, at, size, n, terms, weights, out, sign, p):  # type: ignore[no-untyped-def]
        for t in range(n):
            v = nothing
            for j in range(terms.shape[0]):
                v = merge(v, enter(sign * bank[at + terms[j] * size + t], weights[j], p))
            bank[out + t] = sign * leave(v, p)

    @njit(**_OPTIONS)
    def evaluate(code, terms, weights, p, bank, at, size, n, slots):  # type: ignore[no-untyped-def]
        """Fill every slot that `code` computes."""
        work = at + slots * size
        for i in range(code.shape[0]):
            op, a, b, lo, hi = code[i, 0], code[i, 1], code[i, 2], code[i, 3], code[i, 4]
            x, y, out = at + a * size, at + b * size, at + code[i, 5] * size
            if op == 0:
                for t in range(n):
                    bank[out + t] = -bank[x + t]
            elif op == 1 or op == 2:
                some = slice(a, a + b)
                sign = -1.0 if op == 1 else 1.0
                join(bank, at, size, n, terms[some], weights[some], out, sign, p)
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
            elif op == 7 or op == 10 or op == 12 or op == 13:
                way = 1 if op == 7 or op == 12 else -1
                witness(bank, x, y, out, n, lo, hi, way, op >= 12, p)
            else:
                sign = -1.0 if op == 5 or op == 8 else 1.0
                window(bank, x, out, work, size, n, lo, hi, sign, 1 if op < 8 else -1, p)

    @njit(**_OPTIONS)
    def gather(bank, x, mask, n, p, out):  # type: ignore[no-untyped-def]
        """The record of an `or` over the samples of x where mask (-1: none) is positive."""
        v = nothing
        for t in range(n):
            if mask < 0 or bank[mask + t] > 0:
                v = merge(v, enter(bank[x + t], 1.0, p))
        save(v, bank, out, 1)

    @njit(**_OPTIONS)
    def signals(code, terms, weights, p, result, x, first, count, size, slots, bank, out):  # type: ignore[no-untyped-def]
        """Fill `out` with slot `result` of each trace; x has a row of atoms for each sample."""
        for e in range(first.shape[0]):
            n = count[e]
            for t in range(n):
                for k in range(x.shape[1]):
                    bank[k * size + t] = x[first[e] + t, k]
            if n > 0:
                evaluate(code, terms, weights, p, bank, 0, size, n, slots)
            for t in range(n):
                out[first[e] + t] = bank[result * size + t]

    return evaluate, gather, signals


LOOPS = {name: _loops(name) for name in GATHERINGS}
