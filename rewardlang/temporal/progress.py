"""One sample of a future formula: what must hold now, and what is left for the next sample.

Every formula is a monotone function of *literals* now (atoms and negated atoms) and of *members*:
formulas asked at the next sample, intervals counted down by one. That is the expansion of temporal
operators that progression rests on (Bacchus and Kabanza 1998; for finite traces De Giacomo and
Vardi 2013). A monotone function has one minimal disjunctive normal form, an antichain of clauses,
so two functions are equal when their clauses are.

A clause is an int: the low bits are literals, those above are members, and all of them must hold.
Member 0 is GOES_ON, "there is a next sample": false at the end of the trace, where every other
member counts as true. So `weak_next f` asks for f, and `next f` for f and GOES_ON.

The laws used are those of a distributive lattice, so clauses may be read with min and max over
margins as well as with and and or. Past operators are the caller's: to be replaced by atoms first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from rewardlang.temporal.antichain import Antichains, Clauses, TooLarge, places
from rewardlang.temporal.formula import (
    FALSE,
    PAST,
    TRUE,
    Formula,
    conjunction,
    disjunction,
    walk,
)
from rewardlang.temporal.order import Known, below

GOES_ON = Formula("goes_on")  # no formula of a program
DUAL = {"true": "false", "and": "or", "always": "eventually", "until": "releases"}
DUAL |= {"next": "weak_next"}
DUAL |= {right: left for left, right in DUAL.items()}
OPERATORS = 20_000
COMPARED = 128  # members that are compared with all others; past that, with those of their family


class Literal(NamedTuple):
    number: int
    positive: bool


def normal(f: Formula) -> Formula:
    """Negation normal form: `not` stands before atoms only; no `implies`, no `iff`."""
    known: dict[tuple[Formula, bool], Formula] = {}
    sizes: dict[Formula, int] = {}
    for node in walk(f):
        sizes[node] = 1 + sum(sizes[a] for a in node.args) * (2 if node.op == "iff" else 1)
        if sizes[node] > OPERATORS:
            raise TooLarge("operators without iff", sizes[node], OPERATORS)
        if node.op in PAST:
            raise ValueError(f"{node.op} looks back: replace what looks back by an atom")
        for positive in (True, False):
            known[node, positive] = _normal(node, positive, known)
    return known[f, True]


def _normal(f: Formula, positive: bool, known: dict[tuple[Formula, bool], Formula]) -> Formula:
    if f.op == "atom":
        return f if positive else Formula("not", (f,))
    if f.op == "not":
        return known[f.args[0], not positive]
    same = [known[a, positive] for a in f.args]
    if f.op == "implies":
        left, right = known[f.args[0], not positive], same[1]
        return disjunction(left, right) if positive else conjunction(left, right)
    if f.op == "iff":
        (a, b), (c, d) = same, (known[g, not positive] for g in f.args)
        if positive:
            return conjunction(disjunction(c, b), disjunction(a, d))
        return disjunction(conjunction(a, d), conjunction(c, b))
    op = f.op if positive else DUAL[f.op]
    if op in ("and", "or") and not f.weights:
        return conjunction(*same) if op == "and" else disjunction(*same)
    return replace(f, op=op, args=tuple(same))


class Unfolding:
    """A formula's members, their order, and what each asks for: `delta(member)`."""

    def __init__(self, f: Formula, limit: int = 1024, clauses: int = 4096) -> None:
        root = normal(f)
        found = (literal_of(node) for node in walk(root) if node.op in ("not", "atom"))
        self.literals = tuple(sorted(set(found)))
        self.shift = len(self.literals)
        self.members = _closure(root, limit)
        self.ends = tuple(member != GOES_ON for member in self.members)
        self._bits = {m: 1 << (self.shift + i) for i, m in enumerate(self.members)}
        self._literal_bits = {literal: 1 << i for i, literal in enumerate(self.literals)}
        self._formulas: dict[Formula, Clauses] = {TRUE: (0,), FALSE: ()}
        self.root = self._bits[root]
        self.goes_on = self._bits[GOES_ON]
        never = self.goes_on | self._bits[FALSE] if FALSE in self._bits else 0
        above = [1 << i for i in range(self.shift)]
        above += [mask << self.shift for mask in _order(self.members)]
        self.clauses = Antichains(above, never, clauses)

    def delta(self, member: int) -> Clauses:
        """The clauses of a member, by its place in `members`."""
        return (0,) if member == 0 else self._clauses(self.members[member])

    def places(self, clause: int) -> Iterator[int]:
        """The places of its members."""
        return places(clause >> self.shift)

    def asked(self, clause: int) -> tuple[Literal, ...]:
        """The literals of a clause."""
        return tuple(self.literals[i] for i in places(clause & ((1 << self.shift) - 1)))

    def open(self, clause: int) -> int:
        """A clause without its literals."""
        return clause >> self.shift << self.shift

    def _clauses(self, f: Formula) -> Clauses:
        found = self._formulas.get(f)
        if found is None:
            found = self._formulas[f] = self._unfolded(f)
        return found

    def _unfolded(self, f: Formula) -> Clauses:
        if f.op in ("atom", "not"):
            return (self._literal_bits[literal_of(f)],)
        if f.op == "and":
            result: Clauses = (0,)
            for part in f.args:
                result = self.clauses.both(result, self._clauses(part))
            return result
        if f.op == "or":
            return self.clauses.minimal(c for part in f.args for c in self._clauses(part))
        later = self._later(f)
        if f.op in ("next", "weak_next"):
            return later
        if f.lo > 0:
            hold = self._clauses(f.args[0]) if len(f.args) == 2 else None
            if f.op == "until" and hold is not None:
                return self.clauses.both(hold, later)
            return self.clauses.minimal((*hold, *later)) if hold is not None else later
        here = self._clauses(f.args[-1])
        if f.op == "always":
            return self.clauses.both(here, later)
        if f.op == "eventually":
            return self.clauses.minimal((*here, *later))
        hold = self._clauses(f.args[0])
        if f.op == "until":
            return self.clauses.minimal((*here, *self.clauses.both(hold, later)))
        return self.clauses.both(here, self.clauses.minimal((*hold, *later)))

    def _later(self, f: Formula) -> Clauses:
        """What a temporal operator asks of the next sample."""
        strong = f.op in ("next", "eventually", "until")
        rest = rest_of(f)
        if rest is None or (strong and rest == FALSE):
            return () if strong else (0,)
        if rest == TRUE:
            return (self.goes_on,) if strong else (0,)
        return (self._bits[rest] | self.goes_on * strong,)


