"""Values with a past: steps and seconds, what stands before the first sample, a let's own past."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from rewardlang.check.typed import Expr, Fold, Memory
from rewardlang.types import Index
from tests.check.checking import check_text, checked, codes_of

INPUTS = """
timestep 0.008<s>
input s : real per state
input x : real
input c : bool
input d : bool per state
"""


def value_of(expression: str) -> Expr:
    return checked(INPUTS + f"let y = {expression}\nmetric used = x\n").lets[0].value


@pytest.mark.parametrize(
    ("expression", "memory"),
    [
        ("previous(s)", Memory("previous")),
        ("previous(x else 0)", Memory("previous", has_else=True)),
        ("previous(x, 20 else 0)", Memory("previous", 20, has_else=True)),
        ("previous(x, 0.016<s> else 0)", Memory("previous", 2, has_else=True)),
        ("previous(s, steps: 3 else 0)", Memory("previous", 3, has_else=True)),
        ("previous(x else fault)", Memory("previous", has_else=True)),
        ("at_reset(s)", Memory("at_reset")),
        ("ema(x, decay: 0.9)", Memory("ema")),
        ("held(c, 4)", Memory("held", 4)),
        ("held(c, 0.5<s>)", Memory("held", 62)),
        ("held(c, 0.008<s>)", Memory("held", 1)),
        ("rises(d)", Memory("rises")),
        ("rises(c else false)", Memory("rises", has_else=True)),
        ("time_since(c)", Memory("time_since", scale=0.008)),
    ],
)
def test_memory_forms(expression: str, memory: Memory) -> None:
    value = value_of(expression)
    assert (value.op, value.attr) == ("memory", memory)


@pytest.mark.parametrize(
    ("extent", "samples"),
    [
        ("20", 20),
        ("1", 1),
        ("0.5<s>", 63),
        ("500<ms>", 63),
        ("0.016<s>", 2),
        ("0.001<s>", 1),
        ("3 * 0.008<s>", 3),
        ("dt", 1),
        ("10 * dt", 10),
    ],
)
def test_a_window_holds_the_samples_younger_than_its_length(extent: str, samples: int) -> None:
    assert value_of(f"mean(x over last {extent})").attr == Fold("mean", (), "last", samples)


def test_a_time_that_is_no_whole_number_of_steps_gets_a_note() -> None:
    assert codes_of(INPUTS + "term a = mean(x over last 0.5<s>)\n")[0] == "RW316"
    assert "RW316" not in codes_of(INPUTS + "term a = mean(x over last 0.48<s>)\n")


def test_times_are_exact_fractions_and_not_floats() -> None:
    # 0.3 / 0.1 is 2.9999999999999996 in floats
    text = "timestep 0.1<s>\ninput c : bool\nterm a = held(c, 0.3<s>)\n"
    assert checked(text).terms[0].value.args[0].attr == Memory("held", 3)
    assert Fraction("0.3") / Fraction("0.1") == 3


def test_a_step_value_needs_an_else_and_a_state_value_does_not() -> None:
    assert "RW317" in codes_of(INPUTS + "term a = previous(x)\n")
    assert "RW317" in codes_of(INPUTS + "term a = previous(s, 2)\n")
    assert "RW317" in codes_of(INPUTS + "term a = rises(c)\n")
    fine = codes_of(INPUTS + "term a = previous(s)\nterm b = rises(d)\n")
    assert "RW317" not in fine


def test_without_a_timestep_time_is_counted_in_steps() -> None:
    text = "input c : bool\nlet y = time_since(c)\nterm a = y\n"
    program = checked(text)
    assert str(program.lets[0].value.type) == "int"
    assert program.lets[0].value.attr == Memory("time_since")
    assert "RW301" in codes_of("input x : real\nterm a = mean(x over last 1<s>)\n")


def test_a_let_reads_its_own_past() -> None:
    text = """
    timestep 0.02<s>
    input contact : bool[leg: 4] per state
    let airtime : real<s>[leg: 4] = if contact then 0 else previous(airtime else 0) + dt
    term a = max(airtime) / 1<s>
    """
    let = checked(text).lets[0]
    past = let.value.args[2].args[0]
    assert past.attr == Memory("own_past", has_else=True, let="airtime")
    assert str(let.value.type) == "real<s>[leg: 4]"
    assert let.value.level.index is Index.STATE
    assert (let.value.range.lo, let.value.range.hi) == (0, float("inf"))


def test_the_type_of_an_own_past_is_found_without_a_declaration() -> None:
    text = (
        "timestep 0.02<s>\ninput c : bool\nlet air = if c then 0 else previous(air else 0) + dt\n"
    )
    let = checked(text + "metric m = air\n").lets[0]
    assert str(let.value.type) == "real<s>"


def test_a_counter_of_its_own_steps_is_per_step() -> None:
    let = checked("let n = previous(n else 0) + 1\nterm a = n\n").lets[0]
    assert let.value.level.index is Index.STEP
    assert str(let.value.type) == "int"
    assert let.value.range.lo == 1


def test_an_own_past_that_is_limited_has_that_range() -> None:
    text = "input x : real\nlet y = clip(previous(y else 0) + x, -1, 1)\nterm a = y\n"
    value = checked(text).lets[0].value
    assert (value.range.lo, value.range.hi) == (-1, 1)


def test_an_own_past_may_stand_in_a_local() -> None:
    text = "input x : real\nlet y = old * 0.9 + x where old = previous(y else 0)\nterm a = y\n"
    assert codes_of(text) == []


@pytest.mark.parametrize(
    ("let", "code"),
    [
        ("let y = y + 1", "RW107"),
        ("let y = previous(y + 1 else 0)", "RW107"),
        ("let y = previous(y)", "RW319"),
        ("let y = [previous(y else 0)]", "RW248"),
        ("let y = previous(z else 0)\nlet z = previous(y else 0)", "RW106"),
    ],
)
def test_every_other_circle_is_an_error(let: str, code: str) -> None:
    found = [c for c in codes_of(let + "\ninput x : real\nterm a = x\n") if c < "RW700"]
    assert found == [code]


def test_a_cycle_is_told_as_a_whole() -> None:
    _, findings = check_text("let a = b\nlet b = c\nlet c = a\nterm t1 = a\n")
    cycle = next(d for d in findings if d.code == "RW106")
    assert cycle.args["path"] == "a -> b -> c -> a"
    assert len(cycle.labels) == 3


def test_what_is_remembered_is_not_narrowed_by_what_holds_now() -> None:
    text = "input x : real in -1 .. 1\nterm a = if x > 0 then sqrt(previous(x else 0)) else 0\n"
    assert "RW241" in codes_of(text)


def test_else_fault_is_a_fault_of_the_kind_that_is_asked() -> None:
    text = INPUTS + "let a = previous(x else fault)\nlet b = rises(c else fault)\n"
    a, b = checked(text + "term q = x\n").lets
    assert (a.value.args[1].attr, str(a.value.type)) == ("div", "real")
    assert (b.value.args[1].attr, str(b.value.type)) == ("gt", "bool")
    assert a.value.range.lo == -math.inf


def test_else_fault_does_not_widen_the_range() -> None:
    text = "input y : real in 0 .. 4\nterm a = previous(y else fault)\n"
    range_ = checked(text).terms[0].value.range
    assert (range_.lo, range_.hi) == (0, 4)
