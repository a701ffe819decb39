"""A program as the reward of a Stable-Baselines3 vector environment, and its terms in the log."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecCheckNan, VecEnv, VecEnvWrapper, VecMonitor

from rewardlang.adapters import rows as observation_rows
from rewardlang.adapters.bindings import Bind, Bindings
from rewardlang.adapters.episodes import KEY, Episodes
from rewardlang.adapters.observed import ObservedMachines
from rewardlang.adapters.opened import compiled, ends_episodes, has_success, opened
from rewardlang.adapters.slots import by_slot, for_all
from rewardlang.adapters.transition import Transition
from rewardlang.diagnostics.render import render_all
from rewardlang.driver import Program
from rewardlang.runtime.failure import failure
from rewardlang.runtime.outcome import Outcome
from rewardlang.runtime.reward import Reward

Mask = NDArray[np.bool_]
Infos = list[dict[str, Any]]


class RewardVecEnv(VecEnvWrapper):
    """Replaces the rewards of a `VecEnv`, and ends episodes where the program says so.

    Arguments as for `rewardlang.gymnasium.RewardWrapper`. Put it next to the environments: the
    program then reads what they give, and wrappers that normalise or stack go around it.

    Environments of a `VecEnv` reset themselves on the step that ends their episode. Where only the
    program ended it, the environment is reset here, on the same step, and `terminal_observation`
    is set as everywhere. The info of each step holds `reward/<term>`, `is_success` and
    `original_reward`; the last one of an episode `episode_terms`, and `episode` with the return
    and length that Stable-Baselines3 logs as `rollout/ep_rew_mean` and `rollout/ep_len_mean`.

    Raises RewardError as `RewardWrapper` does, and RW666 where a program that ends episodes stands
    around a wrapper that changes observations: it could not tell it of the reset.
    """

    def __init__(
        self,
        venv: VecEnv,
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
        super().__init__(venv)
        self.program = opened(program)
        axis = self.program.checked.axis
        if axis is not None and self.program.plan.reward_shape:
            raise failure("RW680", axis=axis.name)
        if ends_episodes(self.program, faults):
            _check_innermost(venv)
        self._bindings = Bindings(
            self.program, bind, venv.observation_space, venv.action_space, many=True
        )
        self.reward: Reward = compiled(self.program, backend, dtype, params, faults)
        self._episodes = Episodes(self.program, self.reward, self.num_envs)
        self._success = has_success(self.program)
        self._keep_original = keep_original
        self._actions: Any = None
        self._settled = False
        self._started = time.time()
        self._machines: ObservedMachines | None = None
        if observe_machines:
            self._machines = ObservedMachines(self.program, venv.observation_space, self.num_envs)
            self.observation_space = self._machines.space

    def reset(self) -> Any:
        observation = self.venv.reset()
        self.reset_infos = list(self.venv.unwrapped.reset_infos)
        self._begin(observation, np.ones(self.num_envs, dtype=bool))
        return observation if self._machines is None else self._machines.seen(observation)

    def step_async(self, actions: NDArray[Any]) -> None:
        self._actions = actions
        self.venv.step_async(actions)

    def step_wait(self) -> tuple[Any, NDArray[Any], Mask, Infos]:
        observation, original, done, infos = self.venv.step_wait()
        done = np.asarray(done, dtype=bool)
        infos = [dict(info) for info in infos]
        led_to = observation
        if done.any():
            last = [info.get("terminal_observation") for info in infos]
            led_to = observation_rows.with_rows(observation, last, done)
        cut = np.array([bool(info.get("TimeLimit.truncated", False)) for info in infos])
        made = Transition(led_to, self._actions, infos, original, size=self.num_envs)
        out = self.reward.step(self._bindings.at_step(made), done & ~cut, done & cut)
        if not self._settled and self.reward.dtype is not None:
            self._bindings.settle(self.reward.dtype)
            self._settled = True
        self._episodes.add(out)
        own = for_all(np.asarray(out.terminated), out) & ~done
        over = done | own
        for row in np.flatnonzero(done):
            self.reset_infos[row] = self.venv.unwrapped.reset_infos[row]
        if own.any():
            observation = self._reset_own(own, led_to, observation, infos)
        self._report(infos, out, original, over)
        if self._machines is not None:
            self._machines.note(out)
            lasts = [info.get("terminal_observation") for info in infos]
            for row, last in zip(
                np.flatnonzero(over), self._machines.each(lasts, over), strict=True
            ):
                infos[row]["terminal_observation"] = last
        if over.any():
            self._begin(observation, over)
        if self._machines is not None:
            observation = self._machines.seen(observation)
        return observation, np.array(out.reward), over, infos

    def _reset_own(self, own: Mask, led_to: Any, observation: Any, infos: Infos) -> Any:
        """Reset the environments that only the program ended, as the others reset themselves."""
        last = observation_rows.one_by_one(led_to, own)
        chosen = [int(row) for row in np.flatnonzero(own)]
        begun: list[Any] = [None] * self.num_envs
        results = self.venv.env_method("reset", indices=chosen)
        for row, (first, info) in zip(chosen, results, strict=True):
            begun[row], self.reset_infos[row] = first, info
            infos[row]["terminal_observation"] = last[row]
        return observation_rows.with_rows(observation, begun, own)

    def _begin(self, observation: Any, rows: Mask) -> None:
        begun = Transition(
            observation, None, self.reset_infos, np.zeros(self.num_envs), size=self.num_envs
        )
        whole = None if rows.all() else rows
        self.reward.reset(self._bindings.at_reset(begun, rows), whole)
        self._episodes.clear(whole)
        if self._machines is not None:
            self._machines.clear(whole)

    def _report(self, infos: Infos, out: Outcome, original: Any, over: Mask) -> None:
        """Adds the program's entries to the infos."""
        parts = by_slot(out.weighted, out).items()
        weighted = {f"reward/{name}": value.tolist() for name, value in parts}
        ended = for_all(np.asarray(out.terminated), out)
        succeeded = for_all(out.success, out)
        entries = self._episodes.each(over) if over.any() else {}
        for row, info in enumerate(infos):
            for key, values in weighted.items():
                info[key] = values[row]
            if self._success:
                info["is_success"] = bool(succeeded[row])
            if self._keep_original:
                info["original_reward"] = float(original[row])
            if over[row]:
                if ended[row]:
                    info["TimeLimit.truncated"] = False
                info[KEY] = entries[row]
                info["episode"] = {
                    "r": entries[row]["reward/total"],
                    "l": entries[row]["length"],
                    "t": round(time.time() - self._started, 6),
                }


