"""Order statistics: array rows over a vector and a mask of what counts in it.

A fault among what counts, or in the mask, is the result. Where nothing counts there is no result:
a fault, which the caller replaces by its `else`. They cost O(n log n).
"""

from __future__ import annotations

from typing import Any

from rewardlang.builtins.table import FAULT_INT, Builtin, Overload, declare

_SIFT = """\
def _sift(x, at, root, n):
    value = x[at + root]
    child = 2 * root + 1
    while child < n:
        if child + 1 < n and x[at + child + 1] > x[at + child]:
            child += 1
        if x[at + child] <= value:
            break
        x[at + root] = x[at + child]
        root = child
        child = 2 * root + 1
    x[at + root] = value
"""
# Heap sort: in place, and never slow.
_ASCEND = """\
def _ascend(x, at, n):
    for start in range(n // 2 - 1, -1, -1):
        _sift(x, at, start, n)
    for end in range(n - 1, 0, -1):
        last = x[at + end]
        x[at + end] = x[at]
        x[at] = last
        _sift(x, at, 0, end)
"""
_COUNTED = """\
def _counted(x, xs, mask, ms, out, os, n):  # copies what counts; -1 where there is a fault
    count = 0
    for i in range(n):
        if mask[ms + i] != 0:
            value = x[xs + i]
            if mask[ms + i] == 2 or value != value or value == FAULT_INT:
                return -1
            out[os + count] = value
            count += 1
    return count
"""
# A real may be -2^63, which is what a fault is among ints.
_COUNTED_REALS = _COUNTED.replace("_counted", "_counted_reals").replace(
    " or value == FAULT_INT", ""
)
_PLACED = (_SIFT, _ASCEND, _COUNTED_REALS)

_SORT = """\
def _sort(x, xs, mask, ms, rest, out, os, n):
    count = _counted_reals(x, xs, mask, ms, out, os, n)
    for i in range(max(count, 0), n):
        out[os + i] = np.nan if count < 0 else rest
    _ascend(out, os, count)
"""
_SORT_INTS = """\
def _sort_ints(x, xs, mask, ms, rest, out, os, n):
    count = _counted(x, xs, mask, ms, out, os, n)
    for i in range(max(count, 0), n):
        out[os + i] = FAULT_INT if count < 0 else rest
    _ascend(out, os, count)
"""


def _spoiled(np: Any, x: Any, mask: Any) -> Any:
    """Where a fault counts, for each vector."""
    fault = (x == FAULT_INT) if x.dtype.kind == "i" else (x != x)
    return ((mask == 2) | ((mask != 0) & fault)).any(axis=-1, keepdims=True)


def _sort(np: Any, x: Any, mask: Any, rest: Any) -> Any:
    ints = x.dtype.kind == "i"
    last = np.where(mask != 0, x, np.iinfo(np.int64).max if ints else np.nan)
    counted = np.broadcast_to(mask != 0, last.shape).sum(axis=-1, keepdims=True)
    here = np.arange(x.shape[-1]) < counted
    filled = np.where(here, np.sort(last, axis=-1), np.asarray(rest)[..., None])
    return np.where(_spoiled(np, x, mask), FAULT_INT if ints else np.nan, filled)


# Operand `ties` is the place in this.
TIES = ("average", "min", "dense", "first")

_RANK = """\
def _rank(x, xs, mask, ms, ties, out, os, work, ws, seen, ss, n):
    count = _counted_reals(x, xs, mask, ms, work, ws, n)
    if count > 0:
        _ascend(work, ws, count)
    distinct = 0
    for i in range(count):
        if i == 0 or work[ws + i] != work[ws + i - 1]:
            distinct += 1
        seen[ss + i] = distinct if ties == 2 else 0
    for i in range(n):
        out[os + i] = np.nan
        if count < 0 or mask[ms + i] == 0:
            continue
        value = x[xs + i]
        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            if work[ws + middle] < value:
                low = middle + 1
            else:
                high = middle
        if ties == 1:
            out[os + i] = low + 1
        elif ties == 2:
            out[os + i] = seen[ss + low]
        elif ties == 3:
            out[os + i] = low + 1 + seen[ss + low]
            seen[ss + low] += 1
        else:
            first, high = low, count
            while low < high:
                middle = (low + high) // 2
                if work[ws + middle] <= value:
                    low = middle + 1
                else:
                    high = middle
            out[os + i] = (first + 1 + low) * 0.5
"""


