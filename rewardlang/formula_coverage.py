"""Which edges of the automata of formulas some data took, and which truths their atoms had."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rewardlang.check.typed import Checked, SpecDecl
from rewardlang.coverage import Decision
from rewardlang.diagnostics.source import Span
from rewardlang.driver import Program
from rewardlang.probing import Evaluate, Traces, reads, traces
from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.automaton import MOST_STATES, of_spec
from rewardlang.temporal.outline import Outline, outline

MOST_ATOMS = 8  # beyond that no guard can be read


@dataclass(frozen=True)
class FormulaEdge:
    """`when` is in the words of the atoms; `taken` counts samples."""

    source: str
    target: str
    when: str
    taken: int


@dataclass(frozen=True)
class FormulaCoverage:
    """A formula's edges; where its automaton is too large for that, none, and its atoms."""

    name: str
    span: Span
    edges: tuple[FormulaEdge, ...]
    atoms: tuple[Decision, ...]

    @property
    def taken(self) -> int:
        return sum(edge.taken > 0 for edge in self.edges)

    def __add__(self, other: FormulaCoverage) -> FormulaCoverage:
        """The same formula over more data."""
        edges = (
            replace(ours, taken=ours.taken + theirs.taken)
            for ours, theirs in zip(self.edges, other.edges, strict=True)
        )
        atoms = (
            replace(ours, held=ours.held + theirs.held, failed=ours.failed + theirs.failed)
            for ours, theirs in zip(self.atoms, other.atoms, strict=True)
        )
        return replace(self, edges=tuple(edges), atoms=tuple(atoms))


def formulas_reached(
    program: Program, evaluate: Evaluate, given: Iterable[str] | None = None
) -> list[FormulaCoverage]:
    """For each spec with atoms. With `given`, over no data where it reads other inputs too."""
    checked, found = program.checked, []
    for spec in checked.specs:
        if not spec.atoms:
            continue
        read: set[str] = set().union(*(reads(checked, atom.truth) for atom in spec.atoms))
        known = given is None or read <= set(given)
        found.append(_covered(spec, _truths(checked, spec, evaluate) if known else None))
    return found


def _truths(checked: Checked, spec: SpecDecl, evaluate: Evaluate) -> Traces:
    """Each trace up to its first fault: from there on nothing is known of it."""
    over = traces(checked, spec, evaluate)
    fault = np.logical_or.reduce(np.isnan(over.margins), axis=0)
    known = np.where(fault.any(axis=1), fault.argmax(axis=1), over.lengths)
    return replace(over, lengths=known)


def _covered(spec: SpecDecl, over: Traces | None) -> FormulaCoverage:
    shown = _outline(spec)
    if shown is None:
        atoms = tuple(_decision(spec.atoms[n].span, n, over) for n in range(len(spec.atoms)))
        return FormulaCoverage(spec.name, spec.span, (), atoms)
    counts: Any = np.zeros((len(shown.names), len(shown.names)), np.int64)
    if over is not None:
        counts = shown.taken(over.truths, over.lengths)
    words = [" ".join(spec.atoms[n].span.text.split()) for n in shown.automaton.atoms]
    edges = (
        FormulaEdge(shown.names[i], shown.names[j], when, int(counts[i, j]))
        for (i, j), when in shown.guards(words).items()
    )
    return FormulaCoverage(spec.name, spec.span, tuple(edges), ())


def _outline(spec: SpecDecl) -> Outline | None:
    if len(spec.atoms) > MOST_ATOMS:
        return None
    try:
        return outline(of_spec(spec.formula, limit=MOST_STATES))
    except (TooLarge, ValueError):  # looks back at what looks ahead
        return None


def _decision(span: Span, number: int, over: Traces | None) -> Decision:
    if over is None:
        return Decision(span, 0, 0)
    real = np.arange(over.truths.shape[2]) < over.lengths[:, None]
    held = over.truths[number]
    return Decision(span, int((held & real).sum()), int((~held & real).sum()))
