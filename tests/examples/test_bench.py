"""The rivals of the benchmark compute what we compute: `bench.py` ends with status 1 otherwise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_every_rival_agrees_with_us_and_the_table_is_printed(examples: Path) -> None:
    done = subprocess.run(
        [sys.executable, "bench.py", "--rounds", "2", "--no-compile"],
        cwd=examples / "bench",
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all rivals agree with us" in done.stdout
    assert "1 environment, hand-written NumPy" in done.stdout
