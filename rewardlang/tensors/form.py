"""Reading what a loop gives `step` as fast as Python allows, once a call of that form was checked.

As `runtime.online.FastForm`: calls of the very same form (names, types, dtypes, shapes, device) are
recognised by identity, and anything else is sent back to the checks and their messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from rewardlang.plan import Plan
from rewardlang.tensors.columns import as_read


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
        self._changed: list[tuple[int, Callable[[Any], Tensor]]] = []
        for number, x in read.items():
            declared = plan.inputs[number]
            shape = (size, *declared.shape)
            self._given.append((declared.name, number, x.dtype, shape, x.device))
            if as_read(declared, x, dtype, number in kept) is not x:
                change = partial(as_read, declared, dtype=dtype, copy=number in kept)
                self._changed.append((number, change))

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
        for number, change in self._changed:
            columns[number] = change(columns[number])
        return columns
