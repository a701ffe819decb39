"""Meta-World, its v2 rewards: three of the tasks, by chance and by Meta-World's own policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rewardlang.adapters.transition import Transition
from tests.conformance.live import Case, Comparison, Env


def made(task: str) -> Callable[[], Env]:
    def make() -> Env:
        import gymnasium

        env: Env = gymnasium.make("Meta-World/MT1", env_name=task, seed=0)
        return env

    return make


def expert(name: str) -> Callable[[Env, Any, np.random.Generator], Any]:
    """Meta-World's scripted policy with noise, or chance, in turns of 50 steps."""
    turns = {"step": 0}

    def act(env: Env, observation: Any, chance: np.random.Generator) -> Any:
        from metaworld import policies

        turns["step"] += 1
        if turns["step"] // 50 % 3 == 0:
            return env.action_space.sample()
        action = getattr(policies, name)().get_action(observation)
        noise = chance.normal(scale=0.1, size=4)
        return np.clip(action + noise, -1, 1).astype(np.float32)

    return act


def read(value: Callable[[Any], Any]) -> Callable[[Transition], Any]:
    def found(transition: Transition) -> Any:
        return np.asarray(value(transition.env.unwrapped), float)

    return found


TARGET = read(lambda e: e._target_pos)
TCP = read(lambda e: e.tcp_center)
TCP_AT_RESET = read(lambda e: e.init_tcp)


def case(task: str, file: str, policy: str, bind: dict[str, Any]) -> Case:
    return Case(
        f"Meta-World {task}",
        f"environments/metaworld/{file}.reward",
        make=made(task),
        package="metaworld",
        modules=("metaworld",),
        bind={"target": TARGET, **bind},
        policy=expert(policy),
        note="scripted policy and chance in turns",
    )


CASES = (
    case(
        "reach-v3",
        "reach",
        "SawyerReachV3Policy",
        {"tcp": TCP, "hand_at_reset": read(lambda e: e.hand_init_pos)},
    ),
    case(
        "drawer-open-v3",
        "drawer_open",
        "SawyerDrawerOpenV3Policy",
        {
            "gripper": "observation[0:3]",
            "handle": "observation[4:7]",
            "tcp_at_reset": TCP_AT_RESET,
            "travel": lambda t: float(t.env.unwrapped.maxDist),
        },
    ),
    case(
        "window-open-v3",
        "window_open",
        "SawyerWindowOpenV3Policy",
        {
            "tcp": TCP,
            "handle": read(lambda e: e._get_pos_objects()),
            "tcp_at_reset": TCP_AT_RESET,
            "handle_at_reset": read(lambda e: e.window_handle_pos_init),
            "object_at_reset": read(lambda e: e.obj_init_pos),
        },
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_task_pays_what_the_file_says(
    case: Case, conforming: Callable[[Case], Comparison]
) -> None:
    conforming(case)
