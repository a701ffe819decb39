"""What a captured graph needs, without a device that captures: all that a loop remembers stays in
the memory it had, where a replay reads it, and no number of the host changes from call to call."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from rewardlang.tensors import engine, loop
from tests.tensors.test_functional import SIZE, compiled, data


def remembered(reward: Any) -> list[torch.Tensor]:
    environments, made = reward._loop.environments, reward._engine
    memory = [x for part in environments.memory for x in part]
    latched = list(environments.latched.values())
    counts = [made.run.clock, made.run.episodes, made.run._skipped, made.faults._total]
    return [*memory, *latched, environments.born, *counts]


def numbers(where: Any) -> dict[str, Any]:
    plain = (bool, int, float, str, type(None))
    own = {"_unchecked", "_form"}  # of calls that are neither captured nor compiled
    return {n: x for n, x in vars(where).items() if isinstance(x, plain) and n not in own}


def test_everything_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = compiled(check=False), compiled(check=False)
    begun, steps = data()
    mask = torch.arange(SIZE) % 2 == 0
    for reward in (ours, theirs):
        reward.reset(begun)
        reward.step(steps[0])
    places = [x.data_ptr() for x in remembered(theirs)]
    for values in steps[1:]:
        values["speed"][1] = float("nan")
        expected = ours.step(values, active=~mask)
        ours.reset(begun, mask)
        with monkeypatch.context() as patched:
            for module in (engine, loop):
                patched.setattr(module, "is_captured", lambda device: True)
            kept = [numbers(x) for x in (theirs._loop, theirs._loop.environments, theirs._engine)]
            found = theirs.step(values, active=~mask)
            theirs.reset(begun, mask)
            after = [numbers(x) for x in (theirs._loop, theirs._loop.environments, theirs._engine)]
        assert kept == after
        assert torch.equal(found.reward, expected.reward)
        assert [x.data_ptr() for x in remembered(theirs)] == places
        for a, b in zip(remembered(ours), remembered(theirs), strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)
    assert (ours.steps, ours.episodes) == (theirs.steps, theirs.episodes)
    assert ours.faults.counts == theirs.faults.counts


def test_a_capture_may_begin_with_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    reward = compiled(check=False)
    begun, steps = data()
    reward.reset(begun)
    for module in (engine, loop):
        monkeypatch.setattr(module, "is_captured", lambda device: True)
    for values in steps[:3]:
        reward.step(values)
    assert reward.steps == 3 * SIZE
