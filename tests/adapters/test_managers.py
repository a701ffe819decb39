"""A program as a reward term of Isaac Lab and of mjlab.

Isaac Lab's managers are the stand-in of `managers.py`; mjlab's are its own where it is installed,
else the stand-in too. The environment is a stand-in in both.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from functools import partial
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError
from tests.adapters import managers
from tests.adapters.managers import Env, ManagerTermBase, RewardManager, TermCfg, TerminationManager

WALK = """\
timestep 0.1<s>
input place : real per state from env.scene.robot.data.place[0]
input push : real from action[0]
param price : real in 0 .. 1 = 0.5
term moved = place - previous(place)
term effort weight price times dt = -abs(push)
metric far = place
success there when place > 1
"""
ENDS = WALK + "terminate lost when place < -1\n"
PLACE = "env.scene.robot.data.place[0]"


class Framework:
    """The terms of one framework, and managers that call them."""

    def __init__(self, name: str) -> None:
        module = importlib.import_module(f"rewardlang.{name}")
        self.reward_term, self.termination_term = module.RewardTerm, module.TerminationTerm
        self.reward_cfg: Any = TermCfg
        self.termination_cfg: Any = TermCfg
        strict = name == "isaaclab"
        self.managers: Any = (
            partial(RewardManager, strict=strict),
            partial(TerminationManager, strict=strict),
        )

    def use(self, theirs: ModuleType) -> None:
        """mjlab's own managers."""
        self.reward_cfg, self.termination_cfg = theirs.RewardTermCfg, theirs.TerminationTermCfg
        self.managers = (theirs.RewardManager, theirs.TerminationManager)

    def env(self, text: str = WALK, size: int = 3, ends: bool = False, **params: Any) -> Env:
        program = rewardlang.parse(text, name="walk")
        term = self.reward_cfg(
            func=self.reward_term, weight=1.0, params={"program": program, **params}
        )
        terminations = {
            "fell": self.termination_cfg(func=lambda env: env.robot.data.place[:, 0] > 2),
            "old": self.termination_cfg(func=lambda env: env.age >= 5, time_out=True),
        }
        if ends:
            asked = {"reward": "walk"}
            terminations["walk"] = self.termination_cfg(func=self.termination_term, params=asked)
        return Env(size, {"walk": term}, terminations, self.managers)


@pytest.fixture(params=["isaaclab", "mjlab", "mjlab's own managers"])
def framework(request: pytest.FixtureRequest) -> Iterator[Framework]:
    if request.param == "mjlab's own managers":
        theirs = pytest.importorskip("mjlab.managers", reason="needs mjlab")
        found = Framework("mjlab")
        found.use(theirs)
        yield found
        return
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "isaaclab":
            patch.setitem(sys.modules, "isaaclab", ModuleType("isaaclab"))
            patch.setitem(sys.modules, "isaaclab.managers", managers)
            for name in ("rewardlang.isaaclab", "rewardlang.adapters.isaaclab"):
                patch.delitem(sys.modules, name, raising=False)
        yield Framework(request.param)
        for name in ("rewardlang.isaaclab", "rewardlang.adapters.isaaclab"):
            sys.modules.pop(name, None)


def actions(*pushes: float) -> Tensor:
    return torch.tensor(pushes)[:, None]


def term_of(env: Env) -> Any:
    return env.reward_manager.get_term_cfg("walk").func


def code_of(error: pytest.ExceptionInfo[RewardError]) -> str:
    return error.value.diagnostics[0].code


def test_the_manager_adds_what_the_program_pays(framework: Framework) -> None:
    env = framework.env()
    env.reset()
    reward, _, _ = env.step(actions(0.5, -0.2, 1.0))
    torch.testing.assert_close(reward, torch.tensor([0.5 - 0.025, -0.2 - 0.01, 1 - 0.05]))


def test_rows_that_ended_begin_anew_and_the_others_go_on(framework: Framework) -> None:
    env = framework.env()
    env.reset()
    _, terminated, _ = env.step(actions(2.5, 0.1, 0.1))
    assert terminated.tolist() == [True, False, False]
    reward, _, _ = env.step(actions(0.0, 0.0, 0.0))
    torch.testing.assert_close(reward, torch.zeros(3))


