"""Formulas at random, from a generator that is seeded."""

from __future__ import annotations

import random

from rewardlang.temporal.formula import (
    BINARY,
    FALSE,
    FUTURE,
    PAST,
    TIMED,
    TRUE,
    Formula,
    atom,
    conjunction,
    disjunction,
    negation,
    temporal,
)


def at_random(
    chance: random.Random,
    depth: int,
    atoms: int = 3,
    ops: tuple[str, ...] = FUTURE,
    longest: int = 3,
) -> Formula:
    """Connectives, constants and the temporal operators `ops`, half of them with an interval.

    The operand of an operator that looks back only looks back.
    """
    if depth == 0 or chance.random() < 0.1:
        return atom(chance.randrange(atoms)) if chance.random() < 0.95 else _constant(chance)
    connectives = ("not", "and", "or", "implies", "iff")
    op = chance.choice(connectives if not ops or chance.random() < 0.4 else ops)
    inner = tuple(o for o in ops if o in PAST) if op in PAST else ops

    def part() -> Formula:
        return at_random(chance, depth - 1, atoms, inner, longest)

    if op == "not":
        return negation(part())
    if op in ("and", "or"):
        join = conjunction if op == "and" else disjunction
        return join(*(part() for _ in range(chance.choice((2, 2, 3)))))
    if op in ("implies", "iff"):
        return Formula(op, (part(), part()))
    args = (part(), part()) if op in BINARY else (part(),)
    if op not in TIMED or chance.random() < 0.5:
        return temporal(op, *args)
    lo = chance.randrange(longest)
    return temporal(op, *args, lo=lo, hi=chance.choice((None, lo + chance.randrange(longest))))


def _constant(chance: random.Random) -> Formula:
    return chance.choice((TRUE, FALSE))
