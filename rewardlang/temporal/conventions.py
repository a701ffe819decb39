"""What tools take the same words for, as formulas of our own.

truncated  ours: windows cut by the end of the trace, `next` strong, `until` with f on [t, s)
sentil     the same
ltlf2dfa, flloat   the same on every trace that is not empty, and ours never are
rtamt      `next` and `previously` (its `prev`) are weak; the margin of `iff` is -|a - b|, which no
           formula of ours has
mstlo      `until` holds f at s too
"""

from __future__ import annotations

from dataclasses import replace

from rewardlang.temporal.formula import Formula, conjunction, negation, walk

SAME = ("truncated", "sentil", "ltlf2dfa", "flloat")
KNOWN = (*SAME, "rtamt", "mstlo")


def in_ours(f: Formula, convention: str) -> Formula | None:
    """The formula that means under our convention what `f` means there; None if there is none."""
    if convention in SAME:
        return f
    if convention == "rtamt" and any(node.op == "iff" for node in walk(f)):
        return None
    made: dict[Formula, Formula] = {}
    for node in walk(f):
        args = tuple(made[a] for a in node.args)
        if convention == "rtamt" and node.op == "next":
            made[node] = replace(node, op="weak_next", args=args)
        elif convention == "rtamt" and node.op == "previously":
            made[node] = negation(replace(node, args=(negation(args[0]),)))
        elif convention == "mstlo" and node.op == "until":
            made[node] = replace(node, args=(args[0], conjunction(*args)))
        else:
            made[node] = replace(node, args=args)
    return made[f]
