"""Several agents or objectives, a road, a grid: MPE2, VMAS, MO-Gymnasium, highway-env, MiniGrid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest

from rewardlang import load, parse
from rewardlang.adapters.paths import follow, parse_path
from rewardlang.adapters.transition import Transition
from rewardlang.gymnasium import RewardWrapper
from tests.conformance.live import EXAMPLES, Case, Comparison, Env, require


class Together(gymnasium.Env[Any, Any]):
    """A parallel environment of PettingZoo, all agents at once: a vector of their rewards."""

    def __init__(self, parallel: Any) -> None:
        self.parallel = parallel
        self.names = list(parallel.possible_agents)
        counts = [parallel.action_space(name).n for name in self.names]
        self.action_space = gymnasium.spaces.MultiDiscrete(counts)
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (1,))
        self.reward_space = gymnasium.spaces.Box(-np.inf, np.inf, (len(counts),))

    @property
    def world(self) -> Any:
        return self.parallel.unwrapped.world

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.parallel.reset(seed=seed)
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        actions = dict(zip(self.names, action.tolist(), strict=True))
        _, rewards, _, truncations, _ = self.parallel.step(actions)
        paid = np.array([rewards[name] for name in self.names])
        return np.zeros(1, np.float32), paid, False, all(truncations.values()), {}


def spread() -> Env:
    from mpe2 import simple_spread_v3

    return Together(simple_spread_v3.parallel_env(N=3, max_cycles=25))


class Transport(gymnasium.Env[Any, Any]):
    """One world of VMAS's transport, its agents acting together; they share the reward."""

    def __init__(self) -> None:
        import vmas

        self.vmas = vmas.make_env("transport", num_envs=1, device="cpu", seed=0)
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (1,))
        self.action_space = gymnasium.spaces.Box(-1, 1, (self.vmas.n_agents, 2))

    @property
    def package(self) -> Any:
        return self.vmas.scenario.packages[0]

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.vmas.reset(seed=seed)
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        import torch

        actions = [torch.tensor(one[None], dtype=torch.float32) for one in action]
        _, rewards, _, _ = self.vmas.step(actions)
        return np.zeros(1, np.float32), float(rewards[0][0]), False, False, {}


