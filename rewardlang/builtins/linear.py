"""Linear equations: array rows by elimination with partial pivoting, in the program's float type.

The pivot of a column is its largest entry in size, the first of equals. A table is singular where a
pivot is lost in rounding beside the entries that its column had: where adding it to 4 n times the
largest changes nothing. A singular table has no solution and no inverse, which is a fault; its
determinant is what the elimination gives. An entry that is not finite is a fault.
"""

from __future__ import annotations

from typing import Any

from rewardlang.builtins.table import Builtin, Overload, declare

_LIMITS = """\
def _limits(a, at, n, limit, ls):  # what a pivot must show beside, column by column
    for j in range(n):
        top = abs(a[at + j])
        for i in range(n):
            size = abs(a[at + i * n + j])
            if not math.isfinite(size):
                return False
            if size > top:
                top = size
        four = top + top + (top + top)
        limit[ls + j] = four
        for _ in range(n - 1):
            limit[ls + j] += four
    return True
"""
_PIVOT = """\
def _pivot(a, at, n, k):  # the row to divide by; puts it at its place
    best = k
    for i in range(k + 1, n):
        size, most = abs(a[at + i * n + k]), abs(a[at + best * n + k])
        if size > most or (size != size and most == most):
            best = i
    if best != k:
        for j in range(n):
            kept = a[at + k * n + j]
            a[at + k * n + j] = a[at + best * n + j]
            a[at + best * n + j] = kept
    return best
"""
_ELIMINATE = """\
def _eliminate(a, at, n, b, bs, m, limit, ls):  # a x = b for m right sides; b becomes x
    for k in range(n):
        best = _pivot(a, at, n, k)
        pivot = a[at + k * n + k]
        if limit[ls + k] + pivot == limit[ls + k]:
            return False
        for j in range(m):
            kept = b[bs + k * m + j]
            b[bs + k * m + j] = b[bs + best * m + j]
            b[bs + best * m + j] = kept
        for i in range(k + 1, n):
            share = a[at + i * n + k] / pivot
            for j in range(k + 1, n):
                a[at + i * n + j] -= share * a[at + k * n + j]
            for j in range(m):
                b[bs + i * m + j] -= share * b[bs + k * m + j]
    for k in range(n - 1, -1, -1):
        for j in range(m):
            for i in range(k + 1, n):
                b[bs + k * m + j] -= a[at + k * n + i] * b[bs + i * m + j]
            b[bs + k * m + j] /= a[at + k * n + k]
    return True
"""
_SOLVE = """\
def _solve(a, at, b, bs, out, os, work, ws, limit, ls, n):
    fit = _limits(a, at, n, limit, ls)
    for i in range(n * n):
        work[ws + i] = a[at + i]
    for i in range(n):
        out[os + i] = b[bs + i]
        fit = fit and math.isfinite(b[bs + i])
    if not fit or not _eliminate(work, ws, n, out, os, 1, limit, ls):
        for i in range(n):
            out[os + i] = np.nan
"""
_INVERSE = """\
def _inverse(a, at, out, os, work, ws, limit, ls, n):
    fit = _limits(a, at, n, limit, ls)
    for i in range(n * n):
        work[ws + i] = a[at + i]
        out[os + i] = 0
    for i in range(n):
        out[os + i * n + i] = 1
    if not fit or not _eliminate(work, ws, n, out, os, n, limit, ls):
        for i in range(n * n):
            out[os + i] = np.nan
"""
_DET = """\
def _det(a, at, work, ws, product, ps, n):
    for i in range(n * n):
        if not math.isfinite(a[at + i]):
            return a[at + i] - a[at + i]
        work[ws + i] = a[at + i]
    product[ps] = 1
    for k in range(n):
        best = _pivot(work, ws, n, k)
        pivot = work[ws + k * n + k]
        if pivot == 0:
            return pivot
        product[ps] *= -pivot if best != k else pivot
        for i in range(k + 1, n):
            share = work[ws + i * n + k] / pivot
            for j in range(k + 1, n):
                work[ws + i * n + j] -= share * work[ws + k * n + j]
    return product[ps]
"""


def _limits(np: Any, a: Any) -> Any:
    top = np.abs(a).max(axis=-2)
    four = top + top + (top + top)
    limit = four
    for _ in range(a.shape[-1] - 1):
        limit = limit + four
    return limit


def _exchange(np: Any, x: Any, k: int, best: Any) -> Any:
    """Rows k and `best` of each table change places."""
    n = x.shape[-2]
    order = np.broadcast_to(np.arange(n), (*best.shape, n)).copy()
    np.put_along_axis(order, best[..., None], k, -1)
    order[..., k] = best
    return np.take_along_axis(x, order[..., None], -2)


