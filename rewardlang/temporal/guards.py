"""A set of letters as short text: `a and not b or c`.

A letter says which of n atoms hold, atom i in bit i; a set of letters is an int with bit l set for
letter l, its truth table. The cover is irredundant: no conjunction can be left out (the recursion
of Minato 1993).
"""

from __future__ import annotations

from collections.abc import Sequence

Cube = tuple[int, int]  # (atoms that hold, atoms that do not)


def guard(table: int, names: Sequence[str]) -> str:
    """`true` for all letters, `false` for none."""
    cubes = cover(table, len(names))
    if not cubes:
        return "false"
    return " or ".join(_written(cube, names) for cube in cubes)


def cover(table: int, count: int) -> list[Cube]:
    cubes, _ = _irredundant(table, table, count)
    return sorted(cubes, key=lambda cube: (_size(cube), _order(cube, count)))


def _irredundant(lower: int, upper: int, count: int) -> tuple[list[Cube], int]:
    """A cover of some set between the two, and that set."""
    if lower == 0:
        return [], 0
    if upper == (1 << (1 << count)) - 1:
        return [(0, 0)], upper
    half = 1 << (count - 1)
    mask, last = (1 << half) - 1, 1 << (count - 1)
    low0, low1, up0, up1 = lower & mask, lower >> half, upper & mask, upper >> half
    cubes0, set0 = _irredundant(low0 & ~up1, up0, count - 1)
    cubes1, set1 = _irredundant(low1 & ~up0, up1, count - 1)
    either, shared = _irredundant(low0 & ~set0 | low1 & ~set1, up0 & up1, count - 1)
    cubes = [(yes, no | last) for yes, no in cubes0] + [(yes | last, no) for yes, no in cubes1]
    return cubes + either, set0 | shared | (set1 | shared) << half


def _size(cube: Cube) -> int:
    return (cube[0] | cube[1]).bit_count()


def _order(cube: Cube, count: int) -> list[int]:
    """Earlier atoms first, and what holds before what does not."""
    return [0 if cube[0] >> i & 1 else 1 if cube[1] >> i & 1 else 2 for i in range(count)]


def _written(cube: Cube, names: Sequence[str]) -> str:
    parts = []
    for i, name in enumerate(names):
        if cube[0] >> i & 1:
            parts.append(name)
        elif cube[1] >> i & 1:
            parts.append(f"not {name}")
    return " and ".join(parts) or "true"
