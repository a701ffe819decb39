"""A program as the reward of one Gymnasium environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from rewardlang.adapters.bindings import Bind, Bindings
from rewardlang.adapters.episodes import KEY, Episodes
from rewardlang.adapters.observed import ObservedMachines
from rewardlang.adapters.opened import compiled, has_success, opened
from rewardlang.adapters.slots import by_slot, for_all
from rewardlang.adapters.transition import Transition
from rewardlang.driver import Program
from rewardlang.runtime.failure import failure
from rewardlang.runtime.reward import Reward


class RewardWrapper(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Replaces an environment's reward, and ends its episodes where the program says so.

    program        a `Program`, or the path of its file
    bind           sources of inputs, before their `from` clauses: `{"height": "observation[0]"}`,
                   or a callable of the `Transition`
    backend, dtype, params, faults   as for `Program.compile`
    keep_original  the environment's own reward stays in `info["original_reward"]`
    observe_machines   the states of the program's machines stand behind a flat observation, or in a
                   dictionary under their names, as vectors with a 1 at the place of the state

    `terminated` is the environment's or the program's; `truncated` the environment's. The info of
    each step holds `reward/<term>`, the weighted terms, which sum to the reward, and `is_success`
    where the program has a success condition: whether it holds on this step. The last step's holds
    `episode_terms` (see `rewardlang.adapters.episodes`). `wrapper.reward.params` is live.

    A program whose total keeps an axis gives a vector, as MO-Gymnasium's environments do:
    `reward_space` is then set, here and on `env.unwrapped`, the info has `reward/<term>/<label>`,
    and an episode ends when it has ended for every slot.

    Raises RewardError: bindings that cannot be met here or at the first reset or step; RW667 for a
    step after the end of an episode.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        program: Program | str | Path,
        bind: Bind | None = None,
        backend: str = "numba",
        *,
        dtype: str | None = None,
        params: Mapping[str, Any] | None = None,
        faults: str | None = None,
        keep_original: bool = True,
        observe_machines: bool = False,
    ) -> None:
        super().__init__(env)
        self.program = opened(program)
        self._bindings = Bindings(
            self.program, bind, env.observation_space, env.action_space, many=False
        )
        self.reward: Reward = compiled(self.program, backend, dtype, params, faults)
        self._episodes = Episodes(self.program, self.reward)
        self._success = has_success(self.program)
        self._keep_original = keep_original
        self._over: str | None = "was not reset yet"
        self._announce()
        self._settled = False
        self._machines: ObservedMachines | None = None
        if observe_machines:
            self._machines = ObservedMachines(self.program, env.observation_space)
            self.observation_space = self._machines.space

    def _announce(self) -> None:
        """Say where MO-Gymnasium looks for it what a reward with an axis is like."""
        shape, axis = self.program.plan.reward_shape, self.program.checked.axis
        if shape and axis is not None and axis.size is not None:
            self.reward_space = gymnasium.spaces.Box(-np.inf, np.inf, shape, np.float64)
            self.reward_dim = shape[0]
            inner: Any = self.env.unwrapped
            inner.reward_space, inner.reward_dim = self.reward_space, self.reward_dim

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        observation, info = self.env.reset(seed=seed, options=options)
        begun = Transition(observation, None, info, 0.0, self.env)
        self.reward.reset(self._bindings.at_reset(begun))
        self._episodes.clear()
        self._over = None
        if self._machines is not None:
            self._machines.clear()
            observation = self._machines.seen(observation)
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        if self._over is not None:
            raise failure("RW667", which="the environment", what=self._over)
        observation, original, terminated, truncated, info = self.env.step(action)
        terminated, truncated = bool(terminated), bool(truncated)
        made = Transition(observation, action, info, original, self.env)
        out = self.reward.step(self._bindings.at_step(made), terminated, truncated)
        if not self._settled and self.reward.dtype is not None:
            self._bindings.settle(self.reward.dtype)
            self._settled = True
        terminated = terminated or for_all(out.terminated, out)
        self._episodes.add(out)
        info = dict(info)
        for name, value in by_slot(out.weighted, out).items():
            info[f"reward/{name}"] = value
        if self._keep_original:
            info["original_reward"] = original
        if self._success:
            info["is_success"] = for_all(out.success, out)
        if terminated or truncated:
            self._over = "has ended its episode"
            info[KEY] = self._episodes.single()
        if self._machines is not None:
            self._machines.note(out)
            observation = self._machines.seen(observation)
        return observation, out.reward, terminated, truncated, info
