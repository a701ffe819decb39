"""Formulas under smooth semantics in programs: kernels against the definition, online and whole."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.temporal.formula import FUTURE, PAST, Formula, horizon, is_past
from tests.temporal import gatherings
from tests.temporal.definition import written
from tests.temporal.gatherings import Gathering, drawn, flattened, value

LOGIC = ("and", "or", "not", "implies", "iff")
WAYS: dict[str, tuple[str, Gathering]] = {
    "logsumexp": ("semantics: logsumexp, temperature: 3", gatherings.logsumexp(3.0)),
    "softmin": ("semantics: softmin, temperature: 3", gatherings.softmin(3.0)),
    "agm": ("semantics: agm", gatherings.agm),
    "gmsr": ("semantics: gmsr, power: 2, tolerance: 0.01", gatherings.gmsr(2.0, 0.01)),
}
EVERY = pytest.mark.parametrize("name", WAYS)
_INPUTS = "".join(f"input {x} : real in -9 .. 9 per state\n" for x in "xyz")
_READ = "metric so_far = robustness(s over past)\nmetric whole = robustness(s)\nterm q = x\n"


def _program(f: Formula, options: str, read: str = _READ) -> rewardlang.Program | None:
    try:
        return rewardlang.parse(f"{_INPUTS}spec s ({options}) = {written(f, 'xyz')}\n{read}")
    except RewardError as error:
        assert "RW435" in {d.code for d in error.diagnostics}, str(error)
        return None


def _drawn(
    rng: random.Random, options: str, ops: tuple[str, ...]
) -> tuple[Formula, rewardlang.Program]:
    while True:
        f = drawn(rng, (*ops, *LOGIC))
        program = _program(f, options)
        if program is not None:
            return flattened(f), program


def _trace(rng: random.Random, samples: int) -> Any:
    return np.array([[rng.uniform(-2, 2) for _ in range(samples)] for _ in "xyz"])


def _assert_same(found: float, expected: float, message: object) -> None:
    if np.isinf(expected):  # an empty window: held at an end of the range
        assert np.isfinite(found) and found * expected > 0, message
    else:
        np.testing.assert_allclose(found, expected, 1e-7, 1e-9, err_msg=str(message))


@pytest.mark.parametrize("ops", [FUTURE, PAST, (*FUTURE, *PAST)], ids=["future", "past", "both"])
@EVERY
def test_every_prefix_has_the_value_that_is_defined(name: str, ops: tuple[str, ...]) -> None:
    rng = random.Random(f"{name} {ops}")
    options, gathering = WAYS[name]
    for _ in range(12):
        f, program = _drawn(rng, options, ops)
        steps = rng.randrange(1, 14)
        trace = _trace(rng, steps + 1)
        reward = program.compile(backend="numpy", faults="raise")
        out = reward.evaluate(
            {x: trace[k][None] for k, x in enumerate("xyz")},
            terminated=np.arange(steps)[None] == steps - 1,
        )
        for t in range(1, steps + 1):
            at = t if is_past(f) else 0
            expected = value(f, trace[:, : t + 1].tolist(), gathering, at)
            _assert_same(out.metrics["so_far"][0, t - 1], expected, (str(f), t))
        _assert_same(out.metrics["whole"][0], expected, str(f))


@EVERY
def test_the_last_samples_and_the_rest_are_traces_of_their_own(name: str) -> None:
    rng = random.Random(11)
    options, gathering = WAYS[name]
    tried = 0
    while tried < 6:
        f = drawn(rng, ("always", "eventually", "until", "releases", *LOGIC))
        ahead = horizon(f)
        if not ahead:
            continue
        tried += 1
        window = ahead + 1 + rng.randrange(3)
        read = f"metric m = robustness(s over last {window} else -99)\nterm q = x\n"
        read += "metric r = robustness(s over rest)\n"
        program = _program(f, options, read)
        assert program is not None
        f, trace = flattened(f), _trace(rng, 16)
        out = program.compile(backend="numpy").evaluate(
            {x: trace[k][None] for k, x in enumerate("xyz")},
            terminated=np.arange(15)[None] == 14,
        )
        for t in range(1, 16):
            expected = -99.0
            if t + 1 >= window:
                expected = value(f, trace[:, t + 1 - window : t + 1].tolist(), gathering)
            _assert_same(out.metrics["m"][0, t - 1], expected, (str(f), t, window))
            rest = value(f, trace[:, t:].tolist(), gathering)
            _assert_same(out.metrics["r"][0, t - 1], rest, (str(f), t))


# ---- in a loop --------------------------------------------------------------------------------

WALK = """
timestep 0.1<s>
input height : real<m> in 0 .. 3 per state
input speed : real<m/s> in -5 .. 5
let high = height / 1<m>
let fast = speed / 1<m/s>
spec up (OPTIONS) = always [0.2<s> .. 2<s>] eventually [0 .. 0.3<s>]
  ((high > 0.9) weighted 2 and high < 1.9)
