"""Axes without a size: bound by the columns of a call, in a loop and in recordings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang import RewardError
from rewardlang.runtime.reward import Reward
from rewardlang.testing import run_tests

TEXT = """
input close : real[stock] in 1 .. 9
input trade : real[stock, 2] else 0
input level : real per state
param share : real[stock] = 0.5
let before = previous(close else 1)
let gain = close / before - 1
term spread : real[stock] weight 2 = (gain - mean(gain over stock)) * share
term top = max(gain over stock)
term traded = sum(trade[:, 1] over stock) / size(close)
term third = close[2]
term ranked = sum(index(stock) * gain over stock)
term apart = max(abs(close - rename(close, stock: other)) over (stock, other))
term many = count(close > mean(close over last 3) over stock)
term rose = level - previous(level)
terminate crash when close < 1.5
"""
BACKENDS = ["numpy", "numba"]
SIZE, STEPS = 3, 5


def compiled(backend: str, text: str = TEXT, **options: Any) -> Reward:
    return rewardlang.parse(text, name="market").compile(backend=backend, **options)


def recording(slots: int, dtype: Any = np.float64) -> dict[str, Any]:
    rng = np.random.default_rng(slots)
    return {
        "close": rng.uniform(1, 3, (SIZE, STEPS, slots)).astype(dtype),
        "trade": rng.normal(size=(SIZE, STEPS, slots, 2)).astype(dtype),
        "level": rng.normal(size=(SIZE, STEPS + 1)).astype(dtype),
    }


def stepped(reward: Reward, columns: dict[str, Any]) -> list[Any]:
    reward.reset({"level": columns["level"][:, 0]})
    return [
        reward.step(
            {
                "close": columns["close"][:, k],
                "trade": columns["trade"][:, k],
                "level": columns["level"][:, k + 1],
            },
            truncated=np.full(SIZE, k == STEPS - 1),
        )
        for k in range(STEPS)
    ]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("slots", [1, 2, 7])
def test_backends_agree_bit_for_bit_at_any_size(slots: int, dtype: Any) -> None:
    columns = recording(slots, dtype)
    one, other = (compiled(b).evaluate(columns) for b in BACKENDS)
    assert one.reward.shape == one.terminated.shape == (SIZE, STEPS, slots)
    np.testing.assert_array_equal(one.reward, other.reward)
    for name, part in one.weighted.items():
        np.testing.assert_array_equal(part, other.weighted[name], err_msg=name)
    assert one.faults.counts == other.faults.counts == ({} if slots > 2 else {"third": 15})


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_loop_and_the_recording_agree_bit_for_bit(backend: str) -> None:
    columns = recording(4)
    whole = compiled(backend).evaluate(columns)
    for k, out in enumerate(stepped(compiled(backend), columns)):
        np.testing.assert_array_equal(whole.reward[:, k], out.reward)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_size_written_down_gives_the_same_numbers(backend: str) -> None:
    columns = recording(4)
    written = compiled(backend, TEXT.replace("close : real[stock]", "close : real[stock: 4]"))
    np.testing.assert_array_equal(
        written.evaluate(columns).reward, compiled(backend).evaluate(columns).reward
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_loop_keeps_the_sizes_of_its_first_call_and_recordings_come_in_any(backend: str) -> None:
    reward = compiled(backend)
    outs = stepped(reward, recording(4))
    assert reward.plan.axis is not None
    assert reward.plan.axis.size == 4
    for slots in (4, 2, 6):
        columns = recording(slots)
        expected = compiled(backend).evaluate(columns).reward
        np.testing.assert_array_equal(reward.evaluate(columns).reward, expected)
    columns = recording(5)
    with pytest.raises(RewardError, match="RW694"):
        reward.step({"close": columns["close"][:, 0], "level": columns["level"][:, 0]})
    assert stepped(reward, recording(4))[-1].reward.tolist() == outs[-1].reward.tolist()


def test_inputs_that_share_an_axis_share_its_size() -> None:
    columns = recording(4)
    columns["trade"] = columns["trade"][:, :, :3]
    with pytest.raises(RewardError, match=r"RW695.*`trade` has 3.*`close` has 4"):
        compiled("numpy").evaluate(columns)


def test_a_call_that_tells_no_size_is_refused() -> None:
    columns = recording(4)
    with pytest.raises(RewardError, match="RW696"):
        compiled("numpy").step({"level": columns["level"][:, 0]})
    with pytest.raises(RewardError, match=r"RW696.*no slots"):
        compiled("numpy").step({"close": np.ones((2, 0)), "level": np.ones(2)})


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_param_with_an_open_axis_has_its_default_in_every_slot(backend: str) -> None:
    columns = recording(3)
    plain = compiled(backend).evaluate(columns)
    given = compiled(backend, params={"share": np.full(3, 0.5)}).evaluate(columns)
    double = compiled(backend, params={"share": np.ones(3)}).evaluate(columns)
    np.testing.assert_array_equal(plain.reward, given.reward)
    np.testing.assert_array_equal(2 * plain.terms["spread"], double.terms["spread"])
    live = compiled(backend)
    stepped(live, columns)
    live.params["share"] = [1.0, 1.0, 1.0]
    np.testing.assert_array_equal(live.evaluate(columns).reward, double.reward)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_saved_loop_goes_on_with_its_sizes(backend: str) -> None:
    columns = recording(4)
    reward = compiled(backend)
    outs = stepped(reward, columns)
    first = compiled(backend)
    first.reset({"level": columns["level"][:, 0]})
    values = [
        {n: columns[n][:, k] for n in ("close", "trade")} | {"level": columns["level"][:, k + 1]}
        for k in range(STEPS)
    ]
    first.step(values[0])
    second = compiled(backend)
    second.load_state_dict(first.state_dict())
    for k in range(1, STEPS):
        out = second.step(values[k], truncated=np.full(SIZE, k == STEPS - 1))
        np.testing.assert_array_equal(out.reward, outs[k].reward)


def test_a_saved_loop_goes_on_where_the_batch_is_measured() -> None:
    text = "input x : real[n]\nterm a = sum(x)\nmetric b = mean(sum(x) over batch)"
    first, second = compiled("numpy", text), compiled("numpy", text)
    first.step({"x": np.ones((2, 3))})
    second.load_state_dict(first.state_dict())
    assert second.steps == 2
    assert second.step({"x": np.ones((2, 3))}).reward.tolist() == [3, 3]


def test_the_hash_is_the_programs_at_every_size() -> None:
    program = rewardlang.parse(TEXT, name="market")
    reward = program.compile(backend="numpy")
    assert {reward.evaluate(recording(n)).hash for n in (2, 3)} == {program.hash} == {reward.hash}
    assert rewardlang.parse(TEXT.replace("weight 2", "weight 3")).hash != program.hash


def test_faults_of_every_size_are_in_the_log() -> None:
    reward = compiled("numpy")
    for slots in (1, 4, 2):
        reward.evaluate(recording(slots))
    assert reward.faults.counts == {"third": 30}
    assert {f.detail for f in reward.faults.records} == {"2 of 1", "2 of 2"}


def test_test_blocks_bind_open_axes_by_what_they_give() -> None:
    program = rewardlang.parse(
        "input close : real[stock]\n"
        "input other : real[stock] else 0\n"
        "term best = max(close) + size(other)\n"
        'test "three" { given close = [[1, 5, 2], [0, 0, 7]] expect best at 1 == 8 }\n'.replace(
            "expect best at 1 == 8", "expect best == 8 at 1 expect best == 10 at 2"
        )
        + 'test "two" { given close = [[1, 5]] given other = [[1, 2, 3]] expect best == 8 at 1 }\n'
    )
    three, two = run_tests(program)
    assert three.passed, three.message
    assert not two.passed
    assert "RW695" in two.message
