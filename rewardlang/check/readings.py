"""What can be read of a formula.

satisfied(s)  violated(s)  robustness(s)      at the end of the episode
.. (s over past)                              by now: for verdicts, whatever follows
.. (s over last n else v)                     of the last n samples
.. (s over rest)                              of the trace from here on: recorded data
decided(s)  bounds(s)  progress(s)            now
"""

from __future__ import annotations

from dataclasses import replace

from rewardlang.check.branches import one_type
from rewardlang.check.formulas import Refused, formula_of
from rewardlang.check.levels import AT_END, join
from rewardlang.check.literals import stack
from rewardlang.check.margins import raw_margins, scaled_by_ranges
from rewardlang.check.ranges import TRUTH
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.spans_of_time import samples_before
from rewardlang.check.spec_lints import lint_formula
from rewardlang.check.typed import Expr, Reading, SpecDecl, SpecOptions
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.temporal import formula as f
from rewardlang.temporal.followed import check_followed
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.monitor import Unmonitorable, check_monitorable
from rewardlang.temporal.ranges import ends_of, smooth_ends_of
from rewardlang.temporal.semantics import MINMAX, Semantics
from rewardlang.types import BOOL, NO_UNIT, REAL, Enum, Index, Known, Level, Range, Type, Unit

VERDICTS = ("satisfied", "violated")
READINGS = (*VERDICTS, "decided", "robustness", "bounds", "progress")
_OPTIONS = {"robustness": ("scale", "truncated"), "bounds": ("scale",)}
_WHEN = {"past": "now", "rest": "rest"}
ENDS = ("lower", "upper")


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
    found = formula_of(scope, value)
    if found is None:
        return None
    lint_formula(session, value.span, *found)
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
            found = raw_margins(scope, spec, node)
            if found is None:
                return session.unknown(node.span)
            margins = found
    except Refused:
        return session.unknown(node.span)
    unit, args = margins
    semantics = spec.options.semantics
    if not fits(semantics, unit):
        shown = {"semantics": semantics.name, "unit": str(unit)}
        session.error("RW434", (node.span, ""), (spec.span, "the formula"), **shown)
        return session.unknown(node.span)
    if semantics.is_smooth and (node.function == "bounds" or options.get("truncated") in ENDS):
        session.error("RW436", (node.span, ""), semantics=semantics.name)
        return session.unknown(node.span)
    type_ = Type("real", unit)
    if node.function == "robustness":
        return _windowed(scope, node, spec, "value", when, args, type_, options)
    ends = [
        read(scope, spec, "bounds", k, when, args, type_, node.span) for k in ("lower", "upper")
    ]
    if any(e.type.kind == "unknown" for e in ends):
        return session.unknown(node.span)
    return stack(session, ends, unit, node.span)


def fits(semantics: Semantics, unit: Unit) -> bool:
    """A temperature and the like are numbers, and so are the margins they are used on."""
    return not semantics.is_smooth or unit == NO_UNIT


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
    return read(scope, spec, node.function, kind, when, args, type_, node.span, steps, default, cut)


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


def read(
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
    quantitative = name in ("robustness", "bounds")
    semantics = spec.options.semantics if quantitative else MINMAX
    formula = spec.formula if semantics.is_smooth else f.unweighted(spec.formula)
    if not _is_monitorable(session, replace(spec, formula=formula), semantics, kind, when, span):
        return session.unknown(span)
    levels = join(*(a.level for a in args)) if args else Level()
    state = levels.index is Index.STATE
    clamp = _ends(formula, args, semantics) if quantitative else Range(-1, 1)
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
        formula,
        quantitative,
        state,
        steps,
        default is not None,
        clamp,
        cut,
        semantics,
    )
    index = levels.index if levels.index >= Index.STATE else Index.STEP
    level = {
        "end": AT_END,
        "rest": Level(Index.STEP, Known.FOLLOWING),
    }.get(when, Level(index, max(Known.NOW, levels.known)))
    return session.make("reading", operands, attr, type_, level, range_, span)


def _ends(formula: Formula, margins: tuple[Expr, ...], semantics: Semantics) -> Range:
    atoms = [(a.range.lo, a.range.hi) for a in margins]
    if semantics.is_smooth:
        return Range(*smooth_ends_of(formula, atoms, semantics))
    return Range(*ends_of(formula, atoms))


def _has_automaton(session: Session, spec: SpecDecl, span: Span) -> bool:
    from rewardlang.temporal.antichain import TooLarge
    from rewardlang.temporal.automaton import MOST_STATES, of_spec

    try:
        of_spec(spec.formula, limit=MOST_STATES)
    except TooLarge as large:
        labels = [(span, "")] + ([(spec.span, "the formula")] if spec.name else [])
        reached, limit = large.reached, large.limit
        session.error("RW422", *labels, what=large.what, reached=reached, limit=limit)
        return False
    except ValueError:
        session.error("RW403", (span, ""), why="it looks back at what looks ahead")
        return False
    return True


def _is_monitorable(
    session: Session, spec: SpecDecl, semantics: Semantics, kind: str, when: str, span: Span
) -> bool:
    if when in ("rest", "last"):
        return True
    if kind == "progress":
        return _has_automaton(session, spec, span)
    try:
        if semantics.is_smooth:
            check_followed(spec.formula)
        else:
            check_monitorable(spec.formula)
    except Unmonitorable as refused:
        labels = [(span, "")]
        if spec.name:
            labels.append((spec.span, "the formula"))
        code = "RW435" if semantics.is_smooth else "RW403"
        session.error(code, *labels, why=str(refused), semantics=semantics.name)
        return False
    return True


def verdict(scope: Scope, spec: SpecDecl, kind: str, when: str) -> Expr:
    args = _truths(spec)
    return read(scope, spec, "satisfied", kind, when, args, BOOL, spec.span, cut="lower")


# ---- the past as a condition ----------------------------------------------------------------


def past(scope: Scope, node: ast.Temporal | ast.TemporalBinary, expected: Enum | None) -> Expr:
    """`once c`, `a since b` and the like outside a spec: a bool, now."""
    del expected
    session = scope.session
    if node.op in f.FUTURE:
        session.error("RW400", (node.span, ""), op=node.op)
        return session.unknown(node.span)
    found = formula_of(scope, node)
    if found is None:
        return session.unknown(node.span)
    formula, atoms = found
    if not f.is_past(formula):
        session.error(
            "RW400", (node.span, ""), op=next(n.op for n in f.walk(formula) if n.op in f.FUTURE)
        )
        return session.unknown(node.span)
    spec = SpecDecl("", formula, atoms, SpecOptions(), None, None, None, node.span)
    return read(scope, spec, "satisfied", "value", "now", _truths(spec), BOOL, node.span)
