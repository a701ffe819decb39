"""Ragged axes: lists of different lengths, padded and masked, in a loop and in recordings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang import RewardError
from rewardlang.runtime.reward import Reward
from rewardlang.testing import run_tests

TEXT = """
input box   : real[box: 0 .. 4, xy: 2] in 1 .. 9
input sure  : real[box] in 0.5 .. 1
input line  : int[section: 0 .. 3, line: 0 .. 5]
input held  : bool[agent: 2, tool: 0 .. 3]
input seen  : real[seen: 0 .. 2] per state
input goal  : real[goal: 0 .. 3] per episode at reset
input k : int in 0 .. 3
param share : real[box] = 2

term area = sum(box[xy: 0] * box[xy: 1] over box)
term top = max(sure else -1)
term mid weight 2 = mean(1 / (box[xy: 0] - 0.5) over box where sure > 0.7 else 0)
term apart = std(sure over box else 0)
term many = size(sure) + 10 * count(sure > 0.7)
term lines = sum(line over (section, line))
term longest = max(sum(line over line) over section else -1)
term least = min(line over (section, line) else 99)
term tools = max(count(held over tool) over agent)
term full = all(sure > 0.6) and any(sure > 0.4)
term near = count(abs(sure - rename(sure, box: other)) < 0.1 over (box, other))
term placed on fault -7 = sure[k]
term ranked = sum(share * index(box) over box)
term moved = sum(seen over seen) - previous(sum(seen over seen))
term aimed = sum(goal over goal)
term lately = mean(sum(sure over box) over last 3)
"""
BACKENDS = ["numpy", "numba"]
SIZE, STEPS = 4, 5


def compiled(backend: str, text: str = TEXT, **options: Any) -> Reward:
    return rewardlang.parse(text, name="boxes").compile(backend=backend, **options)


def recording(seed: int = 0) -> dict[str, Any]:
    """Nested lists, [SIZE][STEPS] of rows."""
    rng = np.random.default_rng(seed)

    def rows(make: Any, steps: int = STEPS) -> list[Any]:
        return [[make() for _ in range(steps)] for _ in range(SIZE)]

    def some(least: float, most: float, cap: int) -> list[float]:
        return [float(x) for x in rng.uniform(least, most, rng.integers(0, cap + 1))]

    counts = rng.integers(0, 5, (SIZE, STEPS))
    return {
        "box": [[rng.uniform(1, 9, (n, 2)).tolist() for n in row] for row in counts],
        "sure": [[rng.uniform(0.5, 1, n).tolist() for n in row] for row in counts],
        "line": rows(
            lambda: [
                [int(x) for x in rng.integers(-9, 9, rng.integers(0, 6))]
                for _ in range(rng.integers(0, 4))
            ]
        ),
        "held": rows(
            lambda: [[bool(x) for x in rng.random(rng.integers(0, 4)) < 0.5] for _ in range(2)]
        ),
        "seen": rows(lambda: some(0, 1, 2), STEPS + 1),
        "goal": [some(0, 1, 3) for _ in range(SIZE)],
        "k": rng.integers(0, 4, (SIZE, STEPS)),
    }


def transition(columns: dict[str, Any], k: int) -> dict[str, Any]:
    step = {n: [row[k] for row in columns[n]] for n in ("box", "sure", "line", "held")}
    return step | {"seen": [row[k + 1] for row in columns["seen"]], "k": columns["k"][:, k]}


def expected(columns: dict[str, Any], b: int, t: int) -> dict[str, float]:
    """The terms of one row, in plain Python."""
    box = np.array(columns["box"][b][t]).reshape(-1, 2)
    sure = np.array(columns["sure"][b][t])
    line, held = columns["line"][b][t], columns["held"][b][t]
    good, k = sure > 0.7, columns["k"][b, t]
    seen = [sum(row) for row in columns["seen"][b]]
    pasts = [sum(columns["sure"][b][i]) for i in range(max(0, t - 2), t + 1)]
    return {
        "area": (box[:, 0] * box[:, 1]).sum(),
        "top": max(sure, default=-1),
        "mid": np.mean(1 / (box[good, 0] - 0.5)) if good.any() else 0,
        "apart": sure.std() if len(sure) else 0,
        "many": len(sure) + 10 * good.sum(),
        "lines": sum(map(sum, line)),
        "longest": max(map(sum, line), default=-1),
        "least": min((x for row in line for x in row), default=99),
        "tools": max(map(sum, held)),
        "full": float(all(sure > 0.6) and any(sure > 0.4)),
        "near": (abs(sure[:, None] - sure[None]) < 0.1).sum(),
        "placed": sure[k] if k < len(sure) else -7,
        "ranked": 2 * sum(range(len(sure))),
        "moved": seen[t + 1] - seen[t],
        "aimed": sum(columns["goal"][b]),
        "lately": np.mean(pasts),
    }


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_reduction_sees_the_slots_of_a_row_and_no_others(backend: str) -> None:
    columns = recording()
    out = compiled(backend).evaluate(columns)
    for b in range(SIZE):
        for t in range(STEPS):
            for name, value in expected(columns, b, t).items():
                assert out.terms[name][b, t] == pytest.approx(value), (name, b, t)
    assert set(out.faults.counts) == {"placed"}


@pytest.mark.parametrize("seed", range(3))
def test_backends_agree_bit_for_bit(seed: int) -> None:
    columns = recording(seed)
    one, other = (compiled(b).evaluate(columns) for b in BACKENDS)
    for name, part in one.weighted.items():
        np.testing.assert_array_equal(part, other.weighted[name], err_msg=name)
    assert one.faults.counts == other.faults.counts


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_loop_and_the_recording_agree_bit_for_bit(backend: str) -> None:
    columns = recording(1)
    whole = compiled(backend).evaluate(columns)
    loop = compiled(backend)
    loop.reset({"seen": [row[0] for row in columns["seen"]], "goal": columns["goal"]})
    for k in range(STEPS):
        out = loop.step(transition(columns, k), truncated=np.full(SIZE, k == STEPS - 1))
        np.testing.assert_array_equal(whole.reward[:, k], out.reward)


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_environment_takes_plain_lists(backend: str) -> None:
    columns = recording(2)
    whole = compiled(backend).evaluate(columns)
    loop = compiled(backend)
    loop.reset({"seen": columns["seen"][0][0], "goal": columns["goal"][0]})
    values = {n: v[0] for n, v in transition(columns, 0).items()}
    assert loop.step(values).reward == whole.reward[0, 0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_lists_object_arrays_and_padded_arrays_with_lengths_are_the_same(backend: str) -> None:
    text = "input x : real[x: 0 .. 5]\nterm a = sum(x)\nterm b = size(x)\n"
    lists = [[1.0, 2.0], [], [3.0]]
    boxes = np.empty(3, object)
    boxes[:] = [np.array(row) for row in lists]
    array = np.array([[1.0, 2.0, np.nan], [np.nan] * 3, [3.0, np.nan, np.nan]])
    forms: list[dict[str, Any]] = [
        {"x": lists},
        {"x": boxes},
        {"x": array, "x.length": np.array([2, 0, 1])},
    ]
    for values in forms:
        out = compiled(backend, text).step(values)
        assert out.terms["a"].tolist() == [3, 0, 3]
        assert out.terms["b"].tolist() == [2, 0, 1]
    whole = compiled(backend, text).step({"x": np.ones((2, 4))})
    assert whole.terms["b"].tolist() == [4, 4]
    flat = compiled(backend, text).evaluate({"x": lists}, episode=[0, 0, 1])
    assert flat.terms["a"].tolist() == [3, 0, 3]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lists_take_the_width_of_the_program_and_arrays_bring_theirs(dtype: Any) -> None:
    text = "input x : real[x: 0 .. 5]\ninput y : real\nterm a = sum(x) + y\n"
    reward = compiled("numpy", text)
    reward.step({"x": [np.ones(2, dtype), np.ones(1, dtype)], "y": np.ones(2, dtype)})
    assert reward.dtype == dtype
    reward.step({"x": [[0.1], [0.2, 0.3]], "y": np.ones(2, dtype)})


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_fault_in_a_slot_counts_and_one_in_the_padding_does_not(backend: str) -> None:
    text = (
        "input x : real[x: 0 .. 3] in 0 .. 9\nterm a = sum(1 / x)\nterm b = max(sqrt(x) else 0)\n"
    )
    out = compiled(backend, text, check=True).step({"x": [[1.0, 4.0], [0.0, 2.0], []]})
    assert out.terms["a"].tolist() == [1.25, 0, 0]
    assert out.terms["b"].tolist() == [2, np.sqrt(2.0), 0]
    assert out.valid.tolist() == [True, False, True]
    assert out.faults.counts == {"a": 1}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_row_beyond_the_cap_is_a_fault_of_what_reads_it(backend: str) -> None:
    text = (
        "input x : real[x: 0 .. 2]\ninput y : real\nterm a = sum(x)\nterm b = size(x)\nterm c = y\n"
    )
    values = {"x": [[1.0], [1.0, 2.0, 3.0]], "y": np.ones(2)}
    out = compiled(backend, text).step(values)
    assert out.faults.counts == {"a": 1, "b": 1}
    assert out.reward.tolist() == [3, 1]
    assert {(f.code, f.input, f.environment) for f in out.faults} == {("RW697", "x", 1)}
    with pytest.raises(RewardError, match=r"RW697.*more than 2 along `x`"):
        compiled(backend, text, faults="raise").step(values)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"x": [[1.0, 2.0], [1.0]], "y": [[1.0], [2.0]]}, "RW698"),
        ({"x": [1.0, 2.0], "y": [1.0]}, "RW698"),
        ({"x": [["a"]], "y": [[1.0]]}, "RW603"),
        ({"x": [[[1.0]]], "y": [[1.0]]}, "RW602"),
        ({"x": 1.0, "y": [1.0]}, "RW604"),
        ({"x": np.ones((2, 2)), "x.length": np.array([1, 3]), "y": [[1.0], [1.0]]}, "RW699"),
        ({"x": np.ones((2, 2)), "x.length": np.array([1, -1]), "y": [[1.0], [1.0]]}, "RW699"),
        ({"x": np.ones((2, 2)), "x.length": [1.5, 1], "y": [[1.0], [1.0]]}, "RW699"),
        ({"x": {"a": 1}, "y": [1.0]}, "RW604"),
        ({"x": None, "y": [1.0]}, "RW604"),
        ({"y": [[1.0], [2.0]]}, "RW600"),
    ],
)
def test_what_is_no_ragged_column_is_said(values: dict[str, Any], code: str) -> None:
    text = "input x : real[x: 0 .. 3]\ninput y : real[x]\nterm a = sum(x * y)\n"
    with pytest.raises(RewardError, match=code):
        compiled("numpy", text).step(values)


def test_test_blocks_give_ragged_inputs_as_vectors() -> None:
    program = rewardlang.parse(
        "input x : real[x: 0 .. 5]\nterm a = sum(x) + size(x)\n"
        'test "two" { given x = [[1, 2], [3, 4]] expect a == 5 at 1 expect a == 9 at 2 }\n'
    )
    (result,) = run_tests(program)
    assert result.passed, result.message


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_saved_loop_goes_on(backend: str) -> None:
    columns = recording(3)
    first, second = compiled(backend), compiled(backend)
    first.reset({"seen": [row[0] for row in columns["seen"]], "goal": columns["goal"]})
    first.step(transition(columns, 0))
    second.load_state_dict(first.state_dict())
    a, b = (r.step(transition(columns, 1)) for r in (first, second))
    np.testing.assert_array_equal(a.reward, b.reward)
