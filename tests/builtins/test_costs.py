"""`use costs`: each function against NumPy, or worked by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.builtins.library import called

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3))
BACKENDS = ("numpy", "numba")


def of_x(function: str, call: str, head: str = "", **given: Any) -> np.ndarray[Any, Any]:
    return called(f"costs: {function}", call, {"x": ("real[3]", X)}, head, **given)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_quadratic_form_is_x_times_matrix_times_x(backend: str) -> None:
    got = of_x("quadratic", "quadratic(x, [[2, 1, 0], [0, 3, 1], [1, 0, 4]])", backend=backend)
    matrix = np.array([[2, 1, 0], [0, 3, 1], [1, 0, 4]])
    np.testing.assert_allclose(got, np.einsum("ti,ij,tj->t", X, matrix, X), rtol=1e-12)


def test_effort_is_the_sum_of_squares() -> None:
    np.testing.assert_allclose(of_x("effort", "effort(x)"), (X**2).sum(1), rtol=1e-12)


@pytest.mark.parametrize("end", ["terminated", "truncated"])
def test_a_terminal_cost_is_paid_on_the_last_step_alone(end: str) -> None:
    last = np.zeros((1, 6), dtype=bool)
    last[0, -1] = True
    given: dict[str, Any] = {end: last}
    got = of_x("terminal", "terminal(x, 2 * eye(3))", **given)
    np.testing.assert_allclose(got, [0, 0, 0, 0, 0, 2 * (X[-1] ** 2).sum()], rtol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_rate_and_curvature_are_squares_of_differences(backend: str) -> None:
    held = np.concatenate([X[:1], X[:1], X[:1], X])  # before the first sample it stood still
    rate = (np.diff(held, axis=0)[2:] ** 2).sum(1)
    np.testing.assert_allclose(of_x("rate", "rate(x)", backend=backend), rate, rtol=1e-12)
    curvature = (np.diff(held, 2, axis=0)[1:] ** 2).sum(1)
    got = of_x("curvature", "curvature(x)", backend=backend)
    np.testing.assert_allclose(got, curvature, rtol=1e-12)


def test_jerk_is_the_third_difference_by_the_third_power_of_the_time_step() -> None:
    held = np.concatenate([X[:1], X[:1], X[:1], X])
    expected = ((np.diff(held, 3, axis=0) / 0.5**3) ** 2).sum(1)
    got = of_x("jerk", "jerk(x) * 1<s^6>", "timestep 0.5<s>")
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_even_motion_has_no_curvature() -> None:
    even = np.arange(5.0)[:, None] * [1, 2, 3]
    got = called("costs: curvature", "curvature(x)", {"x": ("real[3]", even)})
    np.testing.assert_allclose(got, [0, 14, 0, 0, 0])  # it starts at once, from standing still


def test_power_and_energy_by_hand() -> None:
    inputs = {
        "torque": ("real<N*m>[2]", [[2.0, -3.0]]),
        "speed": ("real<rad/s>[2]", [[4.0, 1.0]]),
    }
    assert called("costs: power", "power(torque, speed) / 1<W>", inputs) == [11]
    energy = called("costs: energy", "energy(torque, speed) / 1<J>", inputs, "timestep 0.5<s>")
    assert energy == [5.5]


def test_the_cost_of_transport_counts_standing_as_slow() -> None:
    inputs = {"v": ("real<m/s>", [2.0, -2.0, 0.0])}
    got = called("costs: transport", "transport(80<W>, 100<N>, v)", inputs)
    np.testing.assert_allclose(got, [0.4, 0.4, 8])


@pytest.mark.parametrize(
    ("function", "call", "x", "expected"),
    [
        ("hinge", "hinge(x, 2)", [1, 2, 5], [0, 0, 3]),
        ("log_barrier", "log_barrier(x, 2)", [2, 2 * math.e, 1], [0, -1, math.log(2)]),
        ("log_barrier", "log_barrier(x, 2)", [0, -1], [math.nan, math.nan]),
        # at the knee value and slope are those of the logarithm: log 4, -2 per unit
        ("relaxed_barrier", "relaxed_barrier(x, 2, 0.5)", [2, 0.5], [0, math.log(4)]),
        # ((0 - 1) / 0.5)^2 = 4, (4 - 1) / 2 = 1.5
        ("relaxed_barrier", "relaxed_barrier(x, 2, 0.5)", [0], [1.5 + math.log(4)]),
    ],
)
def test_a_constraint_costs_what_one_works_out_by_hand(
    function: str, call: str, x: list[float], expected: list[float]
) -> None:
    got = called(f"costs: {function}", call, {"x": ("real", np.array(x, dtype=float))})
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


def test_the_relaxed_barrier_is_smooth_at_its_knee() -> None:
    near = np.array([0.5 - 1e-4, 0.5, 0.5 + 1e-4])
    inputs = {"x": ("real", near)}
    below, knee, above = called("costs: relaxed_barrier", "relaxed_barrier(x, 2, 0.5)", inputs)
    assert (above - below) / 2e-4 == pytest.approx(-2, rel=1e-6)
    assert (above - 2 * knee + below) / 1e-8 == pytest.approx(4, rel=1e-3)


def test_a_box_is_violated_by_the_sum_over_its_sides() -> None:
    got = of_x("box_violation", "box_violation(x, -0.5, 0.25)")
    expected = (np.maximum(-0.5 - X, 0) + np.maximum(X - 0.25, 0)).sum(1)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_joint_limits_warn_before_the_end() -> None:
    inputs = {"q": ("real<rad>[2]", [[0.0, 0.85], [1.0, -0.95]])}
    call = "joint_limits(q, [0, -1] * 1<rad>, [2, 1] * 1<rad>) / 1<rad>"
    # the middle nine tenths: 0.1 .. 1.9 and -0.9 .. 0.9
    got = called("costs: joint_limits", call, inputs)
    np.testing.assert_allclose(got, [0.1, 0.05])
