"""Rewards for Stable-Baselines3: `RewardVecEnv`, and `RewardCallback`, which logs the terms."""

from __future__ import annotations

from rewardlang.adapters.extras import lacking

try:
    from rewardlang.adapters.stable_baselines import RewardCallback, RewardVecEnv
    from rewardlang.adapters.transition import Transition
except ModuleNotFoundError as missing:
    raise lacking(missing, "a reward for Stable-Baselines3") from None

__all__ = ["RewardCallback", "RewardVecEnv", "Transition"]
