"""From the meaning to a plan. The order of passes, written once."""

from __future__ import annotations

from collections.abc import Callable

from rewardlang.ir.ops import Program
from rewardlang.passes.fold import fold
from rewardlang.passes.simplify import simplify
from rewardlang.passes.starts import start

PIPELINE: tuple[tuple[str, Callable[[Program], Program]], ...] = (
    ("fold", fold),
    ("simplify", simplify),
    ("fold", fold),  # what a branch decided by an option leaves is often constant
    ("start", start),
)
