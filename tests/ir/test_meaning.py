"""What memory, reductions, ends and totals mean, against numbers worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rewardlang

NAN = np.nan
X = [1.0, 3.0, 2.0, 5.0]  # a value per step
H = [10.0, 1.0, 3.0, 2.0, 5.0]  # a value per state: the first is at reset
C = [False, True, True, False]
D = [True, False, True, True, False]  # per state
PROGRAM = """
timestep 0.5<s>
input x : real
input h : real per state
input c : bool
input d : bool per state
input v : real[3]
input feet : real[leg: 2, 3]
"""
V = np.array([[1.0, 2.0, 4.0]] * 4)
FEET = np.array([[[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]] * 4)


def _evaluate(text: str, **ends: Any) -> Any:
    columns = {"x": X, "h": H, "c": C, "d": D, "v": V, "feet": FEET}
    program = rewardlang.parse(PROGRAM + text)
    reward = program.compile("numpy", dtype="float64", faults="zero")
    flags: dict[str, Any] = {name: np.array(value)[None] for name, value in ends.items()}
    return reward.evaluate({k: np.array(c)[None] for k, c in columns.items()}, **flags)


def _term(expression: str) -> NDArray[Any]:
    """A term's value at each step; NaN where it has none."""
    out = _evaluate(f"term a = {expression}")
    values = np.asarray(out.terms["a"][0], float)
    if values.ndim:
        values = np.where(out.valid[0], values, NAN)
    return values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # the past of a value per step begins at the first transition
        ("previous(x else -1)", [-1, 1, 3, 2]),
        ("previous(x, 2 else -1)", [-1, -1, 1, 3]),
        ("at_reset(x)", [1, 1, 1, 1]),
        ("ema(x, decay: 0.5)", [1, 2, 2, 3.5]),
        ("sum(x over past)", [1, 4, 6, 11]),
        ("mean(x over past)", [1, 2, 2, 2.75]),
        ("min(x over past)", [1, 1, 1, 1]),
        ("max(x over last 2)", [1, 3, 3, 5]),
        ("sum(x over last 2)", [1, 4, 5, 7]),
        ("prod(x over last 2)", [1, 3, 6, 10]),
        ("mean(x over last 3 else 0)", [0, 0, 2, 10 / 3]),
        ("mean(x over last 2 where x < 3 else -1)", [-1, 1, 2, 2]),
        ("std(x over past)", [0, 1, np.sqrt(2 / 3), np.std(X)]),
        ("var(x over past, ddof: 1 else -1)", [-1, 2, 1, np.var(X, ddof=1)]),
        ("real(count(c over past))", [0, 1, 2, 2]),
        ("real(any(c over last 2))", [0, 1, 1, 1]),
        ("real(all(c over past))", [0, 0, 0, 0]),
        ("real(held(c, 1))", [0, 0, 1, 0]),
        ("real(held(c, 0.5<s>))", [0, 0, 1, 0]),
        ("real(rises(c else true))", [0, 1, 0, 0]),
        ("time_since(c) / 1<s>", [0.5, 0, 0, 0.5]),
        # that of a value per state begins at the reset
        ("previous(h)", [10, 1, 3, 2]),
        ("at_reset(h)", [10, 10, 10, 10]),
        ("h - previous(h)", [-9, 2, -1, 3]),
        ("max(h over past)", [10, 10, 10, 10]),
        ("sum(h over last 2)", [11, 4, 5, 7]),
        ("mean(h over past)", [5.5, 14 / 3, 4, 4.2]),
        ("ema(h, decay: 0.5)", [5.5, 4.25, 3.125, 4.0625]),
        ("real(rises(d))", [0, 1, 0, 0]),
        ("time_since(d) / 1<s>", [0.5, 0, 0, 0.5]),
        ("real(held(d, 1))", [0, 0, 1, 0]),
        # reductions over axes
        ("sum(v)", [7, 7, 7, 7]),
        ("mean(v where v > 1 else 0)", [3, 3, 3, 3]),
        ("mean(v where v > 9 else -1)", [-1, -1, -1, -1]),
        ("std(v)", [np.std([1, 2, 4])] * 4),
        ("norm(v)", [np.sqrt(21)] * 4),
        ("sum(max(feet over leg))", [60, 60, 60, 60]),
        ("max(sum(feet over leg))", [33, 33, 33, 33]),
        ("dot(v, [1, 0, 2])", [9, 9, 9, 9]),
        ("([[1, 0, 0], [0, 2, 0]] @ v)[1]", [4, 4, 4, 4]),
        ("feet[1, 2]", [30, 30, 30, 30]),
        ("sum(v[0:2])", [3, 3, 3, 3]),
        # time
        ("t", [1, 2, 3, 4]),
        ("dt / 1<s>", [0.5, 0.5, 0.5, 0.5]),
        # faults: dropped by the side not taken, else they stay
        ("1 / (x - 3)", [-0.5, NAN, -1, 0.5]),
        ("if x == 3 then 7 else 1 / (x - 3)", [-0.5, 7, -1, 0.5]),
        ("fallback(1 / (x - 3), 7)", [-0.5, 7, -1, 0.5]),
        ("sum(1 / (x - 3) over past where valid(1 / (x - 3)))", [-0.5, -0.5, -1.5, -1]),
        ("sum(1 / (x - 3) over past)", [-0.5, NAN, NAN, NAN]),
        ("max(1 / (x - 3) over last 2)", [-0.5, NAN, NAN, 0.5]),
        ("real(x == 3 or 1 / (x - 3) > 0)", [0, 1, 0, 1]),
    ],
)
def test_an_expression_is_worth_step_by_step(expression: str, expected: list[float]) -> None:
    np.testing.assert_allclose(_term(expression), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sum(x over episode)", 11),
        ("mean(h over episode)", 4.2),  # the reset is a state too
        ("max(x over episode) - min(x over episode)", 4),
        ("mean(x over episode where x > 9 else -1)", -1),
        ("std(x over episode)", np.std(X)),
    ],
)
def test_what_is_known_at_the_end_is_one_value_paid_on_the_last_step(
    expression: str, expected: float
) -> None:
    out = _evaluate(f"term a = {expression}")
    np.testing.assert_allclose(out.terms["a"], [expected])
    np.testing.assert_allclose(out.reward, [[0, 0, 0, expected]])


