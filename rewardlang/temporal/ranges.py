"""Between which values a formula's margin lies, from those of its atoms."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rewardlang.temporal.formula import Formula, walk
from rewardlang.temporal.semantics import Semantics

Ends = tuple[float, float]
_ALL, _ONE = (math.inf, math.inf), (-math.inf, -math.inf)


def ends_of(f: Formula, atoms: Sequence[Ends]) -> Ends:
    """The least and the greatest value, an empty window left aside: that one is held between."""
    found: dict[Formula, Ends] = {}
    for node in walk(f):
        found[node] = _ends(node, [found[a] for a in node.args], atoms)
    return found[f]


def _ends(node: Formula, args: list[Ends], atoms: Sequence[Ends]) -> Ends:
    match node.op:
        case "true":
            return _ALL
        case "false":
            return _ONE
        case "atom":
            return atoms[node.number]
        case "not":
            return -args[0][1], -args[0][0]
        case "and":
            return min(a[0] for a in args), min(a[1] for a in args)
        case "or":
            return max(a[0] for a in args), max(a[1] for a in args)
        case "implies":
            return max(-args[0][1], args[1][0]), max(-args[0][0], args[1][1])
        case "iff":
            most = min(max(abs(a[0]), abs(a[1])) for a in args)
            return -most, most
        case "until" | "since":
            return min(args[0][0], args[1][0]), args[1][1]
        case "releases":
            return args[1][0], max(args[0][1], args[1][1])
    return args[0]


MOST_SAMPLES = 2.0**63  # of an episode: t is an int


def smooth_ends_of(f: Formula, atoms: Sequence[Ends], semantics: Semantics) -> Ends:
    """The same under a smooth semantics. What it gathers is a mean of a kind, between the ends of
    its operands (and zero, of agm and gmsr), but for logsumexp, which exceeds them by the logarithm
    of the weight."""
    found: dict[Formula, Ends] = {}
    for node in walk(f):
        if node.op == "atom":
            found[node] = atoms[node.number]
            continue
        args = [found[a] for a in node.args if a.op not in ("true", "false")] or [(0.0, 0.0)]
        lo, hi = min(a[0] for a in args), max(a[1] for a in args)
        if node.op in ("not", "implies", "iff"):
            lo, hi = min(lo, -hi), max(hi, -lo)
        if node.op not in ("not", "next", "weak_next", "previously"):
            if semantics.name == "logsumexp":
                beyond = _excess(node) / semantics.parameters[0]
                lo, hi = lo - beyond, hi + beyond
            elif semantics.name != "softmin":
                lo, hi = min(lo, 0.0), max(hi, 0.0)
        found[node] = lo, hi
    return found[f]


def _excess(node: Formula) -> float:
    """How far the logarithms of the weights that a node gathers are from 0, at most."""
    if node.op in ("and", "or"):
        weights = node.weights or (1.0,) * len(node.args)
        return max(math.log(sum(weights)), -math.log(min(weights)), 0.0)
    if node.op in ("implies", "iff"):
        return 2 * math.log(2)
    samples = MOST_SAMPLES if node.hi is None else node.hi + 1.0
    return 2 * math.log(samples + 1) if len(node.args) == 2 else math.log(samples)
