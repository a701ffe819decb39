"""The training loop: Stable-Baselines3 on environments whose reward is the program's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import DummyVecEnv

from rewardlang.adapters.stable_baselines import RewardVecEnv
from rewardlang.cli.output import Output
from rewardlang.cli.train.environment import make
from rewardlang.cli.train.history import History
from rewardlang.cli.train.settings import Settings

if TYPE_CHECKING:
    from rewardlang.driver import Program

Array = NDArray[Any]

OWN = "original_reward"  # in each step's info, as the adapters leave it
TERM = "reward/"  # before the name of each term there
LINES = 10  # of progress where nobody watches
FINAL_EPISODES = 5
LONGEST = 5000  # steps of a final episode, for environments that never end


@dataclass(frozen=True)
class Final:
    """The last policy, acting without exploration.

    The arrays are one of its episodes by step: that with the median return.
    """

    weighted: dict[str, Array]
    reward: Array
    returns: float  # mean over `episodes`
    own: float
    episodes: int


@dataclass(frozen=True)
class Run:
    settings: Settings
    history: History
    final: Final
    seconds: float


def train(program: Program, settings: Settings, output: Output, places: dict[str, Path]) -> Run:
    """Train, save what `places` asks for, and let the final policy act.

    An interrupt saves metrics and policy as they stand before it goes on.
    """
    torch.set_num_threads(1)  # more only wait for each other on nets this small
    start = perf_counter()
    environment = _environments(program, settings.environment, settings.envs)
    environment.seed(settings.seed)
    algorithm = {"ppo": PPO, "sac": SAC}[settings.algorithm]
    model = algorithm(env=environment, **settings.arguments)
    recorder = Recorder(settings.envs, settings.steps, output)
    try:
        model.learn(settings.steps, callback=recorder)
    finally:
        output.progress("")
        if "metrics" in places:
            recorder.history.write(places["metrics"])
        if "policy" in places:
            model.save(places["policy"])
        environment.close()
    seconds = perf_counter() - start
    return Run(settings, recorder.history, _final(program, settings, model), seconds)


def _environments(program: Program, name: str, count: int) -> RewardVecEnv:
    builders: list[Callable[[], Any]] = [lambda: make(name)] * count
    return RewardVecEnv(DummyVecEnv(builders), program)


def _terms(info: dict[str, Any]) -> list[str]:
    return [key.removeprefix(TERM) for key in info if key.startswith(TERM)]


def _weighted(info: dict[str, Any], terms: list[str]) -> list[float]:
    return [float(info[TERM + name]) for name in terms]


class Recorder(BaseCallback):
    """Sums each term over each episode, and shows how far the training is."""

    def __init__(self, environments: int, steps: int, output: Output) -> None:
        super().__init__()
        self.steps = steps
        self.output = output
        self.history = History()
        self._sums = np.zeros((3, environments))  # reward, own, length
        self._parts: Array = np.zeros((0, 0))  # [terms, environments], signed
        self._weights: Array = np.zeros((0, 0))  # the same of absolute values
        self._start = self._shown = perf_counter()
        self._lines = 0

    def _on_step(self) -> bool:
        infos = self.locals["infos"]
        if not self.history.terms:
            self.history.terms = _terms(infos[0])
            self._parts = np.zeros((len(self.history.terms), len(infos)))
            self._weights = np.zeros_like(self._parts)
        weighted = np.array([_weighted(info, self.history.terms) for info in infos]).T
        self._parts += weighted
        self._weights += np.abs(weighted)
        self._sums[0] += self.locals["rewards"]
        self._sums[1] += [info[OWN] for info in infos]
        self._sums[2] += 1
        for n in np.flatnonzero(self.locals["dones"]):
            self._finish(n)
        self._show()
        return True

    def _on_training_end(self) -> None:
        if not self.history.step:  # no episode ended: what there is of them is better than nothing
            for n in range(self._sums.shape[1]):
                self._finish(n)

    def _finish(self, n: Any) -> None:
        reward, own, length = self._sums[:, n].tolist()
        parts, weights = self._parts[:, n].tolist(), self._weights[:, n].tolist()
        self.history.add(self.num_timesteps, int(length), reward, own, parts, weights)
        for sums in (self._sums, self._parts, self._weights):
            sums[:, n] = 0

    def _show(self) -> None:
        now, history = perf_counter(), self.history
        line_due = self.num_timesteps * LINES >= (self._lines + 1) * self.steps
        if not line_due and now - self._shown < 0.2:
            return
        self._shown = now
        self._lines += line_due
        speed = self.num_timesteps / (now - self._start)
        self.output.progress(
            f"  {self.num_timesteps:>9,} of {self.steps:,} steps  {speed:>7,.0f}/s"
            f"  return {history.recent(history.reward):>8.4g}"
            f"  environment's own {history.recent(history.own):>8.4g}",
            always=line_due,
        )


def _final(program: Program, settings: Settings, model: Any) -> Final:
    environment = _environments(program, settings.environment, 1)
    environment.seed(settings.seed + 1000)
    episodes = [_episode(environment, model) for _ in range(FINAL_EPISODES)]
    environment.close()
    weighted, reward, _ = sorted(episodes, key=_return)[len(episodes) // 2]
    return Final(
        weighted,
        reward,
        returns=float(np.mean([_return(episode) for episode in episodes])),
        own=float(np.mean([own for _, _, own in episodes])),
        episodes=FINAL_EPISODES,
    )


def _return(episode: tuple[dict[str, Array], Array, float]) -> float:
    return float(episode[1].sum())


def _episode(environment: RewardVecEnv, model: Any) -> tuple[dict[str, Array], Array, float]:
    """One episode without exploration: weighted terms and reward by step, the environment's sum."""
    parts: dict[str, list[float]] = {}
    rewards: list[float] = []
    own = 0.0
    observation: Any = environment.reset()
    for _ in range(LONGEST):
        action, _ = model.predict(observation, deterministic=True)
        observation, reward, done, infos = environment.step(action)
        for name in _terms(infos[0]):
            parts.setdefault(name, []).append(float(infos[0][TERM + name]))
        rewards.append(float(reward[0]))
        own += float(infos[0][OWN])
        if done[0]:
            break
    return {name: np.array(values) for name, values in parts.items()}, np.array(rewards), own
