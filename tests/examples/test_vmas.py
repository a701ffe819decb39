"""VMAS's navigation paid by `examples/vmas/*.reward`: its own numbers, gradients, learning."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs torch")
pytest.importorskip("vmas", reason="needs vmas: make vmas")

import torch  # noqa: E402

EXAMPLE = Path(__file__).parents[2] / "examples" / "vmas"


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """The tensors are small: threads would wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def navigation() -> Any:
    spec = importlib.util.spec_from_file_location("navigation", EXAMPLE / "navigation.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_pays_what_the_scenario_pays(navigation: Any) -> None:
    worst, touched, left_out = navigation.compare(size=32, steps=150)
    assert worst < 2e-6
    assert touched > 20 and left_out < 75


def test_a_single_world_can_be_reset_among_others(navigation: Any) -> None:
    scenario = navigation.Paid(EXAMPLE / "navigation.reward")
    env = navigation.environment(scenario, 4, 0)
    env.reset()
    actions = [torch.ones(4, 2) for _ in range(navigation.AGENTS)]
    for _ in range(5):
        env.step([a.clone() for a in actions])
    env.reset_at(2)
    before = navigation.seen(env.agents)
    env.step([a.clone() for a in actions])
    after = navigation.seen(env.agents)

    def away(seen: Any) -> Any:
        return (seen["place"] - seen["goal"]).norm(dim=-1)

    expected = (away(before) - away(after)).sum(1)
    torch.testing.assert_close(scenario.parts.weighted["nearer"], expected, rtol=0, atol=1e-6)


def test_the_gradient_of_a_return_is_its_finite_difference(navigation: Any) -> None:
    def paid(force: float) -> Any:
        scenario = navigation.Paid(EXAMPLE / "smooth.reward")
        env = navigation.environment(scenario, 8, 0, gradients=True)
        env.reset(seed=3)
        push = torch.full((8, 2), force, requires_grad=True)
        total = torch.zeros(())
        for _ in range(6):
            env.step([push, -push, 0.5 * push])
            total = total + scenario.parts.reward.sum()
        return total, push

    total, push = paid(0.3)
    torch.autograd.backward(total)
    step = 1e-2
    difference = float(paid(0.3 + step)[0].detach() - paid(0.3 - step)[0].detach()) / (2 * step)
    assert float(push.grad.sum()) == pytest.approx(difference, rel=2e-2)


@pytest.mark.slow
def test_training_through_the_simulator_raises_the_scenarios_own_reward(
    navigation: Any, tmp_path: Path
) -> None:
    found = navigation.train(updates=60)
    assert found[-1]["return"] > found[0]["return"] + 2
    assert found[-1]["arrived"] > 0.8
    navigation.draw(found, tmp_path / "vmas.png")
    assert (tmp_path / "vmas.png").stat().st_size > 20_000
