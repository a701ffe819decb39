"""A stand-in for what Isaac Lab and mjlab make of a reward term, written from their protocol.

Neither simulator runs in these tests. The managers here do what theirs do with a term: make an
instance of a class as `func(cfg=cfg, env=env)` (of Isaac Lab's base class, and with the arguments
of `__call__` compared with the params), pay `func(env, **params) * weight * dt`, keep sums by
episode, log them as `Episode_Reward/<term>` and call `reset(env_ids=..)`. Where the package mjlab
is installed, its own managers stand beside them.
"""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor


class ManagerTermBase:
    """As in `isaaclab.managers`."""

    def __init__(self, cfg: Any, env: Any) -> None:
        self.cfg, self._env = cfg, env

    def reset(self, env_ids: Any = None) -> None:
        pass

    def __call__(self, *args: Any) -> Any:
        raise NotImplementedError


@dataclass
class TermCfg:
    func: Any
    params: dict[str, Any] = field(default_factory=dict)
    weight: float = 1.0
    time_out: bool = False


class Manager:
    """What both managers share. `strict` is Isaac Lab."""

    def __init__(self, cfg: dict[str, TermCfg], env: Any, strict: bool) -> None:
        self.env, self.terms = env, copy.deepcopy(cfg)
        for term in self.terms.values():
            if strict and inspect.isclass(term.func):
                assert issubclass(term.func, ManagerTermBase)
                names = list(inspect.signature(term.func.__call__).parameters)[2:]
                known = inspect.signature(term.func.__call__).parameters
                optional = [n for n in names if known[n].default is not inspect.Parameter.empty]
                assert set(names) == {*term.params, *optional}
            if inspect.isclass(term.func):
                made: Any = term.func
                term.func = made(cfg=term, env=env)

    @property
    def active_terms(self) -> list[str]:
        return list(self.terms)

    def get_term_cfg(self, name: str) -> TermCfg:
        return self.terms[name]

    def _reset_terms(self, env_ids: Any) -> None:
        for term in self.terms.values():
            if hasattr(term.func, "reset"):
                term.func.reset(env_ids=env_ids)


class RewardManager(Manager):
    def __init__(self, cfg: dict[str, TermCfg], env: Any, strict: bool = True) -> None:
        super().__init__(cfg, env, strict)
        self.sums = {name: torch.zeros(env.num_envs) for name in self.terms}

    def compute(self, dt: float) -> Tensor:
        total = torch.zeros(self.env.num_envs)
        for name, term in self.terms.items():
            value = term.func(self.env, **term.params) * term.weight * dt
            total += value
            self.sums[name] += value
        return total

    def reset(self, env_ids: Any = None) -> dict[str, Tensor]:
        env_ids = slice(None) if env_ids is None else env_ids
        logged = {}
        for name, sums in self.sums.items():
            mean = sums[env_ids].mean() / self.env.max_episode_length_s
            logged[f"Episode_Reward/{name}"] = mean
            sums[env_ids] = 0.0
        self._reset_terms(env_ids)
        return logged


class TerminationManager(Manager):
    def __init__(self, cfg: dict[str, TermCfg], env: Any, strict: bool = True) -> None:
        super().__init__(cfg, env, strict)
        self.terminated = torch.zeros(env.num_envs, dtype=torch.bool)
        self.time_outs = self.terminated.clone()

    def compute(self) -> Tensor:
        self.terminated[:], self.time_outs[:] = False, False
        for term in self.terms.values():
            place = self.time_outs if term.time_out else self.terminated
            place |= term.func(self.env, **term.params)
        return self.terminated | self.time_outs

    def reset(self, env_ids: Any = None) -> dict[str, Tensor]:
        self._reset_terms(env_ids)
        return {}


class Body:
    """A point that moves along a line; `tip` follows from its place once `forward` was called."""

    def __init__(self, size: int) -> None:
        self.data = SimpleNamespace(place=torch.zeros(size, 2), tip=torch.zeros(size))


class Scene:
    """Entities by name. mjlab's has no `keys`; Isaac Lab's has."""

    def __init__(self, **entities: Any) -> None:
        self.entities = entities

    def __getitem__(self, name: str) -> Any:
        if name not in self.entities:
            raise KeyError(f"no {name}")
        return self.entities[name]

    def write_data_to_sim(self) -> None:
        pass


class Env:
    """The order of a step and of a reset in `ManagerBasedRLEnv`: physics, terminations, rewards,
    reset of the rows that ended, kinematics. Points move by their action; those beyond 2 fall."""

    step_dt, max_episode_length_s = 0.1, 1.0
    device = "cpu"

    def __init__(self, size: int, rewards: Any, terminations: Any, managers: Any) -> None:
        self.num_envs = size
        self.cfg = SimpleNamespace(scale_rewards_by_dt=True)
        self.extras: dict[str, Any] = {}
        self.robot = Body(size)
        self.scene = Scene(robot=self.robot)
        self.sim = SimpleNamespace(forward=self.forward, is_playing=lambda: True)
        self.action_manager = SimpleNamespace(action=torch.zeros(size, 1))
        self.age = torch.zeros(size)
        reward, termination = managers
        self.termination_manager = termination(terminations, self)
        self.reward_manager = reward(rewards, self)

    def forward(self) -> None:
        self.robot.data.tip.copy_(self.robot.data.place[:, 0] + 10)

    def reset(self) -> None:
        self._reset_idx(torch.arange(self.num_envs))
        self.forward()

    def step(self, action: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        self.action_manager.action = action
        self.robot.data.place += action  # in place, as the buffers of a simulation
        self.forward()
        self.age += 1
        ended = self.termination_manager.compute()
        reward = self.reward_manager.compute(dt=self.step_dt)
        terminated = self.termination_manager.terminated.clone()
        time_outs = self.termination_manager.time_outs.clone()
        chosen = ended.nonzero().squeeze(-1)
        if len(chosen):
            self._reset_idx(chosen)
            self.forward()
        return reward, terminated, time_outs

    def _reset_idx(self, env_ids: Tensor) -> None:
        self.robot.data.place[env_ids] = env_ids.to(torch.float32)[:, None] / 10
        self.extras["log"] = {}
        for manager in (self.reward_manager, self.termination_manager):
            self.extras["log"].update(manager.reset(env_ids))
        self.age[env_ids] = 0
