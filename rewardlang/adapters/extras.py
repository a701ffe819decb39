"""Frameworks that an extra installs, and what to say where one is missing."""

from __future__ import annotations

from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.runtime.failure import failure

FRAMEWORKS = {
    "gymnasium": "rl",
    "stable_baselines3": "rl",
    "torch": "rl",
    "pettingzoo": "agents",
    "torchrl": "torchrl",
    "tensordict": "torchrl",
}


def lacking(missing: ModuleNotFoundError, feature: str) -> RewardError | ModuleNotFoundError:
    """RW672 with the install line for a framework; any other missing module is as it was."""
    package = (missing.name or "").partition(".")[0]
    if package not in FRAMEWORKS:
        return missing
    return failure("RW672", feature=feature, package=package, extra=FRAMEWORKS[package])
