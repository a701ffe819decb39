"""The modules a training script imports."""

from __future__ import annotations

import pytest

import rewardlang.gymnasium
import rewardlang.sb3
from rewardlang.adapters import single, stable_baselines, vector
from rewardlang.adapters.extras import lacking
from rewardlang.diagnostics.diagnostic import RewardError


def test_the_public_modules_offer_the_wrappers() -> None:
    assert rewardlang.gymnasium.RewardWrapper is single.RewardWrapper
    assert rewardlang.gymnasium.VectorRewardWrapper is vector.VectorRewardWrapper
    assert rewardlang.sb3.RewardVecEnv is stable_baselines.RewardVecEnv
    assert rewardlang.sb3.RewardCallback is stable_baselines.RewardCallback


@pytest.mark.parametrize("package", ["gymnasium", "stable_baselines3.common", "torch"])
def test_a_missing_framework_is_told_with_its_install_line(package: str) -> None:
    told = lacking(ModuleNotFoundError(name=package), "a reward for a loop")
    assert isinstance(told, RewardError)
    assert told.diagnostics[0].code == "RW672"
    assert 'pip install "rewardlang[rl]"' in str(told)


@pytest.mark.parametrize("package", ["torchrl.envs", "tensordict"])
def test_torchrl_has_an_extra_of_its_own(package: str) -> None:
    told = lacking(ModuleNotFoundError(name=package), "a reward for TorchRL")
    assert 'pip install "rewardlang[torchrl]"' in str(told)


def test_any_other_missing_module_is_told_as_it_is() -> None:
    missing = ModuleNotFoundError(name="rewardlang.nowhere")
    assert lacking(missing, "a reward for a loop") is missing
