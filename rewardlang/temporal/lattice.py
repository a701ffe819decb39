"""A formula's value over the trace so far, by unfolding it sample by sample over a lattice.

    always (not a or eventually b)
    at each sample   min(max(-a, b), {always ..})  or  min({always ..}, {eventually b})

What a formula asks of the future is a set of obligations; there may be several sets, each with the
value at which it is enough: max over sets of min(coefficient, value of each obligation). min and
max distribute over each other, so a sample turns coefficients into coefficients, and which sets can
ever occur is known before the first one. Over plus and minus infinity this is the subset
construction of an automaton; over margins it is robustness, exactly.

The unfolding of operators is that of progression (Bacchus and Kabanza, 1998).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from rewardlang.temporal import formula as f
from rewardlang.temporal.formula import Formula

MOST_TERMS = 2_000

Literal = tuple[int, bool]  # an atom, and whether it is taken as it is or negated


class TooLarge(Exception):
    """More sets of obligations than `limit`."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} sets of obligations")
        self.limit = limit


@dataclass(frozen=True)
class Obligation:
    """A formula that must hold from the next sample on. `weak`: it does where there is none."""

    formula: Formula
    weak: bool


@dataclass(frozen=True)
class LatticeMonitor:
    """`updates[i]` gives coefficient i after a sample: the max over its (source, literals) of
    min(coefficient of the source before, literals now). Before the first sample, coefficient
    `initial` is plus infinity and the others are minus infinity.

    `subsets[i]` are places in `members`; `ends[i]` says that set i asks nothing if the trace ends.
    """

    members: tuple[Formula, ...]
    subsets: tuple[frozenset[int], ...]
    updates: tuple[tuple[tuple[int, tuple[Literal, ...]], ...], ...]
    ends: tuple[bool, ...]
    initial: int


# One way to satisfy something: what must hold now, and what from the next sample on.
Way = tuple[frozenset[Literal], frozenset[Obligation]]
Ways = frozenset[Way]

_NOTHING: Way = (frozenset(), frozenset())


def lattice_monitor(formula: Formula, limit: int) -> LatticeMonitor:
    """Raises TooLarge; a ValueError for an operator that looks back."""
    start = positive(formula)
    root = Obligation(start, weak=start.op in ("always", "releases"))
    sets: list[frozenset[Obligation]] = [frozenset({root})]
    places = {sets[0]: 0}
    into: dict[int, dict[int, set[frozenset[Literal]]]] = {}
    for source, obligations in _growing(sets):
        ways = _all(_unfolded(o.formula) for o in sorted(obligations, key=str))
        for literals, following in ways:
            if following not in places:
                if len(sets) >= limit:
                    raise TooLarge(limit)
                places[following] = len(sets)
                sets.append(following)
            into.setdefault(places[following], {}).setdefault(source, set()).add(literals)
    members = sorted({o for s in sets for o in s}, key=str)
    number = {o: n for n, o in enumerate(members)}
    return LatticeMonitor(
        tuple(o.formula for o in members),
        tuple(frozenset(number[o] for o in s) for s in sets),
        tuple(_update(into.get(n, {})) for n in range(len(sets))),
        tuple(all(o.weak for o in s) for s in sets),
        0,
    )


def hash_of(lattice: LatticeMonitor) -> str:
    """A short name: equal for equal monitors, in every process."""
    return hashlib.sha256(repr(lattice.updates).encode()).hexdigest()[:8]


def _growing(sets: list[frozenset[Obligation]]) -> Iterable[tuple[int, frozenset[Obligation]]]:
    place = 0
    while place < len(sets):
        yield place, sets[place]
        place += 1


def _update(
    sources: dict[int, set[frozenset[Literal]]],
) -> tuple[tuple[int, tuple[Literal, ...]], ...]:
    return tuple(
        (source, tuple(sorted(literals)))
        for source in sorted(sources)
        for literals in sorted(sources[source], key=sorted)
    )