spec order (OPTIONS) = (fast < 4 until fast < -1) or next (fast > 0 until [1 .. 4] fast > 2)
spec calm (OPTIONS) = (historically [0 .. 0.3<s>] abs(fast) < 4)
  and (fast > 0 since [0 .. 4] fast > 1) and (once fast > 3)
spec recent (OPTIONS) = fast > -2 until [0 .. 4] fast > 1
term a = robustness(up over past)
term b = robustness(calm over past)
term c = robustness(recent over last 8 else 0)
term d = if satisfied(up) then robustness(up) + robustness(order) else 0
terminate fallen when height < 0.7<m> pays -10
"""
WALKED = pytest.mark.parametrize(
    "name", ["softmin", *(pytest.param(n, marks=pytest.mark.slow) for n in WAYS if n != "softmin")]
)


def _walk(name: str) -> rewardlang.Program:
    return rewardlang.parse(WALK.replace("OPTIONS", WAYS[name][0]))


def _columns(rng: np.random.Generator, rows: int, steps: int) -> dict[str, Any]:
    return {
        "height": rng.uniform(0.75, 2, (rows, steps + 1)),
        "speed": rng.uniform(-3, 5, (rows, steps)),
    }


def _ends(rows: int, steps: int) -> Any:
    return np.tile(np.arange(steps) == steps - 1, (rows, 1))


@WALKED
def test_backends_agree(name: str) -> None:
    pytest.importorskip("numba")
    data = _columns(np.random.default_rng(3), 5, 40)
    numpy, numba = (
        _walk(name).compile(backend=b, faults="raise").evaluate(data, terminated=_ends(5, 40))
        for b in ("numpy", "numba")
    )
    for term in numpy.terms:
        np.testing.assert_allclose(
            numba.terms[term], numpy.terms[term], rtol=1e-9, atol=1e-10, err_msg=term
        )
    for spec, found in numpy.specs.items():
        np.testing.assert_array_equal(found.satisfied, numba.specs[spec].satisfied)
        np.testing.assert_allclose(
            numba.specs[spec].robustness, found.robustness, rtol=1e-9, atol=1e-10
        )


@WALKED
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_loop_with_masked_resets_is_each_episode_by_itself(backend: str, name: str) -> None:
    if backend == "numba":
        pytest.importorskip("numba")
    program = _walk(name)
    rng = np.random.default_rng(5)
    lengths = [7, 12, 5, 30, 3, 1, 26]
    episodes = [_columns(rng, 1, n) for n in lengths]
    reward = program.compile(backend=backend, faults="raise")
    alone = [
        reward.evaluate(e, terminated=_ends(1, n)).reward[0]
        for e, n in zip(episodes, lengths, strict=True)
    ]
    waiting = list(range(2, len(lengths)))
    at, place = [0, 1], [0, 0]
    reward.reset({"height": np.array([episodes[e]["height"][0, 0] for e in at])})
    got: dict[int, list[float]] = {n: [] for n in range(len(lengths))}
    while waiting or any(p < lengths[e] for e, p in zip(at, place, strict=True)):
        step = [min(p, lengths[e] - 1) for e, p in zip(at, place, strict=True)]
        now = {
            "height": np.array(
                [episodes[e]["height"][0, p + 1] for e, p in zip(at, step, strict=True)]
            ),
            "speed": np.array([episodes[e]["speed"][0, p] for e, p in zip(at, step, strict=True)]),
        }
        last = np.array([p == lengths[e] - 1 for e, p in zip(at, step, strict=True)])
        out = reward.step(now, terminated=last, truncated=np.zeros(2, bool))
        mask = np.zeros(2, bool)
        for i in range(2):
            if place[i] < lengths[at[i]]:
                got[at[i]].append(float(out.reward[i]))
            place[i] += 1
            if place[i] >= lengths[at[i]] and waiting:
                at[i], place[i], mask[i] = waiting.pop(0), 0, True
        if mask.any():
            heights = np.array([episodes[e]["height"][0, 0] for e in at])
            reward.reset({"height": heights}, mask=mask)
    for n, expected in enumerate(alone):
        np.testing.assert_allclose(got[n], expected, 1e-12, 1e-12)


def test_the_rest_of_recorded_data_is_the_same_compiled() -> None:
    pytest.importorskip("numba")
    text = f"{_INPUTS}spec s (semantics: softmin) = always (x > 0 implies eventually y > z)\n"
    text += "metric r = robustness(s over rest)\nterm q = x\n"
    program = rewardlang.parse(text)
    data = {x: np.random.default_rng(k).normal(size=(3, 21)) for k, x in enumerate("xyz")}
    first, second = (
        program.compile(backend=b).evaluate(data, terminated=_ends(3, 20)).metrics["r"]
        for b in ("numpy", "numba")
    )
    np.testing.assert_allclose(second, first, 1e-10)


# ---- what it does not change, and what it refuses ---------------------------------------------


def test_verdicts_do_not_depend_on_the_semantics() -> None:
    specs = "".join(
        f"spec {name} (semantics: {name}) = (always ((x > 0) weighted 3 and y > -1))"
        " or (eventually z > 1)\n"
        for name in WAYS
    )
    specs += "spec minmax = (always (x > 0 and y > -1)) or (eventually z > 1)\n"
    program = rewardlang.parse(f"{_INPUTS}{specs}term q = x\n")
    data = {x: np.random.default_rng(k).uniform(-1, 2, (40, 5)) for k, x in enumerate("xyz")}
    out = program.compile(backend="numpy").evaluate(data, terminated=_ends(40, 4))
    expected = out.specs["minmax"]
    assert expected.satisfied.any() and not expected.satisfied.all()
    for name in WAYS:
        np.testing.assert_array_equal(out.specs[name].satisfied, expected.satisfied)
        np.testing.assert_array_equal(out.specs[name].decided, expected.decided)


def test_a_spec_read_in_another_is_part_of_it_and_has_its_semantics() -> None:
    program = rewardlang.parse(
        f"{_INPUTS}spec inner = x > 0 and y > 0\n"
        "spec outer (semantics: agm) = inner and z > 0\n"
        "spec whole (semantics: agm) = x > 0 and y > 0 and z > 0\nterm q = x\n"
    )
    data = {x: np.random.default_rng(k).normal(size=(9, 3)) for k, x in enumerate("xyz")}
    out = program.compile(backend="numpy").evaluate(data, terminated=_ends(9, 2))
    outer, whole = (out.specs[s].robustness for s in ("outer", "whole"))
    np.testing.assert_array_equal(outer, whole)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_missing_number_is_a_fault_that_names_its_input(backend: str) -> None:
    if backend == "numba":
        pytest.importorskip("numba")
    program = rewardlang.parse(
        f"{_INPUTS}spec s (semantics: gmsr) = always [0 .. 2] (x > 0 and y > 0)\n"
        "term a = robustness(s over past)\n"
    )
    data = {x: np.ones((1, 6)) for x in "xyz"}
    data["x"][0, 2] = np.nan
    with pytest.raises(RewardError) as raised:
        program.compile(backend=backend, faults="raise").evaluate(data)
    assert "`x`" in str(raised.value)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_float32_program_gathers_in_float64_and_a_thousand_large_margins_stay_finite(
    backend: str,
) -> None:
    if backend == "numba":
        pytest.importorskip("numba")
    program = rewardlang.parse(
        "input v : real\nspec s (semantics: logsumexp) = always eventually [0 .. 2] v > 0\n"
        "metric m = robustness(s)\nterm q = v\n"
    )
    numbers = np.tile([1e6, -1e6], 500).astype(np.float32)
    reward = program.compile(backend=backend, dtype="float32")
    found = reward.evaluate({"v": numbers[None]}, terminated=_ends(1, 1000)).metrics["m"]
    # the last window holds the last sample alone; all others hold a large positive margin
    np.testing.assert_allclose(found, -1e6, rtol=1e-6)


def test_a_reset_gathers_its_sample_in_a_compiled_kernel() -> None:
    pytest.importorskip("numba")
    program = rewardlang.parse(
        f"{_INPUTS}spec s (semantics: agm) = always x > 0\nmetric m = robustness(s)\nterm q = x\n"
    )
    data = {x: np.array([[-2.0, 1.0, 3.0]]) for x in "xyz"}
    found = program.compile(backend="numba").evaluate(data, terminated=_ends(1, 2)).metrics["m"]
    np.testing.assert_allclose(found, -2 / 3, rtol=1e-15)


@EVERY
def test_large_margins_of_both_signs_have_a_finite_value_online(name: str) -> None:
    text = f"input v : real\nspec s (semantics: {name}) = always eventually [0 .. 2] v > 0\n"
    program = rewardlang.parse(f"{text}metric m = robustness(s over past)\nterm q = v\n")
    numbers = np.tile([1e6, -1e6], 500)[None]
    found = program.compile(backend="numpy").evaluate({"v": numbers}).metrics["m"]
    assert np.isfinite(found).all()
