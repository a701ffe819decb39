"""Live params: a checked mapping from names to values, over the arrays the kernel reads.

Values are in the unit each param was declared in; the arrays hold base units.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from rewardlang.plan import Plan, PlanParam
from rewardlang.runtime.failure import failure, shape_text, unknown
from rewardlang.runtime.kernel import Array
from rewardlang.runtime.signals import kind_text

_FAULT_INT = float(np.iinfo(np.int64).min)


class Params(Mapping[str, Any]):
    """`params["target"] = 2.0` holds from the next call on; nothing is compiled again.

    Reading gives what was set: a number, the name of an enum's member, or a read-only array.
    Setting an unknown name, or a value of another kind, shape or outside the declared range, is a
    `RewardError` and changes nothing.
    """

    def __init__(self, plan: Plan) -> None:
        self._all = plan.params
        self._declared = {p.name: p for p in plan.params if not p.of_run}
        self._shown: dict[str, Any] = {}
        self.real = np.zeros(plan.real_params)  # base units, in float64 whatever the kernel's type
        self.int = np.zeros(plan.int_params, dtype=np.int64)
        self._kernel_real: Array = self.real
        for param in plan.params:
            base = np.asarray(param.default)
            self._store(param, base)
            if not param.of_run:
                self._shown[param.name] = _shown(param, base)

    def write(self, number: int, base: Array) -> None:
        """Store what the run remembers, in base units; a NaN of an int is its fault."""
        param = self._all[number]
        if param.kind != "real":
            base = np.where(np.isnan(base), _FAULT_INT, base)
        self._store(param, base)

    def bind(self, dtype: np.dtype[Any]) -> Array:
        """The array of real params for a kernel of this float type; later changes reach it too."""
        if self._kernel_real is self.real or self._kernel_real.dtype != dtype:
            self._kernel_real = self.real.astype(dtype)
        return self._kernel_real

    def __getitem__(self, name: str) -> Any:
        if name not in self._shown:
            raise unknown("RW620", name, self._declared)
        return self._shown[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shown)

    def __len__(self) -> int:
        return len(self._shown)

    def __repr__(self) -> str:
        return f"Params({self._shown!r})"

    def __setitem__(self, name: str, value: Any) -> None:
        param = self._declared.get(name)
        if param is None:
            raise unknown("RW620", name, self._declared)
        base = base_of(param, value)
        self._store(param, base)
        self._shown[name] = _shown(param, base, value)

    def update(self, values: Mapping[str, Any]) -> None:
        """Set several; all are checked before the first is changed."""
        for name, value in values.items():
            if name not in self._declared:
                raise unknown("RW620", name, self._declared)
            base_of(self._declared[name], value)
        for name, value in values.items():
            self[name] = value

    def _store(self, param: PlanParam, base: Array) -> None:
        size = math.prod(param.shape)
        place = slice(param.offset, param.offset + size)
        flat = np.broadcast_to(base, param.shape).reshape(-1)
        if param.kind == "real":
            self.real[place] = flat
            self._kernel_real[place] = flat
        else:
            self.int[place] = flat


def base_of(param: PlanParam, value: Any) -> Array:
    """The checked value in base units."""
    array = _of_kind(param, value)
    if array.shape != param.shape:
        raise failure(
            "RW622",
            param.span,
            name=param.name,
            given=shape_text(array.shape),
            declared=shape_text(param.shape),
        )
    if param.kind == "real":
        array = array.astype(np.float64) * param.scale
    if param.kind != "bool" and not param.members:
        fits = (array >= param.lo) & (array <= param.hi)
        if param.kind == "real":
            fits &= np.isfinite(array)
        if not fits.all():
            raise failure(
                "RW623",
                param.span,
                name=param.name,
                value=value,
                unit="" if param.unit in ("", "1") else f"<{param.unit}>",
                lo=f"{param.lo / param.scale:g}",
                hi=f"{param.hi / param.scale:g}",
            )
    return array


def _of_kind(param: PlanParam, value: Any) -> Array:
    if param.members and isinstance(value, str):
        if value not in param.members:
            raise unknown("RW606", value, param.members)
        return np.asarray(param.members.index(value))
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):  # ragged lists, tensors of another device
        array = np.asarray(None)
    letters = {"real": "fiu", "int": "iu", "bool": "b"}[param.kind]
    if array.dtype.kind not in letters:
        raise failure(
            "RW621", param.span, name=param.name, given=repr(value), declared=kind_text(param)
        )
    if param.members and not ((array >= 0) & (array < len(param.members))).all():
        raise unknown("RW606", value, param.members)
    return array


def _shown(param: PlanParam, base: Array, given: Any = None) -> Any:
    if param.members and not param.shape:
        return param.members[int(base)]
    value = np.array(base if given is None else given)
    if param.kind == "real":
        value = value.astype(np.float64)
        if given is None:
            value /= param.scale
    if not param.shape:
        return value.item()
    value = np.broadcast_to(value, param.shape).copy()
    value.flags.writeable = False
    return value
