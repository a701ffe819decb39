"""From a plan and what the caller asked for to a `Reward`: the one place that picks a backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlang import backends
from rewardlang.plan import Plan
from rewardlang.runtime.failure import failure
from rewardlang.runtime.faults import input_only
from rewardlang.runtime.kernel import Kernel
from rewardlang.runtime.reward import Reward


def bind(
    plan: Plan,
    backend: str,
    dtype: Any,
    device: str | None,
    params: Mapping[str, Any] | None,
    faults: str | None,
    check: bool | None,
) -> Reward:
    """The options are those of `Program.compile`."""
    if device not in (None, "cpu"):
        raise failure("RW646", backend=backend, device=device)

    def make_kernel(dtype: np.dtype[Any]) -> Kernel:
        return backends.compile(plan, backend, dtype)

    return Reward(
        plan, make_kernel, input_only, dtype=dtype, params=params, faults=faults, check=check
    )
