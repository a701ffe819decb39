"""A program bound to a loop: what rewards over arrays and over tensors have in common.

A program with open axes has an engine for each set of sizes it meets. Recorded data may come in
any; the loop keeps the sizes of its first call that tells them, and a reset before that waits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from rewardlang.plan import Plan
from rewardlang.runtime import signals
from rewardlang.runtime.sizes import OpenAxes, Sizes


class Engine(Protocol):
    plan: Plan
    params: Any
    run: Any
    kernel: Any

    def compile(self, dtype: Any) -> object: ...
    def join(self, other: Any) -> None: ...


class Loop(Protocol):
    check: bool | None
    environments: Any

    def reset(self, values: Mapping[str, Any] | None, mask: Any) -> None: ...


E = TypeVar("E", bound=Engine)
L = TypeVar("L", bound=Loop)


class Bound(ABC, Generic[E, L]):
    """See the module, and `Reward` and `TensorReward`, whose arguments these are."""

    def __init__(
        self,
        plan: Plan,
        open_axes: OpenAxes | None,
        dtype: Any,
        params: Mapping[str, Any] | None,
        check: bool | None,
    ) -> None:
        self._open, self._asked = open_axes, dtype
        self._sizes: Sizes | None = None  # of the loop, once a call has told them
        self._sized: dict[tuple[int, ...], E] = {}
        self._waiting: tuple[Mapping[str, Any], Any] | None = None  # a reset that told no size
        given, apart = dict(params or {}), () if open_axes is None else open_axes.params
        self._open_params = {name: given.pop(name) for name in apart if name in given}
        engine = self._engine_of(plan)
        engine.params.update(given)
        if dtype is not None and open_axes is None:
            engine.compile(dtype)
        self._take(engine, check)

    @abstractmethod
    def _engine_of(self, plan: Plan) -> E: ...

    @abstractmethod
    def _loop_of(self, engine: E, check: bool | None) -> L: ...

    def _take(self, engine: E, check: bool | None) -> None:
        self._engine, self.plan = engine, engine.plan
        self._loop = self._loop_of(engine, check)

    @property
    def training(self) -> bool:
        """What the program reads as `training`; True until set."""
        return bool(self._engine.run.training)

    @training.setter
    def training(self, value: bool) -> None:
        self._engine.run.training = bool(value)

    @property
    def check(self) -> bool | None:
        """Declared ranges: None looks at the first 10 steps and at all recorded data, True always,
        False never. A value outside is a fault of whatever reads it."""
        return self._loop.check

    @check.setter
    def check(self, value: bool | None) -> None:
        self._loop.check = value

    @property
    def hash(self) -> str:
        """Of the program's meaning."""
        return self.plan.hash

    @property
    def environments(self) -> int | None:
        """How many there are; None before the first call."""
        found = self._loop.environments
        return None if found is None else int(found.size)

    # ---- open axes ---------------------------------------------------------------------------

    def _fit(self, axes: OpenAxes, values: Mapping[str, Any]) -> None:
        """A call of the loop has its sizes, or tells them."""
        if not self._told(axes, values):
            raise axes.missing(axes.read(values))

    def _waits(self, axes: OpenAxes, values: Mapping[str, Any], mask: Any) -> bool:
        """Whether a reset is left to the call that tells the sizes."""
        if self._told(axes, values):
            return False
        self._waiting = dict(values), mask
        return True

    def _told(self, axes: OpenAxes, values: Mapping[str, Any]) -> bool:
        """Whether the loop has sizes, from this call if not before."""
        signals.check_mapping(values)
        found = axes.read(values)
        if self._sizes is not None:
            axes.agree(found, self._sizes)
            return True
        sizes = axes.complete(found, None)
        if sizes is None:
            return False
        self._begin(axes, sizes)
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._loop.reset(*waiting)
        return True

    def _begin(self, axes: OpenAxes, sizes: Sizes) -> None:
        self._sizes = sizes
        self._take(self._of_size(axes, sizes), self.check)

    def _engine_for(self, axes: OpenAxes, columns: Mapping[str, Any]) -> E:
        """The engine for the sizes of recorded columns."""
        found = axes.read(columns)
        sizes = axes.complete(found, self._sizes)
        if sizes is None:
            raise axes.missing(found)
        return self._of_size(axes, sizes)

    def _of_size(self, axes: OpenAxes, sizes: Sizes) -> E:
        """The engine for these sizes, with the params, run and faults of the present one."""
        key = tuple(sizes.values())
        if key not in self._sized:
            made = self._engine_of(axes.resize(sizes))
            made.params.update(self._open_params)
            self._sized[key] = made
        engine, present = self._sized[key], self._engine
        if engine is not present:
            shared = {n: v for n, v in present.params.items() if n not in axes.params}
            engine.params.update(shared)
            engine.join(present)
        if self._asked is not None and engine.kernel is None:
            engine.compile(self._asked)
        return engine

    def _restore_sizes(self, axes: OpenAxes, entry: Any) -> None:
        """Take the sizes of a saved state."""
        sizes = axes.restored(entry)
        if self._sizes is not None:
            axes.agree(sizes, self._sizes)
            return
        self._waiting = None
        self._begin(axes, sizes)
