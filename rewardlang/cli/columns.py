"""From the arrays of a data file to the columns a program wants.

An input is filled by the column of its name, or by what its `from` clause says. Rows are flat with
a column `episode`, or one episode, or [episodes, steps, ..]. A value per state has one row more
than there are steps, or comes as a pair `x_before`, `x_after`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.adapters.paths import Part, parse_path
from rewardlang.cli.data import Arrays
from rewardlang.cli.files import refuse
from rewardlang.diagnostics.suggest import nearest

if TYPE_CHECKING:
    from rewardlang.driver import Program

Array = NDArray[Any]

_SPELLINGS = {
    "observation": ("observation", "observations", "obs"),
    "action": ("action", "actions"),
}


@dataclass
class Recorded:
    """What `Reward.evaluate` takes. `episode` is None for [episodes, steps, ..] columns."""

    columns: dict[str, Array] = field(default_factory=dict)
    initial: dict[str, Array] = field(default_factory=dict)
    episode: Array | None = None
    lengths: Array | None = None
    terminated: Array | None = None
    truncated: Array | None = None

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments of `Reward.evaluate` that are present."""
        optional = {
            "initial": self.initial or None,
            "episode": self.episode,
            "lengths": self.lengths,
            "terminated": self.terminated,
            "truncated": self.truncated,
        }
        present = {name: value for name, value in optional.items() if value is not None}
        return {"columns": self.columns, **present}


def arrange(program: Program, data: Arrays, bind: Mapping[str, str] = {}) -> Recorded:
    """The columns for a program. RW678 names the input that none is found for.

    `bind` says where inputs stand, before their names and `from` clauses: `xpos`, `obs[2]`.
    """
    recorded = Recorded()
    episode = data.get("episode")
    lead = 1 if episode is not None else _lead(program, data)
    if episode is not None:
        recorded.episode = episode
        first = np.flatnonzero(np.r_[True, episode[1:] != episode[:-1]])
    for declared in program.checked.inputs:
        found = _find(declared, data, bind.get(declared.name), lead)
        if found is None:
            if declared.default is None:
                _refuse_missing(declared.name, data)
            continue
        before, after = found
        if episode is not None:
            recorded.columns[declared.name] = after
            if before is not None:
                recorded.initial[declared.name] = before[first]
        else:
            whole = after if before is None else _with_reset(before, after, lead)
            recorded.columns[declared.name] = whole if lead == 2 else whole[None]
    for name in ("terminated", "truncated"):
        if name in data:
            ended = data[name].astype(bool)
            setattr(recorded, name, ended if episode is not None or lead == 2 else ended[None])
    if lead == 2:
        recorded.lengths = data.get("lengths")
    return recorded


def _lead(program: Program, data: Arrays) -> int:
    """How many axes come before an input's own: 1 for one episode, 2 for [episodes, steps]."""
    for declared in program.checked.inputs:
        if declared.name in data:
            return max(1, min(2, data[declared.name].ndim - len(declared.type.axes)))
    for spellings in _SPELLINGS.values():
        for name in spellings:
            if name in data:
                return 2 if data[name].ndim > 2 else 1
    return 1


def _with_reset(before: Array, after: Array, lead: int) -> Array:
    axis = lead - 1
    return np.concatenate([np.take(before, [0], axis=axis), after], axis=axis)


def _find(
    declared: Any, data: Arrays, bound: str | None, lead: int
) -> tuple[Array | None, Array] | None:
    """The values before (None where not recorded apart) and after each transition."""
    for name, path in _places(declared, bound):
        per_state = declared.level.index.name == "STATE"
        pair = _pair(name, data)
        if pair is not None and (per_state or name not in data):
            before = _follow(pair[0], path, lead) if per_state else None
            after = _follow(pair[1], path, lead)
            if after is not None:
                return before, after
        if name in data:
            value = _follow(data[name], path, lead)
            if value is not None:
                return None, value
    return None


def _places(declared: Any, bound: str | None) -> Iterator[tuple[str, Sequence[Part]]]:
    """Where an input may stand: pairs of a column and a path into each of its rows."""
    if bound is not None:
        column, bracket, rest = bound.partition("[")
        yield column, parse_path(f"observation{bracket}{rest}").parts
        return
    yield declared.name, ()
    if declared.binding is None:
        return
    path = parse_path("".join(declared.binding), declared.span)
    for name in _SPELLINGS.get(path.root, (path.root,)):
        yield name, path.parts
        if path.parts and isinstance(path.parts[0], str):  # of a dictionary observation
            yield f"{name}.{path.parts[0]}", path.parts[1:]
    if path.root == "info" and isinstance(path.parts[0], str):
        key = path.parts[0]
        for name in (f"info.{key}", f"info_{key}", f"info/{key}", key):
            yield name, path.parts[1:]


def _pair(name: str, data: Arrays) -> tuple[Array, Array] | None:
    for before, after in (
        (f"{name}_before", f"{name}_after"),
        (name, f"next_{name}"),
    ):
        if before in data and after in data:
            return data[before], data[after]
    return None


def _follow(rows: Array, parts: Sequence[Part], lead: int) -> Array | None:
    """`[3]`, `[0:3]` of each row; None where there is no such place."""
    at = lead
    for part in parts:
        if isinstance(part, str) or at >= rows.ndim:
            return None
        if isinstance(part, int) and part >= rows.shape[at]:
            return None
        rows = rows[(slice(None),) * at + (part,)]
        at += isinstance(part, slice)
    return rows


def _refuse_missing(name: str, data: Arrays) -> None:
    close = nearest(name, data)
    shown = ", ".join(f"`{column}`" for column in data) or "nothing"
    advice = (
        f"is it `{close[0]}`? Then say `--bind {name}={close[0]}`, or rename the column"
        if close
        else f"say which it is: `--bind {name}=COLUMN`, or give the input a default with `else`"
    )
    refuse("RW678", name=name, columns=shown, advice=advice)
