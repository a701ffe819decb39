"""Rewards for mjlab: `RewardTerm` runs a program, `TerminationTerm` tells of its ends."""

from __future__ import annotations

from rewardlang.adapters.extras import lacking

try:
    from rewardlang.adapters.manager_terms import ProgramEnds as TerminationTerm
    from rewardlang.adapters.manager_terms import ProgramReward as RewardTerm
except ModuleNotFoundError as missing:
    raise lacking(missing, "a reward for mjlab") from None

__all__ = ["RewardTerm", "TerminationTerm"]
