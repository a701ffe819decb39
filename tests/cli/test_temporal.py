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
