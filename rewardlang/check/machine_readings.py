"""What expressions read of a reward machine.

    payout(delivery)        what the edge that fired on this transition pays, else 0
    state(delivery)         the state it is in after the transition, an enum of its states
    delivery is carrying    the same as a condition
    progress(delivery)      how near the state is to a final one, 0 to 1

State and progress are known at reset too, where the machine is in its initial state: a potential
may read them. A machine is read by its name, or as `gait.delivery` of a used file.
"""

from __future__ import annotations

from rewardlang.check.levels import PER_STATE, PER_STEP
from rewardlang.check.literals import member
from rewardlang.check.names import Entry, suggestion
from rewardlang.check.operators import compare
from rewardlang.check.ranges import point
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr, MachineDecl, MachineRef
from rewardlang.diagnostics.source import Span
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.types import REAL, Enum, Range, Type

READINGS = ("payout", "state", "progress")


def is_meant(scope: Scope, node: ast.Call) -> bool:
    """Whether a call is of a machine: `progress` may be of something else."""
    if node.function != "progress":
        return True
    return bool(node.arguments) and _entry(scope, node.arguments[0].value) is not None


def reading(scope: Scope, node: ast.Call) -> Expr:
    """`payout(m)`, `state(m)`, `progress(m)`."""
    session = scope.session
    for clause, part in (("over", node.over), ("where", node.where), ("else", node.otherwise)):
        if part is not None:
            session.error("RW208", (part.span, ""), clause=clause, name=node.function)
            return session.unknown(node.span)
    if len(node.arguments) != 1 or node.arguments[0].name is not None:
        given = len(node.arguments)
        session.error("RW206", (node.span, ""), name=node.function, wanted="a machine", given=given)
        return session.unknown(node.span)
    machine = _machine(scope, node.arguments[0].value)
    if machine is None:
        return session.unknown(node.span)
    full, declared = machine
    if node.function == "payout":
        session.paid_machines.add(full)
        return _payout(session, full, declared, node.span)
    if node.function == "state":
        return _state(session, full, declared, node.span)
    if not declared.final:
        labels = ((node.span, ""), (declared.span, "it has no `final` states"))
        session.error("RW450", *labels, name=declared.name)
        return session.unknown(node.span)
    attr = MachineRef("progress", full)
    range_ = Range(min(declared.progress), max(declared.progress))
    return session.make("machine", (), attr, REAL, PER_STATE, range_, node.span)


def is_state(scope: Scope, node: ast.Is, expected: Enum | None) -> Expr:
    """`m is s`."""
    del expected
    session = scope.session
    machine = _machine(scope, node.value)
    if machine is None:
        return session.unknown(node.span)
    full, declared = machine
    if node.name not in declared.states:
        span = Span(node.span.source, node.span.end - len(node.name), node.span.end)
        say_no_state(session, node.name, declared.name, declared.states, span)
        return session.unknown(node.span)
    state = _state(session, full, declared, node.value.span)
    enum = state.type.enum
    assert enum is not None
    return compare(scope, "eq", state, member(session, enum, node.name, node.span), node.span)


def say_no_state(
    session: Session, name: str, machine: str, states: tuple[str, ...], span: Span
) -> None:
    hint = suggestion(nearest(name, states))
    known = ", ".join(f"`{s}`" for s in states)
    session.error("RW440", (span, ""), hint=hint, name=name, machine=machine, known=known)


def _payout(session: Session, full: str, declared: MachineDecl, span: Span) -> Expr:
    range_ = point(0)
    for edge in declared.edges:
        if edge.pays is not None:
            range_ = range_.join(edge.pays.range)
    return session.make("machine", (), MachineRef("payout", full), REAL, PER_STEP, range_, span)


def _state(session: Session, full: str, declared: MachineDecl, span: Span) -> Expr:
    type_ = Type("enum", enum=Enum(declared.name, declared.states))
    range_ = Range(0, len(declared.states) - 1)
    return session.make("machine", (), MachineRef("state", full), type_, PER_STATE, range_, span)


def _machine(scope: Scope, node: ast.Expr) -> tuple[str, MachineDecl] | None:
    """The machine that an expression names; None is reported, here or at its declaration."""
    session = scope.session
    entry = _entry(scope, node)
    if entry is None:
        _say_no_machine(scope, node)
        return None
    session.used.add(entry.full)
    declared = session.machines.get(entry.full)
    return None if declared is None else (entry.full, declared)


def _entry(scope: Scope, node: ast.Expr) -> Entry | None:
    found: Entry | None = None
    if isinstance(node, ast.Name) and node.id not in scope.locals:
        found = scope.module.entries.get(node.id)
    elif isinstance(node, ast.Member) and isinstance(node.value, ast.Name):
        module = scope.module.modules.get(node.value.id)
        found = None if module is None else module.entries.get(node.name)
    return found if found is not None and found.kind == "machine" else None


def _say_no_machine(scope: Scope, node: ast.Expr) -> None:
    session = scope.session
    name = session.mention(node.span)
    if name in session.lost:
        return
    known = [n for n, e in scope.module.entries.items() if e.kind == "machine"]
    hint = suggestion(nearest(name, known))
    session.error("RW448", (node.span, ""), hint=hint, name=name)
