"""A loop on a CPU goes ahead as if nothing were a fault, and looks: the same bits either way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rewardlang
from rewardlang.backends.certain import never_faults, never_nan
from rewardlang.diagnostics.diagnostic import RewardError
from tests.agree import generated
from tests.agree.test_programs import EPISODES, LENGTH, STATE_INPUTS
from tests.agree.test_torch import EVERY_DTYPE, assert_agree, compiled, tensors

LEGGED = "examples/legged/velocity_tracking.reward"


def step_by(reward: Any, look: bool, values: dict[str, Any]) -> tuple[Any, Any]:
    """The kernel's step over what the loop reads, which is not made."""
    loop, engine = reward._loop, reward._engine
    environments, rows, _ = loop.read(values, None, None)
    given = rows, environments.memory, engine.live()
    found: tuple[Any, Any] = engine.kernel.step(*given, hold=engine.hold, look=look)
    return found


def flat(found: tuple[Any, Any]) -> list[torch.Tensor]:
    results, memory = found
    parts = (results.outputs, memory.cells, memory.rings, memory.held)
    return [results.reward, *(x for part in parts for x in part)]


@EVERY_DTYPE
@pytest.mark.parametrize("seed", range(12))
def test_a_step_that_looks_gives_the_same_bits(seed: int, dtype: str) -> None:
    _, ours = compiled(generated.program(seed), dtype)
    columns = generated.data(seed, EPISODES, LENGTH, dtype, nasty=0.01)
    ours.reset(tensors({name: columns[name][:, 0] for name in STATE_INPUTS}))
    for t in range(LENGTH):
        row = tensors({n: c[:, t + (n in STATE_INPUTS)] for n, c in columns.items()})
        seen, not_seen = (step_by(ours, look, row) for look in (True, False))
        for a, b in zip(flat(seen), flat(not_seen), strict=True):  # a bool may be a number
            torch.testing.assert_close(
                a,
                b,
                rtol=0,
                atol=0,
                equal_nan=True,
                check_dtype=torch.bool not in (a.dtype, b.dtype),
            )
        if not seen[0].unfit:
            assert not any(x.any() for x in not_seen[0].unfit)
        ours.step(row)


@pytest.mark.parametrize("seed", range(12))
def test_loops_with_a_fault_now_and_then_agree_with_numpy(seed: int) -> None:
    numpy, ours = compiled(generated.program(seed))
    columns = generated.data(seed, EPISODES, LENGTH, "float64", nasty=0.01)
    start = {name: columns[name][:, 0] for name in STATE_INPUTS}
    numpy.reset(start)
    ours.reset(tensors(start))
    for t in range(LENGTH):
        row = {n: c[:, t + (n in STATE_INPUTS)] for n, c in columns.items()}
        assert_agree(numpy.step(row), ours.step(tensors(row)), "float64")


def legged(**changes: torch.Tensor) -> dict[str, torch.Tensor]:
    rng = np.random.default_rng(0)
    plan = rewardlang.load(LEGGED).plan
    made = {i.name: rng.normal(size=(6, *i.shape)).astype(np.float32) for i in plan.inputs}
    return {**tensors(made), **changes}


def kernel_with_counts(reward: Any) -> dict[str, int]:
    """How often each of the two texts is run from now on."""
    kernel, counts = reward._engine.kernel, {"seen": 0, "step": 0}
    for name, function in (("seen", "_seen_step"), ("step", "_step")):
        whole = getattr(kernel, function)

        def counted(*given: Any, name: str = name, whole: Any = whole) -> Any:
            counts[name] += 1
            return whole(*given)

        setattr(kernel, function, counted)
    return counts


def test_where_nothing_is_a_fault_the_guards_are_left_out() -> None:
    reward = rewardlang.load(LEGGED).compile("torch", dtype="float32", check=False)
    counts = kernel_with_counts(reward)
    assert not reward.step(legged()).faults.count
    assert counts == {"seen": 1, "step": 0}
    force = torch.ones(6, 4)
    force[2, 1] = float("nan")
    assert reward.step(legged(foot_force=force)).faults.counts == {"air_time": 1}
    assert counts == {"seen": 1, "step": 1}  # by the inputs alone
    reward.reset()
    torque = torch.ones(6, 12)
    torque[3] = float("inf")
    assert reward.step(legged(torque=torque)).faults.counts == {"torques": 1}
    assert counts == {"seen": 2, "step": 2}  # by what came of them
    assert reward.faults.counts == {"air_time": 1, "torques": 1}


OWN = """\
input x : real per state
input c : bool
input v : real[2]
term plain = x
term again weight 2 = x
term safe = fallback(x, 0)
let late : real = previous(late else 0) + x
term later = late
term first = v[0]
term kept = previous(x)
metric seen = x
metric held = previous(plain else 0)
metric whole = sum(v[0:1])
metric last = previous(late else 0)
terminate done when c
machine m {
  initial a
  a -> b when c pays -1
  b -> a when not c
}
term walked = payout(m)
"""


