"""A program as the reward of a Gymnasium vector environment, in every autoreset mode.

What counts as a transition, where the last observation of an episode stands and who resets differ
by mode; see "Loops" in the specification. One rule holds in all of them: the reward is computed
with the observation the transition led to, then the memory of the environments that begin anew is
reset with the observation they begin with.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from rewardlang.adapters import infos as info_rows
from rewardlang.adapters import rows as observation_rows
from rewardlang.adapters.bindings import Bind, Bindings
from rewardlang.adapters.episodes import KEY, Episodes
from rewardlang.adapters.observed import ObservedMachines
from rewardlang.adapters.opened import compiled, ends_episodes, has_success, opened
from rewardlang.adapters.slots import by_slot, for_all
from rewardlang.adapters.transition import Transition
from rewardlang.driver import Program
from rewardlang.runtime.failure import failure
from rewardlang.runtime.outcome import Outcome
from rewardlang.runtime.reward import Reward

Mask = NDArray[np.bool_]
Infos = dict[str, Any]


class VectorRewardWrapper(VectorWrapper[Any, Any, Any, Any, Any]):
    """Replaces the rewards of a vector environment, and ends episodes where the program says so.

    Arguments as for `RewardWrapper`, and

    autoreset_mode   where the environment's metadata does not say it
    masked_reset     that `reset(options={"reset_mask": mask})` of the environment resets just the
                     masked rows. Known of Gymnasium's own `SyncVectorEnv` and `AsyncVectorEnv`;
                     a program that ends episodes itself needs it, except with `DISABLED`

    Rewards are [num_envs] float64, or [num_envs, n] where the program's total keeps an axis; then a
    row ends when it has ended for every slot. The info of a step holds `reward/<term>` and
    `is_success` as arrays with masks, which leave out the rows of a next-step reset: those are no
    transitions, their reward is 0. `episode_terms` holds the entries of the episodes that ended on
    this step.

    Raises RewardError: bindings that cannot be met; RW666 for a program that ends episodes over an
    environment whose rows cannot be reset; RW667 for a step of a row that waits for its reset;
    RW669 where the environment does not say its mode, or hides the last observation.
    """

    def __init__(
        self,
        env: VectorEnv[Any, Any, Any],
        program: Program | str | Path,
        bind: Bind | None = None,
        backend: str = "numba",
        *,
        dtype: str | None = None,
        params: Mapping[str, Any] | None = None,
        faults: str | None = None,
        keep_original: bool = True,
        autoreset_mode: AutoresetMode | str | None = None,
        masked_reset: bool | None = None,
        observe_machines: bool = False,
    ) -> None:
        super().__init__(env)
        self.program = opened(program)
        self._mode = _mode_of(env, autoreset_mode)
        if ends_episodes(self.program, faults):
            _check_resettable(env, self._mode, masked_reset)
        self._bindings = Bindings(
            self.program, bind, env.single_observation_space, env.single_action_space, many=True
        )
        self.reward: Reward = compiled(self.program, backend, dtype, params, faults)
        self._episodes = Episodes(self.program, self.reward, self.num_envs)
        self._success = has_success(self.program)
        self._keep_original = keep_original
        self._over: Mask = np.ones(self.num_envs, dtype=bool)  # rows that wait for their reset
        self._own: Mask = np.zeros(self.num_envs, dtype=bool)  # of these, which the program ended
        self._begun = False
        self._settled = False
        self._machines: ObservedMachines | None = None
        if observe_machines:
            space = env.single_observation_space
            self._machines = ObservedMachines(self.program, space, self.num_envs)
            self.single_observation_space = self._machines.space
            self.observation_space = batch_space(self._machines.space, self.num_envs)

    def reset(
        self, *, seed: Any = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, Infos]:
        """Begin new episodes: in all rows, or where `options["reset_mask"]` [num_envs] is true."""
        mask = None
        if options is not None and "reset_mask" in options:
            mask = np.array(options["reset_mask"])
            options = {**options, "reset_mask": mask.copy()}  # the environment takes it out
        observation, infos = self.env.reset(seed=seed, options=options)
        rows = np.ones(self.num_envs, dtype=bool) if mask is None else mask
        self._begin(observation, infos, rows)
        self._own = self._own & ~rows
        self._over = self._over & ~rows
        self._begun = self._begun or bool(rows.all())
        return self._seen(observation), infos

    def step(self, actions: Any) -> tuple[Any, NDArray[np.float64], Mask, Mask, Infos]:
        if not self._begun:
            raise failure("RW667", which="the environments", what="were not reset yet")
        if self._mode is AutoresetMode.NEXT_STEP:
            return self._step_then_reset_next(actions)
        if self._mode is AutoresetMode.SAME_STEP:
            return self._step_and_reset(actions)
        return self._step_only(actions)

    # ---- the three modes ---------------------------------------------------------------------

    def _step_only(self, actions: Any) -> tuple[Any, NDArray[np.float64], Mask, Mask, Infos]:
        """DISABLED: the caller resets, by mask."""
        if self._over.any():
            which = ", ".join(str(n) for n in np.flatnonzero(self._over)[:8])
            raise failure("RW667", which=f"environment {which}", what="has ended its episode")
        observation, original, terminated, truncated, infos = self.env.step(actions)
        out = self._pay(observation, actions, infos, original, terminated, truncated)
        ended = terminated | for_all(out.terminated, out)
        self._over = ended | truncated
        infos = self._report(infos, out, original, self._over)
        return self._seen(observation), _rewards(out), ended, truncated, infos

    def _step_then_reset_next(
        self, actions: Any
    ) -> tuple[Any, NDArray[np.float64], Mask, Mask, Infos]:
        """NEXT_STEP: rows that ended on the step before begin anew on this one.

        The environment resets the rows it ended. It steps those that only the program ended, to no
        end: they are reset right after, and what that step gave is dropped.
        """
        resetting, own = self._over, self._own
        observation, original, terminated, truncated, infos = self.env.step(actions)
        if own.any():
            begun, begun_infos = self.env.reset(options={"reset_mask": own.copy()})
            observation = observation_rows.with_rows(observation, begun, own)
            infos = info_rows.with_rows(infos, begun_infos, own)
            terminated, truncated = terminated & ~own, truncated & ~own
            original = np.where(own, 0.0, original)
        active = ~resetting if resetting.any() else None
        out = self._pay(observation, actions, infos, original, terminated, truncated, active)
        ended = terminated | for_all(out.terminated, out)
        over = ended | truncated
        given = infos
        infos = self._report(infos, out, original, over, active)
        if active is not None:
            self._begin(observation, given, resetting)
        self._over = over
        self._own = over & ~(terminated | truncated)
        return self._seen(observation), _rewards(out), ended, truncated, infos

    def _step_and_reset(self, actions: Any) -> tuple[Any, NDArray[np.float64], Mask, Mask, Infos]:
        """SAME_STEP: what comes back is the first observation of the next episode."""
        observation, original, terminated, truncated, infos = self.env.step(actions)
        done = terminated | truncated
        led_to, given = observation, infos
        if done.any():
            if "final_obs" not in infos:
                hint = "an environment in the mode SAME_STEP leaves the last observation there"
                raise failure("RW669", hint=hint, what="its info has no `final_obs`")
            led_to = observation_rows.with_rows(observation, infos["final_obs"], done)
            given = info_rows.with_rows(_plain(infos), infos.get("final_info", {}), done)
        out = self._pay(led_to, actions, given, original, terminated, truncated)
        own = for_all(out.terminated, out) & ~done
        over = done | own
        begun_infos = infos
        if own.any():
            observation, begun_infos = self._reset_own(own, led_to, observation, given, infos)
        reported = self._report(begun_infos, out, original, over)
        if over.any():
            if self._machines is not None:
                reported["final_obs"] = self._machines.finals(reported["final_obs"], over)
            self._begin(observation, begun_infos, over)
        self._over = np.zeros_like(over)
        terminated = terminated | for_all(out.terminated, out)
        return self._seen(observation), _rewards(out), terminated, truncated, reported

    def _reset_own(
        self, own: Mask, led_to: Any, observation: Any, given: Infos, infos: Infos
    ) -> tuple[Any, Infos]:
        """Reset the rows the program ended, and leave their last observation where it belongs."""
        finals = observation_rows.one_by_one(led_to, own)
        begun, begun_infos = self.env.reset(options={"reset_mask": own.copy()})
        observation = observation_rows.with_rows(observation, begun, own)
        merged = info_rows.with_rows(_plain(infos), begun_infos, own)
        before = infos.get("final_obs")
        there = np.array(infos.get("_final_obs", np.zeros_like(own)), dtype=bool)
        if before is not None:
            boxes = observation_rows.one_by_one(before, there)
            boxes[own] = finals[own]
            finals = boxes
        merged["final_obs"], merged["_final_obs"] = finals, there | own
        merged["final_info"] = info_rows.with_rows(infos.get("final_info", {}), given, own)
        merged["_final_info"] = there | own
        return observation, merged

    # ---- what they share ---------------------------------------------------------------------

    def _begin(self, observation: Any, infos: Infos, rows: Mask) -> None:
        begun = Transition(observation, None, infos, np.zeros(self.num_envs), size=self.num_envs)
        whole = None if rows.all() else rows
        self.reward.reset(self._bindings.at_reset(begun, rows), whole)
        self._episodes.clear(whole)
        if self._machines is not None:
            self._machines.clear(rows)

    def _seen(self, observation: Any) -> Any:
        return observation if self._machines is None else self._machines.seen(observation)

    def _pay(
        self,
        observation: Any,
        actions: Any,
        infos: Infos,
        original: Any,
        terminated: Mask,
        truncated: Mask,
        active: Mask | None = None,
    ) -> Outcome:
        made = Transition(observation, actions, infos, np.asarray(original), size=self.num_envs)
        values = self._bindings.at_step(made, active)
        out = self.reward.step(values, terminated, truncated, active=active)
        if not self._settled and self.reward.dtype is not None:
            self._bindings.settle(self.reward.dtype)
            self._settled = True
        self._episodes.add(out, active)
        if self._machines is not None:
            self._machines.note(out)
        return out

    def _report(
        self,
        infos: Infos,
        out: Outcome,
        original: Any,
        over: Mask,
        active: Mask | None = None,
    ) -> Infos:
        """The info with the program's entries: of the rows that made a transition."""
        made = np.ones(self.num_envs, dtype=bool) if active is None else active
        weighted = by_slot(out.weighted, out)
        added: Infos = {f"reward/{name}": value for name, value in weighted.items()}
        if self._success:
            added["is_success"] = for_all(out.success, out)
        if self._keep_original:
            added["original_reward"] = np.array(original)
        infos = {**infos, **added, **{f"_{key}": made.copy() for key in added}}
        if over.any():
            infos[KEY], infos[f"_{KEY}"] = self._episodes.together(over), over.copy()
        return infos


