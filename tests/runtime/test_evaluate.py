"""`evaluate`: recorded data in both layouts gives what the loop gave, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rewardlang.diagnostics.diagnostic import RewardError
from tests.runtime.walker import reward, rows, start

SIZE, STEPS = 3, 5


def recording(dtype: Any = np.float64, faults: bool = True) -> tuple[Any, Any, list[Any]]:
    """A start, padded columns, and the transitions they are made of."""
    first = start(SIZE, dtype=dtype)
    moves = [rows(SIZE, seed, dtype) for seed in range(STEPS)]
    if faults:
        moves[2]["speed"][1] = np.nan
        moves[3]["height"][0] = 1000.0
        moves[4]["action"][2, 0] = np.inf
    columns = {n: np.stack([m[n] for m in moves], axis=1) for n in moves[0]}
    columns["height"] = np.concatenate([first["height"][:, None], columns["height"]], axis=1)
    return first, columns, moves


def flat(columns: dict[str, Any], lengths: list[int]) -> tuple[dict[str, Any], Any, Any]:
    """The same episodes row after row: columns, ids, initial values."""
    rows_of = {
        name: np.concatenate([c[e, -STEPS:][:n] for e, n in enumerate(lengths)])
        for name, c in columns.items()
    }
    ids = np.repeat(np.arange(len(lengths)) * 7, lengths)
    return rows_of, ids, {"height": columns["height"][:, 0]}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("policy", ["hold", "zero", "terminate"])
def test_evaluate_is_the_loop_bit_for_bit(dtype: Any, policy: str) -> None:
    first, columns, moves = recording(dtype)
    online = reward(faults=policy)
    online.reset(first)
    last = np.zeros(SIZE, bool)
    outs = [online.step(m, truncated=~last if m is moves[-1] else last) for m in moves]
    out = reward(faults=policy).evaluate(columns)
    assert out.reward.dtype == dtype and out.reward.shape == (SIZE, STEPS)
    for k, step in enumerate(outs):
        assert np.array_equal(out.reward[:, k], step.reward)
        assert np.array_equal(out.valid[:, k], step.valid)
        assert np.array_equal(out.terminated[:, k], step.terminated)
        for name in step.weighted:
            assert np.array_equal(out.weighted[name][:, k], step.weighted[name])
        for name in step.metrics:
            assert np.array_equal(out.metrics[name][:, k], step.metrics[name])
    assert out.faults.count == sum(step.faults.count for step in outs)


def test_flat_rows_give_what_padded_rows_give() -> None:
    _, columns, _ = recording()
    lengths = [5, 2, 3]
    padded = reward().evaluate(columns, lengths=lengths)
    table, ids, initial = flat(columns, lengths)
    out = reward().evaluate(table, episode=ids, initial=initial)
    expected = np.concatenate([padded.reward[e, :n] for e, n in enumerate(lengths)])
    assert np.array_equal(out.reward, expected)
    assert out.valid.shape == (10,) and out.terms["near"].shape == (10,)
    named = reward().evaluate(table, episode=np.array(list("aaaaabbccc")), initial=initial)
    assert np.array_equal(named.reward, expected)


def test_padding_is_zero_and_not_valid_whatever_stands_there() -> None:
    _, columns, _ = recording(faults=False)
    lengths = [5, 2, 3]
    out = reward().evaluate(columns, lengths=lengths)
    for column in columns.values():
        if column.dtype.kind == "f":
            for e, n in enumerate(lengths):
                column[e, column.shape[1] - STEPS + n :] = np.nan
    again = reward().evaluate(columns, lengths=np.array(lengths))
    assert np.array_equal(out.reward, again.reward) and again.faults.count == 0
    real = np.arange(STEPS) < np.array(lengths)[:, None]
    assert np.array_equal(again.valid, real) and not again.reward[~real].any()
    assert not again.terminated[~real].any()


def test_each_episode_starts_from_its_own_reset() -> None:
    _, columns, _ = recording(faults=False)
    whole = reward().evaluate(columns)
    for e in range(SIZE):
        alone = reward().evaluate({n: c[e : e + 1] for n, c in columns.items()})
        assert np.array_equal(whole.reward[e], alone.reward[0])


def test_per_episode_columns_are_short_or_repeated() -> None:
    _, columns, _ = recording(faults=False)
    mass = np.array([1.0, 2.0, 4.0])
    padded = reward().evaluate({**columns, "mass": mass})
    assert np.array_equal(padded.terms["effort"], columns["action"][:, :, 0] / mass[:, None])
    table, ids, initial = flat(columns, [5, 5, 5])
    for column in (mass, np.repeat(mass, 5)):
        out = reward().evaluate({**table, "mass": column}, episode=ids, initial=initial)
        assert np.array_equal(out.reward, padded.reward.reshape(-1))
    changing = np.repeat(mass, 5)
    changing[6] = 3.0
    with pytest.raises(RewardError) as caught:
        reward().evaluate({**table, "mass": changing}, episode=ids, initial=initial)
    assert caught.value.diagnostics[0].code == "RW618"


def test_evaluate_leaves_the_loop_alone() -> None:
    first, columns, moves = recording(faults=False)
    disturbed, calm = reward(), reward()
    for r in (disturbed, calm):
        r.reset(first)
        r.step(moves[0])
    disturbed.evaluate(columns)
    assert np.array_equal(disturbed.step(moves[1]).reward, calm.step(moves[1]).reward)
    assert (disturbed.steps, disturbed.episodes) == (calm.steps, calm.episodes)


def test_columns_are_not_changed() -> None:
    _, columns, _ = recording()
    before = {n: c.copy() for n, c in columns.items()}
    reward().evaluate(columns)
    for name, column in columns.items():
        assert np.array_equal(column, before[name], equal_nan=column.dtype.kind == "f")


def test_flags_may_be_columns_or_keywords() -> None:
    _, columns, _ = recording(faults=False)
    ends = np.zeros((SIZE, STEPS), bool)
    ends[:, -1] = True
    as_column = reward().evaluate({**columns, "terminated": ends})
    as_keyword = reward().evaluate(columns, terminated=ends)
    assert np.array_equal(as_column.reward, as_keyword.reward)


EMPTY = np.zeros((0, STEPS))
BAD: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("RW600", {"speed": None}, {}),
    ("RW601", {"sped": np.ones((SIZE, STEPS))}, {}),
    ("RW602", {"speed": np.ones(STEPS)}, {}),
    ("RW602", {"speed": np.ones((SIZE, STEPS, 1))}, {}),
    ("RW602", {"height": np.ones((SIZE, STEPS))}, {}),
    ("RW602", {"action": np.ones((SIZE, STEPS, 3))}, {}),
    ("RW602", {"mass": np.ones(SIZE + 1)}, {}),
    ("RW613", {"speed": EMPTY}, {}),
    ("RW613", {"speed": np.zeros((SIZE, 0))}, {}),
    ("RW612", {}, {"terminated": np.ones((SIZE, STEPS), bool)}),
    ("RW612", {}, {"truncated": np.ones((SIZE, STEPS), bool)}),
    ("RW614", {}, {"lengths": [1, 2]}),
    ("RW614", {}, {"lengths": [1.0, 2.0, 3.0]}),
    ("RW615", {}, {"lengths": [1, 0, 3]}),
    ("RW615", {}, {"lengths": [1, 6, 3]}),
    ("RW619", {}, {"terminated": np.zeros((SIZE, STEPS))}),
    ("RW619", {}, {"truncated": np.zeros(SIZE, bool)}),
    ("RW642", {"terminated": np.zeros((SIZE, STEPS), bool)},
     {"terminated": np.zeros((SIZE, STEPS), bool)}),
    ("RW643", {}, {"initial": {"height": np.ones(SIZE)}}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "changes", "options"), BAD)
def test_bad_recorded_data_is_refused(
    code: str, changes: dict[str, Any], options: dict[str, Any]
) -> None:
    _, columns, _ = recording(faults=False)
    columns.update(changes)
    columns = {n: c for n, c in columns.items() if c is not None}
    with pytest.raises(RewardError) as caught:
        reward().evaluate(columns, **options)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert str(caught.value)
    for name in changes:
        assert name in str(caught.value)


FLAT_BAD: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("RW616", {}, {"episode": np.zeros((15, 1), int)}),
    ("RW616", {}, {"episode": np.zeros(15)}),
    ("RW617", {}, {"episode": np.arange(15) % 2}),
    ("RW602", {"speed": np.ones(14)}, {}),
    ("RW602", {"mass": np.ones(4)}, {}),
    ("RW613", {}, {"episode": np.zeros(0, int)}),
    ("RW643", {}, {"lengths": [5, 5, 5]}),
    ("RW644", {}, {"initial": None}),
    ("RW602", {}, {"initial": {"height": np.ones(15)}}),
    ("RW611", {}, {"initial": {"height": np.ones(3), "speed": np.ones(3)}}),
    ("RW601", {}, {"initial": {"hight": np.ones(3)}}),
]


@pytest.mark.parametrize(("code", "changes", "options"), FLAT_BAD)
def test_bad_flat_data_is_refused(
    code: str, changes: dict[str, Any], options: dict[str, Any]
) -> None:
    _, columns, _ = recording(faults=False)
    table, ids, initial = flat(columns, [5, 5, 5])
    call = {"episode": ids, "initial": initial, **options}
    with pytest.raises(RewardError) as caught:
        reward().evaluate({**table, **changes}, **call)
    assert caught.value.diagnostics[0].code == code
