"""Medians of interleaved runs: what disturbs one rival disturbs all, so the ratios hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median


def interleaved(
    calls: dict[str, Callable[[], object]], rounds: int, repeat: int = 1
) -> dict[str, float]:
    """Seconds per call, by name: the median over `rounds` of `repeat` calls in a row."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(max(3, repeat // 10)):
            call()
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(repeat):
                call()
            seconds[name].append((time.perf_counter() - start) / repeat)
    return {name: median(s) for name, s in seconds.items()}


def readable(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
