"""`use geometry`: rotations against Rodrigues' matrices, points and solids against NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from rewardlang.diagnostics.diagnostic import RewardError
from tests.builtins.library import called

Array = np.ndarray[Any, Any]
ORDERS = ("wxyz", "xyzw")
RNG = np.random.default_rng(0)
STEPS = 12


def unit(x: Array) -> Array:
    return np.asarray(x / np.linalg.norm(x, axis=-1, keepdims=True))


AXIS, ANGLE = unit(RNG.normal(size=(2, STEPS, 3))), RNG.uniform(-3, 3, (2, STEPS))
V, W = RNG.normal(size=(2, STEPS, 3))


def rodrigues(axis: Array, angle: Array) -> Array:
    """exp of the cross-product matrix of axis * angle: no quaternion in it."""
    zero = np.zeros(len(axis))
    x, y, z = axis.T
    k = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(-1, 3, 3)
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + sine * k + (1 - cosine) * (k @ k))


def quaternion(axis: Array, angle: Array, order: str) -> Array:
    w, xyz = np.cos(angle / 2)[:, None], axis * np.sin(angle / 2)[:, None]
    return np.concatenate([w, xyz] if order == "wxyz" else [xyz, w], -1)


MATRIX = [rodrigues(AXIS[i], ANGLE[i]) for i in (0, 1)]


def turned(call: str, order: str, backend: str = "numpy") -> Array:
    """A call over the poses above; `ORDER` in it is the order."""
    function = call.partition("(")[0] if not call.startswith("sum") else call[4:].partition("(")[0]
    inputs = {
        "q": ("real[4]", quaternion(AXIS[0], ANGLE[0], order)),
        "p": ("real[4]", quaternion(AXIS[1], ANGLE[1], order)),
        "v": ("real<m>[3]", V),
        "w": ("real<m>[3]", W),
    }
    return called(f"geometry: {function}", call.replace("ORDER", order), inputs, backend=backend)


def vector(call: str, order: str, unit_: str = "1<m>") -> Array:
    """The three slots of a vector that a call gives, one after the other."""
    slots = [turned(f"sum({call} * {np.eye(3)[k].tolist()}) / {unit_}", order) for k in range(3)]
    return np.stack(slots, -1)


@pytest.mark.parametrize("order", ORDERS)
def test_rotating_is_multiplying_by_the_matrix(order: str) -> None:
    got = vector("rotate(q, v, order: ORDER)", order)
    np.testing.assert_allclose(got, np.einsum("tij,tj->ti", MATRIX[0], V), atol=1e-12)
    fused = turned("sum(rotate(q, v, order: ORDER) * [1, 2, 4]) / 1<m>", order, "numba")
    np.testing.assert_allclose(fused, got @ [1, 2, 4], atol=1e-12)
    got = vector("unrotate(q, v, order: ORDER)", order)
    np.testing.assert_allclose(got, np.einsum("tji,tj->ti", MATRIX[0], V), atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_the_matrix_of_a_quaternion_is_that_of_its_rotation(order: str) -> None:
    weights = np.arange(1.0, 10).reshape(3, 3)
    call = f"sum(rotation_matrix(q, order: ORDER) * {weights.tolist()})"
    np.testing.assert_allclose(turned(call, order), (MATRIX[0] * weights).sum((1, 2)), atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_a_product_turns_by_the_second_then_by_the_first(order: str) -> None:
    sign = np.sign(np.einsum("ti,ti->t", *_products(order)))
    got, expected = _products(order)
    np.testing.assert_allclose(got * sign[:, None], expected, atol=1e-12)


def _products(order: str) -> tuple[Array, Array]:
    """The product that the library gives, and a quaternion of the product of the matrices."""
    slots = [
        turned(f"sum(multiply(q, p, order: ORDER) * {np.eye(4)[k].tolist()})", order)
        for k in range(4)
    ]
    both = MATRIX[0] @ MATRIX[1]
    w = np.sqrt(np.maximum(1 + np.trace(both, axis1=1, axis2=2), 0)) / 2
    x, y, z = (
        both[:, 2, 1] - both[:, 1, 2],
        both[:, 0, 2] - both[:, 2, 0],
        both[:, 1, 0] - both[:, 0, 1],
    )
    xyz = np.stack([x, y, z], -1) / (4 * w[:, None])
    parts = [w[:, None], xyz] if order == "wxyz" else [xyz, w[:, None]]
    return np.stack(slots, -1), np.concatenate(parts, -1)


@pytest.mark.parametrize("order", ORDERS)
def test_angles_of_rotations_come_from_the_trace(order: str) -> None:
    between = np.einsum("tji,tjk->tik", MATRIX[0], MATRIX[1])
    angle = np.arccos((np.trace(between, axis1=1, axis2=2) - 1) / 2)
    got = turned("rotation_angle(q, p, order: ORDER)", order)
    np.testing.assert_allclose(got, angle, atol=1e-7)
    up = MATRIX[0][:, :, 2]
    np.testing.assert_allclose(
        turned("tilt(q, order: ORDER)", order), np.arccos(up[:, 2]), atol=1e-7
    )
    front = MATRIX[0][:, :, 0]
    got = turned("heading(q, order: ORDER)", order)
    np.testing.assert_allclose(got, np.arctan2(front[:, 1], front[:, 0]), atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_a_quaternion_and_its_negative_are_one_rotation(order: str) -> None:
    got = turned("rotation_angle(q, -q, order: ORDER)", order)
    np.testing.assert_allclose(got, 0, atol=1e-12)
    conjugate = turned("sum(conjugate(conjugate(q, order: ORDER), order: ORDER) - q)", order)
    np.testing.assert_allclose(conjugate, 0, atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_poses_go_to_the_world_and_back(order: str) -> None:
    world = V + np.einsum("tij,tj->ti", MATRIX[0], W)
    got = vector("to_world(v, q, w, order: ORDER)", order)
    np.testing.assert_allclose(got, world, atol=1e-12)
    body = np.einsum("tji,tj->ti", MATRIX[0], W - V)
    np.testing.assert_allclose(vector("to_body(v, q, w, order: ORDER)", order), body, atol=1e-12)
    back = np.einsum("tji,tj->ti", MATRIX[0], -V)
    got = vector("inverse_position(v, q, order: ORDER)", order)
    np.testing.assert_allclose(got, back, atol=1e-12)


@pytest.mark.parametrize(
    ("length", "fits"), [(1.0009, True), (0.9991, True), (1.002, False), (0, False)]
)
def test_a_quaternion_that_is_not_of_length_one_is_a_fault(length: float, fits: bool) -> None:
    inputs = {"q": ("real[4]", [[length, 0, 0, 0]])}
    got = called("geometry: tilt", "tilt(q, order: wxyz)", inputs)
    assert np.isnan(got).all() != fits


@pytest.mark.parametrize("call", ["tilt(q)", "rotate(q, [1, 0, 0])[0]"])
def test_the_order_must_be_said(call: str) -> None:
    with pytest.raises(RewardError, match="order"):
        called(f"geometry: {call.partition('(')[0]}", call, {"q": ("real[4]", [[1.0, 0, 0, 0]])})


# ---- vectors --------------------------------------------------------------------------------


def test_the_cross_product_and_the_parts_of_a_vector() -> None:
    np.testing.assert_allclose(vector("cross(v, w)", "wxyz", "1<m^2>"), np.cross(V, W), atol=1e-12)
    part = unit(W) * np.einsum("ti,ti->t", V, unit(W))[:, None]
    np.testing.assert_allclose(vector("along(v, w)", "wxyz"), part, atol=1e-12)
    np.testing.assert_allclose(vector("across(v, w)", "wxyz"), V - part, atol=1e-12)
    got = turned("quadratic_form(v, [[1, 2, 3], [4, 5, 6], [7, 8, 9]], w) / 1<m^2>", "wxyz")
    table = np.arange(1.0, 10).reshape(3, 3)
    np.testing.assert_allclose(got, np.einsum("ti,ij,tj->t", V, table, W), atol=1e-12)


def test_angles_between_vectors_are_exact_near_both_ends() -> None:
    a = np.array([[1.0, 0, 0]] * 4)
    b = np.array([[1.0, 1e-9, 0], [-1, 1e-9, 0], [0, 2, 0], [5, 5, 0]])
    inputs = {"a": ("real[3]", a), "b": ("real[3]", b)}
    expected = np.array([1e-9, math.pi - 1e-9, math.pi / 2, math.pi / 4])
    got = called("geometry: angle_between", "angle_between(a, b)", inputs)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    got = called("geometry: cosine", "cosine(a, b)", inputs)
    np.testing.assert_allclose(got, np.cos(expected), atol=1e-12)


@pytest.mark.parametrize("function", ["cosine", "angle_between"])
def test_a_vector_of_length_zero_has_no_angle(function: str) -> None:
    inputs = {"a": ("real[3]", [[0.0, 0, 0]])}
    assert np.isnan(called(f"geometry: {function}", f"{function}(a, [1, 0, 0])", inputs)).all()
    assert np.isnan(called("geometry: direction", "sum(direction(a))", inputs)).all()


def test_angles_differ_the_short_way() -> None:
    inputs = {"a": ("real", [3.0, -3.0, 1.0]), "b": ("real", [-3.0, 3.0, 0.5])}
    got = called("geometry: angle_difference", "angle_difference(a, b)", inputs)
    np.testing.assert_allclose(got, [6 - 2 * math.pi, 2 * math.pi - 6, 0.5])


# ---- points and solids ----------------------------------------------------------------------


@pytest.mark.parametrize(("n", "m"), [(5, 2), (3, 3)])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_the_nearest_two_of_two_clouds(n: int, m: int, backend: str) -> None:
    a, b = RNG.normal(size=(4, n, 3)), RNG.normal(size=(4, m, 3))
    inputs = {"a": (f"real<m>[{n}, 3]", a), "b": (f"real<m>[{m}, 3]", b)}
    call = "nearest_distance(a, b) / 1<m>"
    got = called("geometry: nearest_distance", call, inputs, backend=backend)
    every = np.linalg.norm(a[:, :, None] - b[:, None], axis=-1)
    np.testing.assert_allclose(got, every.min((1, 2)), rtol=1e-12)


def test_distances_to_solids_are_negative_inside() -> None:
    points = np.array([[0, 0, 0], [0.5, 0, 0], [2, 0, 0], [2, 3, 0], [1, 2, 3.5], [0, -1.75, 0]])
    inputs = {"x": ("real<m>[3]", points)}
    call = "distance_to_sphere(x, [0, 0, 0] * 1<m>, 1<m>) / 1<m>"
    got = called("geometry: distance_to_sphere", call, inputs)
    np.testing.assert_allclose(got, np.linalg.norm(points, axis=1) - 1)
    call = "distance_to_box(x, [0, 0, 0] * 1<m>, [1, 2, 3] * 1<m>) / 1<m>"
    got = called("geometry: distance_to_box", call, inputs)
    np.testing.assert_allclose(got, [-1, -0.5, 1, math.sqrt(2), 0.5, -0.25])
