"""The threads that share a call: started once, watching for a moment after each call, then asleep.

Kernels release the interpreter lock, so plain threads run them side by side. A row's result does
not depend on who computes it. Threads watch only while calls follow each other closely,
and never for longer than `WATCHING`: a busy machine has better uses for its cores.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from threading import Event, Lock, Thread
from time import perf_counter, sleep

import numpy as np

from rewardlang.backends.kinds import Array
from rewardlang.backends.sharing import BELL, DONE, FAULTY, TICKET, WORDS, watch

Task = Callable[[], object]

WATCHING = 150e-6  # seconds
_DOZE = 20e-6  # seconds


def available() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _looks() -> int:
    """How many looks at a bell take as long as a thread may watch it."""
    look, word = watch(), np.zeros(1, np.int64)
    seconds = []
    for _ in range(5):  # the first one takes longer, and any may be interrupted
        began = perf_counter()
        look(word.ctypes.data, 1, 1000, 0, 0)
        seconds.append(perf_counter() - began)
    return int(1000 * WATCHING / max(min(seconds), 1e-6)) + 1


class _Helper:
    """One thread.

    No wake-up is lost: the caller writes `ticket` and then reads `asleep`, the helper writes
    `asleep` and then reads `ticket`.
    """

    def __init__(self, bell: int, number: int) -> None:
        self.bell = bell
        self._word = np.zeros(WORDS, np.int64)  # the ticket of the last task it has finished
        self.address: int = self._word.ctypes.data
        self.task: Task | None = None
        self.ticket = 0
        self.asleep = False
        self.eager = True
        self.wake = Event()
        Thread(target=self._serve, name=f"rewardlang-{number}", daemon=True).start()

    def begin(self, task: Task, ticket: int, eager: bool) -> None:
        self.task, self.eager = task, eager
        self.ticket = ticket
        if self.asleep:
            self.wake.set()

    def _serve(self) -> None:
        served = 0
        while True:
            looks = _looks() if self.eager else 0
            heard = watch()(self.bell, served + 1, looks, self.address, served)
            if not heard or self.ticket == served:
                self._sleep(served)
            served = self.ticket
            task, self.task = self.task, None
            if task is not None:
                task()
            del task  # or its arrays would live as long as this thread sleeps

    def _sleep(self, served: int) -> None:
        while self.ticket == served:
            self.wake.clear()
            self.asleep = True
            if self.ticket == served:
                self.wake.wait()
            self.asleep = False


class Team:
    """The helpers of this process, and when they were last needed."""

    def __init__(self) -> None:
        self._word = np.zeros(WORDS, np.int64)
        self.bell: int = self._word.ctypes.data
        self.ticket = 0
        self.busy = Lock()
        self._helpers: list[_Helper] = []
        self._last = 0.0
        self._looks = _looks()
        self._moment = self._looks // 10

    def words(self, threads: int) -> Array:
        """What the threads of one call write to each other."""
        words = np.zeros(FAULTY + WORDS * threads, np.int64)
        self.ticket += 1
        words[BELL], words[TICKET] = self.bell, self.ticket
        return words

    def run(self, tasks: Sequence[Task], words: Array, rows: int) -> None:
        """Run the first task here and the others in helpers, until all rows are computed.

        A helper that comes too late finds nothing to do. One that has just finished is given a
        moment to go back to its watch: later it would have to queue for the interpreter lock.
        """
        near = perf_counter() - self._last < WATCHING
        while len(self._helpers) < len(tasks) - 1:
            self._helpers.append(_Helper(self.bell, len(self._helpers) + 1))
        for helper, task in zip(self._helpers, tasks[1:], strict=False):
            helper.begin(task, self.ticket, near)
        tasks[0]()
        done = words.ctypes.data + 8 * DONE
        while not watch()(done, rows, self._looks, 0, 0):
            sleep(_DOZE)  # whoever has the last rows was interrupted
        if near:
            for helper in self._helpers[: len(tasks) - 1]:
                watch()(helper.address, self.ticket, self._moment, 0, 0)
        self._last = perf_counter()


@cache
def team() -> Team:
    """The team of this process."""
    return Team()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=team.cache_clear)
