"""Reading what a loop gives `step`: once with every check, then as fast as Python allows.

The first call of a form is read by `read_checked`. `FastForm` then recognises calls of the very
same form (names, types, dtypes, shapes) by identity checks, and says None to anything else, which
sends the call back to the checks and their messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from rewardlang.plan import Plan, PlanInput
from rewardlang.runtime import signals
from rewardlang.runtime.failure import failure, shape_text
from rewardlang.runtime.kernel import Array
from rewardlang.runtime.signals import Column


def read_checked(
    plan: Plan, numbers: Iterable[int], values: Mapping[str, Any]
) -> tuple[dict[int, Column], int | None, bool]:
    """The given ones of these inputs; how many environments they are for, if they say; plainness.

    Plain is one environment without a batch axis. All columns must agree on which it is.
    """
    columns: dict[int, Column] = {}
    for number in numbers:
        declared = plan.inputs[number]
        if declared.name in values:
            given = values[declared.name]
            array = signals.array_of(declared, given)
            columns[number] = (array, signals.has_no_width(given))
    size, plain = agreed_lead(plan, {n: array.shape for n, (array, _) in columns.items()})
    return columns, size, plain


def agreed_lead(plan: Plan, shapes: Mapping[int, tuple[int, ...]]) -> tuple[int | None, bool]:
    """How many environments the columns of such shapes are for, by input; whether it is a plain
    one."""
    lead: tuple[int, ...] | None = None
    leader: PlanInput | None = None
    for number, shape in shapes.items():
        declared = plan.inputs[number]
        own = signals.lead_of(declared, shape)
        if lead is None:
            lead, leader = own, declared
        elif own != lead:
            assert leader is not None
            raise failure(
                "RW610",
                declared.span,
                name=declared.name,
                given=shape_text(shape),
                expected=shape_text(lead + declared.shape),
                other=leader.name,
            )
    if lead is None:
        return None, False
    if lead == (0,):
        assert leader is not None
        raise failure("RW613", leader.span, what=f"`{leader.name}` has no environments")
    return (lead[0] if lead else 1), not lead


def as_rows(declared: PlanInput, column: Column, dtype: np.dtype[Any], plain: bool) -> Array:
    """The column as a kernel reads it, [B, *shape]."""
    array, no_width = column
    signals.check_width(declared, array, no_width, dtype)
    read = signals.as_read(declared, array, dtype)
    return read.reshape(1, *declared.shape) if plain else read


FormKey = tuple[int, bool, frozenset[str], tuple[Any, ...]]


def form_key(size: int, plain: bool, names: frozenset[str], given: dict[int, Column]) -> FormKey:
    """What calls must have in common to be of one form."""
    return size, plain, names, tuple((n, array.dtype) for n, (array, _) in given.items())


class FastForm:
    """One form of call: these names and dtypes, for so many environments, arrays or plain numbers.

    `given` are the columns of a checked call; calls of the same form need no further checks, though
    their arrays may have to be cast or made contiguous. `fixed` are the kernel's columns that the
    call does not bring: defaults, and per-episode inputs given at the reset.
    """

    def __init__(
        self,
        plan: Plan,
        dtype: np.dtype[Any],
        size: int,
        plain: bool,
        names: frozenset[str],
        given: dict[int, Column],
        fixed: dict[int, Array],
    ) -> None:
        self.key = form_key(size, plain, names, given)
        self.plain = plain
        self._width = len(names)
        self._columns: list[Array | None] = [fixed.get(n) for n in range(len(plan.inputs))]
        self._arrays: list[tuple[str, int, np.dtype[Any] | None, tuple[int, ...]]] = []
        self._numbers: list[tuple[str, Array, frozenset[type]]] = []
        self._vectors: list[tuple[str, Array, np.dtype[Any] | None, tuple[int, ...]]] = []
        self._members: list[tuple[str, Array, dict[Any, int]]] = []
        self._bools: list[int] = []
        self._casts: list[tuple[int, np.dtype[Any]]] = []
        self._scaled: list[tuple[int, Any]] = []
        for number, declared in enumerate(plan.inputs):
            if number in given:
                array, no_width = given[number]
                checked_again = no_width or array.dtype == np.uint64  # lists; ints beyond int64
                self._add(number, declared, dtype, None if checked_again else array.dtype)
        self.read = self._read_plain if plain else self._read_batch

    def _add(
        self, number: int, declared: PlanInput, dtype: np.dtype[Any], seen: np.dtype[Any] | None
    ) -> None:
        own: np.dtype[Any] = {"real": dtype, "int": np.dtype(np.int64), "bool": np.dtype(bool)}[
            declared.kind
        ]
        if declared.kind == "real" and declared.scale != 1:
            self._scaled.append((number, dtype.type(declared.scale)))
        if not self.plain:
            shape = (self.key[0], *declared.shape)
            self._arrays.append((declared.name, number, seen, shape))
            if declared.kind == "bool":
                self._bools.append(number)
            elif seen != own:
                self._casts.append((number, own))
            return
        place = np.zeros((1, *declared.shape), np.uint8 if declared.kind == "bool" else own)
        self._columns[number] = place
        if declared.shape:
            self._vectors.append((declared.name, place[0], seen, declared.shape))
        elif declared.members:
            codes: dict[Any, int] = {m: n for n, m in enumerate(declared.members)}
            self._members.append((declared.name, place, codes))
        else:
            exact: dict[str, tuple[type, ...]] = {
                "real": (float, int, np.float32, own.type),
                "int": (int, own.type),
                "bool": (bool, own.type),
            }
            self._numbers.append((declared.name, place, frozenset(exact[declared.kind])))

    def _read_batch(self, values: Any) -> list[Array | None] | None:
        columns = self._columns.copy()
        array = np.ndarray
        try:
            if len(values) != self._width:
                return None
            for name, number, dtype, shape in self._arrays:
                x = values[name]
                if x.__class__ is not array or x.dtype is not dtype or x.shape != shape:
                    return None
                columns[number] = x if x.flags.carray else x.copy()
        except (KeyError, TypeError):
            return None
        for number in self._bools:
            column = columns[number]
            assert column is not None
            columns[number] = column.view(np.uint8)
        for number, own in self._casts:
            column = columns[number]
            assert column is not None
            columns[number] = column.astype(own)
        for number, scale in self._scaled:
            column = columns[number]
            assert column is not None
            columns[number] = column * scale
        return columns

    def _read_plain(self, values: Any) -> list[Array | None] | None:
        try:
            if len(values) != self._width:
                return None
            for name, place, classes in self._numbers:
                x = values[name]
                if x.__class__ not in classes:
                    return None
                place[0] = x
            for name, place, dtype, shape in self._vectors:
                x = values[name]
                if x.__class__ is not np.ndarray or x.dtype is not dtype or x.shape != shape:
                    return None
                place[...] = x
            for name, place, codes in self._members:
                x = values[name]
                if x.__class__ is str:
                    place[0] = codes[x]
                elif x.__class__ is int:
                    place[0] = x
                else:
                    return None
        except (KeyError, TypeError, OverflowError):
            return None
        for number, scale in self._scaled:
            column = self._columns[number]
            assert column is not None
            np.multiply(column, scale, out=column)
        return self._columns
