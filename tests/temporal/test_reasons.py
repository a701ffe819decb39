"""Why a spec of a program holds or fails, over recorded data."""

from __future__ import annotations

import numpy as np
import pytest

import rewardlang
from rewardlang.reasons import Reason, why

TEXT = """
input height : real in 0 .. 3 per state
input push : real
input on : bool per state
spec up = always (height > 1 and on)
spec calm = always push < 2
spec late = eventually [9 .. 9] height > 1
term a = satisfied(up)
"""


def test_the_reset_is_sample_0_of_what_is_per_state() -> None:
    program = rewardlang.parse(TEXT)
    columns = {
        "height": np.array([[2.0, 1.5, 1.25], [0.5, 2, 2]]),
        "push": np.array([[0.0, 5], [1, 0]]),
        "on": np.array([[True, True, True], [True, True, True]]),
    }
    span = program.checked.specs[0].atoms[0].span
    assert why(program, "up", columns) == [
        Reason(0, "height > 1", 2, 0.25, span),
        Reason(1, "height > 1", 0, -0.5, span),
    ]
    columns["on"] = np.array([[True, False, True]] * 2)
    assert [(r.atom, r.sample, r.margin) for r in why(program, "up", columns)] == [
        ("on", 1, -1.0),
        ("on", 1, -1.0),
    ]
    # per step, the first transition is sample 1
    assert [(r.sample, r.margin) for r in why(program, "calm", columns)] == [(2, -3.0), (1, 1.0)]
    lengths = np.array([1, 2])
    assert [(r.sample, r.margin) for r in why(program, "calm", columns, lengths)] == [
        (1, 2.0),
        (1, 1.0),
    ]
    assert why(program, "late", columns)[0] == Reason(0, None, None, None, None)
    with pytest.raises(KeyError):
        why(program, "never", columns)
