"""Where an expression stands: the names it can see, the facts known there, what it may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rewardlang.check.names import Module
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr
from rewardlang.syntax import ast
from rewardlang.types import Enum, Range


@dataclass(frozen=True)
class Scope:
    """`facts` are ranges, by expression number, that hold where this scope is entered.

    `own` is the full name of the let being inferred; `role` says what kind of declaration this is
    in: only `reward` may read `total`.
    """

    session: Session
    module: Module
    role: str = "let"
    own: str | None = None
    locals: Mapping[str, Expr] = field(default_factory=dict)
    facts: Mapping[int, Range] = field(default_factory=dict)

    def infer(self, node: ast.Expr, expected: Enum | None = None) -> Expr:
        """The typed expression; one in error has been reported and has the type unknown.

        A bare word is looked up in `expected` first.
        """
        expr = self.session.rules[type(node)](self, node, expected)
        fact = self.facts.get(self.session.number(expr))
        if fact is None or expr.type.kind == "unknown":
            return expr
        return self.session.like(expr, range=expr.range.meet(fact))

    def with_locals(self, more: Mapping[str, Expr]) -> Scope:
        return replace(self, locals={**self.locals, **more})

    def with_facts(self, more: Mapping[int, Range]) -> Scope:
        if not more:
            return self
        merged = dict(self.facts)
        for number, range_ in more.items():
            merged[number] = merged[number].meet(range_) if number in merged else range_
        return replace(self, facts=merged)

    def without_facts(self) -> Scope:
        """For an operand read at another sample, where what holds now need not hold."""
        return replace(self, facts={}) if self.facts else self
