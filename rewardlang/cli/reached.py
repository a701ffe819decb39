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
    from rewardlang.formula_coverage import FormulaCoverage

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


def tell_formulas(output: Output, formulas: Sequence[FormulaCoverage]) -> None:
    """Each formula, and each edge of its automaton with how often it was taken."""
    if not formulas:
        return
    edges = sum(len(one.edges) for one in formulas)
    taken = sum(one.taken for one in formulas)
    share = f" ({100 * taken / edges:.0f} %)" if edges else ""
    output.line(f"coverage: {taken} of {counted(edges, 'edge')} of formulas taken{share}")
    for one in formulas:
        output.line(f"  {_at(one.span)}: {one.name}: {_share(one)}")
        for line in _edge_lines(output, one):
            output.line(f"    {line}")


def _share(one: FormulaCoverage) -> str:
    if one.edges:
        return f"{one.taken} of {counted(len(one.edges), 'edge')}"
    both = sum(atom.never is None for atom in one.atoms)
    return f"its automaton is too large; {both} of {counted(len(one.atoms), 'atom')} went both ways"


def _edge_lines(output: Output, one: FormulaCoverage) -> list[str]:
    moves = [f"{edge.source} -> {edge.target}" for edge in one.edges]
    wide = max(map(len, moves), default=0)
    lines = []
    for edge, move in zip(one.edges, moves, strict=True):
        text = f"{edge.taken or 'never':>6}  {move:{wide}}"
        room = max(_WIDTH, output.width - len(text) - len("     when "))
        when = "" if edge.when == "true" else f" when {shorten(edge.when, room)}"
        text = text if when else text.rstrip()
        lines.append((text if edge.taken else output.bad(text)) + when)
    for atom in one.atoms:
        if atom.never is not None:
            lines.append(f"{_SAYING[atom.never]}: {shorten(atom.span.text, _WIDTH)}")
    return lines


def formulas_document(formulas: Sequence[FormulaCoverage]) -> list[dict[str, Any]]:
    return [
        {
            "place": _at(one.span),
            "name": one.name,
            "edges": [
                {"from": e.source, "to": e.target, "when": e.when, "taken": e.taken}
                for e in one.edges
            ],
            "atoms": decisions_document(one.atoms),
        }
        for one in formulas
    ]


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
