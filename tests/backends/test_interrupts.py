"""Ctrl-C in the middle of a compilation."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from rewardlang.backends.interrupts import deferred_interrupt


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    finished = False
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        with deferred_interrupt():
            os.kill(os.getpid(), signal.SIGINT)
            finished = True
    assert finished
    assert signal.getsignal(signal.SIGINT) is before


def test_an_error_of_the_block_comes_through_and_the_handler_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="inside"):
        with deferred_interrupt():
            raise ValueError("inside")
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_compile_without_touching_signals() -> None:
    done: list[bool] = []

    def compile_elsewhere() -> None:
        with deferred_interrupt():
            done.append(True)

    thread = threading.Thread(target=compile_elsewhere)
    thread.start()
    thread.join()
    assert done == [True]
