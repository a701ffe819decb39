"""Paths into Gymnasium spaces, followed before anything runs.

What is wrong with a path into an observation or an action is known from the spaces alone: a name
that a Dict does not have, an index beyond a Box, a shape that is not the input's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import Space, spaces

from rewardlang.adapters.paths import Absent, Part, Path, beyond, part_text

_ARRAYS = (spaces.Box, spaces.Discrete, spaces.MultiBinary, spaces.MultiDiscrete)


@dataclass(frozen=True)
class Place:
    """Where a path ends: `outer` parts lead into Dicts and Tuples, `inner` ones index an array.

    `dtype` is what the space declares; `shape` is that of the value of one environment.
    """

    outer: tuple[str | int, ...]
    inner: tuple[int | slice, ...]
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    two_valued: bool

    def read(self, value: Any, batched: bool) -> Any:
        """The array at this place; with `batched`, each leaf has an axis of environments first."""
        for part in self.outer:
            value = value[part]
        array = np.asarray(value, self.dtype)
        for index in self.inner:
            array = array[:, index] if batched else array[index]
        return array


def place_of(space: Space[Any], path: Path) -> Place:
    """The place a path leads to in a space. Raises `Absent`."""
    reached = path.root
    outer: list[str | int] = []
    parts = list(path.parts)
    while isinstance(space, (spaces.Dict, spaces.Tuple)):
        if not parts:
            raise Absent(reached, "", _members(space), _parts(space))
        part = parts.pop(0)
        space = _enter(space, part, reached)
        reached += part_text(part)
        assert not isinstance(part, slice)
        outer.append(part)
    if not isinstance(space, _ARRAYS) or space.dtype is None:
        raise Absent(reached, "", [], f"a {type(space).__name__} space, which holds no array")
    inner, shape = _index(space.shape or (), parts, reached)
    return Place(tuple(outer), inner, space.dtype, shape, isinstance(space, spaces.MultiBinary))


def described(space: Space[Any]) -> str:
    """A space in a few words, for messages: what there is, without its bounds."""
    if isinstance(space, spaces.Dict):
        return ", ".join(f"`.{name}` {described(s)}" for name, s in space.spaces.items())
    if isinstance(space, spaces.Tuple):
        return ", ".join(f"`[{n}]` {described(s)}" for n, s in enumerate(space.spaces))
    if isinstance(space, _ARRAYS) and space.shape:
        return "[" + ", ".join(str(n) for n in space.shape) + "]"
    return "a single number" if isinstance(space, _ARRAYS) else f"of {type(space).__name__}"


Parts = spaces.Dict | spaces.Tuple[Any]


def _parts(space: Parts) -> str:
    return f"made of {len(space.spaces)} parts"


def _members(space: Parts) -> list[str]:
    if isinstance(space, spaces.Dict):
        return [str(name) for name in space.spaces]
    return [f"[{n}]" for n in range(len(space.spaces))]


def _enter(space: Parts, part: Part, reached: str) -> Space[Any]:
    if isinstance(space, spaces.Dict):
        if not isinstance(part, str) or part not in space.spaces:
            wanted = part if isinstance(part, str) else part_text(part)
            raise Absent(reached, wanted, _members(space), _parts(space))
        return space.spaces[part]
    if not isinstance(part, int) or part >= len(space.spaces):
        raise Absent(reached, part_text(part), _members(space), _parts(space))
    return space.spaces[part]


def _index(
    shape: tuple[int, ...], parts: list[Part], reached: str
) -> tuple[tuple[int | slice, ...], tuple[int, ...]]:
    inner: list[int | slice] = []
    for part in parts:
        if isinstance(part, str):
            raise Absent(reached, part, [], "an array, which has no names")
        if not shape:
            raise Absent(reached, part_text(part), [], "a single number")
        if beyond(part, shape[0]):
            raise Absent(reached, part_text(part), [], f"{shape[0]} long")
        if isinstance(part, int):
            shape = shape[1:]
        else:
            shape = (len(range(shape[0])[part]), *shape[1:])
        inner.append(part)
        reached += part_text(part)
    return tuple(inner), shape
