"""Named axes become positions: each operand is laid out in the axes of the result.

A named axis finds its namesake; anonymous axes meet from the right, as in NumPy.
"""

from __future__ import annotations

from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Op
from rewardlang.types import Axis


def places(axes: tuple[Axis, ...], result: tuple[Axis, ...]) -> tuple[int | None, ...]:
    """For each axis of the result, the axis of the operand that belongs there."""
    by_name = {a.name: i for i, a in enumerate(axes) if a.name is not None}
    anonymous = [i for i, a in enumerate(axes) if a.name is None]
    found: list[int | None] = []
    for axis in reversed(result):
        if axis.name is not None:
            found.append(by_name.get(axis.name))
        else:
            found.append(anonymous.pop() if anonymous else None)
    return tuple(reversed(found))


def align(make: Maker, x: Op, axes: tuple[Axis, ...], result: tuple[Axis, ...]) -> Op:
    """`x`, whose axes are `axes`, laid out so that NumPy's rule puts it in `result`."""
    if not axes:
        return x
    return make.align(x, places(axes, result))
