"""Machines on the command line: graphs, translation, coverage of edges."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.tooling import translated_machine

Call = Callable[..., Any]

TEXT = """\
input c : bool
input d : bool
machine m {
  initial a
  a -> b when c pays 1
  # only with both
  b->a when c
    and d pays -1
  any -> lost when d and not c
  final lost
}
term v = payout(m)
test "one way" {
  given c = [true, false]
  given d = [false, true]
  expect m is lost at 2
}
"""


def test_a_graph_in_a_pipe_is_dot(call: Call, here: Path) -> None:
    (here / "m.reward").write_text(TEXT)
    done = call("show", "--graph", "m.reward")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0] == 'digraph "m" {' and lines[-1] == "}"
    assert '  "b" -> "a" [label="when c and d pays -1"];' in lines
    assert '  "any" -> "lost" [label="when d and not c"];' in lines
    assert '  "lost" [shape=doublecircle];' in lines
    assert '  "start 0" -> "a";' in lines
    assert '  "any" [shape=plaintext];' in lines


def test_a_graph_as_text_lists_each_state_with_its_edges(call: Call, here: Path) -> None:
    (here / "m.reward").write_text(TEXT)
    done = call("show", "--graph", "m.reward", "--text", "--name", "m")
    assert done.out.splitlines() == [
        "m: 3 states, 3 edges",
        "",
        "a  initial",
        "└─ when c pays 1        ─> b",
        "",
        "b",
        "└─ when c and d pays -1 ─> a",
        "",
        "lost  final",
        "",
        "any  state that is not final",
        "└─ when d and not c     ─> lost",
    ]


def test_a_machine_that_is_not_there_is_a_message(call: Call, here: Path) -> None:
    (here / "m.reward").write_text(TEXT)
    assert "RW423" in call("show", "--graph", "m.reward", "--name", "n").err
    (here / "n.reward").write_text("term v = 1\n")
    assert "RW423" in call("show", "--graph", "n.reward").err


def test_a_graph_as_json(call: Call, here: Path) -> None:
    (here / "m.reward").write_text(TEXT)
    (found,) = call("show", "--graph", "m.reward", "--json").json["graphs"]
    assert (found["initial"], found["states"], found["final"]) == (
        "a",
        ["a", "b", "lost"],
        ["lost"],
    )
    assert found["edges"][0] == {"from": "a", "to": "b", "label": "when c pays 1"}


def test_tests_and_data_tell_which_edges_fired(call: Call, here: Path) -> None:
    (here / "m.reward").write_text(TEXT)
    done = call("test", "m.reward", "--coverage")
    assert "2 of 3 edges of machines fired" in done.out
    assert "m.reward:7:3: never fired: b->a when c and d pays -1" in done.out
    fired = call("test", "m.reward", "--coverage", "--json").json["coverage"][0]["edges"]
    assert [e["fired"] for e in fired] == [1, 0, 1]
    np.savez(here / "m.npz", c=np.array([True, True, True]), d=np.array([False, True, False]))
    done = call("run", "m.reward", "--data", "m.npz", "--coverage", "--json")
    assert [e["fired"] for e in done.json["coverage"]["edges"]] == [2, 1, 0]


# ---- translation --------------------------------------------------------------------------------

OTHERS = """\
0 # initial state
[3, 4] # terminal states
(0,0,'!e&!n',ConstantRewardFunction(0))
(0,1,'e&!n',ConstantRewardFunction(0))
(0,3,'n&!e',ConstantRewardFunction(-1.5))
(1,2,'!t&e|True&f&!n',ConstantRewardFunction(.25))
(1,1,'!f|n&f', ConstantRewardFunction(0))
(2,2,'e',ConstantRewardFunction(0))
(2,0,'f',ConstantRewardFunction(2))
(2,4,'!e&!f',ConstantRewardFunction(1))
(3,0,'e',ConstantRewardFunction(7))
"""
LINES: list[tuple[int, Any, Callable[[dict[str, bool]], bool], float]] = [  # the same, by hand
    (0, 0, lambda p: not p["e"] and not p["n"], 0),
    (0, 1, lambda p: p["e"] and not p["n"], 0),
    (0, "end", lambda p: p["n"] and not p["e"], -1.5),
    (1, 2, lambda p: (not p["t"] and p["e"]) or (p["f"] and not p["n"]), 0.25),
    (1, 1, lambda p: not p["f"] or (p["n"] and p["f"]), 0),
    (2, 2, lambda p: p["e"], 0),
    (2, 0, lambda p: p["f"], 2),
    (2, "end", lambda p: not p["e"] and not p["f"], 1),
]


def test_a_translated_machine_does_what_the_other_program_does() -> None:
    program = rewardlang.parse(translated_machine(OTHERS, "m", "m.txt"))
    reward = program.compile(backend="numpy")
    rows = [dict(zip("efnt", row, strict=True)) for row in product((False, True), repeat=4)]
    columns = {n: np.array([r[n] for r in rows]) for n in "efn"}
    every = reward.counterfactual({**columns, "at_t": np.array([r["t"] for r in rows])})
    states = program.machines["m"].states
    final = {states[f] for f in program.machines["m"].final}
    for n, row in enumerate(rows):
        for u in range(3):
            target, pays = next(((t, p) for s, t, g, p in LINES if s == u and g(row)), ("end", 0))
            place = states.index(f"u{u}")
            after = states[every.state[n, place]]
            assert ("end" if after in final else after) == (
                target if target == "end" else f"u{target}"
            )
            assert every.payout[n, place] == pays


def test_two_lines_between_the_same_states_are_two_edges() -> None:
    text = "0\n[1]\n(0,1,'a',ConstantRewardFunction(1))\n(0,1,'b&!a',ConstantRewardFunction(-1))\n"
    text += "(0,0,'!a&!b',ConstantRewardFunction(0))\n"
    assert translated_machine(text, "m", "m.txt") == (
        '"""Translated from m.txt."""\n\n'
        "input a : bool from info.a\ninput b : bool from info.b\n\n"
        "machine m {\n  initial u0\n  u0 -> u1 when a pays 1\n  u0 -> u1 when b and not a pays -1\n"
        "  final u1\n}\n\nterm task = payout(m)\n\nterminate finished when m is u1\n"
    )


def test_the_case_that_no_line_has_is_an_edge_to_the_end() -> None:
    text = (
        "0\n[1]\n(0,1,'a&!b',ConstantRewardFunction(1))\n(0,0,'!a&!b',ConstantRewardFunction(0))\n"
    )
    assert "u0 -> lost when b\n" in translated_machine(text, "m", "m.txt")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0\n",
        "zero\n[1]\n",
        "0\n1\n",
        "0\n[1]\n(0,1,a,ConstantRewardFunction(1))\n",
        "0\n[1]\n(0,1,'a',__import__('os').system('true'))\n",
        "0\n[1]\n(0,1,'a',ConstantRewardFunction(open))\n",
        "0\n[1]\n(0,1,'a b',ConstantRewardFunction(1))\n",
        "0\n[1]\n(0,1,'',ConstantRewardFunction(1))\n",
    ],
)
def test_what_is_no_machine_is_refused_and_never_run(text: str) -> None:
    with pytest.raises(RewardError) as caught:
        translated_machine(text, "m", "m.txt")
    assert [d.code for d in caught.value.diagnostics] == ["RW457"]


def test_the_command_prints_or_writes_a_new_file(call: Call, here: Path) -> None:
    (here / "office t1.txt").write_text(
        "0\n[1]\n(0,1,'f',ConstantRewardFunction(1))\n(0,0,'!f',ConstantRewardFunction(0))\n"
    )
    printed = call("translate", "office t1.txt").out
    assert "machine office_t1 {" in printed
    done = call("translate", "office t1.txt", "--name", "f", "--out", "f.reward")
    assert done.status == 0 and "machine f_machine {" in (here / "f.reward").read_text()
    assert call("check", "f.reward").status == 0
    assert call("translate", "office t1.txt", "--out", "f.reward").status == 1
    assert call("translate", "office t1.txt", "--name", "1x").status == 2
    (here / "x.txt").write_bytes(b"\xff\xfe")
    assert "RW457" in call("translate", "x.txt").err
