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
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from rewardlang.builtins.records import FAR
from rewardlang.temporal.encode import (
    ALWAYS,
    AND,
    CONSTANT,
    EARLIER,
    HISTORICALLY,
    LATER,
    NOT,
    OR,
    SINCE,
    SINCE_LAST,
    UNTIL,
    UNTIL_FIRST,
)
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


class _Records(NamedTuple):
    """Records of a semantics: tuples of `width` numbers, in memory `size` apart."""

    nothing: tuple[float, ...]
    enter: Any
    merge: Any
    leave: Any
    load: Any
    save: Any
    width: int


def _records(name: str) -> _Records:
    gathering = GATHERINGS[name]
    enter, leave = _scalar(gathering.enter), _scalar(gathering.leave)
    merge, width = _scalar(gathering.record.merge), gathering.record.width

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

    return _Records(gathering.nothing, enter, merge, leave, load, save, width)


@njit(**_OPTIONS)
def _place(t, n, way):  # type: ignore[no-untyped-def]
    """Sample t of a signal read forwards (1), or from its end (-1)."""
    return t if way == 1 else n - 1 - t


def _window(records: _Records) -> Any:
    nothing, enter, merge, leave, load, save, width = records

    @njit(**_OPTIONS)
    def window(bank, x, out, work, size, n, lo, hi, sign, way, p):  # type: ignore[no-untyped-def]
        """out[t]: the gathering of x[t + lo .. t + hi]; see trace_loops."""
        begun, ended = work, work + width * size
        length = n if hi < 0 or hi - lo + 1 > n else hi - lo + 1
        for start in range(0, n, length):
            stop = min(start + length, n)
            v = nothing
            for t in range(start, stop):
                v = merge(v, enter(sign * bank[x + _place(t, n, way)], 1.0, p))
                save(v, bank, begun + t, size)
            v = nothing
            for t in range(stop - 1, start - 1, -1):
                v = merge(enter(sign * bank[x + _place(t, n, way)], 1.0, p), v)
                save(v, bank, ended + t, size)
        for start in range(0, n, length):
            stop = min(start + length, n)
            for s in range(max(start, lo), stop):
                v = load(bank, ended + s, size)
                if s > start and stop < n:
                    v = merge(v, load(bank, begun + min(s + length, n) - 1, size))
                bank[out + _place(s - lo, n, way)] = sign * leave(v, p)
        for t in range(max(n - lo, 0), n):
            bank[out + _place(t, n, way)] = sign * -np.inf

    return window


def _witness(records: _Records) -> Any:
    nothing, enter, merge, leave, *_ = records

    @njit(**_OPTIONS)
    def witness(bank, x, y, out, n, lo, hi, way, only, p):  # type: ignore[no-untyped-def]
        """out[t]: y at some s of [t + lo, t + hi] and x on [t, s), at the first t where `only`."""
        for t in range(1 if only else n):
            held, found = nothing, nothing
            last = n - 1 - t if hi < 0 or hi > n - 1 - t else hi
            for k in range(last + 1):
                place = _place(t + k, n, way)
                if k >= lo:
                    both = merge(held, enter(-bank[y + place], 1.0, p))
                    found = merge(found, enter(-leave(both, p), 1.0, p))
                held = merge(held, enter(-bank[x + place], 1.0, p))
            bank[out + _place(t, n, way)] = leave(found, p)

    return witness


def _join(records: _Records) -> Any:
    nothing, enter, merge, leave, *_ = records

    @njit(**_OPTIONS)
    def join(bank, at, size, n, terms, weights, out, sign, p):  # type: ignore[no-untyped-def]
        for t in range(n):
            v = nothing
            for j in range(terms.shape[0]):
                v = merge(v, enter(sign * bank[at + terms[j] * size + t], weights[j], p))
            bank[out + t] = sign * leave(v, p)

    return join


def _evaluate(records: _Records) -> Any:
    window, witness, join = _window(records), _witness(records), _join(records)

    @njit(**_OPTIONS)
    def evaluate(code, terms, weights, p, bank, at, size, n, slots):  # type: ignore[no-untyped-def]
        """Fill every slot that `code` computes."""
        work = at + slots * size
        for i in range(code.shape[0]):
            op, a, b, lo, hi = code[i, 0], code[i, 1], code[i, 2], code[i, 3], code[i, 4]
            x, y, out = at + a * size, at + b * size, at + code[i, 5] * size
            if op == NOT:
                for t in range(n):
                    bank[out + t] = -bank[x + t]
            elif op == AND or op == OR:
                some = slice(a, a + b)
                sign = -1.0 if op == AND else 1.0
                join(bank, at, size, n, terms[some], weights[some], out, sign, p)
            elif op == LATER:
                for t in range(n - 1):
                    bank[out + t] = bank[x + t + 1]
                bank[out + n - 1] = np.inf if lo == 1 else -np.inf
            elif op == EARLIER:
                for t in range(n - 1, 0, -1):
                    bank[out + t] = bank[x + t - 1]
                bank[out] = -np.inf
            elif op == CONSTANT:
                for t in range(n):
                    bank[out + t] = np.inf if lo == 1 else -np.inf
            elif op == UNTIL or op == SINCE or op == UNTIL_FIRST or op == SINCE_LAST:
                way = 1 if op == UNTIL or op == UNTIL_FIRST else -1
                witness(bank, x, y, out, n, lo, hi, way, op >= UNTIL_FIRST, p)
            else:
                sign = -1.0 if op == ALWAYS or op == HISTORICALLY else 1.0
                way = -1 if op >= HISTORICALLY else 1
                window(bank, x, out, work, size, n, lo, hi, sign, way, p)

    return evaluate


def _gather(records: _Records) -> Any:
    nothing, enter, merge, _, _, save, _ = records

    @njit(**_OPTIONS)
    def gather(bank, x, mask, n, p, out):  # type: ignore[no-untyped-def]
        """The record of an `or` over the samples of x where mask (-1: none) is positive."""
        v = nothing
        for t in range(n):
            if mask < 0 or bank[mask + t] > 0:
                v = merge(v, enter(bank[x + t], 1.0, p))
        save(v, bank, out, 1)

    return gather


def _signals(evaluate: Any) -> Any:
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

    return signals


class _Loops(NamedTuple):
    """What kernels and the backend call, of one semantics."""

    evaluate: Any
    gather: Any
    signals: Any
    absorb: Any
    merge: Any
    worth: Any


def _loops(name: str) -> _Loops:
    records = _records(name)
    _, enter, merge, leave, load, save, _ = records
    evaluate = _evaluate(records)

    @njit(**_OPTIONS)
    def absorb(bank, old, x, weight, p, new):  # type: ignore[no-untyped-def]
        save(merge(load(bank, old, 1), enter(x, weight, p)), bank, new, 1)

    @njit(**_OPTIONS)
    def merged(bank, older, newer, new):  # type: ignore[no-untyped-def]
        save(merge(load(bank, older, 1), load(bank, newer, 1)), bank, new, 1)

    @njit(**_OPTIONS)
    def worth(bank, at, p):  # type: ignore[no-untyped-def]
        return leave(load(bank, at, 1), p)

    return _Loops(evaluate, _gather(records), _signals(evaluate), absorb, merged, worth)


LOOPS = {name: _loops(name) for name in GATHERINGS}
