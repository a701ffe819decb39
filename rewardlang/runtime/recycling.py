"""Memory of results that nobody holds any more, used again.

Fresh memory of this size comes from the operating system page by page, which at a few thousand rows
takes as long as computing them. What a caller keeps, or keeps a view of, is never touched: only a
block whose every array is held by nobody else is handed out again.
"""

from __future__ import annotations

import sys

from rewardlang.runtime.kernel import Block

_WORTH_KEEPING = 1024  # rows
_KEPT = 3  # blocks: a loop holds the last result while it asks for the next


class Spares:
    """The blocks that were handed out last, all for the same number of rows."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._rows = 0
        # without the interpreter lock, counts of references are not to be relied on
        self._counts = getattr(sys, "_is_gil_enabled", lambda: True)()

    def take(self, rows: int) -> Block | None:
        """A block for so many rows that nobody holds, if there is one."""
        if rows != self._rows:
            self._blocks.clear()
            return None
        for place in range(len(self._blocks)):
            if _is_ours_alone(self._blocks, place):
                return self._blocks[place]
        return None

    def note(self, rows: int, block: Block) -> None:
        """Remember a block that is being handed out."""
        if rows >= _WORTH_KEEPING and self._counts:
            self._rows = rows
            self._blocks = [*self._blocks[-_KEPT + 1 :], block]


def _is_ours_alone(blocks: list[Block], place: int) -> bool:
    """Whether the list holds the only reference to a block and to each of its arrays."""
    count = sys.getrefcount
    if count(blocks[place]) > 2:  # the list's, and that of the call itself
        return False
    arrays = vars(blocks[place])
    return all(count(arrays[name]) <= 2 for name in arrays if arrays[name].size)
