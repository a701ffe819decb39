"""Array rows that move the slots of vectors about: joined, picked, summed up along the way."""

from __future__ import annotations

from typing import Any

from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT, Builtin, Overload, declare

_FAULTS = {"real": "np.nan", "int": "FAULT_INT", "bool": "2"}

_CONCAT = """\
def _concat(a, at, b, bs, out, os, n, m):
    for i in range(n):
        out[os + i] = a[at + i]
    for i in range(m):
        out[os + n + i] = b[bs + i]
"""
_PICK = """\
def _pick_KIND(table, ts, places, ps, out, os, n, m):
    for i in range(m):
        place = places[ps + i]
        if place >= 0 and place < n:
            out[os + i] = table[ts + place]
        else:
            out[os + i] = FAULT
"""
_CUMSUM = """\
def _cumsum(x, xs, out, os, n):
    total = x[xs]
    out[os] = total
    for i in range(1, n):
        total += x[xs + i]
        out[os + i] = total
"""
_CUMSUM_INTS = """\
def _cumsum_ints(x, xs, out, os, n):
    total = x[xs]
    out[os] = total
    for i in range(1, n):
        spoiled = total == FAULT_INT or x[xs + i] == FAULT_INT
        total = FAULT_INT if spoiled else total + x[xs + i]
        out[os + i] = total
"""


def _concat(np: Any, a: Any, b: Any) -> Any:
    lead = np.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    parts = [np.broadcast_to(x, (*lead, x.shape[-1])) for x in (a, b)]
    return np.concatenate(parts, axis=-1)


def _pick(np: Any, table: Any, places: Any) -> Any:
    n = table.shape[-1]
    inside = (places >= 0) & (places < n)
    lead = np.broadcast_shapes(table.shape[:-1], places.shape[:-1])
    table = np.broadcast_to(table, (*lead, n))
    index = np.broadcast_to(np.where(inside, places, 0), (*lead, places.shape[-1]))
    fault = {"i": FAULT_INT, "u": FAULT_BOOL}.get(table.dtype.kind, np.nan)
    return np.where(inside, np.take_along_axis(table, index, -1), fault)


def _cumsum(np: Any, x: Any) -> Any:
    result = x.copy()
    for i in range(1, x.shape[-1]):
        total = result[..., i - 1] + x[..., i]
        if x.dtype.kind == "i":
            spoiled = (result[..., i - 1] == FAULT_INT) | (x[..., i] == FAULT_INT)
            total = np.where(spoiled, FAULT_INT, total)
        result[..., i] = total
    return result


def _concats(kind: str) -> Overload:
    unit = "<'u>" if kind == "real" else ""
    signature = f"concat(a: {kind}{unit}, b: {kind}{unit}) -> {kind}{unit}"
    return Overload(
        signature, numpy=_concat, numba=_CONCAT, torch="arrays.concat", core="(n),(m)->(n+m)"
    )


def _picks(kind: str) -> Overload:
    unit = "<'u>" if kind == "real" else ""
    return Overload(
        f"pick(table: {kind}{unit}, places: int) -> {kind}{unit}",
        numpy=_pick,
        numba=_PICK.replace("KIND", kind).replace("FAULT\n", f"{_FAULTS[kind]}\n"),
        torch="arrays.pick",
        core="(n),(m)->(m)",
    )


_KINDS = ("real", "int", "bool")

declare(
    Builtin(
        "concat",
        "array",
        "Vectors one after the other, as one.",
        tuple(_concats(kind) for kind in _KINDS),
        (("concat([1, 2], [3])[2]", "3"),),
        written="concat(a: any<'u>, b: any<'u>..) -> any<'u>",
    ),
    Builtin(
        "pick",
        "array",
        "The slots of a table at a vector of places along one axis; a fault where there is none.",
        tuple(_picks(kind) for kind in _KINDS),
        (("pick([10, 20, 30], [2, 0])[0]", "30"), ("valid(pick([1.5], [1])[0])", "false")),
        written="pick(table: any<'u>, places: int over axis) -> any<'u>",
    ),
    Builtin(
        "cumsum",
        "array",
        "The sums so far along a vector, left to right.",
        (
            Overload(
                "cumsum(x: real<'u>) -> real<'u>",
                numpy=_cumsum,
                numba=_CUMSUM,
                torch="arrays.cumsum",
                core="(n)->(n)",
            ),
            Overload(
                "cumsum(x: int) -> int",
                numpy=_cumsum,
                numba=_CUMSUM_INTS,
                torch="arrays.cumsum",
                core="(n)->(n)",
            ),
        ),
        (("cumsum([1, 2, 3])[2]", "6"),),
        written="cumsum(x: any<'u> over axis where mask) -> any<'u>",
    ),
)
