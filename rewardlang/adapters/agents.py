"""From a parallel environment's dictionaries to the values a program reads.

An input whose first axis is that of the agents is stacked from what each of them has, in the order
of `possible_agents`; an agent that is gone keeps its last value, so that its slot is never a fault.
An input without that axis is read from the environment, from one agent named in the path
(`observation.agent_0[3]`), or from the info of whichever agent has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.adapters.paths import Absent, Path, follow, parse_path
from rewardlang.adapters.sources import sources
from rewardlang.adapters.spaces import Place, place_of
from rewardlang.driver import Program
from rewardlang.runtime.failure import failure, shape_text

ALIVE = "alive"  # what `from alive` reads: which agents made this transition


@dataclass(frozen=True)
class ParallelTransition:
    """One transition of all agents: dictionaries by agent, of those that made it.

    `alive` says which of the possible agents did. At a reset `action` is None and `reward` empty.
    """

    observation: Mapping[str, Any]
    action: Mapping[str, Any] | None
    info: Mapping[str, Any]
    reward: Mapping[str, Any]
    env: Any
    alive: NDArray[np.bool_]


Bind = Mapping[str, str | Callable[[ParallelTransition], Any]]


class AgentBindings:
    """The sources of a program's inputs in a parallel environment.

    Raises RewardError as `Bindings` does, and RW681 for an input whose axis of agents has another
    size than there are agents.
    """

    def __init__(self, program: Program, bind: Bind | None, env: Any, axis: str) -> None:
        self._at_reset, self._at_step = sources(
            program, bind, lambda declared, given: _Source(declared, given, env, axis), _missing
        )

    def at_reset(self, begun: ParallelTransition) -> dict[str, Any]:
        for source in (*self._at_reset, *self._at_step):
            source.last.clear()
        return _read(self._at_reset, begun)

    def at_step(self, made: ParallelTransition) -> dict[str, Any]:
        return _read(self._at_step, made)


def _missing(declared: Any) -> Exception:
    return failure(
        "RW660",
        declared.span,
        name=declared.name,
        observation="by agent",
        action="by agent",
    )


def _read(read: list[_Source], made: ParallelTransition) -> dict[str, Any]:
    values = {source.name: source.read(made) for source in read}
    return {name: value for name, value in values.items() if value is not None}


class _Source:
    """One input and where its values come from. `last` is what each agent had."""

    def __init__(self, declared: Any, given: Any, env: Any, axis: str) -> None:
        self.name: str = declared.name
        self.declared = declared
        self.agents: Sequence[str] = env.possible_agents
        axes = declared.type.axes
        self.by_agent = bool(axes) and axes[0].name == axis
        self.type = replace(declared.type, axes=axes[1:]) if self.by_agent else declared.type
        self.last: dict[str, Any] = {}
        self.call = given if callable(given) else None
        self.path: Path | None = None
        self.places: dict[str, Place] = {}
        if self.by_agent and axes[0].size not in (None, len(self.agents)):
            raise failure(
                "RW681",
                declared.span,
                name=self.name,
                axis=axis,
                size=axes[0].size,
                agents=len(self.agents),
            )
        if self.call is not None:
            return
        if not isinstance(given, str):
            raise failure("RW661", declared.span, text=repr(given))
        if given.strip() != ALIVE:
            self.path = parse_path(given, declared.span)
            self._find_places(env)

    def _find_places(self, env: Any) -> None:
        """Where the path leads in the spaces of the agents, and that it fits the input."""
        path = self.path
        assert path is not None
        if path.root not in ("observation", "action"):
            return
        asked = self._asked(path)
        space_of = env.observation_space if path.root == "observation" else env.action_space
        for agent in asked:
            inner = path if self.by_agent else Path(path.text, path.root, path.parts[1:])
            try:
                place = self.places[agent] = place_of(space_of(agent), inner)
            except Absent as absent:
                raise failure(
                    "RW662",
                    self.declared.span,
                    text=path.text,
                    name=self.name,
                    reached=f"{agent}'s {absent.reached}",
                    what=absent.what,
                ) from None
            if not self.type.admits(place.shape):
                raise failure(
                    "RW664",
                    self.declared.span,
                    name=self.name,
                    text=f"{path.text} of {agent}",
                    given=shape_text(place.shape),
                    declared=shape_text(self.type.pattern),
                )

    def _asked(self, path: Path) -> list[str]:
        """The agents whose values are read: all, or the one that the path names."""
        if self.by_agent:
            return list(self.agents)
        first = path.parts[0] if path.parts else ""
        if first not in self.agents:
            raise failure("RW682", self.declared.span, name=self.name, text=path.text)
        return [str(first)]

    def read(self, made: ParallelTransition) -> Any:
        if self.call is not None:
            return self.call(made)
        if self.path is None:
            return made.alive.copy() if self.by_agent else bool(made.alive.any())
        try:
            return self._follow(made, self.path)
        except Absent as absent:
            raise failure(
                "RW663",
                self.declared.span,
                text=self.path.text,
                name=self.name,
                reached=absent.reached,
                wanted=absent.wanted,
            ) from None

    def _follow(self, made: ParallelTransition, path: Path) -> Any:
        if path.root == "env":
            return follow(made.env, path)
        values: Mapping[str, Any] = getattr(made, path.root) or {}
        for agent, value in values.items():
            found = self._of_agent(agent, value, path)
            if found is not None:
                self.last[agent] = found
        if self.by_agent:
            return self._stacked(path)
        if not self.last:
            if self.declared.default is None:
                raise Absent(path.root, str(path.parts[0]) if path.parts else "", [])
            return None
        return next(iter(self.last.values()))

    def _of_agent(self, agent: str, value: Any, path: Path) -> Any:
        if path.root in ("observation", "action"):
            place = self.places.get(agent)
            if place is None:
                return None
            array = place.read(value, False)
            return array.astype(bool) if self.declared.type.kind == "bool" else array
        if path.root == "info" and path.parts[0] not in value:
            if self.by_agent and self.declared.default is None:
                raise Absent(f"{agent}'s info", str(path.parts[0]), [str(k) for k in value])
            return None
        if path.root == "reward" and not self.by_agent:
            return value if path.parts == (agent,) else None
        return follow(value, path)

    def _stacked(self, path: Path) -> Any:
        """[agents, ..]: what each had last; what none ever had is the input's `else`."""
        if not self.last:
            if self.declared.default is None:
                raise Absent(path.root, "", list(self.agents))
            return None
        like = np.asarray(next(iter(self.last.values())))
        default = self.declared.default
        rows = []
        for n, agent in enumerate(self.agents):
            if agent in self.last:
                rows.append(np.asarray(self.last[agent]))
            elif default is None:
                rows.append(np.zeros_like(like))
            else:
                rows.append(np.asarray(default[n]) / self.declared.scale)
        return np.stack(rows)
