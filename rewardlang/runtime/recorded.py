"""Recorded data: where each episode's rows are, and its columns as a kernel reads them.

Padded data is [B, T, ...] (per-state columns [B, T + 1, ...], the reset sample first), with
`lengths` where episodes are shorter than T. Flat data is [M, ...] with an episode id on each row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlang.plan import Plan, PlanInput
from rewardlang.runtime import signals
from rewardlang.runtime.failure import failure, shape_text
from rewardlang.runtime.kernel import Array
from rewardlang.runtime.outcome import Rows
from rewardlang.runtime.signals import Column

ENDS = ("terminated", "truncated")


@dataclass(frozen=True)
class Layout:
    """Environment e owns the rows `first[e] .. first[e] + count[e] - 1`. `lead` as in `Rows`."""

    lead: tuple[int, ...]
    first: Array
    count: Array
    padded: bool

    @property
    def rows(self) -> int:
        return int(np.prod(self.lead))

    @property
    def last(self) -> Array:
        last: Array = self.first + self.count - 1
        return last

    def shown(self) -> Rows:
        """How results are laid out; padding is masked only where there is some."""
        if not self.padded or (self.count == self.lead[1]).all():
            return Rows(self.lead, self.last)
        real = np.arange(self.lead[1])[None, :] < self.count[:, None]
        return Rows(self.lead, self.last, real.reshape(-1))

    def place(self, row: int) -> tuple[int, int]:
        """The episode of a row and its step, counted from 1."""
        episode = int(np.searchsorted(self.first, row, side="right")) - 1
        return episode, row - int(self.first[episode]) + 1


@dataclass(frozen=True)
class Columns:
    """Checked columns by input number, before casting: (array, has no width of its own)."""

    layout: Layout
    rows: dict[int, Column]  # [rows, *shape], or [episodes, *shape] per episode
    resets: dict[int, Column]  # [episodes, *shape]
    terminated: Array
    truncated: Array
    group: Array  # [episodes]: which group each belongs to, counted from 0


def split_ends(
    plan: Plan, columns: Mapping[str, Any], terminated: Any, truncated: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The inputs' columns, and the loop's flags, which may stand among the columns."""
    given = dict(columns)
    ends = {"terminated": terminated, "truncated": truncated}
    inputs = {i.name for i in plan.inputs}
    for name in ENDS:
        if name in given and (name not in inputs or name == signals.TERMINATED):
            if ends[name] is not None:
                raise failure("RW642", name=name)
            ends[name] = given.pop(name)
    return given, ends


def read_padded(
    plan: Plan,
    arrays: dict[int, Column],
    ends: dict[str, Any],
    lengths: Any,
    group: Any = None,
) -> Columns:
    """Columns [B, T, ...] per step, [B, T + 1, ...] per state, [B, ...] per episode."""
    size, steps = _extent(plan, arrays, ends)
    count = _lengths(lengths, size, steps)
    layout = Layout((size, steps), np.arange(size) * steps, count, True)
    groups = _groups(plan, group, layout)
    rows: dict[int, Column] = {}
    resets: dict[int, Column] = {}
    for number, (array, no_width) in arrays.items():
        declared = plan.inputs[number]
        lead = {"state": (size, steps + 1), "step": (size, steps), "episode": (size,)}
        wanted = lead[declared.per]
        array = _of_episodes(declared, array, groups)
        if array.shape != wanted + declared.shape:
            raise _padded_shape(declared, array, wanted)
        if declared.per == "episode":
            rows[number] = resets[number] = (array, no_width)
            continue
        if declared.per == "state":
            resets[number] = (array[:, 0], no_width)
            array = array[:, 1:]
        rows[number] = (array.reshape(size * steps, *declared.shape), no_width)
    terminated, truncated = _ends(ends, layout)
    return Columns(layout, rows, resets, terminated, truncated, groups)


