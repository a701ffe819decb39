"""Live params: a checked mapping in declared units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rewardlang.diagnostics.diagnostic import RewardError
from tests.runtime.walker import reward, rows, start


def test_values_are_in_the_declared_unit_and_arrays_in_base_units() -> None:
    r = reward(params={"target": 200.0})
    assert r.params["target"] == 200.0
    assert r.params.real[0] == pytest.approx(2.0)
    assert reward().params["target"] == pytest.approx(150.0)


def test_what_was_set_is_what_is_read() -> None:
    params = reward().params
    for value in (33.3, 0.1, 7, np.float32(8), np.array(9.0)):
        params["target"] = value
        assert params["target"] == value and type(params["target"]) is float
    params["gains"] = [3, 4]
    assert params["gains"].tolist() == [3.0, 4.0]
    params["mode"] = "hard"
    assert params["mode"] == "hard" and params.int[0] == 1
    params["mode"] = 0
    assert params["mode"] == "soft"
    assert dict(params).keys() == {"target", "mode", "gains"} and len(params) == 3


def test_an_array_read_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValueError):
        reward().params["gains"][0] = 5.0


BAD: list[tuple[str, str, Any]] = [
    ("RW620", "tarqet", 1.0),
    ("RW621", "target", "fast"),
    ("RW621", "target", True),
    ("RW621", "target", None),
    ("RW621", "mode", 0.5),
    ("RW606", "mode", "hrad"),
    ("RW606", "mode", 2),
    ("RW606", "mode", -1),
    ("RW622", "target", [1.0, 2.0]),
    ("RW622", "gains", 1.0),
    ("RW622", "gains", [1.0, 2.0, 3.0]),
    ("RW621", "gains", [[1.0], [1.0, 2.0]]),
    ("RW623", "target", 401.0),
    ("RW623", "target", -1),
    ("RW623", "target", float("nan")),
    ("RW623", "gains", [1.0, float("inf")]),
]


@pytest.mark.parametrize(("code", "name", "value"), BAD)
def test_a_bad_value_is_refused_and_changes_nothing(code: str, name: str, value: Any) -> None:
    r = reward()
    before = r.params.real.copy(), r.params.int.copy()
    with pytest.raises(RewardError) as caught:
        r.params[name] = value
    assert caught.value.diagnostics[0].code == code
    assert str(caught.value)
    with pytest.raises(RewardError):
        r.params.update({"target": 10.0, name: value})
    assert np.array_equal(r.params.real, before[0])
    assert np.array_equal(r.params.int, before[1])


def test_messages_speak_the_declared_unit_and_suggest_names() -> None:
    r = reward()
    with pytest.raises(RewardError) as caught:
        r.params["target"] = 401.0
    assert "401.0<cm>" in str(caught.value) and "0 .. 400" in str(caught.value)
    with pytest.raises(RewardError) as caught:
        r.params["tarqet"] = 1.0
    assert "did you mean `target`?" in str(caught.value)
    with pytest.raises(RewardError):
        r.params["nothing_like_it"]


def test_a_param_set_before_the_first_call_reaches_a_float32_kernel() -> None:
    r = reward()
    r.params["target"] = 100.0
    r.reset(start(2, dtype=np.float32))
    values = rows(2, dtype=np.float32)
    first = r.step(values).terms["near"]
    expected = -abs(values["height"] * np.float32(0.01) - np.float32(1.0))
    assert np.array_equal(first, expected)
    r.params["target"] = 120.0
    assert not np.array_equal(r.step(values).terms["near"], expected)
