"""Inputs that a kernel would keep: a simulator writes its next state into the very same buffers."""

from __future__ import annotations

import torch

from rewardlang.tensors.columns import KERNEL_KINDS
from rewardlang.tensors.kernel import Live, TensorKernel, Transitions


@torch.no_grad()
def kept_inputs(kernel: TensorKernel, live: Live) -> frozenset[int]:
    """The inputs whose own memory is part of what is remembered after a reset or a step, as it is
    for `previous(x)`: they have to be copied first. Found by trying both, on zeros."""
    plan, size = kernel.plan, 2
    inputs = [
        torch.zeros(
            (size, *i.shape), dtype=KERNEL_KINDS.get(i.kind, kernel.dtype), device=kernel.device
        )
        for i in plan.inputs
    ]
    never = torch.zeros(size, dtype=torch.bool, device=kernel.device)
    begun = kernel.reset(inputs, kernel.begin(size), None, live)
    _, after = kernel.step(Transitions(inputs, never, never), begun, live, hold=True)
    places = {x.untyped_storage().data_ptr(): n for n, x in enumerate(inputs)}
    kept = [x.untyped_storage().data_ptr() for part in (*begun, *after) for x in part]
    return frozenset(places[place] for place in kept if place in places)
