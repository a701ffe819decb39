"""Meta-World's own rewards on recorded transitions, two random and two expert episodes each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rewardlang

Columns = dict[str, np.ndarray[Any, Any]]
BACKENDS = ("numpy", "numba")


def inputs(task: str, data: Columns) -> dict[str, Any]:
    """The program's inputs among the recording's columns."""
    episode = np.unique(data["episode"], return_index=True)[1]
    at_reset = {
        name: data[column][episode].astype(float)
        for name, column in {
            "target": "const_target_pos",
            "tcp_at_reset": "const_init_tcp",
            "hand_at_reset": "const_hand_init_pos",
            "object_at_reset": "const_obj_init_pos",
            "handle_at_reset": "const_window_handle_pos_init",
            "travel": "const_maxDist",
        }.items()
        if column in data
    }
    rows = {
        "tcp": data["tcp_center"],
        "gripper": data["obs_after"][:, :3],
        "handle": data["obs_after"][:, 4:7] if task == "drawer-open" else data["obj_pos_raw"],
    }
    return rows | at_reset


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("task", ["reach", "drawer-open", "window-open"])
def test_the_recorded_reward_is_paid_on_every_row(
    task: str, backend: str, examples: Path, recorded: Callable[[str], Columns]
) -> None:
    data = recorded(f"metaworld/{task}-v3.npz")
    file = examples / "environments" / "metaworld" / f"{task.replace('-', '_')}.reward"
    program = rewardlang.load(file)
    columns = {n: v for n, v in inputs(task, data).items() if n in program.inputs}
    out = program.compile(backend).evaluate(columns, episode=data["episode"])
    assert np.abs(out.reward - data["reward"]).max() < 1e-6
    assert np.array_equal(out.success, data["info_success"] == 1)
    assert out.success.any() and not out.success.all()
    assert len(out.faults) == 0
