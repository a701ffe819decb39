"""Where values leave: terms, potentials, conditions, the reward and metrics.

Each sink says what it takes: one number, of which unit, varying over what, known when (the table of
sinks in the semantics). What does not fit is refused by the name of the operand that is to blame.
"""

from __future__ import annotations

from rewardlang.check.apply import apply, converted, described
from rewardlang.check.branches import is_condition
from rewardlang.check.declare import NOTHING, fit
from rewardlang.check.kept_axes import keeps_or_single, leaves_alone, may_keep
from rewardlang.check.levels import PER_STEP, latest_leaf, leaves, paid_at_end
from rewardlang.check.names import Entry, Module
from rewardlang.check.ranges import TRUTH, outside, point, times
from rewardlang.check.risks import each_once
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session, Value
from rewardlang.check.type_exprs import declared_type
from rewardlang.check.typed import (
    AdvantageDecl,
    ConditionDecl,
    Expr,
    LetDecl,
    MetricDecl,
    PotentialDecl,
    TermDecl,
)
from rewardlang.check.units import as_factor, settled
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.types import BOOL, NO_UNIT, Index, Known, Level, Range, Type


def sink_value(
    scope: Scope, node: ast.Expr, what: str, fault_is_handled: bool = False
) -> Expr | None:
    """One number (a bool counts 1 or 0). Risks are said unless handled. None is reported."""
    value = _numbers(scope, node, what, fault_is_handled)
    if value is None or not leaves_alone(scope.session, value.type, value.span, what, ""):
        return None
    return value


def kept_value(scope: Scope, node: ast.Expr, what: str) -> Expr | None:
    """One number, or one for each slot of the axis that the total keeps."""
    value = _numbers(scope, node, what, False)
    if value is None or keeps_or_single(scope.session, value.type):
        return value
    leaves_alone(scope.session, value.type, value.span, what, "")
    return None


def declared_value(
    scope: Scope, node: ast.Term | ast.Metric | ast.Reward, what: str, declares: str
) -> Expr | None:
    """What a declaration with an optional type gives: as the type says, else one number."""
    handled = not isinstance(node, ast.Metric) and node.on_fault is not None
    value = _numbers(scope, node.value, what, handled)
    if value is None:
        return None
    if node.type is not None:
        word, _, name = declares.partition(" ")
        return _as_declared(scope, node.type, value, f"the {word} `{name}`" if name else what)
    if not leaves_alone(scope.session, value.type, value.span, what, declares):
        return None
    return value


def _numbers(scope: Scope, node: ast.Expr, what: str, fault_is_handled: bool) -> Expr | None:
    """Numbers of any shape."""
    session = scope.session
    session.risks.clear()
    value = scope.infer(node)
    if fault_is_handled:
        session.risks.clear()
    say_risks(session)
    if value.type.kind == "unknown":
        return None
    shown = (value.span, f"this is {described(value.type)}")
    if value.type.kind == "bool":
        value = converted(session, value, "real")
    if value.type.kind not in ("real", "int"):
        session.error("RW204", shown, word=what, kinds=described(value.type))
        return None
    value = converted(session, value, "real")
    return session.like(value, type=settled(value.type))


def say_risks(session: Session) -> None:
    for risk in session.risks:
        session.report.add(risk.diagnostic)
    session.risks.clear()


def _live(scope: Scope, node: ast.Expr | None, what: str) -> Expr | None:
    """A weight, a discount, a fault's value: constant over the samples of a call."""
    if node is None:
        return None
    value = sink_value(scope, node, what)
    if value is None:
        return None
    if value.level.index > Index.NONE or value.level.known > Known.LIVE:
        labels = _blamed(value, Known.LIVE)
        scope.session.error("RW302", *labels, what=what)
        return None
    return value


# ---- terms ------------------------------------------------------------------------------------


def declare_term(session: Session, entry: Entry, node: ast.Term) -> TermDecl | None:
    scope = Scope(session, entry.module, "term")
    session.values[entry.full] = NOTHING
    if node.per is not None:
        session.error("RW190", (node.span, ""), what=f"a term `per {node.per}`")
        return None
    if node.paid in ("spread", "telescoped"):
        session.error("RW190", (node.span, ""), what=f"`paid {node.paid}`")
        return None
    value = declared_value(scope, node, "a term", f"term {node.name}")
    weight = _live(scope, node.weight, "a weight")
    if node.times_dt and session.timestep is None:
        session.error("RW301", (node.span, ""), what="`times dt`")
    if value is None or (weight is None and node.weight is not None):
        return None
    on_fault = _on_fault(scope, node.on_fault, value)
    range_ = value.range if on_fault is None else value.range.join(on_fault.range)
    type_ = value.type
    session.values[entry.full] = Value(type_, _paid_level(value.level), range_, None)
    if not _pays_plain_number(session, node, value, weight):
        return None
    _lint_fixed(session, node, value)
    at_end = node.paid == "last" or paid_at_end(value.level)
    return TermDecl(
        node.name,
        value,
        weight,
        node.times_dt,
        "end" if at_end else "now",
        on_fault,
        node.doc,
        node.span,
    )


