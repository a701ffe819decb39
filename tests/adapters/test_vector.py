"""Many environments at once pay, end and begin as each would alone, in every autoreset mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

import rewardlang
from rewardlang.adapters.single import RewardWrapper
from rewardlang.adapters.vector import VectorRewardWrapper
from tests.adapters.line import EPISODIC, EXAMPLES, HAND, Hand, Line

Array = np.ndarray[Any, Any]
MODES = list(AutoresetMode)
HORIZONS = (3, 5, 2, 4)


def lines() -> list[Callable[[], Line]]:
    return [lambda h=h: Line(horizon=h) for h in HORIZONS]  # type: ignore[misc]


def wrapped(program: rewardlang.Program, mode: AutoresetMode, **options: Any) -> Any:
    venv = SyncVectorEnv(lines(), autoreset_mode=mode)
    return VectorRewardWrapper(venv, program, backend="numpy", **options)


def alone(program: rewardlang.Program, row: int, mode: AutoresetMode, actions: Array) -> list[Any]:
    """One row by itself, under the protocol of the mode: one entry for each step of the vector."""
    env = RewardWrapper(Line(horizon=HORIZONS[row]), program, backend="numpy")
    env.reset()
    rows: list[Any] = []
    over = False
    for action in actions[:, row]:
        if over and mode is AutoresetMode.NEXT_STEP:
            rows.append((env.reset()[0], 0.0, False, False, None, None))
            over = False
            continue
        observation, paid, terminated, truncated, info = env.step(action)
        over = terminated or truncated
        final = observation
        if over and mode is not AutoresetMode.NEXT_STEP:
            observation, _ = env.reset()
        rows.append((observation, paid, terminated, truncated, info, final if over else None))
    return rows


def rolled(env: Any, mode: AutoresetMode, actions: Array) -> list[Any]:
    env.reset()
    steps = []
    for action in actions:
        observation, paid, terminated, truncated, infos = env.step(action)
        over = terminated | truncated
        if mode is AutoresetMode.DISABLED and over.any():
            infos = {**infos, "final_obs": list(observation.copy())}
            options = {"reset_mask": over}
            observation, _ = env.reset(options=options)
            assert "reset_mask" in options
        steps.append((observation, paid, terminated, truncated, infos))
    return steps


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("which", ["program", "ending"])
def test_many_are_as_each_alone(
    which: str, mode: AutoresetMode, actions: Array, request: pytest.FixtureRequest
) -> None:
    program = request.getfixturevalue(which)
    steps = rolled(wrapped(program, mode), mode, actions)
    own_ends = 0
    for row in range(4):
        for at, expected in enumerate(alone(program, row, mode, actions)):
            observation, paid, terminated, truncated, infos = steps[at]
            where = f"row {row}, step {at}"
            np.testing.assert_array_equal(observation[row], expected[0], err_msg=where)
            assert paid[row] == expected[1], where
            assert terminated[row] == expected[2], where
            assert truncated[row] == expected[3], where
            compare_infos(infos, row, expected[4], where)
            if expected[5] is not None and mode is not AutoresetMode.NEXT_STEP:
                np.testing.assert_array_equal(infos["final_obs"][row], expected[5], err_msg=where)
            own_ends += expected[4] is not None and expected[4].get("reward/far") == -2
    assert (own_ends > 3) == (which == "ending")


def compare_infos(infos: Any, row: int, alone: Any, where: str) -> None:
    keys = ["reward/forward", "reward/near", "is_success", "original_reward"]
    for key in keys:
        assert infos[f"_{key}"][row] == (alone is not None), where
        if alone is None:
            assert infos[key][row] == 0, (key, where)
        if alone is not None:
            assert infos[key][row] == alone[key], (key, where)
    ended = alone is not None and "episode_terms" in alone
    assert ("episode_terms" in infos and bool(infos["_episode_terms"][row])) == ended, where
    if ended:
        for key, value in alone["episode_terms"].items():
            assert infos["episode_terms"][key][row] == value, (key, where)
            assert infos["episode_terms"][f"_{key}"][row], (key, where)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("copy", [True, False])
def test_values_of_an_episode_are_those_of_each_alone(
    mode: AutoresetMode, copy: bool, actions: Array
) -> None:
    program = rewardlang.parse(EPISODIC, name="episodic")
    venv = SyncVectorEnv(lines(), autoreset_mode=mode, copy=copy)
    env = VectorRewardWrapper(venv, program, backend="numpy")
    steps = rolled(env, mode, actions)
    for row in range(4):
        for at, expected in enumerate(alone(program, row, mode, actions)):
            assert steps[at][1][row] == expected[1], f"row {row}, step {at}"
            assert steps[at][2][row] == expected[2], f"row {row}, step {at}"


@pytest.mark.parametrize("mode", MODES)
def test_dictionaries_are_reset_and_read_row_by_row(mode: AutoresetMode) -> None:
    program = rewardlang.parse(HAND, name="hand")
    venv = SyncVectorEnv([lambda: Hand(horizon=4), lambda: Hand(horizon=3)], autoreset_mode=mode)
    env = VectorRewardWrapper(venv, program, backend="numpy")
    env.reset()
    single = RewardWrapper(Hand(horizon=3), program, backend="numpy")
    single.reset()
    over = False
    own_ends = 0
    for choice in (1, 0, 0, 2, 0, 0, 0, 0, 2, 1, 1, 0, 0, 0, 0):
        observation, paid, terminated, truncated, infos = env.step(np.array([1, choice]))
        last = observation
        if mode is AutoresetMode.NEXT_STEP and over:
            begun, over = single.reset()[0], False
            assert (paid[1], terminated[1], truncated[1]) == (0, False, False)
            assert observation["x"][1] == begun["x"]
            continue
        expected: Any = single.step(choice)
        over = expected[2] or expected[3]
        own_ends += bool(expected[2])
        assert (paid[1], terminated[1], truncated[1]) == expected[1:4]
        if mode is AutoresetMode.DISABLED and (terminated | truncated).any():
            observation, _ = env.reset(options={"reset_mask": terminated | truncated})
        if mode is AutoresetMode.SAME_STEP and over:
            assert infos["final_obs"][1]["x"] == expected[0]["x"]
        if mode is not AutoresetMode.NEXT_STEP and over:
            expected = single.reset()
        elif mode is AutoresetMode.NEXT_STEP:
            observation = last
        assert observation["x"][1] == expected[0]["x"]
        np.testing.assert_array_equal(observation["touch"][1], expected[0]["touch"])
    assert own_ends > 1


def test_the_final_info_of_a_row_the_program_ended_is_its_last_one(
    ending: rewardlang.Program, actions: Array
) -> None:
    env = wrapped(ending, AutoresetMode.SAME_STEP)
    seen = 0
    for observation, _, terminated, _, infos in rolled(env, AutoresetMode.SAME_STEP, actions):
        for row in np.flatnonzero(terminated):
            assert infos["_final_info"][row]
            assert infos["final_info"]["_speed"][row]
            assert infos["_begun"][row]
            assert observation[row, 1] == 0
            assert infos["final_obs"][row][1] > 0
            seen += 1
    assert seen > 3


def test_a_reset_step_is_no_transition_for_memory_counts_or_faults() -> None:
    counting = rewardlang.parse(
        "input x : real per state from observation[0] input v : real from info.speed\n"
        "let steps_seen : real = previous(steps_seen else 0) + 1\n"
        "term seen = steps_seen term age = t term inverse = 1 / v",
        name="counting",
    )
    env = VectorRewardWrapper(
        SyncVectorEnv([lambda: Line(horizon=2), lambda: Line(horizon=3)]),
        counting,
        backend="numpy",
        faults="raise",
    )
    env.reset()
    ages = []
    for _ in range(7):
        _, _, _, _, infos = env.step(np.full((2, 1), 0.125, np.float32))
        assert (infos["reward/seen"] == infos["reward/age"]).all()
        ages.append(infos["reward/age"].tolist())
    assert np.transpose(ages).tolist() == [[1, 2, 0, 1, 2, 0, 1], [1, 2, 3, 0, 1, 2, 3]]
    assert env.reward.faults.count == 0
    assert env.reward.steps == 5 + 6


def test_a_faulty_row_does_not_touch_the_others_and_is_counted_where_it_is(
    program: rewardlang.Program,
) -> None:
    def run(poison: bool) -> tuple[list[Array], Any]:
        env = wrapped(program, AutoresetMode.DISABLED)
        env.reset()
        paid = []
        for at in range(2):
            if poison and at == 1:
                env.unwrapped.envs[1].x = np.nan
            result = env.step(np.full((4, 1), 0.125, np.float32))
            paid.append(result[1])
        return paid, result[4]

    clean, _ = run(False)
    poisoned, infos = run(True)
    others = [0, 2, 3]
    for a, b in zip(clean, poisoned, strict=True):
        np.testing.assert_array_equal(a[others], b[others])
    assert np.isfinite(poisoned[1]).all()
    assert infos["episode_terms"]["fault/forward"][2] == 0  # row 2 ends after two steps
    env = wrapped(program, AutoresetMode.NEXT_STEP)
    env.reset()
    env.unwrapped.envs[2].x = np.nan
    env.step(np.zeros((4, 1), np.float32))
    infos = env.step(np.zeros((4, 1), np.float32))[4]
    assert infos["episode_terms"]["fault/forward"][2] == 2
    assert env.reward.faults.counts["forward"] == 2


def test_with_disabled_autoreset_a_row_that_ended_must_be_reset(
    ending: rewardlang.Program,
) -> None:
    env = wrapped(ending, AutoresetMode.DISABLED)
    env.reset()
    ended = env.step(np.array([[0], [-1], [0], [0]], np.float32))[2]
    assert ended.tolist() == [False, True, False, False]
    with pytest.raises(rewardlang.RewardError) as caught:
        env.step(np.zeros((4, 1), np.float32))
    assert caught.value.diagnostics[0].code == "RW667"
    env.reset(options={"reset_mask": ended})
    env.step(np.zeros((4, 1), np.float32))


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_other_processes_give_the_same(
    ending: rewardlang.Program, mode: AutoresetMode, actions: Array
) -> None:
    here = rolled(wrapped(ending, mode), mode, actions[:12])
    venv = AsyncVectorEnv(lines(), autoreset_mode=mode)
    there = rolled(VectorRewardWrapper(venv, ending, backend="numpy"), mode, actions[:12])
    venv.close()
    for a, b in zip(here, there, strict=True):
        for x, y in zip(a[:4], b[:4], strict=True):
            np.testing.assert_array_equal(x, y)


def test_rows_that_cannot_be_reset_are_refused_to_a_program_that_ends_episodes() -> None:
    venv = gymnasium.make_vec("CartPole-v1", 2, "vector_entry_point")
    text = "input angle : real from observation[2] term still = -abs(angle)"
    VectorRewardWrapper(venv, rewardlang.parse(text, name="still"), backend="numpy").reset()
    for ends, faults in (
        (f"{text} terminate fallen when abs(angle) > 0.1", None),
        (text, "terminate"),
    ):
        ending = rewardlang.parse(ends, name="ends")
        with pytest.raises(rewardlang.RewardError) as caught:
            VectorRewardWrapper(venv, ending, backend="numpy", faults=faults)
        assert caught.value.diagnostics[0].code == "RW666"


def test_workers_that_would_reset_twice_are_refused(ending: rewardlang.Program) -> None:
    venv = AsyncVectorEnv(lines()[:1], shared_memory=False)
    with pytest.raises(rewardlang.RewardError) as caught:
        VectorRewardWrapper(venv, ending, backend="numpy")
    assert caught.value.diagnostics[0].code == "RW666"
    venv.close()


class Forgetful(gymnasium.vector.VectorWrapper[Any, Any, Any, Any, Any]):
    """Loses the last observation of an episode."""

    def step(self, actions: Any) -> Any:
        *results, infos = self.env.step(actions)
        kept = {key: value for key, value in infos.items() if "final" not in key}
        return (*results, kept)


def test_an_environment_that_hides_the_last_observation_is_refused(
    program: rewardlang.Program,
) -> None:
    venv = Forgetful(SyncVectorEnv(lines(), autoreset_mode=AutoresetMode.SAME_STEP))
    env = VectorRewardWrapper(venv, program, backend="numpy")
    env.reset()
    env.step(np.zeros((4, 1), np.float32))
    with pytest.raises(rewardlang.RewardError) as caught:
        env.step(np.zeros((4, 1), np.float32))
    assert caught.value.diagnostics[0].code == "RW669"
    assert "final_obs" in str(caught.value)


def test_a_full_reset_in_the_middle_begins_everywhere_anew(
    ending: rewardlang.Program, actions: Array
) -> None:
    def run(env: Any) -> list[Array]:
        env.reset()
        return [env.step(action)[1] for action in actions[:6]]

    interrupted = wrapped(ending, AutoresetMode.NEXT_STEP)
    run(interrupted)
    for env in interrupted.unwrapped.envs:
        env.episode = 0
    for a, b in zip(run(interrupted), run(wrapped(ending, AutoresetMode.NEXT_STEP)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_environment_that_does_not_say_its_mode_is_refused(program: rewardlang.Program) -> None:
    venv = SyncVectorEnv(lines())
    del venv.metadata["autoreset_mode"]
    with pytest.raises(rewardlang.RewardError) as caught:
        VectorRewardWrapper(venv, program, backend="numpy")
    assert caught.value.diagnostics[0].code == "RW669"
    VectorRewardWrapper(venv, program, backend="numpy", autoreset_mode="NextStep")


def test_many_environments_have_no_env(program: rewardlang.Program) -> None:
    with pytest.raises(rewardlang.RewardError) as caught:
        wrapped(program, AutoresetMode.NEXT_STEP, bind={"speed": "env.unwrapped.age"})
    assert caught.value.diagnostics[0].code == "RW668"


def test_statistics_outside_count_the_programs_episodes(
    ending: rewardlang.Program, actions: Array
) -> None:
    inside = wrapped(ending, AutoresetMode.NEXT_STEP)
    env = gymnasium.wrappers.vector.RecordEpisodeStatistics(inside)
    seen = 0
    for _, _, terminated, truncated, infos in rolled(env, AutoresetMode.NEXT_STEP, actions):
        for row in np.flatnonzero(terminated | truncated):
            entries = infos["episode_terms"]
            assert infos["episode"]["r"][row] == pytest.approx(entries["reward/total"][row])
            assert infos["episode"]["l"][row] == entries["length"][row]
            seen += 1
    assert seen > 10


def test_many_cart_poles_run_on_one_kernel() -> None:
    program = rewardlang.load(EXAMPLES / "cartpole" / "cartpole.reward")
    venv = gymnasium.make_vec("CartPole-v1", 3, "sync")
    env = VectorRewardWrapper(venv, program, backend="numpy")
    env.reset(seed=5)
    env.action_space.seed(5)
    ends = 0
    for _ in range(60):
        observation, paid, terminated, _, _ = env.step(env.action_space.sample())
        assert env.observation_space.contains(observation)
        assert np.isfinite(paid).all()
        ends += int(terminated.sum())
    assert ends > 3
