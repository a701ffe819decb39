"""The threads that share a call: started once, asleep between calls.

Kernels release the interpreter lock, so plain threads run them side by side. A row's result does
not depend on how the rows are shared out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

_pool: ThreadPoolExecutor | None = None


def available() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def side_by_side(tasks: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run all tasks, the first one here; results in the order of the tasks."""
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(max(1, available() - 1), thread_name_prefix="rewardlang")
    others = [_pool.submit(task) for task in tasks[1:]]
    first = tasks[0]()
    return [first, *(other.result() for other in others)]


def _forget() -> None:
    """A forked child has none of its parent's threads."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
