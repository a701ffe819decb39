"""Gymnasium-Robotics: Fetch, the Shadow hand, Adroit, mazes and the kitchen.

Chance hardly ever reaches a goal here. So the policies bring goal or object near each other now and
then, by setting the simulation's state; what the environment pays for it is still its own affair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.conformance.live import Case, Comparison, Env, Policy

FOLDER = "environments/robotics"
DENSE = {"sparse": False}
ROTATION = {"position_counts": False}


def goal_moved_near(spread: float, turn: float = 0.0, effort: float = 1.0) -> Policy:
    """Random actions; on every fourth step the goal is put beside what has been achieved."""

    def act(env: Env, observation: Any, chance: np.random.Generator) -> Any:
        if chance.random() < 0.25:
            goal = np.array(observation["achieved_goal"])
            goal[:3] += chance.normal(scale=spread, size=3)
            if turn:
                goal[3:] += chance.normal(scale=turn, size=4)
                goal[3:] /= np.linalg.norm(goal[3:])
            env.unwrapped.goal = goal  # type: ignore[attr-defined]
        return (effort * env.action_space.sample()).astype(np.float32)

    return act


def to_the_goal(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    way = observation["desired_goal"] - observation["achieved_goal"]
    noise = chance.normal(scale=0.3, size=way.shape)
    action = np.array(env.action_space.sample())
    action[: len(way)] = np.clip(10 * way + noise, -1, 1)
    return action


def joints_set(places: slice, low: float, high: float) -> Policy:
    """Random actions; now and then these joints are put somewhere between `low` and `high`."""

    def act(env: Env, observation: Any, chance: np.random.Generator) -> Any:
        if chance.random() < 0.2:
            position = env.unwrapped.data.qpos  # type: ignore[attr-defined]
            position[places] = chance.uniform(low, high, size=position[places].shape)
        return env.action_space.sample()

    return act


def ball_brought(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    if chance.random() < 0.2:
        position = env.unwrapped.data.qpos  # type: ignore[attr-defined]
        position[30:33] -= observation[36:39] * chance.uniform(0.5, 1.0)
    return env.action_space.sample()


def target_turned(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    """Now and then the target points nearly where the pen does."""
    if chance.random() < 0.2:
        inner: Any = env.unwrapped
        near = inner.data.xquat[inner.obj_body_id] + chance.normal(scale=0.08, size=4)
        inner.model.body_quat[inner.target_obj_body_id] = near / np.linalg.norm(near)
    return env.action_space.sample()


# Where each task of the kitchen has its joints, and where they are to be.
KITCHEN = (
    (slice(11, 13), (-0.88, -0.01)),
    (slice(15, 17), (-0.92, -0.01)),
    (slice(17, 19), (-0.69, -0.05)),
    (slice(19, 20), (0.37,)),
    (slice(20, 22), (0.0, 1.45)),
    (slice(22, 23), (-0.75,)),
    (slice(23, 30), (-0.23, 0.75, 1.62, 0.99, 0.0, 0.0, -0.06)),
)


def kitchen_helped(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    if chance.random() < 0.1:
        places, goal = KITCHEN[chance.integers(len(KITCHEN))]
        env.unwrapped.data.qpos[places] = goal  # type: ignore[attr-defined]
    return env.action_space.sample()


def robotics(environment: str, file: str, policy: Policy, **given: Any) -> Case:
    return Case(
        environment,
        f"{FOLDER}/{file}.reward",
        package="gymnasium-robotics",
        modules=("gymnasium_robotics",),
        policy=policy,
        **given,
    )


def both(name: str, version: int, file: str, policy: Policy, **given: Any) -> tuple[Case, Case]:
    """The sparse and the dense form of an environment."""
    params = given.pop("params", {})
    return (
        robotics(f"{name}-v{version}", file, policy, params=params, **given),
        robotics(f"{name}Dense-v{version}", file, policy, params={**params, **DENSE}, **given),
    )


def adroit(task: str, policy: Policy) -> tuple[Case, Case]:
    file = f"adroit_{task.lower()}"
    sparse = robotics(f"AdroitHand{task}Sparse-v1", file, policy, params={"sparse": True})
    return robotics(f"AdroitHand{task}-v1", file, policy), sparse


NEAR = goal_moved_near(0.04)
IN_HAND = goal_moved_near(0.005, 0.04)
MOVED = "goals are moved near on some steps"

CASES = (
    *both("FetchReach", 4, "fetch", to_the_goal),
    *both("FetchPush", 4, "fetch", NEAR, note=MOVED),
    *both("FetchSlide", 4, "fetch", NEAR, note=MOVED),
    *both("FetchPickAndPlace", 4, "fetch", NEAR, note=MOVED),
    *both("HandReach", 3, "hand_reach", goal_moved_near(0.004, effort=0.02), note=MOVED),
    *both("HandManipulateBlock", 1, "hand_manipulate", IN_HAND, note=MOVED),
    *both("HandManipulateBlockFull", 1, "hand_manipulate", IN_HAND, note=MOVED),
    *both("HandManipulateEgg", 1, "hand_manipulate", IN_HAND, note=MOVED),
    *(
        case
        for task in ("BlockRotateZ", "BlockRotateParallel", "BlockRotateXYZ", "EggRotate")
        for case in both(
            f"HandManipulate{task}", 1, "hand_manipulate", IN_HAND, params=ROTATION, note=MOVED
        )
    ),
    *both("HandManipulateBlock_ContinuousTouchSensors", 1, "hand_manipulate", IN_HAND, note=MOVED),
    *both("HandManipulatePen", 1, "hand_manipulate_pen", IN_HAND, note=MOVED),
    *both(
        "HandManipulatePenRotate", 1, "hand_manipulate_pen", IN_HAND, params=ROTATION, note=MOVED
    ),
    *adroit("Door", joints_set(slice(28, 29), 0.0, 1.57)),
    *adroit("Hammer", joints_set(slice(26, 27), -0.1, 0.1)),
    *adroit("Pen", target_turned),
    *adroit("Relocate", ball_brought),
    *both("PointMaze_Open", 3, "maze", to_the_goal, ends=False),
    *both("PointMaze_UMaze", 3, "maze", to_the_goal, ends=False),
    robotics(
        "PointMaze_Open-v3",
        "maze",
        to_the_goal,
        arguments={"continuing_task": False},
        params={"continuing": False},
    ),
    robotics("AntMaze_UMazeDense-v5", "maze", to_the_goal, params=DENSE, ends=False),
    robotics("AntMaze_OpenDense-v5", "maze", to_the_goal, params=DENSE, ends=False),
    robotics(
        "FrankaKitchen-v1",
        "franka_kitchen",
        kitchen_helped,
        note="things are put in place on some steps",
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_environment_pays_what_the_file_says(
    case: Case, conforming: Callable[[Case], Comparison]
) -> None:
    conforming(case)
