"""Definitions that read the one before twice: long chains are as quick as they are long.

Walked as a tree, sixty of them have 2^60 leaves.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

import rewardlang
from rewardlang.cli.stages import shown
from rewardlang.tooling import format_text, stage

HEAD = """timestep 0.02<s>
input x : real in 0 .. 1 per state
input c : bool
input z : real
input w : real[3]
"""
MANY, MORE = 60, 500


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails, instead of going on for ever."""

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def chain(first: str, step: str, last: str, length: int) -> str:
    """`B` is the name before, `N` the name that is declared."""
    lines = [first.replace("N", "b0")]
    lines += [
        step.replace("B", f"b{i - 1}").replace("N", f"b{i}").replace("I", str(i))
        for i in range(1, length + 1)
    ]
    return HEAD + "\n".join([*lines, last.replace("B", f"b{length}")]) + "\n"


PAID = "term paid = B"
CHOSEN = "term paid = if B then x else z"
FORMS = {
    "and": ("let N = c", "let N = B and B", CHOSEN),
    "or": ("let N = c", "let N = B or not B", CHOSEN),
    "a comparison more": ("let N = c", "let N = B and (B or x > I)", CHOSEN),
    "add": ("let N = x", "let N = B + B", PAID),
    "multiply": ("let N = x", "let N = B * B", PAID),
    "divide": ("let N = x", "let N = B / B", PAID),
    "if": ("let N = x", "let N = if B > I then B else B + 1", PAID),
    "min": ("let N = x", "let N = min(B, B * 0.5)", PAID),
    "match": (
        "enum g { one, other }\ninput k : g\nlet N = x",
        "let N = match k { one -> B, other -> B + 1 }",
        PAID,
    ),
    "vectors": ("let N = w", "let N = B * B + B", "term paid = norm(B)"),
    "memory": ("let N = x", "let N = B + previous(B)", PAID),
    "its own past": ("let N = z", "let N = B + B * previous(N else 0)", PAID),
    "at the end": ("let N = sum(z over episode)", "let N = B * B", PAID),
    "a risk": (
        "let N = 1 / z",
        "let N = B + B",
        "term paid = B\nterm guarded = if z > 0 then B else 0",
    ),
    "an event": ("let N = c", "let N = B and B", "term paid times dt = B"),
    "a distance": ("let N = z", "let N = B + B", "term paid = if abs(B) < 0.1 then -1 else x"),
    "a potential": ("let N = x", "let N = B * B", "potential near discount 0.9 = B"),
    "terms": ("term N weight 0 = x", "term N weight 0.1 = B * B", "metric last = B"),
    "conditions": ("terminate N when c", "terminate N when B and not B or B", CHOSEN),
    "a length of time": (
        "let N = 1.0",
        "let N = B * 0.5 + B * 0.5",
        "term paid = sum(z over last B * 1<s>)",
    ),
    "a default": (
        "let N = 1.0",
        "let N = (B + B) * 0.5",
        "input q : real in 0 .. B else B\nterm paid = q\nparam r : real = B\nterm more = r * z",
    ),
    "what the run remembers": ("let N = mean(z over run else 0)", "let N = B + B", PAID),
    "functions of functions": (
        "def f0(y) = y\nlet N = z",
        "let N = f0(B) + f0(B)",
        PAID,
    ),
}


@pytest.mark.parametrize("length", [MANY, MORE])
@pytest.mark.parametrize("name", FORMS)
def test_a_chain_is_checked_and_lowered_in_the_time_it_takes_to_read(
    name: str, length: int
) -> None:
    text = chain(*FORMS[name], length)
    with within(10):
        program = rewardlang.parse(text)
        assert program.plan.outputs
        assert program.compile(backend="numpy")


@pytest.mark.parametrize("name", ["and", "multiply", "vectors", "terms"])
def test_every_stage_of_a_chain_can_be_shown(name: str) -> None:
    text = chain(*FORMS[name], MANY)
    with within(20):
        program = rewardlang.parse(text)
        for what in ("ast", "checked", "ir", "plan", "regions"):
            assert shown(what, stage(program, what))
        assert format_text(text)


@pytest.mark.parametrize("length", [MANY, MORE])
def test_local_names_are_a_chain_as_well(length: int) -> None:
    def locals_of(step: str) -> str:
        return "".join(", " + step.format(i - 1, i) for i in range(1, length + 1))

    text = HEAD + f"def f(y) = b{length} where b0 = y{locals_of('b{1} = b{0} + b{0}')}\n"
    text += f"let d = if b{length} then z else x where b0 = c{locals_of('b{1} = b{0} and b{0}')}\n"
    text += "let v = previous(v over run else 0) + f(mean(z over batch))\n"
    text += "term one = f(z)\nterm two = d\nmetric three = v\n"
    with within(10):
        program = rewardlang.parse(text)
        assert program.plan.outputs
    with within(10):
        assert shown("checked", stage(program, "checked"))


def test_the_kernel_of_a_potential_is_written_soon() -> None:
    with within(30):
        program = rewardlang.parse(chain(*FORMS["a potential"], MANY))
        assert "def" in stage(program, "kernel")


def test_functions_that_double_are_refused_and_not_written_out() -> None:
    defs = "".join(f"def f{i}(y) = f{i - 1}(y) + f{i - 1}(y)\n" for i in range(1, MANY + 1))
    with within(10), pytest.raises(rewardlang.RewardError) as caught:
        rewardlang.parse(HEAD + "def f0(y) = y\n" + defs + f"term paid = f{MANY}(z)\n")
    assert "RW118" in [d.code for d in caught.value.diagnostics]


@pytest.mark.parametrize("first", ["3", "3.0"])
def test_a_constant_that_squares_itself_is_no_constant_for_long(first: str) -> None:
    text = (
        HEAD
        + f"let b0 = {first}\n"
        + "".join(f"let b{i} = b{i - 1} * b{i - 1}\n" for i in range(1, MANY + 1))
    )
    with within(10):
        assert rewardlang.parse(text + f"term paid = x * b{MANY}\n").plan.outputs
    with within(10), pytest.raises(rewardlang.RewardError):
        rewardlang.parse(text + f"term paid = sum(x over last b{MANY} * 1<s>)\n")


def test_a_record_that_stands_in_two_places_is_written_once_when_shown() -> None:
    text = HEAD + "def twice(y) = y + y\nterm paid = twice(x * z + 1)\n"
    lines = shown("checked", rewardlang.parse(text).checked)
    assert lines.count("Expr #1") == 2
    assert lines.count("#1, as above") == 1
