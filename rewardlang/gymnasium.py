"""Rewards for Gymnasium: `RewardWrapper` for one environment, `VectorRewardWrapper` for many."""

from __future__ import annotations

from rewardlang.adapters.extras import lacking

try:
    from rewardlang.adapters.single import RewardWrapper
    from rewardlang.adapters.transition import Transition
    from rewardlang.adapters.vector import VectorRewardWrapper
except ModuleNotFoundError as missing:
    raise lacking(missing, "a reward for Gymnasium") from None

__all__ = ["RewardWrapper", "Transition", "VectorRewardWrapper"]
