"""Live params as tensors: what a program is tuned by, and what gradients flow back to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from rewardlang.plan import Plan, PlanParam
from rewardlang.runtime.failure import failure, shape_text, unknown
from rewardlang.runtime.params import Params, base_of


class TensorParams(Mapping[str, Any]):
    """`params["target"] = 2.0` holds from the next call on, in compiled and captured steps too.

    A tensor may be set as well: then results depend on it, and gradients reach it. Its values are
    not compared with the declared range, which would wait for the device. Values are in the unit
    each param was declared in. Errors as those of `runtime.params.Params`, and RW625 for a tensor
    of another device.
    """

    def __init__(self, plan: Plan, device: torch.device) -> None:
        self.host = Params(plan)
        self.device = device
        self._declared = {p.name: p for p in plan.params}
        self._given: dict[str, Tensor] = {}  # tensors that were set, in base units
        self._shown: dict[str, Tensor] = {}
        self._ints = torch.from_numpy(self.host.int.copy()).to(device)
        self._reals: dict[torch.dtype, Tensor] = {}

    def __getitem__(self, name: str) -> Any:
        return self._shown[name] if name in self._shown else self.host[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.host)

    def __len__(self) -> int:
        return len(self.host)

    def __repr__(self) -> str:
        return f"TensorParams({dict(self)!r})"

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(value, Tensor) and name in self.host:
            declared = self._declared[name]
            self._given[name] = self._base(declared, value)
            self._shown[name] = value
            return
        self.host[name] = value
        self._given.pop(name, None)
        self._shown.pop(name, None)
        self.renew()

    def update(self, values: Mapping[str, Any]) -> None:
        for name in values:
            if name not in self.host:
                raise unknown("RW620", name, list(self.host))
        self.host.update({n: v for n, v in values.items() if not isinstance(v, Tensor)})
        for name, value in values.items():
            self[name] = value

    def renew(self) -> None:
        """Bring what the host holds to the device, into the same memory."""
        with torch.no_grad():
            self._ints.copy_(torch.from_numpy(self.host.int))
            for real in self._reals.values():
                real.copy_(torch.from_numpy(self.host.real))

    def _base(self, declared: PlanParam, value: Tensor) -> Tensor:
        floating = value.dtype.is_floating_point
        fits = {"real": floating, "bool": value.dtype is torch.bool}.get(
            declared.kind, not floating and value.dtype is not torch.bool
        )
        if not fits:
            shown = str(value.dtype).removeprefix("torch.")
            raise failure(
                "RW621", declared.span, name=declared.name, given=shown, declared=declared.kind
            )
        if tuple(value.shape) != declared.shape:
            raise failure(
                "RW622",
                declared.span,
                name=declared.name,
                given=shape_text(tuple(value.shape)),
                declared=shape_text(declared.shape),
            )
        if value.device != self.device:
            raise failure(
                "RW625",
                declared.span,
                name=declared.name,
                given=value.device,
                device=self.device,
            )
        return value * declared.scale if declared.scale != 1 else value

    def in_base_units(self, values: Mapping[str, Any]) -> dict[str, Tensor]:
        """Values for one call, checked as those that are set."""
        found = {}
        for name, value in values.items():
            if name not in self.host:
                raise unknown("RW620", name, list(self.host))
            if isinstance(value, Tensor):
                found[name] = self._base(self._declared[name], value)
            else:
                base = base_of(self._declared[name], value)
                found[name] = torch.as_tensor(base, device=self.device)
        return found

    def real(self, dtype: torch.dtype, instead: Mapping[str, Tensor] | None = None) -> Tensor:
        """All real params in base units, as the kernel reads them; some `instead` of those set."""
        if dtype not in self._reals:
            self._reals[dtype] = torch.from_numpy(self.host.real.copy()).to(self.device, dtype)
        return self._with_given(self._reals[dtype], "real", instead)

    def ints(self, instead: Mapping[str, Tensor] | None = None) -> Tensor:
        return self._with_given(self._ints, "int", instead)

    def _with_given(self, all_: Tensor, bank: str, instead: Mapping[str, Tensor] | None) -> Tensor:
        given = self._given if instead is None else {**self._given, **instead}
        parts, place = [], 0
        for name, value in sorted(given.items(), key=lambda x: self._declared[x[0]].offset):
            declared = self._declared[name]
            if (declared.kind == "real") != (bank == "real"):
                continue
            parts += [all_[place : declared.offset], value.reshape(-1).to(all_.dtype)]
            place = declared.offset + value.numel()
        if parts:
            return torch.cat([*parts, all_[place:]])
        # autograd keeps what it multiplied by: a later change must not reach into it
        return all_.clone() if torch.is_grad_enabled() and all_.numel() else all_
