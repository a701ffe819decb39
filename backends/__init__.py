"""The backends, by name and loaded when asked for: `compile(plan, "numba", dtype)`.

numpy   walks the plan instruction by instruction; it is the meaning
numba   one fused, compiled function per plan, for the CPU

and of plans over tensors: `tensors(plan, "torch", dtype, device)`.

torch   generated functions of Torch operations, on any device, with gradients
triton  one fused kernel per plan, for GPUs; what it cannot hold is left to torch
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if __name__ != "rewardlang.backends":
    raise ImportError("import rewardlang.backends, not the folder it is kept in")

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, RewardError, Severity

if TYPE_CHECKING:
    import torch

    from rewardlang.plan import Plan
    from rewardlang.runtime.kernel import Kernel
    from rewardlang.tensors.kernel import TensorKernel

ARRAYS = ("numpy", "numba")  # of NumPy arrays
TENSORS = ("torch", "triton")


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


def tensors(plan: Plan, backend: str, dtype: torch.dtype, device: torch.device) -> TensorKernel:
    """The kernel of a plan over tensors of a device. Raises as `require` does."""
    require(backend)
    module = import_module(f"rewardlang.backends.{backend}.backend")
    return cast("TensorKernel", module.compile_plan(plan, dtype, device))


def of_host() -> str:
    """The backend of NumPy arrays that is fastest here."""
    return "numpy" if find_spec("numba") is None else "numba"


def require(backend: str, device: str | None = None) -> None:
    """Raises `RewardError` if a backend is unknown, not on that device, or if a package that it
    needs is not installed."""
    if backend not in (*ARRAYS, *TENSORS):
        raise RewardError([Diagnostic("RW691", args={"backend": backend})])
    needs = {"numpy": (), "triton": ("torch", "triton")}.get(backend, (backend,))
    if any(find_spec(package) is None for package in needs):
        raise RewardError([Diagnostic("RW692", args={"backend": backend})])
    if backend in ARRAYS and device not in (None, "cpu"):
        raise RewardError([Diagnostic("RW693", args={"backend": backend, "device": device})])
    if backend == "triton" and not interpreted() and str(device or "cuda").startswith("cpu"):
        raise RewardError([Diagnostic("RW627", args={"device": device})])


def refuse_hosts(plan: Plan) -> None:
    """Raises `RewardError` for what of a plan a GPU kernel would have to ask the host."""
    found = [d for d in notes(plan, "triton") if d.severity is Severity.ERROR]
    if found:
        raise RewardError(found)


def notes(plan: Plan, backend: str) -> list[Diagnostic]:
    """What a backend cannot do with a plan (an error), or does otherwise than its users may think:
    on the host, or by another backend. Needs no package of the backend."""
    from rewardlang.backends.fusing import host_stages, unfused

    if backend == "torch":
        found = [("RW636", Severity.NOTE, reason) for reason in host_stages(plan)]
    elif backend == "triton":
        found = [("RW628", Severity.ERROR, reason) for reason in host_stages(plan)]
        found = found or [("RW629", Severity.NOTE, reason) for reason in unfused(plan)]
    else:
        return []
    return [
        Diagnostic(code, () if r.span is None else (Label(r.span),), {"what": r.what}, severity)
        for code, severity, r in found
    ]


def kernel_text(plan: Plan, backend: str) -> str:
    """The text that a backend generates for a program of float32, as `show --stage kernel` does."""
    if backend not in TENSORS:
        made: Any = compile(plan, backend, "float32")
        return str(made.text)
    from rewardlang.backends.fusing import unfused
    from rewardlang.backends.torch.text import torch_text
    from rewardlang.backends.triton.text import triton_text

    if backend == "triton":
        refuse_hosts(plan)
        reasons = unfused(plan)
        if not reasons:
            return triton_text(plan, "float32").text
        lines = [f"# left to torch: {reason.what}\n" for reason in reasons]
        return "".join(lines) + torch_text(plan, "float32")
    return torch_text(plan, "float32")


def interpreted() -> bool:
    """Whether Triton's kernels are run on the CPU, number by number: to test them."""
    return os.environ.get("TRITON_INTERPRET", "") not in ("", "0")
