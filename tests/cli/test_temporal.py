"""Formulas on the command line: explained, run over data, drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Call = Callable[..., Any]

TEXT = """
input x : real in -9 .. 9 per state
spec s = eventually [1 .. 2] x > 3
spec r = always x < 5
term a = satisfied(s)
"""


def test_a_run_counts_the_verdicts_of_episodes(call: Call, here: Path) -> None:
    (here / "t.reward").write_text(TEXT)
    x = np.array([[0.0, 4, 0, 0], [0, 0, 0, 9], [0, 0, 0, 0]])
    np.savez(here / "t.npz", x=x, terminated=np.array([[0, 0, 1]] * 3, bool))
    done = call("run", "t.reward", "--data", "t.npz", "--json")
    assert done.json["specs"] == {
        "s": {
            "satisfied": 1,
            "violated": 2,
            "open": 0,
            "robustness": {"min": -3.0, "mean": -5 / 3},
        },
        "r": {
            "satisfied": 2,
            "violated": 1,
            "open": 0,
            "robustness": {"min": -4.0, "mean": 2 / 3},
        },
    }
    lines = call("run", "t.reward", "--data", "t.npz").out.splitlines()
    assert any(line.split() == ["s", "1", "2", "0", "-1.667", "-3"] for line in lines)


def test_an_explanation_says_how_far_a_formula_looks(call: Call, here: Path) -> None:
    (here / "t.reward").write_text(TEXT)
    specs = call("explain", "t.reward", "--json").json["specs"]
    assert [(s["name"], s["ahead"], s["robustness"]) for s in specs] == [
        ("s", 2, "real"),
        ("r", None, "real"),
    ]


def test_an_automaton_is_drawn_with_the_conditions_as_written(call: Call, here: Path) -> None:
    (here / "t.reward").write_text(TEXT)
    done = call("show", "--graph", "t.reward", "--text", "--name", "r")
    assert done.out.splitlines()[0] == "r: 2 states, 3 edges"
    assert any("x < 5" in line for line in done.out.splitlines())


def test_an_automaton_that_is_too_large_is_a_message(call: Call, here: Path) -> None:
    (here / "t.reward").write_text(
        TEXT + "spec big = always [0 .. 300] eventually [0 .. 200] x > 0\n"
    )
    assert "RW422" in call("show", "--graph", "t.reward", "--name", "big").err
    assert call("show", "--graph", "t.reward", "--name", "s").status == 0


def test_a_run_says_which_atom_decided_at_which_step(call: Call, here: Path) -> None:
    (here / "t.reward").write_text(TEXT)
    x = np.array([[0.0, 4, 0, 0], [0, 0, 0, 9], [6, 0, 0, 0]])
    np.savez(here / "t.npz", x=x, terminated=np.array([[0, 0, 1]] * 3, bool))
    done = call("run", "t.reward", "--data", "t.npz", "--why", "r", "--json")
    found = [
        (w["episode"], w["verdict"], w["robustness"], w["atom"], w["step"], w["margin"])
        for w in done.json["why"]
    ]
    assert found == [
        (1, "satisfied", 1.0, "x < 5", 1, 1.0),
        (2, "violated", -4.0, "x < 5", 3, -4.0),
        (3, "violated", -1.0, "x < 5", 0, -1.0),
    ]
    assert {w["place"] for w in done.json["why"]} == {"t.reward:4:17"}
    lines = [
        line.split() for line in call("run", "t.reward", "--data", "t.npz", "--why").out.split("\n")
    ]
    at = lines.index(["why", "r,", "in", "3", "episodes"])
    assert lines[at + 2 : at + 5] == [
        ["2", "violated", "-4", "x", "<", "5", "step", "3", "-4"],
        ["3", "violated", "-1", "x", "<", "5", "reset", "-1"],
        ["1", "satisfied", "1", "x", "<", "5", "step", "1", "1"],
    ]
    assert ["why", "s,", "in", "3", "episodes"] in lines


def test_why_of_a_spec_that_is_none_is_told_before_the_run(call: Call, here: Path) -> None:
    (here / "t.reward").write_text(TEXT)
    np.savez(here / "t.npz", x=np.zeros((1, 3)))
    done = call("run", "t.reward", "--data", "t.npz", "--why", "q")
    assert done.status == 1 and "RW437" in done.err and "episode" not in done.out
    (here / "n.reward").write_text("input x : real\nterm a = x\n")
    done = call("run", "n.reward", "--data", "t.npz", "--why")
    assert done.status == 0 and "why: the program has no spec" in done.out


def test_a_formula_of_constants_is_computed_as_any_other(call: Call, here: Path) -> None:
    (here / "c.reward").write_text("input x : real\nspec s = always true\nterm a = satisfied(s)\n")
    np.savez(here / "c.npz", x=np.zeros((1, 3)), terminated=np.array([[0, 0, 1]], bool))
    for backend in ("numpy", "numba"):
        done = call("run", "c.reward", "--data", "c.npz", "--backend", backend, "--json")
        assert done.json["specs"]["s"]["satisfied"] == 1
