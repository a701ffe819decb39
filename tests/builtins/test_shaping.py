"""`use shaping`: each function against the published formula, worked in NumPy or by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rewardlang

Array = np.ndarray[Any, Any]

SHAPES = (
    *("gaussian", "linear", "hyperbolic", "long_tail"),
    *("reciprocal", "cosine", "quadratic", "tanh_squared"),
)


def run(function: str, call: str, x: list[float], type_: str = "real") -> Array:
    """The values of a call of one library function for each x; NaN where it is a fault."""
    text = f"use shaping: {function}\ninput x : {type_}\nterm y = {call}\n"
    reward = rewardlang.parse(text).compile(backend="numpy", dtype="float64", faults="zero")
    out = reward.evaluate({"x": np.array([x])})
    return np.where(np.ravel(out.valid), np.ravel(out.terms["y"]), np.nan)


# ---- tolerance ------------------------------------------------------------------------------

# dm_control 1.0.50: tolerance(x, bounds=(1, 2), margin=2, sigmoid=.., value_at_margin=0.1)
PLACES = [-1.5, 0.0, 0.25, 1.0, 1.5, 2.0, 2.5, 3.5, 4.0]
DM_CONTROL = {
    "gaussian": [0.02738419634264362, 0.5623413251903491, 0.7233941627366748, 1, 1, 1]
    + [0.8659643233600653, 0.27384196342643613, 0.10000000000000002],
    "linear": [0.0, 0.55, 0.6625, 1, 1, 1, 0.775, 0.32499999999999996, 0.09999999999999998],
    "hyperbolic": [0.04740897349377283, 0.42640143271122083, 0.5886027859937496, 1, 1, 1]
    + [0.7732206469369859, 0.20952128357862346, 0.10000000000000002],
    "long_tail": [0.06639004149377593, 0.3076923076923077, 0.4413793103448276, 1, 1, 1]
    + [0.64, 0.16494845360824742, 0.1],
    "reciprocal": [0.08163265306122448, 0.18181818181818182, 0.22857142857142856, 1, 1, 1]
    + [0.3076923076923077, 0.12903225806451613, 0.1],
    "cosine": [9.004053064615158e-05, 0.658113883008419, 0.7961909060592953, 1, 1, 1]
    + [0.9056210925877805, 0.35091621132890527, 0.09999999999999998],
    "quadratic": [0.0, 0.775, 0.8734375, 1, 1, 1, 0.94375, 0.49375, 0.1],
    "tanh_squared": [0.041547135907719634, 0.4805061467040844, 0.6486302391193858, 1, 1, 1]
    + [0.8187945195127548, 0.23038064503838818, 0.1],
}

# The published formulas: 1 at 0, v at 1.
FALLOFF: dict[str, Callable[[Array, float], Array]] = {
    "gaussian": lambda d, v: np.exp(np.log(v) * d**2),
    "linear": lambda d, v: np.maximum(1 - (1 - v) * d, 0),
    "hyperbolic": lambda d, v: 1 / np.cosh(d * np.arccosh(1 / v)),
    "long_tail": lambda d, v: 1 / ((1 / v - 1) * d**2 + 1),
    "reciprocal": lambda d, v: 1 / ((1 / v - 1) * d + 1),
    "cosine": lambda d, v: np.where(
        d * np.arccos(2 * v - 1) < np.pi, (1 + np.cos(d * np.arccos(2 * v - 1))) / 2, 0
    ),
    "quadratic": lambda d, v: np.maximum(1 - (1 - v) * d**2, 0),
    "tanh_squared": lambda d, v: 1 - np.tanh(d * np.arctanh(np.sqrt(1 - v))) ** 2,
}


def tolerance(options: str, x: list[float], type_: str = "real") -> Array:
    return run("tolerance", f"tolerance(x, {options})" if options else "tolerance(x)", x, type_)


@pytest.mark.parametrize("shape", SHAPES)
def test_tolerance_gives_what_dm_control_gives(shape: str) -> None:
    got = tolerance(f"lower: 1, upper: 2, margin: 2, shape: {shape}", PLACES)
    np.testing.assert_allclose(got, DM_CONTROL[shape], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("value", [0.02, 0.5, 0.9])
@pytest.mark.parametrize("shape", SHAPES)
def test_tolerance_follows_the_published_formula(shape: str, value: float) -> None:
    x = np.linspace(-4, 4, 41)
    options = f"lower: -0.5, upper: 0.25, margin: 1.5, shape: {shape}, value: {value}"
    distance = np.maximum(np.maximum(-0.5 - x, x - 0.25), 0) / 1.5
    got = tolerance(options, x.tolist())
    np.testing.assert_allclose(got, FALLOFF[shape](distance, value), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("shape", ["linear", "cosine", "quadratic"])
def test_a_value_of_zero_at_the_margin_is_allowed_where_a_shape_reaches_zero(shape: str) -> None:
    got = tolerance(f"margin: 2, shape: {shape}, value: 0", [0.0, 1.0, 2.0, 3.0])
    middle = {"linear": 0.5, "cosine": 0.5, "quadratic": 0.75}[shape]
    np.testing.assert_allclose(got, [1, middle, 0, 0], atol=1e-15)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("value", ["-0.1", "1", "1.5"])
def test_a_value_outside_0_to_1_is_a_fault(shape: str, value: str) -> None:
    assert np.isnan(tolerance(f"margin: 1, shape: {shape}, value: {value}", [0.5])).all()


def test_with_neither_bound_the_target_is_zero() -> None:
    np.testing.assert_allclose(tolerance("margin: 0.5", [0, 0.5, -0.5]), [1, 0.1, 0.1])
    np.testing.assert_array_equal(tolerance("", [0, 0.1, -0.5]), [1, 0, 0])


def test_with_one_bound_the_other_side_is_open() -> None:
    above = tolerance("lower: 1, margin: 0.5", [0.5, 0.9, 1, 5, 1e9])
    np.testing.assert_allclose(above, [0.1, 0.9120108393559098, 1, 1, 1])
    below = tolerance("upper: 1, margin: 0.5", [-1e9, 0, 1, 1.5])
    np.testing.assert_allclose(below, [1, 1, 1, 0.1])


def test_an_infinite_value_within_an_open_side_is_inside() -> None:
    np.testing.assert_array_equal(tolerance("lower: 1", [math.inf, -math.inf]), [1, 0])


def test_a_margin_of_zero_is_a_step() -> None:
    np.testing.assert_array_equal(tolerance("lower: 1, upper: 2", [0.99, 1, 2, 2.01]), [0, 1, 1, 0])


@pytest.mark.parametrize("options", ["margin: -0.5", "lower: 2, upper: 1, margin: 0.5"])
def test_a_negative_margin_or_bounds_in_the_wrong_order_are_faults(options: str) -> None:
    assert np.isnan(tolerance(options, [0.0, 1.5, 7.0])).all()


def test_nothing_known_of_x_is_a_fault() -> None:
    assert np.isnan(tolerance("lower: 1, margin: 1", [math.nan])).all()


def test_tolerance_takes_any_unit() -> None:
    got = tolerance("lower: 1<m/s>, margin: 50<cm/s>", [0.5, 1.0], "real<m/s>")
    np.testing.assert_allclose(got, [0.1, 1])


def test_tolerance_goes_slot_by_slot() -> None:
    text = "use shaping: tolerance\ninput a : real[3]\nterm y = sum(tolerance(a, margin: 1))\n"
    reward = rewardlang.parse(text).compile(backend="numpy", dtype="float64")
    out = reward.evaluate({"a": np.array([[[0.0, 1.0, -1.0]]])})
    np.testing.assert_allclose(np.ravel(out.terms["y"]), [1.2])


def test_numba_gives_every_shape_as_numpy_does() -> None:
    terms = "".join(
        f"term near_{shape} = tolerance(x, lower: 1, upper: 2, margin: 1, shape: {shape})\n"
        for shape in SHAPES
    )
    program = rewardlang.parse(f"use shaping: tolerance\ninput x : real\n{terms}")
    x = np.array([[-1e300, -3.0, 0.0, 0.1, 0.9999, 1.0, 2.0, 2.5, 3.0, 7.0, 1e300]])
    meaning = program.compile(backend="numpy", dtype="float64").evaluate({"x": x})
    fused = program.compile(backend="numba", dtype="float64").evaluate({"x": x})
    for shape in SHAPES:
        np.testing.assert_allclose(
            fused.terms[f"near_{shape}"],
            meaning.terms[f"near_{shape}"],
            rtol=1e-14,
            atol=1e-15,
            err_msg=shape,
        )


def test_the_range_of_a_tolerance_is_0_to_1() -> None:
    for shape in SHAPES:
        text = (
            "use shaping: tolerance\ninput x : real in -5 .. 5\n"
            f"term y = tolerance(x, lower: 1, margin: 2, shape: {shape})\n"
        )
        program = rewardlang.parse(text)
        range_ = program.checked.total_range
        assert -1e-9 <= range_.lo and range_.hi <= 1 + 1e-9, shape
        assert not program.diagnostics, shape


# ---- the others, by hand --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "call", "x", "expected"),
    [
        ("tracking", "tracking(x, 0.5)", [0, 0.5, -1], [1, math.exp(-1), math.exp(-4)]),
        ("decay", "decay(x, 0.5)", [0, 0.5, -1], [1, math.exp(-1), math.exp(-2)]),
        ("saturate", "saturate(x, 2)", [0, 2, -1e9], [0, math.tanh(1), -1]),
        ("bounded_exp", "bounded_exp(x, 2)", [0, 2, 1000], [1, math.exp(2), math.exp(2)]),
        ("fraction", "fraction(x, start: 2, goal: 6)", [0, 2, 3, 6, 9], [0, 0, 0.25, 1, 1]),
        ("fraction", "fraction(x, start: 6, goal: 2)", [0, 2, 3, 6, 9], [1, 1, 0.75, 0, 0]),
        ("hamacher", "hamacher(x, 0.5)", [0, 0.5, 1], [0, 1 / 3, 0.5]),
        ("hamacher", "hamacher(x, 0)", [0, 0.5, 1], [0, 0, 0]),
        ("excess", "excess(x, -1, 2)", [-3, -1, 0, 2, 5], [2, 0, 0, 0, 3]),
        ("excess", "excess(x, upper: 2)", [-3e9, 2, 5], [0, 0, 3]),
        ("deadzone", "deadzone(x, 1)", [-3, -1, 0.5, 1, 4], [-2, 0, 0, 0, 3]),
        ("huber", "huber(x, 2)", [0, 1, -2, 5, -5], [0, 0.5, 2, 8, 8]),
        ("wrap_angle", "wrap_angle(x)", [0, 3, math.pi, 7], [0, 3, -math.pi, 7 - 2 * math.pi]),
        ("approach", "approach(x)", [5, 3, 4, 4], [0, 2, -1, 0]),
    ],
)
def test_a_function_has_the_values_worked_by_hand(
    function: str, call: str, x: list[float], expected: list[float]
) -> None:
    np.testing.assert_allclose(run(function, call, [float(v) for v in x]), expected, atol=1e-12)


def test_a_fraction_of_no_way_is_a_fault() -> None:
    assert np.isnan(run("fraction", "fraction(x, start: 2, goal: 2)", [1.0, 2.0])).all()
