"""Bare words that stand for members of an enum, although a declaration may have the same name.

term linear = tolerance(x, shape: linear)        # the shape, not the term
term proof  = if stage == proof then 1 else 0    # the member of `stage`
"""

from __future__ import annotations

from collections.abc import Iterator

from rewardlang.check.names import Entry, Module
from rewardlang.syntax import ast


def enum_words(node: ast.Node, module: Module) -> Iterator[ast.Name]:
    """The names directly below `node` that its own form makes words of an enum."""
    if isinstance(node, ast.Call):
        yield from _options(node, module)
    elif isinstance(node, ast.Binary) and node.op in ("==", "!="):
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(side, ast.Name) and side.id in _members_of(other, module):
                yield side


def _options(call: ast.Call, module: Module) -> Iterator[ast.Name]:
    """Arguments of a def whose parameter is an enum that has such a member."""
    entry = module.function(call.function)
    if entry is None or not isinstance(entry.declaration, ast.Def):
        return
    formals = entry.declaration.formals
    by_name = {f.name: f for f in formals}
    for place, argument in enumerate(call.arguments):
        formal = by_name.get(argument.name) if argument.name else None
        if argument.name is None and place < len(formals):
            formal = formals[place]
        value = argument.value
        if formal is None or not isinstance(value, ast.Name):
            continue
        if value.id in _members(formal.type, entry.module):
            yield value


def _members_of(expr: ast.Expr, module: Module) -> tuple[str, ...]:
    """Members of the enum that a name is declared with."""
    entry: Entry | None = module.entries.get(expr.id) if isinstance(expr, ast.Name) else None
    declared = getattr(entry.declaration, "type", None) if entry is not None else None
    return _members(declared, module)


def _members(declared: ast.TypeExpr | None, module: Module) -> tuple[str, ...]:
    if declared is None:
        return ()
    found = module.enum(declared.name)
    return found.members if found is not None else declared.members
