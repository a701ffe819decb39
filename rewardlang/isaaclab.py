"""Rewards for Isaac Lab: `RewardTerm` runs a program, `TerminationTerm` tells of its ends."""

from __future__ import annotations

from rewardlang.adapters.extras import lacking

try:
    from rewardlang.adapters.isaaclab import RewardTerm, TerminationTerm
except ModuleNotFoundError as missing:
    raise lacking(missing, "a reward for Isaac Lab") from None

__all__ = ["RewardTerm", "TerminationTerm"]
