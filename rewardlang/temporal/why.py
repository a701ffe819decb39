"""Which atom at which sample decides a formula's margin: followed down from the first sample.

Under min and max the margin is that of one atom, or of its negation: at each operator one operand,
at one sample, has the value of the whole. Of several the first is taken. An empty window has none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rewardlang.temporal.formula import PAST, Formula, is_past, walk
from rewardlang.temporal.offline import robustness

Array = NDArray[Any]


class Decisive(NamedTuple):
    atom: int
    sample: int


def decisive(f: Formula, atoms: Array, lengths: Array | None = None) -> list[Decisive | None]:
    """For each trace of atoms [n, B, T]. A formula that looks back only is asked at the last
    sample, any other at the first; None where nothing decides (an empty window, NaN)."""
    rows, size = atoms.shape[1:]
    full = np.full(rows, size) if lengths is None else np.asarray(lengths)
    values = {node: robustness(node, atoms, full) for node in walk(f)}
    found = []
    for row, n in enumerate(full.tolist()):
        trace = {node: signal[row, :n] for node, signal in values.items()}
        found.append(_follow(f, n - 1 if is_past(f) else 0, trace) if n else None)
    return found


def _follow(f: Formula, t: int, trace: dict[Formula, Array]) -> Decisive | None:
    node, at = f, t
    while node.op != "atom":
        step = _below(node, at, trace)
        if step is None:
            return None
        node, at = step
    return Decisive(node.number, at)


def _below(node: Formula, t: int, trace: dict[Formula, Array]) -> tuple[Formula, int] | None:
    """The operand and the sample that have the value of the whole."""
    value, n = trace[node][t], len(trace[node])
    for operand, sample, sign in _candidates(node, t, n):
        if trace[operand][sample] * sign == value:
            if node.op not in ("until", "releases", "since") or operand is node.args[-1]:
                return operand, sample
            if _is_needed(node, t, n, value, trace):
                return operand, sample
    return None


def _candidates(node: Formula, t: int, n: int) -> list[tuple[Formula, int, int]]:
    match node.op:
        case "true" | "false":
            return []
        case "not":
            return [(node.args[0], t, -1)]
        case "and" | "or":
            return [(a, t, 1) for a in node.args]
        case "implies":
            return [(node.args[0], t, -1), (node.args[1], t, 1)]
        case "iff":
            return [(a, t, sign) for a in node.args for sign in (1, -1)]
        case "next" | "weak_next":
            return [(node.args[0], t + 1, 1)] if t + 1 < n else []
        case "previously":
            return [(node.args[0], t - 1, 1)] if t > 0 else []
    window = _window(node, t, n)
    found = [(node.args[-1], s, 1) for s in window]
    if len(node.args) == 2 and window:
        reach = range(min(window) + 1, t + 1) if node.op == "since" else range(t, max(window))
        found += [(node.args[0], s, 1) for s in reach]
    return found


def _window(node: Formula, t: int, n: int) -> list[int]:
    last = n if node.hi is None else node.hi
    if node.op in PAST:
        return [t - d for d in range(node.lo, min(last, t) + 1)]
    return [t + d for d in range(node.lo, min(last, n - 1 - t) + 1)]


def _is_needed(node: Formula, t: int, n: int, value: Any, trace: dict[Formula, Array]) -> bool:
    """Whether no operand on the right has the value: then one on the left decides."""
    right = trace[node.args[-1]]
    return not any(right[s] == value for s in _window(node, t, n))
