"""Processes that a test interrupts."""

from __future__ import annotations

import signal


def interruptible() -> None:
    """A `preexec_fn`: what a shell starts in the background ignores interrupts, and so would all
    that the tests start from there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
