"""Rewards for PettingZoo: `RewardParallelEnv`, a reward for each agent of a parallel one."""

from __future__ import annotations

from rewardlang.adapters.extras import lacking

try:
    from rewardlang.adapters.agents import ParallelTransition
    from rewardlang.adapters.parallel import RewardParallelEnv
except ModuleNotFoundError as missing:
    raise lacking(missing, "a reward for PettingZoo") from None

__all__ = ["ParallelTransition", "RewardParallelEnv"]
