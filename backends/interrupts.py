"""What a compilation must not be disturbed by: Ctrl-C, and Python's own limit of recursion.

An interrupt is kept until the compiler is done, then raised: the compiler calls back into Python,
where it would be swallowed and leave it half done.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def deferred_interrupt() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end of the block instead of inside it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals
        return
    waiting = False

    def remember(number: int, frame: FrameType | None) -> None:
        nonlocal waiting
        waiting = True

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        raise KeyboardInterrupt


_DEEPEST = 100_000  # calls; those of Python code take no memory of the machine's stack


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Room for Numba, which follows a kernel's branches with a call or two for each of them."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
