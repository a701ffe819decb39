"""Rewards for Gymnasium: `RewardWrapper` for one environment, `VectorRewardWrapper` for many."""

from __future__ import annotations

from rewardlang.adapters.single import RewardWrapper
from rewardlang.adapters.transition import Transition
from rewardlang.adapters.vector import VectorRewardWrapper

__all__ = ["RewardWrapper", "Transition", "VectorRewardWrapper"]
