"""Functions of the host: when they are asked, with what, and what becomes of their replies."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang import RewardError

BACKENDS = ("numpy", "numba")
GATED = """
input near : real<m> in 0 .. 5 per state
input view : real[4] per state
extern likeness(view: real[4]) -> real in 0 .. 1 from "vision:likeness" { batch 3 }
term close weight 2 on fault -1 = if near < 1<m> then likeness(view) else 0
"""
SHAPED = GATED + "potential nearer discount 0.9 = likeness(view)\n"


class Recorder:
    """A function that remembers with how many rows it was called."""

    def __init__(self, reply: Callable[..., Any]) -> None:
        self.reply = reply
        self.rows: list[int] = []

    def __call__(self, *columns: Any) -> Any:
        self.rows.append(len(columns[0]))
        return self.reply(*columns)


def tenth(view: Any) -> Any:
    return view.sum(axis=1) / 10


def data(steps: int, environments: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(3)
    near = rng.uniform(0, 2, (steps + 1, environments))
    return near, rng.uniform(0, 2, (steps + 1, environments, 4))


@pytest.mark.parametrize("backend", BACKENDS)
def test_only_rows_with_an_open_gate_are_asked_and_in_batches(backend: str) -> None:
    ask = Recorder(tenth)
    reward = rewardlang.parse(GATED).compile(backend, externs={"likeness": ask})
    near, view = data(4, 8)
    reward.reset({"near": near[0], "view": view[0]})
    for k in range(1, 5):
        ask.rows.clear()
        out = reward.step({"near": near[k], "view": view[k]})
        opened = int((near[k] < 1).sum())
        assert sum(ask.rows) == opened
        assert ask.rows == [3] * (opened // 3) + ([opened % 3] if opened % 3 else [])
        assert out.hosts["likeness"].rows == opened
        assert out.hosts["likeness"].calls == len(ask.rows)
        expected = np.where(near[k] < 1, 2 * view[k].sum(axis=1) / 10, 0)
        assert np.allclose(out.reward, expected)


@pytest.mark.parametrize("text", [GATED, SHAPED])
@pytest.mark.parametrize("backend", BACKENDS)
def test_recorded_data_gives_what_the_loop_gave(text: str, backend: str) -> None:
    reward = rewardlang.parse(text).compile(backend, externs={"vision:likeness": tenth})
    near, view = data(5, 4)
    reward.reset({"near": near[0], "view": view[0]})
    paid = [reward.step({"near": near[k], "view": view[k]}).reward for k in range(1, 6)]
    out = reward.evaluate({"near": near.T, "view": view.transpose(1, 0, 2)})
    assert np.array_equal(out.reward, np.array(paid).T)


def test_a_potential_of_a_reply_is_asked_at_reset_too() -> None:
    ask = Recorder(tenth)
    reward = rewardlang.parse(SHAPED).compile("numpy", externs={"likeness": ask})
    near, view = data(1, 8)
    reward.reset({"near": near[0], "view": view[0]})
    reward.step({"near": near[1], "view": view[1]})
    ask.rows.clear()
    mask = np.arange(8) < 3
    reward.reset({"near": near[0], "view": view[0]}, mask=mask)
    assert ask.rows == [3]
    out = reward.step({"near": near[1], "view": view[1]})
    phi = view.sum(axis=2) / 10
    before = np.where(mask, phi[0], phi[1])
    assert np.allclose(out.weighted["nearer"], 0.9 * phi[1] - before)


def test_a_masked_reset_and_an_inactive_row_leave_the_others_alone() -> None:
    text = """
