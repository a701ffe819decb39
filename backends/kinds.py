"""How each kind of value lies in an array, what its fault is, and how folds combine it.

kind   array dtype                fault
real   the program's float type   NaN
wide   float64                    NaN
int    int64                      FAULT_INT
bool   uint8 (int64 in a state)   2
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.builtins.records import RECORDS
from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT

Array = NDArray[Any]

FAULT: dict[str, Any] = {
    "real": np.nan,
    "wide": np.nan,
    "int": np.int64(FAULT_INT),
    "bool": np.uint8(FAULT_BOOL),
}


def dtype_of(kind: str, real: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of an array of this kind, where reals are of type `real`."""
    if kind == "real":
        return real
    return np.dtype({"wide": np.float64, "int": np.int64, "bool": np.uint8}[kind])


def is_fault(kind: str, x: Array) -> Array:
    """Where `x` is a fault."""
    return np.isnan(x) if kind in ("real", "wide") else np.equal(x, FAULT[kind])


def is_unfit(kind: str, x: Array) -> Array:
    """Where `x` may not leave the numeric layer: a fault or not finite."""
    return ~np.isfinite(x) if kind in ("real", "wide") else np.equal(x, FAULT[kind])


def cast(x: Array, source: str, target: str, real: np.dtype[Any]) -> Array:
    """The same values as another kind; a fault becomes that kind's fault."""
    result = x.astype(dtype_of(target, real), copy=False)
    floats = ("real", "wide")
    if source == target or (source in floats and target in floats):
        return result
    return np.where(is_fault(source, x), FAULT[target], result).astype(result.dtype, copy=False)


def start_of(fold: str, kind: str) -> Any:
    """What a fold over nothing gives, and what it starts from; None: the first element."""
    return {"sum": 0, "prod": 1, "any": 0, "all": 1}.get(fold)


def combine(fold: str, kind: str, a: Array, b: Array) -> Array:
    """One step of a fold. A fault on either side wins. Of records, whose numbers stand behind the
    axis of rows, `a` is the older."""
    if fold in RECORDS:
        record = RECORDS[fold]
        many = int(np.prod(a.shape[1:])) // record.width
        parts = [x.reshape(len(x), record.width, many).swapaxes(0, 1) for x in (a, b)]
        merged = record.merge(np, *(tuple(p) for p in parts))
        return np.stack(merged, axis=1).reshape(a.shape)
    if fold in ("sum", "prod"):
        result = a + b if fold == "sum" else a * b
        if kind != "int":
            return result  # NaN looks after itself
    elif fold in ("min", "all"):
        if kind != "bool":
            return np.where((b < a) | (b != b), b, a)  # FAULT_INT is the smallest
        result = np.minimum(a, b)
    else:
        if kind != "int":
            return np.where((b > a) | (b != b), b, a)  # 2 is the largest bool
        result = np.maximum(a, b)
    return np.where(is_fault(kind, a) | is_fault(kind, b), FAULT[kind], result)
