"""A program as the reward of TorchRL environments: single, batched, in collectors, of several
agents; beside their own rewards, and beside sums by hand."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError

pytest.importorskip("torchrl", reason="needs torchrl")

from tensordict import TensorDict  # noqa: E402
from torchrl.collectors import Collector  # noqa: E402
from torchrl.data import Categorical, Composite, Unbounded  # noqa: E402
from torchrl.envs import (  # noqa: E402
    Compose,
    EnvBase,
    GymEnv,
    RewardSum,
    SerialEnv,
    StepCounter,
    TransformedEnv,
    check_env_specs,
)

from rewardlang.torchrl import RewardTransform  # noqa: E402

ROOT = Path(__file__).parents[2]
PENDULUM = ROOT / "examples" / "environments" / "classic" / "pendulum.reward"
NAVIGATION = ROOT / "examples" / "vmas" / "navigation.reward"

LINE = """\
timestep 0.5<s>
input x : real per state from observation[0]
input push : real from action[0]
param price : real in 0 .. 1 = 0.5
term moved = x - previous(x)
term effort weight price = -abs(push)
terminate lost when x < -1
success there when x > 1
metric place = x
"""


class Line(EnvBase):  # type: ignore[misc]
    """Points that move by their action from where they begin, 0, 0.1, 0.2, ..; it pays the square
    of the place, and ends beyond 2."""

    def __init__(self, *batch: int, begin: float = 0.0) -> None:
        super().__init__(batch_size=torch.Size(batch))
        self.begin = begin
        wide = Unbounded(shape=(*batch, 1))
        inner = Composite({"speed": Unbounded(shape=(*batch, 2))}, shape=batch)
        observed = Unbounded(shape=(*batch, 2))
        self.observation_spec = Composite({"observation": observed, "info": inner}, shape=batch)
        self.action_spec = wide.clone()
        self.reward_spec = wide.clone()
        flag = Categorical(2, shape=(*batch, 1), dtype=torch.bool)
        self.done_spec = Composite({"done": flag, "terminated": flag.clone()}, shape=batch)
        self.resets = 0
        self.x = torch.zeros(*batch, 1)

    def _reset(self, tensordict: Any = None, **kwargs: Any) -> Any:
        begun = torch.arange(self.batch_size.numel()).reshape(*self.batch_size, 1) / 10 + self.begin
        mask = None if tensordict is None else tensordict.get("_reset", None)
        self.x = begun if mask is None else torch.where(mask, begun, self.x)
        self.resets += self.batch_size.numel() if mask is None else int(mask.sum())
        return self._seen()

    def _step(self, tensordict: Any) -> Any:
        self.x = self.x + tensordict["action"]
        over = self.x > 2
        return self._seen().update({"reward": self.x**2, "terminated": over, "done": over})

    def _seen(self) -> Any:
        both = torch.cat([self.x, -self.x], -1)
        info = TensorDict({"speed": both * 3}, self.batch_size)
        never = torch.zeros_like(self.x, dtype=torch.bool)
        entries = {"observation": both, "info": info}
        return TensorDict({**entries, "done": never, "terminated": never.clone()}, self.batch_size)

    def _set_seed(self, seed: int | None) -> None:
        torch.manual_seed(seed or 0)


def line(*batch: int, text: str = LINE, **options: Any) -> tuple[Any, Any]:
    transform = RewardTransform(rewardlang.parse(text, name="line"), **options)
    return TransformedEnv(Line(*batch), transform), transform


def stepped(env: Any, begun: Any, action: Tensor) -> Any:
    return env.step(begun.set("action", action))["next"]


def code_of(error: pytest.ExceptionInfo[RewardError]) -> str:
    return error.value.diagnostics[0].code


# ---- beside the rewards of real environments -------------------------------------------------


@pytest.mark.parametrize("many", [False, True], ids=["one", "three"])
def test_pendulum_is_paid_what_it_pays_itself(many: bool) -> None:
    def make() -> Any:
        return GymEnv("Pendulum-v1")

    inner = SerialEnv(3, make) if many else make()
    env = TransformedEnv(inner, Compose(StepCounter(max_steps=30), RewardTransform(PENDULUM)))
    check_env_specs(env)
    env.set_seed(0)
    after = env.rollout(100, break_when_any_done=False)["next"]
    assert int(after["truncated"].sum()) == 3 * (3 if many else 1)
    torch.testing.assert_close(after["reward"], after["original_reward"], rtol=0, atol=5e-6)


def test_workers_that_hold_the_transform_pay_the_same() -> None:
    def make() -> Any:
        return TransformedEnv(GymEnv("Pendulum-v1"), RewardTransform(PENDULUM))

    env = SerialEnv(2, make)
    check_env_specs(env)
    after = env.rollout(20)["next"]
    torch.testing.assert_close(after["reward"], after["original_reward"], rtol=0, atol=5e-6)


def test_vmas_navigation_pays_each_agent_what_it_pays_itself() -> None:
    pytest.importorskip("vmas", reason="needs vmas")
    from torchrl.envs.libs.vmas import VmasEnv

    def goal(transition: Any) -> Tensor:
        seen: Tensor = transition["next", "agents", "observation"]
        return seen[..., 0:2] - seen[..., 4:6]

    inner = VmasEnv("navigation", num_envs=8, seed=0, n_agents=3, collisions=False)
    transform = RewardTransform(
        NAVIGATION,
        {"place": "agents.observation[0:2]", "goal": goal},
        params={"agent_radius": 0.0, "contact": 0.0},
    )
    env = TransformedEnv(inner, Compose(StepCounter(max_steps=25), transform))
    check_env_specs(env)
    after = env.rollout(60, break_when_any_done=False)["next"]
    assert after["agents", "reward"].shape == (8, 60, 3, 1)
    assert after["reward/touching"].shape == (8, 60, 3)
    paid, own = after["agents", "reward"], after["original_reward"]
    torch.testing.assert_close(paid, own, rtol=0, atol=2e-6)
    assert int(after["done"].sum()) >= 16


# ---- by hand ---------------------------------------------------------------------------------


def test_a_step_pays_the_terms_and_says_so_beside_the_reward() -> None:
    env, _ = line(3)
    check_env_specs(env)
    after = stepped(env, env.reset(), torch.tensor([[0.5], [-0.2], [1.0]]))
    torch.testing.assert_close(after["reward/moved"], torch.tensor([[0.5], [-0.2], [1.0]]))
    torch.testing.assert_close(after["reward/effort"], torch.tensor([[-0.25], [-0.1], [-0.5]]))
    torch.testing.assert_close(after["reward"], after["reward/moved"] + after["reward/effort"])
    torch.testing.assert_close(after["original_reward"], torch.tensor([[0.25], [0.01], [1.44]]))
    assert after["is_success"].flatten().tolist() == [False, False, True]


@pytest.mark.parametrize("batch", [(), (1,), (4,), (2, 3)], ids=str)
def test_every_batch_size_has_its_shapes(batch: tuple[int, ...]) -> None:
    env, _ = line(*batch)
    check_env_specs(env)
    after = env.rollout(3, break_when_any_done=False)["next"]
    assert after["reward"].shape == after["reward/moved"].shape == (*batch, 3, 1)
    assert after["episode_terms", "length"].shape == (*batch, 3, 1)


def test_ends_of_the_program_and_of_the_environment_begin_just_their_rows_anew() -> None:
    env, _ = line(3)
    inner = env.base_env
    begun = env.reset().set("action", torch.tensor([[-1.5], [0.3], [2.5]]))
    full, following = env.step_and_maybe_reset(begun)
    after = full["next"]
    assert after["terminated"].flatten().tolist() == [True, False, True]
    assert torch.equal(after["terminated"], after["done"])
    assert inner.resets == 3 + 2
    torch.testing.assert_close(following["observation"][:, 0], torch.tensor([0.0, 0.4, 0.2]))
    again = stepped(env, following, torch.tensor([[0.1], [0.1], [0.1]]))
    torch.testing.assert_close(again["reward/moved"], torch.full((3, 1), 0.1))
    assert again["episode_terms", "length"].flatten().tolist() == [1, 2, 1]


def test_rows_reset_at_different_times_are_as_separate_environments() -> None:
    pushes = torch.randn(40, 3, 1, generator=torch.Generator().manual_seed(0))
    text = LINE + "term steady = -abs(x - mean(x over last 3 else 0))\n"

    def paid(env: Any, actions: Tensor) -> Tensor:
        following, found = env.reset(), []
        for action in actions:
            full, following = env.step_and_maybe_reset(following.set("action", action))
            found.append(full["next", "reward"])
        return torch.stack(found)

    together = paid(line(3, text=text)[0], pushes)
    for n in range(3):
        alone = TransformedEnv(Line(1, begin=n / 10), RewardTransform(rewardlang.parse(text)))
        torch.testing.assert_close(together[:, n : n + 1], paid(alone, pushes[:, n : n + 1]))
    assert float(together.std()) > 0.1


def test_what_an_episode_came_to_stands_on_its_last_step() -> None:
    env, _ = line(2)
    begun = env.reset()
    for push in (0.5, -0.25, 1.0):
        begun = stepped(env, begun, torch.full((2, 1), push))
    told = {key: x.flatten().tolist() for key, x in begun["episode_terms"].items()}
    assert told["length"] == [3, 3] and told["success"] == [True, True]
    assert told["reward/moved"] == pytest.approx([1.25, 1.25])
    assert told["reward/effort"] == pytest.approx([-0.875, -0.875])
    assert told["reward/total"] == pytest.approx([0.375, 0.375])
    assert told["reward_per_second/total"] == pytest.approx([0.25, 0.25])
    assert told["metric/place"] == pytest.approx([2 / 3, 2 / 3 + 0.1])
    assert told["fault/moved"] == [0, 0]


def test_torchrls_own_sums_over_the_terms_are_those_of_the_episode() -> None:
    transform = RewardTransform(rewardlang.parse(LINE, name="line"))
    env = TransformedEnv(Line(2), Compose(transform, RewardSum()))
    after = env.rollout(5, break_when_any_done=False)["next"]
    sums = after["episode_terms", "reward/total"].to(torch.float32)
    torch.testing.assert_close(after["episode_reward"], sums)


def test_a_collector_counts_the_episodes_that_step_counter_counts() -> None:
    env = TransformedEnv(
        Line(3), Compose(StepCounter(max_steps=7), RewardTransform(rewardlang.parse(LINE)))
    )
    check_env_specs(env)
    for data in Collector(env, None, frames_per_batch=60, total_frames=180):
        after = data["next"]
        assert torch.equal(after["episode_terms", "length"], after["step_count"])
        expected = (after["observation"][..., :1] < -1) | (after["observation"][..., :1] > 2)
        assert torch.equal(after["terminated"], expected)


# ---- sources ---------------------------------------------------------------------------------

SPEED = "input v : real\nterm fast = v"
SOURCES: dict[str, Any] = {
    "path": "info.speed[1]",
    "path after next": "next.info.speed[1]",
    "callable": lambda transition: transition["next", "info", "speed"][..., 1],
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_is_a_path_or_a_callable(name: str) -> None:
    env, _ = line(2, text=SPEED, bind={"v": SOURCES[name]})
    after = stepped(env, env.reset(), torch.ones(2, 1))
    torch.testing.assert_close(after["reward"], torch.tensor([[-3.0], [-3.3]]))


def test_a_nested_key_means_what_it_means_in_torchrl() -> None:
    text = "input now : real[2]\ninput before : real[2]\nterm a = sum(now - before)"
    env, _ = line(2, text=text, bind={"now": ("next", "info", "speed"), "before": ("observation",)})
    begun = env.reset()
    before = begun["observation"].sum(-1, keepdim=True)
    after = stepped(env, begun, torch.ones(2, 1))
    expected = after["info", "speed"].sum(-1, keepdim=True) - before
    torch.testing.assert_close(after["reward"], expected)


def test_reward_is_the_environments_own() -> None:
    env, _ = line(2, text="input own : real from reward\nterm a = 10 * own")
    after = stepped(env, env.reset(), torch.ones(2, 1))
    torch.testing.assert_close(after["reward"], 10 * after["original_reward"])


BAD: dict[str, tuple[str, Any, str]] = {
    "no source": ("input v : real\nterm a = v", None, "RW660"),
    "no such input": (LINE, {"y": "observation[0]"}, "RW665"),
    "no path": (SPEED, {"v": "observation["}, "RW661"),
    "a name below numbers": (SPEED, {"v": "observation[0].x"}, "RW661"),
    "a number": (SPEED, {"v": 3}, "RW661"),
    "no such entry": (SPEED, {"v": "info.sped[0]"}, "RW652"),
    "no such root": (SPEED, {"v": "obs[0]"}, "RW652"),
    "no such key": (SPEED, {"v": ("next", "obs")}, "RW652"),
    "beyond the end": (SPEED, {"v": "observation[2]"}, "RW652"),
    "a slice beyond the end": (SPEED, {"v": "observation[1:3]"}, "RW652"),
    "a tensordict": (SPEED, {"v": "info"}, "RW652"),
    "below a tensor": (SPEED, {"v": "observation.x"}, "RW652"),
    "another shape": (SPEED, {"v": "observation"}, "RW664"),
    "another batch": (SPEED, {"v": lambda transition: torch.ones(3)}, "RW685"),
    "no tensor": (SPEED, {"v": lambda transition: 3.0}, "RW685"),
    "another kind": ("input v : bool\nterm a = real(v)", {"v": "observation[0]"}, "RW603"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_source_that_is_not_there_is_told_before_the_first_step(name: str) -> None:
    text, bind, code = BAD[name]
    with pytest.raises(RewardError) as caught:
        line(2, text=text, bind=bind)[0].reset()
    assert code_of(caught) == code


def test_a_wrong_reward_key_is_told() -> None:
    with pytest.raises(RewardError) as caught:
        line(2, reward_key="rewrad")[0].reset()
    assert code_of(caught) == "RW686"


def test_an_environment_that_resets_itself_is_refused() -> None:
    inner = Line(2)
    inner._torchrl_native_autoreset = True
    env = TransformedEnv(inner, Compose(StepCounter(), RewardTransform(rewardlang.parse(LINE))))
    with pytest.raises(RewardError) as caught:
        env.reset()
    assert code_of(caught) == "RW639"


def test_a_program_over_groups_is_told() -> None:
    text = "input x : real per episode\nterm a = x - mean(x over group)"
    with pytest.raises(RewardError) as caught:
        RewardTransform(rewardlang.parse(text))
    assert code_of(caught) == "RW640"


def test_data_of_a_replay_buffer_is_refused() -> None:
    env, transform = line(2)
    with pytest.raises(RewardError) as caught:
        transform(env.rollout(2))
    assert code_of(caught) == "RW639"


# ---- params, gradients, states, copies -------------------------------------------------------


def test_params_are_live() -> None:
    env, transform = line(2)
    begun = env.reset()
    transform.reward.params["price"] = 0.0
    after = stepped(env, begun, torch.ones(2, 1))
    torch.testing.assert_close(after["reward"], torch.ones(2, 1))


def test_gradients_reach_the_actions() -> None:
    env, _ = line(2)
    action = torch.tensor([[0.5], [-0.2]], requires_grad=True)
    begun = env.reset()
    stepped(env, begun, action)["reward"].sum().backward()
    assert action.grad is not None
    torch.testing.assert_close(action.grad, torch.tensor([[0.5], [1.5]]))


def test_a_saved_state_goes_on_where_it_was() -> None:
    env, transform = line(2)
    begun = env.reset()
    stepped(env, begun, torch.ones(2, 1))
    other, twin = line(2)
    twin.load_state_dict(transform.state_dict())
    other.base_env.x = env.base_env.x.clone()
    ours = stepped(env, begun.clone(), torch.ones(2, 1))
    theirs = stepped(other, begun.clone(), torch.ones(2, 1))
    torch.testing.assert_close(ours["reward/moved"], torch.ones(2, 1))
    assert torch.equal(ours["reward"], theirs["reward"])


@pytest.mark.parametrize("make", [lambda t: t.clone(), copy.deepcopy], ids=["clone", "deepcopy"])
def test_a_copy_has_a_memory_of_its_own(make: Any) -> None:
    env, transform = line(2)
    begun = env.reset()
    made = make(transform)
    made.reset_parent()
    other = TransformedEnv(Line(2), made)
    other.reset()
    for _ in range(3):
        stepped(other, begun.clone(), torch.ones(2, 1))
    after = stepped(env, begun, torch.ones(2, 1))
    torch.testing.assert_close(after["reward/moved"], torch.ones(2, 1))
    assert after["episode_terms", "length"].flatten().tolist() == [1, 1]


def test_a_fault_in_one_row_ends_that_row_under_terminate_and_leaves_the_others() -> None:
    text = "input x : real from observation[0]\nterm a = 1 / x"
    env, _ = line(3, text=text, faults="terminate")
    after = stepped(env, env.reset(), torch.tensor([[0.0], [0.1], [0.2]]))
    assert after["terminated"].flatten().tolist() == [True, False, False]
    torch.testing.assert_close(after["reward"], torch.tensor([[0.0], [5.0], [2.5]]))
    assert after["episode_terms", "fault/a"].flatten().tolist() == [1, 0, 0]


def test_two_objectives_are_a_vector_beside_one_reward() -> None:
    text = (
        "enum aim { far, calm }\ninput x : real from observation[0]\n"
        "input push : real from action[0]\nreward : real[aim] = [x, -abs(push)]"
    )
    env, _ = line(2, text=text)
    check_env_specs(env)
    after = stepped(env, env.reset(), torch.tensor([[1.0], [2.0]]))
    torch.testing.assert_close(after["reward"], torch.tensor([[1.0, -1.0], [2.1, -2.0]]))


class Pair(EnvBase):  # type: ignore[misc]
    """Two agents on lines, each with its own end: beyond 1."""

    def __init__(self) -> None:
        super().__init__(batch_size=torch.Size([3]))
        wide = Unbounded(shape=(3, 2, 1))

        def both(**entries: Any) -> Any:
            return Composite({"agents": Composite(entries, shape=(3, 2))}, shape=(3,))

        flag = Categorical(2, shape=(3, 2, 1), dtype=torch.bool)
        self.observation_spec = both(place=wide.clone())
        self.action_spec, self.reward_spec = both(action=wide.clone()), both(reward=wide.clone())
        self.done_spec = both(done=flag, terminated=flag.clone())
        self.x = torch.zeros(3, 2, 1)

    def _reset(self, tensordict: Any = None, **kwargs: Any) -> Any:
        self.x = torch.zeros(3, 2, 1)
        return self._seen()

    def _step(self, tensordict: Any) -> Any:
        self.x = self.x + tensordict["agents", "action"]
        return self._seen({"reward": torch.zeros(3, 2, 1)})

    def _seen(self, more: Any = None) -> Any:
        over = self.x > 1
        entries = {"place": self.x, "done": over, "terminated": over.clone(), **(more or {})}
        return TensorDict({"agents": TensorDict(entries, [3, 2])}, [3])

    def _set_seed(self, seed: int | None) -> None:
        pass


def test_ends_of_single_agents_reach_the_program_and_come_from_it() -> None:
    text = (
        "input place : real[agent: 2] per state from agents.place[0]\n"
        "potential way discount 1 = place\nterminate lost when place < -1\n"
        "term nothing : real[agent] = 0 * place"
    )
    env = TransformedEnv(Pair(), RewardTransform(rewardlang.parse(text)))
    check_env_specs(env)
    push = torch.tensor([[[2.0], [0.5]], [[-2.0], [0.5]], [[0.5], [0.5]]])
    begun = env.reset()
    begun["agents", "action"] = push
    after = env.step(begun)["next"]
    paid = after["agents", "reward"].squeeze(-1)
    torch.testing.assert_close(paid, torch.tensor([[0.0, 0.5], [0.0, 0.5], [0.5, 0.5]]))
    ended = after["agents", "terminated"].squeeze(-1)
    assert ended.tolist() == [[True, False], [True, False], [False, False]]
    assert torch.equal(after["agents", "done"].squeeze(-1), ended)


def test_a_total_without_the_axis_is_paid_to_all_agents() -> None:
    text = "input place : real[agent: 2] from agents.place[0]\nterm both = sum(place)"
    env = TransformedEnv(Pair(), RewardTransform(rewardlang.parse(text)))
    check_env_specs(env)
    begun = env.reset()
    begun["agents", "action"] = torch.ones(3, 2, 1)
    assert env.step(begun)["next", "agents", "reward"].flatten().tolist() == [2.0] * 6
