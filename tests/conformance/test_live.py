"""The comparison itself: what differs from an environment is noticed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conformance.live import Case, compare, conforms, require

POLE = Case("CartPole-v1", "environments/classic/cart_pole.reward", steps=100, constant=True)


def test_a_reward_that_differs_is_noticed_with_by_how_much() -> None:
    wrong = replace(POLE, arguments={"sutton_barto_reward": True})
    assert compare(wrong).largest == 2
    with pytest.raises(AssertionError, match="off by up to 2"):
        conforms(wrong)


def test_an_end_that_the_program_misses_is_noticed() -> None:
    with pytest.raises(AssertionError, match="the end differs"):
        conforms(replace(POLE, bind={"pole_angle": lambda transition: 0.0}))


def test_an_end_that_only_the_program_has_is_noticed() -> None:
    with pytest.raises(AssertionError, match="the end differs on step 0"):
        conforms(replace(POLE, bind={"pole_angle": lambda transition: 0.4}))


def test_a_fault_is_noticed() -> None:
    with pytest.raises(AssertionError, match="a fault on step 0"):
        conforms(replace(POLE, bind={"pole_angle": lambda transition: float("nan")}))


def test_a_comparison_of_one_reward_without_an_end_is_not_enough() -> None:
    with pytest.raises(AssertionError, match="one reward on all steps"):
        conforms(replace(POLE, constant=False))
    with pytest.raises(AssertionError, match="no episode ended"):
        conforms(replace(POLE, steps=3))


def test_a_package_that_is_not_there_skips_with_its_name() -> None:
    with pytest.raises(pytest.skip.Exception, match="needs a_package_nobody_has"):
        require(replace(POLE, modules=("a_package_nobody_has",)))
