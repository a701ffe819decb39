from __future__ import annotations

from collections.abc import Callable

import pytest

from rewardlang.temporal.automaton import automaton
from rewardlang.temporal.draw import Arrow, Graph, State, dot, graph, listing
from rewardlang.temporal.formula import TRUE, atom, conjunction, temporal

DELIVERY = Graph(
    "delivery",
    (
        State("idle", initial=True),
        State("carrying"),
        State("done", final=True),
        State("broken", final=True),
    ),
    (
        Arrow("idle", "carrying", "at_machine, pays 0.1"),
        Arrow("idle", "broken", "on_decoration, pays -1"),
        Arrow(
            "carrying",
            "done",
            "at_office and not at_machine, pays tolerance(speed, upper: 0.5<m/s>)",
        ),
        Arrow("carrying", "idle", "after 30<s>"),
        Arrow("carrying", "broken", "on_decoration, pays -1"),
    ),
)
REACH = graph(
    "reach",
    automaton(conjunction(temporal("until", atom(0), atom(1)), temporal("eventually", atom(2)))),
    ("safe", "home", "seen"),
)


@pytest.mark.parametrize("drawn", [DELIVERY, REACH], ids=lambda g: g.name)
def test_graphs_look_as_they_did(drawn: Graph, golden: Callable[[str, str], None]) -> None:
    golden(f"temporal/{drawn.name}.txt", listing(drawn))
    golden(f"temporal/{drawn.name}.dot", dot(drawn))


def test_a_narrow_terminal_breaks_labels_and_loses_nothing(
    golden: Callable[[str, str], None],
) -> None:
    narrow = listing(DELIVERY, width=48)
    assert max(map(len, narrow.splitlines())) <= 48
    assert set(listing(DELIVERY).split()) == set(narrow.split())
    golden("temporal/delivery_narrow.txt", narrow)


def test_a_constant_is_one_state_that_goes_to_itself() -> None:
    assert listing(graph("true", automaton(TRUE))) == (
        "true: 1 state, 1 edge\n\n0  initial, final\n└─ true ─> itself\n"
    )


def test_names_are_quoted_for_graphviz() -> None:
    odd = Graph('a "b"', (State("x\\y"),), (Arrow("x\\y", "x\\y", 'say "1"\nor 2'),))
    assert dot(odd).splitlines()[0] == 'digraph "a \\"b\\"" {'
    assert dot(odd).splitlines()[-2] == '  "x\\\\y" -> "x\\\\y" [label="say \\"1\\"\\nor 2"];'
