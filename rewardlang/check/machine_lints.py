"""Advice about a machine that is right: guards that meet, states nobody comes to or leaves, rounds
that are paid each time."""

from __future__ import annotations

from rewardlang.check.contradictions import exclude
from rewardlang.check.machine_paths import can_fire, distances, paid_round, reached
from rewardlang.check.names import suggestion
from rewardlang.check.session import Session
from rewardlang.check.typed import EdgeDecl, MachineDecl
from rewardlang.diagnostics.source import Span
from rewardlang.diagnostics.suggest import nearest

SHOWN = 3  # earlier edges that one warning points at


def lint_machine(session: Session, machine: MachineDecl, initial: Span) -> None:
    """`initial` is where the initial state is named."""
    live = _lint_edges(session, machine)
    found = reached([0], live)
    _lint_unreachable(session, machine, found, initial)
    _lint_traps(session, machine, live, found, initial)
    _lint_rounds(session, machine, [e for e in live if found & set(e.sources)])


def lint_payouts(session: Session) -> None:
    """Edges that pay, of a machine whose payout is read nowhere."""
    for full, machine in session.machines.items():
        paying = [e for e in machine.edges if e.pays is not None]
        if paying and full in session.used and full not in session.paid_machines:
            pays = paying[0].pays
            assert pays is not None
            session.warning("RW452", (pays.span, ""), name=machine.name)


def _lint_edges(session: Session, machine: MachineDecl) -> list[EdgeDecl]:
    """Edges that never fire and edges that may meet another; those that can fire are returned."""
    live: list[EdgeDecl] = []
    for edge in machine.edges:
        hidden = next((e for e in live if _hides(session, e, edge)), None)
        if not can_fire(edge):
            assert edge.when is not None
            session.warning("RW447", (edge.when.span, "this never holds"))
        elif hidden is not None:
            session.warning("RW447", (edge.span, ""), (hidden.span, "this one fires before it"))
        else:
            _lint_overlap(session, edge, live)
            live.append(edge)
    return live


def _hides(session: Session, first: EdgeDecl, second: EdgeDecl) -> bool:
    """Whether the first, which comes earlier in the file, always fires before the second can."""
    if not set(second.sources) <= set(first.sources):
        return False
    if first.after:
        return 0 < first.after <= second.after
    if first.when is None or first.times > max(second.times, second.after):
        return False
    same = second.when is not None and session.number(first.when) == session.number(second.when)
    return same or first.when.range.lo >= 1


def _lint_overlap(session: Session, edge: EdgeDecl, before: list[EdgeDecl]) -> None:
    """A timer may always coincide with a guard, so it is left out."""
    met = [e for e in before if _meet(session, e, edge)]
    if met:
        labels = [(e.span, "so can this one, which comes first") for e in met[:SHOWN]]
        session.warning("RW445", (edge.span, "this can fire"), *labels)


def _meet(session: Session, first: EdgeDecl, second: EdgeDecl) -> bool:
    if first.when is None or second.when is None or not set(first.sources) & set(second.sources):
        return False
    if first.target == second.target and first.pays is None and second.pays is None:
        return False  # whichever fires, the same happens
    return not exclude(session, ((first.when, True), (second.when, True)))


def _lint_unreachable(
    session: Session, machine: MachineDecl, found: set[int], initial: Span
) -> None:
    for state, name in enumerate(machine.states):
        if state in found:
            continue
        edges = [e for e in machine.edges if e.target == state or e.sources == (state,)]
        span = edges[0].span if edges else machine.span
        hint = suggestion(nearest(name, machine.states))
        labels = ((span, ""), (initial, "no way leads there from here"))
        session.warning("RW443", *labels, hint=hint, name=name, machine=machine.name)


def _lint_traps(
    session: Session, machine: MachineDecl, live: list[EdgeDecl], found: set[int], initial: Span
) -> None:
    far = distances(len(machine.states), live, machine.final)
    traps = [s for s in sorted(found) if far[s] is None]
    if not machine.final or not traps:
        return
    ways = [e.span for e in live if e.target == traps[0] and e.sources != (traps[0],)]
    into = ways[0] if ways else initial
    names = ", ".join(f"`{machine.states[s]}`" for s in traps)
    session.warning("RW444", (into, ""), names=names, machine=machine.name)


def _lint_rounds(session: Session, machine: MachineDecl, live: list[EdgeDecl]) -> None:
    round_ = paid_round(len(machine.states), live)
    if not round_:
        return
    paying = [e for e in round_ if e.pays is not None]
    least = sum(e.pays.range.lo for e in paying if e.pays is not None)
    labels = [(e.pays.span, "") for e in paying if e.pays is not None]
    path = " -> ".join(machine.states[e.target] for e in (round_[-1], *round_))
    session.warning("RW451", *labels, least=f"{least:g}", path=path)
