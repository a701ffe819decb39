"""The memory of all environments, and how it is reset, saved and restored.

What a kernel remembers are three banks of numbers with one row for each environment. Beside them
stand what the runtime itself remembers: how long each environment has run, what each value column
gave last (for the policy `hold`), and the per-episode inputs that were given at the reset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlang.plan import Plan
from rewardlang.runtime.failure import failure, shape_text
from rewardlang.runtime.kernel import Array, State
from rewardlang.runtime.outcome import Rows

BANKS = ("real", "wide", "int")
_BOOL = np.dtype(bool)


def new_state(plan: Plan, dtype: np.dtype[Any], size: int) -> State:
    """The state right after a reset, before the reset block has run."""
    real, wide, whole = plan.state_sizes
    return State(
        np.zeros((size, real), dtype),
        np.zeros((size, wide)),
        np.zeros((size, whole), dtype=np.int64),
    )


def rows_of(state: State, chosen: Array) -> State:
    """A copy of some rows."""
    return State(state.real[chosen], state.wide[chosen], state.int[chosen])


def put_rows(state: State, chosen: Array, part: State) -> None:
    """Write back what `rows_of` took."""
    state.real[chosen], state.wide[chosen], state.int[chosen] = part.real, part.wide, part.int


@dataclass
class FeedMemory:
    """The state of one feed's environments, and what its values were (for the policy `hold`)."""

    state: State
    held: Array


class Environments:
    """A fixed number of environments: their state and their age."""

    def __init__(self, plan: Plan, dtype: np.dtype[Any], size: int, fed: list[FeedMemory]) -> None:
        self.size = size
        self.fed = fed  # of the kernels that run before the main one
        self.state = new_state(plan, dtype, size)
        self.clock = 0  # calls of step
        self.born = np.zeros(size, dtype=np.int64)  # the clock at each one's reset
        self.waiting: Array | None = np.ones(size, dtype=bool)  # not reset yet
        self.held = np.zeros((size, plan.value_columns), dtype)
        self.latched: dict[int, Array] = {}  # per-episode inputs given at reset, by input
        self.unlatched: dict[int, Array] = {}  # environments reset since without a value for them
        self.no_end = np.zeros(size, dtype=bool)
        self.all_end = np.ones(size, dtype=bool)
        self.rows = Rows((size,))

    def flag(self, name: str, given: Any) -> Array:
        """One of the loop's flags, [B] bool; a plain bool will do for one environment."""
        size = self.size
        if (
            given.__class__ is np.ndarray
            and given.dtype is _BOOL
            and given.shape == (size,)
            and given.flags.carray
        ):
            checked: Array = given
            return checked
        if given.__class__ is bool and size == 1:
            return self.all_end if given else self.no_end
        flag = np.array(given)
        if flag.dtype != bool or flag.shape not in ((size,), () if size == 1 else (size,)):
            raise failure(
                "RW619",
                name=name,
                given=f"{flag.dtype}{shape_text(flag.shape)}",
                expected=shape_text((size,)),
            )
        return flag.reshape(size)

    def begin(self, mask: Array | None) -> int:
        """Note a reset of the masked environments; returns how many episodes it ended."""
        if mask is None:
            ended = int(np.count_nonzero(self.born < self.clock))
            self.born[:] = self.clock
            self.held = np.zeros_like(self.held)
            self.waiting = None
            return ended
        ended = int(np.count_nonzero(self.born[mask] < self.clock))
        self.born[mask] = self.clock
        self.held = self.held.copy()  # results that were handed out may still read the old one
        self.held[mask] = 0
        if self.waiting is not None:
            waiting = self.waiting & ~mask
            self.waiting = waiting if waiting.any() else None
        return ended

    def latch(self, number: int, column: Array | None, mask: Array | None) -> None:
        """Keep a per-episode input for the episode that begins; None: it was not given."""
        if column is None:
            missing = self.unlatched.setdefault(number, np.ones(self.size, dtype=bool))
            missing[... if mask is None else mask] = True
            return
        kept = self.latched.setdefault(number, np.zeros_like(column))
        missing = self.unlatched.setdefault(number, np.ones(self.size, dtype=bool))
        where = ... if mask is None else mask
        kept[where] = column[where]
        missing[where] = False

    def kept(self, number: int) -> Array | None:
        """The latched column, if every environment has a value."""
        missing = self.unlatched.get(number)
        return None if missing is None or missing.any() else self.latched[number]


def layout_of(plan: Plan) -> list[str]:
    """What stands where in the banks, as text for people: part of a saved state."""
    cells = [f"{c.bank}[{c.offset}] {c.name}{shape_text(c.shape)}" for c in plan.cells]
    buffers = [
        f"{b.bank}[{b.offset}] {b.name}{shape_text((b.length, *b.shape))}" for b in plan.buffers
    ]
    return cells + buffers