# ---- negations inward -----------------------------------------------------------------------

_DUAL = {
    "and": "or", "or": "and", "always": "eventually", "eventually": "always", "until": "releases",
    "releases": "until", "next": "weak_next", "weak_next": "next", "true": "false", "false": "true",
}  # fmt: skip


@lru_cache(maxsize=4096)
def positive(node: Formula) -> Formula:
    """The same with `not` before atoms only, without `implies` and `iff`."""
    if node.op == "not":
        return negated(node.args[0])
    if node.op == "implies":
        return f.disjunction(negated(node.args[0]), positive(node.args[1]))
    if node.op == "iff":
        a, b = node.args
        both = f.conjunction(positive(a), positive(b))
        return f.disjunction(both, f.conjunction(negated(a), negated(b)))
    if node.op in f.PAST:
        raise ValueError(f"`{node.op}` looks back")
    return replace(node, args=tuple(positive(a) for a in node.args))


@lru_cache(maxsize=4096)
def negated(node: Formula) -> Formula:
    """The negation of a formula, in positive form."""
    if node.op == "atom":
        return Formula("not", (node,))
    if node.op == "not":
        return positive(node.args[0])
    if node.op == "implies":
        return f.conjunction(positive(node.args[0]), negated(node.args[1]))
    if node.op == "iff":
        a, b = node.args
        first = f.conjunction(positive(a), negated(b))
        return f.disjunction(first, f.conjunction(negated(a), positive(b)))
    if node.op in f.PAST:
        raise ValueError(f"`{node.op}` looks back")
    return replace(node, op=_DUAL[node.op], args=tuple(negated(a) for a in node.args))


# ---- unfolding ------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _unfolded(node: Formula) -> Ways:
    """The ways in which a formula in positive form can hold at a sample."""
    match node.op:
        case "true":
            return frozenset({_NOTHING})
        case "false":
            return frozenset()
        case "atom":
            return frozenset({(frozenset({(node.number, True)}), frozenset())})
        case "not":
            return frozenset({(frozenset({(node.args[0].number, False)}), frozenset())})
        case "and":
            return _all(_unfolded(a) for a in node.args)
        case "or":
            return _any(_unfolded(a) for a in node.args)
        case "next" | "weak_next":
            return _later(node.args[0], weak=node.op == "weak_next")
    weak = node.op in ("always", "releases")
    first = () if len(node.args) == 1 else (_unfolded(node.args[0]),)
    rest = _later(_counted_down(node), weak)
    ended = node.lo == 0 and node.hi == 0
    if not weak:
        going_on = _all([*first, rest])
        if node.lo > 0:
            return going_on
        now = _unfolded(node.args[-1])
        return now if ended else _any([now, going_on])
    going_on = _any([*first, rest])
    if node.lo > 0:
        return going_on
    now = _unfolded(node.args[-1])
    return now if ended else _all([now, going_on])


def _counted_down(node: Formula) -> Formula:
    hi = None if node.hi is None else node.hi - 1
    return replace(node, lo=max(node.lo - 1, 0), hi=hi)


def _later(node: Formula, weak: bool) -> Ways:
    return frozenset({(frozenset(), frozenset({Obligation(node, weak)}))})


def _any(parts: Iterable[Ways]) -> Ways:
    return _least(way for ways in parts for way in ways)


def _all(parts: Iterable[Ways]) -> Ways:
    product: Ways = frozenset({_NOTHING})
    for ways in parts:
        product = _least((a | c, b | d) for a, b in product for c, d in ways)
    return product


def _least(ways: Iterable[Way]) -> Ways:
    """Without those that ask more than another one does."""
    kept: list[Way] = []
    for way in sorted(set(ways), key=lambda w: len(w[0]) + len(w[1])):
        if not any(literals <= way[0] and later <= way[1] for literals, later in kept):
            kept.append(way)
            if len(kept) > MOST_TERMS:
                raise TooLarge(MOST_TERMS)
    return frozenset(kept)
