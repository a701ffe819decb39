"""Params from files: the cells of a table as the numbers of a param.

Reading files is not the checker's: it is given `read_table(path)`, which returns a `Sheet` of texts
(a CSV file), a `Plain` array (`.npy`), or says why there is none. A sheet has a header. The labels
of an axis that is an enum are its members, in any order; those of another axis are free. An empty
cell is a fault of whatever reads it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rewardlang.builtins.table import FAULT_INT
from rewardlang.check.axes import show
from rewardlang.check.names import suggestion
from rewardlang.check.session import Session
from rewardlang.check.type_exprs import Declared
from rewardlang.diagnostics.source import Span
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.types import Axis, Range, Type


@dataclass(frozen=True)
class Sheet:
    """The cells of a CSV file: each row with the number of its line."""

    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Plain:
    """The numbers of an array file, in nested lists."""

    numbers: Any
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Target:
    """The param that a table is for."""

    session: Session
    path: str
    node: ast.Param
    type: Type
    scale: float
    contract: Range | None

    def error(self, code: str, hint: str | None = None, **args: Any) -> None:
        self.session.error(code, (self.span, ""), hint=hint, path=self.path, **args)

    @property
    def span(self) -> Span:
        return self.node.span


def table_of(
    session: Session, node: ast.Param, declared: Declared, contract: Range | None
) -> Any | None:
    """The default of a param `from` a file: nested tuples in base units. None is reported."""
    path = node.source or ""
    if node.default is not None:
        session.error("RW134", (node.default.span, ""), name=node.name, path=path)
        return None
    target = Target(session, path, node, declared.type, float(declared.scale), contract)
    found = session.read_table(path)
    if isinstance(found, str):
        target.error("RW130", reason=found)
        return None
    axes = declared.type.axes
    if any(a.size is None or a.cap is not None for a in axes):
        target.error("RW133", given="of its own size", name=node.name, wanted=show(axes))
        return None
    if isinstance(found, Plain):
        return _plain(target, found)
    if not 1 <= len(axes) <= 2:
        target.error("RW133", given="a table of rows", name=node.name, wanted=show(axes))
        return None
    return _sheet(target, found)


def _plain(target: Target, found: Plain) -> Any | None:
    if found.shape != target.type.shape:
        given = show(tuple(Axis(None, n) for n in found.shape))
        wanted = show(target.type.axes)
        target.error("RW133", given=given, name=target.node.name, wanted=wanted)
        return None

    def walk(value: Any, place: tuple[int, ...]) -> Any:
        if isinstance(value, list):
            return tuple(walk(v, (*place, n)) for n, v in enumerate(value))
        return _number(target, str(value), f"element {list(place)}")

    numbers = walk(found.numbers, ())
    return None if _has_none(numbers) else numbers


def _sheet(target: Target, sheet: Sheet) -> Any | None:
    axes = target.type.axes
    rows = [row for row in sheet.rows if any(cell.strip() for cell in row[1])]
    if not rows:
        target.error("RW133", given="empty", name=target.node.name, wanted=show(axes))
        return None
    (_, header), *body = rows
    labelled = bool(axes[0].labels)
    columns = _places(target, axes[1], header[1 if labelled else 0 :]) if len(axes) > 1 else [0]
    labels = [row[0] for _, row in body] if labelled else [""] * len(body)
    places = _places(target, axes[0], labels)
    if columns is None or places is None:
        return None
    cells: dict[tuple[int, int], Any] = {}
    for (line, row), place in zip(body, places, strict=True):
        values = row[1 if labelled else 0 :]
        if len(values) != len(columns):
            what = f"line {line} has {len(values)} values, where {len(columns)} belong"
            target.error("RW132", what=what)
            return None
        for n, (text, column) in enumerate(zip(values, columns, strict=True)):
            where = f"line {line}, column {n + 1 + labelled}"
            cells[place, column] = _number(target, text, where)
    if None in cells.values():
        return None
    whole = range(axes[0].size or 0)
    if len(axes) == 1:
        return tuple(cells[r, 0] for r in whole)
    return tuple(tuple(cells[r, c] for c in range(axes[1].size or 0)) for r in whole)


def _places(target: Target, axis: Axis, labels: Sequence[str]) -> list[int] | None:
    """Where along an axis the rows or columns with these labels belong. None is reported."""
    if not axis.labels:
        if len(labels) == axis.size:
            return list(range(len(labels)))
        what = f"it has {len(labels)} along `{axis}`"
        target.error("RW132", what=what)
        return None
    places: list[int] = []
    for label in (text.strip() for text in labels):
        if label not in axis.labels:
            hint = suggestion(nearest(label, axis.labels))
            target.error("RW132", hint, what=f"`{axis.name}` has no member `{label}`")
            return None
        if axis.labels.index(label) in places:
            target.error("RW132", what=f"`{label}` of `{axis.name}` stands twice")
            return None
        places.append(axis.labels.index(label))
    missing = [label for label in axis.labels if axis.labels.index(label) not in places]
    if missing:
        names = ", ".join(f"`{label}`" for label in missing)
        target.error("RW132", what=f"{names} of `{axis.name}` is not there")
        return None
    return places


def _number(target: Target, text: str, where: str) -> Any | None:
    """A cell in base units; an empty one is a fault. None is reported."""
    type_, word = target.type, text.strip()
    if not word:
        return math.nan if type_.kind == "real" else FAULT_INT if type_.kind == "int" else 2
    if type_.kind == "enum" and type_.enum is not None:
        if word in type_.enum.members:
            return type_.enum.members.index(word)
        hint = suggestion(nearest(word, type_.enum.members))
        target.error("RW131", hint, where=where, what=f"`{word}` is no {type_.enum.name}")
        return None
    if type_.kind == "bool":
        known = {"true": True, "false": False, "1": True, "0": False}
        if word.lower() in known:
            return known[word.lower()]
        target.error("RW131", where=where, what=f"`{word}` is neither true nor false")
        return None
    try:
        value = int(word) if type_.kind == "int" else float(word) * target.scale
    except ValueError:
        target.error("RW131", where=where, what=f"`{word}` is not {_KINDS[type_.kind]}")
        return None
    if not math.isfinite(value) or (type_.kind == "int" and abs(value) >= 2**63):
        target.error("RW131", where=where, what=f"`{word}` is not {_KINDS[type_.kind]}")
        return None
    if target.contract is not None and not target.contract.lo <= value <= target.contract.hi:
        what = f"`{word}` is outside the declared range {target.contract}"
        target.error("RW131", where=where, what=what)
        return None
    return value


_KINDS = {"real": "a number", "int": "a whole number"}


def _has_none(numbers: Any) -> bool:
    if isinstance(numbers, tuple):
        return any(_has_none(n) for n in numbers)
    return numbers is None