def package_carried(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    """The package is put somewhere on some steps: pushed by chance it hardly moves."""
    import torch

    if chance.random() < 0.3:
        place = torch.tensor(chance.uniform(-1, 1, (1, 2)), dtype=torch.float32)
        env.unwrapped.package.set_pos(place, batch_index=None)  # type: ignore[attr-defined]
    return env.action_space.sample()


def package_distance(transition: Transition) -> Any:
    import torch

    package: Any = transition.env.unwrapped.package
    way = package.state.pos - package.goal.state.pos
    return torch.linalg.vector_norm(way, dim=1)[0].numpy()


def hopper() -> Env:
    import mo_gymnasium

    env: Env = mo_gymnasium.make("mo-hopper-v5")
    return env


def towards_each_other(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    """Agents start close now and then, so that they touch."""
    if chance.random() < 0.1:
        for agent in env.unwrapped.world.agents:  # type: ignore[attr-defined]
            agent.state.p_pos = chance.uniform(-0.3, 0.3, 2)
    return env.action_space.sample()


def forward_turning_little(env: Env, observation: Any, chance: np.random.Generator) -> Any:
    return int(chance.choice([0, 1, 2, 2, 2, 2]))


def of_world(read: Callable[[Any], Any]) -> Callable[[Transition], Any]:
    def found(transition: Transition) -> Any:
        return np.array(read(transition.env.unwrapped.world))

    return found


def of_vehicle(read: Callable[[Any, Any], Any]) -> Callable[[Transition], Any]:
    def found(transition: Transition) -> Any:
        env: Any = transition.env.unwrapped
        return read(env, env.vehicle)

    return found


def reached(transition: Transition) -> bool:
    env: Any = transition.env.unwrapped
    under = env.grid.get(*env.agent_pos)
    return under is not None and under.type == "goal"


GRID: dict[str, Any] = {
    "reached": reached,
    "taken": lambda t: int(t.env.unwrapped.step_count),
    "allowed": lambda t: int(t.env.unwrapped.max_steps),
}
ROAD: dict[str, Any] = {
    "crashed": of_vehicle(lambda e, v: bool(v.crashed)),
    "on_road": of_vehicle(lambda e, v: bool(v.on_road)),
    "lane": of_vehicle(lambda e, v: int(v.target_lane_index[2])),
    "lanes": of_vehicle(lambda e, v: len(e.road.network.all_side_lanes(v.lane_index))),
    "speed": of_vehicle(lambda e, v: float(v.speed * np.cos(v.heading))),
}

CASES = (
    Case(
        "MPE2 simple_spread_v3",
        "environments/mpe2/simple_spread.reward",
        make=spread,
        package="mpe2",
        modules=("mpe2",),
        bind={
            "place": of_world(lambda w: [a.state.p_pos for a in w.agents]),
            "landmark": of_world(lambda w: [x.state.p_pos for x in w.landmarks]),
        },
        policy=towards_each_other,
        note="one reward for each agent",
    ),
    Case(
        "mo-hopper-v5",
        "environments/mo_gymnasium/mo_hopper.reward",
        make=hopper,
        package="mo-gymnasium",
        modules=("mo_gymnasium",),
        note="three objectives, kept apart; the environment rounds them to float32",
    ),
    Case(
        "VMAS transport",
        "environments/vmas/transport.reward",
        make=Transport,
        package="vmas",
        modules=("vmas",),
        bind={
            "distance": package_distance,
            "on_goal": lambda t: bool(t.env.unwrapped.package.on_goal[0]),
        },
        policy=package_carried,
        longest=100,
        dtype="float32",
        note="in float32 throughout; the package is put elsewhere on some steps",
    ),
    Case(
        "highway-v0",
        "environments/highway/highway.reward",
        steps=150,
        package="highway-env",
        modules=("highway_env",),
        bind=ROAD,
    ),
    Case(
        "highway-fast-v0",
        "environments/highway/highway.reward",
        steps=300,
        package="highway-env",
        modules=("highway_env",),
        bind=ROAD,
    ),
    *(
        Case(
            name,
            "environments/minigrid/goal.reward",
            steps=4000,
            package="minigrid",
            modules=("minigrid",),
            bind=GRID,
            policy=forward_turning_little,
        )
        for name in ("MiniGrid-Empty-5x5-v0", "MiniGrid-Empty-Random-6x6-v0")
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_environment_pays_what_the_file_says(
    case: Case, conforming: Callable[[Case], Comparison]
) -> None:
    conforming(case)


@pytest.mark.slow
def test_the_driving_is_told_of_the_road_as_it_is() -> None:
    """Of `examples/temporal/driving.reward`: the headway, and that a crash ends and costs."""
    require(Case("highway-fast-v0", "", modules=("highway_env",)))
    inner = gymnasium.make("highway-fast-v0", config={"vehicles_count": 4})
    env = RewardWrapper(inner, load(EXAMPLES / "temporal" / "driving.reward"))
    road: Any = inner.unwrapped
    chance, crashes, close = np.random.default_rng(0), 0, 0
    for episode in range(6):
        env.reset(seed=episode)
        headways, over = [_headway(road)], False
        while not over:
            _, paid, ended, cut, info = env.step(int(chance.choice([0, 1, 2, 3, 3])))
            headways.append(_headway(road))
            expected = np.clip(max(headways[-3:]) - 1, -1, 1) if len(headways) > 2 else 0
            assert info["reward/clear"] == pytest.approx(expected, abs=1e-4)
            assert info["reward/crash"] == (-10 if ended else 0)
            close += expected < 0
            over = ended or cut
        assert ended == road.vehicle.crashed == (not info["episode_terms"]["spec/safe"])
        crashes += ended
    env.close()
    assert close and 0 < crashes < 6


def _headway(env: Any) -> float:
    own = env.vehicle
    ways = [(other.position - own.position).tolist() for other in env.road.vehicles]
    ahead = [x for x, y in ways if 0 < x and abs(y) < 2]
    return float((min([200.0, *ahead]) - 5) / max(own.speed, 1.0))


SPREAD = """use envs.simple_spread

let one = norm(first_other over xy)
let two = norm(second_other over xy)

term first weight 0.5 = -min(norm(first_landmark over xy) over agent)
term second weight 0.5 = -min(norm(second_landmark over xy) over agent)
term third weight 0.5 = -min(norm(third_landmark over xy) over agent)
term bumped : real[agent] weight -0.5 = real(one < 0.3) + real(two < 0.3)
"""


@pytest.mark.slow
def test_what_agents_see_in_simple_spread_pays_what_the_environment_does() -> None:
    require(Case("MPE2 simple_spread_v3", "", modules=("mpe2",)))
    from mpe2 import simple_spread_v3

    from rewardlang.pettingzoo import RewardParallelEnv

    own = simple_spread_v3.parallel_env(N=3, max_cycles=50)
    env = RewardParallelEnv(simple_spread_v3.parallel_env(N=3, max_cycles=50), parse(SPREAD))
    own.reset(seed=3)
    env.reset(seed=3)
    sizes = {name: env.observation_space(name).shape for name in own.possible_agents}
    assert set(sizes.values()) == {(18,)}
    chance = np.random.default_rng(3)
    bumps = 0
    for step in range(50):
        for world in (own.unwrapped.world, env.unwrapped.world):
            if step % 5 == 0:  # close together, so that they touch
                for number, agent in enumerate(world.agents):
                    agent.state.p_pos = np.array([0.2 * number, 0.1])
        actions = {name: int(chance.integers(5)) for name in own.agents}
        _, expected, *_ = own.step(actions)
        _, paid, *_ = env.step(actions)
        bumps += len(set(expected.values())) > 1
        for name in expected:
            assert paid[name] == pytest.approx(expected[name], abs=1e-6)
    assert bumps > 0


TRANSPORT = """use envs.vmas_transport

let left = norm(package_left[agent: 0])
let there = package_on_goal[agent: 0] > 0.5

term nearer = if there then 0 else 100 * previous(left) / 1<m> - 100 * left / 1<m>
"""


@pytest.mark.slow
def test_what_agents_see_in_transport_pays_what_the_environment_does() -> None:
    require(Case("VMAS transport", "", modules=("vmas",)))
    import torch
    import vmas

    worlds, n = vmas.make_env("transport", num_envs=8, device="cpu", seed=1), 8
    program = parse(TRANSPORT)
    reward = program.compile(backend="numpy", dtype="float32")

    def seen(observations: list[Any]) -> dict[str, Any]:
        stacked = torch.stack(observations, 1).numpy()
        values = {}
        for name, one in program.inputs.items():
            assert one.binding is not None
            path = parse_path("".join(one.binding))
            if path.root == "observation":
                whole = [follow(row, path) for row in stacked.reshape(-1, stacked.shape[-1])]
                values[name] = np.reshape(whole, (n, *one.type.shape))
        assert sum(v[0].size for v in values.values()) == stacked[0].size
        return values

    reward.reset(seen(worlds.reset(seed=1)))
    chance = np.random.default_rng(1)
    # Torch's norm may round a float32 the other way; rewards are differences of up to 200.
    last_place = 2 * np.spacing(np.float32(200))
    on_goal = 0
    for step in range(40):
        if step % 4 == 0:  # pushed by chance the package hardly moves
            place = torch.tensor(chance.uniform(-1, 1, (n, 2)), dtype=torch.float32)
            worlds.scenario.packages[0].set_pos(place, batch_index=None)
        if step % 8 == 0:
            goal = worlds.scenario.packages[0].goal.state.pos
            worlds.scenario.packages[0].set_pos(goal.clone(), batch_index=None)
        actions = chance.uniform(-1, 1, (4, n, 2))
        observations, paid, _, _ = worlds.step([torch.tensor(a).float() for a in actions])
        values = {**seen(observations), "action": actions.transpose(1, 0, 2).astype(np.float32)}
        out = reward.step(values, np.zeros(n, bool), np.zeros(n, bool))
        np.testing.assert_allclose(out.reward, paid[0].numpy(), rtol=0, atol=last_place)
        on_goal += int((values["package_on_goal"][:, 0] > 0).sum())
    assert 0 < on_goal < 40 * n