input x : real per state
extern twice(x: real) -> real from "m:twice"
term walked = twice(x) - twice(at_reset(x))
"""
    both = [
        rewardlang.parse(text).compile("numpy", externs={"twice": lambda x: 2 * x})
        for _ in range(2)
    ]
    for reward in both:
        reward.reset({"x": [0.0, 1.0, 2.0]})
        reward.step({"x": [1.0, 2.0, 3.0]})
    active = np.array([True, False, True])
    out = both[0].step({"x": [5.0, 9.0, 7.0]}, active=active)
    expected = both[1].step({"x": [5.0, 9.0, 7.0]})
    assert np.array_equal(out.reward[active], expected.reward[active])
    assert out.reward[1] == 0 and not out.valid[1]
    both[0].reset({"x": [4.0, 0.0, 0.0]}, mask=np.array([True, False, False]))
    out = both[0].step({"x": [5.0, 3.0, 3.0]})
    assert out.reward.tolist() == [2.0, 4.0, 2.0]


def test_and_or_and_fallback_gate_a_call_as_if_does() -> None:
    text = """
input a : real
extern f(a: real) -> real from "m:f"
term one = a > 0 and f(a) > 1
term two = a > 3 or f(a + 100) > 1
term three = fallback(1 / a, f(a + 200))
"""
    ask = Recorder(lambda a: a)
    reward = rewardlang.parse(text).compile("numpy", externs={"f": ask})
    reward.step({"a": [-1.0, 2.0, 5.0, 0.0]})
    assert sorted(ask.rows) == [1, 2, 3]  # a == 0; a > 0; not a > 3


def test_a_gate_may_ask_itself() -> None:
    text = """
input a : real
extern cheap(a: real) -> real from "m:cheap"
extern dear(a: real) -> real from "m:dear"
term both = if cheap(a) > 1 then dear(a) else 0
"""
    dear = Recorder(lambda a: 10 * a)
    externs: dict[str, Callable[..., Any]] = {"cheap": lambda a: a, "dear": dear}
    out = rewardlang.parse(text).compile("numpy", externs=externs).step({"a": [0.0, 1.0, 2.0, 3.0]})
    assert dear.rows == [2]
    assert out.reward.tolist() == [0.0, 0.0, 20.0, 30.0]


def test_equal_arguments_are_one_question_where_replies_are_kept() -> None:
    text = """
input x : real
extern slow(x: real) -> real from "m:slow" { cached }
term a = slow(x)
"""
    ask = Recorder(lambda x: x * x)
    reward = rewardlang.parse(text).compile("numpy", externs={"slow": ask})
    first = reward.step({"x": [1.0, 2.0, 1.0, 2.0]})
    second = reward.step({"x": [2.0, 3.0, 3.0, 1.0]})
    assert ask.rows == [2, 1]
    assert first.reward.tolist() == [1, 4, 1, 4] and second.reward.tolist() == [4, 9, 9, 1]
    assert second.hosts["slow"].cached == 2
    assert reward.hosts["slow"].rows == 3


def test_a_function_gets_and_gives_the_units_and_kinds_it_declares() -> None:
    text = """
