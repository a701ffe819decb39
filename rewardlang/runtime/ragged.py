"""Ragged columns: lists of different lengths become arrays padded to the cap, and their lengths.

An input `real[box: 0 .. 64, 4]` is given as nested lists or object arrays, or as an array with a
column `box.length` beside it (without one, every row has as many slots as the array). What pads is
a value inside the declared range; the kernel looks at no slot beyond the length. A row with more
slots than the cap has no length: whatever reads it is a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from rewardlang.plan import Plan, PlanInput
from rewardlang.runtime import signals
from rewardlang.runtime.failure import failure, shape_text
from rewardlang.runtime.kernel import Array

Piece = tuple[tuple[int, ...], Array, bool]  # where it stands; whether it has a width of its own
Lead = Callable[[PlanInput], int]  # how many axes come before the declared ones of an input


def is_ragged(plan: Plan) -> bool:
    return any(i.lengths for i in plan.inputs)


def padded(
    plan: Plan, values: Mapping[str, Any], lead_of: Lead, dtype: np.dtype[Any] | None
) -> dict[str, Any]:
    """The columns with every ragged one padded, and one of lengths for each ragged axis.

    `dtype` is the program's float type once that is decided: lists take it.
    """
    found = dict(values)
    told: dict[str, tuple[str, Array]] = {}
    for declared in plan.inputs:
        if not declared.lengths or declared.name not in values:
            continue
        reader = _Reader(declared, lead_of(declared), dtype)
        array, lengths = reader.read(values[declared.name], values)
        found[declared.name] = array
        for name, counted in lengths.items():
            by, known = told.setdefault(name, (declared.name, counted))
            if known.shape != counted.shape or not (known == counted).all():
                raise _disagree(declared, by, name, counted, known)
    for name, (_, counted) in told.items():
        cap = _cap(plan, name)
        found[name] = np.where(counted > cap, signals.FAULT_INT, counted)
    return found


def _cap(plan: Plan, name: str) -> int:
    declared = next(i for i in plan.inputs if name in i.lengths)
    return declared.shape[declared.lengths.index(name)]


def lead_of_call(plan: Plan, values: Mapping[str, Any]) -> Lead:
    """0 or 1 for a step: as the other columns have it, else as deep as the lists are nested."""
    for declared in plan.inputs:
        if declared.name in values and not declared.lengths and "." not in declared.name:
            extra = np.ndim(values[declared.name]) - len(declared.shape)
            return lambda _: extra
    depths = [
        _depth(values[i.name]) - len(i.shape) for i in plan.inputs if i.lengths and i.name in values
    ]
    deepest = max(depths, default=0)
    return lambda _: min(max(0, deepest), 1)


def _depth(value: Any) -> int:
    """How deep lists and arrays are nested, along the deepest way."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.ndim
    if isinstance(value, np.ndarray):
        return value.ndim + max((_depth(v) for v in value.reshape(-1)), default=0)
    if isinstance(value, (list, tuple)):
        return 1 + max((_depth(v) for v in value), default=0)
    return np.ndim(value)


