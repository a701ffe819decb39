"""Advice about formulas that say less than they seem to."""

from __future__ import annotations

from collections.abc import Sequence

from rewardlang.check.assemble import Declared
from rewardlang.check.session import Session
from rewardlang.check.spec_traces import lint_traces
from rewardlang.check.typed import AtomDecl, Expr, NameRef
from rewardlang.diagnostics.source import Span
from rewardlang.temporal import formula as f
from rewardlang.temporal.formula import Formula

_OPPOSITE = {"always": "eventually", "eventually": "always"}


def lint_formula(session: Session, span: Span, formula: Formula, atoms: Sequence[AtomDecl]) -> None:
    formula = f.unweighted(formula)
    _collapse(session, span, formula)
    lint_traces(session, span, formula, atoms)


def _collapse(session: Session, span: Span, formula: Formula) -> None:
    """`always eventually c` over a trace that ends is c at its end."""
    for outer in f.walk(formula):
        wanted = _OPPOSITE.get(outer.op)
        if wanted is None or outer.hi is not None:
            continue
        inner = outer.args[0]
        if inner.op == wanted and inner.hi is None and f.horizon(inner.args[0]) == 0:
            session.warning("RW421", (span, ""), outer=outer.op, inner=inner.op)
            return


def lint_intervals(session: Session, declared: Declared) -> None:
    """An interval that begins after every episode has ended."""
    ends = [n for c in declared.conditions.values() if (n := _last_step(c.when)) is not None]
    if not ends:
        return
    longest = min(ends)
    for spec in session.specs.values():
        # `eventually [n .. n] true` is no one's: conventions ask by it how long the trace is.
        timed = [n for n in f.walk(spec.formula) if n.op in f.TIMED and n.args != (f.TRUE,)]
        late = [n for n in timed if n.lo > longest]
        if late:
            begins = late[0].lo
            session.warning("RW425", (spec.span, ""), begins=begins, longest=longest)


def _last_step(e: Expr) -> int | None:
    """N where a condition is `t > N` or `t >= N`: no transition comes after that."""
    if e.op != "apply" or e.attr not in ("gt", "ge"):
        return None
    left, right = e.args
    counts = left.op == "name" and left.attr == NameRef("signal", "t")
    if not counts or right.op != "const":
        return None
    last: int = int(right.attr) + (e.attr == "gt")
    return last