@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("look", [True, False])
@pytest.mark.parametrize("text", [OWN, "input x : real\nterm only = x", LEGGED])
def test_what_a_step_gives_is_the_callers_own(text: str, look: bool, gradients: bool) -> None:
    """Whoever changes a result in place changes nothing else: no input, memory or other result."""
    program = rewardlang.load(text) if text.endswith(".reward") else rewardlang.parse(text)
    reward: Any = program.compile("torch", dtype="float32", check=False)
    values = {
        i.name: torch.rand(3, *i.shape) > 0.5 if i.kind == "bool" else torch.rand(3, *i.shape)
        for i in program.plan.inputs
    }
    state = {i.name: values[i.name].clone() for i in program.plan.inputs if i.at_reset}
    reward.reset(state)
    for _ in range(3):
        kernel: Any = reward._engine.kernel
        kernel._pause = 0 if look else 9
        with torch.set_grad_enabled(gradients):
            out = reward.step(values)
        groups = (out.terms, out.metrics, out.probes, out.conditions)
        results = [out.reward, *(x for group in groups for x in group.values())]
        loop: Any = reward._loop
        memory = [x for part in loop.environments.memory for x in part]
        everything = [*results, *memory, *values.values()]
        for n, mine in enumerate(results):
            before = [x.clone() for x in everything]
            mine.logical_not_() if mine.dtype is torch.bool else mine.add_(1)
            for k, (a, b) in enumerate(zip(before, everything, strict=True)):
                assert (k == n) != torch.equal(a, b), (n, k)


def test_finite_numbers_whose_sum_is_not_are_no_fault() -> None:
    reward = rewardlang.parse("input x : real\nterm paid = x").compile("torch", dtype="float32")
    out = reward.step({"x": torch.full((4,), 3e38)})
    assert out.faults.count == 0
    assert out.reward.tolist() == torch.full((4,), 3e38).tolist()


def test_a_sum_of_finite_numbers_may_be_none() -> None:
    """Its parts are inf and -inf, as they are added up; a comparison of it is a fault then."""
    text = "input v : real[12]\nterm paid = if sum(v) > 0 then 1 else 2"
    reward: Any = rewardlang.parse(text).compile("torch", dtype="float32", check=False)
    values = {"v": torch.tensor([[3e38, 3e38, -3e38, -3e38] * 3, [1.0] * 12])}
    reward.step(values)
    seen, not_seen = (step_by(reward, look, values) for look in (True, False))
    assert torch.equal(seen[0].reward, not_seen[0].reward)
    assert not never_nan_of(text)


def never_nan_of(text: str) -> frozenset[int]:
    """Of all reals that are computed, where all inputs are finite."""
    plan = rewardlang.parse(text).plan
    body = [*plan.prelude, *plan.step]
    fit = frozenset(i.slot.number for i in body if i.op == "input")
    certain = never_faults(plan, body, fit)
    return never_nan([i for i in body if i.op != "settle"], certain) - certain


def test_no_rows_above_a_bound_are_looked_at_twice() -> None:
    """A count that would be a fault is found among the ints too."""
    text = "input n : int\nterm paid = real(n)\nmetric twice = n > 3"
    reward = rewardlang.parse(text).compile("torch", check=True)
    out = reward.step({"n": torch.tensor([1, -(2**63), 5])})
    assert out.valid.tolist() == [True, False, True]


def test_params_that_change_between_two_looks() -> None:
    text = "param low : real[2] = [0, 0]\ninput x : real[2]\nterm paid = sum(x - low)"
    reward = rewardlang.parse(text).compile("torch", dtype="float64")
    x = {"x": torch.ones(3, 2, dtype=torch.float64)}
    with torch.no_grad():
        assert reward.step(x).reward.tolist() == [2, 2, 2]
        reward.params["low"] = [1, 0]
        assert reward.step(x).reward.tolist() == [1, 1, 1]
        reward.params["low"] = torch.tensor([1.0, 3.0], dtype=torch.float64)
        assert reward.step(x).reward.tolist() == [-2, -2, -2]
        reward.params["low"] = [0, 0]
        assert reward.step({"x": torch.ones(3, 2, dtype=torch.float64)}).reward.tolist() == [2] * 3
    with torch.inference_mode():
        assert reward.step(x).reward.tolist() == [2, 2, 2]


def test_what_was_given_at_a_reset_is_read_by_calls_of_a_known_form() -> None:
    text = "input goal : real per episode at reset\ninput x : real\nterm paid = x - goal"
    reward = rewardlang.parse(text).compile("torch", dtype="float64")
    step = {"x": torch.zeros(2, dtype=torch.float64)}
    for goal in (1.0, 2.0):
        reward.reset({"goal": torch.full((2,), goal, dtype=torch.float64)})
        assert [reward.step(step).reward.tolist() for _ in range(3)] == [[-goal, -goal]] * 3
    mask = torch.tensor([True, False])
    reward.reset({"goal": torch.zeros(2, dtype=torch.float64)}, mask)
    assert reward.step(step).reward.tolist() == [0, -2]
    state = reward.state_dict()
    reward.reset({"goal": torch.full((2,), 9.0, dtype=torch.float64)})
    assert reward.step(step).reward.tolist() == [-9, -9]
    reward.load_state_dict(state)
    assert reward.step(step).reward.tolist() == [0, -2]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"x": torch.zeros(3, dtype=torch.float64)}, "RW608"),
        ({"x": torch.zeros(2, dtype=torch.bool)}, "RW603"),
        ({"x": torch.zeros(2, 2, dtype=torch.float64)}, "RW602"),
        ({"y": torch.zeros(2, dtype=torch.float64)}, "RW601"),
        ({}, "RW600"),
        ({"x": torch.zeros(2, device="meta")}, "RW625"),
    ],
)
def test_calls_of_another_form_are_checked(values: dict[str, Any], code: str) -> None:
    reward = rewardlang.parse("input x : real\nterm paid = x").compile("torch", dtype="float64")
    for _ in range(2):
        reward.step({"x": torch.ones(2, dtype=torch.float64)})
    with pytest.raises(RewardError) as caught:
        reward.step(values)
    assert [d.code for d in caught.value.diagnostics] == [code]
    out = reward.step({"x": torch.ones(2, dtype=torch.float32)})  # a fitting one of another form
    assert out.reward.tolist() == [1, 1]
    assert reward.steps == 6
