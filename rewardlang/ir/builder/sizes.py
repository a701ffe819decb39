"""A checked program with its open axes given sizes: what can be lowered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from rewardlang import types
from rewardlang.check import typed
from rewardlang.check.depth import OF_A_TREE, deep_recursion
from rewardlang.check.typed import Checked, Expr
from rewardlang.types import Axis

_OURS = (typed.__name__, types.__name__)  # what may hold a type; spans and diagnostics do not


def with_sizes(
    checked: Checked, probes: dict[str, Expr] | None, sizes: Mapping[str, int]
) -> tuple[Checked, dict[str, Expr] | None]:
    """The program, and expressions of it, with `sizes` by the names that the inputs have.

    What was one expression stays one, so that it is computed once.
    """
    if not checked.open_axes:
        return checked, probes
    sized = _Sizes(sizes)
    with deep_recursion(OF_A_TREE):
        return sized.of(checked), sized.of(probes)


class _Sizes:
    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.sizes = sizes
        self._made: dict[int, tuple[Any, Any]] = {}  # by id, with what it is of, to keep it alive

    def of(self, value: Any) -> Any:
        """The value with every open axis in it given its size; itself where there is none."""
        if isinstance(value, Axis):
            return (
                value if value.size is not None else replace(value, size=self.sizes[value.source])
            )
        if isinstance(value, tuple):
            made = tuple(self.of(v) for v in value)
            return value if all(a is b for a, b in zip(made, value, strict=True)) else made
        if isinstance(value, dict):
            return {key: self.of(v) for key, v in value.items()}
        if not is_dataclass(value) or type(value).__module__ not in _OURS:
            return value
        known = self._made.get(id(value))
        if known is None:
            known = self._made[id(value)] = (value, self._within(value))
        return known[1]

    def _within(self, value: Any) -> Any:
        changed = {}
        for field in fields(value):
            before = getattr(value, field.name)
            after = self.of(before)
            if after is not before:
                changed[field.name] = after
        return replace(value, **changed) if changed else value
