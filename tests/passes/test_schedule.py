"""Blocks, slots and memory of a plan."""

from __future__ import annotations

from pathlib import Path

import pytest

import rewardlang
from rewardlang.plan import Instruction, Plan


def _plan(text: str) -> Plan:
    return rewardlang.parse(text).plan


def _ops(block: tuple[Instruction, ...]) -> list[str]:
    return [i.op for i in block]


def test_what_depends_on_params_alone_is_computed_once_per_call() -> None:
    plan = _plan("input x : real\nparam k : real = 2\nterm a weight (k * 3) = x * (k + 1)")
    applied = [i.attr[0] for i in plan.prelude if i.op == "apply"]
    assert sorted(applied) == ["add", "mul"]
    assert [i.attr[0] for i in plan.step if i.op == "apply" and i.attr[0] == "mul"]


def test_nothing_is_remembered_that_nothing_reads() -> None:
    text = "input x : real\nlet unread = previous(x else 0)\nterm a = x"
    assert [c.name for c in _plan(text).cells] == ["t"]


def test_one_value_is_remembered_once() -> None:
    text = """
    input contact : bool
    let air : real = if contact then 0 else previous(air else 0) + 1
    let before = previous(air else 0)
    term a = air + before + previous(air else 0)
    """
    assert len(_plan(text).cells) == 2  # t, and air


def test_only_what_starts_from_the_reset_sample_needs_values_at_reset() -> None:
    text = "input x : real per state\ninput y : real per state\nterm a = previous(x) + y"
    inputs = {i.name: i for i in _plan(text).inputs}
    assert (inputs["x"].at_reset, inputs["y"].at_reset) == (True, False)


@pytest.mark.checkout
def test_every_operand_is_computed_before_it_is_used() -> None:
    example = Path(__file__).parents[2] / "examples/legged/velocity_tracking.reward"
    plan = rewardlang.load(example).plan
    done: set[int] = set()
    for block in (plan.prelude, plan.step):
        for instruction in block:
            assert set(instruction.args) <= done
            done.add(instruction.slot.number)
    assert {slot for _, slot in plan.stores} <= done


def test_the_hash_is_of_the_meaning() -> None:
    text = "input x : real\nterm a = x * 2"
    same = "# a comment\ninput x   : real\n\nterm a = (x * 2)"
    other = "input x : real\nterm a = x * 3"
    assert _plan(text).hash == _plan(same).hash
    assert _plan(text).hash != _plan(other).hash


def test_a_long_sum_does_not_exhaust_the_stack() -> None:
    text = "input x : real\n" + "\n".join(f"term t{i} = x" for i in range(2000))
    assert len(_plan(text).outputs) == 2000
