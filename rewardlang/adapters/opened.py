"""What the constructors of all adapters share: a program, compiled for a loop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rewardlang import driver
from rewardlang.driver import Program
from rewardlang.runtime.failure import failure
from rewardlang.runtime.reward import Reward


def opened(program: Program | str | Path) -> Program:
    """The program, read from its file where a path was given. RW640 where no loop can pay it."""
    if not isinstance(program, Program):
        program = driver.load(program)
    if program.mode not in ("online", "episodic"):
        raise failure("RW640", mode=program.mode)
    return program


def compiled(
    program: Program,
    backend: str,
    dtype: str | None,
    params: Mapping[str, Any] | None,
    faults: str | None,
) -> Reward:
    return program.compile(backend=backend, dtype=dtype, params=dict(params or {}), faults=faults)


def ends_episodes(program: Program, faults: str | None) -> bool:
    """Whether the program itself can end an episode: by a condition, or by its policy on faults."""
    policy = faults or program.plan.faults
    return policy == "terminate" or any(c.kind == "terminate" for c in program.checked.conditions)


def has_success(program: Program) -> bool:
    return any(c.kind == "success" for c in program.checked.conditions)
