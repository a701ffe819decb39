"""`examples/picture`: a real renderer as a function of the host."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rewardlang

pytest.importorskip("pygame", reason="needs pygame: pip install 'gymnasium[classic-control]'")


@pytest.fixture
def camera(examples: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(examples / "picture"))
    import cartpole_picture  # type: ignore[import-not-found,unused-ignore]

    yield cartpole_picture
    sys.modules.pop("cartpole_picture")


def test_the_picture_of_a_pole_that_stands_is_most_like_itself(camera: Any) -> None:
    tilts = np.array([0.0, 1.0, 2.0, 4.0, 8.0])
    found = camera.likeness(np.zeros(5), tilts)
    assert found[0] == 1.0 and (np.diff(found) < 0).all()
    assert (np.diff(camera.likeness(np.zeros(5), -tilts)) < 0).all()


def test_the_renderer_is_asked_for_the_rows_that_are_nearly_up(examples: Path, camera: Any) -> None:
    asked: list[int] = []

    def likeness(position: Any, angle: Any) -> Any:
        asked.append(len(position))
        return camera.likeness(position, angle)

    program = rewardlang.load(examples / "picture" / "picture.reward")
    reward = program.compile("numba", externs={"cartpole_picture:likeness": likeness})
    rng = np.random.default_rng(0)
    rows = {
        "position": rng.uniform(-1, 1, 64),
        "angle": rng.uniform(-0.2, 0.2, 64),
        "swing": rng.normal(size=64),
    }
    reward.reset(rows)
    out = reward.step(rows)
    up = (abs(rows["angle"]) < np.radians(4)) & (abs(rows["position"]) < 0.5)
    assert sum(asked) == up.sum() and max(asked) <= 16
    expected = np.zeros(64)
    expected[up] = camera.likeness(rows["position"][up], np.degrees(rows["angle"][up]))
    assert np.allclose(out.terms["looks_right"], expected)
    assert np.allclose(
        out.reward, 0.02 * (2 * expected - 0.05 * rows["swing"] ** 2) - out.conditions["fallen"]
    )


def test_it_pays_in_the_environment_itself(examples: Path, camera: Any) -> None:
    import gymnasium

    program = rewardlang.load(examples / "picture" / "picture.reward")
    program.externs["likeness"] = camera.likeness
    env = rewardlang.gymnasium.RewardWrapper(gymnasium.make("CartPole-v1"), program)
    env.reset(seed=3)
    _, first, *_ = env.step(env.action_space.sample())
    assert 0.02 < first < 0.04  # a pole that stands nearly as in the picture
