"""What tools take the same words for, as formulas of our own, operator by operator.

truncated  ours: a window ends with the trace, `next` is strong, `until` has f on [t, s)
sentil     the same, and so are ltlf2dfa and flloat on every trace that is not empty
rtamt      `next` and `previously` (its `prev`) are weak; the margin of `iff` is -|a - b|
mstlo      `until` has f at s too
stlcg      that too; after the end the last sample is repeated, but what `until [a .. b]` asks about
           must end inside the trace
stlcgpp    `until` as mstlo; a window that `always` asks about must end inside the trace
mtl        after the end the last sample is repeated; intervals are without their end; `until` of
           margins that are negative is less so, and `until [a .. b]` is joined of three parts

Of a tool's versions, TOOLS says which is meant. A tool without `next f` and `weak_next f` has them
as `eventually [1 .. 1] f` and `always [1 .. 1] f`, and `releases` is what `until` makes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rewardlang.temporal.formula import (
    FALSE,
    PAST,
    TRUE,
    Formula,
    conjunction,
    disjunction,
    negation,
    temporal,
)

TOOLS = {
    "truncated": "this language",
    "sentil": "SENTIL 0.3.1",
    "ltlf2dfa": "LTLf2DFA 2.0.0",
    "flloat": "flloat 0.3.0",
    "rtamt": "RTAMT 0.4.10",
    "mstlo": "mstlo 0.2.2",
    "stlcg": "stlcg (2021)",
    "stlcgpp": "stlcg++ (stlcgpp 0.0.2, stljax 1.1.3)",
    "mtl": "metric-temporal-logic 0.4.1",
}
AHEAD_ONLY = ("flloat", "mstlo", "stlcg", "stlcgpp", "mtl")

_LAST, _GOES_ON = temporal("weak_next", FALSE), temporal("next", TRUE)


class NoSuchOperator(Exception):
    """The tool has no such operator, nor others that make it."""


class NoFormula(Exception):
    """The tool has the operator, and no formula of ours means the same; `why`, and what instead."""

    def __init__(self, why: str, instead: str) -> None:
        super().__init__(why)
        self.why, self.instead = why, instead


def in_ours(node: Formula, convention: str) -> Formula:
    """What an operator means in a convention, over operands that are formulas of ours.

    Raises NoSuchOperator and NoFormula.
    """
    if node.op in PAST and convention in AHEAD_ONLY:
        raise NoSuchOperator
    read = _READ.get(convention)
    return node if read is None else read(node)


def _rtamt(node: Formula) -> Formula:
    match node.op:
        case "next":
            return replace(node, op="weak_next")
        case "previously":
            return negation(temporal("previously", negation(node.args[0])))
        case "iff":
            raise NoFormula(
                "There the margin of `a iff b` is -|a - b|, which is never positive.",
                "`(a implies b) and (b implies a)` is read alike by both",
            )
    return node


def _mstlo(node: Formula) -> Formula:
    """`until` has its left side where the right one holds, too."""
    match node.op, node.args:
        case "until", (left, right):
            return replace(node, args=(left, conjunction(left, right)))
        case "releases", (left, right):
            return replace(node, args=(left, disjunction(left, right)))
    return node


def _stlcg(node: Formula) -> Formula:
    node = _windowed(node)
    if node.op in ("always", "eventually"):
        return _held(node)
    if node.op == "until" and node.hi:
        return conjunction(_mstlo(node), _inside(node.hi))
    if node.op == "releases" and node.hi:
        return disjunction(_mstlo(node), negation(_inside(node.hi)))
    return _mstlo(node)


def _stlcgpp(node: Formula) -> Formula:
    node = _windowed(node)
    asked = node.lo if node.hi is None else node.hi
    if node.op == "always" and asked:
        return conjunction(node, _inside(asked))
    return _mstlo(node)


def _mtl(node: Formula) -> Formula:
    match node.op, node.args:
        case (("true" | "false"), _):
            raise NoFormula("A constant has the margin 1 or -1 there.", "leave it out")
        case (("next" | "weak_next"), _):
            return _held(_windowed(node))
        case (("always" | "eventually"), (f,)):
            return f if node.hi == 0 else _held(_half_open(node))
        case "until", (left, right):
            return _until_of_mtl(node, left, right)
        case "releases", (left, right):
            dual = replace(node, op="until", args=(negation(left), negation(right)))
            return negation(_until_of_mtl(dual, *dual.args))
    return node


def _until_of_mtl(node: Formula, left: Formula, right: Formula) -> Formula:
    """f U g is f W g and F g, where f W g holds by what F g fails by, at least.

    f U[a .. b] g is F[a .. b] g and G[0 .. a] f and f U g, all at the same sample.
    """
    some = temporal("eventually", right)
    reached = disjunction(right, negation(some))
    weak = temporal("releases", reached, disjunction(left, reached))
    if (node.lo, node.hi) == (0, None):
        return conjunction(weak, some)
    within = _half_open(temporal("eventually", right, lo=node.lo, hi=node.hi))
    before = temporal("always", left, hi=node.lo - 1) if node.lo else left
    return conjunction(_held(within), before, weak, some)


def _half_open(node: Formula) -> Formula:
    if node.hi is None:
        return node
    if node.lo == node.hi:
        shown = f"[{node.lo} .. {node.hi}]"
        raise NoFormula(
            f"The end of an interval is not in it there, and {shown} is f now, or an error.",
            f"`[{node.lo} .. {node.lo + 1}]` is f at the one sample that {shown} names here",
        )
    return replace(node, hi=node.hi - 1)


def _windowed(node: Formula) -> Formula:
    """The neighbour as a window."""
    if node.op not in ("next", "weak_next"):
        return node
    op = "eventually" if node.op == "next" else "always"
    return temporal(op, *node.args, lo=1, hi=1)


def _held(node: Formula) -> Formula:
    """`always` or `eventually` over a trace whose last sample is repeated.

    Only where the trace ends before the interval begins does that ask anything more.
    """
    if node.lo == 0:
        return node
    (f,), before = node.args, node.lo - 1
    if node.op == "always":
        return conjunction(node, temporal("always", disjunction(_GOES_ON, f), hi=before))
    return disjunction(node, temporal("eventually", conjunction(_LAST, f), hi=before))


def _inside(samples: int) -> Formula:
    """The trace goes on for so many samples."""
    return temporal("eventually", TRUE, lo=samples, hi=samples)


_READ: dict[str, Callable[[Formula], Formula]] = {
    "rtamt": _rtamt,
    "mstlo": _mstlo,
    "stlcg": _stlcg,
    "stlcgpp": _stlcgpp,
    "mtl": _mtl,
}
