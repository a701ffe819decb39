"""Open axes: how long they are, as the columns of a call tell it.

A program with open axes has a kernel for each set of sizes it meets. The environments of a loop
keep the sizes of their first call; recorded data may come in any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlang.diagnostics.source import Span
from rewardlang.plan import Plan
from rewardlang.runtime.failure import failure

Sizes = dict[str, int]


@dataclass(frozen=True)
class OpenInput:
    """An input with an open axis: for each of its axes the name of the open one, or None."""

    name: str
    axes: tuple[str | None, ...]
    span: Span


@dataclass(frozen=True)
class OpenAxes:
    """`resize` gives the plan for a set of sizes. `params` are those with open axes."""

    inputs: tuple[OpenInput, ...]
    params: frozenset[str]
    resize: Callable[[Sizes], Plan]

    def read(self, values: Mapping[str, Any]) -> Sizes:
        """The sizes that the given columns tell, the last axes of each being the declared ones.

        A column that is too short or no array is left to the checks that say so.
        """
        told: dict[str, tuple[int, OpenInput]] = {}
        for declared in self.inputs:
            if declared.name not in values:
                continue
            for axis, size in zip(declared.axes, _shape(values, declared), strict=False):
                if axis is None:
                    continue
                known, by = told.setdefault(axis, (size, declared))
                if known != size:
                    raise failure(
                        "RW695",
                        declared.span,
                        name=declared.name,
                        size=size,
                        axis=axis,
                        other=by.name,
                        known=known,
                    )
                if size < 1:
                    raise failure("RW696", declared.span, what=_EMPTY.format(declared.name, axis))
        return {axis: size for axis, (size, _) in told.items()}

    def complete(self, found: Sizes, known: Sizes | None) -> Sizes | None:
        """The sizes of all open axes, what is not found as it is known; None if one is neither."""
        both = {**(known or {}), **found}
        names = self._names()
        return {name: both[name] for name in names} if set(names) <= set(both) else None

    def _names(self) -> list[str]:
        return list(dict.fromkeys(a for i in self.inputs for a in i.axes if a is not None))

    def restored(self, entry: Any) -> Sizes:
        """The sizes in a saved state."""
        given = entry if isinstance(entry, Mapping) else {}
        sizes = {n: size for n in self._names() if isinstance(size := given.get(n), int)}
        if len(sizes) < len(self._names()) or min(sizes.values()) < 1:
            raise failure("RW631", what="`sizes` does not name the size of each open axis")
        return sizes

    def missing(self, found: Sizes) -> Exception:
        """The error for a call that does not tell the size of an axis."""
        for declared in self.inputs:
            for axis in declared.axes:
                if axis is not None and axis not in found:
                    what = f"no column of the call has the axis `{axis}`"
                    return failure("RW696", declared.span, what=what)
        raise AssertionError("every size is told")

    def agree(self, found: Sizes, known: Sizes) -> None:
        """RW694 where a column has another size than the environments began with."""
        for declared in self.inputs:
            for axis in declared.axes:
                if axis in found and found[axis] != known[axis]:
                    raise failure(
                        "RW694",
                        declared.span,
                        name=declared.name,
                        axis=axis,
                        size=found[axis],
                        known=known[axis],
                    )


_EMPTY = "`{}` has no slots along `{}`"


def _shape(values: Mapping[str, Any], declared: OpenInput) -> tuple[int, ...]:
    """The sizes of the declared axes of a column, or none."""
    given = values[declared.name]
    try:
        shape = tuple(given.shape) if hasattr(given, "shape") else np.shape(given)
    except ValueError:  # lists of different lengths
        return ()
    rank = len(declared.axes)
    return shape[-rank:] if len(shape) >= rank else ()
