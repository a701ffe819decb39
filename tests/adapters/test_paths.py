"""How a binding is spelled, and where it leads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from rewardlang.adapters.paths import Absent, follow, parse_path
from rewardlang.adapters.spaces import place_of
from rewardlang.diagnostics.diagnostic import RewardError


@pytest.mark.parametrize(
    ("text", "root", "parts"),
    [
        ("observation", "observation", ()),
        ("observation[0]", "observation", (0,)),
        (" observation [ 0 : 3 ] ", "observation", (slice(0, 3),)),
        ("observation[2:]", "observation", (slice(2, None),)),
        ("observation[:]", "observation", (slice(None, None),)),
        ("info.x_velocity", "info", ("x_velocity",)),
        ("observation.arm[1][0:2]", "observation", ("arm", 1, slice(0, 2))),
        ("env.unwrapped.data.qpos[2]", "env", ("unwrapped", "data", "qpos", 2)),
    ],
)
def test_a_path_is_a_root_and_the_steps_from_there(
    text: str, root: str, parts: tuple[Any, ...]
) -> None:
    path = parse_path(text)
    assert (path.root, path.parts) == (root, parts)


@pytest.mark.parametrize(
    "text",
    ["", "obs[0]", "observation[-1]", "observation[0", "observation 0", "observation[]", "info",
     "info[0]", "observation.3", "observation[0:2:1]", "env.__class__", "env.unwrapped._secret"],
)  # fmt: skip
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(RewardError) as caught:
        parse_path(text)
    assert caught.value.diagnostics[0].code == "RW661"


def test_a_path_into_nested_spaces_reads_one_or_many() -> None:
    space = spaces.Dict({"arm": spaces.Tuple([spaces.Discrete(3), spaces.Box(0, 1, (2, 4))])})
    place = place_of(space, parse_path("observation.arm[1][1][1:3]"))
    assert place.shape == (2,)
    table = np.arange(24, dtype=np.float32).reshape(3, 2, 4)
    one = {"arm": (np.int64(2), table[0])}
    np.testing.assert_array_equal(place.read(one, False), [5, 6])
    many = {"arm": (np.array([0, 1, 2]), table)}
    np.testing.assert_array_equal(place.read(many, True), [[5, 6], [13, 14], [21, 22]])


def test_indexes_apply_one_after_the_other_as_in_python() -> None:
    place = place_of(spaces.Box(0, 1, (5, 2)), parse_path("observation[1:4][2]"))
    x = np.arange(10, dtype=np.float32).reshape(5, 2)
    np.testing.assert_array_equal(place.read(x, False), x[1:4][2])


def test_an_observation_is_read_in_the_dtype_its_space_declares() -> None:
    place = place_of(spaces.Box(-1, 1, (1,), np.float32), parse_path("observation[0]"))
    assert place.read(np.array([0.1]), False) == np.float32(0.1)
    assert place.read(np.array([0.1]), False).dtype == np.float32


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("observation", "observation"),
        ("observation.leg", "observation"),
        ("observation[0]", "observation"),
        ("observation.arm[3]", "observation.arm"),
        ("observation.arm[0:9]", "observation.arm"),
        ("observation.arm[1:1]", "observation.arm"),
        ("observation.arm[0][0]", "observation.arm[0]"),
        ("observation.arm.x", "observation.arm"),
    ],
)
def test_a_path_that_leads_nowhere_says_how_far_it_led(text: str, reached: str) -> None:
    space = spaces.Dict({"arm": spaces.Box(0, 1, (3,))})
    with pytest.raises(Absent) as caught:
        place_of(space, parse_path(text))
    assert caught.value.reached == reached


def test_following_names_what_an_info_has_instead() -> None:
    with pytest.raises(Absent) as caught:
        follow({"x_position": 1.0}, parse_path("info.x_velocity"))
    assert caught.value.names == ["x_position"]
    assert caught.value.wanted == "x_velocity"