def declare_used(session: Session, entry: Entry, node: ast.Term | ast.Condition) -> None:
    """A term or condition of a used file: a value, its `on fault` for where it has none."""
    scope = Scope(session, entry.module, "let")
    session.values[entry.full] = NOTHING
    session.risks.clear()
    is_term = isinstance(node, ast.Term)
    value = scope.infer(node.value if isinstance(node, ast.Term) else node.when)
    risks = each_once(session.risks)
    session.risks.clear()
    if value.type.kind == "unknown":
        return
    if is_term and value.type.kind == "bool":
        value = converted(session, value, "real")
    if isinstance(node, ast.Term) and node.on_fault is not None:
        instead = scope.infer(node.on_fault)
        value = apply(session, "fallback", (value, instead), node.span)
        risks = ()
        if value.type.kind == "unknown":
            return
    stored = session.like(value, type=settled(value.type))
    session.values[entry.full] = Value(stored.type, value.level, value.range, stored, risks)
    session.lets.append(LetDecl(entry.full, stored, node.span))


def _paid_level(level: Level) -> Level:
    """A term's name is what it pays: once a transition, unless it is known at the end only."""
    return level.join(PER_STEP) if level.known <= Known.NOW else level


def _as_declared(scope: Scope, node: ast.TypeExpr, value: Expr, what: str) -> Expr | None:
    declared = declared_type(scope.session, scope.module, node)
    if declared is None:
        return None
    if not may_keep(scope.session, declared.type, node.span, what):
        return None
    return fit(scope, value, declared.type, value.span, what)


def _on_fault(scope: Scope, node: ast.Expr | None, value: Expr) -> Expr | None:
    fallback = _live(scope, node, "`on fault`")
    if fallback is None:
        return None
    return fit(scope, fallback, value.type, fallback.span, "`on fault`")


def _pays_plain_number(
    session: Session, node: ast.Term | ast.Potential, value: Expr, weight: Expr | None
) -> bool:
    """`weight * value` has no unit."""
    unit = as_factor(value.type.unit)
    weight_unit = as_factor(weight.type.unit) if weight is not None else NO_UNIT
    left = unit * weight_unit
    if left == NO_UNIT:
        return True
    text = session.mention(node.value.span)
    needed = NO_UNIT / unit
    labels = [(node.value.span, f"this is in {unit}" if unit.factors else "this is a plain number")]
    if weight is not None and weight_unit.factors:
        labels.append((weight.span, f"this is in {weight_unit}"))
    kind = "term" if isinstance(node, ast.Term) else "potential"
    args = {"name": node.name, "kind": kind, "unit": str(left), "operand": text}
    if unit.factors:
        divisor = f"`({text}) / 1<{unit}>`" if " " in text else f"`{text} / 1<{unit}>`"
        hint = (
            f"divide by the size that counts as one: {divisor}, or weight it `weight 2<{needed}>`"
        )
    else:
        hint = "write the weight without a unit"
    session.error("RW250", *labels, hint=hint, **args)
    return False


def _lint_fixed(session: Session, node: ast.Term, value: Expr) -> None:
    """A term that reads data and still can only have one value, or is always 0."""
    if value.range.lo != value.range.hi:
        return
    if value.level.known < Known.RESET and value.range.lo != 0:
        return
    session.warning("RW703", (node.value.span, ""), name=node.name, value=f"{value.range.lo:g}")


# ---- potentials and conditions ----------------------------------------------------------------


def declare_potential(session: Session, entry: Entry, node: ast.Potential) -> PotentialDecl | None:
    scope = Scope(session, entry.module, "potential")
    value = kept_value(scope, node.value, "a potential")
    weight = _live(scope, node.weight, "a weight")
    discount = _live(scope, node.discount, "a discount")
    if discount is not None and not _is_discount(session, discount):
        return None
    if value is None or (weight is None and node.weight is not None):
        return None
    if not _is_of_state(session, node, value):
        return None
    if not _pays_plain_number(session, node, value, weight):
        return None
    return PotentialDecl(node.name, value, weight, discount, node.doc, node.span)


def _is_discount(session: Session, discount: Expr) -> bool:
    if discount.type.unit.factors:
        return _plain(session, discount, "a discount")
    if outside(discount.range, Range(0, 1)):
        if discount.range.lo == discount.range.hi:
            value = f"{discount.range.lo:g}"
            session.error("RW323", (discount.span, ""), value=value)
            return False
        session.warning("RW321", (discount.span, ""), range=str(discount.range))
    return True


def _is_of_state(session: Session, node: ast.Potential, value: Expr) -> bool:
    """No step-level leaf, and known now."""
    leaf = step_level_leaf_through_lets(session, value)
    if leaf is not None or value.level.index is Index.STEP:
        labels = [(value.span, f"this is {value.level}")]
        name = session.mention(value.span)
        if leaf is not None:
            name = leaf.attr.name
            labels[:0] = [(leaf.span, f"`{name}` is {leaf.level}")]
        session.error("RW303", *labels, name=node.name, leaf=name)
        return False
    return _known_now(session, value, f"the potential `{node.name}`")


