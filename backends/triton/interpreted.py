"""NumPy's functions in the place of libdevice's, for Triton's interpreter."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime.interpreter import TensorHandle


def _of_blocks(function: Callable[..., Any]) -> Callable[..., Any]:
    def computed(*operands: Any) -> Any:
        with np.errstate(all="ignore"):
            value = function(*(x.handle.data for x in operands))
        # the operands are of one float type, and the widest of them has the shape of the result
        like = max(operands, key=lambda x: x.handle.data.size)
        return tl.tensor(TensorHandle(np.asarray(value), like.handle.dtype), like.type)

    return computed


_NAMES = {
    **{name: name for name in ("exp", "expm1", "log", "log1p", "sin", "cos", "tan")},
    **{name: name for name in ("sinh", "cosh", "tanh", "fmod", "hypot", "rint")},
    **{name: f"arc{name[1:]}" for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    "atan2": "arctan2",
    "pow": "power",
}
libdevice = SimpleNamespace(**{n: _of_blocks(getattr(np, of)) for n, of in _NAMES.items()})