def read_flat(
    plan: Plan,
    arrays: dict[int, Column],
    ends: dict[str, Any],
    episode: Any,
    initial: dict[int, Column],
    group: Any = None,
) -> Columns:
    """Columns [M, ...] with ids [M]; per-state reset values [E, ...] come in `initial`."""
    layout = flat_layout(episode)
    groups = _groups(plan, group, layout)
    rows: dict[int, Column] = {}
    resets: dict[int, Column] = {}
    for number, (array, no_width) in arrays.items():
        declared = plan.inputs[number]
        if declared.per == "episode":
            array = per_episode(declared, _of_episodes(declared, array, groups), layout)
            rows[number] = resets[number] = (array, no_width)
        elif array.shape != layout.lead + declared.shape:
            expected = _expected(layout.lead, declared)
            raise signals.wrong_shape(declared, array.shape, expected)
        else:
            rows[number] = (array, no_width)
    for number, (array, no_width) in initial.items():
        declared = plan.inputs[number]
        if declared.per != "state":
            raise failure("RW611", declared.span, name=declared.name, per=declared.per)
        wanted = (len(layout.first), *declared.shape)
        if array.shape != wanted:
            raise signals.wrong_shape(declared, array.shape, shape_text(wanted))
        resets[number] = (array, no_width)
    terminated, truncated = _ends(ends, layout)
    return Columns(layout, rows, resets, terminated, truncated, groups)


def _groups(plan: Plan, given: Any, layout: Layout) -> Array:
    """The group of each episode. Without ids all are of one, unless the program asks for groups."""
    episodes = len(layout.first)
    if given is None:
        if _asks_for_groups(plan):
            raise failure("RW646")
        return np.zeros(episodes, np.int64)
    ids = np.asarray(given)
    if ids.shape == layout.lead and not layout.padded and ids.shape != (episodes,):
        repeated = np.repeat(ids[layout.first], layout.count)
        if not (repeated == ids).all():
            row = int(np.flatnonzero(repeated != ids)[0])
            raise failure("RW648", row=row, episode=layout.place(row)[0])
        ids = ids[layout.first]
    if ids.shape != (episodes,) or ids.dtype.kind in "fcV":
        raise failure("RW647", given=f"{ids.dtype}{shape_text(ids.shape)}", episodes=episodes)
    return np.unique(ids, return_inverse=True)[1].astype(np.int64)


def _of_episodes(declared: PlanInput, array: Array, groups: Array) -> Array:
    """What is given once for a group or for the batch, once for each episode of it.

    Given for each episode, it must be the same throughout.
    """
    if not declared.shared:
        return array
    buckets = groups if declared.shared == "group" else np.zeros_like(groups)
    if array.shape[:1] != groups.shape or array.ndim == len(declared.shape):
        many = int(buckets.max()) + 1
        lead = array.shape[:1] if array.ndim > len(declared.shape) else ()
        if lead == (many,):
            return array[buckets]
        if lead == () and declared.shared == "batch":
            return np.broadcast_to(array, (len(groups), *declared.shape))
        return array
    firsts = np.unique(buckets, return_index=True)[1]
    if array.shape[1:] == declared.shape and not (array[firsts][buckets] == array).all():
        differs = array[firsts][buckets] != array
        episode = int(np.flatnonzero(differs.reshape(len(array), -1).any(axis=1))[0])
        raise failure(
            "RW649", declared.span, name=declared.name, shared=declared.shared, episode=episode
        )
    return array


def _asks_for_groups(plan: Plan) -> bool:
    calls = [c for feed in plan.feeds for c in feed.calls]
    return any(c.pool is not None and c.pool.scope == "group" for c in calls)


def arrays_of(plan: Plan, given: Mapping[str, Any]) -> dict[int, Column]:
    """The given columns by input, each an array of a fitting kind."""
    signals.check_mapping(given)
    signals.check_names(plan, given)
    found = {}
    for number, declared in enumerate(plan.inputs):
        if declared.name in given and declared.origin == "loop":
            value = given[declared.name]
            found[number] = (signals.array_of(declared, value), signals.has_no_width(value))
    return found


def _expected(lead: tuple[int, ...], declared: PlanInput) -> str:
    return shape_text(lead + declared.shape)


def _extent(plan: Plan, arrays: dict[int, Column], ends: dict[str, Any]) -> tuple[int, int]:
    """B and T, from the first column that says both."""
    extra = {"step": 0, "state": 1}
    for per in ("step", "state"):
        for number, (array, _) in arrays.items():
            declared = plan.inputs[number]
            if declared.per != per:
                continue
            if array.ndim != 2 + len(declared.shape):
                raise _padded_shape(declared, array, ("B", "T + 1" if per == "state" else "T"))
            return _not_empty(declared.name, array.shape[0], array.shape[1] - extra[per])
    for name in ENDS:
        if ends[name] is not None and np.ndim(ends[name]) == 2:
            size, steps = np.shape(ends[name])
            return _not_empty(name, size, steps)
    raise failure("RW613", what="no column says how many steps there are")


