"""What holds for the whole file: the time step, the policy for faults, what is not built yet."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rewardlang.check.constants import exact
from rewardlang.check.names import Module
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.spans_of_time import SECOND
from rewardlang.check.units import KNOWN_UNITS
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast

_LATER: dict[type[ast.Declaration], str] = {
    ast.Rubric: "`rubric`",
    ast.Latent: "`latent`",
}


def read_settings(session: Session, module: Module) -> str | None:
    """Set the session's time step; the policy for faults is returned."""
    for node in module.file.declarations:
        _say_later(session, node)
        if isinstance(node, ast.UnitDecl) and node.name in KNOWN_UNITS:
            session.error("RW122", (node.name_span, ""), name=node.name)
        if isinstance(node, ast.EnumDecl):
            _check_members(session, node)
    _set_timestep(session, module)
    faults = module.single.get("faults")
    return faults.policy if isinstance(faults, ast.Faults) else None


def _say_later(session: Session, node: ast.Declaration) -> None:
    what = _LATER.get(type(node))
    if isinstance(node, ast.HostFunction) and node.kind == "judge":
        what = f"`{node.kind}`"
    elif isinstance(node, ast.Objective):
        what = f"`{node.kind}`"
    if what is not None:
        span = node.name_span if isinstance(node, ast.Named) else node.span
        session.error("RW190", (span, ""), what=what)


def _check_members(session: Session, node: ast.EnumDecl) -> None:
    for place, member in enumerate(node.members):
        if member in node.members[:place]:
            session.error("RW114", (node.name_span, ""), name=member, enum=node.name)


def _set_timestep(session: Session, module: Module) -> None:
    """A file's own time step; without one, that of the files it uses, which must agree."""
    first: tuple[Fraction, Span] | None = None
    for amount, span in _timesteps(session, module, Span(module.file.source, 0, 0)):
        if first is None:
            first = amount, span
        elif amount != first[0]:
            told = (span, f"{float(amount):g} s"), (first[1], f"{float(first[0]):g} s")
            session.error("RW329", *told)
            break
    session.timestep = None if first is None else first[0]


def _timesteps(session: Session, module: Module, use: Span) -> Iterator[tuple[Fraction, Span]]:
    """What counts for a file, each with the `use` in the main file that brought it."""
    own = module.single.get("timestep")
    if isinstance(own, ast.Timestep):
        amount = _read_timestep(session, module, own)
        if amount is not None:
            yield amount, use
        return
    for used, span in module.used:
        yield from _timesteps(session, used, span if module.is_main else use)


def _read_timestep(session: Session, module: Module, node: ast.Timestep) -> Fraction | None:
    scope = Scope(session, module, "timestep")
    value = scope.infer(node.value)
    if value.type.kind == "unknown":
        return None
    amount = exact(scope, node.value)
    if amount is None or amount <= 0 or value.type.unit != SECOND:
        session.error("RW328", (node.value.span, f"this is {value.type}"))
        return None
    return amount
