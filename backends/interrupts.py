"""Ctrl-C while a kernel compiles: kept until the compiler is done, then raised.

The compiler calls back into Python, where an interrupt would be swallowed and leave it half done.
"""

from __future__ import annotations

import signal
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
