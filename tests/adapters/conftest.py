"""Programs and actions for the line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang
from tests.adapters.line import ENDING, PROGRAM


@pytest.fixture
def program() -> rewardlang.Program:
    return rewardlang.parse(PROGRAM, name="line")


@pytest.fixture
def ending() -> rewardlang.Program:
    return rewardlang.parse(ENDING, name="line")


@pytest.fixture
def actions() -> np.ndarray[Any, Any]:
    """[40 steps, 4 environments, 1]: mostly to the right, sometimes far to the left."""
    random = np.random.default_rng(7)
    drift = np.array([0.3, -0.3, 0.1, -0.1])[:, None]
    moves: np.ndarray[Any, Any] = random.normal(size=(40, 4, 1)) * 0.3 + drift
    np.clip(moves, -1, 1, out=moves)
    return moves.astype(np.float32)
