"""PPO on LunarLander-v3, paid by `landing.reward` or by the environment itself, judged alike.

    pip install Box2D==2.3.10
    python examples/temporal/train_landing.py formula --steps 1200000
    python examples/temporal/train_landing.py own --steps 1200000

After every 50,000 steps: the environment's own return, and on how many of 40 new episodes the
lander has stood on the pad with both legs for half a second; the policy takes its likeliest action.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv

import rewardlang
from rewardlang.gymnasium import RewardWrapper

EVERY, EPISODES, STANDING = 50_000, 40, 26


def judged(model: PPO) -> tuple[float, float]:
    """Mean return of the environment's own reward, and the share of landings."""
    env, returns, landed = gymnasium.make("LunarLander-v3"), [], 0
    for episode in range(EPISODES):
        observation, _ = env.reset(seed=1000 + episode)
        total, standing, longest, over = 0.0, 0, 0, False
        while not over:
            action, _ = model.predict(observation, deterministic=True)
            observation, reward, ended, cut, _ = env.step(int(action))
            total, over = total + float(reward), ended or cut
            down = observation[6] > 0.5 and observation[7] > 0.5 and abs(observation[0]) < 0.2
            standing = standing + 1 if down else 0
            longest = max(longest, standing)
        returns.append(total)
        landed += longest >= STANDING
    return float(np.mean(returns)), landed / EPISODES


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("reward", choices=("formula", "own"))
    parser.add_argument("--steps", type=int, default=1_200_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    program = rewardlang.load(Path(__file__).with_name("landing.reward"))

    def environment() -> Any:
        env = gymnasium.make("LunarLander-v3")
        return RewardWrapper(env, program) if given.reward == "formula" else env

    model = PPO(
        "MlpPolicy",
        DummyVecEnv([environment] * 8),
        n_steps=512,
        batch_size=128,
        n_epochs=4,
        gamma=0.999,
        gae_lambda=0.98,
        ent_coef=0.01,
        seed=given.seed,
        device="cpu",
    )
    began = time.perf_counter()
    for done in range(EVERY, given.steps + 1, EVERY):
        model.learn(EVERY, reset_num_timesteps=False)
        own, landed = judged(model)
        seconds = time.perf_counter() - began
        print(
            f"{done:>9,} steps {seconds:6.0f} s  return {own:8.1f}  landed {landed:.0%}", flush=True
        )


if __name__ == "__main__":
    main()