def _not_empty(name: str, size: int, steps: int) -> tuple[int, int]:
    if size < 1:
        raise failure("RW613", what=f"`{name}` has no episodes")
    if steps < 1:
        raise failure("RW613", what=f"`{name}` has no steps")
    return size, steps


def _padded_shape(declared: PlanInput, array: Array, wanted: tuple[Any, ...]) -> Exception:
    hint = None
    if array.ndim == len(wanted) + len(declared.shape) - 1 and declared.per != "episode":
        hint = (
            f"one episode: give `{declared.name}[None]`; "
            "rows of many episodes, one after another: give `episode=ids`"
        )
    elif declared.per == "state" and array.ndim == 2 + len(declared.shape):
        hint = "a per-state column has one value more than there are steps: the reset's, first"
    return failure(
        "RW602",
        declared.span,
        hint=hint,
        name=declared.name,
        given=shape_text(array.shape),
        expected=shape_text(wanted + declared.shape),
    )


def _lengths(lengths: Any, size: int, steps: int) -> Array:
    if lengths is None:
        return np.full(size, steps, dtype=np.int64)
    count = np.asarray(lengths)
    if count.dtype.kind not in "iu" or count.shape != (size,):
        raise failure(
            "RW614", given=f"{count.dtype}{shape_text(count.shape)}", size=size, steps=steps
        )
    if ((count < 1) | (count > steps)).any():
        episode = int(np.flatnonzero((count < 1) | (count > steps))[0])
        raise failure("RW615", episode=episode, length=int(count[episode]), steps=steps)
    return count.astype(np.int64)


def flat_layout(episode: Any) -> Layout:
    ids = np.asarray(episode)
    if ids.ndim != 1 or ids.dtype.kind in "fcV":
        raise failure("RW616", given=f"{ids.dtype}{shape_text(ids.shape)}")
    if not len(ids):
        raise failure("RW613", what="`episode` has no rows")
    new = np.flatnonzero(ids[1:] != ids[:-1]) + 1
    first = np.concatenate([[0], new]).astype(np.int64)
    starts = ids[first].tolist()
    if len(set(starts)) != len(starts):
        seen: set[Any] = set()
        again = next(x for x in starts if x in seen or seen.add(x))  # type: ignore[func-returns-value]
        row = int(first[len(starts) - 1 - starts[::-1].index(again)])
        raise failure("RW617", id=again, row=row)
    count = np.diff(np.append(first, len(ids)))
    return Layout((len(ids),), first, count, False)


def per_episode(declared: PlanInput, array: Array, layout: Layout) -> Array:
    """[E, ...], from that or from a column that repeats each value on the episode's rows."""
    episodes = len(layout.first)
    if array.shape == (episodes, *declared.shape):
        return array
    if array.shape != layout.lead + declared.shape:
        short = shape_text((episodes, *declared.shape))
        expected = f"{short} or {_expected(layout.lead, declared)}"
        raise signals.wrong_shape(declared, array.shape, expected)
    found = array[layout.first]
    repeated = np.repeat(found, layout.count, axis=0)
    same = (array == repeated) | ((array != array) & (repeated != repeated))
    if not same.all():
        row = int(np.flatnonzero(~same.reshape(len(array), -1).all(axis=1))[0])
        raise failure(
            "RW618", declared.span, name=declared.name, row=row, episode=layout.place(row)[0]
        )
    return found


def _ends(ends: dict[str, Any], layout: Layout) -> tuple[Array, Array]:
    """The loop's two flags on each row. An episode's last row is truncated unless terminated."""
    flags = []
    real = layout.shown().real
    inner = np.ones(layout.rows, dtype=bool) if real is None else real.copy()
    inner[layout.last] = False
    for name in ENDS:
        given = ends[name]
        flag = np.zeros(layout.lead, dtype=bool) if given is None else np.array(given)
        if flag.dtype != bool or flag.shape != layout.lead:
            raise failure(
                "RW619",
                name=name,
                given=f"{flag.dtype}{shape_text(flag.shape)}",
                expected=shape_text(layout.lead),
            )
        flag = flag.reshape(-1)
        early = np.flatnonzero(flag & inner)
        if early.size:
            episode, step = layout.place(int(early[0]))
            raise failure("RW612", name=name, episode=episode, step=step)
        flags.append(flag)
    terminated, truncated = flags
    truncated[layout.last] |= ~terminated[layout.last]
    return terminated, truncated
