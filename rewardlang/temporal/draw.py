"""Automata and reward machines as pictures: DOT text for Graphviz, and a listing for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from rewardlang.temporal.dfa import Automaton

ARROW = " ─> "
BRANCH, TRUNK, LEAF, GAP = "├─ ", "│  ", "└─ ", "   "


@dataclass(frozen=True)
class State:
    """`final`: the trace may end there, or the machine does; `trap`: no final one is in reach.

    `several`: it stands for several states, which have its arrows too.
    """

    name: str
    initial: bool = False
    final: bool = False
    trap: bool = False
    several: bool = False

    @property
    def notes(self) -> str:
        marks = (
            ("initial", self.initial),
            ("final", self.final),
            ("trap", self.trap),
            ("state that is not final", self.several),
        )
        return ", ".join(mark for mark, set_ in marks if set_)


@dataclass(frozen=True)
class Arrow:
    source: str
    target: str
    label: str = ""


@dataclass(frozen=True)
class Graph:
    name: str
    states: tuple[State, ...]
    arrows: tuple[Arrow, ...]

    def leaving(self, state: State) -> tuple[Arrow, ...]:
        return tuple(arrow for arrow in self.arrows if arrow.source == state.name)


def graph(name: str, a: Automaton, atoms: Sequence[str] | None = None) -> Graph:
    """States are numbered; `atoms` are the names in the order of `a.atoms`."""
    traps = a.trap()
    states = tuple(
        State(str(i), i == a.initial, bool(a.accepting[i]), bool(traps[i])) for i in range(a.states)
    )
    arrows = (Arrow(str(edge.source), str(edge.target), edge.guard) for edge in a.edges(atoms))
    return Graph(name, states, tuple(arrows))


def dot(g: Graph) -> str:
    lines = [f"digraph {_quoted(g.name)} {{", "  rankdir=LR;", "  node [shape=circle];"]
    for i, state in enumerate(g.states):
        shape = " shape=doublecircle" if state.final else ""
        style = " style=dashed" if state.trap else " shape=plaintext" if state.several else ""
        lines.append(f"  {_quoted(state.name)}{_attributes(shape + style)};")
        if state.initial:
            lines.append(f'  "start {i}" [shape=point label=""];')
            lines.append(f'  "start {i}" -> {_quoted(state.name)};')
    for arrow in g.arrows:
        label = f" label={_quoted(arrow.label)}" if arrow.label else ""
        ends = f"{_quoted(arrow.source)} -> {_quoted(arrow.target)}"
        lines.append(f"  {ends}{_attributes(label)};")
    return "\n".join([*lines, "}"]) + "\n"


def _attributes(text: str) -> str:
    return f" [{text.strip()}]" if text else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def listing(g: Graph, width: int = 80) -> str:
    """Each state with the arrows that leave it, and what they need beside where they lead."""
    widest = max((len(arrow.target) for arrow in g.arrows), default=0)
    room = max(16, width - len(BRANCH) - len(ARROW) - widest)
    labels = {arrow: textwrap.wrap(arrow.label, room) or [""] for arrow in g.arrows}
    column = max((len(line) for wrapped in labels.values() for line in wrapped), default=0)
    states = sum(not state.several for state in g.states)
    counted = (_counted(states, "state"), _counted(len(g.arrows), "edge"))
    lines = [f"{g.name}: {', '.join(counted)}"]
    for state in g.states:
        lines += ["", f"{state.name}  {state.notes}".rstrip()]
        leaving = g.leaving(state)
        for arrow in leaving:
            is_last = arrow is leaving[-1]
            target = "itself" if arrow.target == state.name else arrow.target
            first, *more = labels[arrow]
            lines.append(f"{LEAF if is_last else BRANCH}{first:{column}}{ARROW}{target}")
            lines += [f"{GAP if is_last else TRUNK}{line}" for line in more]
    return "\n".join(lines) + "\n"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
