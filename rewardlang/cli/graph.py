"""Machines and formulas as graphs: DOT for Graphviz, or text for a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from rewardlang.cli.output import Output
from rewardlang.runtime.failure import unknown

if TYPE_CHECKING:
    from rewardlang.driver import Program


def show_graph(
    output: Output, program: Program, file: str, only: str | None, as_dot: bool | None
) -> None:
    """Print the graphs of a program, or one; as DOT unless a person is looking."""
    from rewardlang import tooling

    chosen = tooling.graphs(program, only)
    if not chosen:
        raise unknown("RW423", only or "", tooling.graphs(program))
    if as_dot is None:
        as_dot = not sys.stdout.isatty()
    if not output.as_json:
        texts = [tooling.drawn(graph, as_dot, output.width) for graph in chosen.values()]
        click.echo("\n".join(texts).rstrip("\n"))
    output.document({"file": file, "graphs": [_document(g) for g in chosen.values()]})


def _document(graph: Any) -> dict[str, Any]:
    arrows = [{"from": a.source, "to": a.target, "label": a.label} for a in graph.arrows]
    return {
        "name": graph.name,
        "initial": next(s.name for s in graph.states if s.initial),
        "states": [s.name for s in graph.states if not s.several],
        "final": [s.name for s in graph.states if s.final],
        "edges": arrows,
    }
