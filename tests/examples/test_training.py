"""Policies trained on the rewards written here do well by the environments' own reward too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rewardlang.cli.main import status_of


@pytest.mark.slow
@pytest.mark.parametrize(
    "program, environment, own_return",
    [("cartpole", "CartPole-v1", 400), ("pendulum", "Pendulum-v1", -400)],
)
def test_training_on_an_example_solves_its_environment(
    program: str,
    environment: str,
    own_return: float,
    examples: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = examples / program / f"{program}.reward"
    status = status_of(["train", str(file), "--env", environment, "--out", str(tmp_path), "--json"])
    result = json.loads(capsys.readouterr().out)
    assert status == 0
    assert result["environment_return"] > own_return
    assert (tmp_path / "training.png").stat().st_size > 10_000
