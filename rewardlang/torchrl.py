"""Rewards for TorchRL: `RewardTransform`, which replaces the reward of an environment."""

from __future__ import annotations

from rewardlang.adapters.extras import lacking

try:
    from rewardlang.adapters.torchrl import RewardTransform
except ModuleNotFoundError as missing:
    raise lacking(missing, "a reward for TorchRL") from None

__all__ = ["RewardTransform"]
