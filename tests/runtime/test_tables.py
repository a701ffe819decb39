"""Params from files: labels, holes, units, and every way in which a table can be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rewardlang
from rewardlang import RewardError

BACKENDS = ["numpy", "numba"]
ENUMS = "enum task { walk, run, jump }\nenum key { low, high }\n"


def loaded(folder: Path, text: str, **files: str) -> rewardlang.Program:
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    (folder / "main.reward").write_text(ENUMS + text)
    return rewardlang.load(folder / "main.reward")


@pytest.mark.parametrize("backend", BACKENDS)
def test_labels_may_stand_in_any_order_and_indexes_go_by_name(tmp_path: Path, backend: str) -> None:
    program = loaded(
        tmp_path,
        "input now : task\ninput speed : real\n"
        'param bound : real[task, key] from "bounds.csv"\n'
        "term a = if speed < bound[task: now, key: low] then -1 else 0\n"
        "term b = bound[key: high, task: jump]\n",
        bounds="task,high,low\nrun, 5 ,2\njump,9,8\nwalk,1,0.5\n",
    )
    reward = program.compile(backend=backend)
    out = reward.step({"now": np.array(["walk", "run"]), "speed": np.array([1.0, 1.0])})
    assert out.terms["a"].tolist() == [0, -1]
    assert out.terms["b"].tolist() == [9, 9]
    assert reward.params["bound"].tolist() == [[0.5, 1], [2, 5], [8, 9]]
    reward.params["bound"] = np.zeros((3, 2))
    assert reward.step({"now": np.array(["run"] * 2), "speed": np.ones(2)}).reward.tolist() == [
        0,
        0,
    ]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_hole_is_a_fault_only_where_it_is_read(tmp_path: Path, backend: str) -> None:
    program = loaded(
        tmp_path,
        'input now : task\nparam pay : real[task] from "pay.csv"\n'
        'param many : int[task] from "many.csv"\nterm a = pay[now]\nterm b = many[now]\n',
        pay="task,pay\nwalk,1\nrun,\njump,3\n",
        many="task,n\nwalk,1\nrun,2\njump,\n",
    )
    out = program.compile(backend=backend).step({"now": np.array(["walk", "run", "jump"])})
    assert out.valid.tolist() == [True, False, False]
    assert out.reward.tolist() == [2, 2, 3]
    assert out.faults.counts == {"a": 1, "b": 1}


def test_cells_are_in_the_declared_unit_and_of_the_declared_kind(tmp_path: Path) -> None:
    program = loaded(
        tmp_path,
        'param far : real<cm>[task] in 0 .. 500 from "far.csv"\n'
        'param after : task[task] from "next.csv"\nparam on : bool[task] from "on.csv"\n'
        'param plain : real[2, 3] from "plain.csv"\n'
        "term a = sum(far) / 1<m> + (if after[task: walk] == jump then 1 else 0) + count(on)\n"
        "term b = sum(plain)\n",
        far="task,far\nwalk,100\nrun,200\njump,300\n",
        next="task,next\nwalk,jump\nrun,walk\njump,run\n",
        on="task,on\nwalk,true\nrun,False\njump,1\n",
        plain="x,y,z\n1,2,3\n4,5,6\n",
    )
    assert program.compile(backend="numpy").step({}).reward == 6 + 1 + 2 + 21


def test_an_array_file_has_the_declared_shape(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.arange(24.0).reshape(2, 3, 4))
    program = loaded(tmp_path, 'param w : real[2, 3, 4] from "w.npy"\nterm a = w[1, 2, 3]\n')
    assert program.compile(backend="numpy").step({}).reward == 23
    with pytest.raises(RewardError, match="RW133"):
        loaded(tmp_path, 'param w : real[3, 2, 4] from "w.npy"\nterm a = w[1, 1, 3]\n')
    np.save(tmp_path / "w.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(RewardError, match="RW130"):
        loaded(tmp_path, 'param w : real[1] from "w.npy"\nterm a = w[0]\n')


@pytest.mark.parametrize(
    ("type_", "table", "message"),
    [
        ("real[task]", "t,n\nwalk,1\nrun,2\n", "RW132.*`jump` of `task` is not there"),
        ("real[task]", "t,n\nwalk,1\nrum,2\njump,3\n", "RW132.*no member `rum`"),
        ("real[task]", "t,n\nwalk,1\nwalk,2\njump,3\n", "RW132.*`walk`.*twice"),
        ("real[task]", "t,n\nwalk,1\nrun,x\njump,3\n", "RW131.*line 3, column 2.*`x`"),
        ("real[task]", "t,n\nwalk,1\nrun,nan\njump,3\n", "RW131.*line 3"),
        ("real[task] in 0 .. 2", "t,n\nwalk,1\nrun,2\njump,3\n", "RW131.*line 4.*outside"),
        ("int[task]", "t,n\nwalk,1\nrun,2.5\njump,3\n", "RW131.*`2.5` is not a whole"),
        ("bool[task]", "t,n\nwalk,1\nrun,maybe\njump,0\n", "RW131.*maybe"),
        ("task[task]", "t,n\nwalk,run\nrun,rum\njump,run\n", "RW131.*`rum` is no task"),
        ("real[task, key]", "t,low\nwalk,1\nrun,2\njump,3\n", "RW132.*`high`"),
        ("real[task, key]", "t,low,high\nwalk,1,2\nrun,2\njump,3,4\n", "RW132.*line 3"),
        ("real[2]", "n\n1\n2\n3\n", "RW132.*has 3"),
        ("real[2]", "", "RW133.*empty"),
        ("real", "n\n1\n", "RW133"),
        ("real[2]", 'n\n"1\n', "RW130.*cannot be read"),
    ],
)
def test_a_wrong_table_is_told_by_its_place(
    tmp_path: Path, type_: str, table: str, message: str
) -> None:
    kind, _, range_ = type_.partition(" in ")
    text = f"param w : {kind}" + (f" in {range_}" if range_ else "") + ' from "w.csv"\nterm a = 1\n'
    with pytest.raises(RewardError, match=message):
        loaded(tmp_path, text, w=table)


def test_a_label_close_to_a_member_is_offered(tmp_path: Path) -> None:
    text = 'param w : real[task] from "w.csv"\nterm a = sum(w)\n'
    with pytest.raises(RewardError, match="did you mean `run`"):
        loaded(tmp_path, text, w="t,n\nwalk,1\nrum,2\njump,3\n")
    with pytest.raises(RewardError, match="RW108.*did you mean|did you mean `walk`"):
        loaded(tmp_path, "param w : real[task] = 1\nterm a = w[task: wlk]\n")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RewardError, match=r"RW130.*nothing\.csv"):
        loaded(tmp_path, 'param w : real[2] from "nothing.csv"\nterm a = sum(w)\n')


def test_the_hash_tells_tables_apart(tmp_path: Path) -> None:
    text = 'param w : real[2] from "w.csv"\nterm a = sum(w)\n'
    one, two = (loaded(tmp_path, text, w=f"n\n1\n{n}\n").hash for n in (2, 3))
    assert one != two
