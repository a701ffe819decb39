"""What a formula means, written as the definition reads, for other evaluations to be compared with.

`atoms` holds the margins (or truths) of all atoms, [number, sample]; `t` is a sample of the trace.
"""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import NDArray

from rewardlang.temporal.formula import Formula


def _window(f: Formula, t: int, samples: int) -> range:
    """The samples of its interval that the trace has."""
    if f.op in ("historically", "once", "since"):
        first = 0 if f.hi is None else max(0, t - f.hi)
        return range(first, t - f.lo + 1)
    last = samples - 1 if f.hi is None else min(samples - 1, t + f.hi)
    return range(t + f.lo, last + 1)


def robustness(f: Formula, atoms: NDArray[np.float64], t: int) -> float:
    samples = atoms.shape[1]

    def at(part: Formula, s: int) -> float:
        return robustness(part, atoms, s)

    window = _window(f, t, samples)
    match f.op, f.args:
        case "true", _:
            return inf
        case "false", _:
            return -inf
        case "atom", _:
            return float(atoms[f.number, t])
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
            return at(a, t + 1) if t + 1 < samples else -inf
        case "weak_next", (a,):
            return at(a, t + 1) if t + 1 < samples else inf
        case "previously", (a,):
            return at(a, t - 1) if t > 0 else -inf
        case (("always" | "historically"), (a,)):
            return min((at(a, s) for s in window), default=inf)
        case (("eventually" | "once"), (a,)):
            return max((at(a, s) for s in window), default=-inf)
        case "until", (a, b):
            return max(
                (min(at(b, s), *(at(a, r) for r in range(t, s)), inf) for s in window),
                default=-inf,
            )
        case "releases", (a, b):
            return min(
                (max(at(b, s), *(at(a, r) for r in range(t, s)), -inf) for s in window),
                default=inf,
            )
        case "since", (a, b):
            return max(
                (min(at(b, s), *(at(a, r) for r in range(s + 1, t + 1)), inf) for s in window),
                default=-inf,
            )
    raise ValueError(f.op)


def truth(f: Formula, atoms: NDArray[np.bool_], t: int) -> bool:
    samples = atoms.shape[1]

    def at(part: Formula, s: int) -> bool:
        return truth(part, atoms, s)

    window = _window(f, t, samples)
    match f.op, f.args:
        case (("true" | "false"), _):
            return f.op == "true"
        case "atom", _:
            return bool(atoms[f.number, t])
        case "not", (a,):
            return not at(a, t)
        case "and", parts:
            return all(at(part, t) for part in parts)
        case "or", parts:
            return any(at(part, t) for part in parts)
        case "implies", (a, b):
            return not at(a, t) or at(b, t)
        case "iff", (a, b):
            return at(a, t) == at(b, t)
        case "next", (a,):
            return t + 1 < samples and at(a, t + 1)
        case "weak_next", (a,):
            return t + 1 >= samples or at(a, t + 1)
        case "previously", (a,):
            return t > 0 and at(a, t - 1)
        case (("always" | "historically"), (a,)):
            return all(at(a, s) for s in window)
        case (("eventually" | "once"), (a,)):
            return any(at(a, s) for s in window)
        case "until", (a, b):
            return any(at(b, s) and all(at(a, r) for r in range(t, s)) for s in window)
        case "releases", (a, b):
            return all(at(b, s) or any(at(a, r) for r in range(t, s)) for s in window)
        case "since", (a, b):
            return any(at(b, s) and all(at(a, r) for r in range(s + 1, t + 1)) for s in window)
    raise ValueError(f.op)
