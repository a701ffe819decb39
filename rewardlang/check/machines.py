"""Reward machines: their states, their edges, and what is wrong with either.

A state is declared by being the initial one or the target of an edge. Guards are conditions of a
transition, payments single numbers without a unit; neither may read the machine itself, which the
order of declarations finds out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rewardlang.check.apply import described
from rewardlang.check.branches import is_condition
from rewardlang.check.constants import exact
from rewardlang.check.levels import latest_leaf
from rewardlang.check.machine_lints import lint_machine
from rewardlang.check.machine_paths import ANY_STATE, progress_of
from rewardlang.check.machine_readings import say_no_state
from rewardlang.check.names import Entry
from rewardlang.check.ranges import facts
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.sinks import say_risks, sink_value
from rewardlang.check.spans_of_time import samples_until
from rewardlang.check.typed import EdgeDecl, Expr, MachineDecl
from rewardlang.check.units import as_factor
from rewardlang.diagnostics.source import Span
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.types import Known

MOST_EDGES = 200  # each is a few instructions of the kernel


def declare_machine(session: Session, entry: Entry, node: ast.Machine) -> MachineDecl | None:
    states = _states(session, node)
    scope = Scope(session, entry.module, "machine")
    edges = [_edge(scope, node, edge, states) for edge in node.edges]
    made = tuple(edge for edge in edges if edge is not None)
    if states is None or len(made) != len(edges) or not _sound(session, node, states):
        return None
    if len(made) > MOST_EDGES:
        session.error("RW453", (node.name_span, ""), name=node.name, edges=len(made))
        return None
    final = tuple(dict.fromkeys(states.index(name) for name in node.final))
    progress = progress_of(len(states), made, final)
    machine = MachineDecl(entry.full, states, made, final, progress, node.doc, node.name_span)
    if not _no_twins(session, node, machine):
        return None
    lint_machine(session, machine, word_span(node.span, node.initial, "initial"))
    return machine


# ---- states -----------------------------------------------------------------------------------


def _states(session: Session, node: ast.Machine) -> tuple[str, ...] | None:
    """The initial state, then the others as edges name them; None where one is misspelt."""
    entered = dict.fromkeys([node.initial, *(e.target for e in node.edges)])
    names, fine = dict(entered), True
    for edge in node.edges:
        if edge.source in names or edge.source == ANY_STATE:
            continue
        if nearest(edge.source, entered):
            span = word_span(edge.span, edge.source)
            say_no_state(session, edge.source, node.name, tuple(entered), span)
            fine = False
        names[edge.source] = None
    for name in node.final:
        if name not in names and name != ANY_STATE:
            span = word_span(node.span, name, "final")
            say_no_state(session, name, node.name, tuple(entered), span)
            fine = False
    return tuple(names) if fine else None


def _sound(session: Session, node: ast.Machine, states: tuple[str, ...]) -> bool:
    """`any` stands for no one state; nothing leaves a final one."""
    fine = True
    if ANY_STATE in states or ANY_STATE in node.final:
        places = [word_span(e.span, ANY_STATE, "->") for e in node.edges if e.target == ANY_STATE]
        session.error("RW441", *((p, "") for p in places or [node.name_span]), machine=node.name)
        fine = False
    for edge in node.edges:
        if edge.source in node.final:
            declared = (word_span(node.span, edge.source, "final"), "declared final here")
            session.error("RW442", (edge.span, ""), declared, name=edge.source)
            fine = False
    return fine


def word_span(span: Span, word: str, after: str = "") -> Span:
    """Where a word stands in a piece of the text, behind the last `after`; else the whole piece."""
    text = span.text
    start = text.rfind(after) + len(after) if after else 0
    found = re.compile(rf"\b{re.escape(word)}\b").search(text, start)
    if found is None:
        return span
    return Span(span.source, span.start + found.start(), span.start + found.end())


# ---- edges ------------------------------------------------------------------------------------


def _edge(
    scope: Scope, node: ast.Machine, edge: ast.Edge, states: tuple[str, ...] | None
) -> EdgeDecl | None:
    what = f"the guard of `{edge.source} -> {edge.target}`"
    when = None if edge.when is None else _guard(scope, edge.when, what)
    times = 1 if edge.times is None else _times(scope, edge.times)
    after = 0 if edge.after is None else samples_until(scope, edge.after)
    pays = None if edge.pays is None else _payment(scope, edge, when)
    missing = (edge.when is not None and when is None) or (edge.pays is not None and pays is None)
    if states is None or missing or times is None or after is None:
        return None
    sources = [n for n, name in enumerate(states) if name == edge.source]
    if edge.source == ANY_STATE:
        sources = [n for n, name in enumerate(states) if name not in node.final]
    target = states.index(edge.target)
    return EdgeDecl(edge.source, tuple(sources), target, when, times, after, pays, edge.span)


def _guard(scope: Scope, node: ast.Expr, what: str) -> Expr | None:
    session = scope.session
    session.risks.clear()
    when = scope.infer(node)
    say_risks(session)
    if not is_condition(session, when, what):
        return None
    if when.type.axes:
        session.error("RW251", (when.span, f"this is {described(when.type)}"), what=what)
        return None
    return when if _known_now(session, when, what) else None


def _times(scope: Scope, node: ast.Expr) -> int | None:
    times = exact(scope, node)
    if times is None or times.denominator != 1 or times < 1:
        scope.session.error("RW449", (node.span, ""))
        return None
    return int(times)


def _payment(scope: Scope, edge: ast.Edge, when: Expr | None) -> Expr | None:
    """Computed only where the edge fires: its guard is known to hold there."""
    session = scope.session
    assert edge.pays is not None
    what = f"the payment of `{edge.source} -> {edge.target}`"
    inner = scope if when is None else scope.with_facts(facts(session, when, True))
    value = sink_value(inner, edge.pays, what)
    if value is None or not _known_now(session, value, what):
        return None
    unit = as_factor(value.type.unit)
    if unit.factors:
        args = {"word": "a payment", "unit": str(unit), "operand": session.mention(value.span)}
        session.error("RW213", (value.span, f"this is in {unit}"), **args)
        return None
    return value


def _known_now(session: Session, value: Expr, what: str) -> bool:
    if value.level.known <= Known.NOW:
        return True
    labels = [(value.span, f"this is {value.level}")]
    leaf = latest_leaf(value, Known.NOW)
    if leaf is not None and leaf.span.text != value.span.text:
        labels.insert(0, (leaf.span, f"`{leaf.attr.name}` is {leaf.level}"))
    session.error("RW304", *labels, what=what)
    return False


def _no_twins(session: Session, node: ast.Machine, machine: MachineDecl) -> bool:
    """Two edges that say the same: the second can never fire."""
    fine = True
    for first, second in _pairs(machine):
        if _said(session, first) == _said(session, second):
            labels = ((second.span, ""), (first.span, "the first one"))
            session.error("RW446", *labels, machine=node.name)
            fine = False
    return fine


def _said(session: Session, edge: EdgeDecl) -> tuple[object, ...]:
    guard = None if edge.when is None else session.number(edge.when)
    return edge.source, edge.target, guard, edge.times, edge.after


def _pairs(machine: MachineDecl) -> Iterator[tuple[EdgeDecl, EdgeDecl]]:
    for n, second in enumerate(machine.edges):
        for first in machine.edges[:n]:
            yield first, second
