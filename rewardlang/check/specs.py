"""`spec` declarations: a formula, how it is meant, and what results show of it."""

from __future__ import annotations

from dataclasses import replace

from rewardlang.check.declare import NOTHING
from rewardlang.check.formulas import formula_of
from rewardlang.check.margins import raw_margins
from rewardlang.check.names import Entry, suggestion
from rewardlang.check.readings import read, verdict
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.spec_lints import lint_formula
from rewardlang.check.typed import SpecDecl, SpecOptions
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.temporal.conventions import KNOWN, in_ours
from rewardlang.types import Type

CONVENTIONS = (*KNOWN, "stlcg", "mtl")
SEMANTICS = ("minmax", "logsumexp", "softmin", "agm", "gmsr")


def declare_spec(session: Session, entry: Entry, node: ast.Spec) -> SpecDecl | None:
    session.values[entry.full] = NOTHING
    scope = Scope(session, entry.module, "spec")
    options = _options_of(session, node)
    found = formula_of(scope, node.value)
    if options is None or found is None:
        return None
    formula, atoms = found
    ours = in_ours(formula, options.convention) if options.convention in KNOWN else None
    if ours is None or options.semantics != "minmax":
        what = f"the convention `{options.convention}`, here"
        if options.semantics != "minmax":
            what = f"the semantics `{options.semantics}`"
        session.error("RW190", (node.options[0].span, ""), what=what)
        return None
    spec = SpecDecl(entry.full, ours, atoms, options, None, None, node.doc, node.span)
    lint_formula(session, node.value.span, ours, atoms)
    session.specs[entry.full] = spec
    if entry.module.is_main:
        spec = session.specs[entry.full] = _shown(scope, spec)
    return spec


def _options_of(session: Session, node: ast.Spec) -> SpecOptions | None:
    known = {"convention": CONVENTIONS, "semantics": SEMANTICS}
    options = SpecOptions()
    for argument in node.options:
        name, value = argument.name or "", argument.value
        if name in known and isinstance(value, ast.Name) and value.id in known[name]:
            options = replace(options, **{name: value.id})
        elif name in known:
            word = value.id if isinstance(value, ast.Name) else session.mention(value.span)
            args = {"option": name, "known": ", ".join(known[name]), "value": word}
            hint = suggestion(nearest(word, known[name]))
            session.error("RW413", (value.span, ""), hint=hint, **args)
            return None
        else:
            args = {"option": name, "known": "convention, semantics", "value": name}
            session.error("RW413", (argument.span, ""), **args)
            return None
    return options


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
        if margins is not None:
            unit, args = margins
            type_ = Type("real", unit)
            robustness = read(scope, spec, "robustness", "value", "end", args, type_, spec.span)
            robustness = None if tried.errors else robustness
    return replace(spec, verdicts=(satisfied, violated), robustness=robustness)
