"""A language for rewards and objectives, and its compiler.

    program = rewardlang.load("walk.reward")
    reward = program.compile()
    out = reward.evaluate(columns)          # recorded episodes
    out = reward.step(values)               # one transition of each environment
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics.diagnostic import Diagnostic, RewardError

if TYPE_CHECKING:
    from rewardlang.driver import Program, load, parse

__version__ = "0.1.0"
__all__ = ["Diagnostic", "Program", "RewardError", "load", "parse"]


def __getattr__(name: str) -> Any:
    """The compiler is loaded when it is first asked for: `rewardlang --help` does without."""
    if name in ("Program", "load", "parse"):
        from rewardlang import driver

        return getattr(driver, name)
    raise AttributeError(f"module 'rewardlang' has no attribute {name!r}")
