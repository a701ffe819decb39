"""Folds over the episodes of a group, or of all that one call brings: done between two kernels.

In float64 and rounded once; a fault of what is folded is a fault of the fold. Episodes of one
group need not stand side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlang.plan import Pooled
from rewardlang.runtime.kernel import Array

_FAULT_INT = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Span:
    """Which rows are whose: `episode` [rows] (-1 for padding), the `last` row of each episode, and
    the `group` [episodes] it belongs to, counted from 0."""

    episode: Array
    last: Array
    group: Array
    groups: int


def pooled(
    what: Pooled,
    x: Array,
    mask: Array | None,
    kind: str,
    span: Span,
    faults_count: bool = True,
) -> Array:
    """One value for each episode, [episodes, *shape]. `x` and `mask` have one row a transition.

    Without `faults_count`, what is a fault is left out.
    """
    if what.fold == "last":
        return as_numbers(x[span.last], kind)
    if what.of == "step":
        counted = span.episode >= 0
        owner = span.episode[counted]
    else:
        counted, owner = span.last, np.arange(len(span.last))
        if what.of == "group":  # one value a group: that of its first episode
            _, firsts = np.unique(span.group, return_index=True)
            counted, owner = counted[firsts], firsts
    bucket = span.group[owner] if what.scope == "group" else np.zeros(len(owner), np.int64)
    buckets = span.groups if what.scope == "group" else 1
    own = span.group if what.scope == "group" else np.zeros(len(span.last), np.int64)
    values = as_numbers(x[counted], kind)
    chosen = np.ones(values.shape, bool) if mask is None else mask[counted] == 1
    unknown = np.zeros(values.shape, bool) if mask is None else mask[counted] == 2
    values = np.where(unknown, np.nan, values)
    chosen |= unknown
    if not faults_count:
        chosen &= ~np.isnan(values)
    if not what.excluding_self:
        folded = _by_bucket(what, values, chosen, bucket, buckets)
        return np.asarray(folded[own])
    found = []
    for episode, number in enumerate(own.tolist()):
        others = (bucket == number) & (owner != episode)
        one = _fold(what, values[others], chosen[others])
        found.append(one)
    return np.array(found)


def as_numbers(x: Array, kind: str) -> Array:
    """In float64, faults as NaN."""
    if kind == "real":
        return np.asarray(x, np.float64)
    numbers = x.astype(np.float64)
    if kind == "int":
        numbers[x == _FAULT_INT] = np.nan
    elif kind == "bool":
        numbers[x == 2] = np.nan
    return numbers


def as_kind(x: Array, kind: str, dtype: np.dtype[Any]) -> Array:
    """Back to what a kernel reads."""
    if kind == "real":
        return x.astype(dtype, copy=False)
    faults = np.isnan(x)
    whole = np.where(faults, 0, x).astype(np.int64)
    if kind == "int":
        return np.where(faults, _FAULT_INT, whole)
    return np.where(faults, 2, whole).astype(np.uint8)


def _by_bucket(what: Pooled, x: Array, chosen: Array, bucket: Array, buckets: int) -> Array:
    if buckets == 1:
        return _fold(what, x, chosen)[None]
    order = np.argsort(bucket, kind="stable")
    ends = np.searchsorted(bucket[order], np.arange(1, buckets))
    parts = zip(np.split(x[order], ends), np.split(chosen[order], ends), strict=True)
    return np.array([_fold(what, part, kept) for part, kept in parts])


def _fold(what: Pooled, x: Array, chosen: Array) -> Array:
    """Over the first axis. NaN where there is nothing and the fold has no value for that."""
    n = chosen.sum(axis=0).astype(np.float64)
    with np.errstate(all="ignore"):
        if what.fold == "size":
            return np.asarray(n)
        if what.fold in ("sum", "count"):
            return np.asarray(np.where(chosen, x, 0.0).sum(axis=0))
        if what.fold in ("any", "all"):
            return _vote(what.fold, x, chosen)
        if what.fold in ("min", "max"):
            edge = np.inf if what.fold == "min" else -np.inf
            reduce = np.minimum.reduce if what.fold == "min" else np.maximum.reduce
            found = reduce(np.where(chosen, x, edge), axis=0, initial=edge)
            return np.asarray(np.where(n > 0, found, np.nan))
        mean = np.where(chosen, x, 0.0).sum(axis=0) / n
        if what.fold == "mean":
            return np.asarray(np.where(n > 0, mean, np.nan))
        squares = np.where(chosen, (x - mean) ** 2, 0.0).sum(axis=0)
        free = n - what.ddof
        var = np.where(free > 0, squares / free, np.nan)
        return np.asarray(np.sqrt(var) if what.fold == "std" else var)


def _vote(fold: str, x: Array, chosen: Array) -> Array:
    wanted = fold == "any"
    faults = (chosen & np.isnan(x)).any(axis=0)
    said = (chosen & (x == wanted)).any(axis=0)
    return np.where(faults, np.nan, said if wanted else ~said)


def each_alone(rows: int) -> Span:
    """Online: each row is an environment, and all are one batch."""
    own = np.arange(rows)
    return Span(own, own, np.zeros(rows, np.int64), 1)
