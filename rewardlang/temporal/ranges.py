"""Between which values a formula's margin lies, from those of its atoms."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rewardlang.temporal.formula import Formula, walk

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
