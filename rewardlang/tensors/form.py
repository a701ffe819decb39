"""Reading what a loop gives `step` as fast as Python allows, once a call of that form was checked.

As `runtime.online.FastForm`: calls of the very same form (names, types, dtypes, shapes, device) are
recognised by identity, and anything else is sent back to the checks and their messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rewardlang.plan import Plan
from rewardlang.tensors.columns import KERNEL_KINDS


class Form:
    """Batches of these dtypes, for `size` environments.

    `read` are the tensors of a checked call, by input; `fixed` the kernel's columns that such a
    call does not bring; `kept` the inputs that must be copied.
    """

    def __init__(
        self,
        plan: Plan,
        dtype: torch.dtype,
        size: int,
        read: Mapping[int, Tensor],
        fixed: Mapping[int, Tensor],
        kept: frozenset[int],
    ) -> None:
        self.size = size
        self._columns = [fixed.get(n) for n in range(len(plan.inputs))]
        self._given: list[tuple[str, int, torch.dtype, tuple[int, ...], torch.device]] = []
        self._bools: list[int] = []
        self._cast: list[tuple[int, torch.dtype]] = []
        self._scaled: list[tuple[int, float]] = []
        self._copied: list[int] = []
        for number, x in read.items():
            declared = plan.inputs[number]
            shape = (size, *declared.shape)
            self._given.append((declared.name, number, x.dtype, shape, x.device))
            own = KERNEL_KINDS.get(declared.kind, dtype)
            scaled = declared.kind == "real" and declared.scale != 1
            if declared.kind == "bool":
                self._bools.append(number)
            elif x.dtype is not own:
                self._cast.append((number, own))
            if scaled:
                self._scaled.append((number, declared.scale))
            elif number in kept and x.dtype in (own, torch.bool):
                self._copied.append(number)

    def read(self, values: Any) -> list[Tensor | None] | None:
        """The kernel's columns; None for a call of another form."""
        columns = self._columns.copy()
        try:
            if len(values) != len(self._given):
                return None
            for name, number, dtype, shape, device in self._given:
                x = values[name]
                if (
                    x.__class__ is not Tensor
                    or x.dtype is not dtype
                    or x.shape != shape
                    or x.device != device
                ):
                    return None
                columns[number] = x
        except (KeyError, TypeError):
            return None
        for number in self._bools:
            columns[number] = columns[number].view(torch.uint8)  # type: ignore[union-attr]
        for number, own in self._cast:
            columns[number] = columns[number].to(own)  # type: ignore[union-attr]
        for number, scale in self._scaled:
            columns[number] = columns[number] * scale  # type: ignore[operator]
        for number in self._copied:
            columns[number] = columns[number].clone()  # type: ignore[union-attr]
        return columns
