"""By how much the atoms of a formula hold, made fit to be compared with each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rewardlang.check.apply import apply, const
from rewardlang.check.branches import choose
from rewardlang.check.formulas import Refused
from rewardlang.check.scope import Scope
from rewardlang.check.typed import AtomDecl, Expr, SpecDecl
from rewardlang.check.units import as_factor, same_unit
from rewardlang.syntax import ast
from rewardlang.types import NO_UNIT, Enum, Unit


def raw_margins(
    scope: Scope, spec: SpecDecl, node: ast.Call | None
) -> tuple[Unit, tuple[Expr, ...]] | None:
    """The margins as they are, of one unit. None is reported where a `node` asked for them."""
    session = scope.session
    unit, first = NO_UNIT, None
    found: list[Expr] = []
    for atom in spec.atoms:
        if atom.margin is None:
            if node is not None:
                session.error(
                    "RW417", (node.span, ""), (atom.span, "this holds or not, by no margin")
                )
            return None
        met = (
            as_factor(atom.margin.type.unit)
            if first is None
            else same_unit(unit, atom.margin.type.unit)
        )
        if met is None:
            if node is not None and first is not None:
                labels = [(a.span, _in(a)) for a in (first, atom)]
                session.error("RW418", (node.span, ""), *labels)
            return None
        if first is None or unit == NO_UNIT:
            unit, first = as_factor(met), atom
        found.append(atom.margin)
    return unit, tuple(found)


def _in(atom: AtomDecl) -> str:
    assert atom.margin is not None
    unit = as_factor(atom.margin.type.unit)
    return f"the margin of this is in {unit}" if unit.factors else "the margin of this has no unit"


def scaled_by_ranges(scope: Scope, atoms: Sequence[AtomDecl]) -> tuple[Expr, ...]:
    """Margins over the largest they can be, so that each is in -1 .. 1; a bool is -1 or 1."""
    session, found = scope.session, []
    for atom in atoms:
        if atom.margin is None:
            one, other = (const(session, v, atom.span) for v in (1.0, -1.0))
            found.append(choose(session, atom.truth, one, other, atom.span))
            continue
        range_ = atom.margin.range
        most = max(abs(range_.lo), abs(range_.hi))
        if not math.isfinite(most):
            session.error("RW419", (atom.span, f"the margin of this is in {range_}"))
            raise Refused
        size = const(session, float(most) or 1.0, atom.span, as_factor(atom.margin.type.unit))
        found.append(apply(session, "div", (atom.margin, size), atom.span))
    return tuple(found)


def of_a_formula(scope: Scope, node: ast.Scaled | ast.Weighted, expected: Enum | None) -> Expr:
    """What only formulas have, where there is none."""
    del expected
    word = "scaled" if isinstance(node, ast.Scaled) else "weighted"
    scope.session.error("RW420", (node.span, ""), word=word)
    return scope.session.unknown(node.span)
