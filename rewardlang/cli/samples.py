"""Random inputs for a program, within the ranges it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rewardlang.driver import Program

Array = NDArray[Any]


OPEN = 8  # slots of an axis without a size


def rows(program: Program, size: int, dtype: str, seed: int) -> dict[str, Array]:
    """One transition of `size` environments: an array [size, *shape] for every input."""
    random = np.random.default_rng(seed)
    return {d.name: _column(d, size, dtype, random) for d in program.checked.inputs}


def reset_rows(program: Program, size: int, dtype: str, seed: int) -> dict[str, Array] | None:
    """The inputs that a reset takes: those per state, and per episode if known at reset."""
    random = np.random.default_rng(seed)
    taken = [
        d
        for d in program.checked.inputs
        if d.level.index.name == "STATE" or d.level.known.name == "RESET"
    ]
    return {d.name: _column(d, size, dtype, random) for d in taken} or None


def _column(declared: Any, size: int, dtype: str, random: np.random.Generator) -> Array:
    shape = (size, *(axis.size or OPEN for axis in declared.type.axes))
    kind = declared.type.kind
    if kind == "bool":
        return random.random(shape) < 0.5
    if kind == "enum":
        return random.integers(0, len(declared.type.enum.members), shape)
    lo, hi = -1.0, 1.0
    if declared.range is not None:
        lo, hi = declared.range.lo / declared.scale, declared.range.hi / declared.scale
        lo = lo if np.isfinite(lo) else min(hi, 0.0) - 1
        hi = hi if np.isfinite(hi) else max(lo, 0.0) + 1
    if kind == "int":
        return random.integers(int(np.ceil(lo)), int(np.floor(hi)) + 1, shape)
    return random.uniform(lo, hi, shape).astype(dtype)