def _rewards(out: Outcome) -> NDArray[np.float64]:
    return np.asarray(out.reward, dtype=np.float64)


def _plain(infos: Infos) -> Infos:
    """Without the entries about the episodes that ended."""
    ends = ("final_obs", "_final_obs", "final_info", "_final_info")
    return {key: value for key, value in infos.items() if key not in ends}


def _mode_of(env: VectorEnv[Any, Any, Any], asked: AutoresetMode | str | None) -> AutoresetMode:
    said = env.metadata.get("autoreset_mode") if asked is None else asked
    try:
        return AutoresetMode(said)
    except ValueError:
        what = "its metadata has no `autoreset_mode`" if said is None else f"its mode is {said!r}"
        raise failure("RW669", what=what) from None


def _check_resettable(
    env: VectorEnv[Any, Any, Any], mode: AutoresetMode, vouched: bool | None
) -> None:
    """Whether rows can be reset apart, which a program that ends episodes itself needs."""
    if mode is AutoresetMode.DISABLED or vouched:
        return
    innermost = env.unwrapped
    what = f"{type(innermost).__name__} is not known to reset rows by a mask"
    if isinstance(innermost, SyncVectorEnv):
        what = ""
    elif isinstance(innermost, AsyncVectorEnv):
        # without shared memory its workers keep a pending reset through a masked one
        by_worker = mode is AutoresetMode.NEXT_STEP and not innermost.shared_memory
        what = "AsyncVectorEnv(shared_memory=False) would reset such rows twice" * by_worker
    if what or vouched is False:
        raise failure("RW666", what=what or "masked_reset is False", advice=_ADVICE)


_ADVICE = (
    "make it with `autoreset_mode=AutoresetMode.DISABLED` and reset the rows that ended with "
    '`reset(options={"reset_mask": mask})`, or pass `masked_reset=True` if it can do that'
)
