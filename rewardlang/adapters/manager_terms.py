"""A program as one term of a reward manager, as Isaac Lab and mjlab have it.

Their managers make a term as `func(cfg=cfg, env=env)`, call it as `func(env, **cfg.params)` on each
step, before the environments that ended are reset, and call its `reset(env_ids=...)` when they are.
What they ask of a step beside the reward, its ends, they ask before it, of another manager.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rewardlang.adapters.opened import ends_episodes, opened
from rewardlang.adapters.simulators import SimulatorBindings
from rewardlang.adapters.tensor_episodes import TensorEpisodes
from rewardlang.runtime.failure import failure

_SAME = 1e-6  # relative difference of two timesteps


class ProgramReward:
    """One reward term that runs a whole program. Its `params` are

    program  a program, or the path of its file
    bind     sources by input: a path (`env.scene.robot.data.root_lin_vel_b[0]`, `action`), a
             function of the environment, or a pair (function, its further arguments)
    params   values of the program's params
    faults, dtype   as for `Program.compile`

    What the manager adds to the reward is the program's reward: the term divides by the step's
    time, by which the manager multiplies. With another weight than 1 it is that many times as much.

    Logged when environments are reset, as means over them: `Episode_Reward/<term>`, by second of
    the longest episode as the manager has its own, and `Metrics/<name>` (metrics, `spec/<name>`,
    `robustness/<name>`, `fault/<name>`, `success`). `term.reward` is the compiled program, with
    live params; `term.reward.hash` is its hash.

    Raises RewardError: RW660, RW661, RW665 for sources when it is made, RW652, RW664, RW685 at the
    first reset; RW680 for a total that keeps an axis; RW687 for another timestep than the
    environment's; RW688 on a step of a program that ends episodes, where no termination term asks.
    """

    def __init__(self, cfg: Any, env: Any) -> None:
        given = cfg.params
        if "program" not in given:
            names = ", ".join(f"`{name}`" for name in given) or "none"
            raise failure("RW686", given="params", wanted="program", names=names)
        program = opened(given["program"])
        if program.checked.axis is not None:
            raise failure("RW680", axis=program.checked.axis.name or "an axis")
        timestep, step = program.checked.timestep, float(env.step_dt)
        if timestep is not None and abs(timestep - step) > _SAME * step:
            raise failure("RW687", declared=f"{timestep:g}", given=f"{step:g}")
        self.program = program
        self.reward = program.compile(
            "torch",
            device=env.device,
            dtype=given.get("dtype"),
            params=dict(given.get("params") or {}),
            faults=given.get("faults"),
        )
        self._env = env
        self._bindings = SimulatorBindings(program, given.get("bind"))
        self._episodes = TensorEpisodes(program)
        self._ends = ends_episodes(program, given.get("faults"))
        self._asked = False  # whether a termination term has asked for the ends of this step
        by_time = getattr(env.cfg, "scale_rewards_by_dt", True)
        self._scale = step if by_time else 1.0

    def __call__(
        self,
        env: Any,
        program: Any,
        bind: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        faults: str | None = None,
        dtype: str | None = None,
    ) -> Tensor:
        """[num_envs]; the arguments after `env` are those it was made with."""
        if self._ends and not self._asked:
            raise failure("RW688", name=self.program.name)
        self._asked = False
        manager = env.termination_manager
        out = self.reward.step(self._bindings.at_step(env), manager.terminated, manager.time_outs)
        self._episodes.add(out)
        return out.reward / self._scale

    def ends(self) -> Tensor:
        """Which environments the program ends on the step under way, [num_envs] bool."""
        self._asked = True
        return self.reward.ends(self._bindings.at_step(self._env))

    def reset(self, env_ids: Any = None) -> None:
        """Log the episodes of these environments and begin new ones."""
        env = self._env
        every = env_ids is None or (isinstance(env_ids, slice) and env_ids == slice(None))
        rows = None
        if not every:
            rows = torch.zeros(env.num_envs, dtype=torch.bool, device=self.reward.device)
            rows[env_ids] = True
        self._log(env, rows)
        self.reward.reset(self._bindings.at_reset(env), rows)
        self._episodes.clear(rows)

    def _log(self, env: Any, rows: Tensor | None) -> None:
        entries = self._episodes.entries()
        log = env.extras.setdefault("log", {})
        for key, value in entries.items():
            kind, _, name = key.partition("/")
            mean = (value if rows is None else value[rows]).to(torch.float32).mean()
            if kind == "reward" and name != "total":
                log[f"Episode_Reward/{name}"] = mean / env.max_episode_length_s
            elif kind in ("spec", "robustness", "fault", "success"):
                log[f"Metrics/{key}"] = mean
            elif kind == "metric":
                log[f"Metrics/{name}"] = mean


class ProgramEnds:
    """A termination term: the ends of the program that runs as a reward term.

        terminations = {"walk": TerminationTermCfg(func=TerminationTerm, params={"reward": "walk"})}

    `reward` is the name of the reward term. The program is asked on the step's own values, before
    the reward is; its memory stays as it is.
    """

    def __init__(self, cfg: Any, env: Any) -> None:
        self._env = env

    def __call__(self, env: Any, reward: str) -> Tensor:
        manager = env.reward_manager
        term = manager.get_term_cfg(reward).func if reward in manager.active_terms else None
        if not isinstance(term, ProgramReward):
            names = ", ".join(f"`{name}`" for name in manager.active_terms)
            wanted = "reward term that runs a program"
            raise failure("RW686", given=reward, wanted=wanted, names=names)
        return term.ends()

    def reset(self, env_ids: Any = None) -> None:
        """It remembers nothing."""
