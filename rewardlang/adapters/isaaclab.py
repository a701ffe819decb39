"""The terms of `manager_terms.py` as Isaac Lab asks for them: of its own base class."""

from __future__ import annotations

from typing import Any

from isaaclab.managers import ManagerTermBase

from rewardlang.adapters import manager_terms


class RewardTerm(manager_terms.ProgramReward, ManagerTermBase):  # type: ignore[misc]
    __doc__ = manager_terms.ProgramReward.__doc__

    def __init__(self, cfg: Any, env: Any) -> None:
        ManagerTermBase.__init__(self, cfg, env)
        manager_terms.ProgramReward.__init__(self, cfg, env)


class TerminationTerm(manager_terms.ProgramEnds, ManagerTermBase):  # type: ignore[misc]
    __doc__ = manager_terms.ProgramEnds.__doc__

    def __init__(self, cfg: Any, env: Any) -> None:
        ManagerTermBase.__init__(self, cfg, env)
        manager_terms.ProgramEnds.__init__(self, cfg, env)
