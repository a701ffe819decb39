"""`run` and `bench`, and how recorded data finds its inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang.cli.columns import arrange
from rewardlang.cli.data import read

Call = Callable[..., Any]


def test_run_tells_what_each_term_gave(call: Call, recorded: Path) -> None:
    done = call("run", "walk.reward", "--data", "steps.npz")
    assert done.status == 0, done.err
    assert "2 episodes, 6 steps" in done.out
    assert "stuck: held on 1 of 6 steps" in done.out
    terms = call("run", "walk.reward", "--data", "steps.npz", "--json").json["terms"]
    # 2 * speed * 0.1 s, speeds 1 2 3 and -1 -2 -5
    assert terms["walk"]["mean"] == pytest.approx(0.2 * -2 / 6)
    assert terms["walk"]["per_episode"] == pytest.approx(0.2 * -2 / 2)
    assert terms["effort"]["min"] == terms["effort"]["max"] == pytest.approx(-0.25)
    assert sum(term["share"] for term in terms.values()) == pytest.approx(1)
    assert terms["stuck"]["first_active"] == "step 3 of episode 2"


def test_run_tells_what_each_objective_got(call: Call, here: Path) -> None:
    text = "enum aim { far, calm }\ninput x : real\nreward : real[aim] = [x, -1]\n"
    (here / "aims.reward").write_text(text)
    np.savez(here / "aims.npz", x=np.array([[1.0, 2.0], [3.0, 4.0]]))
    done = call("run", "aims.reward", "--data", "aims.npz")
    assert done.status == 0, done.err
    document = call("run", "aims.reward", "--data", "aims.npz", "--json").json
    assert document["total"]["reward/far"]["per_episode"] == 5
    assert document["total"]["reward/calm"]["mean"] == -1
    assert document["terms"]["rest/far"]["share"] == pytest.approx(10 / 14)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_backends_tell_the_same(call: Call, recorded: Path, backend: str) -> None:
    arguments = ("run", "walk.reward", "--data", "steps.npz", "--json")
    assert call(*arguments, "--backend", backend).json == call(*arguments).json


def test_run_leaves_a_picture(call: Call, recorded: Path, here: Path) -> None:
    pytest.importorskip("matplotlib")
    done = call("run", "walk.reward", "--data", "steps.npz", "--plot", "run.png")
    assert done.status == 0, done.err
    assert (here / "run.png").read_bytes()[:4] == b"\x89PNG"
    assert (here / "run.png").stat().st_size > 20_000


def test_a_missing_column_names_the_input_and_what_there_is(call: Call, here: Path) -> None:
    np.savez(here / "short.npz", action=np.zeros((3, 2)), velocity=np.zeros(4))
    done = call("run", "walk.reward", "--data", "short.npz")
    assert done.status == 1
    assert "RW678" in done.err and "`speed`" in done.err and "`velocity`" in done.err


def test_nan_in_the_data_is_a_fault_with_blame(call: Call, here: Path) -> None:
    speed = np.array([0, 1, np.nan, 2.0])
    np.savez(here / "nan.npz", speed=speed, action=np.zeros((3, 2)))
    done = call("run", "walk.reward", "--data", "nan.npz")
    assert done.status == 1 and "`walk`" in done.err and "Traceback" not in done.err
    done = call("run", "walk.reward", "--data", "nan.npz", "--faults", "zero")
    assert done.status == 0 and "faults: 1 " in done.out


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("steps.pickle", b"", "RW671"),
        ("steps", b"", "RW671"),
        ("gone.npz", None, "RW679"),
        ("cut.npz", b"PK", "RW673"),
        ("text.npz", b"hello", "RW673"),
        ("empty.csv", b"", "RW673"),
        ("uneven.csv", b"a,b\n1\n", "RW673"),
        ("latin.csv", b"caf\xe9\n1\n", "RW673"),
        ("cut.parquet", b"PAR1", "RW673"),
    ],
)
def test_data_that_cannot_be_read_is_a_message_with_a_code(
    call: Call, here: Path, name: str, content: bytes | None, code: str
) -> None:
    if content is not None:
        (here / name).write_bytes(content)
    done = call("run", "walk.reward", "--data", name)
    assert done.status == 1 and code in done.err, done.err


def test_a_pickle_inside_an_npz_is_not_loaded(here: Path) -> None:
    np.savez(here / "objects.npz", speed=np.array([{"a": 1}], dtype=object))
    with pytest.raises(rewardlang.RewardError) as raised:
        read(here / "objects.npz")
    assert raised.value.diagnostics[0].code == "RW673"


def test_csv_columns_take_the_type_of_their_cells_and_join_to_vectors(here: Path) -> None:
    path = here / "steps.csv"
    path.write_text("n,x,on,name,a[0],a[1]\n1,0.5,true,up,1,2\n2,,False,down,3,4\n")
    columns = read(path)
    assert columns["n"].dtype == np.int64 and columns["on"].tolist() == [True, False]
    assert columns["x"][0] == 0.5 and np.isnan(columns["x"][1])
    assert columns["name"].tolist() == ["up", "down"]
    assert columns["a"].tolist() == [[1, 2], [3, 4]]


def test_csv_and_parquet_give_what_npz_gives(call: Call, here: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    program = "input x : real\ninput a : real[2]\nterm sum = x + sum(a)\n"
    (here / "sum.reward").write_text(program, encoding="utf-8")
    x, a = np.array([1.0, 2.0, 4.0]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.savez(here / "s.npz", x=x, a=a)
    (here / "s.csv").write_text("x,a[0],a[1]\n1,1,2\n2,3,4\n4,5,6\n")
    parquet.write_table(pyarrow.table({"x": x, "a": a.tolist()}), here / "s.parquet")
    given = [
        call("run", "sum.reward", "--data", f"s.{kind}", "--json").json["total"]
        for kind in ("npz", "csv", "parquet")
    ]
    assert given[0]["per_episode"] == 28
    assert given[0] == given[1] == given[2]


def test_columns_come_by_name_by_binding_and_by_pairs() -> None:
    program = rewardlang.parse(
        "input height : real per state from observation[1]\n"
        "input speed : real from info.speed\n"
        "input mass : real per episode at reset else 3\n"
        "term up = height + speed * mass\n"
    )
    observation = np.arange(8.0).reshape(1, 4, 2)
    data = {"obs": observation, "info_speed": np.zeros((1, 3))}
    arranged = arrange(program, data)
    assert arranged.columns["height"].tolist() == [[1, 3, 5, 7]]
    assert "mass" not in arranged.columns
    flat = {
        "height_before": np.array([0.0, 1, 5]),
        "height_after": np.array([1.0, 2, 6]),
        "speed": np.zeros(3),
        "episode": np.array([0, 0, 1]),
    }
    arranged = arrange(program, flat)
    assert arranged.columns["height"].tolist() == [1, 2, 6]
    assert arranged.initial["height"].tolist() == [0, 5]


def test_bind_says_which_column_an_input_is(call: Call, here: Path) -> None:
    np.savez(here / "other.npz", q=np.arange(12.0).reshape(4, 3), u=np.zeros((3, 2)))
    arguments = ("run", "walk.reward", "--data", "other.npz", "--faults", "zero", "--json")
    bound = call(*arguments, "--bind", "speed=q[1]", "--bind", "action=u")
    assert bound.status == 0, bound.err
    assert bound.json["terms"]["walk"]["mean"] == pytest.approx(0.2 * 4 / 3)  # 4, then past 5
    assert call(*arguments, "--bind", "speed").status == 2


def test_bench_measures_both_backends_and_their_difference(call: Call) -> None:
    done = call("bench", "walk.reward", "--batch", 1, "--batch", 8, "--budget", 0.01, "--json")
    assert done.status == 0, done.err
    document = done.json
    assert {(t["backend"], t["batch"]) for t in document["timings"]} == {
        ("numpy", 1),
        ("numba", 1),
        ("numpy", 8),
        ("numba", 8),
    }
    assert document["largest_difference"] < 1e-5
    assert document["compile_seconds"]["numba"] > 0
    shown = call("bench", "walk.reward", "--batch", 64, "--budget", 0.01)
    assert "steps/s" in shown.out and all(len(line) <= 80 for line in shown.out.splitlines())