def test_paid_last_pays_once() -> None:
    out = _evaluate("term a paid last = x")
    np.testing.assert_allclose(out.reward, [[0, 0, 0, 5]])


def test_a_let_made_from_its_own_past() -> None:
    text = "let n : real = if c then 0 else previous(n else 10) + x\nterm a = n"
    np.testing.assert_allclose(_evaluate(text).terms["a"], [[11, 0, 0, 5]])


PHI = -np.array(H)


@pytest.mark.parametrize(
    ("ends", "last"),
    [
        ({}, 0.9 * PHI[4] - PHI[3]),  # cut by the recording: kept
        ({"truncated": [False, False, False, True]}, 0.9 * PHI[4] - PHI[3]),
        ({"terminated": [False, False, False, True]}, -PHI[3]),
        (
            {"terminated": [False, False, False, True], "truncated": [False, False, False, True]},
            -PHI[3],
        ),
    ],
)
def test_a_potential_is_zero_after_a_termination_and_kept_at_a_truncation(
    ends: dict[str, list[bool]], last: float
) -> None:
    out = _evaluate("potential p weight 2 discount 0.9 = -h", **ends)
    expected = [0.9 * PHI[1] - PHI[0], 0.9 * PHI[2] - PHI[1], 0.9 * PHI[3] - PHI[2], last]
    np.testing.assert_allclose(out.weighted["p"], [2 * np.array(expected)])


def test_a_potential_is_zero_where_a_condition_of_the_program_ends_the_episode() -> None:
    text = "potential p discount 0.9 = -h\nterminate done when x >= 5 pays 7"
    out = _evaluate(text)
    np.testing.assert_allclose(out.weighted["p"][0, 3], -PHI[3])
    np.testing.assert_allclose(out.reward[0, 3], -PHI[3] + 7)


@pytest.mark.parametrize("ended", ["terminated", "truncated"])
def test_discounted_shaping_sums_to_its_ends(ended: str) -> None:
    """g^T phi_T - phi_0, with phi_T = 0 after a termination (Ng, Harada and Russell, 1999)."""
    out = _evaluate("potential p discount 0.9 = -h", **{ended: [False, False, False, True]})
    total = sum(0.9**k * r for k, r in enumerate(out.reward[0]))
    end = 0 if ended == "terminated" else 0.9**4 * PHI[4]
    assert total == pytest.approx(end - PHI[0])


def test_times_dt_weights_and_bools() -> None:
    out = _evaluate("term a weight 3 times dt = x\nterm b weight -1 = c")
    np.testing.assert_allclose(out.terms["a"], [X])
    np.testing.assert_allclose(out.weighted["a"], [np.array(X) * 1.5])
    np.testing.assert_allclose(out.reward, [np.array(X) * 1.5 - np.array(C)])


def test_an_own_reward_replaces_the_sum_of_the_terms_and_nothing_else() -> None:
    text = """
    term a weight -1 = x
    reward = max(total, -2.5)
    terminate done when x >= 5 pays -7
    potential p discount 1 = h
    """
    out = _evaluate(text)
    shaped = [H[1] - H[0], H[2] - H[1], H[3] - H[2], -H[3]]
    expected = np.array([-1, -2.5, -2, -2.5]) + shaped + [0, 0, 0, -7]
    np.testing.assert_allclose(out.reward, [expected])
    np.testing.assert_allclose(sum(out.weighted.values()), [expected])
    np.testing.assert_allclose(out.weighted["rest"], [[0, 0.5, 0, 2.5]])


def test_success_marks_and_ends_nothing() -> None:
    out = _evaluate("term a = x\nsuccess good when x == 3\nterminate done when x == 2")
    np.testing.assert_array_equal(out.success, [[False, True, False, False]])
    np.testing.assert_array_equal(out.terminated, [[False, False, True, False]])


def test_a_schedule_over_the_steps_of_the_run() -> None:
    text = "input x : real\nterm a weight (if steps >= 2 then 10 else 1) = x"
    reward = rewardlang.parse(text).compile("numpy")
    assert [reward.step({"x": 1.0}).reward for _ in range(4)] == [1, 1, 10, 10]


def test_a_constant_at_reset_is_latched() -> None:
    text = "input goal : real per episode at reset\ninput x : real\nterm a = goal - x"
    reward = rewardlang.parse(text).compile("numpy")
    reward.reset({"goal": 5.0})
    assert [reward.step({"x": x}).reward for x in (1.0, 2.0)] == [4, 3]
