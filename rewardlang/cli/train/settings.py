"""The few numbers of a training run. They suit small environments on a laptop, not a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NETWORK = [64, 64]


@dataclass(frozen=True)
class Settings:
    algorithm: str  # ppo or sac
    environment: str
    steps: int
    envs: int
    seed: int

    @property
    def title(self) -> str:
        return f"{self.algorithm.upper()} in {self.environment}"

    @property
    def words(self) -> str:
        beside = "1 environment" if self.envs == 1 else f"{self.envs} environments"
        return f"{self.steps:,} steps, {beside}, seed {self.seed}"

    @property
    def arguments(self) -> dict[str, Any]:
        """For the algorithm's class in Stable-Baselines3."""
        shared = {
            "policy": "MlpPolicy",
            "policy_kwargs": {"net_arch": NETWORK},
            "gamma": 0.99,
            "seed": self.seed,
            "device": "cpu",  # nets this small are slower on a GPU
            "verbose": 0,
        }
        if self.algorithm == "sac":
            return shared | {
                "learning_rate": 1e-3,
                "learning_starts": 1000,
                "train_freq": 1,
                "gradient_steps": max(1, self.envs // 2),
                "batch_size": 256,
            }
        return shared | {
            "learning_rate": 1e-3,
            "n_steps": max(32, 1024 // self.envs),
            "batch_size": 256,
            "n_epochs": 10,
            "gae_lambda": 0.95,
            "clip_range": 0.2,
        }


def settings_for(
    algorithm: str, environment: str, steps: int | None, envs: int | None, seed: int
) -> Settings:
    """What was asked for, and a fitting number for what was not."""
    return Settings(
        algorithm,
        environment,
        steps or (60_000 if algorithm == "ppo" else 12_000),
        envs or (8 if algorithm == "ppo" else 4),
        seed,
    )
