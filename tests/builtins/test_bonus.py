"""`use bonus`: each bonus against its published formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.builtins.library import called


@pytest.mark.parametrize(
    ("function", "call", "x", "expected"),
    [
        ("count_bonus", "count_bonus(x, 0.5)", [1, 4, 0], [0.5, 0.25, math.nan]),
        ("pseudo_count_bonus", "pseudo_count_bonus(x)", [0, 0.99, -1], [10, 1, math.nan]),
        ("explors_bonus", "explors_bonus(x)", [0, 3, 8], [1, 0.5, 1 / 3]),
        # (2 / 4)^2 = 0.25
        ("explors_bonus", "explors_bonus(x, 2, 4)", [0, 3.75, -1], [4, 1, math.nan]),
        ("confidence_bonus", "confidence_bonus(x, 100, 2)", [4], [math.sqrt(math.log(100))]),
        ("particle_bonus", "particle_bonus(x)", [0, math.e - 1, -1], [0, 1, math.nan]),
        ("whitened", "whitened(x, 1, 2)", [1, 5, 100, -100], [0, 2, 5, -5]),
        ("whitened", "whitened(x, 1, 0)", [1], [math.nan]),
        ("by_return", "by_return(x, 4)", [2], [0.5]),
        ("surprise", "surprise(x)", [1, 0.5, 0], [0, math.log(2), 5 * math.log(10)]),
        ("surprise", "surprise(x)", [-0.1, 1.1], [math.nan, math.nan]),
    ],
)  # fmt: skip
def test_a_bonus_has_the_values_worked_by_hand(
    function: str, call: str, x: list[float], expected: list[float]
) -> None:
    got = called(f"bonus: {function}", call, {"x": ("real", np.array(x, dtype=float))})
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_the_elliptical_bonus_is_the_width_of_a_linear_estimate(backend: str) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(5, 3))
    precision = np.linalg.inv(np.eye(3) + features.T @ features)
    expected = np.sqrt(np.einsum("ti,ij,tj->t", features, precision, features))
    inputs = {"f": ("real[3]", features), "p": ("real[3, 3]", np.tile(precision, (5, 1, 1)))}
    got = called("bonus: elliptical_bonus", "elliptical_bonus(f, p)", inputs, backend=backend)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_the_elliptical_bonus_of_what_rounding_makes_negative_is_zero() -> None:
    inputs = {"f": ("real[2]", [[1.0, 0.0]])}
    assert called("bonus: elliptical_bonus", "elliptical_bonus(f, -1e-18 * eye(2))", inputs) == [0]


def test_the_prediction_bonus_is_the_mean_square_error() -> None:
    inputs = {"a": ("real[2]", [[1.0, 2.0]]), "b": ("real[2]", [[3.0, 5.0]])}
    assert called("bonus: prediction_bonus", "prediction_bonus(a, b)", inputs) == [6.5]
