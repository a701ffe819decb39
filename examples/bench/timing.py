"""Medians of turns taken in one run: what slows the machine slows all rivals, so ratios hold.

Threads of a parallel rival go on spinning for up to 0.2 s after its last call and would take a core
from whoever comes next. So each turn begins when they have stopped, and warms up before it counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

QUIET = 0.3  # seconds before a turn
WARM = 0.2  # seconds of calls that do not count: caches, threads and clocks settle
TURN = 0.05  # seconds of calls that do, at least


def in_turns(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds per call, by name: the median over `rounds` of the mean of a turn."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            time.sleep(QUIET)
            _repeat(call, WARM)
            seconds[name].append(_repeat(call, TURN))
    return {name: median(s) for name, s in seconds.items()}


def _repeat(call: Callable[[], object], least: float) -> float:
    """Seconds per call, over batches of calls that double until they take long enough."""
    repeat = 1
    while True:
        start = time.perf_counter()
        for _ in range(repeat):
            call()
        taken = time.perf_counter() - start
        if taken >= least:
            return taken / repeat
        repeat *= 2


def readable(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
