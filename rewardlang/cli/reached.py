"""What data or tests reached of a program, for people: `--coverage`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rewardlang.cli.check import counted
from rewardlang.cli.output import Output
from rewardlang.cli.table import shorten

if TYPE_CHECKING:
    from rewardlang.coverage import Decision, EdgeTaken
    from rewardlang.diagnostics.source import Span

_SAYING = {"held": "never held", "failed": "always held", "reached": "never looked at"}
_WIDTH = 60


def tell_decisions(output: Output, decisions: Sequence[Decision]) -> None:
    """How many decisions went both ways, and each that did not, with its place."""
    both = sum(d.never is None for d in decisions)
    output.line()
    output.line(f"coverage: {both} of {counted(len(decisions), 'decision')} went both ways")
    for decision in decisions:
        if decision.never is not None:
            text = shorten(decision.span.text, _WIDTH)
            output.line(f"  {_place(decision)}: {_SAYING[decision.never]}: {text}")


def tell_edges(output: Output, edges: Sequence[EdgeTaken]) -> None:
    """How many edges of machines fired, and each that did not."""
    if not edges:
        return
    fired = sum(e.fired > 0 for e in edges)
    output.line(f"coverage: {fired} of {counted(len(edges), 'edge')} of machines fired")
    for edge in edges:
        if not edge.fired:
            text = shorten(edge.span.text, _WIDTH)
            output.line(f"  {_at(edge.span)}: never fired: {text}")


def edges_document(edges: Sequence[EdgeTaken]) -> list[dict[str, Any]]:
    return [
        {"place": _at(e.span), "machine": e.machine, "text": e.span.text, "fired": e.fired}
        for e in edges
    ]


def tell_values(output: Output, idle: Sequence[str], unseen: dict[str, list[str]]) -> None:
    """Terms that were 0 throughout, conditions that never held, members that never came."""
    for name in idle:
        output.line(f"  {name}: 0 or false on every step")
    for name, members in unseen.items():
        output.line(f"  {name}: never {', '.join(members)}")


def decisions_document(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    return [
        {
            "place": _place(d),
            "text": d.span.text,
            "held": d.held,
            "failed": d.failed,
            "never": d.never,
        }
        for d in decisions
    ]


def _place(decision: Decision) -> str:
    return _at(decision.span)


def _at(span: Span) -> str:
    return f"{span.source.name}:{span.line}:{span.column}"
