"""Smooth semantics in programs: kernels against the definition, step by step and whole."""

from __future__ import annotations

import random

import numpy as np
import pytest

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.temporal.formula import FUTURE, PAST, Formula, is_past
from tests.temporal import gatherings
from tests.temporal.gatherings import Gathering, value
from tests.temporal.meaning import random_formula, written

LOGIC = ("and", "or", "not", "implies", "iff")
WAYS: dict[str, tuple[str, Gathering]] = {
    "logsumexp": ("semantics: logsumexp, temperature: 3", gatherings.logsumexp(3.0)),
    "softmin": ("semantics: softmin, temperature: 3", gatherings.softmin(3.0)),
    "agm": ("semantics: agm", gatherings.agm),
    "gmsr": ("semantics: gmsr, power: 2, tolerance: 0.01", gatherings.gmsr(2.0, 0.01)),
}
EVERY = pytest.mark.parametrize("name", WAYS)
_INPUTS = "".join(f"input {x} : real in -9 .. 9 per state\n" for x in "xyz")
_READ = """
metric so_far = robustness(s over past)
metric whole = robustness(s)
term nothing = x
"""


def _program(f: Formula, options: str, read: str = _READ) -> rewardlang.Program | None:
    text = f"{_INPUTS}spec s ({options}) = {written(f, 'xyz')}\n{read}"
    try:
        return rewardlang.parse(text)
    except RewardError as error:
        assert "RW435" in {d.code for d in error.diagnostics}, str(error)
        return None


def _drawn(rng: random.Random, options: str, ops: tuple[str, ...]) -> tuple:
    while True:
        f = random_formula(rng, 3, 3, (*ops, *LOGIC))
        program = _program(f, options)
        if program is not None:
            return f, program


def _held(x: float) -> float:
    return min(max(x, -1e6), 1e6)
