"""From what a loop gives to what a kernel reads: kinds, float types, units, declared ranges.

A column is checked once against its declaration: its kind here, its shape by the caller, who knows
whether it is a batch, an episode or one number. Nothing here writes into what it was given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from rewardlang.plan import Plan, PlanInput
from rewardlang.runtime.failure import failure, shape_text, unknown
from rewardlang.runtime.kernel import Array

TERMINATED = "terminated"  # an input that no program declares: the loop's flag, slot by slot
FAULT_INT = np.iinfo(np.int64).min  # how a faulty int travels, as builtins/table.py says
MAX_INT = np.iinfo(np.int64).max
FLOAT32 = np.dtype(np.float32)
FLOAT64 = np.dtype(np.float64)
Column = tuple[Array, bool]  # with whether it came without a float width of its own
_KERNEL_KINDS: dict[str, np.dtype[Any]] = {
    "int": np.dtype(np.int64),
    "bool": np.dtype(np.uint8),
}
_ACCEPTED = {"real": "fiu", "int": "iu", "bool": "b"}  # NumPy's letters for kinds of dtype


class Declared(Protocol):
    """What an input and a param have in common."""

    @property
    def kind(self) -> str: ...
    @property
    def members(self) -> tuple[str, ...]: ...


def kind_text(declared: Declared) -> str:
    """How a person would say the kind: `real`, or the members of an enum."""
    if declared.members:
        return "one of " + ", ".join(declared.members)
    return declared.kind


def check_names(plan: Plan, values: Mapping[str, Any]) -> None:
    """Every column must be a declared input."""
    names = [i.name for i in plan.inputs if i.origin == "loop"]
    for name in values:
        if name not in names:
            raise unknown("RW601", name, names)


def split_slots(
    plan: Plan, values: Mapping[str, Any], terminated: Any
) -> tuple[dict[str, Any], Any]:
    """The loop's flag, where it speaks of each slot: their column, and whether all have ended."""
    flag = np.asarray(terminated)
    if not is_by_slot(plan, values, flag.shape, flag.dtype == bool):
        return dict(values), terminated
    if any(i.name == TERMINATED for i in plan.inputs):
        values = {**values, TERMINATED: flag}
    every = flag.all(axis=-1)
    return dict(values), every if every.ndim else bool(every)


def is_by_slot(
    plan: Plan, values: Mapping[str, Any], shape: tuple[int, ...], is_bool: bool
) -> bool:
    """Whether the last axis of a flag of that shape is that of the slots: there is one more than
    the columns' own lead."""
    axis = plan.axis
    if axis is None or not is_bool or shape[-1:] != (axis.size,):
        return False
    for declared in plan.inputs:
        if declared.name in values and declared.per != "episode":
            given = values[declared.name]
            rank = len(given.shape) if hasattr(given, "shape") else np.ndim(given)
            return len(shape) > rank - len(declared.shape)
    return len(shape) > 1


def check_mapping(values: Any) -> None:
    if not isinstance(values, Mapping):
        raise failure("RW605", given=type(values).__name__)


def has_no_width(given: Any) -> bool:
    """Python numbers and lists take the program's float type; arrays bring their own."""
    return not isinstance(given, (np.ndarray, np.generic)) and not hasattr(given, "dtype")


def array_of(declared: PlanInput, given: Any) -> Array:
    """`given` as an array of a fitting kind; members of an enum become codes."""
    array = _array(declared, given)
    if declared.members and array.dtype.kind in "UO":
        return _codes(declared, array)
    if array.dtype.kind not in _ACCEPTED[declared.kind] or array.dtype.itemsize > 8:
        raise failure(
            "RW603",
            declared.span,
            hint=_kind_hint(declared, array),
            name=declared.name,
            given=str(array.dtype) if array.dtype.kind not in "OU" else _content(array),
            declared=kind_text(declared),
        )
    return array


def _array(declared: PlanInput, given: Any) -> Array:
    try:
        array = np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:  # ragged lists, tensors elsewhere
        raise failure(
            "RW604",
            declared.span,
            name=declared.name,
            given=type(given).__name__,
            reason=str(error).splitlines()[0] if str(error) else "",
        ) from None
    if array.dtype.kind == "O" and not (declared.members and _all_text(array)):
        raise failure(
            "RW604",
            declared.span,
            name=declared.name,
            given=type(given).__name__ if array.ndim == 0 else "an array of Python objects",
            reason="",
        )
    return array


def _all_text(array: Array) -> bool:
    return all(isinstance(x, str) for x in array.flat)


def _content(array: Array) -> str:
    return "text" if array.dtype.kind == "U" else str(array.dtype)


