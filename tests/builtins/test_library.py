"""`use geometry`, `costs`, `potential`, `staged`, `locomotion`, `manipulation`, `bonus`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(7)


def value(module: str, names: str, inputs: str, call: str, **columns: Any) -> Array:
    """`metric y = call` over one episode; NaN where it is a fault."""
    text = f"use {module}: {names}\ntimestep 0.5<s>\n{inputs}\nterm y = {call}\n"
    reward = rewardlang.parse(text).compile("numpy", dtype="float64", faults="zero")
    out = reward.evaluate({name: np.asarray(c)[None] for name, c in columns.items()})
    return np.where(out.valid[0], out.terms["y"][0], np.nan)


def turned(q: Array, v: Array) -> Array:
    """By the rotation matrix of a unit quaternion wxyz, written out."""
    w, x, y, z = q
    table = np.array(
        [
            [w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z],
        ]
    )
    return np.asarray(table @ v)


QUATERNIONS = RNG.normal(size=(20, 4))
QUATERNIONS /= np.linalg.norm(QUATERNIONS, axis=1, keepdims=True)
VECTORS, OTHERS = RNG.normal(size=(2, 20, 3))
Q = "input q : real[4]\ninput p : real[4]\ninput v : real[3]"


# ---- geometry -------------------------------------------------------------------------------


def test_the_cross_product_and_angles_between_directions() -> None:
    inputs = "input a : real[3]\ninput b : real[3]"
    given = {"a": VECTORS, "b": OTHERS}
    crossed = np.cross(VECTORS, OTHERS)
    for slot in range(3):
        found = value("geometry", "cross", inputs, f"cross(a, b)[{slot}]", **given)
        assert np.allclose(found, crossed[:, slot])
    cosine = np.einsum("ij,ij->i", VECTORS, OTHERS)
    cosine /= np.linalg.norm(VECTORS, axis=1) * np.linalg.norm(OTHERS, axis=1)
    found = value("geometry", "safe_cosine", inputs, "safe_cosine(a, b)", **given)
    assert np.allclose(found, cosine)
    found = value("geometry", "angle_between", inputs, "angle_between(a, b)", **given)
    assert np.allclose(found, np.arccos(cosine))
    still = {"a": VECTORS * 0, "b": OTHERS}
    assert (value("geometry", "safe_cosine", inputs, "safe_cosine(a, b)", **still) == 0).all()
    assert np.isnan(value("geometry", "unit_vector", inputs, "sum(unit_vector(a))", **still)).all()


@pytest.mark.parametrize("order", ["wxyz", "xyzw"])
def test_a_rotation_is_that_of_its_matrix_in_either_order(order: str) -> None:
    q = QUATERNIONS if order == "wxyz" else QUATERNIONS[:, [1, 2, 3, 0]]
    expected = np.array([turned(a, v) for a, v in zip(QUATERNIONS, VECTORS, strict=True)])
    names = "rotate, unrotate, rotation_matrix"
    given = {"q": q, "v": VECTORS, "p": q}
    for slot in range(3):
        for call in (f"rotate(q, v, order: {order})", f"(rotation_matrix(q, {order}) @ v)"):
            found = value("geometry", names, Q, f"{call}[{slot}]", **given)
            assert np.allclose(found, expected[:, slot])
        back = f"unrotate(q, rotate(q, v, {order}), {order})[{slot}]"
        assert np.allclose(value("geometry", names, Q, back, **given), VECTORS[:, slot])


def test_attitudes_multiply_and_differ_by_an_angle() -> None:
    other = np.roll(QUATERNIONS, 1, axis=0)
    given = {"q": QUATERNIONS, "p": other, "v": VECTORS}
    twice = "norm(rotate(multiply(q, p, wxyz), v, wxyz) - rotate(q, rotate(p, v, wxyz), wxyz))"
    assert np.allclose(value("geometry", "multiply, rotate", Q, twice, **given), 0, atol=1e-12)
    angle = value("geometry", "rotation_between", Q, "rotation_between(q, p, wxyz)", **given)
    expected = 2 * np.arccos(np.minimum(abs(np.einsum("ij,ij->i", QUATERNIONS, other)), 1))
    assert np.allclose(angle, expected)
    flipped = given | {"q": -QUATERNIONS}
    again = value("geometry", "rotation_between", Q, "rotation_between(q, p, wxyz)", **flipped)
    assert np.allclose(angle, again)


def test_tilt_and_yaw_of_turns_about_one_axis() -> None:
    angles = np.array([0.0, 0.3, -1.2, 3.0])
    about_z = np.stack([np.cos(angles / 2), 0 * angles, 0 * angles, np.sin(angles / 2)], axis=1)
    about_x = np.stack([np.cos(angles / 2), np.sin(angles / 2), 0 * angles, 0 * angles], axis=1)
    given = {"q": about_z, "p": about_x, "v": VECTORS[:4]}
    assert np.allclose(value("geometry", "yaw", Q, "yaw(q, wxyz)", **given), angles)
    assert np.allclose(value("geometry", "tilt", Q, "tilt(p, wxyz)", **given), abs(angles))


def test_a_quaternion_that_is_not_of_unit_length_is_a_fault() -> None:
    q = QUATERNIONS[:3] * np.array([[1.0], [1.0009], [1.01]])
    found = value("geometry", "tilt", Q, "tilt(q, wxyz)", q=q, p=q, v=VECTORS[:3])
    assert np.isnan(found).tolist() == [False, False, True]


def test_distances_to_a_ball_a_box_and_a_cloud() -> None:
    inputs = "input p : real[3]\ninput a : real[point: 4, xyz: 3]\ninput b : real[other: 5, xyz: 3]"
    clouds = RNG.normal(size=(6, 4, 3)), RNG.normal(size=(6, 5, 3))
    points = np.array([[0.0, 0, 0], [3, 0, 0], [3, 4, 0], [0.5, 0, 0], [1, 2, 3], [2, 3, 5]])
    given = {"p": points, "a": clouds[0], "b": clouds[1]}
    call = "box_distance(p, [0, 0, 0], [1, 2, 3])"
    box = value("geometry", "box_distance", inputs, call, **given)
    assert np.allclose(box, [-1, 2, np.hypot(2, 2), -0.5, 0, np.sqrt(1 + 1 + 4)])
    ball = value("geometry", "ball_distance", inputs, "ball_distance(p, [0, 0, 0], 1)", **given)
    assert np.allclose(ball, np.linalg.norm(points, axis=1) - 1)
    apart = np.linalg.norm(clouds[0][:, :, None] - clouds[1][:, None], axis=-1).min(axis=(1, 2))
    found = value("geometry", "cloud_distance", inputs, "cloud_distance(a, b)", **given)
    assert np.allclose(found, apart)


# ---- costs ----------------------------------------------------------------------------------


def test_costs_of_actions_and_their_changes() -> None:
    action = RNG.normal(size=(8, 2))
    inputs = "input a : real[2]"
    first = np.diff(action, axis=0, prepend=action[:1])
    rate = value("costs", "rate_cost", inputs, "rate_cost(a)", a=action)
    assert np.allclose(rate, (first**2).sum(axis=1))
    jerk = value("costs", "jerk_cost", inputs, "jerk_cost(a)", a=action)
    second = action[2:] - 2 * action[1:-1] + action[:-2]
    assert np.allclose(jerk[2:], (second**2).sum(axis=1))
    assert np.allclose(value("costs", "control_cost", inputs, "control_cost(a)", a=action),
                       (action**2).sum(axis=1))  # fmt: skip


def test_power_limits_and_barriers() -> None:
    inputs = "input a : real[2]\ninput b : real[2]\ninput x : real"
    a, b, x = RNG.normal(size=(5, 2)), RNG.normal(size=(5, 2)), np.array([0.0, 0.5, 0.9, 1, 2])
    given = {"a": a, "b": b, "x": x}

    def found(names: str, call: str) -> Array:
        return value("costs", names, inputs, call, **given)

    assert np.allclose(found("power", "power(a, b)"), np.maximum(a * b, 0).sum(axis=1))
    assert np.allclose(found("absolute_power", "absolute_power(a, b)"), abs(a * b).sum(axis=1))
    beyond = np.maximum(-0.5 - a, 0) + np.maximum(a - 0.5, 0)
    assert np.allclose(found("limit_cost", "limit_cost(a, -0.5, 0.5)"), beyond.sum(axis=1))
    soft = np.maximum(-0.45 - a, 0) + np.maximum(a - 0.45, 0)
    assert np.allclose(found("soft_limit_cost", "soft_limit_cost(a, -0.5, 0.5)"), soft.sum(axis=1))
    assert np.allclose(found("box_violations", "box_violations(a, -0.5, 0.5)"),
                       (abs(a) > 0.5).sum(axis=1))  # fmt: skip
    barrier = [0, 0, -np.log(0.1 / 0.5), 10, 10]
    assert np.allclose(found("log_barrier", "log_barrier(x, 0.5, 1)"), barrier)
    assert np.allclose(found("hinge", "hinge(x, 0.9)"), [0, 0, 0, 0.1, 1.1])
    q = np.array([[2.0, 1.0], [1.0, 3.0]])
    cost = found("tracking_cost", "tracking_cost(a, b, [[2, 1], [1, 3]])")
    assert np.allclose(cost, np.einsum("ti,ij,tj->t", a - b, q, a - b))


# ---- potentials and stages ------------------------------------------------------------------


def test_potentials_and_stages_never_fall_back() -> None:
    inputs = "input d : real\ninput c : bool\ninput e : bool"
    d, c = np.array([3.0, 1.0, 0.5, 0.0]), np.array([False, False, True, True])
    given = {"d": d, "c": c, "e": np.array([False, False, False, True])}
    near = value("potential", "closeness", inputs, "closeness(d, 2)", **given)
    assert near.tolist() == [-1.0, -0.5, -0.25, 0.0]
    done = value("potential", "progress_along", inputs, "progress_along(d, 2, 0)", **given)
    assert done.tolist() == [0.0, 0.5, 0.75, 1.0]
    two = value("potential", "two_stages", inputs, "two_stages(c, 0.4, 1 - d)", **given)
    assert two.tolist() == [0.4, 0.4, 1.5, 2.0]
    call = "three_stages(0.9, c, 0.2, e, 0.7)"
    assert value("staged", "three_stages", inputs, call, **given).tolist() == [0.9, 0.9, 1.2, 2.7]
    gain = value("staged", "improvement", inputs, "improvement(3 - d)", **given)
    assert gain.tolist() == [0.0, 2.0, 0.5, 0.5]
    kept = value("staged", "best_so_far", inputs, "best_so_far(d)", **given)
    assert kept.tolist() == [3.0, 3.0, 3.0, 3.0]
    once = value("staged", "so_far", inputs, "so_far(d < 1)", **given)
    assert once.tolist() == [0.0, 0.0, 1.0, 1.0]


# ---- locomotion and bonuses -----------------------------------------------------------------


def test_air_time_is_counted_and_paid_at_touchdown() -> None:
    inputs = "input c : bool[leg: 2]"
    contact = np.array([[1, 1], [0, 1], [0, 1], [1, 0], [1, 1]], bool)
    for leg, expected in enumerate(([0, 0.5, 1, 1, 0], [0, 0, 0, 0.5, 0.5])):
        call = f"air_time(c)[leg: {leg}] / 1<s>"
        assert value("locomotion", "air_time", inputs, call, c=contact).tolist() == expected
    call = "feet_air_time(c, true, 0.4<s>) / 1<s>"
    paid = value("locomotion", "feet_air_time", inputs, call, c=contact)
    assert np.allclose(paid, [0, 0, 0, 0.6, 0.1])


def test_tracking_gait_and_feet() -> None:
    inputs = "input a : real[2]\ninput b : real[2]\ninput c : bool[2]\ninput v : real[3]"
    a, b, v = RNG.normal(size=(6, 2)), RNG.normal(size=(6, 2)), RNG.normal(size=(6, 3))
    c = RNG.random((6, 2)) < 0.5
    given = {"a": a, "b": b, "c": c, "v": v}

    def found(names: str, call: str) -> Array:
        return value("locomotion", names, inputs, call, **given)

    assert np.allclose(found("track_exp", "track_exp(a, b, 0.25)"),
                       np.exp(-((a - b) ** 2).sum(axis=1) / 0.25))  # fmt: skip
    assert np.allclose(found("foot_slip", "foot_slip(c, a)"), (a**2 * c).sum(axis=1))
    assert np.allclose(found("stumbles", "stumbles(abs(a), b)"),
                       (abs(a) > 5 * abs(b)).sum(axis=1))  # fmt: skip
    phase = (0.5 * np.arange(1, 7)[:, None] * 0.8 + np.array([0, 0.5])) % 1
    matched = ((phase < 0.5) == c).mean(axis=1)
    call = "gait_match(gait_phase(t * dt / 1<s>, 0.8, [0, 0.5]), c)"
    assert np.allclose(found("gait_match, gait_phase", call), matched)
    assert np.allclose(found("flatness_error", "flatness_error(v)"), (v[:, :2] ** 2).sum(axis=1))


def test_bonuses() -> None:
    inputs = "input n : real\ninput f : real[2]"
    n, f = np.array([0.0, 1.0, 8.0]), RNG.normal(size=(3, 2))
    given = {"n": n, "f": f}
    assert np.allclose(value("bonus", "count_bonus", inputs, "count_bonus(n)", **given),
                       1 / np.sqrt(n + 1))  # fmt: skip
    capped = value("bonus", "capped_count_bonus", inputs, "capped_count_bonus(n, 2, 0.5)", **given)
    assert np.allclose(capped, 2 / np.sqrt(16 + n)) and capped[0] == 0.5
    table = np.array([[2.0, 0.5], [0.5, 1.0]])
    width = value(
        "bonus", "linear_width", inputs, "linear_width(f, [[2, 0.5], [0.5, 1]])", **given
    )
    assert np.allclose(width, np.sqrt(np.einsum("ti,ij,tj->t", f, table, f)))
    share = value("bonus", "log_share", inputs, "log_share(n, 8)", **given)
    assert np.allclose(share, np.log([1e-3, 1 / 8, 1]))


# ---- manipulation ---------------------------------------------------------------------------


def long_tail(x: Array, lower: float, upper: float, margin: Array) -> Array:
    """Meta-World's tolerance: 1 within, 1 / (1 + 9 d^2) at d margins outside."""
    away = np.where(x < lower, lower - x, x - upper) / margin
    return np.where((lower <= x) & (x <= upper), 1.0, 1 / (9 * away**2 + 1))


