"""A remembered value that starts from zero needs no question whether there is one."""

from __future__ import annotations

import pytest

import rewardlang

SELECTS = {
    "input x : real\nterm rate = x - previous(x else 0)": 0,
    "input x : real\nterm rate = x - previous(x else 1)": 1,
    "input x : real[3]\nterm rate = sum(x - previous(x else 0))": 0,
    "input c : bool\nterm rate = if rises(c else true) then 1 else 0": 2,
}


@pytest.mark.parametrize("text", SELECTS)
def test_only_a_zero_before_the_first_sample_is_read_from_the_cell(text: str) -> None:
    plan = rewardlang.parse(text).plan
    found = sum(i.op == "apply" and i.attr[0] == "select" for i in plan.step)
    assert found == SELECTS[text]