def _check_innermost(venv: VecEnv) -> None:
    while isinstance(venv, VecEnvWrapper):
        if not isinstance(venv, (VecMonitor, VecCheckNan, RewardVecEnv)):
            name = type(venv).__name__
            raise failure(
                "RW666",
                what=f"{name} stands between it and the environments",
                advice=f"put `RewardVecEnv` inside: `{name}(RewardVecEnv(venv, ..))`",
            )
        venv = venv.venv


class RewardCallback(BaseCallback):
    """Logs what episodes came to, as means over those that ended since the log was last written.

    Keys as in `rewardlang.adapters.episodes`: `reward/<term>`, `reward_per_second/<term>` (or
    `_per_step`), `metric/<name>`, `success` as `reward/success_rate`; `fault/<term>` counts all
    faults of the run so far, and `reward/hash` is the program's. Works with `RewardVecEnv` and with
    environments in a `RewardWrapper`.
    """

    def __init__(self, verbose: int = 0) -> None:
        super().__init__(verbose)
        self._faults: dict[str, int] = {}

    def _on_training_start(self) -> None:
        """Warn where a potential has another discount than the algorithm (RW721)."""
        venv: Any = self.training_env
        while isinstance(venv, VecEnvWrapper) and not isinstance(venv, RewardVecEnv):
            venv = venv.venv
        discount = getattr(self.model, "gamma", None)
        if isinstance(venv, RewardVecEnv) and discount is not None:
            for found in venv.program.other_discounts(discount):
                warnings.warn(render_all([found], color=False), stacklevel=2)

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if KEY in info:
                self._log(info[KEY])
        return True

    def _log(self, entries: Mapping[str, Any]) -> None:
        for key, value in entries.items():
            if key.startswith("fault/"):
                self._faults[key] = self._faults.get(key, 0) + value
                self.logger.record(key, self._faults[key])
            elif key.startswith(("reward", "metric/")):
                self.logger.record_mean(key, value)
            elif key == "success":
                self.logger.record_mean("reward/success_rate", float(value))
            elif key == "hash":
                self.logger.record("reward/hash", value)
