"""Infos of many environments: dictionaries of arrays with masks, and lists of dictionaries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import VectorEnv

from rewardlang.adapters import infos
from rewardlang.adapters.paths import Absent, parse_path
from rewardlang.adapters.rows import one_by_one, with_rows


def gathered(ones: list[dict[str, Any]]) -> dict[str, Any]:
    """As Gymnasium gathers the infos of single environments."""
    venv: VectorEnv[Any, Any, Any] = VectorEnv()
    venv.num_envs = len(ones)
    together: dict[str, Any] = {}
    for row, one in enumerate(ones):
        together = venv._add_info(together, one, row)
    return together


ONES: list[dict[str, Any]] = [
    {"v": 1.0, "arm": {"q": np.array([1.0, 2.0])}, "mode": "run"},
    {},
    {"v": 3.0, "arm": {"q": np.array([5.0, 6.0])}, "mode": "walk"},
]


@pytest.mark.parametrize("together", [gathered(ONES), ONES], ids=["arrays", "list"])
def test_both_forms_give_the_same_column(together: Any) -> None:
    for text, there_are in (("info.v", [1, 3]), ("info.arm.q[1]", [2, 6])):
        values, there = infos.column(together, parse_path(text), 3)
        assert values is not None
        np.testing.assert_array_equal(there, [True, False, True])
        np.testing.assert_array_equal(values[there], there_are)
    values, there = infos.column(together, parse_path("info.mode"), 3)
    assert values is not None
    assert values[there].tolist() == ["run", "walk"]
    values, there = infos.column(together, parse_path("info.missing"), 3)
    assert values is None
    assert not there.any()


def test_an_index_beyond_an_entry_is_named() -> None:
    with pytest.raises(Absent) as caught:
        infos.column(gathered(ONES), parse_path("info.arm.q[2]"), 3)
    assert caught.value.wanted == "[2]"


def test_rows_of_infos_are_exchanged_with_their_masks() -> None:
    arm = {"q": np.array([0.0, 1.0])}
    other: list[dict[str, Any]] = [{"w": 9, "v": 7.0}, {"v": 8.0, "arm": arm}, {}]
    rows = np.array([False, True, True])
    merged = infos.with_rows(gathered(ONES), gathered(other), rows)
    expected = gathered([ONES[0], other[1], other[2]])
    assert set(merged) == set(expected)
    for key in ("v", "_v", "mode", "_mode", "_arm"):
        np.testing.assert_array_equal(merged[key], expected[key])
    np.testing.assert_array_equal(merged["arm"]["q"], expected["arm"]["q"])
    np.testing.assert_array_equal(merged["arm"]["_q"], expected["arm"]["_q"])


def test_rows_of_nested_observations_are_exchanged_and_the_sources_stay() -> None:
    space = spaces.Dict({"a": spaces.Box(0, 9, (2,)), "b": spaces.Tuple([spaces.Discrete(9)])})
    batch: dict[str, Any] = {"a": np.zeros((3, 2)), "b": (np.array([1, 2, 3]),)}
    single = {"a": np.ones(2), "b": (7,)}
    rows = np.array([False, True, False])
    finals = np.array([None, single, None], dtype=object)
    for source in (finals, {"a": np.ones((3, 2)), "b": (np.full(3, 7),)}):
        merged = with_rows(batch, source, rows)
        np.testing.assert_array_equal(merged["a"], [[0, 0], [1, 1], [0, 0]])
        np.testing.assert_array_equal(merged["b"][0], [1, 7, 3])
    assert batch["a"].sum() == 0
    boxes = one_by_one(batch, rows)
    assert boxes[0] is None
    assert space["a"].contains(boxes[1]["a"].astype(np.float32))
