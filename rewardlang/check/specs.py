"""`spec` declarations: a formula, how it is meant, and what results show of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rewardlang.check.declare import NOTHING
from rewardlang.check.formulas import Refused, formula_of, positive
from rewardlang.check.margins import raw_margins
from rewardlang.check.names import Entry, suggestion
from rewardlang.check.readings import fits, read, verdict
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.spec_lints import lint_formula
from rewardlang.check.typed import SpecDecl, SpecOptions
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.temporal.conventions import TOOLS
from rewardlang.temporal.semantics import GATHERINGS, NAMES, Semantics
from rewardlang.types import Type


def declare_spec(session: Session, entry: Entry, node: ast.Spec) -> SpecDecl | None:
    session.values[entry.full] = NOTHING
    scope = Scope(session, entry.module, "spec")
    try:
        options = _options_of(scope, node)
    except Refused:
        return None
    found = formula_of(scope, node.value, options.semantics, options.convention)
    if found is None:
        return None
    formula, atoms = found
    spec = SpecDecl(entry.full, formula, atoms, options, None, None, node.doc, node.span)
    lint_formula(session, node.value.span, formula, atoms)
    session.specs[entry.full] = spec
    if entry.module.is_main:
        spec = session.specs[entry.full] = _shown(scope, spec)
    return spec


def _options_of(scope: Scope, node: ast.Spec) -> SpecOptions:
    """Words first, then the numbers that the semantics takes. Raises Refused."""
    known = {"convention": tuple(TOOLS), "semantics": NAMES}
    words = {"convention": "truncated", "semantics": "minmax"}
    for argument in node.options:
        name = argument.name or ""
        if name in known:
            words[name] = _word(scope.session, name, argument.value, known[name])
    semantics = _semantics(scope, words["semantics"], node.options)
    return SpecOptions(words["convention"], semantics)


def _word(session: Session, option: str, value: ast.Expr, known: Sequence[str]) -> str:
    word = value.id if isinstance(value, ast.Name) else session.mention(value.span)
    if word not in known:
        args = {"option": option, "known": ", ".join(known), "value": word}
        session.error("RW413", (value.span, ""), hint=suggestion(nearest(word, known)), **args)
        raise Refused
    return word


def _semantics(scope: Scope, name: str, given: Sequence[ast.Argument]) -> Semantics:
    takes = dict(GATHERINGS[name].options) if name in GATHERINGS else {}
    known = ["convention", "semantics", *takes]
    left = list(known)
    for argument in given:
        option = argument.name or ""
        if option not in left:
            shown = ", ".join(f"`{o}`" for o in known)
            args = {"option": option, "semantics": name, "known": shown}
            scope.session.error("RW429", (argument.span, ""), **args)
            raise Refused
        left.remove(option)
        if option in takes:
            takes[option] = positive(scope, argument.value, f"the {option}")
    return Semantics(name, tuple(takes.values()))


def _shown(scope: Scope, spec: SpecDecl) -> SpecDecl:
    """With what results show of it: the verdict so far, and the robustness at the end."""
    session = scope.session
    with session.silent() as tried:
        satisfied, violated = (
            (verdict(scope, spec, kind, "now"), verdict(scope, spec, kind, "end"))
            for kind in ("value", "violated")
        )
        if tried.errors:
            return spec
        robustness = None
        margins = raw_margins(scope, spec, None)
        if margins is not None and fits(spec.options.semantics, margins[0]):
            unit, args = margins
            type_ = Type("real", unit)
            robustness = read(scope, spec, "robustness", "value", "end", args, type_, spec.span)
            robustness = None if tried.errors else robustness
    return replace(spec, verdicts=(satisfied, violated), robustness=robustness)
