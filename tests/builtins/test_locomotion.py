"""`use locomotion`: against the loops of legged_gym and Isaac Lab, written anew in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.builtins.library import called

DT = 0.02
HEAD = "timestep 0.02<s>"
Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
CONTACT = RNG.random((60, 4)) < 0.4
SPEED = RNG.normal(size=(60, 4, 2))
FORCE = RNG.normal(size=(60, 4, 3)) * [60, 60, 120]


def flights(contact: Array) -> tuple[Array, Array]:
    """legged_gym's counter: it grows in every step, is read on first contact, then zeroed."""
    timer = np.zeros(contact.shape[1])
    landed, lasted = [], []
    for step, row in enumerate(contact):
        first = row & (timer > 0) & (step > 0)
        timer += DT
        landed.append(first)
        lasted.append(np.where(first, timer, 0))
        timer = np.where(row, 0, timer)
    return np.array(landed), np.array(lasted)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_air_time_pays_flights_on_touchdown_as_legged_gym_does(backend: str) -> None:
    landed, lasted = flights(CONTACT)
    assert landed.sum() > 20
    inputs = {"c": ("bool[4]", CONTACT)}
    got = called("locomotion: air_time", "air_time(c) / 1<s>", inputs, HEAD, backend)
    expected = ((lasted - 0.5) * landed).sum(1)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
    got = called("locomotion: flight", "sum(flight(c)) / 1<s>", inputs, HEAD, backend)
    np.testing.assert_allclose(got, lasted.sum(1), rtol=1e-12, atol=1e-12)


def test_single_stance_is_the_shorter_phase_of_a_biped_on_one_foot() -> None:
    contact = CONTACT[:, :2]
    air, ground, expected = np.zeros(2), np.zeros(2), []
    for row in contact:
        air = np.where(row, 0, air + DT)
        ground = np.where(row, ground + DT, 0)
        alone = row.sum() == 1
        expected.append(min(np.where(row, ground, air).min(), 0.05) if alone else 0)
    inputs = {"c": ("bool[2]", contact)}
    call = "single_stance(c, 0.05<s>) / 1<s>"
    got = called("locomotion: single_stance", call, inputs, HEAD)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
    assert max(expected) == 0.05


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_feet_slip_and_stumble(backend: str) -> None:
    inputs = {
        "vx": ("real<m/s>[4]", SPEED[..., 0]),
        "vy": ("real<m/s>[4]", SPEED[..., 1]),
        "c": ("bool[4]", CONTACT),
    }
    got = called("locomotion: foot_slip", "foot_slip(vx, vy, c) / 1<m/s>", inputs, "", backend)
    expected = (np.linalg.norm(SPEED, axis=-1) * CONTACT).sum(1)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    inputs = {name: ("real<N>[4]", FORCE[..., i]) for i, name in enumerate(("fx", "fy", "fz"))}
    got = called("locomotion: stumble", "stumble(fx, fy, fz)", inputs, "", backend)
    flat = np.linalg.norm(FORCE[..., :2], axis=-1)
    expected = (flat > 5 * np.abs(FORCE[..., 2])).any(1)
    assert 5 < expected.sum() < 55
    np.testing.assert_array_equal(got, expected)


def test_hard_landings_cost_what_is_above_the_limit() -> None:
    inputs = {"f": ("real<N>[2]", [[90.0, 120.0], [150.0, 101.0]])}
    got = called("locomotion: hard_landing", "hard_landing(f, 100<N>) / 1<N>", inputs)
    assert got.tolist() == [20, 51]


def test_tracking_pays_one_over_e_at_an_error_of_the_root_of_the_sharpness() -> None:
    inputs = {"v": ("real<m/s>[2]", [[1.0, 0.0], [1.0, 0.5], [0.7, 0.4]])}
    call = "velocity_tracking(v, [1, 0] * 1<m/s>, 0.25<m^2/s^2>)"
    got = called("locomotion: velocity_tracking", call, inputs)
    np.testing.assert_allclose(got, [1, np.exp(-1), np.exp(-1)])


def test_joints_are_to_keep_their_pose_only_while_standing() -> None:
    inputs = {"q": ("real[2]", [[1.0, -2.0]] * 2), "v": ("real[2]", [[0.06, 0.08], [0.3, 0]])}
    got = called("locomotion: stand_still", "stand_still(q, 0.5, v, 0.2)", inputs)
    assert got.tolist() == [3, 0]
    got = called("locomotion: is_moving", "is_moving(v, 0.2)", {"v": inputs["v"]})
    assert got.tolist() == [0, 1]


def test_the_terms_of_the_body_by_hand() -> None:
    vector = [[1.0, 2.0, -3.0]]
    velocity = {"v": ("real<m/s>[3]", vector)}
    call = "vertical_motion(v) * 1<s^2/m^2>"
    assert called("locomotion: vertical_motion", call, velocity) == [9]
    spin = {"w": ("real<rad/s>[3]", vector)}
    assert called("locomotion: roll_and_pitch", "roll_and_pitch(w) * 1<s^2>", spin) == [5]
    gravity = {"g": ("real[3]", [[0.6, 0.0, -0.8]])}
    assert called("locomotion: orientation", "orientation(g)", gravity) == pytest.approx([0.36])
    height = {"h": ("real<m>", [0.25])}
    call = "body_height(h, 0.75<m>) / 1<m^2>"
    assert called("locomotion: body_height", call, height) == [0.25]


def test_phases_go_round_from_the_reset_on_and_agree_with_stance() -> None:
    inputs = {"c": ("bool[2]", [[True, False], [True, True], [False, True], [True, False]])}
    use = "locomotion: gait_phase, gait_agreement"
    head = "timestep 0.25<s>\nlet phase = gait_phase(1<1/s>, [0, 0.5])"
    # phases 0.25 0.75 | 0.5 0 | 0.75 0.25 | 0 0.5
    got = called(use, "sum(phase * [1, 10])", inputs, head)
    np.testing.assert_allclose(got, [7.75, 0.5, 3.25, 5], atol=1e-12)
    assert called(use, "gait_agreement(c, phase)", inputs, head).tolist() == [1, 1, 1, 0.5]


def test_acceleration_and_torque_limits_by_hand() -> None:
    speed = {"q": ("real<rad/s>[2]", [[1.0, 1.0], [1.5, 1.0], [1.5, 2.0]])}
    call = "acceleration(q) * 1<s^4>"
    got = called("locomotion: acceleration", call, speed, "timestep 0.5<s>")
    np.testing.assert_allclose(got, [0, 1, 4])
    torque = {"m": ("real<N*m>[2]", [[-10.0, 5.0]])}
    call = "torque_limits(m, 8<N*m>, share: 0.5) / 1<N*m>"
    assert called("locomotion: torque_limits", call, torque) == [7]
