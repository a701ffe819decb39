"""Machines as graphs: DOT for Graphviz, or text for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from rewardlang.cli.check import counted
from rewardlang.cli.output import Output
from rewardlang.runtime.failure import unknown

if TYPE_CHECKING:
    from rewardlang.driver import Program
    from rewardlang.tooling import MachineGraph


def show_graph(
    output: Output, program: Program, file: str, machine: str | None, as_dot: bool | None
) -> None:
    """Print the machines of a program, or one; as DOT unless a person is looking."""
    from rewardlang import tooling

    graphs = tooling.machine_graphs(program)
    if not graphs or (machine is not None and machine not in graphs):
        raise unknown("RW454", machine or "", graphs)
    chosen = [graphs[machine]] if machine is not None else list(graphs.values())
    if as_dot is None:
        as_dot = not sys.stdout.isatty()
    if not output.as_json:
        for number, graph in enumerate(chosen):
            if number:
                click.echo("")
            click.echo("\n".join(dot(graph) if as_dot else drawn(graph)))
    output.document({"file": file, "machines": [_document(g) for g in chosen]})


def dot(graph: MachineGraph) -> Iterator[str]:
    """The graph in Graphviz's language; an edge from `any` state leaves a point of its own."""
    yield f"digraph {_quoted(graph.name)} {{"
    yield "  rankdir=LR;"
    yield '  "" [shape=none, label=""];'
    for state in graph.states:
        shape = "doublecircle" if state in graph.final else "circle"
        yield f"  {_quoted(state)} [shape={shape}];"
    if any(source == graph.any_state for source, _, _ in graph.edges):
        yield f"  {_quoted(graph.any_state)} [shape=plaintext];"
    yield f'  "" -> {_quoted(graph.states[0])};'
    for source, target, label in graph.edges:
        yield f"  {_quoted(source)} -> {_quoted(target)} [label={_quoted(label)}];"
    yield "}"


def drawn(graph: MachineGraph) -> Iterator[str]:
    """Each state with the edges that leave it, in the order of the file."""
    yield f"{graph.name}: {counted(len(graph.states), 'state')}, " + counted(
        len(graph.edges), "edge"
    )
    width = max(len(state) for state in graph.states)
    sources = [*graph.states]
    if any(source == graph.any_state for source, _, _ in graph.edges):
        sources.append(graph.any_state)
    for source in sources:
        marks = ["initial"] * (source == graph.states[0]) + ["final"] * (source in graph.final)
        if source == graph.any_state:
            marks = ["state that is not final"]
        yield f"  {source}" + (f"  ({', '.join(marks)})" if marks else "")
        for start, target, label in graph.edges:
            if start == source:
                yield f"    -> {target:<{width}}  {label}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _document(graph: MachineGraph) -> dict[str, Any]:
    edges = [{"from": s, "to": t, "label": label} for s, t, label in graph.edges]
    return {
        "name": graph.name,
        "initial": graph.states[0],
        "states": list(graph.states),
        "final": list(graph.final),
        "edges": edges,
    }
