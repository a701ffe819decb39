"""Formulas in a loop: backends agree, resets and saved state, ends and cuts, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError

pytest.importorskip("numba")

WALK = """
timestep 0.1<s>
input height : real<m> in 0 .. 3 per state
input speed : real<m/s> in -5 .. 5
input leg : bool[foot: 2]
spec up = always height > 0.6<m>
spec moves = eventually [0.2<s> .. 0.6<s>] speed > 1<m/s>
spec rests = always (speed > 3<m/s> implies eventually speed < 0<m/s>)
spec strides = all(eventually [0 .. 9] leg over foot)
spec order = speed < 4<m/s> until speed < -1<m/s>
spec calm = historically [0 .. 0.3<s>] abs(speed) < 4<m/s>
term a = robustness(up over past) / 1<m>
term b = satisfied(moves over past)
term c = robustness(rests over past) / 1<m/s>
term d = satisfied(strides)
term e = violated(order over past)
term f = satisfied(calm over past)
term g = robustness(moves over last 8 else 0<m/s>) / 1<m/s>
term h = once [1 .. 3] (speed since [0 .. 4] leg[0]) 
metric low = bounds(rests)[0] / 1<m/s>
metric high = bounds(rests)[1] / 1<m/s>
terminate fallen when violated(up over past) pays -10
""".replace("(speed since [0 .. 4] leg[0]) ", "(speed > 0<m/s> since [0 .. 4] leg[0])")


def _columns(rng: np.random.Generator, rows: int, steps: int) -> dict[str, Any]:
    return {
        "height": rng.uniform(0.58, 2, (rows, steps + 1)),
        "speed": rng.uniform(-3, 5, (rows, steps)),
        "leg": rng.random((rows, steps, 2)) < 0.2,
    }


def test_backends_agree_bit_for_bit() -> None:
    program = rewardlang.parse(WALK)
    data = _columns(np.random.default_rng(3), 5, 40)
    ended = np.arange(40)[None] == np.array([[39], [39], [39], [39], [39]])
    first, second = (
        program.compile(backend=b, faults="hold").evaluate(data, terminated=ended)
        for b in ("numpy", "numba")
    )
    np.testing.assert_array_equal(first.reward, second.reward)
    for name in first.terms:
        np.testing.assert_array_equal(first.terms[name], second.terms[name])
    for name, spec in first.specs.items():
        np.testing.assert_array_equal(spec.satisfied, second.specs[name].satisfied)
        np.testing.assert_array_equal(spec.violated, second.specs[name].violated)
        np.testing.assert_array_equal(spec.robustness, second.specs[name].robustness)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_loop_with_masked_resets_is_each_episode_by_itself(backend: str) -> None:
    program = rewardlang.parse(WALK)
    rng = np.random.default_rng(5)
    lengths = [7, 12, 5, 9, 3, 11]
    episodes = [_columns(rng, 1, n) for n in lengths]
    first, other = (program.compile(backend=backend, faults="hold") for _ in range(2))
    reward = first
    alone = [
        reward.evaluate(e, terminated=np.arange(n)[None] == n - 1).reward[0]
        for e, n in zip(episodes, lengths, strict=True)
    ]
    waiting = list(range(len(lengths)))
    at, place = [waiting.pop(0), waiting.pop(0)], [0, 0]
    reward.reset({"height": np.array([episodes[e]["height"][0, 0] for e in at])})
    got: dict[int, list[float]] = {n: [] for n in range(len(lengths))}
    while True:
        values = {
            name: np.stack(
                [
                    episodes[e][name][0, min(p, lengths[e] - 1) + (name == "height")]
                    for e, p in zip(at, place, strict=True)
                ]
            )
            for name in ("height", "speed", "leg")
        }
        done = np.array([p == lengths[e] - 1 for e, p in zip(at, place, strict=True)])
        out = reward.step(values, terminated=done, truncated=np.zeros(2, bool))
        saved = reward.state_dict()
        reward = other if reward is first else first
        reward.load_state_dict(saved)
        for k in range(2):
            if place[k] < lengths[at[k]]:
                got[at[k]].append(float(out.reward[k]))
            place[k] += 1
        if done.any():
            if not waiting:
                break
            for k in np.flatnonzero(done).tolist():
                if waiting:
                    at[k], place[k] = waiting.pop(0), 0
            starts = np.array([episodes[e]["height"][0, 0] for e in at])
            reward.reset({"height": starts}, mask=done)
    for n, rewards in got.items():
        np.testing.assert_array_equal(rewards, alone[n][: len(rewards)])
    assert sum(len(r) for r in got.values()) > 20


# ---- ends and cuts, by hand -----------------------------------------------------------------


def _evaluate(text: str, x: list[float], terminated: bool, **options: Any) -> Any:
    program = rewardlang.parse(text)
    reward = program.compile(backend="numpy", **options)
    ends = np.zeros((1, len(x) - 1), bool)
    ends[0, -1] = terminated
    return reward.evaluate({"x": np.array([x])}, terminated=ends)


_ONE = "input x : real in -9 .. 9 per state\n"


def test_what_is_open_when_an_episode_is_cut_off_is_neither_satisfied_nor_violated() -> None:
    text = _ONE + "spec s = always x > 0\nterm a = satisfied(s)\nterm b weight 1 = violated(s)\n"
    whole, cut = (_evaluate(text, [1, 2, 3], ended) for ended in (True, False))
    assert (whole.terms["a"], whole.terms["b"]) == (1, 0)
    assert (cut.terms["a"], cut.terms["b"]) == (0, 0)
    broken = _evaluate(text, [1, -2, 3], False)
    assert (broken.terms["a"], broken.terms["b"]) == (0, 1)


def test_robustness_of_a_cut_episode_is_as_if_it_ended_or_a_bound_by_name() -> None:
    text = _ONE + (
        "spec s = eventually x > 5\nterm a = robustness(s)\n"
        "term b = robustness(s, truncated: lower)\nterm c = robustness(s, truncated: upper)\n"
    )
    cut, whole = (_evaluate(text, [1, 2, 3], ended) for ended in (False, True))
    assert [cut.terms[k][0] for k in "abc"] == [-2, -2, 4]
    assert [whole.terms[k][0] for k in "abc"] == [-2, -2, -2]


def test_a_formula_over_states_reads_the_reset() -> None:
    text = _ONE + "spec s = always x > 0\nterm a = robustness(s over past)\n"
    assert _evaluate(text, [-1, 2, 3], True).terms["a"].tolist() == [[-1, -1]]


def test_an_empty_window_is_held_in_the_declared_range() -> None:
    text = _ONE + "spec s = eventually [5 .. 6] x > 0\nterm a = robustness(s)\n"
    assert _evaluate(text, [1, 2], True).terms["a"].tolist() == [-9]


def test_a_verdict_is_given_as_soon_as_it_is_certain() -> None:
    text = _ONE + (
        "spec s = eventually [1 .. 3] x > 5\n"
        "metric yes = satisfied(s over past)\nmetric no = violated(s over past)\nterm a = 1\n"
    )
    found = _evaluate(text, [0, 0, 6, 0, 0], True).metrics
    assert found["yes"].tolist() == [[0, 1, 1, 1]]
    missed = _evaluate(text, [6, 0, 0, 0, 6], True).metrics
    assert missed["no"].tolist() == [[0, 0, 1, 1]]


def test_nan_in_an_atom_is_a_fault_with_blame() -> None:
    text = _ONE + "spec s = always x > 0\nterm a = robustness(s over past)\n"
    with pytest.raises(RewardError) as caught:
        _evaluate(text, [1, float("nan"), 3], True, faults="raise", check=False)
    assert "`x`" in str(caught.value)


def test_progress_without_operators_of_time_is_that_of_the_last_sample() -> None:
    text = _ONE + "spec s = x > 1\nmetric near = progress(s)\nterm a = satisfied(s)\n"
    out = _evaluate(text, [0, 2, 0, 2], True)
    assert out.metrics["near"].tolist() == [[1, 0.5, 1]]
    assert out.terms["a"].tolist() == [1]
