"""What formulas mean under a smooth semantics, one sample of one trace at a time, as books say it.

A gathering is what an `or` makes of (margin, weight) pairs; the `and` of x is minus the `or` of -x.
The recursion is that of definition.py with gatherings for `max` and `min`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from rewardlang.temporal.formula import PAST, Formula
from tests.temporal.definition import CONNECTIVES, random_formula

Weighted = list[tuple[float, float]]
Gathering = Callable[[Weighted], float]
Trace = Sequence[Sequence[float]]


def largest(x: Weighted) -> float:
    return max((m for m, _ in x), default=-math.inf)


def logsumexp(k: float) -> Gathering:
    def gather(x: Weighted) -> float:
        top = largest(x)
        if math.isinf(top):
            return top
        return top + math.log(sum(w * math.exp(k * (m - top)) for m, w in x)) / k

    return gather


def softmin(k: float) -> Gathering:
    def gather(x: Weighted) -> float:
        top = largest(x)
        if math.isinf(top):
            return top
        masses = [(w * math.exp(k * (m - top)), m) for m, w in x if m != -math.inf]
        return sum(a * m for a, m in masses) / sum(a for a, _ in masses)

    return gather


def agm(x: Weighted) -> float:
    x = [(m, w) for m, w in x if m != -math.inf]
    if not x:
        return -math.inf
    total = sum(w for _, w in x)
    if all(m < 0 for m, _ in x):
        return float(1 - math.prod((1 - m) ** (w / total) for m, w in x))
    return sum(w * max(m, 0) for m, w in x) / total


def gmsr(p: float, c: float) -> Gathering:
    def gather(x: Weighted) -> float:
        x = [(m, w) for m, w in x if m != -math.inf]
        if not x or largest(x) == math.inf:
            return largest(x)
        total = sum(w for _, w in x)
        over = c**p + sum(w * max(m, 0) ** (2 * p) for m, w in x) / total
        under = c**total + math.prod(max(-m, 0) ** (2 * w) for m, w in x)
        return float(over ** (1 / (2 * p)) - under ** (1 / (2 * total)))

    return gather


def value(f: Formula, trace: Trace, some: Gathering, t: int = 0) -> float:
    """The margin of `f` at sample t of a trace."""
    n = len(trace[0])

    def at(g: Formula, s: int) -> float:
        return value(g, trace, some, s)

    def every(x: Weighted) -> float:
        return -some([(-m, w) for m, w in x])

    def alike(x: list[float]) -> Weighted:
        return [(m, 1.0) for m in x]

    match f.op:
        case "true" | "false":
            return math.inf if f.op == "true" else -math.inf
        case "atom":
            return trace[f.number][t]
        case "not":
            return -at(f.args[0], t)
        case "and" | "or":
            parts = [at(a, t) for a in f.args]
            weighted = list(zip(parts, f.weights or [1.0] * len(parts), strict=True))
            return every(weighted) if f.op == "and" else some(weighted)
        case "implies":
            return some(alike([-at(f.args[0], t), at(f.args[1], t)]))
        case "iff":
            a, b = (at(x, t) for x in f.args)
            return every(alike([some(alike([-a, b])), some(alike([a, -b]))]))
        case "next" | "weak_next":
            beyond = math.inf if f.op == "weak_next" else -math.inf
            return at(f.args[0], t + 1) if t + 1 < n else beyond
        case "previously":
            return at(f.args[0], t - 1) if t > 0 else -math.inf
    last = math.inf if f.hi is None else f.hi
    if f.op in PAST:
        window = [s for s in range(t + 1) if f.lo <= t - s <= last]
    else:
        window = [s for s in range(t, n) if f.lo <= s - t <= last]
    if f.op in ("always", "historically"):
        return every(alike([at(f.args[0], s) for s in window]))
    if f.op in ("eventually", "once"):
        return some(alike([at(f.args[0], s) for s in window]))
    left, right = f.args
    if f.op == "releases":
        dual = Formula("until", (Formula("not", (left,)), Formula("not", (right,))), f.lo, f.hi)
        return -at(dual, t)
    found = []
    for s in window:
        way = range(t, s) if f.op == "until" else range(s + 1, t + 1)
        found.append(every(alike([at(right, s), *(at(left, r) for r in way)])))
    return some(alike(found))


def weighted(f: Formula, rng: random.Random) -> Formula:
    """With a weight for each operand of its connectives."""
    args = tuple(weighted(a, rng) for a in f.args)
    weights = tuple(rng.choice([0.5, 1.0, 2.0, 3.0]) for _ in args)
    return replace(f, args=args, weights=weights if f.op in ("and", "or") else ())


def flattened(f: Formula) -> Formula:
    """As the language reads `(a and b) and c`: one gathering of three."""
    args = tuple(map(flattened, f.args))
    if f.op not in ("and", "or"):
        return replace(f, args=args)
    flat: list[Formula] = []
    for part in args:
        flat.extend(part.args if part.op == f.op else (part,))
    return replace(f, args=tuple(flat))


def drawn(rng: random.Random, ops: Sequence[str]) -> Formula:
    """A formula of these operators and connectives alone."""
    joins = [o for o in ops if o in CONNECTIVES] or ops
    return random_formula(rng, 3, ops, connectives=joins, constants=False, mixed=True)