def _codes(declared: PlanInput, array: Array) -> Array:
    codes = np.full(array.shape, -1, dtype=np.int64)
    for code, member in enumerate(declared.members):
        codes[array == member] = code
    if (codes < 0).any():
        raise unknown("RW606", array[codes < 0][0], declared.members)
    return codes


def _kind_hint(declared: PlanInput, array: Array) -> str | None:
    kind = array.dtype.kind
    if declared.kind == "bool" and kind in "fiu":
        return f"say which numbers count as true: `{declared.name} != 0`, or `.astype(bool)`"
    if declared.kind == "int" and kind == "f":
        return "give whole numbers: `.astype(np.int64)`, or declare the input as `real`"
    if declared.kind == "real" and kind == "b":
        return f"declare it as `input {declared.name} : bool`, or give `.astype(np.float32)`"
    if kind == "c" or array.dtype.itemsize > 8:
        return "give float64 or float32"
    return None


def float_type(arrays: list[tuple[Array, bool]]) -> np.dtype[Any]:
    """The float type of a program whose real columns are these, each with "it has no width".

    float64 if any of them is, or has no width, or if there is none; else float32.
    """
    if not arrays or any(
        no_width or array.dtype.itemsize == 8 or array.dtype.kind != "f"
        for array, no_width in arrays
    ):
        return FLOAT64
    return FLOAT32


def check_width(declared: PlanInput, array: Array, no_width: bool, dtype: np.dtype[Any]) -> None:
    """float64 is not rounded to a float32 program without being asked."""
    if dtype is FLOAT32 and not no_width and array.dtype == FLOAT64 and declared.kind == "real":
        raise failure("RW607", declared.span, name=declared.name)


def as_read(declared: PlanInput, array: Array, dtype: np.dtype[Any]) -> Array:
    """In base units and the kernel's dtype; C-contiguous, aligned and writable as kernels need it.

    A column that is all of that already is passed on without a copy.
    """
    wanted = _KERNEL_KINDS.get(declared.kind, dtype)
    if declared.kind == "int" and array.dtype == np.uint64 and array.size and array.max() > MAX_INT:
        raise failure(
            "RW603", declared.span, name=declared.name, given="beyond int64", declared="int"
        )
    if array.dtype.kind == "b":
        array = array.view(np.uint8)
    read = np.require(array, dtype=wanted, requirements=("C", "A", "W"))
    if declared.kind == "real" and declared.scale != 1:
        read = read * dtype.type(declared.scale)
    return read


def default_of(declared: PlanInput, lead: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """The column of an input that was left out and has an `else`; defaults are in base units."""
    wanted = _KERNEL_KINDS.get(declared.kind, dtype)
    return np.broadcast_to(np.asarray(declared.default, dtype=wanted), lead + declared.shape).copy()


def lead_of(declared: PlanInput, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes before the declared ones: none, or one of environments."""
    extra = len(shape) - len(declared.shape)
    if extra not in (0, 1) or shape[extra:] != declared.shape:
        one = shape_text(declared.shape) if declared.shape else "a number"
        expected = f"{one} or {shape_text(('B', *declared.shape))}"
        raise wrong_shape(declared, shape, expected)
    return shape[:extra]


def wrong_shape(declared: PlanInput, given: tuple[int, ...], expected: str) -> Exception:
    return failure(
        "RW602", declared.span, name=declared.name, given=shape_text(given), expected=expected
    )


def outside(declared: PlanInput, read: Array) -> Array | None:
    """Where a column breaks its declared range, or None where it does not.

    NaN is not counted: it is a fault of its own. `read` is in base units.
    """
    if declared.members:
        broken = (read < 0) | (read >= len(declared.members))
    elif declared.contract and declared.kind != "bool":
        lo, hi = limits(declared, read.dtype)
        broken = (read < lo) | (read > hi)
    else:
        return None
    return broken if broken.any() else None


def limits(declared: PlanInput, dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """The declared range in the column's own type, so that a bound itself is inside.

    A conversion to base units rounds: up to two units in the last place are let pass.
    """
    if dtype.kind != "f":
        return declared.lo, declared.hi
    ends = np.array([declared.lo, declared.hi], dtype)
    if declared.scale != 1:
        finite = np.isfinite(ends)
        ends[finite] += np.array([-2, 2], dtype)[finite] * np.spacing(np.abs(ends[finite]))
    return ends[0], ends[1]


def poisoned(read: Array, broken: Array) -> Array:
    """A copy in which the broken values are faults, so that every reader is one."""
    copy = read.copy()
    copy[broken] = math.nan if read.dtype.kind == "f" else FAULT_INT
    return copy