def _rank(np: Any, x: Any, mask: Any, ties: Any) -> Any:
    x, mask = np.broadcast_arrays(x, mask)
    n = x.shape[-1]
    order = np.argsort(np.where(mask != 0, x, np.nan), axis=-1, kind="stable")  # NaN is last
    ascending = np.take_along_axis(x, order, -1)
    new = np.ones(x.shape, bool)
    new[..., 1:] = ascending[..., 1:] != ascending[..., :-1]
    # what does not count comes after: its value must not join the last run
    counted = np.take_along_axis(mask != 0, order, -1)
    new[..., 1:] |= counted[..., 1:] != counted[..., :-1]
    place = np.broadcast_to(np.arange(n), x.shape)
    first = np.maximum.accumulate(np.where(new, place, 0), axis=-1)
    ends = np.concatenate([new[..., 1:], np.ones((*x.shape[:-1], 1), bool)], axis=-1)
    backwards = np.where(ends, place, n)[..., ::-1]
    last = np.minimum.accumulate(backwards, axis=-1)[..., ::-1]
    ways = ((first + last + 2) * 0.5, first + 1.0, np.cumsum(new, axis=-1) + 0.0, place + 1.0)
    ties = np.asarray(ties)[..., None]
    ranks = np.where(ties == 1, ways[1], np.where(ties == 2, ways[2], ways[0]))
    ranks = np.where(ties == 3, ways[3], ranks)
    result = np.empty(np.broadcast_shapes(x.shape, ranks.shape))
    np.put_along_axis(result, np.broadcast_to(order, result.shape), ranks, -1)
    return np.where(_spoiled(np, x, mask) | (mask == 0), np.nan, result)


_QUANTILE = """\
def _quantile(x, xs, mask, ms, q, work, ws, n):
    count = _counted_reals(x, xs, mask, ms, work, ws, n)
    if count <= 0 or not (q >= 0 and q <= 1):
        return np.nan
    _ascend(work, ws, count)
    place = np.float64(q) * (count - 1)
    low = int(math.floor(place))
    part = place - low
    a = np.float64(work[ws + low])
    if part == 0:
        return a
    b = np.float64(work[ws + low + 1])
    if a == b:
        return a
    if part < 0.5:
        return a + (b - a) * part
    return b - (b - a) * (1.0 - part)
"""


def _quantile(np: Any, x: Any, mask: Any, q: Any) -> Any:
    ascending = np.sort(np.where(mask != 0, x, np.nan), axis=-1).astype(np.float64)
    count = (np.broadcast_to(mask, ascending.shape) != 0).sum(axis=-1)
    outside = (count == 0) | ~((q >= 0) & (q <= 1)) | _spoiled(np, x, mask)[..., 0]
    place = np.where(outside, 0, np.asarray(q).astype(np.float64) * (count - 1))
    low = np.floor(place).astype(np.int64)
    part = place - low
    pick = np.broadcast_to(ascending, (*place.shape, ascending.shape[-1]))
    a = np.take_along_axis(pick, low[..., None], -1)[..., 0]
    above = np.minimum(low + 1, ascending.shape[-1] - 1)
    b = np.take_along_axis(pick, above[..., None], -1)[..., 0]
    between = np.where(part < 0.5, a + (b - a) * part, b - (b - a) * (1.0 - part))
    return np.where(outside, np.nan, np.where((part == 0) | (a == b), a, between))


_ARG = """\
def _argLEAST_KIND(x, xs, mask, ms, n):
    best = -1
    for i in range(n):
        if mask[ms + i] != 0:
            value = x[xs + i]
            if mask[ms + i] == 2 or value != value or value == FAULT:
                return FAULT_INT
            if best < 0 or value < x[xs + best]:
                best = i
    return FAULT_INT if best < 0 else best
"""


def _arg_text(name: str, kind: str) -> str:
    text = _ARG.replace("argLEAST", name).replace("KIND", kind)
    text = text.replace(" or value == FAULT:", " or value == FAULT_INT:" if kind == "int" else ":")
    return text if name == "argmin" else text.replace("value < x", "value > x")


def _arg(least: bool) -> Any:
    def found(np: Any, x: Any, mask: Any) -> Any:
        if x.dtype.kind == "i":
            ends = np.iinfo(np.int64)
            far = ends.max if least else ends.min
        else:
            far = np.inf if least else -np.inf
        counted = np.where(mask != 0, x, far)
        best = (counted.min if least else counted.max)(axis=-1, keepdims=True)
        place = np.argmax((counted == best) & (mask != 0), axis=-1)
        none = ~np.broadcast_to(mask != 0, counted.shape).any(axis=-1)
        return np.where(none | _spoiled(np, x, mask)[..., 0], FAULT_INT, place)

    return found


