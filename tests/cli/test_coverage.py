"""`--coverage`: which decisions data and tests reached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Call = Callable[..., Any]

TEXT = """
enum gait { stand, walk, run }
input mode : gait
input x : real
input y : real
def bonus(v) = if v > 10 then 1 else 0
term inner = if x > 0 then (if y > 0 then 1 else 2) else 3
term twice = bonus(x) + bonus(y)
term picked = match mode { stand -> 0, walk -> 1, else -> 2 }
term both = x > 0 and y > 5
terminate never when x > 1000

test "one side" {
  given x = [1, 2]
  given y = [1, 2]
  expect inner == 1
}
"""


def test_each_decision_counts_where_it_is_looked_at(call: Call, here: Path) -> None:
    (here / "c.reward").write_text(TEXT)
    np.savez(
        here / "c.npz",
        x=np.array([1.0, -1.0, -1.0, 20.0]),
        y=np.array([1.0, -5.0, 1.0, 2.0]),
        mode=np.array([0, 1, 1, 0]),
    )
    done = call("run", "c.reward", "--data", "c.npz", "--coverage", "--json")
    assert done.status == 0, done.err
    found = {d["text"]: (d["held"], d["failed"]) for d in done.json["coverage"]["decisions"]}
    assert found["x > 0"] in ((2, 2), (2, 2))
    assert found["y > 0"] == (2, 0)  # where x <= 0 nobody looks
    assert found["v > 10"] == (1, 7)  # two calls of one definition, four rows each
    assert found["stand"] == (2, 2) and found["walk"] == (2, 0)
    assert done.json["coverage"]["idle"] == ["both", "never"]
    assert done.json["coverage"]["unseen"] == {"mode": ["run"]}
    text = call("run", "c.reward", "--data", "c.npz", "--coverage").out
    assert "c.reward:7:32: always held: y > 0" in text
    assert "mode: never run" in text and "never: 0 or false on every step" in text


def test_a_test_block_covers_what_it_gives_the_inputs_of(call: Call, here: Path) -> None:
    (here / "c.reward").write_text(TEXT)
    done = call("test", "c.reward", "--coverage", "--json")
    assert done.status == 0, done.err
    found = {d["text"]: d["never"] for d in done.json["coverage"][0]["decisions"]}
    assert found["x > 0"] == "failed" and found["y > 0"] == "failed"
    assert found["v > 10"] == "held" and "stand" not in found


def test_padding_is_not_counted(call: Call, here: Path) -> None:
    (here / "p.reward").write_text("input x : real\nterm a = if x > 0 then 1 else 2\n")
    np.savez(here / "p.npz", x=np.array([[1.0, 9, 9], [-1, -1, -1]]), lengths=np.array([1, 2]))
    done = call("run", "p.reward", "--data", "p.npz", "--coverage", "--json")
    (only,) = done.json["coverage"]["decisions"]
    assert (only["held"], only["failed"]) == (1, 2)


def test_the_table_has_saturation_and_correlation(call: Call, here: Path) -> None:
    text = "input x : real in 0 .. 1\nterm a = x\nterm b weight 2 = x > 0.5\nterm c = -3\n"
    (here / "s.reward").write_text(text)
    np.savez(here / "s.npz", x=np.array([0.0, 0.005, 0.5, 0.995]))
    terms = call("run", "s.reward", "--data", "s.npz", "--json").json["terms"]
    assert terms["a"]["saturated"] == 0.75 and terms["b"]["saturated"] is None
    x = np.array([0.0, 0.005, 0.5, 0.995])
    expected = np.corrcoef(x, x + 2 * (x > 0.5))[0, 1]
    assert abs(terms["a"]["correlation"] - expected) < 1e-12
    assert terms["c"]["correlation"] is None
    lines = call("run", "s.reward", "--data", "s.npz").out.splitlines()
    assert max(map(len, lines)) <= 100


WAITS = """
input key : bool
input x : real in 0 .. 9
spec answers = always (key implies eventually [0 .. 5] x > 3)
spec counts = eventually (x > 3 and weak_next key)
term a = satisfied(answers)

test "one" {
  given key = [false, true, false, false]
  given x = [0, 0, 0, 4]
  expect not violated(answers over past)
}
test "another" {
  given x = [0, 9]
  expect x >= 0
}
"""


def test_the_edges_of_formulas_are_counted_by_samples(call: Call, here: Path) -> None:
    (here / "w.reward").write_text(WAITS)
    done = call("test", "w.reward", "--coverage", "--json")
    answers, counts = done.json["coverage"][0]["formulas"]
    found = {(e["from"], e["to"], e["when"]): e["taken"] for e in answers["edges"]}
    assert found == {  # five samples are counted down: the last is a state of its own
        ("holding", "holding", "not key or x > 3"): 1,
        ("holding", "waiting 1", "key and not x > 3"): 1,
        ("waiting 1", "holding", "x > 3"): 1,
        ("waiting 1", "waiting 1", "not x > 3"): 1,
        ("waiting 1", "waiting 2", "not x > 3"): 0,
        ("waiting 2", "holding", "x > 3"): 0,
        ("waiting 2", "violated", "not x > 3"): 0,
    }
    assert answers["place"] == "w.reward:4:1" and counts["name"] == "counts"
    text = call("test", "w.reward", "--coverage").out.splitlines()
    assert "  w.reward:4:1: answers: 4 of 7 edges" in text
    assert "     never  waiting 2 -> violated  when not x > 3" in text


def test_data_takes_edges_of_formulas_up_to_a_fault_and_no_padding(call: Call, here: Path) -> None:
    (here / "u.reward").write_text(
        "input x : real\nspec up = always x > 1\nterm a = satisfied(up)\n"
    )
    x = np.array([[2.0, 2, 0, 0], [2, np.nan, 0, 0], [2, 0, 2, 2]])
    np.savez(here / "u.npz", x=x, lengths=np.array([2, 4, 4]))
    done = call("run", "u.reward", "--data", "u.npz", "--coverage", "--faults", "zero", "--json")
    (up,) = done.json["coverage"]["formulas"]
    assert [(e["to"], e["taken"]) for e in up["edges"]] == [("holding", 4), ("violated", 1)]


def test_of_a_formula_without_a_small_automaton_the_atoms_are_looked_at(
    call: Call, here: Path
) -> None:
    big = "always [0 .. 300] ((eventually [0 .. 200] x > 0) and (eventually [0 .. 90] x < 9))"
    (here / "b.reward").write_text(f"input x : real\nspec big = {big}\nterm a = satisfied(big)\n")
    np.savez(here / "b.npz", x=np.array([[1.0, 2.0]]))
    done = call("run", "b.reward", "--data", "b.npz", "--coverage", "--json")
    (found,) = done.json["coverage"]["formulas"]
    assert found["edges"] == []
    assert [(a["text"], a["never"]) for a in found["atoms"]] == [
        ("x > 0", "failed"),
        ("x < 9", "failed"),
    ]
    text = call("run", "b.reward", "--data", "b.npz", "--coverage").out
    assert "big: its automaton is too large; 0 of 2 atoms went both ways" in text
