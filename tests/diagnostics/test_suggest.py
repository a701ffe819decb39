"""Spelling suggestions: helpful or absent."""

from __future__ import annotations

import pytest

from rewardlang.diagnostics.suggest import distance, nearest

NAMES = ["velocity", "height", "torque", "x_velocity", "a", "dt"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("velcity", "velocity"),
        ("veloctiy", "velocity"),
        ("hieght", "height"),
        ("Height", "height"),
        ("torques", "torque"),
        ("xvelocity", "x_velocity"),
        ("velocity_x", "x_velocity"),
        ("td", "dt"),
    ],
)
def test_a_slip_finds_the_name_that_was_meant(written: str, meant: str) -> None:
    assert nearest(written, NAMES)[0] == meant


@pytest.mark.parametrize("written", ["speed", "reward", "q", "heavy_duty", ""])
def test_a_name_unlike_all_others_gets_no_suggestion(written: str) -> None:
    assert nearest(written, NAMES) == []


def test_at_most_as_many_as_asked_for_the_closest_first() -> None:
    names = ["left_hand", "left_knees", "left_kneel", "left_hip"]
    assert nearest("left_knee", names, limit=2) == ["left_kneel", "left_knees"]  # as near: by name


def test_a_swap_of_neighbours_is_one_edit() -> None:
    assert distance("height", "hieght") == 1
    assert distance("", "abc") == 3
    assert distance("kitten", "sitting") == 3
