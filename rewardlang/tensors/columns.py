"""From the tensors of a loop to what a kernel reads: names, kinds, shapes, devices, units, ranges.

Everything asked here is known of a tensor without waiting for its device.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from rewardlang.plan import Plan, PlanInput
from rewardlang.runtime import signals
from rewardlang.runtime.failure import failure, shape_text, unknown
from rewardlang.runtime.online import agreed_lead

NAN, FAULT_INT = float("nan"), -(2**63)
KERNEL_KINDS = {"int": torch.int64, "bool": torch.uint8}
_INTS = (torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8)


def imported(name: str, given: Any) -> Any:
    """An array of another library as a tensor of the same memory; what is no array is as it was.

    Arrays of JAX and NumPy and all else that has `__dlpack__`. One that Torch cannot hold as it
    lies, backwards or read-only, is copied. RW637 where the library will not hand it over.
    """
    if isinstance(given, np.generic):
        given = np.asarray(given)
    if isinstance(given, Tensor) or not hasattr(given, "__dlpack__"):
        return given
    try:
        return from_dlpack(given.copy() if _is_awkward(given) else given)
    except Exception as error:  # each library has errors of its own
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise failure("RW637", name=name, given=type(given).__name__, reason=reason) from None


def _is_awkward(array: Any) -> bool:
    """Whether `from_dlpack` would end the process (negative strides) or be refused."""
    if any(stride < 0 for stride in getattr(array, "strides", None) or ()):
        return True
    return isinstance(array, np.ndarray) and not (array.flags.writeable and array.flags.aligned)


def tensor_of(declared: PlanInput, given: Any, device: torch.device) -> Tensor:
    """`given` as a tensor of a fitting kind on the program's device; a plain number will do."""
    if isinstance(given, str) and declared.members:
        if given not in declared.members:
            raise unknown("RW606", given, declared.members)
        return torch.tensor(declared.members.index(given), device=device)
    if isinstance(given, (bool, int, float)):
        given = torch.tensor(given, device=device)
        if declared.kind == "real" and given.dtype is not torch.bool:
            given = given.to(torch.float64)
    given = imported(declared.name, given)
    if not isinstance(given, Tensor):
        raise failure("RW624", declared.span, name=declared.name, given=type(given).__name__)
    if given.device != device:
        raise failure("RW625", declared.span, name=declared.name, given=given.device, device=device)
    dtype = given.dtype
    fits = {
        "real": dtype.is_floating_point or dtype in _INTS,
        "int": dtype in _INTS,
        "bool": dtype is torch.bool,
    }[declared.kind]
    if not fits:
        raise failure(
            "RW603",
            declared.span,
            hint=_kind_hint(declared, dtype),
            name=declared.name,
            given=str(dtype).removeprefix("torch."),
            declared=signals.kind_text(declared),
        )
    return given


def _kind_hint(declared: PlanInput, dtype: torch.dtype) -> str | None:
    if declared.kind == "bool":
        return f"say which numbers count as true: `{declared.name} != 0`, or `.bool()`"
    if declared.kind == "int" and dtype.is_floating_point:
        return "give whole numbers: `.long()`, or declare the input as `real`"
    if declared.kind == "real" and dtype is torch.bool:
        return f"declare it as `input {declared.name} : bool`, or give `.float()`"
    return None


def is_plain_number(given: Any) -> bool:
    return isinstance(given, (bool, int, float))


def float_type(tensors: Iterable[Tensor], plain: bool) -> torch.dtype:
    """The float type of a program whose real columns are these: float64 if one of them is, if all
    are plain numbers or ints, or if there is none; else float32."""
    dtypes = [x.dtype for x in tensors]
    if plain or not dtypes:
        return torch.float64
    if any(d is torch.float64 or not d.is_floating_point for d in dtypes):
        return torch.float64
    return torch.float32


def read(
    plan: Plan, numbers: Iterable[int], values: Mapping[str, Any], device: torch.device
) -> tuple[dict[int, Tensor], int | None, bool]:
    """The given ones of these inputs; how many environments they are for, if they say; plainness.

    Plain is one environment without a batch axis. All columns must agree on which it is.
    """
    columns = {
        number: tensor_of(plan.inputs[number], values[plan.inputs[number].name], device)
        for number in numbers
        if plan.inputs[number].name in values
    }
    size, plain = agreed_lead(plan, {n: tuple(x.shape) for n, x in columns.items()})
    return columns, size, plain


def check_width(declared: PlanInput, x: Tensor, given: Any, dtype: torch.dtype) -> None:
    """float64 is not rounded to a float32 program without being asked."""
    if dtype is torch.float32 and x.dtype is torch.float64 and not is_plain_number(given):
        raise failure("RW607", declared.span, name=declared.name)


def as_read(declared: PlanInput, x: Tensor, dtype: torch.dtype, copy: bool = False) -> Tensor:
    """In base units and the kernel's type; the given memory itself where it is so already, but for
    a `copy`."""
    if declared.kind == "bool":
        return x.to(torch.uint8, copy=True) if copy else x.view(torch.uint8)
    x = x.to(KERNEL_KINDS.get(declared.kind, dtype), copy=copy)
    return x * declared.scale if declared.kind == "real" and declared.scale != 1 else x


def default_of(
    declared: PlanInput, lead: tuple[int, ...], dtype: torch.dtype, device: torch.device
) -> Tensor:
    """The column of an input that was left out and has an `else`; defaults are in base units."""
    made = torch.tensor(declared.default, dtype=KERNEL_KINDS.get(declared.kind, dtype))
    return made.to(device).expand(*lead, *declared.shape)


def kept_to_range(declared: PlanInput, x: Tensor) -> Tensor:
    """Values outside the declared range as faults, so that whoever reads one is at fault."""
    if declared.members:
        return torch.where((x < 0) | (x >= len(declared.members)), FAULT_INT, x)
    if not declared.contract or declared.kind == "bool":
        return x
    lo, hi = signals.limits(declared, np.dtype(str(x.dtype).removeprefix("torch.")))
    fault = NAN if x.dtype.is_floating_point else FAULT_INT
    return torch.where((x < float(lo)) | (x > float(hi)), fault, x)


def flag(name: str, given: Any, size: int, device: torch.device) -> Tensor:
    """One of the loop's flags, [B] bool; a plain bool will do for one environment."""
    given = imported(name, given)
    if isinstance(given, bool) and size == 1:
        return torch.full((1,), given, dtype=torch.bool, device=device)
    fits = isinstance(given, Tensor) and given.dtype is torch.bool
    if not fits or given.shape not in ((size,), () if size == 1 else (size,)):
        shown = type(given).__name__
        if isinstance(given, Tensor):
            shown = f"{str(given.dtype).removeprefix('torch.')}{shape_text(tuple(given.shape))}"
        raise failure("RW619", name=name, given=shown, expected=shape_text((size,)))
    if given.device != device:
        raise failure("RW625", name=name, given=given.device, device=device)
    found: Tensor = given.reshape(size)
    return found


def by_slot(plan: Plan, values: Mapping[str, Any], flag: Any) -> tuple[Mapping[str, Any], Any]:
    """The loop's flag, where it speaks of each slot of the axis that the total keeps: their
    column, and whether all have ended."""
    flag = imported(signals.TERMINATED, flag)
    fits = isinstance(flag, Tensor) and signals.is_by_slot(
        plan, values, tuple(flag.shape), flag.dtype is torch.bool
    )
    if not fits:
        return values, flag
    if any(i.name == signals.TERMINATED for i in plan.inputs):
        values = {**values, signals.TERMINATED: flag}
    return values, flag.all(-1)
