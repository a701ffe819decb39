"""What a formula means, as it is defined: slow, and easy to check against SPEC.md by eye.

Also random formulas, as the language writes them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from rewardlang.temporal.formula import BINARY, PAST, TIMED, Formula

Trace = Sequence[Sequence[float]]  # for each atom its margins, sample by sample


def value(f: Formula, trace: Trace, t: int = 0) -> float:
    """The margin of `f` at sample t of a trace."""
    n = len(trace[0])

    def at(g: Formula, s: int) -> float:
        return value(g, trace, s)

    match f.op:
        case "true":
            return math.inf
        case "false":
            return -math.inf
        case "atom":
            return trace[f.number][t]
        case "not":
            return -at(f.args[0], t)
        case "and":
            return min(at(a, t) for a in f.args)
        case "or":
            return max(at(a, t) for a in f.args)
        case "implies":
            return max(-at(f.args[0], t), at(f.args[1], t))
        case "iff":
            a, b = (at(x, t) for x in f.args)
            return min(max(-a, b), max(a, -b))
        case "next":
            return at(f.args[0], t + 1) if t + 1 < n else -math.inf
        case "weak_next":
            return at(f.args[0], t + 1) if t + 1 < n else math.inf
        case "previously":
            return at(f.args[0], t - 1) if t > 0 else -math.inf
    last = math.inf if f.hi is None else f.hi
    if f.op in PAST:
        window = [s for s in range(t + 1) if f.lo <= t - s <= last]
    else:
        window = [s for s in range(t, n) if f.lo <= s - t <= last]
    match f.op:
        case "always" | "historically":
            return min((at(f.args[0], s) for s in window), default=math.inf)
        case "eventually" | "once":
            return max((at(f.args[0], s) for s in window), default=-math.inf)
        case "until":
            left, right = f.args
            ways = [min([at(right, s), *(at(left, r) for r in range(t, s))]) for s in window]
            return max(ways, default=-math.inf)
        case "since":
            left, right = f.args
            ways = [
                min([at(right, s), *(at(left, r) for r in range(s + 1, t + 1))]) for s in window
            ]
            return max(ways, default=-math.inf)
        case "releases":
            left, right = f.args
            ways = [max([at(right, s), *(at(left, r) for r in range(t, s))]) for s in window]
            return min(ways, default=math.inf)
    raise ValueError(f.op)


def random_formula(
    rng: random.Random, depth: int, atoms: int, ops: Sequence[str], longest: int = 4
) -> Formula:
    if depth == 0 or rng.random() < 0.15:
        return Formula("atom", number=rng.randrange(atoms))
    op = rng.choice([*ops])
    args = tuple(
        random_formula(rng, depth - 1, atoms, ops, longest)
        for _ in range(2 if op in ("and", "or", "implies", "iff", *BINARY) else 1)
    )
    lo, hi = 0, None
    if op in TIMED and rng.random() < 0.6:
        lo = rng.randrange(longest)
        hi = lo + rng.randrange(longest)
    return Formula(op, args, lo, hi)


def written(f: Formula, names: Sequence[str]) -> str:
    """As the language writes it; atom k is `names[k] > 0`."""
    if f.op == "atom":
        return f"({names[f.number]} > 0)"
    bounds = ""
    if f.op in TIMED and (f.lo, f.hi) != (0, None):
        bounds = f" [{f.lo} .. {'inf' if f.hi is None else f.hi}]"
    parts = [f"({written(a, names)})" for a in f.args]
    if f.op in ("and", "or", "implies", "iff", *BINARY):
        return f" {f.op}{bounds} ".join(parts)
    return f"{f.op}{bounds} {parts[0]}"
