from __future__ import annotations

import random

import pytest

from rewardlang.temporal.guards import Cube, cover, guard

NAMES = ("a", "b", "c")


def table(count: int, *letters: int) -> int:
    assert all(letter < 1 << count for letter in letters)
    return sum(1 << letter for letter in letters)


def letters_of(cubes: list[Cube], count: int) -> int:
    return sum(
        1 << letter
        for letter in range(1 << count)
        if any(letter & yes == yes and not letter & no for yes, no in cubes)
    )


@pytest.mark.parametrize(
    ("letters", "text"),
    [
        ((), "false"),
        (range(8), "true"),
        ((1, 3, 5, 7), "a"),
        ((1, 5), "a and not b"),
        ((0, 2, 4), "not a and not b or not a and not c"),
        ((7,), "a and b and c"),
        ((1, 2, 3, 4, 5, 6, 7), "a or b or c"),
    ],
)
def test_a_guard_is_as_short_as_a_person_would_write_it(letters: range, text: str) -> None:
    assert guard(table(3, *letters), NAMES) == text


def test_without_atoms_there_is_one_letter() -> None:
    assert guard(1, ()) == "true"


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_a_cover_is_exact_and_no_conjunction_of_it_is_superfluous(count: int) -> None:
    chance = random.Random(count)
    for _ in range(60):
        wanted = chance.getrandbits(1 << count)
        cubes = cover(wanted, count)
        assert letters_of(cubes, count) == wanted
        for i in range(len(cubes)):
            assert letters_of(cubes[:i] + cubes[i + 1 :], count) != wanted
