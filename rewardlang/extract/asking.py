"""Asking one function of the host: in batches, with a time limit, from the cache where it may.

Whatever the function does, the loop goes on: what it raises, a reply that does not come in time,
has another shape or leaves its range, is a fault of the rows it was asked for.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.plan import HostArgument, PlanHost

Array = NDArray[Any]

MOST_KEPT = 100_000  # replies in a cache
_FAULT = {"real": np.nan, "int": np.iinfo(np.int64).min, "bool": 2}
_ACCEPTED = {"real": "fiu", "int": "iu", "bool": "b"}


@dataclass(frozen=True)
class HostFailure:
    """Why a row has no reply: a code of the family `hosts`, and what its message needs."""

    code: str
    detail: str


Failures = dict[int, dict[int, HostFailure]]  # by input of a plan, then by row


@dataclass
class HostReport:
    """What one call of a program asked of a function of the host.

    `calls` of the function, `rows` it was asked for, `cached` replies that took no call, `failed`
    rows without a reply that counts, `seconds` spent waiting.
    """

    calls: int = 0
    rows: int = 0
    cached: int = 0
    failed: int = 0
    seconds: float = 0.0


@dataclass
class Replies:
    """For all rows of a call: the values in base units, faults where nothing was asked."""

    values: Array
    failures: dict[int, HostFailure] = field(default_factory=dict)


class Host:
    """One function with its declaration, its cache, and what it did so far."""

    def __init__(self, declared: PlanHost, function: Callable[..., Any]) -> None:
        self.declared = declared
        self.total = HostReport()
        self._function = function
        self._kept: OrderedDict[bytes, Array] = OrderedDict()

    def ask(
        self, arguments: Sequence[Array], rows: Array, size: int, dtype: np.dtype[Any]
    ) -> tuple[Replies, HostReport]:
        """The replies for these rows of `arguments`, laid out among `size` rows."""
        declared = self.declared
        values = np.full((size, *declared.shape), _FAULT[declared.kind], _type(declared, dtype))
        replies, report = Replies(values), HostReport()
        keys: dict[int, bytes] = self._keys(arguments, rows) if declared.cached else {}
        left = self._from_cache(keys, rows, values, report) if declared.cached else rows
        first: dict[bytes, int] = {}
        if declared.cached:  # the same question twice in a call is one question
            left = np.array([r for r in left if first.setdefault(keys[r], int(r)) == r], np.int64)
        step = declared.batch or max(len(left), 1)
        for start in range(0, len(left), step):
            self._batch(arguments, left[start : start + step], replies, report)
        if declared.cached:
            self._keep(keys, left, replies)
            self._share(keys, first, rows, replies)
        report.failed = len(replies.failures)
        for name in ("calls", "rows", "cached", "failed", "seconds"):
            setattr(self.total, name, getattr(self.total, name) + getattr(report, name))
        return replies, report

    # ---- one batch --------------------------------------------------------------------------

    def _batch(
        self, arguments: Sequence[Array], rows: Array, replies: Replies, report: HostReport
    ) -> None:
        given = [
            _shown(argument, column[rows])
            for argument, column in zip(self.declared.arguments, arguments, strict=True)
        ]
        failure: HostFailure | None = None
        for _ in range(1 + self.declared.retries):
            began = perf_counter()
            reply, failure = self._call(given)
            report.seconds += perf_counter() - began
            report.calls += 1
            if failure is None:
                break
        report.rows += len(rows)
        if failure is None:
            read = self._read(reply, len(rows))
            if not isinstance(read, HostFailure):
                self._place(read, rows, replies)
                return
            failure = read
        replies.failures.update(dict.fromkeys(rows.tolist(), failure))

    def _call(self, given: list[Array]) -> tuple[Any, HostFailure | None]:
        """The function in a thread of its own, so that one that hangs does not hang the loop."""
        found: list[Any] = []

        def run() -> None:
            try:
                found.append((self._function(*given), None))
            except BaseException as error:  # noqa: BLE001 - it is not ours to choose what it raises
                text = f"{type(error).__name__}: {error}".rstrip(": ")
                found.append((None, HostFailure("RW521", text.splitlines()[0])))

        thread = threading.Thread(target=run, daemon=True, name=f"extern {self.declared.name}")
        thread.start()
        thread.join(self.declared.timeout)
        if not found:
            return None, HostFailure("RW522", f"{self.declared.timeout:g} s")
        reply, failure = found[0]
        return reply, failure

    def _read(self, reply: Any, count: int) -> Array | HostFailure:
        """The reply as an array of the declared kind, in base units."""
        declared, wanted = self.declared, (count, *self.declared.shape)
        try:
            array = np.asarray(reply)
        except Exception as error:  # what it gave is not an array
            return HostFailure("RW523", f"{type(reply).__name__}: {error}")
        if declared.members and array.dtype.kind in "UO":
            array = _codes(declared, array)
        if array.shape != wanted or array.dtype.kind not in _ACCEPTED[declared.kind]:
            shape = "[" + ", ".join(map(str, array.shape)) + "]"
            expected = "[" + ", ".join(map(str, wanted)) + "]"
            return HostFailure("RW523", f"{array.dtype}{shape}, not {declared.kind}{expected}")
        return array * declared.scale if declared.kind == "real" else array

    def _place(self, read: Array, rows: Array, replies: Replies) -> None:
        declared = self.declared
        replies.values[rows] = read
        flat = read.reshape(len(rows), -1).astype(np.float64)
        lo, hi = (0, len(declared.members) - 1) if declared.members else (declared.lo, declared.hi)
        finite = ~np.isnan(flat)
        outside = finite & ((flat < lo) | (flat > hi))
        for n in np.flatnonzero((outside | ~finite).any(axis=1)).tolist():
            bad = outside[n]
            if bad.any():
                value = flat[n][bad][0] / declared.scale
                text = f"{value:g}, not {lo / declared.scale:g} .. {hi / declared.scale:g}"
                replies.failures[int(rows[n])] = HostFailure("RW524", text)
            else:
                replies.failures[int(rows[n])] = HostFailure("RW524", "nan")
            replies.values[rows[n]] = _FAULT[declared.kind]

    # ---- the cache --------------------------------------------------------------------------

    def _keys(self, arguments: Sequence[Array], rows: Array) -> dict[int, bytes]:
        return {r: b"".join(a[r].tobytes() for a in arguments) for r in rows.tolist()}

    def _from_cache(
        self, keys: dict[int, bytes], rows: Array, values: Array, report: HostReport
    ) -> Array:
        """Fill in what is known; returns the rows that are left."""
        left = []
        for row in rows.tolist():
            known = self._kept.get(keys[row])
            if known is None:
                left.append(row)
                continue
            self._kept.move_to_end(keys[row])
            values[row] = known
            report.cached += 1
        return np.array(left, np.int64)

    def _keep(self, keys: dict[int, bytes], rows: Array, replies: Replies) -> None:
        for row in rows.tolist():
            if row not in replies.failures:
                self._kept[keys[row]] = replies.values[row].copy()
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def _share(
        self, keys: dict[int, bytes], first: dict[bytes, int], rows: Array, replies: Replies
    ) -> None:
        """Rows that asked what another row of the call asked get its reply."""
        for row in rows.tolist():
            source = first.get(keys[row], row)
            if source != row:
                replies.values[row] = replies.values[source]
                if source in replies.failures:
                    replies.failures[row] = replies.failures[source]


def _type(declared: PlanHost, dtype: np.dtype[Any]) -> np.dtype[Any]:
    return {"real": dtype, "int": np.dtype(np.int64), "bool": np.dtype(np.uint8)}[declared.kind]


def _shown(argument: HostArgument, column: Array) -> Array:
    """A column as the function knows it: its own unit, members by name, bools as bools."""
    if argument.members:
        members = np.asarray(argument.members)
        return np.asarray(members[np.clip(column, 0, len(members) - 1)])
    if argument.kind == "bool":
        return np.asarray(column == 1)
    if argument.kind == "real" and argument.scale != 1:
        return np.asarray(column / argument.scale)
    return column


def _codes(declared: PlanHost, array: Array) -> Array:
    codes = np.full(array.shape, -1, np.int64)
    for code, member in enumerate(declared.members):
        codes[array == member] = code
    return codes
