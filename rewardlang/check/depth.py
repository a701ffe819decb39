"""Room for plain recursion: over a tree, which the parser bounds, and along a chain of names.

A call of Python from Python takes no room on the machine's own stack.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Calls that the deepest legal expression takes, with room: the parser bounds the depth itself.
OF_A_TREE = 20_000
# The same for ten thousand names, each of which reads the one before.
OF_A_CHAIN = 200_000


@contextmanager
def deep_recursion(calls: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, calls))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
