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
    renumbered,
    walk,
)
from rewardlang.temporal.progress import normal

COPIED = 2000

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
    spreader = _Spread()

    def top(node: Formula) -> Formula:
        if node.op in FUTURE:
            spread = spreader.of(normal(node))
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


class _Spread:
    """Connectives of temporal operands moved out of operators, as far as they go.

    Two operands that part make a part for every pair, so there is an end to it: past COPIED
    operators a formula stays as it is, which is right too, only slower to follow.
    """

    def __init__(self) -> None:
        self.copied = 0
        self.known: dict[Formula, Formula] = {}

    def of(self, f: Formula) -> Formula:
        if not f.args or f.op == "not":
            return f
        found = self.known.get(f)
        if found is None:
            found = self.known[f] = self._of(replace(f, args=tuple(map(self.of, f.args))))
        return found

    def _of(self, f: Formula) -> Formula:
        for place, connectives in enumerate(COMMUTES.get(f.op, ())):
            inner = f.args[place]
            groups = _groups(inner) if inner.op in connectives and not inner.weights else ()
            cost = len(groups) * _size(f)
            if len(groups) > 1 and self.copied + cost <= COPIED:
                self.copied += cost
                join = conjunction if inner.op == "and" else disjunction
                alone = (replace(f, args=_with(f.args, place, group)) for group in groups)
                return join(*map(self._of, alone))
        return f


def _size(f: Formula) -> int:
    return 1 + sum(map(_size, f.args))


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


def numbered_from_zero(f: Formula) -> tuple[Formula, tuple[int, ...]]:
    """Its atoms numbered from 0, and the numbers they had."""
    numbers = atoms(f)
    return renumbered(f, {n: i for i, n in enumerate(numbers)}), numbers


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