def literal_of(f: Formula) -> Literal:
    return Literal(f.number, True) if f.op == "atom" else Literal(f.args[0].number, False)


def rest_of(f: Formula) -> Formula | None:
    """The formula for the next sample; None where the window ends with this one."""
    if f.op in ("next", "weak_next"):
        return f.args[0]
    if f.hi is not None and f.hi < max(f.lo, 1):
        return None
    hi = None if f.hi is None else f.hi - 1
    return replace(f, lo=max(0, f.lo - 1), hi=hi)


def _closure(root: Formula, limit: int) -> tuple[Formula, ...]:
    """The members that unfolding from the root can reach, GOES_ON first and the root second."""
    found: dict[Formula, None] = {GOES_ON: None, root: None}
    pending = [root]
    while pending:
        for rest in _asked_next(pending.pop()):
            if rest not in found:
                found[rest] = None
                pending.append(rest)
        if len(found) > limit:
            raise TooLarge("formulas to follow", len(found), limit)
    return tuple(found)


def _asked_next(f: Formula) -> Iterator[Formula]:
    pending, seen = [f], {f}
    while pending:
        node = pending.pop()
        rest = None if node.op in ("true", "false", "atom", "not", "and", "or") else rest_of(node)
        if rest is not None and rest != TRUE:
            yield rest
        inner = () if node.op in ("next", "weak_next", "not") else node.args
        for part in inner:
            if part not in seen:
                seen.add(part)
                pending.append(part)


def _order(members: tuple[Formula, ...]) -> list[int]:
    """For each member the places of those that are never below it, itself among them."""
    known: Known = {}
    above = [1 << i for i in range(len(members))]
    families: dict[tuple[str, tuple[Formula, ...]], list[int]] = {}
    for i, member in enumerate(members[1:], 1):
        families.setdefault((member.op, member.args), []).append(i)
    everyone = list(range(1, len(members))) if len(members) <= COMPARED else None
    for family in families.values():
        for i in family:
            for j in family if everyone is None else everyone:
                if below(members[i], members[j], known):
                    above[i] |= 1 << j
    for k, through in enumerate(above):
        for i, reached in enumerate(above):
            if reached >> k & 1:
                above[i] |= through
    return above
