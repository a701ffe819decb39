"""The rule for each kind of expression. One file per family holds the rules themselves."""

from __future__ import annotations

from rewardlang.check.branches import if_, match
from rewardlang.check.calls import call
from rewardlang.check.indexing import index
from rewardlang.check.literals import name, number, read, string, vector
from rewardlang.check.machine_readings import is_state
from rewardlang.check.margins import of_a_formula
from rewardlang.check.names import suggestion
from rewardlang.check.operators import binary, in_range, unary
from rewardlang.check.readings import past
from rewardlang.check.scope import Scope
from rewardlang.check.session import Rule
from rewardlang.check.typed import Expr
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.types import Enum

OF_A_FILE = ("input", "param", "let", "term", "condition")


def member(scope: Scope, node: ast.Member, expected: Enum | None) -> Expr:
    """`gait.height`: a value of a used file."""
    del expected
    session, owner = scope.session, node.value
    module = scope.module.modules.get(owner.id) if isinstance(owner, ast.Name) else None
    if module is None:
        value = scope.infer(owner)
        if value.type.kind != "unknown":
            session.error(
                "RW115", (node.span, ""), name=node.name, owner=session.mention(owner.span)
            )
        return session.unknown(node.span)
    entry = module.entries.get(node.name)
    if entry is not None and entry.kind in OF_A_FILE:
        return read(scope, entry, node.span)
    if entry is not None and entry.kind == "unbuilt":
        session.error("RW190", (node.span, ""), what=f"reading a {entry.kind} of a used file")
        return session.unknown(node.span)
    known = [n for n, e in module.entries.items() if e.kind in OF_A_FILE]
    args = {"name": node.name, "module": module.name, "known": ", ".join(known) or "nothing"}
    session.error("RW113", (node.span, ""), hint=suggestion(nearest(node.name, known)), **args)
    return session.unknown(node.span)


def bad(scope: Scope, node: ast.Bad, expected: Enum | None) -> Expr:
    """What could not be read has been reported already."""
    del expected
    return scope.session.unknown(node.span)


def _later(what: str) -> Rule:
    def rule(scope: Scope, node: ast.Expr, expected: Enum | None) -> Expr:
        del expected
        scope.session.error("RW190", (node.span, ""), what=what)
        return scope.session.unknown(node.span)

    return rule


RULES: dict[type, Rule] = {
    ast.Number: number,
    ast.String: string,
    ast.Name: name,
    ast.Vector: vector,
    ast.Unary: unary,
    ast.Binary: binary,
    ast.InRange: in_range,
    ast.If: if_,
    ast.Match: match,
    ast.Index: index,
    ast.Member: member,
    ast.Call: call,
    ast.Bad: bad,
    ast.Is: is_state,
    ast.Temporal: past,
    ast.TemporalBinary: past,
    ast.Scaled: of_a_formula,
    ast.Weighted: of_a_formula,
    ast.Within: _later("a tolerance of an objective"),
}
