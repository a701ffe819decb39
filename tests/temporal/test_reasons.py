"""Why a spec of a program holds or fails, over recorded data."""

from __future__ import annotations

import numpy as np
import pytest

import rewardlang
from rewardlang.reasons import Reason, why

TEXT = """
input height : real<m> in 0 .. 3 per state
input push : real
input on : bool per state
spec up = always (height > 1<m> and on)
spec high = always height > 1<m>
spec calm = always push < 2
spec late = eventually [9 .. 9] height > 1<m>
term a = satisfied(up)
"""


def test_the_reset_is_sample_0_of_what_is_per_state() -> None:
    program = rewardlang.parse(TEXT)
    columns = {
        "height": np.array([[2.0, 1.5, 1.25], [0.5, 2, 0]]),
        "push": np.array([[0.0, 5], [1, 0]]),
        "on": np.array([[True, True, True], [True, True, True]]),
    }
    span = program.checked.specs[1].atoms[0].span
    assert why(program, "high", columns) == [
        Reason(0, "height > 1<m>", 2, 0.25, "m", False, span),
        Reason(1, "height > 1<m>", 2, -1, "m", False, span),
    ]
    # per step, the first transition is sample 1
    assert [(r.sample, r.margin) for r in why(program, "calm", columns)] == [(2, -3.0), (1, 1.0)]
    lengths = np.array([1, 2])
    found = why(program, "calm", columns, lengths=lengths)
    assert [(r.sample, r.margin) for r in found] == [(1, 2.0), (1, 1.0)]
    assert why(program, "late", columns)[0] == Reason(0)
    with pytest.raises(rewardlang.RewardError, match="RW437"):
        why(program, "never", columns)


def test_where_margins_do_not_compare_truths_decide_and_the_first_sample_counts() -> None:
    program = rewardlang.parse(TEXT)
    columns = {
        "height": np.array([[2.0, 0.75, 0.25], [2.0, 2, 2]]),
        "push": np.zeros((2, 2)),
        "on": np.array([[True, True, True], [True, False, False]]),
    }
    found = [(r.atom, r.sample, r.margin, r.is_bool) for r in why(program, "up", columns)]
    assert found == [("height > 1<m>", 1, -0.25, False), ("on", 1, -1.0, True)]


def test_a_margin_of_zero_decides_as_its_atom_does() -> None:
    spec = "spec s = eventually (x > 1 or y >= 2)\nterm a = satisfied(s)\n"
    program = rewardlang.parse(f"input x : real\ninput y : real\n{spec}")
    found = why(program, "s", {"x": np.array([[1.0, 1]]), "y": np.array([[0.0, 2]])})
    assert [(r.atom, r.sample, r.margin) for r in found] == [("y >= 2", 2, 0.0)]


def test_flat_data_has_an_episode_for_each_id() -> None:
    program = rewardlang.parse(TEXT)
    columns = {"height": np.array([2.0, 1.5, 3, 0.5]), "on": np.ones(4, bool), "push": np.ones(4)}
    initial = {"height": np.array([1.25, 0.0]), "on": np.ones(2, bool)}
    found = why(program, "high", columns, episode=np.array([7, 7, 9, 9]), initial=initial)
    assert [(r.episode, r.sample, r.margin) for r in found] == [(0, 0, 0.25), (1, 0, -1.0)]


def test_a_fault_decides_nothing() -> None:
    program = rewardlang.parse("input x : real\nspec s = always x > 1\nterm a = satisfied(s)\n")
    assert why(program, "s", {"x": np.array([[2.0, np.nan], [2, 3]])}) == [
        Reason(0),
        Reason(1, "x > 1", 1, 1.0, None, False, program.checked.specs[0].atoms[0].span),
    ]