def step_level_leaf_through_lets(session: Session, value: Expr) -> Expr | None:
    """The first name that is per step, looked for through lets: where the step comes from.

    A value latched at the first transition is per episode, and yet not known at reset.
    """
    pending, seen = [value], set()
    while pending:
        for leaf in leaves(pending.pop()):
            ref = leaf.attr
            inner = session.values[ref.name].value if ref.kind == "let" else None
            if inner is None and leaf.level.index is Index.STEP:
                return leaf
            if inner is not None and ref.name not in seen:
                seen.add(ref.name)
                pending.append(inner)
    return None


def _known_now(session: Session, value: Expr, what: str) -> bool:
    if value.level.known <= Known.NOW:
        return True
    session.error("RW304", *_blamed(value, Known.NOW), what=what)
    return False


def _blamed(value: Expr, known: Known) -> list[tuple[Span, str]]:
    """The name that is known too late, if it is not the whole value, and the value."""
    leaf = latest_leaf(value, known)
    labels = [(value.span, f"this is {value.level}")]
    if leaf is not None and leaf is not value and leaf.span.text != value.span.text:
        labels[:0] = [(leaf.span, f"`{leaf.attr.name}` is {leaf.level}")]
    return labels


def declare_condition(session: Session, entry: Entry, node: ast.Condition) -> ConditionDecl | None:
    scope = Scope(session, entry.module, "condition")
    session.values[entry.full] = NOTHING
    session.risks.clear()
    when = scope.infer(node.when)
    say_risks(session)
    what = f"`{node.kind} {node.name}`"
    fine = is_condition(session, when, what)
    if fine and not keeps_or_single(session, when.type):
        session.error("RW251", (when.span, f"this is {described(when.type)}"), what=what)
        fine = False
    if fine:
        fine = _known_now(session, when, what)
    type_ = Type("bool", axes=when.type.axes) if fine else BOOL
    session.values[entry.full] = Value(type_, PER_STEP, TRUTH)
    pays = None
    if node.pays is not None:
        pays = _payment(scope, node, node.pays)
    if not fine or (pays is None and node.pays is not None):
        return None
    return ConditionDecl(node.name, node.kind, when, pays, node.doc, node.span)  # type: ignore[arg-type]


def _payment(scope: Scope, node: ast.Condition, pays: ast.Expr) -> Expr | None:
    session = scope.session
    value = kept_value(scope, pays, "a payment")
    if value is None or not _known_now(session, value, f"what `{node.name}` pays"):
        return None
    if not _plain(session, value, "a payment"):
        return None
    return value


def _plain(session: Session, value: Expr, word: str) -> bool:
    if not as_factor(value.type.unit).factors:
        return True
    unit, operand = str(value.type.unit), session.mention(value.span)
    session.error(
        "RW213", (value.span, f"this is in {unit}"), word=word, unit=unit, operand=operand
    )
    return False


# ---- reward and metrics -----------------------------------------------------------------------


def declare_reward(
    session: Session, entry: Entry, node: ast.Reward
) -> tuple[Expr, Expr | None] | None:
    scope = Scope(session, entry.module, "reward")
    value = declared_value(scope, node, "the reward", "reward")
    if value is None or not _plain(session, value, "the reward"):
        return None
    return value, _on_fault(scope, node.on_fault, value)


def declare_metric(session: Session, entry: Entry, node: ast.Metric) -> MetricDecl | None:
    scope = Scope(session, entry.module, "metric")
    value = declared_value(scope, node, "a metric", f"metric {node.name}")
    if value is None:
        return None
    return MetricDecl(node.name, value, node.doc, node.span)


def declare_advantage(
    session: Session, module: Module, node: ast.Advantage
) -> AdvantageDecl | None:
    """An output of its own: per episode or per step, after the statistics of group or batch."""
    scope = Scope(session, module, "advantage")
    value = sink_value(scope, node.value, "the advantage")
    where = scope.infer(node.where) if node.where is not None else None
    if where is not None and not is_condition(session, where, "`advantage where`"):
        return None
    if value is None or not _plain(session, value, "the advantage"):
        return None
    level = value.level if where is None else value.level.join(where.level)
    if level.index < Index.EPISODE or level.known > Known.BATCH_END:
        session.error("RW340", (value.span, f"this is {value.level}"))
        return None
    return AdvantageDecl(value, where, node.span)


def weighted_range(term: TermDecl, timestep: float | None) -> Range:
    """The range of what a term adds to the total on one step."""
    range_ = (
        term.value.range if term.on_fault is None else term.value.range.join(term.on_fault.range)
    )
    if term.weight is not None:
        range_ = times(range_, term.weight.range)
    if term.times_dt and timestep is not None:
        range_ = times(range_, point(timestep))
    return range_.join(point(0)) if term.pays == "end" else range_
