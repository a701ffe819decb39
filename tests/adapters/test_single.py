"""One environment: the loop, the recording and the hand agree."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

import rewardlang
from rewardlang.adapters.single import RewardWrapper
from rewardlang.adapters.transition import Transition
from tests.adapters.line import ENDING, EPISODIC, EXAMPLES, HAND, PROGRAM, Hand, Line

Array = np.ndarray[Any, Any]


def code_of(caught: pytest.ExceptionInfo[rewardlang.RewardError]) -> str:
    return caught.value.diagnostics[0].code


def hint_of(caught: pytest.ExceptionInfo[rewardlang.RewardError]) -> str:
    return str(caught.value)


def episode(env: gymnasium.Env[Any, Any], actions: Array) -> list[Any]:
    """Steps until the end; the last entry of each is the info."""
    rows = []
    for action in actions:
        rows.append((action, *env.step(action)))
        if rows[-1][3] or rows[-1][4]:
            break
    return rows


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_the_loop_pays_what_the_recording_is_worth(
    ending: rewardlang.Program, actions: Array, backend: str
) -> None:
    env = RewardWrapper(Line(), ending, backend=backend)
    reward = ending.compile(backend=backend)
    ends = set()
    at = 0
    for _ in range(6):
        first, _ = env.reset()
        rows = episode(env, actions[at:, at % 4])
        at += len(rows)
        steps = [np.stack([np.asarray(r[k]) for r in rows]) for k in range(5)]
        action, observation, paid, terminated, truncated = steps
        speed = np.array([r[5]["speed"] for r in rows])
        ends.add((bool(terminated[-1]), bool(truncated[-1])))
        x = np.r_[first[0], observation[:, 0]].astype(np.float32)
        fell = np.array([x[-1] < -0.75])
        said = terminated & ~fell  # the program's own end is no word of the loop's
        out = reward.evaluate(
            {"x": x[None], "action": action[None], "speed": speed[None]},
            terminated=said[None],
            truncated=truncated[None],
        )
        np.testing.assert_array_equal(out.reward[0], paid)
        np.testing.assert_array_equal(out.terminated[0] | said, terminated)
        for name, column in out.weighted.items():
            np.testing.assert_array_equal(column[0], [r[5][f"reward/{name}"] for r in rows])
        np.testing.assert_array_equal(out.success[0], [r[5]["is_success"] for r in rows])
        entries = rows[-1][5]["episode_terms"]
        assert entries["length"] == len(rows)
        assert entries["hash"] == ending.hash
        assert entries["reward/total"] == pytest.approx(float(np.sum(paid)), rel=1e-12)
        assert entries["reward_per_second/total"] == entries["reward/total"] / (0.5 * len(rows))
        assert entries["metric/distance"] == pytest.approx(np.abs(x[1:]).mean(), rel=1e-6)
        assert entries["success"] == out.success[0].any()
    assert {(True, False), (False, True)} <= ends


def test_the_weighted_terms_of_a_step_sum_to_its_reward(
    program: rewardlang.Program, actions: Array
) -> None:
    env = RewardWrapper(Line(), program, backend="numpy", dtype="float64")
    env.reset()
    for _, _, paid, _, _, info in episode(env, actions[:, 2]):
        parts = [v for k, v in info.items() if k.startswith("reward/")]
        assert sum(parts) == pytest.approx(paid, abs=1e-15)
        assert info["original_reward"] == -1.0


def test_the_potential_is_zero_after_a_termination_and_stays_at_a_truncation() -> None:
    text = "input x : real per state from observation[0]\npotential near discount 0.5 = 1 - x"
    shaped = rewardlang.parse(text, name="shaped")
    env = RewardWrapper(Line(goal=0.75, horizon=2), shaped, backend="numpy", dtype="float64")
    env.reset()  # begins at 0: phi = 1
    assert env.step([0.5])[1] == 0.5 * 0.5 - 1  # phi 1 -> 1/2
    _, paid, terminated, truncated, _ = env.step([0.5])
    assert (terminated, truncated) == (True, True)
    assert paid == -0.5  # terminated wins: phi 1/2 -> 0
    env.reset()  # begins at 1/8: phi = 7/8
    assert env.step([0.125])[1] == 0.5 * 0.75 - 0.875
    _, paid, terminated, truncated, _ = env.step([0.25])
    assert (terminated, truncated) == (False, True)
    assert paid == 0.5 * 0.5 - 0.75  # truncated: phi 3/4 -> 1/2


def test_the_programs_own_end_ends_the_episode_pays_and_zeroes_the_potential() -> None:
    own = rewardlang.parse(
        "input x : real per state from observation[0]\n"
        "potential near discount 0.5 = 1 + x\nterminate far when x < -0.25 pays -2",
        name="own",
    )
    env = RewardWrapper(Line(), own, backend="numpy", dtype="float64")
    env.reset()
    _, paid, terminated, truncated, info = env.step([-0.5])
    assert (terminated, truncated) == (True, False)
    assert paid == -2 + 0 - 1  # pays; phi 1 -> 0
    assert info["reward/near"] == -1
    assert info["reward/far"] == -2
    assert info["episode_terms"]["reward/total"] == -3
    with pytest.raises(rewardlang.RewardError) as caught:
        env.step([0.0])
    assert code_of(caught) == "RW667"
    env.reset()
    assert env.step([0.0])[1] == 0.5 * 1.125 - 1.125


def test_params_are_live() -> None:
    tuned = rewardlang.parse(
        "input x : real from observation[0] param gain : real in 0 .. 9 = 2 term far = gain * x",
        name="tuned",
    )
    env = RewardWrapper(Line(), tuned, backend="numpy", params={"gain": 3.0})
    env.reset()
    assert env.step([0.5])[1] == 1.5
    env.reward.params["gain"] = 8.0
    assert env.step([0.0])[1] == 4.0


def test_what_is_not_a_number_is_counted_and_forgotten(program: rewardlang.Program) -> None:
    line = Line(horizon=4)
    env = RewardWrapper(line, program, backend="numpy")
    env.reset()
    paid = [env.step([0.25])[1]]
    line.x = float("nan")
    paid.append(env.step([0.25])[1])
    line.x = 0.25
    paid.append(env.step([0.0])[1])
    last = env.step([0.0])
    paid.append(last[1])
    assert np.isfinite(paid).all()
    entries = last[4]["episode_terms"]
    assert entries["fault/forward"] == 2  # x and, a step later, previous(x)
    assert entries["fault/effort"] == 0
    env.reset()
    ended = episode(env, np.zeros((4, 1), np.float32))[-1][5]["episode_terms"]
    assert ended["fault/forward"] == 0


def test_bind_goes_before_the_file_and_a_callable_reads_the_transition() -> None:
    text = (
        "input a : real from observation[0] input b : real input c : real from reward "
        "term out = a + 10 * b + 100 * c"
    )
    sourced = rewardlang.parse(text, name="sourced")
    seen: list[Transition] = []

    def own(transition: Transition) -> float:
        seen.append(transition)
        return float(transition.reward)

    env = RewardWrapper(Line(), sourced, {"a": "env.unwrapped.age", "b": own}, backend="numpy")
    env.reset()
    assert env.step([0.5])[1] == 1 - 10 - 100
    assert seen[0].env is env.env
    assert seen[0].info == {"speed": 1.0}


@pytest.mark.parametrize(
    ("text", "bind", "code", "said"),
    [
        ("input a : real term out = a", None, "RW660", "input `a`"),
        ("input a : real from observation[2] term out = a", None, "RW662", "2 long"),
        ("input a : real[3] from observation[0:3] term out = sum(a)", None, "RW662", "2 long"),
        ("input a : real from observation term out = a", None, "RW664", "[2]"),
        ("input a : real from action term out = a", None, "RW664", "[1]"),
        ("input a : real term out = a", {"a": "observed[0]"}, "RW661", "observed[0]"),
        ("input angle : real term out = angle", {"angel": "observation[0]"}, "RW665", "`angle`"),
    ],
)
def test_a_binding_that_cannot_be_met_is_an_error_before_anything_runs(
    text: str, bind: Any, code: str, said: str
) -> None:
    broken = rewardlang.parse(text, name="broken")
    with pytest.raises(rewardlang.RewardError) as caught:
        RewardWrapper(Line(), broken, bind, backend="numpy")
    assert code_of(caught) == code
    assert said in hint_of(caught)


def test_an_input_that_nothing_reads_needs_no_source() -> None:
    lazy = rewardlang.parse("input a : real term out = 1", name="lazy")
    env = RewardWrapper(Line(), lazy, backend="numpy")
    env.reset()
    assert env.step([0.0])[1] == 1


def test_an_entry_missing_from_the_info_is_named_with_what_is_there() -> None:
    text = "input v : real from info.sped term out = v"
    env = RewardWrapper(Line(), rewardlang.parse(text, name="typo"), backend="numpy")
    env.reset()
    with pytest.raises(rewardlang.RewardError) as caught:
        env.step([0.0])
    assert code_of(caught) == "RW663"
    assert "did you mean `speed`?" in hint_of(caught)


def test_a_state_entry_missing_from_the_info_is_an_error_at_the_reset() -> None:
    text = "input v : real per state from info.speed term out = v - previous(v)"
    env = RewardWrapper(Line(), rewardlang.parse(text, name="typo"), backend="numpy")
    with pytest.raises(rewardlang.RewardError) as caught:
        env.reset()
    assert code_of(caught) == "RW663"
    assert "`begun`" in hint_of(caught)


def test_a_default_stands_where_the_info_has_no_entry() -> None:
    text = "input v : real from info.bonus else 3 term out = v"
    env = RewardWrapper(Line(), rewardlang.parse(text, name="default"), backend="numpy")
    env.reset()
    assert env.step([0.0])[1] == 3


def test_values_of_an_episode_are_read_at_its_begin_and_on_its_last_step() -> None:
    env = RewardWrapper(
        Line(horizon=2), rewardlang.parse(EPISODIC, name="episodic"), backend="numpy"
    )
    for number in (1, 2):
        env.reset()
        first = env.step([0.25])[1]
        last = env.step([-0.25])[1]
        assert first == number + 0.25
        assert last == number + 0 + -0.25 / 0.5


def test_a_program_is_read_from_its_file(tmp_path: Any) -> None:
    path = tmp_path / "line.reward"
    path.write_text(PROGRAM, encoding="utf-8")
    for given in (path, str(path)):
        env = RewardWrapper(Line(), given, backend="numpy")
        assert env.program.hash == rewardlang.load(path).hash
    assert rewardlang.parse(ENDING).hash != rewardlang.parse(PROGRAM).hash


def test_dictionaries_buttons_and_choices_are_read_in_their_kinds() -> None:
    hand = Hand()
    env = RewardWrapper(hand, rewardlang.parse(HAND, name="hand"), backend="numpy")
    env.reset()
    choices: list[Any] = [1, np.int64(2), np.array(2)]
    for age, action in enumerate(choices, start=1):
        before = hand.x
        paid = env.step(action)[1]
        assert paid == hand.x + 10 * (1 + age % 2) + 100 * action + 1000 * (hand.x - before)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CartPole-v1", "input angle : real<rad> per state from observation[2]\n"
         "term still = -abs(angle) / 1<rad>\nterminate fallen when abs(angle) > 5<deg>"),
        ("Pendulum-v1", "input up : real from observation[0] input torque : real[1] from action\n"
         "term high = up term effort weight 0.01 = -sum(torque ^ 2)"),
    ],
)  # fmt: skip
def test_real_environments_run_with_the_usual_wrappers_around(name: str, text: str) -> None:
    shaped = rewardlang.parse(text, name="real")
    env: Any = gymnasium.make(name)
    env = gymnasium.wrappers.RecordEpisodeStatistics(RewardWrapper(env, shaped, backend="numpy"))
    env.reset(seed=3)
    env.action_space.seed(3)
    total, info = 0.0, {}
    for _ in range(300):
        _, paid, terminated, truncated, info = env.step(env.action_space.sample())
        total += paid
        if terminated or truncated:
            break
    assert info["episode"]["r"] == pytest.approx(total)
    assert info["episode_terms"]["reward/total"] == pytest.approx(total)


def test_the_ant_is_paid_as_its_environment_pays_it() -> None:
    program = rewardlang.load(EXAMPLES / "ant" / "ant.reward")
    data = "env.unwrapped.data."
    bind = {
        "torso": data + "xpos[1]",
        "position": data + "qpos",
        "velocity": data + "qvel",
        "contact": data + "cfrc_ext",
    }
    env = RewardWrapper(gymnasium.make("Ant-v5"), program, bind, backend="numpy")
    env.reset(seed=0)
    env.action_space.seed(0)
    for _ in range(100):
        _, paid, terminated, truncated, info = env.step(env.action_space.sample())
        assert paid == pytest.approx(info["original_reward"], abs=1e-6)
        if terminated or truncated:
            env.reset()
