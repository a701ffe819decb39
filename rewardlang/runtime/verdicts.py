"""What a result tells of a temporal formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SpecResult:
    """A formula's verdict, in the shape of the call, and its robustness.

    `satisfied`    it holds, whatever follows
    `violated`     it does not, whatever follows
    `decided`      either
    `robustness`   of the whole trace, in the unit of its margins: one number for each episode in
                   recorded data, NaN before the end in a loop. None where an atom has no margin, or
                   units differ
    """

    satisfied: Any
    violated: Any
    robustness: Any = None

    @property
    def decided(self) -> Any:
        return self.satisfied | self.violated

    def __repr__(self) -> str:
        return f"SpecResult(satisfied={self.satisfied!r}, violated={self.violated!r})"