def saved(plan: Plan, dtype: np.dtype[Any], environments: Environments) -> dict[str, Any]:
    """Copies of everything, as plain arrays, text and numbers."""
    state = environments.state
    entry: dict[str, Any] = {
        "program": plan.hash,
        "float": dtype.name,
        "environments": environments.size,
        "layout": layout_of(plan),
        "age": environments.clock - environments.born,
        "held": environments.held.copy(),
        "waiting": np.zeros(environments.size, dtype=bool)
        if environments.waiting is None
        else environments.waiting.copy(),
        "latched": {plan.inputs[n].name: a.copy() for n, a in environments.latched.items()},
        "unlatched": {plan.inputs[n].name: a.copy() for n, a in environments.unlatched.items()},
    }
    for bank in BANKS:
        entry[bank] = getattr(state, bank).copy()
    entry["feeds"] = [
        {"held": fed.held.copy(), **{b: getattr(fed.state, b).copy() for b in BANKS}}
        for fed in environments.fed
    ]
    return entry


def check_program(plan: Plan, entry: Mapping[str, Any]) -> None:
    """A state goes back into the program it came from, or nowhere."""
    if not isinstance(entry, Mapping) or "program" not in entry:
        raise failure("RW631", what="no entry `program`")
    if entry["program"] != plan.hash:
        raise failure("RW630", given=str(entry["program"])[:12], wanted=plan.hash[:12])


def counters(entry: Mapping[str, Any]) -> tuple[int, int]:
    """Steps and episodes of the run."""
    found = []
    for name in ("steps", "episodes"):
        n = entry.get(name)
        if not isinstance(n, int) or n < 0:
            raise failure("RW631", what=f"`{name}` is not a whole number")
        found.append(n)
    return found[0], found[1]


def restored(
    plan: Plan, dtype: np.dtype[Any], entry: Mapping[str, Any], fed: list[FeedMemory]
) -> Environments:
    """Environments as they were saved; every array is copied and its shape and dtype checked."""
    size = entry.get("environments")
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise failure("RW631", what="`environments` is not a positive number")
    environments = Environments(plan, dtype, size, fed)
    feeds = entry.get("feeds", [])
    if not isinstance(feeds, list) or len(feeds) != len(fed):
        raise failure("RW631", what="`feeds` does not fit this program")
    parts = [(environments.state, entry), *zip((f.state for f in fed), feeds, strict=True)]
    for one, part in parts:
        for bank in BANKS:
            array = getattr(one, bank)
            array[...] = _entry(part, bank, array.shape, array.dtype)
    for memory, part in zip(fed, feeds, strict=True):
        memory.held = _entry(part, "held", memory.held.shape, dtype)
    environments.born = -_entry(entry, "age", (size,), np.dtype(np.int64))
    environments.held = _entry(entry, "held", environments.held.shape, dtype)
    waiting = _entry(entry, "waiting", (size,), np.dtype(bool))
    environments.waiting = waiting if waiting.any() else None
    numbers = {i.name: n for n, i in enumerate(plan.inputs)}
    for name in ("latched", "unlatched"):
        kept = entry.get(name, {})
        if not isinstance(kept, Mapping) or not set(kept) <= set(numbers):
            raise failure("RW631", what=f"`{name}` names inputs that the program does not have")
    for name in entry.get("latched", {}):
        declared = plan.inputs[numbers[name]]
        wanted = {"real": dtype, "int": np.dtype(np.int64)}.get(declared.kind, np.dtype(np.uint8))
        shape = (size, *declared.shape)
        environments.latched[numbers[name]] = _entry(entry["latched"], name, shape, wanted)
    for name in entry.get("unlatched", {}):
        missing = _entry(entry["unlatched"], name, (size,), np.dtype(bool))
        if numbers[name] not in environments.latched and not missing.all():
            raise failure("RW631", what=f"`latched` has no entry `{name}`")
        environments.unlatched[numbers[name]] = missing
    return environments


def _entry(
    entry: Mapping[str, Any], name: str, shape: Sequence[int], dtype: np.dtype[Any]
) -> Array:
    if name not in entry:
        raise failure("RW631", what=f"no entry `{name}`")
    array = np.asarray(entry[name])
    if array.shape != tuple(shape) or array.dtype != dtype:
        raise failure(
            "RW631",
            what=f"`{name}` is {array.dtype}{shape_text(array.shape)}, "
            f"where {dtype}{shape_text(tuple(shape))} belongs",
        )
    return array.copy()
