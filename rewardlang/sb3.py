"""Rewards for Stable-Baselines3: `RewardVecEnv`, and `RewardCallback`, which logs the terms."""

from __future__ import annotations

from rewardlang.adapters.stable_baselines import RewardCallback, RewardVecEnv
from rewardlang.adapters.transition import Transition

__all__ = ["RewardCallback", "RewardVecEnv", "Transition"]
