"""The backends, by name and loaded when asked for: `compile(plan, "numba", dtype)`.

numpy   walks the plan instruction by instruction; it is the meaning
numba   one fused, compiled function per plan, for the CPU
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if __name__ != "rewardlang.backends":
    raise ImportError("import rewardlang.backends, not the folder it is kept in")

from rewardlang.diagnostics.diagnostic import Diagnostic, RewardError

if TYPE_CHECKING:
    from rewardlang.plan import Plan
    from rewardlang.runtime.kernel import Kernel

_READY = ("numpy", "numba")
_PLANNED = ("torch", "triton")


def compile(plan: Plan, backend: str, dtype: Any, cache: bool | Path = True) -> Kernel:
    """The kernel of a plan.

    `dtype` is the program's float type, float32 or float64. `cache` says where compiled kernels are
    kept: True in the user's cache folder, False nowhere, or a folder. Raises `RewardError` as
    `require` does.
    """
    import numpy as np

    require(backend)
    module = import_module(f"rewardlang.backends.{backend}_backend")
    return cast("Kernel", module.compile_plan(plan, np.dtype(dtype), cache))


def require(backend: str, device: str | None = None) -> None:
    """Raises `RewardError` if a backend is unknown, not built yet, not on that device, or if its
    package is not installed."""
    if backend in _PLANNED:
        raise RewardError([Diagnostic("RW690", args={"backend": backend})])
    if backend not in _READY:
        raise RewardError([Diagnostic("RW691", args={"backend": backend})])
    if backend == "numba" and find_spec("numba") is None:
        raise RewardError([Diagnostic("RW692", args={"backend": backend})])
    if device not in (None, "cpu"):
        raise RewardError([Diagnostic("RW693", args={"backend": backend, "device": device})])