def _reduced(np: Any, a: Any, b: Any) -> tuple[Any, Any, Any, Any]:
    """Both eliminated, whether some pivot was lost, and how often rows changed places."""
    limit = _limits(np, a)
    lost = np.zeros(a.shape[:-2], bool)
    changed = np.zeros(a.shape[:-2], np.int64)
    for k in range(a.shape[-1]):
        best = np.argmax(np.abs(a[..., k:, k]), axis=-1) + k
        changed = changed + (best != k)
        a, b = _exchange(np, a, k, best), _exchange(np, b, k, best)
        pivot = a[..., k, k]
        lost = lost | (limit[..., k] + pivot == limit[..., k])
        share = a[..., k + 1 :, k] / pivot[..., None]
        a[..., k + 1 :, k + 1 :] -= share[..., None] * a[..., None, k, k + 1 :]
        b[..., k + 1 :, :] -= share[..., None] * b[..., None, k, :]
    return a, b, lost, changed


def _solved(np: Any, a: Any, b: Any) -> Any:
    """x of a x = b, for tables b; NaN where there is none."""
    fit = np.isfinite(a).all(axis=(-1, -2)) & np.isfinite(b).all(axis=(-1, -2))
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = np.broadcast_to(a, (*lead, *a.shape[-2:])).copy()
    b = np.broadcast_to(b, (*lead, *b.shape[-2:])).copy()
    a, b, lost, _ = _reduced(np, a, b)
    n = a.shape[-1]
    for k in range(n - 1, -1, -1):
        for i in range(k + 1, n):
            b[..., k, :] -= a[..., k, i, None] * b[..., i, :]
        b[..., k, :] /= a[..., k, k, None]
    return np.where((fit & ~lost)[..., None, None], b, np.nan)


def _solve(np: Any, a: Any, b: Any) -> Any:
    return _solved(np, a, b[..., None])[..., 0]


def _inverse(np: Any, a: Any) -> Any:
    return _solved(np, a, np.eye(a.shape[-1], dtype=a.dtype))


def _det(np: Any, a: Any) -> Any:
    fit = np.isfinite(a).all(axis=(-1, -2))
    n = a.shape[-1]
    result = np.ones(a.shape[:-2], a.dtype)
    done = np.zeros(a.shape[:-2], bool)  # a column without a pivot: 0, whatever comes after
    a = a.copy()
    for k in range(n):
        best = np.argmax(np.abs(a[..., k:, k]), axis=-1) + k
        a = _exchange(np, a, k, best)
        pivot = a[..., k, k]
        done = done | (pivot == 0)
        result = result * np.where(best != k, -pivot, pivot)
        share = a[..., k + 1 :, k] / pivot[..., None]
        a[..., k + 1 :, k + 1 :] -= share[..., None] * a[..., None, k, k + 1 :]
    return np.where(fit, np.where(done, 0, result), np.nan)


_HELPERS = (_LIMITS, _PIVOT, _ELIMINATE)

declare(
    Builtin(
        "solve",
        "array",
        "The vector x with `A @ x == b`, by elimination with partial pivoting; a fault where A is"
        " singular.",
        (
            Overload(
                "solve(A: real<'u>, b: real<'v>) -> real<'v/'u>",
                numpy=_solve,
                numba=_SOLVE,
                torch="arrays.solve",
                core="(n,n),(n)->(n)",
                work="(n,n),(n)",
                helpers=_HELPERS,
            ),
        ),
        (
            ("solve([[2, 0], [0, 4]], [2, 2])[1]", "0.5"),
            ("valid(solve([[1, 2], [2, 4]], [1, 1])[0])", "false"),
        ),
        written="solve(A: real<'u>, b: real<'v>) -> real<'v/'u>",
    ),
    Builtin(
        "inverse",
        "array",
        "The inverse of a square table; a fault where it is singular.",
        (
            Overload(
                "inverse(A: real<'u>) -> real<'u^-1>",
                numpy=_inverse,
                numba=_INVERSE,
                torch="arrays.inverse",
                core="(n,n)->(n,n)",
                work="(n,n),(n)",
                helpers=_HELPERS,
            ),
        ),
        (("inverse([[2, 0], [0, 4]])[1, 1]", "0.25"),),
        written="inverse(A: real<'u>) -> real<'u^-1>",
    ),
    Builtin(
        "det",
        "array",
        "The determinant of a square table.",
        (
            Overload(
                "det(A: real) -> real",
                numpy=_det,
                numba=_DET,
                torch="arrays.det",
                core="(n,n)->()",
                work="(n,n),()",
                helpers=(_PIVOT,),
            ),
        ),
        (("det([[2, 1], [1, 4]])", "7.0"), ("det([[1, 2], [2, 4]])", "0.0")),
        written="det(A: real) -> real",
    ),
)
