"""Defs that nothing calls are still read: a name that does not exist is said without a call."""

from __future__ import annotations

from fractions import Fraction

from rewardlang.check.definitions import bind_locals
from rewardlang.check.names import Entry, Module
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.type_exprs import formal_type
from rewardlang.check.typed import Expr
from rewardlang.syntax import ast
from rewardlang.types import ANY, Level, Type


def check_uncalled(session: Session, module: Module) -> None:
    """A def may need `dt` in a file without a `timestep`: whoever calls it has one."""
    timestep, session.timestep = session.timestep, session.timestep or Fraction(1)
    try:
        _check_all(session, module)
    finally:
        session.timestep = timestep


def _check_all(session: Session, module: Module) -> None:
    for entry in module.functions.values():
        declaration = entry.declaration
        if entry.module is not module or id(entry) in session.called:
            continue
        if isinstance(declaration, ast.Def):
            session.entry = entry
            _check(session, entry, declaration)
            session.risks.clear()


def _check(session: Session, entry: Entry, node: ast.Def) -> None:
    scope = Scope(session, entry.module, "def")
    locals_ = {f.name: _placeholder(session, entry.module, f) for f in node.formals}
    bind_locals(scope.with_locals(locals_), node.where).infer(node.value)


def _placeholder(session: Session, module: Module, formal: ast.Formal) -> Expr:
    """A value of which only an enum is known: bare words in the body are looked up in it."""
    if formal.type is None:
        return session.unknown(formal.span)
    wanted = formal_type(session, module, formal.type)
    if wanted is None or wanted.enum is None:
        return session.unknown(formal.span)
    type_ = Type("enum", axes=wanted.axes, enum=wanted.enum)
    return session.make("unknown", (), formal.name, type_, Level(), ANY, formal.span)
