"""Formulas that no trace satisfies, or every trace: found by a search for a trace that knows which
atoms exclude each other at one sample.

What it says is certain; where the search takes too long it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from rewardlang.check.contradictions import exclude
from rewardlang.check.session import Session
from rewardlang.check.typed import AtomDecl
from rewardlang.diagnostics.source import Span
from rewardlang.temporal import formula as f
from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.progress import Literal
from rewardlang.temporal.satisfiable import Literals, Steps, core, satisfiable

MOST_STEPS = 1000  # of the search, for all questions about one formula: some milliseconds
SHOWN = 4  # atoms that one message names


_NONE_BEYOND = (
    "give the outer operator an interval, or write `weak_next` where no next sample need be"
)


def lint_traces(session: Session, span: Span, formula: Formula, atoms: Sequence[AtomDecl]) -> None:
    """The first of: a premise that never holds, a formula that none or every trace satisfies."""
    traces, steps = _Traces(session, atoms), Steps(MOST_STEPS)
    opposite = f.negation(formula)
    try:
        for premise in (node.args[0] for node in f.walk(formula) if node.op == "implies"):
            if traces.never(premise, steps):
                reason = traces.reason(premise)
                places = [atoms[x.number].span for x in reason.core[:SHOWN]] or [span]
                labels = [(place, "never holds" if len(places) == 1 else "") for place in places]
                session.warning("RW424", *labels, why=traces.why_never(reason))
                return
        if traces.never(formula, steps):
            reason = traces.reason(formula)
            why = traces.why_never(reason)
            session.warning("RW432", (span, ""), hint=reason.hint, why=why)
        elif traces.never(opposite, steps):
            reason = traces.reason(opposite)
            why = traces.why_always(reason)
            session.warning("RW433", (span, ""), hint=reason.hint, why=why)
    except TooLarge:
        return


class _Reason(NamedTuple):
    """Why no trace satisfies a formula. `clash`: of the core what cannot be at one sample."""

    formula: Formula
    core: tuple[Literal, ...]
    clash: tuple[Literal, ...]

    @property
    def at_an_end(self) -> bool:
        """For all that atoms and constants say, the end of a trace decides."""
        constant = any(node in (f.TRUE, f.FALSE) for node in f.walk(self.formula))
        return not self.core and not constant

    @property
    def hint(self) -> str | None:
        return _NONE_BEYOND if self.at_an_end else None


class _Traces:
    """Traces of the atoms of one formula, as far as these exclude each other at a sample."""

    def __init__(self, session: Session, atoms: Sequence[AtomDecl]) -> None:
        self.session, self.atoms = session, atoms
        self._known: dict[Literals, bool] = {}

    def never(self, formula: Formula, steps: Steps) -> bool:
        return not satisfiable(formula, self._possible, steps)

    def reason(self, formula: Formula) -> _Reason:
        found = core(formula, self._possible, Steps(MOST_STEPS))
        sizes = range(1, SHOWN + 1)
        some = (x for size in sizes for x in combinations(found[: 2 * SHOWN], size))
        clash = next((x for x in some if not self._possible(frozenset(x))), ())
        of_one = len({x.number for x in clash}) < len(clash)  # of c and not c: that is no clash
        return _Reason(formula, found, () if of_one else clash)

    def why_never(self, reason: _Reason) -> str:
        if len(reason.clash) > 1:
            return f"No sample has {self._listed(reason.clash, ' and ')}"
        return self._of_one(reason.clash) or f"It fails {self._whatever(reason)}"

    def why_always(self, opposite: _Reason) -> str:
        if len(opposite.clash) > 1:
            sides = [x._replace(positive=not x.positive) for x in opposite.clash]
            return f"Every sample has {self._listed(sides, ' or ')}"
        return self._of_one(opposite.clash) or f"It holds {self._whatever(opposite)}"

    def _of_one(self, clash: Sequence[Literal]) -> str:
        return "".join(
            f"{'No' if x.positive else 'Every'} sample has {self._named(x.number)}" for x in clash
        )

    def _whatever(self, reason: _Reason) -> str:
        if reason.at_an_end:
            end = "first" if f.is_past(reason.formula) else "last"
            return f"at the {end} sample of every trace, beyond which there is none to look at"
        names = list(dict.fromkeys(self._named(x.number) for x in reason.core))
        more = " and others" if len(names) > SHOWN else ""
        return f"whatever becomes of {', '.join(names[:SHOWN])}{more}" if names else "in any case"

    def _listed(self, literals: Iterable[Literal], word: str) -> str:
        """What is to hold first."""
        shown = sorted(literals, key=lambda x: not x.positive)
        return word.join(f"{'' if x.positive else 'not '}{self._named(x.number)}" for x in shown)

    def _named(self, number: int) -> str:
        return f"`{self.session.mention(self.atoms[number].span)}`"

    def _possible(self, literals: Literals) -> bool:
        found = self._known.get(literals)
        if found is None:
            ours = [x for x in literals if x.number < len(self.atoms)]  # the others are of the past
            facts = [(self.atoms[x.number].truth, x.positive) for x in ours]
            found = self._known[literals] = not exclude(self.session, facts)
        return found
