"""How long the first compilation takes, and the next one, in a fresh process each.

Run as a script it is that process: it imports what is needed, then times `load`, `compile` and the
first `step`, and prints the seconds. The cache is an empty folder the first time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "legged" / "velocity_tracking.reward"


def first_and_cached(repeats: int = 3) -> tuple[float, float]:
    """Seconds from source to the first result: with an empty cache, and with a filled one.

    The median of `repeats` pairs.
    """
    pairs = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            pairs.append((_in_a_new_process(cache), _in_a_new_process(cache)))
    first, cached = zip(*pairs, strict=True)
    return sorted(first)[repeats // 2], sorted(cached)[repeats // 2]


def _in_a_new_process(cache: str) -> float:
    environment = os.environ | {"XDG_CACHE_HOME": cache, "REWARDLANG_CACHE": cache}
    done = subprocess.run(
        [sys.executable, __file__], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def _measure() -> float:
    from transitions import transition

    import rewardlang
    import rewardlang.backends.numba_backend  # noqa: F401  (an import is not what is measured)
    import rewardlang.driver  # noqa: F401

    values = transition(4, 0)
    start = time.perf_counter()
    reward = rewardlang.load(PROGRAM).compile(backend="numba", dtype="float32")
    reward.reset()
    reward.step(values)
    return time.perf_counter() - start


if __name__ == "__main__":
    print(_measure())
