"""A reward with an axis: per agent, per objective, shared parts, online and offline."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang.runtime.outcome import Outcome
from rewardlang.runtime.reward import Reward

TEXT = """
input velocity : real[agent: 3, xy: 2]
input hit : bool[agent: 3]
input height : real per state
input place : real[agent: 3] per state
let speed = norm(velocity over xy)
term bumped : real[agent] weight -0.5 = hit
term steady : real[agent] = ema(speed, decay: 0.9)
term quick : real[agent] weight 0.1 = mean(speed over last 3)
term inverse : real[agent] = 1 / (speed - 1)
term shared weight 2 = height
term late : real[agent] weight 0.25 = max(speed over episode)
potential near discount 0.9 = -place
potential high discount 0.9 = height
terminate crash when hit pays -1
terminate fallen when height < -1 pays -2
success done when speed > 2
metric top : real[agent] = max(speed over past)
reward : real[agent] = max(total, -3)
"""
SIZE, STEPS = 4, 6
BACKENDS = ["numpy", "numba"]


def compiled(backend: str, text: str = TEXT, **options: Any) -> Reward:
    return rewardlang.parse(text, name="team").compile(backend=backend, **options)


def recording(dtype: Any = np.float64) -> dict[str, Any]:
    rng = np.random.default_rng(7)
    columns: dict[str, Any] = {
        "velocity": rng.normal(0, 1.5, (SIZE, STEPS, 3, 2)).astype(dtype),
        "hit": rng.random((SIZE, STEPS, 3)) < 0.2,
        "height": rng.normal(0, 1, (SIZE, STEPS + 1)).astype(dtype),
        "place": rng.normal(0, 1, (SIZE, STEPS + 1, 3)).astype(dtype),
    }
    columns["velocity"][1, 2, 0, 0] = np.nan
    columns["velocity"][2, 3, 1] = [1, 0]  # a division by zero of one agent's
    return columns


def stepped(reward: Reward, columns: dict[str, Any]) -> list[Outcome]:
    reward.reset({n: columns[n][:, 0] for n in ("height", "place")})
    outs = []
    for k in range(STEPS):
        values = {n: columns[n][:, k] for n in ("velocity", "hit")}
        values |= {n: columns[n][:, k + 1] for n in ("height", "place")}
        outs.append(reward.step(values, truncated=np.full(SIZE, k == STEPS - 1)))
    return outs


def results(out: Outcome) -> dict[str, Any]:
    found = {"reward": out.reward, "terminated": out.terminated, "success": out.success}
    for group in ("terms", "weighted", "conditions", "metrics"):
        found |= {f"{group} {name}": value for name, value in getattr(out, group).items()}
    return found | {"valid": out.valid, "mask": out.faults.mask}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("policy", ["hold", "zero", "terminate"])
def test_both_backends_give_the_same_bits(dtype: Any, policy: str) -> None:
    columns = recording(dtype)
    one, other = (compiled(b, faults=policy).evaluate(columns) for b in BACKENDS)
    for (name, a), b in zip(results(one).items(), results(other).values(), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)
    assert one.faults.counts == other.faults.counts
    assert one.faults.count == other.faults.count > 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_loop_and_the_recording_agree_bit_for_bit(backend: str) -> None:
    columns = recording()
    whole = compiled(backend).evaluate(columns)
    outs = stepped(compiled(backend), columns)
    for k, out in enumerate(outs):
        np.testing.assert_array_equal(whole.reward[:, k], out.reward)
        np.testing.assert_array_equal(whole.terminated[:, k], out.terminated)
        for name, part in out.weighted.items():
            np.testing.assert_array_equal(whole.weighted[name][:, k], part, err_msg=name)
    np.testing.assert_array_equal(whole.terms["late"], outs[-1].terms["late"])


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_varies_over_the_axis_has_it_last_and_what_is_shared_lacks_it(backend: str) -> None:
    out = compiled(backend).evaluate(recording())
    lead = (SIZE, STEPS)
    assert out.reward.shape == out.terminated.shape == out.success.shape == (*lead, 3)
    assert out.weighted["bumped"].shape == out.weighted["rest"].shape == (*lead, 3)
    assert out.weighted["shared"].shape == out.valid.shape == out.weighted["fallen"].shape == lead
    assert out.terms["late"].shape == (SIZE, 3)
    assert out.conditions["crash"].shape == out.metrics["top"].shape == (*lead, 3)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_weighted_parts_sum_to_the_reward_of_each_agent(backend: str) -> None:
    out = compiled(backend).evaluate(recording())
    parts = [p if p.ndim == 3 else p[..., None] for p in out.weighted.values()]
    np.testing.assert_allclose(sum(parts), out.reward, rtol=0, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_agents_rewards_are_those_of_a_program_for_it_alone(backend: str) -> None:
    text = TEXT.replace("[agent: 3, xy: 2]", "[xy: 2]").replace("[agent: 3]", "")
    text = text.replace(" : real[agent]", "")
    columns = recording()
    team = compiled(backend).evaluate(columns)
    for agent in range(3):
        alone = {n: c[..., agent] if n in ("hit", "place") else c for n, c in columns.items()}
        alone["velocity"] = columns["velocity"][:, :, agent]
        own = compiled(backend, text).evaluate(alone)
        # the shared potential ends with the team, an agent's own with the agent
        for name in ("bumped", "steady", "quick", "inverse", "late", "near", "crash"):
            np.testing.assert_array_equal(own.weighted[name], team.weighted[name][..., agent])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_shared_potential_ends_when_every_agent_has_ended(backend: str) -> None:
    text = """
    input hit : bool[agent: 2]
    input out : bool[agent: 2]
    input height : real per state
    term a : real[agent] = 0
    potential high = height
    terminate crash when hit
    terminate left when out
    """
    reward = compiled(backend, text)
    reward.reset({"height": 5.0})
    some = reward.step({"hit": [True, False], "out": [False, False], "height": 7.0})
    assert some.weighted["high"] == 2
    every = reward.step({"hit": [True, False], "out": [False, True], "height": 9.0})
    assert every.weighted["high"] == -7
    assert every.terminated.tolist() == [True, True]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_loop_may_end_each_slot_by_itself(backend: str) -> None:
    text = """
    input place : real[agent: 2] per state
    input height : real per state
    potential near = place
    potential high = height
    term a : real[agent] paid last = 7
    """
    ends = np.array([[False, True], [True, True]])
    place = np.array([[3.0, 4.0], [3.0, 4.0]])
    loop = compiled(backend, text)
    loop.reset({"place": np.ones((2, 2)), "height": np.ones(2)})
    out = loop.step({"place": place, "height": np.full(2, 5.0)}, terminated=ends)
    assert out.weighted["near"].tolist() == [[2, -1], [-1, -1]]
    assert out.weighted["high"].tolist() == [4, -1]
    assert out.terms["a"].tolist() == [[0, 7], [7, 7]]
    columns = {
        "place": np.stack([np.ones((2, 2)), place], axis=1),
        "height": np.array([[1.0, 5.0], [1.0, 5.0]]),
        "terminated": ends[:, None],
    }
    whole = compiled(backend, text).evaluate(columns)
    assert whole.weighted["near"][:, 0].tolist() == out.weighted["near"].tolist()
    assert whole.weighted["high"][:, 0].tolist() == out.weighted["high"].tolist()
    one = compiled(backend, text)
    one.reset({"place": [1.0, 1.0], "height": 1.0})
    plain = one.step({"place": place[0], "height": 5.0}, terminated=ends[0])
    assert plain.weighted["near"].tolist() == [2, -1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_environment_in_plain_numbers_gives_a_vector(backend: str) -> None:
    reward = compiled(backend, TEXT.replace("reward : real[agent] = max(total, -3)\n", ""))
    reward.reset({"height": 0.0, "place": [0.0, 0.0, 0.0]})
    values = {"velocity": np.zeros((3, 2)), "hit": [True, False, False]}
    out = reward.step({**values, "height": 1.0, "place": np.array([1.0, 2.0, 3.0])})
    assert out.reward.shape == (3,)
    assert out.terminated.tolist() == [True, False, False]
    # -0.5 - 1 + 2 + 1 / (0 - 1) for all, 0.9 for the height, and the way that was lost
    np.testing.assert_allclose(out.reward, [0.4, 1.9 - 1.8, 1.9 - 2.7])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_fault_of_one_agent_holds_its_own_slot_and_leaves_the_others(backend: str) -> None:
    text = "input x : real[agent: 3]\nterm a : real[agent] = x\n"
    reward = compiled(backend, text, faults="hold")
    reward.step({"x": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])})
    out = reward.step({"x": np.array([[7.0, np.nan, 9.0], [1.0, 1.0, 1.0]])})
    assert out.reward.tolist() == [[7, 2, 9], [1, 1, 1]]
    assert out.valid.tolist() == [False, True]
    assert out.faults.counts == {"a": 1}
    assert [f.input for f in out.faults] == ["x"]


def test_under_terminate_a_fault_ends_the_row_for_every_agent() -> None:
    text = "input x : real[agent: 2]\nterm a : real[agent] = x\nterminate b when x > 9\n"
    out = compiled("numpy", text, faults="terminate").step(
        {"x": np.array([[np.nan, 1.0], [10.0, 1.0]])}
    )
    assert out.terminated.tolist() == [[True, True], [True, False]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_some_environments_may_sit_out_a_step(backend: str) -> None:
    reward = compiled(backend, "input x : real[agent: 2]\nterm a : real[agent] = x\n")
    active = np.array([True, False, True])
    out = reward.step({"x": np.arange(6.0).reshape(3, 2)}, active=active)
    assert out.reward.tolist() == [[0, 1], [0, 0], [4, 5]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_own_reward_may_give_up_the_axis_that_its_terms_keep(backend: str) -> None:
    text = "input x : real[agent: 2]\nterm a : real[agent] = x\nreward = sum(total over agent)\n"
    out = compiled(backend, text).step({"x": np.array([[1.0, 2.0]])})
    assert out.reward.tolist() == [3.0]
    assert out.weighted["rest"].tolist() == [[2.0, 1.0]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_enum_names_the_objectives(backend: str) -> None:
    text = "enum aim { forward, jump }\ninput x : real\nreward : real[aim] = [x, 2 * x]\n"
    reward = compiled(backend, text)
    assert reward.plan.axis is not None
    assert reward.plan.axis.labels == ("forward", "jump")
    assert reward.step({"x": 1.5}).reward.tolist() == [1.5, 3.0]
