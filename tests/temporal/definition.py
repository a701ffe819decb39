"""What a formula means, written as SPEC.md defines it: slow, and easy to check by eye.

Also formulas at random, and as the language writes them, for everything that must agree with it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

CONNECTIVES = ("not", "and", "or", "implies", "iff")
Trace = Sequence[Sequence[float]] | NDArray[Any]  # the margins of each atom, sample by sample


def robustness(f: Formula, trace: Trace, t: int = 0) -> float:
    """The margin of `f` at sample t."""
    last = len(trace[0]) - 1

    def at(part: Formula, s: int) -> float:
        return robustness(part, trace, s)

    def reached(witness: int, way: range) -> float:
        """g at the witness, and f all the way; or the dual, g there or f somewhere on the way."""
        strongest = max if f.op == "releases" else min
        return strongest([at(f.args[1], witness), *(at(f.args[0], s) for s in way)])

    window = _window(f, t, last)
    match f.op, f.args:
        case "true", _:
            return inf
        case "false", _:
            return -inf
        case "atom", _:
            return float(trace[f.number][t])
        case "not", (a,):
            return -at(a, t)
        case "and", parts:
            return min(at(part, t) for part in parts)
        case "or", parts:
            return max(at(part, t) for part in parts)
        case "implies", (a, b):
            return max(-at(a, t), at(b, t))
        case "iff", (a, b):
            return min(max(-at(a, t), at(b, t)), max(at(a, t), -at(b, t)))
        case "next", (a,):
            return at(a, t + 1) if t < last else -inf
        case "weak_next", (a,):
            return at(a, t + 1) if t < last else inf
        case "previously", (a,):
            return at(a, t - 1) if t > 0 else -inf
        case (("always" | "historically"), (a,)):
            return min((at(a, s) for s in window), default=inf)
        case (("eventually" | "once"), (a,)):
            return max((at(a, s) for s in window), default=-inf)
        case "until", _:
            return max((reached(s, range(t, s)) for s in window), default=-inf)
        case "releases", _:
            return min((reached(s, range(t, s)) for s in window), default=inf)
        case "since", _:
            return max((reached(s, range(s + 1, t + 1)) for s in window), default=-inf)
    raise ValueError(f.op)


def _window(f: Formula, t: int, last: int) -> range:
    """The samples of its interval that the trace has."""
    if f.op in PAST:
        return range(0 if f.hi is None else max(0, t - f.hi), t - f.lo + 1)
    return range(t + f.lo, (last if f.hi is None else min(last, t + f.hi)) + 1)


def truth(f: Formula, truths: NDArray[np.bool_], t: int = 0) -> bool:
    """Whether it holds: of margins that are 1 or -1, the sign."""
    return robustness(f, np.where(truths, 1.0, -1.0), t) > 0


def random_formula(
    rng: random.Random,
    depth: int,
    ops: Sequence[str] = FUTURE,
    *,
    atoms: int = 3,
    longest: int = 3,
    connectives: Sequence[str] = CONNECTIVES,
    constants: bool = True,
    mixed: bool = False,
) -> Formula:
    """Of the temporal operators `ops` half have an interval, of ends below twice `longest`.

    The operand of an operator that looks back only looks back, unless `mixed`.
    """

    def formula(depth: int, ops: Sequence[str]) -> Formula:
        if depth == 0 or rng.random() < 0.1:
            constant = constants and rng.random() < 0.05
            return rng.choice((TRUE, FALSE)) if constant else atom(rng.randrange(atoms))
        op = rng.choice(connectives if not ops or rng.random() < 0.4 else ops)
        if op in PAST and not mixed:
            ops = tuple(o for o in ops if o in PAST)
        count = 2 if op in (*BINARY, "implies", "iff") else 1
        if op in ("and", "or"):
            count = rng.choice((2, 2, 3))
        return _joined(op, [formula(depth - 1, ops) for _ in range(count)], *interval(op))

    def interval(op: str) -> tuple[int, int | None]:
        if op not in TIMED or rng.random() < 0.5:
            return 0, None
        lo = rng.randrange(longest)
        return lo, rng.choice((None, lo + rng.randrange(longest)))

    return formula(depth, ops)


def _joined(op: str, args: Sequence[Formula], lo: int, hi: int | None) -> Formula:
    match op:
        case "not":
            return negation(*args)
        case "and":
            return conjunction(*args)
        case "or":
            return disjunction(*args)
    return temporal(op, *args, lo=lo, hi=hi)


def written(f: Formula, names: Sequence[str]) -> str:
    """As the language writes it; atom k is `names[k] > 0`."""
    if f.op in ("true", "false"):
        return f.op
    if f.op == "atom":
        return f"({names[f.number]} > 0)"
    bounds = ""
    if f.op in TIMED and (f.lo, f.hi) != (0, None):
        bounds = f" [{f.lo} .. {'inf' if f.hi is None else f.hi}]"
    parts = [f"({written(a, names)})" for a in f.args]
    if f.op in ("and", "or", "implies", "iff", *BINARY):
        return f" {f.op}{bounds} ".join(parts)
    return f"{f.op}{bounds} {parts[0]}"
