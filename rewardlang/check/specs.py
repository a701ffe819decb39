"""`spec` declarations, and what can be read of a formula.

satisfied(s)  violated(s)  robustness(s)      at the end of the episode
.. (s over past)                              by now: for verdicts, whatever follows
.. (s over last n else v)                     of the last n samples
.. (s over rest)                              of the trace from here on: recorded data
decided(s)  bounds(s)  progress(s)            now
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from rewardlang.check.apply import apply, const
from rewardlang.check.branches import choose, one_type
from rewardlang.check.declare import NOTHING
from rewardlang.check.formulas import Reader, Refused
from rewardlang.check.levels import AT_END, join
from rewardlang.check.literals import stack
from rewardlang.check.names import Entry, suggestion
from rewardlang.check.ranges import TRUTH
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.spans_of_time import samples_before
from rewardlang.check.spec_lints import lint_formula
from rewardlang.check.typed import AtomDecl, Expr, Reading, SpecDecl, SpecOptions
from rewardlang.check.units import as_factor, same_unit
from rewardlang.diagnostics.source import Span
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.temporal import formula as f
from rewardlang.temporal.conventions import TOOLS
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.monitor import Unmonitorable, check_monitorable
from rewardlang.temporal.ranges import ends_of
from rewardlang.types import BOOL, NO_UNIT, REAL, Enum, Index, Known, Level, Range, Type, Unit

VERDICTS = ("satisfied", "violated")
READINGS = (*VERDICTS, "decided", "robustness", "bounds", "progress")
_OPTIONS = {"robustness": ("scale", "truncated"), "bounds": ("scale",)}
SEMANTICS = ("minmax", "logsumexp", "softmin", "agm", "gmsr")
MOST_OPERATORS = 256
MOST_STATES = 1024
_WHEN = {"past": "now", "rest": "rest"}


def declare_spec(session: Session, entry: Entry, node: ast.Spec) -> SpecDecl | None:
    session.values[entry.full] = NOTHING
    scope = Scope(session, entry.module, "spec")
    options = _options_of(session, node)
    if options is None:
        return None
    found = _formula(scope, node.value, options.convention)
    if found is None:
        return None
    if options.semantics != "minmax":
        what = f"the semantics `{options.semantics}`"
        session.error("RW190", (node.options[0].span, ""), what=what)
        return None
    formula, atoms = found
    spec = SpecDecl(entry.full, formula, atoms, options, None, None, node.doc, node.span)
    lint_formula(session, node.value.span, formula, atoms)
    session.specs[entry.full] = spec
    if entry.module.is_main:
        spec = session.specs[entry.full] = _shown(scope, spec)
    return spec


def _formula(
    scope: Scope, node: ast.Expr, convention: str = "truncated"
) -> tuple[Formula, tuple[AtomDecl, ...]] | None:
    reader = Reader(scope.without_facts(), convention)
    try:
        formula = reader.read(node)
    except Refused:
        return None
    if sum(1 for _ in f.walk(formula)) > MOST_OPERATORS:
        scope.session.error("RW411", (node.span, ""), most=MOST_OPERATORS)
        return None
    _say_mixed(scope.session, reader.atoms)
    return formula, tuple(reader.atoms)


def _say_mixed(session: Session, atoms: Sequence[AtomDecl]) -> None:
    """One atom per step moves the start of the trace from the reset to the first transition."""
    by_step = [a for a in atoms if a.truth.level.index is Index.STEP]
    by_state = [a for a in atoms if a.truth.level.index is Index.STATE]
    if by_step and by_state:
        labels = ((by_step[0].span, "per step"), (by_state[0].span, "per state"))
        session.note("RW412", *labels)


def _options_of(session: Session, node: ast.Spec) -> SpecOptions | None:
    known = {"convention": tuple(TOOLS), "semantics": SEMANTICS}
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
            (_verdict(scope, spec, kind, "now"), _verdict(scope, spec, kind, "end"))
            for kind in ("value", "violated")
        )
        if tried.errors:
            return spec
        robustness = None
        margins = _raw_margins(scope, spec, None)
        if margins is not None:
            unit, args = margins
            type_ = Type("real", unit)
            robustness = _read(scope, spec, "robustness", "value", "end", args, type_, spec.span)
            robustness = None if tried.errors else robustness
    return replace(spec, verdicts=(satisfied, violated), robustness=robustness)


def _verdict(scope: Scope, spec: SpecDecl, kind: str, when: str) -> Expr:
    args = _truths(spec)
    return _read(scope, spec, "satisfied", kind, when, args, BOOL, spec.span, cut="lower")


# ---- what is read ---------------------------------------------------------------------------


def reading(scope: Scope, node: ast.Call) -> Expr:
    session, name = scope.session, node.function
    spec = _spec_of(scope, node)
    options = _reading_options(scope, node)
    if spec is None or options is None:
        return session.unknown(node.span)
    when = _when(scope, node)
    if when is None:
        return session.unknown(node.span)
    if name in ("decided", "bounds", "progress") and when != "now":
        session.error(
            "RW208", (node.over.span if node.over else node.span, ""), clause="over", name=name
        )
        return session.unknown(node.span)
    if name == "robustness" or name == "bounds":
        return _quantity(scope, node, spec, when, options)
    kind = {"violated": "violated", "decided": "decided", "progress": "progress"}.get(name, "value")
    type_ = REAL if name == "progress" else BOOL
    return _windowed(scope, node, spec, kind, when, _truths(spec), type_, options)


def _spec_of(scope: Scope, node: ast.Call) -> SpecDecl | None:
    """The spec named, or a formula written in place."""
    session = scope.session
    values = [a for a in node.arguments if a.name is None]
    if len(values) != 1:
        session.error(
            "RW206", (node.span, ""), name=node.function, wanted="a spec", given=len(values)
        )
        return None
    value = values[0].value
    entry = None
    if isinstance(value, ast.Name):
        entry = scope.module.entries.get(value.id)
    elif isinstance(value, ast.Member) and isinstance(value.value, ast.Name):
        module = scope.module.modules.get(value.value.id)
        entry = module.entries.get(value.name) if module is not None else None
    if entry is not None and entry.kind == "spec":
        session.used.add(entry.full)
        return session.specs.get(entry.full)
    found = _formula(scope, value)
    if found is None:
        return None
    return SpecDecl("", *found, SpecOptions(), None, None, None, value.span)


def _reading_options(scope: Scope, node: ast.Call) -> dict[str, str] | None:
    session = scope.session
    known = _OPTIONS.get(node.function, ())
    words = {"scale": ("ranges",), "truncated": ("finite", "lower", "upper")}
    found: dict[str, str] = {}
    for argument in node.arguments:
        if argument.name is None:
            continue
        value = argument.value
        if argument.name not in known:
            shown = ", ".join(f"`{k}`" for k in known) or "none"
            args = {"option": argument.name, "name": node.function, "known": shown}
            session.error("RW207", (argument.span, ""), **args)
            return None
        if not isinstance(value, ast.Name) or value.id not in words[argument.name]:
            shown = ", ".join(words[argument.name])
            args = {"option": argument.name, "known": shown, "value": session.mention(value.span)}
            session.error("RW413", (value.span, ""), **args)
            return None
        found[argument.name] = value.id
    return found


def _when(scope: Scope, node: ast.Call) -> str | None:
    """At the end, now, in a window of the past, or of what comes."""
    over, session = node.over, scope.session
    if node.where is not None:
        session.error("RW208", (node.where.span, ""), clause="where", name=node.function)
        return None
    if over is None:
        return "end" if node.function in (*VERDICTS, "robustness") else "now"
    if over.window == "last":
        return "last"
    if over.window is None and len(over.names) == 1 and over.names[0] in _WHEN:
        return _WHEN[over.names[0]]
    session.error("RW414", (over.span, ""), name=node.function)
    return None


def _truths(spec: SpecDecl) -> tuple[Expr, ...]:
    return tuple(a.truth for a in spec.atoms)


def _quantity(
    scope: Scope, node: ast.Call, spec: SpecDecl, when: str, options: dict[str, str]
) -> Expr:
    session = scope.session
    try:
        if "scale" in options:
            margins = NO_UNIT, scaled_by_ranges(scope, spec.atoms)
        else:
            found = _raw_margins(scope, spec, node)
            if found is None:
                return session.unknown(node.span)
            margins = found
    except Refused:
        return session.unknown(node.span)
    unit, args = margins
    type_ = Type("real", unit)
    if node.function == "robustness":
        return _windowed(scope, node, spec, "value", when, args, type_, options)
    ends = [
        _read(scope, spec, "bounds", k, when, args, type_, node.span) for k in ("lower", "upper")
    ]
    if any(e.type.kind == "unknown" for e in ends):
        return session.unknown(node.span)
    return stack(session, ends, unit, node.span)


def _windowed(
    scope: Scope,
    node: ast.Call,
    spec: SpecDecl,
    kind: str,
    when: str,
    args: tuple[Expr, ...],
    type_: Type,
    options: dict[str, str],
) -> Expr:
    """A reading, of a window where the call says so."""
    session = scope.session
    steps, default = 0, None
    if when == "last":
        assert node.over is not None and node.over.extent is not None
        found = samples_before(scope, node.over.extent)
        if found is None:
            return session.unknown(node.span)
        steps = found
        if (why := _outside(spec.formula, steps)) is not None:
            session.error("RW415", (node.over.span, ""), (spec.span, why), steps=steps)
            return session.unknown(node.span)
        if node.otherwise is None:
            session.error("RW416", (node.span, ""), steps=steps)
            return session.unknown(node.span)
        default = scope.infer(node.otherwise)
        if default.type.kind == "unknown":
            return default
    elif node.otherwise is not None:
        session.error("RW208", (node.otherwise.span, ""), clause="else", name=node.function)
        return session.unknown(node.span)
    cut = options.get("truncated", "lower" if type_.kind == "bool" else "finite")
    return _read(
        scope, spec, node.function, kind, when, args, type_, node.span, steps, default, cut
    )


def _outside(formula: Formula, steps: int) -> str | None:
    """Why the value over a window of so many samples would need others."""
    ahead, back = f.horizon(formula), f.history(formula)
    if ahead == 0:
        ahead, back = back, 0  # it speaks of the last sample, and looks back within the window
    if back != 0:
        return "this looks back, to before the window"
    if ahead is None:
        return "this has no end"
    return f"this takes {ahead + 1} samples" if ahead >= steps else None


def _read(
    scope: Scope,
    spec: SpecDecl,
    name: str,
    kind: str,
    when: str,
    args: tuple[Expr, ...],
    type_: Type,
    span: Span,
    steps: int = 0,
    default: Expr | None = None,
    cut: str = "finite",
) -> Expr:
    session = scope.session
    if not _is_monitorable(session, spec, kind, when, span):
        return session.unknown(span)
    levels = join(*(a.level for a in args)) if args else Level()
    state = levels.index is Index.STATE
    quantitative = name in ("robustness", "bounds")
    clamp = Range(-1, 1)
    if quantitative:
        clamp = Range(*ends_of(spec.formula, [(a.range.lo, a.range.hi) for a in args]))
    range_ = clamp if quantitative else TRUTH
    operands = args
    if default is not None:
        probe = session.make("unknown", (), span, type_, levels, range_, span)
        both = one_type(session, (probe, default), f"`{name}` and its `else`", span)
        if both is None:
            return session.unknown(span)
        operands = (*args, both[1])
        range_ = range_.join(default.range)
    attr = Reading(
        kind,
        when,
        spec.formula,
        quantitative,
        state,
        steps,
        default is not None,
        clamp,
        cut,
    )
    index = levels.index if levels.index >= Index.STATE else Index.STEP
    level = {
        "end": AT_END,
        "rest": Level(Index.STEP, Known.FOLLOWING),
    }.get(when, Level(index, max(Known.NOW, levels.known)))
    return session.make("reading", operands, attr, type_, level, range_, span)


def _has_automaton(session: Session, spec: SpecDecl, span: Span) -> bool:
    from rewardlang.temporal.antichain import TooLarge
    from rewardlang.temporal.automaton import automaton

    try:
        automaton(spec.formula, limit=MOST_STATES)
    except TooLarge as large:
        labels = [(span, "")] + ([(spec.span, "the formula")] if spec.name else [])
        reached, limit = large.reached, large.limit
        session.error("RW422", *labels, what=large.what, reached=reached, limit=limit)
        return False
    except f.LooksBackAtWhatLooksAhead as mixed:
        session.error("RW403", (span, ""), why=str(mixed))
        return False
    return True


def _is_monitorable(session: Session, spec: SpecDecl, kind: str, when: str, span: Span) -> bool:
    if when in ("rest", "last"):
        return True
    if kind == "progress":
        return _has_automaton(session, spec, span)
    try:
        check_monitorable(spec.formula)
    except Unmonitorable as refused:
        labels = [(span, "")]
        if spec.name:
            labels.append((spec.span, "the formula"))
        session.error("RW403", *labels, why=str(refused))
        return False
    return True


# ---- margins --------------------------------------------------------------------------------


def _raw_margins(
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


def scaled(scope: Scope, node: ast.Scaled, expected: Enum | None) -> Expr:
    del expected
    scope.session.error("RW420", (node.span, ""))
    return scope.session.unknown(node.span)


# ---- the past as a condition ----------------------------------------------------------------


def past(scope: Scope, node: ast.Temporal | ast.TemporalBinary, expected: Enum | None) -> Expr:
    """`once c`, `a since b` and the like outside a spec: a bool, now."""
    del expected
    session = scope.session
    if node.op in f.FUTURE:
        session.error("RW400", (node.span, ""), op=node.op)
        return session.unknown(node.span)
    found = _formula(scope, node)
    if found is None:
        return session.unknown(node.span)
    formula, atoms = found
    if not f.is_past(formula):
        session.error(
            "RW400", (node.span, ""), op=next(n.op for n in f.walk(formula) if n.op in f.FUTURE)
        )
        return session.unknown(node.span)
    spec = SpecDecl("", formula, atoms, SpecOptions(), None, None, None, node.span)
    return _read(scope, spec, "satisfied", "value", "now", _truths(spec), BOOL, node.span)