def _arg_row(name: str, doc: str, example: tuple[str, str]) -> Builtin:
    return Builtin(
        name,
        "array",
        doc,
        tuple(
            Overload(
                f"{name}(x: {kind}{unit}, counts: bool) -> int",
                numpy=_arg(name == "argmin"),
                numba=_arg_text(name, kind),
                torch=f"arrays.{name}",
                core="(n),(n)->()",
            )
            for kind, unit in (("real", "<'u>"), ("int", ""))
        ),
        (example,),
        written=f"{name}(x: real<'u> over axis where mask else value) -> int",
    )


_MEDIAN = """\
def _median(x, xs, mask, ms, work, ws, n):
    count = _counted_reals(x, xs, mask, ms, work, ws, n)
    if count <= 0:
        return np.nan
    _ascend(work, ws, count)
    a, b = np.float64(work[ws + (count - 1) // 2]), np.float64(work[ws + count // 2])
    if a == b:
        return a
    return a * 0.5 + b * 0.5
"""


def _median(np: Any, x: Any, mask: Any) -> Any:
    ascending = np.sort(np.where(mask != 0, x, np.nan), axis=-1).astype(np.float64)
    count = (np.broadcast_to(mask, ascending.shape) != 0).sum(axis=-1)
    outside = (count == 0) | _spoiled(np, x, mask)[..., 0]
    middles = (np.maximum(count - 1, 0) // 2, np.minimum(count // 2, x.shape[-1] - 1))
    a, b = (np.take_along_axis(ascending, m[..., None], -1)[..., 0] for m in middles)
    return np.where(outside, np.nan, np.where(a == b, a, a * 0.5 + b * 0.5))


declare(
    _arg_row(
        "argmin",
        "The place of the least slot, from 0; of equals the first. In a window 0 is the oldest.",
        ("argmin([3, 1, 1])", "1"),
    ),
    _arg_row(
        "argmax",
        "The place of the largest slot, from 0; of equals the first. In a window 0 is the oldest.",
        ("argmax([1, 3, 3])", "1"),
    ),
    Builtin(
        "sort",
        "array",
        "What counts of a vector, in ascending order. With `where`, `else` fills the places left.",
        (
            Overload(
                "sort(x: real<'u>, counts: bool, rest: real<'u>) -> real<'u>",
                numpy=_sort,
                numba=_SORT,
                torch="arrays.sort",
                core="(n),(n),()->(n)",
                helpers=_PLACED,
            ),
            Overload(
                "sort(x: int, counts: bool, rest: int) -> int",
                numpy=_sort,
                numba=_SORT_INTS,
                torch="arrays.sort",
                core="(n),(n),()->(n)",
                helpers=(_SIFT, _ASCEND, _COUNTED),
            ),
        ),
        (("sort([3, 1, 2])[0]", "1"), ("sort([3, 1, 2] where [true, false, true] else 9)[2]", "9")),
        written="sort(x: real<'u> over axis where mask else value) -> real<'u>",
    ),
    Builtin(
        "rank",
        "array",
        "The place of each slot in ascending order, from 1; equal ones share the mean of theirs."
        " `ties: min` gives all the least, `dense` leaves no gaps, `first` goes by their order."
        " Over a window, the rank of the newest sample.",
        (
            Overload(
                "rank(x: real<'u>, counts: bool, ties: int) -> real",
                numpy=_rank,
                numba=_RANK,
                torch="arrays.rank",
                core="(n),(n),()->(n)",
                work="(n),(n)",
                helpers=_PLACED,
            ),
        ),
        (("rank([10, 30, 10])[2]", "1.5"), ("rank([10, 30, 10], ties: dense)[1]", "2.0")),
        written="rank(x: real<'u> over axis where mask, ties: any = average else value) -> real",
    ),
    Builtin(
        "quantile",
        "array",
        "The value below which a share q of the others lies, between two neighbours in proportion.",
        (
            Overload(
                "quantile(x: real<'u>, counts: bool, q: real) -> real<'u>",
                numpy=_quantile,
                numba=_QUANTILE,
                torch="arrays.quantile",
                core="(n),(n),()->()",
                work="(n)",
                helpers=_PLACED,
            ),
        ),
        (("quantile([1, 2, 3, 4, 5], 0.25)", "2.0"), ("quantile([1, 2], q: 0.75)", "1.75")),
        written="quantile(x: real<'u>, q: real over axis where mask else value) -> real<'u>",
    ),
    Builtin(
        "median",
        "array",
        "The middle of the values in order; the mean of the two middles where there are two.",
        (
            Overload(
                "median(x: real<'u>, counts: bool) -> real<'u>",
                numpy=_median,
                numba=_MEDIAN,
                torch="arrays.median",
                core="(n),(n)->()",
                work="(n)",
                helpers=_PLACED,
            ),
        ),
        (("median([5, 1, 2])", "2.0"), ("median([4, 1, 2, 3])", "2.5")),
        written="median(x: real<'u> over axis where mask else value) -> real<'u>",
    ),
)
