"""A language for rewards and objectives, and its compiler.

    program = rewardlang.load("walk.reward")
    reward = program.compile()
    out = reward.evaluate(columns)          # recorded episodes
    out = reward.step(values)               # one transition of each environment
"""

from rewardlang.diagnostics.diagnostic import Diagnostic, RewardError
from rewardlang.driver import Program, load, parse

__version__ = "0.1.0"
__all__ = ["Diagnostic", "Program", "RewardError", "load", "parse"]
