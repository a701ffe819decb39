"""Whether some trace satisfies a formula, in plain Python and within a given number of steps.

A tableau over finite traces (Wolper 1985; Li, Zhang, Pu, Vardi and He 2014): a node is the set of
formulas that must hold at one sample. Each way to make them hold picks operands until only literals
are left for this sample, with what is left for the next. The trace may end where that asks for no
next sample. No automaton is made: for a formula that can be satisfied, as most can, the first way
that is followed usually ends at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.formula import PAST, Formula, atom, atoms, is_past, replaced, walk
from rewardlang.temporal.progress import Literal, literal_of, normal, rest_of

Literals = frozenset[Literal]
Possible = Callable[[Literals], bool]
NOTHING: Literals = frozenset()
_AHEAD = {"once": "eventually", "historically": "always", "since": "until", "previously": "next"}


class Steps:
    """How many more steps may be taken, over all the questions that are asked with it."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooLarge("steps", -self.left, 0)


def satisfiable(f: Formula, possible: Possible, steps: Steps, free: Literals = NOTHING) -> bool:
    """Whether a trace of one sample or more satisfies f.

    `possible` says whether literals can hold at one sample. Where f looks ahead and back, what
    looks back counts as an atom, and what asks for a literal in `free` counts as true: False is
    certain, and True is then not. Raises TooLarge when the steps are used up.
    """
    pending = [frozenset({normal(_ahead(f))})]
    seen = set(pending)
    while pending:
        for way in _ways(pending.pop(), possible, steps, free):
            if not way.goes_on:
                return True
            if way.later not in seen:
                seen.add(way.later)
                pending.append(way.later)
    return False


def core(f: Formula, possible: Possible, steps: Steps) -> tuple[Literal, ...]:
    """The literals for which no trace satisfies f: with any of these free, some trace does.

    Once the steps are used up, the rest are kept.
    """
    found = {literal_of(node) for node in walk(normal(_ahead(f))) if node.op in ("atom", "not")}
    own = sorted(x for x in found if x.number in atoms(f))
    free = NOTHING
    for literal in reversed(own):
        try:
            if not satisfiable(f, possible, steps, free | {literal}):
                free |= {literal}
        except TooLarge:
            break
    return tuple(x for x in own if x not in free)


def _ahead(f: Formula) -> Formula:
    """A formula that looks back only, over the same trace from its end; else atoms for the past."""
    if is_past(f):
        behind = {node: node for node in walk(f)}
        for node in walk(f):
            args = tuple(behind[a] for a in node.args)
            behind[node] = replace(node, op=_AHEAD.get(node.op, node.op), args=args)
        return behind[f]
    unused = max(atoms(f), default=-1) + 1
    looks_back = [node for node in walk(f) if node.op in PAST]
    return replaced(f, {node: atom(unused + i) for i, node in enumerate(looks_back)})


class _Way(NamedTuple):
    literals: Literals
    later: frozenset[Formula]
    goes_on: bool


class _Part(NamedTuple):
    """A way of which some formulas wait to be made to hold; those with a choice wait for last."""

    now: tuple[Formula, ...]
    choices: tuple[Formula, ...]
    way: _Way


def _ways(
    wanted: frozenset[Formula], possible: Possible, steps: Steps, free: Literals
) -> Iterator[_Way]:
    """The ways to make these hold at a sample, those that ask for no next sample tried first."""
    pending = [_Part(tuple(wanted), (), _Way(frozenset(), frozenset(), False))]
    while pending:
        steps.take()
        now, choices, way = pending.pop()
        if now:
            made = _entered(_Part(now[:-1], choices, way), now[-1], free)
            if made is not None and (
                made.way.literals is way.literals or possible(made.way.literals)
            ):
                pending.append(made)
        elif choices:
            for option in reversed(_options(choices[-1])):
                part = _with(_Part((), choices[:-1], way), option)
                if part is not None:
                    pending.append(part)
        else:
            yield way


class _Option(NamedTuple):
    """One side of a choice: what must hold now, and what at the next sample."""

    now: tuple[Formula, ...] = ()
    later: Formula | None = None
    strong: bool = False


def _entered(part: _Part, f: Formula, free: Literals) -> _Part | None:
    """With one more formula taken apart; None where it cannot hold."""
    way = part.way
    match f.op:
        case "true":
            return part
        case "false":
            return None
        case "atom" | "not":
            literal = literal_of(f)
            if literal in free or literal in way.literals:
                return part
            if Literal(literal.number, not literal.positive) in way.literals:
                return None
            return part._replace(way=way._replace(literals=way.literals | {literal}))
    options = _options(f)
    if len(options) == 1:
        return _with(part, options[0])
    return part._replace(choices=(*part.choices, f)) if options else None


def _with(part: _Part, option: _Option) -> _Part:
    way = part.way
    later = way.later if option.later is None else way.later | {option.later}
    way = way._replace(later=later, goes_on=way.goes_on or option.strong)
    return part._replace(now=(*part.now, *option.now), way=way)


def _options(f: Formula) -> tuple[_Option, ...]:
    """The ways in which f can come to hold, none where it cannot."""
    if f.op == "and":
        return (_Option(f.args),)
    if f.op == "or":
        return tuple(_Option((a,)) for a in f.args)
    rest = rest_of(f)
    strong = f.op in ("next", "eventually", "until")
    later = () if rest is None and strong else (_Option((), rest, strong),)
    if f.op in ("next", "weak_next"):
        return later
    here = f.args[-1]
    hold = f.args[:-1]
    if f.op in ("eventually", "until"):
        stays = tuple(option._replace(now=hold) for option in later)
        return (_Option((here,)), *stays) if f.lo == 0 else stays
    now = (here,) if f.lo == 0 else ()
    released = tuple(_Option((*now, a)) for a in hold)
    return (*released, *(option._replace(now=now) for option in later))
