"""A step reads no number back: tensors of the `meta` device have none, and whoever asks is told."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import rewardlang
from tests.agree import generated
from tests.agree import test_machines as machines
from tests.agree.test_torch import tensors
from tests.temporal.test_in_a_loop import WALK, _columns

STATE_INPUTS = ("x", "v", "d")


def _run(reward: Any, columns: dict[str, Any], state: tuple[str, ...], steps: int) -> Any:
    given = {name: x.to("meta") for name, x in tensors(columns).items()}
    size = next(iter(given.values())).shape[0]
    mask = torch.zeros(size, dtype=torch.bool, device="meta")
    start = {name: given[name][:, 0] for name in state}
    reward.reset(start)
    for t in range(steps):
        row = {name: x[:, t + (name in state)] for name, x in given.items()}
        out = reward.step(row, mask, mask, active=mask if t % 2 else None)
        reward.reset(start, mask)
        read = (out.reward, out.terminated, out.success, out.valid, out.terms, out.weighted)
        assert all(x is not None for x in read)
    return out


@pytest.mark.parametrize("policy", ["hold", "zero", "terminate"])
@pytest.mark.parametrize("seed", range(6))
def test_generated_programs(seed: int, policy: str) -> None:
    reward = rewardlang.parse(generated.program(seed)).compile(
        "torch", device="meta", faults=policy
    )
    columns = generated.data(seed, 4, 6, "float32", 0.1)
    out = _run(reward, columns, STATE_INPUTS, 6)
    assert out.reward.shape == (4,)
    with pytest.raises((RuntimeError, NotImplementedError)):  # this does ask
        out.faults.count  # noqa: B018


def test_formulas_and_machines() -> None:
    import numpy as np

    reward = rewardlang.parse(WALK).compile("torch", device="meta")
    _run(reward, _columns(np.random.default_rng(0), 4, 12), ("height",), 12)
    for seed in range(8):
        program = rewardlang.parse(machines.drawn(seed).text)
        _run(program.compile("torch", device="meta"), machines.trace(seed, 6), ("x",), 6)