enum mood { calm, wild }
input tilt : real<rad> in -2 .. 2
input said : mood
input down : bool
extern judge_it(tilt: real<deg>, said: mood, down: bool) -> real<cm>[2] from "m:f"
extern guess(tilt: real<deg>) -> mood from "m:guess"
term far = sum(judge_it(tilt, said, down)) / 1<m>
term rough = guess(tilt) == wild
"""
    seen: list[Any] = []

    def judge_it(tilt: Any, said: Any, down: Any) -> Any:
        seen.extend([tilt, said, down])
        return np.full((len(tilt), 2), 50.0)

    def guess(tilt: Any) -> Any:
        return np.where(tilt > 0, "wild", "calm")

    externs: dict[str, Callable[..., Any]] = {"judge_it": judge_it, "guess": guess}
    reward = rewardlang.parse(text).compile("numpy", externs=externs)
    out = reward.step(
        {"tilt": np.radians([30.0, -60.0]), "said": ["calm", "wild"], "down": [True, False]}
    )
    assert np.allclose(seen[0], [30, -60])
    assert seen[1].tolist() == ["calm", "wild"] and seen[2].tolist() == [True, False]
    assert out.terms["far"].tolist() == [1.0, 1.0] and out.terms["rough"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("reply", "code", "says"),
    [
        (lambda view: 1 / 0, "RW521", "ZeroDivisionError: division by zero"),
        (lambda view: np.zeros(len(view) + 1), "RW523", "not real[2]"),
        (lambda view: "text", "RW523", "not real[2]"),
        (lambda view: np.array([0.5, 7.0]), "RW524", "7, not 0 .. 1"),
        (lambda view: np.array([0.5, np.nan]), "RW524", "nan"),
        (lambda view: None, "RW523", "not real[2]"),
    ],
)
def test_what_a_function_does_wrong_is_a_fault_with_its_place(
    reply: Callable[..., Any], code: str, says: str
) -> None:
    reward = rewardlang.parse(GATED).compile("numpy", externs={"likeness": reply})
    values = {"near": [0.5, 0.5], "view": np.ones((2, 4))}
    reward.reset(values)
    out = reward.step(values)
    fault = reward.faults.records[-1]
    assert fault.code == code and says in fault.detail
    assert fault.span is not None and fault.span.text == "likeness(view)"
    assert out.reward[1] == -2.0  # its `on fault`, times the weight
    assert not out.valid[1]


def test_a_function_that_hangs_does_not_hang_the_loop() -> None:
    free = threading.Event()
    text = GATED.replace("batch 3", "timeout 0.2<s>")
    reward = rewardlang.parse(text).compile(
        "numpy", externs={"likeness": lambda view: free.wait(20)}
    )
    values = {"near": [0.5], "view": np.ones((1, 4))}
    reward.reset(values)
    began = time.perf_counter()
    out = reward.step(values)
    assert time.perf_counter() - began < 5
    free.set()
    assert reward.faults.records[-1].code == "RW522"
    assert out.reward.tolist() == [-2.0]


def test_a_call_that_failed_is_tried_again() -> None:
    left = [1, 1, 0]

    def unsteady(view: Any) -> Any:
        if left.pop(0):
            raise ConnectionError("gone")
        return np.full(len(view), 0.25)

    text = GATED.replace("batch 3", "retries 2")
    reward = rewardlang.parse(text).compile("numpy", externs={"likeness": unsteady})
    values = {"near": [0.5], "view": np.ones((1, 4))}
    reward.reset(values)
    out = reward.step(values)
    assert out.reward.tolist() == [0.5] and out.hosts["likeness"].calls == 3


def test_a_file_alone_runs_nothing() -> None:
    text = 'input x : real\nextern f(x: real) -> real from "os:getpid"\nterm a = f(x)\n'
    with pytest.raises(RewardError) as caught:
        rewardlang.parse(text).compile("numpy")
    assert [d.code for d in caught.value.diagnostics] == ["RW511"]


def test_a_test_block_gives_the_replies() -> None:
    text = (
        GATED
        + """
test "the second step is close" {
  given near = [2<m>, 2<m>, 0.5<m>]
  given view = zeros(3, 4)
  given likeness = [0.75]
  expect close == 0 at 1
  expect abs(close - 0.75) < 1e-9 at 2
}
"""
    )
    from rewardlang.testing import run_tests

    results = run_tests(rewardlang.parse(text))
    assert [(r.passed, r.message) for r in results] == [(True, "")]


def test_state_goes_on_where_it_was_saved() -> None:
    text = """
input x : real per state
extern twice(x: real) -> real from "m:twice"
term slow = twice(max(x over past)) - previous(twice(x))
"""
    made = [
        rewardlang.parse(text).compile("numpy", externs={"twice": lambda x: 2 * x})
        for _ in range(2)
    ]
    made[0].reset({"x": [0.0, 5.0]})
    made[0].step({"x": [3.0, 1.0]})
    made[1].load_state_dict(made[0].state_dict())
    outs = [reward.step({"x": [1.0, 2.0]}).reward.tolist() for reward in made]
    assert outs[0] == outs[1] == [6.0 - 6.0, 10.0 - 2.0]