class _Reader:
    """One ragged input: its padded array and the lengths of its ragged axes."""

    def __init__(self, declared: PlanInput, lead: int, dtype: np.dtype[Any] | None) -> None:
        self.declared = declared
        self.lead = lead
        self.dtype = dtype
        lo, hi = declared.lo / declared.scale, declared.hi / declared.scale
        self.pad = 0 if declared.kind == "bool" or declared.members else min(max(0.0, lo), hi)
        self.names = {n: name for n, name in enumerate(declared.lengths) if name is not None}

    def read(self, value: Any, values: Mapping[str, Any]) -> tuple[Array, dict[str, Array]]:
        array = self._regular(value)
        if array is not None:
            return self._widened(array), self._given_lengths(array, values)
        return self._irregular(value)

    # ---- arrays ------------------------------------------------------------------------------

    def _regular(self, value: Any) -> Array | None:
        """The value as one array, if it is one."""
        if not isinstance(value, np.ndarray) and signals.has_no_width(value):
            return None  # lists are read slot by slot, whose lengths they tell
        array = np.asarray(value)
        if array.dtype == object:
            return None
        array = signals.array_of(self.declared, array)
        rank = self.lead + len(self.declared.shape)
        if array.ndim != rank:
            raise self._misshapen(array.shape)
        for n, size in enumerate(self.declared.shape):
            if n not in self.names and array.shape[self.lead + n] != size:
                raise self._misshapen(array.shape)
        return array

    def _widened(self, array: Array) -> Array:
        """Padded (or cut) to the cap."""
        lead = array.shape[: self.lead]
        out = np.full((*lead, *self.declared.shape), self.pad, array.dtype)
        common = tuple(
            slice(0, min(given, size))
            for given, size in zip(array.shape[self.lead :], self.declared.shape, strict=True)
        )
        whole = (slice(None),) * self.lead
        out[whole + common] = array[whole + common]
        return out

    def _given_lengths(self, array: Array, values: Mapping[str, Any]) -> dict[str, Array]:
        found = {}
        for place, name in self.names.items():
            shape = (*array.shape[: self.lead], *self.declared.shape[:place])
            size = array.shape[self.lead + place]
            if name not in values:
                found[name] = np.full(shape, size, np.int64)
                continue
            lengths = np.asarray(values[name])
            if lengths.dtype.kind not in "iu" or lengths.shape != shape:
                given = f"{lengths.dtype}{shape_text(lengths.shape)}"
                raise failure("RW699", name=name, given=given, wanted=f"int{shape_text(shape)}")
            if lengths.size and (lengths.min() < 0 or lengths.max() > size):
                wrong = lengths.min() if lengths.min() < 0 else lengths.max()
                raise failure("RW699", name=name, given=int(wrong), wanted=f"0 .. {size}")
            found[name] = lengths.astype(np.int64)
        return found

    # ---- lists -------------------------------------------------------------------------------

    def _irregular(self, value: Any) -> tuple[Array, dict[str, Array]]:
        lead, rows = self._rows(value)
        shape = (len(rows), *self.declared.shape)
        lengths = {
            name: np.zeros((len(rows), *self.declared.shape[:place]), np.int64)
            for place, name in self.names.items()
        }
        pieces: list[Piece] = []
        for number, row in enumerate(rows):
            self._walk(row, (number,), lengths, pieces)
        out = np.full(shape, self.pad, self._width(pieces))
        for where, piece, _ in pieces:
            place: tuple[int | slice, ...] = (*where, *(slice(0, n) for n in piece.shape))
            out[place] = piece
        return (
            out.reshape((*lead, *self.declared.shape)),
            {name: n.reshape((*lead, *n.shape[1:])) for name, n in lengths.items()},
        )

    def _rows(self, value: Any) -> tuple[tuple[int, ...], list[Any]]:
        """The rows of a column, with the shape in which they stand."""
        rows, lead = [value], tuple[int, ...]()
        for _ in range(self.lead):
            inner = [self._items(row) for row in rows]
            sizes = {len(items) for items in inner}
            if len(sizes) > 1:
                raise self._misshapen((*lead, "|".join(str(n) for n in sorted(sizes))))
            lead = (*lead, sizes.pop() if sizes else 0)
            rows = [row for items in inner for row in items]
        return lead, rows

    def _items(self, value: Any) -> Sequence[Any]:
        if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__len__"):
            given = type(value).__name__
            raise failure(
                "RW604", self.declared.span, name=self.declared.name, given=given, reason=""
            )
        if isinstance(value, np.ndarray) and not value.ndim:
            raise self._misshapen(())
        return value  # type: ignore[no-any-return]

    def _walk(
        self,
        value: Any,
        where: tuple[int, ...],
        lengths: dict[str, Array],
        pieces: list[Piece],
    ) -> None:
        """Note the length of each list on the way to where the rest is one array."""
        place = len(where) - 1
        rest = [n for n in self.names if n >= place]
        if not rest:
            pieces.append(self._piece(where, value, self.declared.shape[place:]))
            return
        items = self._items(value)
        size = self.declared.shape[place]
        if place in self.names:
            lengths[self.names[place]][where] = len(items)
            items = items[:size]
        elif len(items) != size:
            raise self._misshapen(("..", len(items)))
        if rest == [place]:
            if len(items):
                wanted = (len(items), *self.declared.shape[place + 1 :])
                pieces.append(self._piece(where, items, wanted))
            return
        for n, item in enumerate(items):
            self._walk(item, (*where, n), lengths, pieces)

    def _piece(self, where: tuple[int, ...], value: Any, wanted: tuple[int, ...]) -> Piece:
        array = signals.array_of(self.declared, value)
        if array.shape != wanted:
            raise self._misshapen(("..", *array.shape))
        first = value[0] if wanted and signals.has_no_width(value) else value
        return where, array, not signals.has_no_width(first)

    def _width(self, pieces: list[Piece]) -> np.dtype[Any]:
        """The dtype of the whole: numbers in lists have none of their own."""
        if self.declared.kind != "real":
            return np.dtype(bool) if self.declared.kind == "bool" else np.dtype(np.int64)
        own = {piece.dtype for _, piece, has_width in pieces if has_width}
        if not own:
            return self.dtype or np.dtype(np.float64)
        return np.result_type(*own)

    def _misshapen(self, given: tuple[object, ...]) -> Exception:
        sizes = (
            f"0 .. {n}" if place in self.names else n for place, n in enumerate(self.declared.shape)
        )
        return failure(
            "RW602",
            self.declared.span,
            name=self.declared.name,
            given=shape_text(given),
            expected=shape_text((*("B", "T")[: self.lead], *sizes)),
        )


def _disagree(declared: PlanInput, by: str, name: str, counted: Array, known: Array) -> Exception:
    here: object = shape_text(counted.shape)
    there: object = shape_text(known.shape)
    where = ""
    if counted.shape == known.shape:
        first = tuple(np.argwhere(counted != known)[0].tolist()) if counted.ndim else ()
        here, there = int(counted[first]), int(known[first])
        where = f" in row {shape_text(first)}" if first else ""
    return failure(
        "RW698",
        declared.span,
        name=declared.name,
        axis=name.removesuffix(".length"),
        size=here,
        other=by,
        known=there,
        where=where,
    )
