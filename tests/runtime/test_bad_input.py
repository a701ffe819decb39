"""Bad input to `step` and `reset`: an error that names the input, and nothing changed by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.runtime.reward import Reward
from tests.runtime.walker import reward, rows, start

OBJECTS = np.array([1.0, None, "x", 2.0], dtype=object)
BAD: list[tuple[str, str, Any]] = [
    ("RW602", "speed", np.ones((4, 3))),
    ("RW602", "action", np.ones((4, 3))),
    ("RW602", "action", np.ones(4)),
    ("RW602", "speed", np.ones((4, 1, 1))),
    ("RW610", "speed", np.ones(3)),
    ("RW610", "speed", 1.0),
    ("RW603", "speed", np.array(["1", "2", "3", "4"])),
    ("RW603", "speed", np.ones(4, bool)),
    ("RW603", "speed", np.ones(4, complex)),
    ("RW603", "speed", np.ones(4, np.longdouble)),
    ("RW603", "contact", np.ones(4)),
    ("RW603", "contact", np.ones(4, np.int8)),
    ("RW603", "gait", np.ones(4)),
    ("RW603", "gait", np.ones(4, bool)),
    ("RW603", "gait", np.full(4, 2**63, np.uint64)),
    ("RW606", "wlak", np.array(["walk", "wlak", "stand", "walk"])),
    ("RW606", "wlak", np.array(["walk", "wlak", "stand", "walk"], dtype=object)),
    ("RW604", "speed", OBJECTS),
    ("RW604", "gait", OBJECTS),
    ("RW604", "speed", None),
    ("RW604", "speed", {"a": 1}),
    ("RW604", "speed", {1, 2}),
    ("RW604", "speed", [[1.0], [1.0, 2.0]]),
    ("RW604", "gait", 2**70),
    ("RW601", "sped", np.ones(4)),
]


@pytest.mark.parametrize("warm", [False, True], ids=["first call", "later call"])
@pytest.mark.parametrize(("code", "name", "value"), BAD)
def test_a_bad_column_is_named_and_leaves_everything_as_it_was(
    code: str, name: str, value: Any, warm: bool
) -> None:
    r, calm = reward(), reward()
    for x in (r, calm):
        x.reset(start(4))
        if warm:
            x.step(rows(4))
    target = "gait" if name == "wlak" else name
    with pytest.raises(RewardError) as caught:
        r.step({**rows(4, 1), target: value})
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert name in str(caught.value)
    assert np.array_equal(r.step(rows(4, 2)).reward, calm.step(rows(4, 2)).reward)
    assert r.steps == calm.steps


def test_both_shapes_are_said() -> None:
    r = reward()
    r.reset(start(4))
    with pytest.raises(RewardError) as caught:
        r.step({**rows(4), "action": np.ones((4, 3))})
    assert "[4, 3]" in str(caught.value) and "[2]" in str(caught.value)


def test_a_misspelt_name_is_suggested() -> None:
    r = reward()
    r.reset(start(4))
    values = rows(4)
    values["contacts"] = values.pop("contact")
    with pytest.raises(RewardError) as caught:
        r.step(values)
    assert "did you mean `contact`?" in str(caught.value)


def _with(**changes: Any) -> dict[str, Any]:
    values = {**rows(4), **changes}
    return {n: c for n, c in values.items() if c is not None}


CALLS: list[tuple[str, Callable[[Reward], Any]]] = [
    ("RW600", lambda r: r.step({n: c for n, c in rows(4).items() if n != "speed"})),
    ("RW605", lambda r: r.step(1.0)),  # type: ignore[arg-type]
    ("RW605", lambda r: r.step([1.0])),  # type: ignore[arg-type]
    ("RW605", lambda r: r.step(None)),  # type: ignore[arg-type]
    ("RW605", lambda r: r.evaluate(np.ones(3))),  # type: ignore[arg-type]
    ("RW605", lambda r: r.reset(3)),  # type: ignore[arg-type]
    ("RW613", lambda r: r.step(rows(0))),
    ("RW613", lambda r: r.reset(start(0))),
    ("RW609", lambda r: r.reset()),
    ("RW609", lambda r: r.reset({}, np.ones(4, bool))),
    ("RW611", lambda r: r.reset({**start(4), "speed": np.ones(4)})),
    ("RW601", lambda r: r.reset({"hight": np.ones(4)})),
    ("RW619", lambda r: r.reset(start(4), np.ones(3, bool))),
    ("RW619", lambda r: r.reset(start(4), np.ones(4))),
    ("RW619", lambda r: r.reset(start(4), np.ones((4, 1), bool))),
    ("RW619", lambda r: r.step(rows(4), terminated=np.zeros(3, bool))),
    ("RW619", lambda r: r.step(rows(4), terminated=True)),
    ("RW619", lambda r: r.step(rows(4), truncated=np.zeros(4))),
    ("RW619", lambda r: r.step(rows(4), active=[True, False])),
    ("RW608", lambda r: r.step(rows(5))),
]


@pytest.mark.parametrize(("code", "call"), CALLS)
def test_a_bad_call_is_refused(code: str, call: Callable[[Reward], Any]) -> None:
    r = reward()
    r.reset(start(4))
    r.step(rows(4))
    with pytest.raises(RewardError) as caught:
        call(r)
    assert caught.value.diagnostics[0].code == code
    assert str(caught.value)
    assert r.step(rows(4)).metrics["paces"].tolist() == [2] * 4


def test_the_first_step_says_that_a_reset_must_come_before_it() -> None:
    with pytest.raises(RewardError) as caught:
        reward().step(rows(4))
    assert caught.value.diagnostics[0].code == "RW609"
    partly = reward()
    partly.reset(start(4), np.array([True, False, True, True]))
    with pytest.raises(RewardError) as caught:
        partly.step(rows(4))
    assert caught.value.diagnostics[0].code == "RW609"
    partly.reset(start(4), np.array([False, True, False, False]))
    whole = reward()
    whole.reset(start(4))
    assert np.array_equal(partly.step(rows(4)).reward, whole.step(rows(4)).reward)


def test_unknown_float_types_are_refused() -> None:
    for dtype in ("float16", "int64", "spam", object, 3):
        with pytest.raises(RewardError) as caught:
            reward(dtype=dtype)
        assert caught.value.diagnostics[0].code == "RW645"
