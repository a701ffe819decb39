"""How axes meet: named axes by name, anonymous ones as in NumPy, never one with the other.

Different names make the outer product. A named axis does not meet an anonymous one longer than 1:
where one side has a name the other lacks and the other has more anonymous axes, somebody counted
on positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rewardlang.types import Axis

Axes = tuple[Axis, ...]


@dataclass(frozen=True)
class AxisClash:
    """`code` RW209 (sizes) or RW210 (a name against none), with the two axes in words."""

    code: str
    left: str
    right: str


def broadcast(left: Axes, right: Axes) -> Axes | AxisClash:
    """The axes of an elementwise result.

    The layout is that of the operand which has all the axes; else named axes in the order in which
    they appear, then the anonymous ones.
    """
    if not left or not right or left == right:
        return left or right
    sizes = {a.name: a for a in left if a.name is not None}
    for axis in right:
        if axis.name is None:
            continue
        other = sizes.setdefault(axis.name, axis)
        if other.extent != axis.extent:
            return AxisClash("RW209", f"[{other}]", f"[{axis}]")
    unnamed = _meet_unnamed(_unnamed(left), _unnamed(right))
    if isinstance(unnamed, AxisClash):
        return unnamed
    if _counts_on_positions(left, right):
        return AxisClash("RW210", show(left), show(right))
    for layout in (left, right):
        if {a.name for a in layout if a.name} == set(sizes) and _unnamed(layout) == unnamed:
            return layout
    return (*sizes.values(), *unnamed)


def broadcast_all(shapes: Sequence[Axes]) -> Axes | AxisClash:
    result: Axes = ()
    for axes in shapes:
        met = broadcast(result, axes)
        if isinstance(met, AxisClash):
            return met
        result = met
    return result


def show(axes: Axes) -> str:
    return "[" + ", ".join(str(a) for a in axes) + "]" if axes else "a single value"


def _unnamed(axes: Axes) -> Axes:
    return tuple(a for a in axes if a.name is None)


def _meet_unnamed(left: Axes, right: Axes) -> Axes | AxisClash:
    rank = max(len(left), len(right))
    one = Axis(None, 1)
    padded_left = (one,) * (rank - len(left)) + left
    padded_right = (one,) * (rank - len(right)) + right
    result: list[Axis] = []
    for a, b in zip(padded_left, padded_right, strict=True):
        if a.size != b.size and a.size != 1 and b.size != 1:
            return AxisClash("RW209", show(left), show(right))
        result.append(b if a.size == 1 else a)
    return tuple(result)


def _counts_on_positions(left: Axes, right: Axes) -> bool:
    return _meets_name(left, right) or _meets_name(right, left)


def _meets_name(named: Axes, other: Axes) -> bool:
    names = {a.name for a in other if a.name is not None}
    lacking = any(a.name is not None and a.name not in names for a in named)
    extra = _unnamed(other)[: len(_unnamed(other)) - len(_unnamed(named))]
    return lacking and any(a.size != 1 for a in extra)
