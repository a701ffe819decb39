"""Pure functions: the same numbers as the loop, and what `torch.func` and `torch.compile` need."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError

WALK = """\
param target : real in -5 .. 5 = 1.5
input speed : real per state
input goal : real per episode at reset
input force : real[2]
term walk = -abs(speed - target - goal)
term jerk weight 0.1 = -(speed - previous(speed)) ^ 2
term slow = -mean(speed over last 3 else 0)
term effort weight 0.01 = -sum(force ^ 2)
terminate fallen when speed > 4
success there when abs(speed - target) < 0.1
metric fast = speed
"""
SIZE, STEPS = 4, 10
DOUBLE = torch.float64


def compiled(text: str = WALK, **options: Any) -> Any:
    options = {"dtype": "float64", **options}
    return rewardlang.parse(text, name="walk").compile("torch", **options)


def data(seed: int = 0) -> tuple[dict[str, Tensor], list[dict[str, Tensor]]]:
    """What a reset reads, and the values of each step."""
    random = np.random.default_rng(seed)

    def drawn(*shape: int) -> Tensor:
        return torch.from_numpy(random.normal(size=shape))

    begun = {"speed": drawn(SIZE), "goal": drawn(SIZE)}
    return begun, [{"speed": drawn(SIZE), "force": drawn(SIZE, 2)} for _ in range(STEPS)]


def total(pure: Any, target: Tensor) -> Tensor:
    """The return of each environment, [SIZE]."""
    begun, steps = data()
    params = {"target": target}
    memory = pure.init(SIZE, begun, params)
    paid = torch.zeros(SIZE, dtype=DOUBLE)
    for values in steps:
        parts, memory = pure.step(memory, values, params)
        paid = paid + parts.reward
    return paid


def code_of(error: pytest.ExceptionInfo[RewardError]) -> str:
    return error.value.diagnostics[0].code


def test_a_loop_of_pure_steps_is_the_loop_of_the_reward_bit_for_bit() -> None:
    reward = compiled(check=True)
    pure = reward.functional()
    begun, steps = data()
    never = torch.zeros(SIZE, dtype=torch.bool)
    mask = torch.tensor([True, False, True, False])
    reward.reset(begun)
    memory = pure.init(SIZE, begun)
    for n, values in enumerate(steps):
        if n == 5:
            again = {name: x + 1 for name, x in begun.items()}
            reward.reset(again, mask)
            memory = pure.reset(memory, mask, again)
        out = reward.step(values, terminated=never)
        parts, memory = pure.step(memory, values, terminated=never)
        for name in ("reward", "terminated", "success", "valid"):
            assert torch.equal(getattr(out, name), getattr(parts, name)), name
        for name in ("terms", "weighted", "conditions", "metrics"):
            ours, theirs = getattr(parts, name), getattr(out, name)
            assert ours.keys() == theirs.keys()
            assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_nothing_is_kept_and_nothing_that_was_given_is_changed() -> None:
    pure = compiled().functional()
    begun, steps = data()
    memory = pure.init(SIZE, begun)
    kept = tree_map(torch.clone, memory)
    first, _ = pure.step(memory, steps[0])
    pure.step(memory, steps[1])
    second, _ = pure.step(memory, steps[0])
    assert torch.equal(first.reward, second.reward)
    same = zip(tree_leaves(memory), tree_leaves(kept), strict=True)
    assert all(torch.equal(a, b) for a, b in same)


def test_later_params_of_the_reward_do_not_reach_the_functions_made_before() -> None:
    reward = compiled()
    pure = reward.functional()
    begun, steps = data()
    before, _ = pure.step(pure.init(SIZE, begun), steps[0])
    reward.params["target"] = -3.0
    after, _ = pure.step(pure.init(SIZE, begun), steps[0])
    later, _ = reward.functional().step(pure.init(SIZE, begun), steps[0])
    assert torch.equal(before.reward, after.reward)
    assert not torch.equal(before.reward, later.reward)


def test_vmap_over_params_is_a_loop_over_them() -> None:
    pure = compiled().functional()
    targets = torch.linspace(-2, 3, 7, dtype=DOUBLE)
    together = torch.func.vmap(lambda target: total(pure, target))(targets)
    one_by_one = torch.stack([total(pure, target) for target in targets])
    torch.testing.assert_close(together, one_by_one, rtol=0, atol=1e-12)


def test_vmap_over_environments_without_a_batch_axis_is_the_batch() -> None:
    pure = compiled().functional()
    begun, steps = data()

    def alone(begun: Any, values: Any) -> Tensor:
        paid: Tensor = pure.step(pure.init(None, begun), values)[0].reward
        return paid

    parts, _ = pure.step(pure.init(SIZE, begun), steps[0])
    assert torch.equal(torch.func.vmap(alone)(begun, steps[0]), parts.reward)


def test_the_jacobian_by_a_param_is_the_finite_difference() -> None:
    pure, at, h = compiled().functional(), torch.tensor(0.3, dtype=DOUBLE), 1e-6
    difference = (total(pure, at + h) - total(pure, at - h)) / (2 * h)
    for jacobian in (torch.func.jacrev, torch.func.jacfwd):
        found = jacobian(lambda target: total(pure, target))(at)
        torch.testing.assert_close(found, difference, rtol=1e-6, atol=1e-7)


def test_the_gradient_by_the_inputs_is_the_finite_difference() -> None:
    pure = compiled().functional()
    begun, steps = data()
    memory = pure.init(SIZE, begun)

    def paid(force: Tensor, speed: Tensor) -> Tensor:
        parts, after = pure.step(memory, {"speed": speed, "force": force})
        later, _ = pure.step(after, {"speed": speed * 2, "force": force})
        paid: Tensor = parts.reward + later.reward
        return paid

    given = (steps[0]["force"].requires_grad_(), steps[0]["speed"].requires_grad_())
    assert torch.autograd.gradcheck(paid, given)


def test_gradients_through_a_simulator_reach_the_first_action() -> None:
    """A point of mass 1, pushed over steps of 0.1 s: how far each push carries it is known."""
    text = "input place : real per state\nterm near = -(place - 1) ^ 2"
    pure, n, dt = compiled(text).functional(), 12, 0.1
    pushes = torch.zeros(n, dtype=DOUBLE, requires_grad=True)
    place, speed = torch.zeros((), dtype=DOUBLE), torch.zeros((), dtype=DOUBLE)
    memory = pure.init()
    paid: list[Tensor] = []
    for push in pushes:
        speed = speed + push * dt
        place = place + speed * dt
        parts, memory = pure.step(memory, {"place": place})
        paid.append(parts.reward)
    torch.autograd.backward(torch.stack(paid).sum())
    # push i adds dt^2 (k - i) to the place after k steps, where the reward has the slope 2
    expected = [sum(2 * dt**2 * (k - i) for k in range(i + 1, n + 1)) for i in range(n)]
    assert pushes.grad is not None
    np.testing.assert_allclose(pushes.grad.numpy(), expected, rtol=1e-12)


def test_memory_can_be_cut_off_from_the_past() -> None:
    pure = compiled().functional()
    begun, steps = data()
    begun["speed"].requires_grad_()
    _, memory = pure.step(pure.init(SIZE, begun), steps[0])
    assert any(x.requires_grad for x in tree_leaves(memory))
    memory = tree_map(Tensor.detach, memory)
    assert not any(x.requires_grad for x in tree_leaves(memory))
    parts, _ = pure.step(memory, steps[1])
    assert not parts.reward.requires_grad


@pytest.mark.slow
def test_a_compiled_step_pays_the_same() -> None:
    if not (shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")):
        pytest.skip("torch.compile needs a C++ compiler")
    pure = compiled().functional()
    quick: Any = torch.compile(pure.step, fullgraph=True)
    begun, steps = data()
    ours = theirs = pure.init(SIZE, begun)
    for values in steps:
        params = {"target": torch.tensor(0.5, dtype=DOUBLE)}
        expected, ours = pure.step(ours, values, params)
        found, theirs = quick(theirs, values, params)
        torch.testing.assert_close(found.reward, expected.reward, rtol=1e-12, atol=1e-12)


def test_a_loop_that_is_compiled_is_compiled_once() -> None:
    """Its counters do not make it another function at each step."""
    if not (shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")):
        pytest.skip("torch.compile needs a C++ compiler")
    ours, theirs = compiled(), compiled()
    begun, steps = data()
    for reward in (ours, theirs):
        reward.reset(begun)
    torch._dynamo.reset()
    before = torch._dynamo.utils.counters["stats"]["unique_graphs"]

    @torch.compile
    def step(values: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        out = theirs.step(values)
        return 2 * out.reward, out.valid

    for n, values in enumerate(steps * 4):
        expected = ours.step(values)
        reward, valid = step(values)
        torch.testing.assert_close(reward, 2 * expected.reward, rtol=1e-12, atol=1e-12)
        assert torch.equal(valid, expected.valid)
        if n % 3 == 2:
            for each in (ours, theirs):
                each.reset(begun, torch.arange(SIZE) % 2 == 0)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] - before <= 4
    assert (ours.steps, ours.episodes) == (theirs.steps, theirs.episodes)


def test_a_whole_program_is_one_graph_without_breaks() -> None:
    pure = compiled().functional()
    begun, steps = data()
    memory = pure.init(SIZE, begun)
    params = {"target": torch.tensor(0.5, dtype=DOUBLE)}
    explain: Any = torch._dynamo.explain
    told = explain(pure.step)(memory, steps[0], params)
    assert told.graph_break_count == 0


def test_potentials_end_with_the_flag_they_are_given() -> None:
    text = "input near : real per state\npotential way discount 1 = near"
    pure = compiled(text).functional()
    memory = pure.init(2, {"near": torch.tensor([3.0, 3.0], dtype=DOUBLE)})
    over = torch.tensor([True, False])
    now = {"near": torch.tensor([5.0, 5.0], dtype=DOUBLE)}
    assert pure.step(memory, now, terminated=over)[0].reward.tolist() == [-3, 2]
    assert pure.step(memory, now, truncated=over)[0].reward.tolist() == [2, 2]


def test_a_fault_is_told_by_valid_and_ends_where_the_policy_says_so() -> None:
    pure = compiled("input x : real\nterm a = 1 / x", faults="terminate").functional()
    parts, _ = pure.step(pure.init(2), {"x": torch.tensor([0.0, 2.0], dtype=DOUBLE)})
    assert parts.valid.tolist() == [False, True]
    assert parts.terminated.tolist() == [True, False]
    assert parts.reward.tolist() == [0, 0.5]


def test_without_a_float_type_it_is_torchs_default() -> None:
    program = rewardlang.parse("input x : real\nterm a = x")
    pure = program.compile("torch").functional()
    assert pure.dtype is torch.float32
    with pytest.raises(RewardError) as caught:
        pure.step(pure.init(2), {"x": torch.ones(2, dtype=DOUBLE)})
    assert code_of(caught) == "RW607"


def test_training_is_a_constant_of_the_functions() -> None:
    reward = compiled("input x : real\nterm a = if training then x else 0")
    x = {"x": torch.ones(1, dtype=DOUBLE)}
    learning = reward.functional()
    reward.training = False
    judging = reward.functional()
    assert learning.step(learning.init(1), x)[0].reward.item() == 1
    assert judging.step(judging.init(1), x)[0].reward.item() == 0


def test_an_axis_gets_its_size_from_the_calls_before() -> None:
    text = "input gain : real[stock]\nterm all_in = sum(gain)"
    reward = compiled(text)
    with pytest.raises(RewardError) as caught:
        reward.functional()
    assert code_of(caught) == "RW638"
    reward.step({"gain": torch.ones(2, 3, dtype=DOUBLE)})
    pure = reward.functional()
    parts, _ = pure.step(pure.init(2), {"gain": torch.ones(2, 3, dtype=DOUBLE)})
    assert parts.reward.tolist() == [3, 3]


IMPURE = {
    "group": "input x : real per episode\nterm a = x - mean(x over group)",
    "run": "input x : real\nterm a = x - mean(x over run else 0)",
    "steps": "input x : real\nterm a = if steps > 10 then x else 0",
    "episode": "input x : real\ninput g : real per episode\nterm a = x - g",
}


@pytest.mark.parametrize("name", IMPURE)
def test_what_is_no_pure_function_is_told_before_anything_runs(name: str) -> None:
    with pytest.raises(RewardError) as caught:
        compiled(IMPURE[name]).functional()
    assert code_of(caught) == "RW638"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"speed": torch.ones(3, dtype=DOUBLE)}, "RW610"),
        ({"speed": torch.ones(SIZE, dtype=DOUBLE, device="meta")}, "RW625"),
        ({"speed": torch.ones(SIZE, dtype=torch.bool)}, "RW603"),
        ({"speed": torch.ones(SIZE, 2, dtype=DOUBLE)}, "RW602"),
        ({"spede": torch.ones(SIZE, dtype=DOUBLE)}, "RW601"),
        ({"speed": [1.0] * SIZE}, "RW624"),
    ],
)
def test_columns_that_do_not_fit_are_told(change: dict[str, Any], code: str) -> None:
    pure = compiled().functional()
    begun, steps = data()
    with pytest.raises(RewardError) as caught:
        pure.step(pure.init(SIZE, begun), {**steps[0], **change})
    assert code_of(caught) == code


def test_calls_that_do_not_fit_the_memory_are_told() -> None:
    pure = compiled().functional()
    begun, steps = data()
    memory = pure.init(SIZE, begun)
    fewer = {name: x[:2] for name, x in steps[0].items()}
    cases: list[tuple[Any, str]] = [
        (lambda: pure.step(memory, fewer), "RW608"),
        (lambda: pure.step(memory, {"force": steps[0]["force"]}), "RW600"),
        (lambda: pure.init(SIZE, {"goal": begun["goal"]}), "RW609"),
        (lambda: pure.init(3, begun), "RW608"),
        (lambda: pure.init(SIZE, {**begun, "force": steps[0]["force"]}), "RW611"),
        (lambda: pure.step(memory, steps[0], {"targte": 1.0}), "RW620"),
        (lambda: pure.step(memory, steps[0], {"target": 7.0}), "RW623"),
        (lambda: pure.step(memory, steps[0], {"target": torch.ones(2)}), "RW622"),
        (lambda: pure.step(memory, steps[0], terminated=torch.ones(SIZE)), "RW619"),
        (lambda: pure.reset(memory, torch.ones(2, dtype=torch.bool), begun), "RW619"),
        (lambda: pure.step(memory, steps), "RW605"),
    ]
    for call, code in cases:
        with pytest.raises(RewardError) as caught:
            call()
        assert code_of(caught) == code