def test_every_row_is_paid_by_hand_whenever_the_others_begin_anew(framework: Framework) -> None:
    env = framework.env(ENDS, ends=True)
    env.reset()
    random = torch.Generator().manual_seed(1)
    ends = 0
    for _ in range(40):
        push = torch.randn(3, 1, generator=random)
        reward, terminated, time_outs = env.step(push)
        expected = push[:, 0] - 0.5 * push[:, 0].abs() * 0.1
        torch.testing.assert_close(reward, expected, rtol=1e-5, atol=1e-6)
        ends += int((terminated | time_outs).sum())
    assert ends > 10


def test_what_follows_from_the_state_is_up_to_date_at_the_reset(framework: Framework) -> None:
    text = "input tip : real per state from env.scene.robot.data.tip\nterm a = tip - previous(tip)"
    env = framework.env(text)
    env.reset()
    env.step(actions(2.5, 0.1, 0.1))
    reward, _, _ = env.step(actions(0.5, 0.5, 0.5))
    torch.testing.assert_close(reward, torch.full((3,), 0.5))


def test_terms_are_logged_under_the_keys_of_the_manager(framework: Framework) -> None:
    env = framework.env()
    env.reset()
    for _ in range(5):  # the fifth is a time-out of all
        env.step(actions(0.1, 0.2, 0.3))
    log = env.extras["log"]
    assert float(log["Episode_Reward/moved"]) == pytest.approx(1.0)  # 5 * (0.1 + 0.2 + 0.3) / 3
    assert float(log["Episode_Reward/effort"]) == pytest.approx(-0.05)
    assert float(log["Episode_Reward/walk"]) == pytest.approx(0.95)  # the manager's own
    assert float(log["Metrics/far"]) == pytest.approx(0.7)  # 0.1 + 3 * 0.2
    assert float(log["Metrics/success"]) == pytest.approx(2 / 3)
    assert float(log["Metrics/fault/moved"]) == 0


def test_an_episode_is_logged_without_those_that_go_on(framework: Framework) -> None:
    env = framework.env()
    env.reset()
    env.step(actions(2.5, 0.1, 0.1))
    assert float(env.extras["log"]["Episode_Reward/moved"]) == pytest.approx(2.5)
    env.step(actions(0.1, 0.1, 2.5))
    assert float(env.extras["log"]["Episode_Reward/moved"]) == pytest.approx(2.6)


def test_a_weight_multiplies_the_whole_program(framework: Framework) -> None:
    env = framework.env()
    env.reward_manager.get_term_cfg("walk").weight = 3.0
    env.reset()
    reward, _, _ = env.step(actions(0.5, 0.0, 0.0))
    assert float(reward[0]) == pytest.approx(3 * 0.475)


def test_an_end_of_the_program_is_a_termination_on_the_same_step(framework: Framework) -> None:
    env = framework.env(ENDS, ends=True)
    env.reset()
    reward, terminated, _ = env.step(actions(-1.5, 0.0, 2.5))
    assert terminated.tolist() == [True, False, True]
    torch.testing.assert_close(reward, torch.tensor([-1.575, 0.0, 2.375]))
    reward, terminated, _ = env.step(actions(0.0, 0.3, 0.0))
    assert not terminated.any()
    torch.testing.assert_close(reward, torch.tensor([0.0, 0.285, 0.0]))


def test_ends_that_nobody_asks_for_are_told_on_the_first_step(framework: Framework) -> None:
    env = framework.env(ENDS)
    env.reset()
    with pytest.raises(RewardError) as caught:
        env.step(actions(0.0, 0.0, 0.0))
    assert code_of(caught) == "RW688"


def test_asking_for_ends_leaves_memory_and_counters_as_they_were(framework: Framework) -> None:
    text = ENDS + "term steady = -abs(place - mean(place over last 3 else 0))\n"
    env = framework.env(text, ends=True)
    env.reset()
    env.step(actions(0.1, 0.2, 0.3))
    term = term_of(env)
    before = term.reward.state_dict()
    for _ in range(3):
        assert not term.ends().any()
    after = term.reward.state_dict()
    for part in ("cells", "rings", "held"):
        assert all(torch.equal(a, b) for a, b in zip(before[part], after[part], strict=True))
    assert before["steps"] == after["steps"] == 3


