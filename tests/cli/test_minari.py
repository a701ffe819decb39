"""`rewardlang run` over a data set that Minari itself wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

minari = pytest.importorskip("minari", reason="needs minari: pip install 'rewardlang[minari]'")
Call = Callable[..., Any]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Minari asks for an author

TEXT = """
input angle : real per state from observation[2]
input push : int from action
input own : real from reward
term up = angle
term moved = angle - previous(angle)
term pushed = push == 1
term same = own
"""


@pytest.fixture
def data_set(here: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Three episodes of CartPole, written by Minari."""
    import gymnasium

    monkeypatch.setenv("MINARI_DATASETS_PATH", str(here / "sets"))
    env = gymnasium.make("CartPole-v1")
    env.action_space.seed(0)
    episodes = []
    for seed in range(3):
        observations = [env.reset(seed=seed)[0]]
        rows: list[tuple[Any, ...]] = []
        while not (rows and (rows[-1][2] or rows[-1][3])):
            action = env.action_space.sample()
            observation, reward, terminated, truncated, _ = env.step(action)
            observations.append(observation)
            rows.append((action, reward, terminated, truncated))
        actions, rewards, terminations, truncations = (list(x) for x in zip(*rows, strict=True))
        episodes.append(
            minari.data_collector.EpisodeBuffer(
                id=seed,
                observations=observations,
                actions=actions,
                rewards=rewards,
                terminations=terminations,
                truncations=truncations,
            )
        )
    return minari.create_dataset_from_buffers("cart/pole-v0", episodes, env="CartPole-v1")


def test_observations_pair_up_and_ends_are_those_recorded(
    call: Call, here: Path, data_set: Any
) -> None:
    (here / "m.reward").write_text(TEXT)
    done = call("run", "m.reward", "--data", "sets/cart/pole-v0", "--json")
    assert done.status == 0, done.err
    episodes = list(data_set)
    steps = sum(len(e.rewards) for e in episodes)
    angle = np.concatenate([e.observations[1:, 2] for e in episodes]).astype(float)
    moved = np.concatenate([np.diff(e.observations[:, 2].astype(float)) for e in episodes])
    terms = done.json["terms"]
    assert done.json["steps"] == steps and done.json["episodes"] == 3
    assert terms["up"]["mean"] == pytest.approx(angle.mean(), abs=1e-7)
    assert terms["moved"]["std"] == pytest.approx(moved.std(), abs=1e-7)
    assert terms["same"]["mean"] == 1


def test_a_damaged_data_set_is_a_message(call: Call, here: Path, data_set: Any) -> None:
    (here / "m.reward").write_text(TEXT)
    (here / "sets/cart/pole-v0/data/main_data.hdf5").write_bytes(b"no hdf5")
    done = call("run", "m.reward", "--data", "sets/cart/pole-v0")
    assert done.status == 1 and "RW673" in done.err and "Traceback" not in done.err
    done = call("run", "m.reward", "--data", "sets")
    assert done.status == 1 and "RW671" in done.err
