"""A program as the rewards of a PettingZoo parallel environment: one for each agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import Space, spaces
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from rewardlang.adapters.agents import AgentBindings, Bind, ParallelTransition
from rewardlang.adapters.episodes import KEY, Episodes
from rewardlang.adapters.observed import MachinesByAgent
from rewardlang.adapters.opened import compiled, has_success, opened
from rewardlang.driver import Program
from rewardlang.runtime.failure import failure
from rewardlang.runtime.outcome import Outcome
from rewardlang.runtime.reward import Reward
from rewardlang.types import Axis

Flags = NDArray[np.bool_]


class RewardParallelEnv(ParallelEnv[str, Any, Any]):  # type: ignore[misc]  # it has no types
    """Replaces the rewards of a parallel environment, and ends agents where the program says so.

    program        a `Program`, or the path of its file. Its total keeps the axis of the agents, or
                   none: then all are paid the same
    bind           sources of inputs, before their `from` clauses: `{"place": "observation[0:2]"}`,
                   or a callable of the `ParallelTransition`. `alive` reads who made the transition
    axis           the name of the axis of the agents, which are in the order of `possible_agents`
    idle           the action, by agent, of one that the program ended and the environment did not
                   (zeros, unless given)
    backend, dtype, params, faults   as for `Program.compile`
    keep_original  the environment's own reward stays in `info["original_reward"]`
    observe_machines   the states of the program's machines, which all agents share, stand behind a
                   flat observation, or in a dictionary under their names, as vectors with a 1 at
                   the place of the state. `state()` is the environment's, without them

    The info of an agent has `reward/<term>`, its own slot of each weighted term, and on its last
    step `episode_terms`. An episode ends when it has ended for every agent.

    Raises RewardError as `AgentBindings` does; RW683 for a total that keeps another axis or as many
    slots as there are not agents; RW667 for a step after the end; RW456 where an agent's
    observation has no place for the states of machines.
    """

    def __init__(
        self,
        env: Any,
        program: Program | str | Path,
        bind: Bind | None = None,
        backend: str = "numba",
        *,
        axis: str = "agent",
        idle: Callable[[str], Any] | None = None,
        dtype: str | None = None,
        params: Mapping[str, Any] | None = None,
        faults: str | None = None,
        keep_original: bool = True,
        observe_machines: bool = False,
    ) -> None:
        self.env = env
        self.metadata = getattr(env, "metadata", {})
        self.render_mode = getattr(env, "render_mode", None)
        self.possible_agents = list(env.possible_agents)
        self.program = opened(program)
        self._check_axis(axis)
        self._bindings = AgentBindings(self.program, bind, env, axis)
        self.reward: Reward = compiled(self.program, backend, dtype, params, faults)
        self._episodes = Episodes(self.program, self.reward, len(self.possible_agents))
        self._success = has_success(self.program)
        self._idle = idle or (lambda agent: _nothing(env.action_space(agent)))
        self._keep_original = keep_original
        self._gone = self._which([])  # who terminated, in this step or an earlier one
        self._ended: set[str] = set()  # whom the program ended and the environment may not have
        self._begun = False
        self.agents: list[str] = []
        self._machines: MachinesByAgent | None = None
        if observe_machines:
            observed = {a: env.observation_space(a) for a in self.possible_agents}
            self._machines = MachinesByAgent(self.program, observed)
            # some loops read the dictionary, which `__getattr__` would take from the environment
            self.observation_spaces = self._machines.spaces

    def _check_axis(self, axis: str) -> None:
        kept = self.program.checked.axis
        agents = len(self.possible_agents)
        if kept is not None and (kept.name != axis or kept.size not in (None, agents)):
            raise failure("RW683", axis=axis, kept=str(kept), agents=agents)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "env":
            raise AttributeError(name)
        return getattr(self.env, name)

    @property
    def unwrapped(self) -> Any:
        return self.env.unwrapped

    def observation_space(self, agent: str) -> Space[Any]:
        if self._machines is not None:
            return self._machines.spaces[agent]
        return self.env.observation_space(agent)  # type: ignore[no-any-return]

    def action_space(self, agent: str) -> Space[Any]:
        return self.env.action_space(agent)  # type: ignore[no-any-return]

    def state(self) -> Any:
        return self.env.state()

    def render(self) -> Any:
        return self.env.render()

    def close(self) -> None:
        self.env.close()

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        observations, infos = self.env.reset(seed=seed, options=options)
        self.agents, self._ended = list(self.env.agents), set()
        self._gone = self._which([])
        begun = ParallelTransition(
            observations, None, infos, {}, self.env, self._which(self.agents)
        )
        self.reward.reset(self._bindings.at_reset(begun))
        self._episodes.clear()
        self._begun = True
        if self._machines is not None:
            self._machines.clear()
            observations = self._machines.seen(observations)
        return observations, infos

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Any]]:
        if not self._begun or not self.agents:
            what = "has ended its episode" if self._begun else "was not reset yet"
            raise failure("RW667", which="the environment", what=what)
        idle = {a: self._idle(a) for a in self.env.agents if a in self._ended}
        observed, original, terminated, truncated, infos = self.env.step({**actions, **idle})
        acted = [a for a in original if a not in self._ended]
        alive = self._which(acted)
        over = not self.env.agents
        made = ParallelTransition(
            _of(observed, acted), actions, _of(infos, acted), original, self.env, alive
        )
        ended = np.array([a in acted and bool(terminated[a]) for a in self.possible_agents])
        gone = self._gone | ended
        for_good = over and bool(gone.all())
        end: Any = for_good if self.program.checked.axis is None else gone
        out = self.reward.step(self._bindings.at_step(made), end, over and not for_good)
        own = _Agents(out, len(alive))
        ended = ended | own.terminated & alive
        self._gone = self._gone | ended
        cut = np.array([a in acted and bool(truncated[a]) for a in self.possible_agents])
        self._episodes.add(own, alive)  # type: ignore[arg-type]  # an outcome with agents as rows
        reported = self._reported(infos, own, original, alive, ended | cut)
        self._ended |= {a for a, e in zip(self.possible_agents, ended | cut, strict=True) if e}
        self.agents = [a for a in self.env.agents if a not in self._ended]
        observed = {a: o for a, o in observed.items() if a in acted or a in self.agents}
        if self._machines is not None:
            self._machines.note(out)
            observed = self._machines.seen(observed)
        number = {a: n for n, a in enumerate(self.possible_agents)}
        return (
            observed,
            {a: float(own.reward[number[a]]) for a in acted},
            {a: bool(ended[number[a]]) for a in acted},
            {a: bool(cut[number[a]]) for a in acted},
            reported,
        )

    def _which(self, agents: list[str]) -> Flags:
        return np.array([a in agents for a in self.possible_agents])

    def _reported(
        self,
        infos: Mapping[str, Any],
        own: _Agents,
        original: Mapping[str, Any],
        alive: Flags,
        over: Flags,
    ) -> dict[str, Any]:
        """Each agent's info with the program's entries."""
        episodes = self._episodes.each(over)
        found: dict[str, Any] = {}
        for n in np.flatnonzero(alive).tolist():
            agent = self.possible_agents[n]
            info = dict(infos.get(agent, {}))
            info |= {f"reward/{name}": part[n].item() for name, part in own.weighted.items()}
            if self._keep_original:
                info["original_reward"] = original[agent]
            if self._success:
                info["is_success"] = bool(own.success[n])
            if n in episodes:
                info[KEY] = episodes[n]
            found[agent] = info
        return found


def _of(values: Mapping[str, Any], agents: list[str]) -> dict[str, Any]:
    return {a: v for a, v in values.items() if a in agents}


def _nothing(space: Space[Any]) -> Any:
    """An action that asks for nothing, as far as a space can tell."""
    if isinstance(space, spaces.Discrete):
        return int(space.start)
    if isinstance(space, (spaces.Box, spaces.MultiDiscrete, spaces.MultiBinary)):
        low = getattr(space, "low", 0)
        high = getattr(space, "high", np.inf)
        return np.clip(np.zeros(space.shape, space.dtype), low, high).astype(space.dtype)
    return space.sample()


@dataclass(frozen=True)
class _Rows:
    """Faults with the agents as rows: who shares a row of the program shares its faults."""

    rows: dict[str, Flags]


class _Agents:
    """An outcome of one environment in which each agent is a row: what is shared is repeated."""

    axis: Axis | None = None

    def __init__(self, out: Outcome, agents: int) -> None:
        def spread(value: Any) -> NDArray[Any]:
            return np.broadcast_to(np.asarray(value), (agents,))

        self.valid = spread(out.valid)
        self.reward = spread(out.reward)
        self.terminated = spread(out.terminated)
        self.success = spread(out.success)
        self.weighted = {name: spread(part) for name, part in out.weighted.items()}
        self.metrics = {name: spread(value) for name, value in out.metrics.items()}
        self.faults = _Rows({name: spread(held) for name, held in out.faults.rows.items()})
