"""`stdlib/envs` against the environments themselves: each slot of an observation has one name.

Observations are replaced by their own places, 0, 1, 2 .., so that what a binding reads says where
it reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from rewardlang import driver
from rewardlang.adapters.paths import follow, parse_path
from rewardlang.check.typed import InputDecl
from tests.conformance.live import Case, made

ENVIRONMENTS = {
    "acrobot": "Acrobot-v1",
    "ant": "Ant-v5",
    "cart_pole": "CartPole-v1",
    "fetch_pick_and_place": "FetchPickAndPlace-v4",
    "fetch_push": "FetchPush-v4",
    "fetch_reach": "FetchReach-v4",
    "fetch_slide": "FetchSlide-v4",
    "half_cheetah": "HalfCheetah-v5",
    "hand_manipulate": "HandManipulateBlock-v1",
    "hand_reach": "HandReach-v3",
    "highway": "highway-v0",
    "hopper": "Hopper-v5",
    "humanoid": "Humanoid-v5",
    "humanoid_standup": "HumanoidStandup-v5",
    "inverted_double_pendulum": "InvertedDoublePendulum-v5",
    "inverted_pendulum": "InvertedPendulum-v5",
    "meta_world": "Meta-World/MT1",
    "mini_grid": "MiniGrid-Empty-5x5-v0",
    "mountain_car": "MountainCar-v0",
    "mountain_car_continuous": "MountainCarContinuous-v0",
    "pendulum": "Pendulum-v1",
    "pusher": "Pusher-v5",
    "reacher": "Reacher-v5",
    "swimmer": "Swimmer-v5",
    "walker2d": "Walker2d-v5",
}
MODULES = {
    "Fetch": "gymnasium_robotics",
    "Hand": "gymnasium_robotics",
    "Meta-World": "metaworld",
    "MiniGrid": "minigrid",
    "highway": "highway_env",
}
PARTS = {"fetch", "hand"}  # what others of these use
AGENTS = {"simple_spread", "vmas_transport"}  # of several agents: compared in test_many.py


def inputs_of(name: str) -> dict[str, InputDecl]:
    """All inputs that `use envs.<name>` brings, those of the files it uses itself included."""
    return dict(driver.parse(f"use envs.{name}\n").inputs)


def environment_of(name: str) -> gymnasium.Env[Any, Any]:
    environment = ENVIRONMENTS[name]
    arguments = {"env_name": "drawer-open-v3"} if name == "meta_world" else {}
    found = (module for start, module in MODULES.items() if environment.startswith(start))
    module = next(found, "mujoco" if environment.endswith("v5") else "numpy")
    return made(Case(environment, "", arguments=arguments, modules=(module,)))


def numbered(space: spaces.Space[Any]) -> tuple[Any, int]:
    """The places of an observation in its own form, and how many there are. Texts have none."""
    if isinstance(space, spaces.Dict):
        parts, start = {}, 0
        numbers = {key: part for key, part in space.spaces.items() if part.shape is not None}
        for key, part in numbers.items():
            places, size = numbered(part)
            parts[key], start = places + start, start + size
        return parts, start
    assert space.shape is not None
    size = int(np.prod(space.shape))
    return np.arange(size).reshape(space.shape), size


def paths(declared: dict[str, InputDecl], root: str) -> Iterator[tuple[InputDecl, Any]]:
    for one in declared.values():
        assert one.binding is not None, f"{one.name} is bound to nothing"
        path = parse_path("".join(one.binding))
        if path.root == root:
            yield one, path


def test_every_library_file_is_compared_with_its_environment() -> None:
    found = files("rewardlang.stdlib").joinpath("envs").iterdir()
    names = {path.name.removesuffix(".reward") for path in found if path.name.endswith(".reward")}
    assert names == ENVIRONMENTS.keys() | PARTS | AGENTS


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_slot_of_the_observation_has_one_name(name: str) -> None:
    env = environment_of(name)
    places, size = numbered(env.observation_space)
    env.close()
    read = []
    for one, path in paths(inputs_of(name), "observation"):
        found = np.asarray(follow(places, path))
        assert found.shape == one.type.shape, one.name
        assert one.level.index.name == "STATE", one.name
        read += found.ravel().tolist()
    assert sorted(read) == list(range(size))


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_actions_infos_ranges_and_levels_are_those_of_the_environment(
    name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where MuJoCo leaves its log
    env = environment_of(name)
    env.action_space.seed(0)
    observation, begun = env.reset(seed=0)
    action = env.action_space.sample()
    observation, _, _, _, info = env.step(action)
    roots = {"observation": observation, "action": action, "info": info}
    declared = inputs_of(name)
    for root, value in roots.items():
        for one, path in paths(declared, root):
            found = np.asarray(follow(value, path))
            assert found.shape == one.type.shape, one.name
            if one.range is not None:
                assert one.range.lo <= found.min() and found.max() <= one.range.hi, one.name
            if root == "info" and one.level.index.name == "STATE":
                follow(begun, path)  # there at a reset too
    assert sum(1 for _ in paths(declared, "action")) == 1
    env.close()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_time_step_is_that_of_the_environment(name: str) -> None:
    env = environment_of(name)
    seconds = driver.parse(f"use envs.{name}\n").checked.timestep
    inner: Any = env.unwrapped
    known = next((getattr(inner, k) for k in ("dt", "tau") if hasattr(inner, k)), None)
    if "policy_frequency" in getattr(inner, "config", {}):  # highway-env
        known = 1 / inner.config["policy_frequency"]
    env.close()
    assert seconds == (None if known is None else pytest.approx(known))
