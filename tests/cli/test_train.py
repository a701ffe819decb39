"""`rewardlang train`: a short real run, its files, its messages."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.interrupts import interruptible

pytest.importorskip("stable_baselines3")
pytest.importorskip("numba")
pytest.importorskip("matplotlib")

Call = Callable[..., Any]


@pytest.mark.slow
def test_a_short_run_leaves_picture_metrics_and_policy(call: Call, here: Path) -> None:
    assert call("new", "pole", "--env", "CartPole-v1").status == 0
    done = call(
        *("train", "pole.reward", "--env", "CartPole-v1", "--steps", 4000, "--envs", 4),
        *("--out", "result", "--json"),
    )
    assert done.status == 0, done.err
    document = done.json
    assert document["algorithm"] == "ppo" and document["episodes"] > 10
    assert (here / "result" / "training.png").stat().st_size > 50_000
    assert (here / "result" / "policy.zip").stat().st_size > 1000
    with (here / "result" / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == document["episodes"]
    for row in rows:
        terms = sum(float(value) for name, value in row.items() if name.startswith("reward/"))
        assert terms == pytest.approx(float(row["reward"]), abs=1e-4)
        # CartPole pays 1 for every step, so its own return is the length
        assert float(row["environment_reward"]) == int(row["length"])


@pytest.mark.slow
def test_training_on_cartpole_learns(call: Call, here: Path) -> None:
    assert call("new", "pole", "--env", "CartPole-v1").status == 0
    done = call(
        *("train", "pole.reward", "--env", "CartPole-v1", "--steps", 30_000),
        *("--out", "learning.png", "--json"),
    )
    assert done.status == 0, done.err
    assert done.json["environment_return"] > 200  # a random policy reaches about 20
    assert sorted(path.name for path in here.iterdir() if path.is_dir()) == []


@pytest.mark.slow
def test_continuous_actions_train_with_sac_and_show_progress_lines(call: Call, here: Path) -> None:
    assert call("new", "swing", "--env", "Pendulum-v1").status == 0
    done = call("train", "swing.reward", "--env", "Pendulum-v1", "--algo", "sac", "--steps", 1000)
    assert done.status == 0, done.err
    assert "SAC" in done.out and "final policy: return" in done.out
    lines = [line for line in done.err.splitlines() if " of 1,000 steps" in line]
    assert 1 <= len(lines) <= 10


def test_an_algorithm_that_does_not_fit_is_a_message(call: Call) -> None:
    done = call("train", "walk.reward", "--env", "CartPole-v1", "--algo", "sac")
    assert done.status == 1 and "RW677" in done.err


def test_an_environment_that_is_not_there_is_a_message(call: Call) -> None:
    done = call("train", "walk.reward", "--env", "Nowhere-v0")
    assert done.status == 1 and "RW675" in done.err


def test_an_input_the_environment_does_not_have_is_a_message(call: Call, here: Path) -> None:
    done = call("train", "walk.reward", "--env", "CartPole-v1", "--out", "out")
    assert done.status == 1, done.err
    assert "error[RW6" in done.err and "`action`" in done.err
    assert "RW900" not in done.err


@pytest.mark.slow
def test_an_interrupt_keeps_what_was_learnt(call: Call, here: Path) -> None:
    assert call("new", "pole", "--env", "CartPole-v1").status == 0
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "rewardlang", "train", "pole.reward"),
            *("--env", "CartPole-v1", "--steps", "100000", "--out", "kept"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=interruptible,
    )
    assert process.stderr is not None
    while b" of 100,000 steps" not in process.stderr.readline():
        assert process.poll() is None, "it ended before it said how far it is"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert (here / "kept" / "policy.zip").is_file()
    assert len((here / "kept" / "metrics.csv").read_text().splitlines()) > 2
