"""Formulas followed step by step, against their definition."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest

import rewardlang
import rewardlang.driver
from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.temporal.formula import FUTURE, PAST, Formula, atoms, horizon, is_past
from tests.temporal.definition import random_formula, robustness, written

BOUNDED = ("always", "eventually", "until", "releases")
_INPUTS = "input x : real per state\ninput y : real per state\ninput z : real per state\n"
_READ = """
metric so_far = robustness(s over past)
metric holds = if satisfied(s over past) then 1 else 0
metric fails = if violated(s over past) then 1 else 0
metric low = bounds(s)[0]
metric high = bounds(s)[1]
metric whole = robustness(s)
metric verdict = if satisfied(s) then 1 else 0
"""


def _program(f: Formula) -> rewardlang.Program | None:
    try:
        return rewardlang.parse(f"{_INPUTS}spec s = {written(f, 'xyz')}\n{_READ}")
    except RewardError as error:
        assert {d.code for d in error.diagnostics} == {"RW403"}
        return None


@pytest.mark.parametrize("longest", [4, 9])
@pytest.mark.parametrize("ops", [FUTURE, PAST, (*FUTURE, *PAST)], ids=["future", "past", "both"])
@pytest.mark.parametrize("seed", range(15))
def test_every_prefix_has_the_value_that_is_defined(
    ops: tuple[str, ...], seed: int, longest: int
) -> None:
    rng = random.Random(f"{seed} {ops} {longest}")
    followed = 0
    while followed < 3:
        f = random_formula(rng, 3, ops, longest=longest)
        program = _program(f)
        if program is None:
            continue
        followed += 1
        steps = rng.randrange(1, 25)
        trace = np.array([[rng.choice((-2, -1, 1, 2)) for _ in range(steps + 1)] for _ in "xyz"])
        reward = program.compile(backend="numpy", faults="zero")
        out = reward.evaluate(
            {name: trace[k][None].astype(float) for k, name in enumerate("xyz")},
            terminated=np.arange(steps)[None] == steps - 1,
        )
        _assert_as_defined(f, trace.tolist(), {k: v[0] for k, v in out.metrics.items()})


def _assert_as_defined(f: Formula, trace: list[list[int]], found: dict[str, np.ndarray]) -> None:
    n = len(trace[0])
    for t in range(1, n):
        prefix = [row[: t + 1] for row in trace]
        expected = robustness(f, prefix, t if is_past(f) else 0)
        assert found["so_far"][t - 1] == expected, (str(f), t, prefix)
        assert found["low"][t - 1] <= expected <= found["high"][t - 1]
        if not is_past(f):
            rest = robustness(f, trace)
            assert not (found["holds"][t - 1] and rest < 0), (str(f), t, trace)
            assert not (found["fails"][t - 1] and rest > 0), (str(f), t, trace)
    whole = robustness(f, trace, n - 1 if is_past(f) else 0)
    assert found["whole"] == whole
    assert found["verdict"] == (whole > 0)


def test_the_last_samples_are_a_trace_of_their_own() -> None:
    rng = random.Random(11)
    tried = 0
    while tried < 40:
        f = random_formula(rng, 3, BOUNDED, atoms=2, longest=4)
        ahead = horizon(f)
        if ahead is None or ahead == 0 or not atoms(f):
            continue
        tried += 1
        window = ahead + 1 + rng.randrange(3)
        program = rewardlang.parse(
            f"{_INPUTS}spec s = {written(f, 'xy')}\n"
            f"metric m = robustness(s over last {window} else -99)\n"
            f"metric holds = satisfied(s over last {window} else false)\n"
            f"metric fails = violated(s over last {window} else false)\nterm q = z\n"
        )
        trace = np.random.default_rng(tried).normal(size=(3, 1, 30))
        reward = program.compile(backend="numpy")
        out = reward.evaluate(dict(zip("xyz", trace, strict=True)))
        found = out.metrics["m"][0]
        for t in range(1, 30):
            piece = trace[:, 0, max(t - window + 1, 0) : t + 1].tolist()
            expected = robustness(f, piece) if t + 1 >= window else -99
            assert found[t - 1] == expected, (str(f), t)
            assert out.metrics["holds"][0, t - 1] == (expected > 0), (str(f), t)
            assert out.metrics["fails"][0, t - 1] == (-99 < expected < 0), (str(f), t)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_recorded_data_tells_of_the_rest_of_a_trace(backend: str) -> None:
    if backend == "numba":
        pytest.importorskip("numba")
    rng = random.Random(5)
    for seed in range(30 if backend == "numpy" else 4):
        f = random_formula(rng, 3, (*FUTURE, *PAST), atoms=2, longest=5, mixed=True)
        if not is_past(f):
            program = rewardlang.parse(
                f"{_INPUTS}spec s = {written(f, 'xy')}\n"
                "metric m = robustness(s over rest)\nmetric holds = satisfied(s over rest)\n"
                "metric fails = violated(s over rest)\nterm q = z\n"
            )
            trace = np.random.default_rng(seed).normal(size=(3, 2, 12))
            lengths = np.array([11, 6])
            reward = program.compile(backend=backend)
            out = reward.evaluate(dict(zip("xyz", trace, strict=True)), lengths=lengths)
            for row, n in enumerate(lengths.tolist()):
                piece = trace[:, row, 1 : n + 1].tolist()
                expected = [robustness(f, piece, t) for t in range(n)]
                np.testing.assert_array_equal(out.metrics["m"][row, :n], expected, str(f))
                signs = np.sign(expected)
                np.testing.assert_array_equal(out.metrics["holds"][row, :n], signs > 0, str(f))
                np.testing.assert_array_equal(out.metrics["fails"][row, :n], signs < 0, str(f))


def test_eight_tasks_in_any_order_are_followed_each_by_itself() -> None:
    inputs = "".join(f"input a{n} : real per state\n" for n in range(8))
    tasks = " and ".join(f"(eventually a{n} > 0)" for n in range(8))
    program = rewardlang.parse(f"{inputs}spec s = {tasks}\nterm r = robustness(s over past)\n")
    trace = np.random.default_rng(0).normal(size=(8, 1, 20))
    out = program.compile(backend="numpy").evaluate({f"a{n}": trace[n] for n in range(8)})
    best = np.maximum.accumulate(trace[:, 0], axis=1).min(axis=0)
    np.testing.assert_array_equal(out.terms["r"][0], best[1:])


def test_a_formula_of_a_thousand_operators_is_read_or_refused_in_a_moment() -> None:
    chain = "spec s0 = x > 0\n" + "".join(
        f"spec s{n} = eventually [0 .. 1] (s{n - 1} or always [0 .. 2] y > {n})\n"
        for n in range(1, 334)
    )
    start = time.process_time()
    program, found = rewardlang.driver.check_text(f"{_INPUTS}{chain}term r = satisfied(s333)\n")
    assert time.process_time() - start < 20
    assert program is not None or {d.code for d in found} <= {"RW411"}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_formula_of_nothing_but_time_is_followed_too(backend: str) -> None:
    if backend == "numba":
        pytest.importorskip("numba")
    program = rewardlang.parse(
        "input x : real\nspec three = eventually [2 .. 2] true\nspec any = always always true\n"
        "term a = if satisfied(three over past) then 1 else 0\n"
        "metric b = if satisfied(any) then 1 else 0\n"
    )
    last = np.array([[False, False, False, True]])
    out = program.compile(backend=backend).evaluate({"x": np.ones((1, 4))}, terminated=last)
    assert out.terms["a"][0].tolist() == [0, 0, 1, 1]
    assert out.metrics["b"][0] == 1
