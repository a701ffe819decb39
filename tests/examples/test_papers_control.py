"""Papers' rewards for control against NumPy; shaping against an exact solution."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rewardlang

Array = np.ndarray[Any, Any]
BACKENDS = ("numpy", "numba")
both = pytest.mark.parametrize("backend", BACKENDS)


def compiled(examples: Path, name: str, backend: str = "numpy") -> Any:
    path = examples / "papers" / f"{name}.reward"
    return rewardlang.load(path).compile(backend=backend, dtype="float64")


# ---- the fishery ----------------------------------------------------------------------------


@both
def test_the_fishery_pays_the_catch_and_prices_collapse_in_training(
    backend: str, examples: Path
) -> None:
    rng = np.random.default_rng(0)
    population = rng.uniform(0.0, 1.0, (40, 9, 3))
    caught = rng.uniform(0, 1, (40, 8, 2))
    reward = compiled(examples, "fishery/fishery", backend)
    reward.params["cost"] = [0.1, 0.2]
    columns = {"population": population, "caught": caught}
    out = reward.evaluate(columns)
    before = population[:, :-1, :2]
    harvest = (caught * before - np.array([0.1, 0.2]) * caught).sum(-1)
    collapsed = (population[:, 1:] <= 0.05).any(-1)
    counter = np.arange(8)  # the code's, from 0
    np.testing.assert_allclose(out.reward, harvest - collapsed * 100 / (counter + 1), rtol=1e-12)
    np.testing.assert_array_equal(out.conditions["collapse"], collapsed)
    assert 20 < collapsed.sum() < 200
    reward.training = False
    out = reward.evaluate(columns)
    np.testing.assert_allclose(out.reward, harvest, rtol=1e-12)
    assert not out.conditions["collapse"].any()
    nearly = (population <= 0.05).any((1, 2))  # at the reset too
    np.testing.assert_array_equal(out.metrics["near_extinction"][:, -1], nearly)


# ---- SINDy-RL -------------------------------------------------------------------------------


@both
def test_the_swing_up_is_the_product_of_four_factors(backend: str, examples: Path) -> None:
    rng = np.random.default_rng(1)
    columns = {
        "position": rng.uniform(-3, 3, (1, 50)),
        "angle": rng.uniform(-7, 7, (1, 50)),
        "spin": rng.uniform(-9, 9, (1, 50)),
        "force": rng.uniform(-1, 1, (1, 50)),
    }
    out = compiled(examples, "sindy_rl/cart_pole_swing_up", backend).evaluate(columns)

    def falling_to_a_tenth(x: Array, margin: float) -> Array:
        return np.asarray(0.1 ** ((x / margin) ** 2))

    expected = (
        (np.cos(columns["angle"]) + 1)
        / 2
        * (1 + falling_to_a_tenth(columns["position"], 2))
        / 2
        * (4 + 1 - columns["force"] ** 2)
        / 5
        * (1 + falling_to_a_tenth(columns["spin"], 5))
        / 2
    )
    np.testing.assert_allclose(out.reward, expected, rtol=1e-12, atol=1e-15)


@both
def test_the_swimmer_and_the_pinball(backend: str, examples: Path) -> None:
    rng = np.random.default_rng(2)
    speed, control = rng.normal(size=(1, 20)), rng.uniform(-1, 1, (1, 20, 2))
    out = compiled(examples, "sindy_rl/swimmer", backend).evaluate(
        {"speed": speed, "control": control}
    )
    np.testing.assert_allclose(out.reward, speed - 1e-4 * (control**2).sum(-1), rtol=1e-12)
    lift = rng.normal(size=(1, 20, 3))
    out = compiled(examples, "sindy_rl/pinball", backend).evaluate({"lift": lift})
    expected = -0.1 * ((lift - np.array([0, 1, -1])) ** 2).sum(-1)
    np.testing.assert_allclose(out.reward, expected, rtol=1e-12)


# ---- Text2Reward ----------------------------------------------------------------------------


def _scene(rng: np.random.Generator) -> dict[str, Array]:
    goal = rng.uniform(-0.2, 0.2, (1, 200, 3))
    cube = goal + rng.normal(size=(1, 200, 3)) * rng.choice([0.005, 0.1], (1, 200, 1))
    return {
        "gripper": cube + rng.normal(size=(1, 200, 3)) * 0.1,
        "cube": cube,
        "goal": goal,
        "grasped": rng.random((1, 200)) < 0.5,
    }


@both
def test_pick_cube_without_examples(backend: str, examples: Path) -> None:
    rng = np.random.default_rng(3)
    scene = _scene(rng) | {"action": rng.uniform(-1, 1, (1, 200, 7))}
    out = compiled(examples, "text2reward/pick_cube_zero_shot", backend).evaluate(scene)
    expected = (
        -0.3 * np.linalg.norm(scene["gripper"] - scene["cube"], axis=-1)
        - 0.5 * np.linalg.norm(scene["cube"] - scene["goal"], axis=-1)
        + np.where(scene["grasped"], 0.2, -0.2)
        - 0.01 * (scene["action"] ** 2).sum(-1)
    )
    np.testing.assert_allclose(out.reward, expected, rtol=1e-12, atol=1e-12)


@both
def test_pick_cube_of_the_expert(backend: str, examples: Path) -> None:
    rng = np.random.default_rng(4)
    scene = _scene(rng)
    scene["joint_speed"] = rng.normal(size=(1, 200, 7)) * rng.choice([0.05, 1], (1, 200, 1))
    out = compiled(examples, "text2reward/pick_cube_expert", backend).evaluate(scene)
    to_goal = np.linalg.norm(scene["goal"] - scene["cube"], axis=-1)
    to_cube = np.linalg.norm(scene["cube"] - scene["gripper"], axis=-1)
    success = (to_goal <= 0.025) & (np.abs(scene["joint_speed"]).max(-1) <= 0.2)
    expected = 1 - np.tanh(5 * to_cube)
    expected = expected + scene["grasped"] * (1 + 1 - np.tanh(5 * to_goal))
    np.testing.assert_allclose(out.reward, np.where(success, 5, expected), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(out.success, success)
    assert 10 < success.sum() < 150


@both
def test_push_chair_of_the_expert(backend: str, examples: Path) -> None:
    rng = np.random.default_rng(6)
    steps = (1, 300)
    surface = rng.normal(size=(*steps, 16, 3)) * 0.3
    near = rng.choice([0.01, 0.3], (*steps, 1, 1))
    lean = rng.choice([0.1, 0.5, 0.9], steps)
    turn = np.stack([np.cos(lean / 2), np.sin(lean / 2), 0 * lean, 0 * lean], -1)
    target = rng.normal(size=(*steps, 2))
    chair = np.concatenate([target, np.ones((*steps, 1))], -1)
    chair[..., :2] += rng.normal(size=(*steps, 2)) * rng.choice([0.05, 1], (*steps, 1))
    scene = {
        "hands": surface[..., :4, :] + rng.normal(size=(*steps, 4, 3)) * near,
        "surface": surface,
        "chair": chair,
        "pose": turn,
        "velocity": rng.normal(size=(*steps, 3)) * rng.choice([0.05, 1], (*steps, 1)),
        "spin": rng.normal(size=(*steps, 3)) * rng.choice([0.05, 1], (*steps, 1)),
        "target": target,
        "action": rng.uniform(-1, 1, (*steps, 20)),
    }
    out = compiled(examples, "text2reward/push_chair_expert", backend).evaluate(scene)
    rows = [_push_chair({name: column[0, i] for name, column in scene.items()}) for i in range(300)]
    np.testing.assert_allclose(out.reward[0], [total for total, _ in rows], rtol=1e-9)
    stages = [stage for _, stage in rows]
    assert {-10, -8, -6, -4, -5} == set(stages)


def _push_chair(row: dict[str, Array]) -> tuple[float, int]:
    every = np.linalg.norm(row["hands"][:, None] - row["surface"][None], axis=-1)
    reach = every.min(1).mean()
    up = 1 - 2 * (row["pose"][1] ** 2 + row["pose"][2] ** 2)
    lean, speed = np.arccos(up), np.linalg.norm(row["velocity"][:2])
    offset = row["chair"][:2] - row["target"]
    distance = np.linalg.norm(offset)
    total = -reach - np.clip(np.log(reach + 1e-5), -10, 0) - 0.2 * lean
    total -= 1e-6 * np.linalg.norm(row["action"])
    stage = -10
    if lean >= 0.2 * np.pi:
        stage = -5
    elif reach < 0.1:
        stage += 2
        if distance <= 0.15:
            stage += 2
            total += 2 * np.exp(-10 * speed)
            if speed <= 0.1 and np.linalg.norm(row["spin"]) <= 0.2:
                stage += 2
        else:
            cosine = offset @ row["velocity"][:2] / distance / speed
            total += 2 * max(-1, 1 - np.exp(cosine * speed)) - 2 * distance
    return float(total + stage), stage


# ---- shaping and an exact solution ----------------------------------------------------------

CELLS, GOAL, DISCOUNT = 5, 4, 0.9
MOVES = (-1, 0, 1)


def _moved(cell: int, move: int) -> int:
    return min(max(cell + move, 0), CELLS - 1)


def _payments(reward: Any) -> Array:
    """What one step pays from each cell by each move; the goal ends the episode."""
    pairs = [(cell, move) for cell in range(CELLS) for move in MOVES]
    start = np.array([cell for cell, _ in pairs])
    end = np.array([_moved(cell, move) for cell, move in pairs])
    ended = (end == GOAL)[:, None]
    out = reward.evaluate({"cell": np.stack([start, end], 1), "goal": ended}, terminated=ended)
    return np.asarray(np.ravel(out.reward).reshape(CELLS, len(MOVES)))


def _solved(payments: Array) -> tuple[Array, Array]:
    """The optimal values of all moves, by value iteration to a fixed point, and of the cells."""
    values = np.zeros(CELLS)
    for _ in range(2000):
        after = np.array([[_moved(c, m) for m in MOVES] for c in range(CELLS)])
        moves = payments + DISCOUNT * np.where(after == GOAL, 0, values[after])
        values = moves[:GOAL].max(1)
        values = np.append(values, 0)
    return moves[:GOAL], values[:GOAL]


def _best(moves: Array) -> list[set[int]]:
    return [set(np.flatnonzero(row > row.max() - 1e-9).tolist()) for row in moves]


POTENTIALS: dict[str, Callable[[np.random.Generator], Array]] = {
    "a good guess": lambda rng: np.array([0.6561, 0.729, 0.81, 0.9, 1]),
    "nothing": lambda rng: np.zeros(CELLS),
    "nonsense": lambda rng: rng.uniform(-50, 50, CELLS),
    "the wrong way round": lambda rng: np.array([40.0, 30, 20, 10, 0]),
}


@pytest.mark.parametrize("kind", POTENTIALS)
def test_a_potential_leaves_every_optimal_move_optimal(kind: str, examples: Path) -> None:
    reward = compiled(examples, "exprd/potential_shaping")
    phi = POTENTIALS[kind](np.random.default_rng(5))
    reward.params["value"] = np.zeros(CELLS)
    moves, values = _solved(_payments(reward))
    assert _best(moves) == [{2}] * GOAL  # ahead, from everywhere
    reward.params["value"] = phi
    shaped_moves, shaped_values = _solved(_payments(reward))
    assert _best(shaped_moves) == _best(moves)
    np.testing.assert_allclose(shaped_values, values - phi[:GOAL], atol=1e-9)  # by V exactly


def test_a_bonus_for_the_same_cells_changes_what_is_optimal(examples: Path) -> None:
    """The same table paid on arrival, without what is taken back when leaving."""
    path = examples / "papers/exprd/potential_shaping.reward"
    text = path.read_text(encoding="utf-8").partition('test "')[0]
    changed = text.replace("potential shaping discount 0.9 =", "term bonus =")
    assert changed != text
    reward = rewardlang.parse(changed).compile(backend="numpy", dtype="float64")
    moves, _ = _solved(_payments(reward))
    assert _best(moves)[3] == {1}, "beside the goal it stays, to be paid again and again"
