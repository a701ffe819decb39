"""Where the examples and the recorded data stand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"

Columns = dict[str, np.ndarray[Any, Any]]


@pytest.fixture
def examples() -> Path:
    return EXAMPLES


@pytest.fixture
def recorded() -> Callable[[str], Columns]:
    """`recorded("gym/Ant-v5.npz")`: the arrays of a recording, by name."""

    def load(name: str) -> Columns:
        folder = Path(os.environ.get("REWARDLANG_SHARED_DATA", ROOT.parent / "shared" / "data"))
        if not (folder / name).is_file():
            pytest.skip(f"needs the recorded data {folder / name}")
        with np.load(folder / name) as file:
            return {key: file[key] for key in file}

    return load
