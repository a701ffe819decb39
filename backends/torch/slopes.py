"""Gradients where a slope has no bound."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _Steep(torch.autograd.Function):
    """x, whose gradient is 0 where the slope above it has no bound: at the origin of a norm."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return torch.nan_to_num(grad, 0.0, 0.0, 0.0)


def steep(x: Tensor) -> Tensor:
    """An operand of a function that is vertical somewhere, sqrt at 0 say."""
    if not (torch.is_grad_enabled() and x.requires_grad):
        return x
    found: Tensor = _Steep.apply(x)  # type: ignore[no-untyped-call]
    return found
