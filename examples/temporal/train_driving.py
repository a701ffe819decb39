"""PPO on highway-fast-v0, paid by `driving.reward` or by the environment itself, judged alike.

    pip install highway-env==1.12.1
    python examples/temporal/train_driving.py formula --steps 20736
    python examples/temporal/train_driving.py own --steps 20736
    python examples/temporal/train_driving.py idle

Before training and after every 6,912 steps, on 40 new episodes: the shares that satisfy each
formula of the file, `safe` being those without a crash, the mean speed, and the environment's own
return. The policy takes its likeliest action; `idle` keeps lane and speed. The hyper-parameters
are those of highway-env's own script for PPO; ten vehicles instead of twenty, for speed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import highway_env
import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv

import rewardlang
from rewardlang.gymnasium import RewardWrapper

EVERY, EPISODES, IDLE = 6_912, 40, 1
PROGRAM = rewardlang.load(Path(__file__).with_name("driving.reward"))
SPECS = ("safe", "driven", "brisk", "spaced", "right")


def road() -> Any:
    return gymnasium.make("highway-fast-v0", config={"vehicles_count": 10})


def judged(act: Callable[[Any], int]) -> str:
    """The shares of episodes that satisfy each formula, mean speed and own return."""
    env = RewardWrapper(road(), PROGRAM)
    held, speeds, returns = dict.fromkeys(SPECS, 0.0), [], []
    for episode in range(EPISODES):
        observation, _ = env.reset(seed=5000 + episode)
        total, over, info = 0.0, False, {}
        while not over:
            observation, _, ended, cut, info = env.step(act(observation))
            total, over = total + float(info["original_reward"]), ended or cut
            speeds.append(info["speed"])
        returns.append(total)
        for name in SPECS:
            held[name] += info["episode_terms"][f"spec/{name}"] / EPISODES
    shares = "  ".join(f"{name} {share:4.0%}" for name, share in held.items())
    return f"{shares}  speed {np.mean(speeds):.1f} m/s  return {np.mean(returns):5.2f}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("reward", choices=("formula", "own", "idle"))
    parser.add_argument("--steps", type=int, default=20_736)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    gymnasium.register_envs(highway_env)
    if given.reward == "idle":
        print(judged(lambda observation: IDLE))
        return

    def environment() -> Any:
        return RewardWrapper(road(), PROGRAM) if given.reward == "formula" else road()

    model = PPO(
        "MlpPolicy",
        DummyVecEnv([environment] * 6),
        n_steps=128,
        batch_size=64,
        n_epochs=10,
        learning_rate=5e-4,
        gamma=0.8,
        policy_kwargs={"net_arch": [256, 256]},
        seed=given.seed,
        device="cpu",
    )

    def likeliest(observation: Any) -> int:
        return int(model.predict(observation, deterministic=True)[0])

    began = time.perf_counter()
    for done in range(0, given.steps + 1, EVERY):
        if done:
            model.learn(EVERY, reset_num_timesteps=False)
        seconds = time.perf_counter() - began
        print(f"{done:>6,} steps {seconds:4.0f} s  {judged(likeliest)}", flush=True)


if __name__ == "__main__":
    main()
