"""A formula as a connective of formulas that can be followed one by one.

`always (p and q)` is `always p and always q`, and so on for every operator over the connective that
it commutes with. Parts followed apart need the sum of their states where one alone needs the
product. Both sides have the same margin at every sample: the laws are those of min and max.
"""

from __future__ import annotations

from dataclasses import replace

from rewardlang.temporal.formula import (
    FUTURE,
    PAST,
    Formula,
    atom,
    atoms,
    conjunction,
    disjunction,
    walk,
)
from rewardlang.temporal.progress import normal

# operator -> for each operand the connectives that it commutes with
COMMUTES = {
    "always": (("and",),),
    "eventually": (("or",),),
    "next": (("and", "or"),),
    "weak_next": (("and", "or"),),
    "until": (("and",), ("or",)),
    "releases": (("or",), ("and",)),
}


def split(f: Formula) -> tuple[Formula, tuple[Formula, ...]]:
    """(connectives, parts): in the connectives, atom i stands for part i at the same sample."""
    parts: dict[Formula, int] = {}

    def top(node: Formula) -> Formula:
        if node.op in FUTURE:
            spread = _spread(normal(node))
            if spread.op not in FUTURE:
                return top(spread)
            return atom(parts.setdefault(spread, len(parts)))
        if node.op in PAST or not _is_temporal(node):
            return atom(parts.setdefault(node, len(parts)))
        args = tuple(top(a) for a in node.args)
        if node.op in ("and", "or") and not node.weights:
            return conjunction(*args) if node.op == "and" else disjunction(*args)
        return replace(node, args=args)

    skeleton = top(f)
    return skeleton, tuple(parts)


def _spread(f: Formula) -> Formula:
    """Connectives of temporal operands moved out of the operators of f, as far as they go."""
    if not f.args or f.op == "not":
        return f
    f = replace(f, args=tuple(_spread(a) for a in f.args))
    for place, connectives in enumerate(COMMUTES.get(f.op, ())):
        inner = f.args[place]
        groups = _groups(inner) if inner.op in connectives and not inner.weights else ()
        if len(groups) > 1:
            alone = (replace(f, args=_with(f.args, place, group)) for group in groups)
            join = conjunction if inner.op == "and" else disjunction
            return join(*(_spread(g) for g in alone))
    return f


def _groups(f: Formula) -> tuple[Formula, ...]:
    """The temporal operands one by one, and the others as one formula."""
    temporal = [a for a in f.args if _is_temporal(a)]
    if not temporal:
        return ()
    still = [a for a in f.args if not _is_temporal(a)]
    join = conjunction if f.op == "and" else disjunction
    return (*([join(*still)] if still else ()), *temporal)


def _with(args: tuple[Formula, ...], place: int, part: Formula) -> tuple[Formula, ...]:
    return (*args[:place], part, *args[place + 1 :])


def _is_temporal(f: Formula) -> bool:
    return any(node.op in FUTURE or node.op in PAST for node in walk(f))


def replaced(f: Formula, by: dict[Formula, Formula]) -> Formula:
    """With others in the place of some sub-formulas, the outermost first."""
    if f in by:
        return by[f]
    return replace(f, args=tuple(replaced(a, by) for a in f.args)) if f.args else f


def renamed(f: Formula) -> tuple[Formula, tuple[int, ...]]:
    """Its atoms numbered from 0, and the numbers they had."""
    numbers = atoms(f)
    return replaced(f, {atom(n): atom(i) for i, n in enumerate(numbers)}), numbers


def still(f: Formula) -> tuple[Formula, ...]:
    """Outermost sub-formulas without time that share no atom with the rest: each is one truth."""
    found: dict[Formula, None] = {}
    pending = [f]
    while pending:
        node = pending.pop()
        if _is_temporal(node):
            pending.extend(reversed(node.args))
        else:
            found[node] = None
    uses: dict[int, int] = {}
    for node in found:
        for number in atoms(node):
            uses[number] = uses.get(number, 0) + 1
    return tuple(
        node
        for node in found
        if len(node.args) > 0 and all(uses[number] == 1 for number in atoms(node))
    )