def test_potentials_see_the_terminations_of_the_environment(framework: Framework) -> None:
    text = f"input near : real per state from {PLACE}\npotential way discount 1 = near"
    env = framework.env(text)
    env.reset()
    reward, _, _ = env.step(actions(2.5, 0.5, 0.5))
    torch.testing.assert_close(reward, torch.tensor([0.0, 0.5, 0.5]))


def test_params_are_live_and_can_be_given(framework: Framework) -> None:
    env = framework.env(params={"price": 0.0})
    env.reset()
    assert float(env.step(actions(0.5, 0.0, 0.0))[0][0]) == pytest.approx(0.5)
    term_of(env).reward.params["price"] = 1.0
    assert float(env.step(actions(0.5, 0.0, 0.0))[0][0]) == pytest.approx(0.45)


class Joint:
    """Like a `SceneEntityCfg`: names that the scene turns into indexes."""

    column = -1

    def resolve(self, scene: Any) -> None:
        self.column = 0


def _place(env: Any, joint: Joint | None = None) -> Tensor:
    place: Tensor = env.scene["robot"].data.place
    return place[:, 0 if joint is None else joint.column]


@pytest.mark.parametrize("source", [_place, (_place, {"joint": Joint()}), PLACE], ids=str)
def test_a_source_is_a_path_or_a_function_of_the_environment(
    framework: Framework, source: Any
) -> None:
    env = framework.env("input p : real per state\nterm a = p", bind={"p": source})
    env.reset()
    torch.testing.assert_close(env.step(actions(0.5, 0.5, 0.5))[0], torch.tensor([0.5, 0.6, 0.7]))


BAD: dict[str, tuple[str, Any, str]] = {
    "no source": ("input p : real\nterm a = p", None, "RW660"),
    "no such input": (WALK, {"q": PLACE}, "RW665"),
    "an observation": (WALK, {"place": "observation[0]"}, "RW661"),
    "no path": (WALK, {"place": 3}, "RW661"),
    "no such body": (WALK, {"place": "env.scene.robto.data.place[0]"}, "RW652"),
    "no such number": (WALK, {"place": "env.scene.robot.data.place[2]"}, "RW652"),
    "a number of a number": (WALK, {"place": "env.scene.robot.data.tip[0]"}, "RW652"),
    "another shape": (WALK, {"place": "env.scene.robot.data.place"}, "RW664"),
    "another batch": (WALK, {"place": lambda env: torch.zeros(2)}, "RW685"),
    "no tensor": (WALK, {"place": lambda env: [0.0] * 3}, "RW685"),
    "another timestep": ("timestep 0.2<s>\n" + WALK.partition("\n")[2], None, "RW687"),
    "a vector": (f"input p : real[g: 2] from {PLACE}\nreward : real[g] = p", None, "RW680"),
    "a group": ("input p : real per episode\nterm a = p - mean(p over group)", None, "RW640"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_told_before_the_first_step(framework: Framework, name: str) -> None:
    text, bind, code = BAD[name]
    with pytest.raises(RewardError) as caught:
        framework.env(text, bind=bind).reset()
    assert code_of(caught) == code


def test_a_misspelt_body_is_told_with_those_that_are_there(framework: Framework) -> None:
    with pytest.raises(RewardError, match="did you mean `robot`"):
        framework.env(bind={"place": "env.scene.robto.data.place[0]"}).reset()


def test_without_isaac_lab_its_module_says_what_is_missing() -> None:
    if importlib.util.find_spec("isaaclab") is not None:
        pytest.skip("isaaclab is installed")
    with pytest.raises(ModuleNotFoundError, match="isaaclab"):
        importlib.import_module("rewardlang.isaaclab")


def test_isaac_labs_term_is_of_its_base_class(framework: Framework) -> None:
    if framework.reward_term.__module__.startswith("rewardlang.adapters.isaaclab"):
        assert issubclass(framework.reward_term, ManagerTermBase)
        assert issubclass(framework.termination_term, ManagerTermBase)
