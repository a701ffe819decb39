"""A language for rewards and objectives, and its compiler.

    program = rewardlang.load("walk.reward")
    reward = program.compile()
    out = reward.evaluate(columns)          # recorded episodes
    out = reward.step(values)               # one transition of each environment

`rewardlang.gymnasium`, `rewardlang.isaaclab`, `rewardlang.mjlab`, `rewardlang.pettingzoo`,
`rewardlang.sb3` and `rewardlang.torchrl` are loaded when they are first named.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics.diagnostic import Diagnostic, RewardError

if TYPE_CHECKING:
    from rewardlang.driver import Program, load, parse

__version__ = "0.1.0"
__all__ = ["Diagnostic", "Program", "RewardError", "RewardFault", "load", "parse"]

_LOOPS = ("gymnasium", "isaaclab", "mjlab", "pettingzoo", "sb3", "torchrl")


def __getattr__(name: str) -> Any:
    if name in _LOOPS:
        return import_module(f"rewardlang.{name}")
    if name in ("Program", "load", "parse"):  # `rewardlang --help` does without a compiler
        return getattr(import_module("rewardlang.driver"), name)
    if name == "RewardFault":  # the runtime starts NumPy, which a check does without
        return import_module("rewardlang.runtime.faults").RewardFault
    raise AttributeError(f"module 'rewardlang' has no attribute {name!r}")
