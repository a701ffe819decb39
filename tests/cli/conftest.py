"""A folder to work in with a good file, a faulty one and recorded data; and a way to call."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewardlang.cli.main import status_of

WALK = '''\
"""Walk forward, gently."""

timestep 0.1<s>

input speed  : real<m/s> in -5 .. 5 per state from observation[0]
input action : real[2] in -1 .. 1 from action

param target : real<m/s> in 0 .. 4 = 1<m/s>

term walk weight 2 times dt = speed / target
term effort weight 0.5 = -sum(action ^ 2)

terminate stuck when speed < -4<m/s> pays -10

test "full speed pays" {
  given speed  = [0, 1<m/s>, -5<m/s>]
  given action = [[0, 0], [1, 1]]
  expect walk > 0.99 at 1
  expect effort < -1.99 at 2
  expect stuck at 2
}
'''
FAULTY = "input speed : real<m/s>\nterm walk = sped\nterm both = speed + 1<s>\n"


@dataclass
class Called:
    """One command line: its status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "walk.reward").write_text(WALK, encoding="utf-8")
    return tmp_path


@pytest.fixture
def faulty(here: Path) -> Path:
    path = here / "faulty.reward"
    path.write_text(FAULTY, encoding="utf-8")
    return path


@pytest.fixture
def recorded(here: Path) -> Path:
    """Two episodes of three steps, flat, with the state before and after each step."""
    speed = np.array([[0.0, 1.0, 2.0, 3.0], [0.0, -1.0, -2.0, -5.0]])
    path = here / "steps.npz"
    np.savez(
        path,
        obs_before=speed[:, :-1].reshape(6, 1),
        obs_after=speed[:, 1:].reshape(6, 1),
        action=np.full((6, 2), 0.5),
        episode=np.repeat([7, 9], 3),
    )
    return path


@pytest.fixture
def call(here: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Called]:
    def run(*arguments: object) -> Called:
        capsys.readouterr()
        status = status_of([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Called(status, printed.out, printed.err)

    return run