def both(a: Array, b: Array) -> Array:
    return np.where(a + b - a * b > 0, a * b / (a + b - a * b), 0)


def test_caging_and_grasping_as_meta_world_has_them() -> None:
    names = ("left", "right", "tcp", "thing", "thing0", "tcp0")
    inputs = "\n".join(f"input {name} : real[3]" for name in names) + "\ninput effort : real"
    n = 200
    thing = RNG.normal(size=(n, 3)) * 0.1
    given: dict[str, Array] = {
        "left": thing + RNG.normal(size=(n, 3)) * 0.05,
        "right": thing + RNG.normal(size=(n, 3)) * 0.05,
        "tcp": thing + RNG.normal(size=(n, 3)) * 0.02,
        "thing": thing,
        "thing0": RNG.normal(size=(n, 3)) * 0.1,
        "tcp0": RNG.normal(size=(n, 3)) + 1,
        "effort": RNG.uniform(-1, 2, n),
    }
    at, start = thing[:, 1], given["thing0"][:, 1]
    sides = []
    for pad in ("left", "right"):
        y = given[pad][:, 1]
        sides.append(long_tail(abs(y - at), 0.015, 0.05, abs(abs(y - start) - 0.05)))
    xz = [0, 2]
    margin = np.linalg.norm(given["thing0"][:, xz] - given["tcp0"][:, xz], axis=1) - 0.01
    apart = np.linalg.norm(given["tcp"][:, xz] - thing[:, xz], axis=1)
    caged = both(both(*sides), long_tail(apart, 0, 0.01, margin))
    closed = np.where(caged > 0.97, np.clip(given["effort"], 0, 1), 0.0)
    call = "caging(left, right, tcp, thing, thing0, tcp0, 0.015, 0.05, 0.01)"
    assert np.allclose(value("manipulation", "caging", inputs, call, **given), caged)
    dense = f"dense_grasp({call}, effort)"
    found = value("manipulation", "caging, dense_grasp", inputs, dense, **given)
    assert np.allclose(found, (both(caged, closed) + caged) / 2)
    assert (caged > 0.97).any() and (caged < 0.5).any()
