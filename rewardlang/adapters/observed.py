"""The states of a program's machines as a part of the observation.

What a machine pays depends on the state it is in, so a learner must see it. Each machine's state
is a vector with a 1 at its place: behind the numbers of a flat Box, or under the machine's name in
a Dict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import Space, spaces
from numpy.typing import NDArray

from rewardlang.driver import Program
from rewardlang.runtime.failure import failure
from rewardlang.runtime.outcome import Outcome

Mask = NDArray[np.bool_]


class MachineStates:
    """The present states of all machines, of one environment or of `size`.

    RW456 where the program declares no machine.
    """

    def __init__(self, program: Program, size: int | None = None) -> None:
        self._counts = {m.name: len(m.states) for m in program.machines.values()}
        if not self._counts:
            raise failure("RW456", what="the program declares no machine")
        self._size = size
        self._states: dict[str, Any] = {}
        self.clear()

    def clear(self, rows: Mask | None = None) -> None:
        """The machines of these environments are in their initial states."""
        if self._size is None:
            self._states = dict.fromkeys(self._counts, 0)
        elif rows is None or not self._states:
            self._states = {n: np.zeros(self._size, np.int64) for n in self._counts}
        else:
            self._states = {n: np.where(rows, 0, s) for n, s in self._states.items()}

    def note(self, out: Outcome) -> None:
        """The states after a step. A row that made no transition begins anew: it is in state 0."""
        self._states = {name: out.machines[name].state for name in self._counts}

    def _joined(self, observation: Any, space: Space[Any], row: int | None = None) -> Any:
        """An observation, or a batch of them, with the states; `space` has them in it already.

        With `row` it is one of a batch, with the states of that environment.
        """
        hot = {
            n: np.eye(c, dtype=np.float32)[self._states[n] if row is None else self._states[n][row]]
            for n, c in self._counts.items()
        }
        if isinstance(space, spaces.Dict):
            return {**observation, **hot}
        array = np.asarray(observation)
        return np.concatenate([array, *(h.astype(array.dtype) for h in hot.values())], axis=-1)


class ObservedMachines(MachineStates):
    """The states in the observations of one environment, or of `size` that are alike.

    `space` is that of one environment, with the states in it. RW456 where they have no place.
    """

    def __init__(self, program: Program, space: Space[Any], size: int | None = None) -> None:
        super().__init__(program, size)
        self.space = _with_states(space, self._counts)

    def seen(self, observation: Any) -> Any:
        """An observation, or a batch of them, with the present states."""
        return self._joined(observation, self.space)

    def finals(self, boxes: Any, rows: Mask) -> Any:
        """`final_obs` with the states in which these rows ended: one by one, or as a batch."""
        if isinstance(boxes, Mapping) or (
            isinstance(boxes, np.ndarray) and boxes.dtype != np.dtype(object)
        ):
            return self.seen(boxes)
        joined = np.full(len(rows), None, dtype=object)
        for n, seen in zip(np.flatnonzero(rows), self.each(boxes, rows), strict=True):
            joined[n] = seen
        return joined

    def each(self, observations: Sequence[Any], rows: Mask) -> list[Any]:
        """Single observations of these rows, with the states in which they are."""
        return [self._joined(observations[n], self.space, n) for n in np.flatnonzero(rows).tolist()]


class MachinesByAgent(MachineStates):
    """The states in the observations of the agents of one environment, who share its machines.

    `observed` is the space of each agent; `spaces` has the states in it. RW456 for an agent in
    whose observation they have no place.
    """

    def __init__(self, program: Program, observed: Mapping[str, Space[Any]]) -> None:
        super().__init__(program)
        self.spaces = {
            agent: _with_states(space, self._counts, f"{agent}'s observation")
            for agent, space in observed.items()
        }

    def seen(self, observations: Mapping[str, Any]) -> dict[str, Any]:
        """Observations by agent, with the present states; entries of no agent are left alone."""
        return {
            agent: self._joined(one, self.spaces[agent]) if agent in self.spaces else one
            for agent, one in observations.items()
        }


def _with_states(
    space: Space[Any], counts: Mapping[str, int], whose: str = "the observation"
) -> Space[Any]:
    if isinstance(space, spaces.Dict):
        taken = [name for name in counts if name in space.spaces]
        if taken:
            raise failure("RW456", what=f"{whose} has a `{taken[0]}` already")
        more = {n: spaces.Box(0, 1, (c,), np.float32) for n, c in counts.items()}
        return spaces.Dict({**space.spaces, **more})
    if not isinstance(space, spaces.Box) or len(space.shape) != 1:
        raise failure("RW456", what=f"{whose} is {_shown(space)}")
    added = sum(counts.values())
    low = np.concatenate([space.low, np.zeros(added, space.dtype)])
    high = np.concatenate([space.high, np.ones(added, space.dtype)])
    return spaces.Box(low, high, dtype=space.dtype.type)


def _shown(space: Space[Any]) -> str:
    shape = "" if space.shape is None else f" of shape {list(space.shape)}"
    return f"a {type(space).__name__}{shape}"
