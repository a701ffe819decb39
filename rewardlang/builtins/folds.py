"""Folds: many values to one, over vector axes, windows or the episode. `ir/` gives them meaning.

Without `over`, a fold takes every axis of its operand; `over past`, `over last 20` and
`over episode` take samples. `where` narrows. sum, count, any and all have a value for nothing;
the others need `else` where nothing may be left.
"""

from __future__ import annotations

from rewardlang.builtins.table import Builtin, Overload, declare


def _fold(name: str, signature: str, doc: str, *examples: tuple[str, str]) -> Builtin:
    return Builtin(name, "fold", doc, (Overload(f"{name}{signature}"),), examples)


_SPREAD = "(x: real<'u> over axis where mask, ddof: int = 0 else value)"
_SAME = "(x: real<'u> over axis where mask else value) -> real<'u>"

declare(
    _fold(
        "sum",
        "(x: any<'u> over axis where mask) -> any<'u>",
        "The sum, left to right; of nothing, 0. A bool counts as 0 or 1.",
        ("sum([1, 2, 3])", "6"),
        ("sum([1, 2, 3] where [true, false, true])", "4"),
    ),
    _fold(
        "mean",
        _SAME,
        "The sum divided by the count. The mean of bools is the share that holds.",
        ("mean([1, 2, 6])", "3.0"),
        ("mean([true, false])", "0.5"),
    ),
    _fold(
        "prod",
        "(x: any over axis where mask) -> any",
        "The product, left to right; of nothing, 1.",
        ("prod([2, 3, 4])", "24"),
    ),
    _fold(
        "any",
        "(c: bool over axis where mask) -> bool",
        "Whether one holds; of nothing, false.",
        ("any([false, true])", "true"),
    ),
    _fold(
        "all",
        "(c: bool over axis where mask) -> bool",
        "Whether each holds; of nothing, true.",
        ("all([false, true])", "false"),
    ),
    _fold(
        "count",
        "(c: bool over axis where mask) -> int",
        "How many hold; of nothing, 0.",
        ("count([true, false, true])", "2"),
    ),
    Builtin(
        "var",
        "fold",
        "The mean squared distance from the mean, divided by n - ddof.",
        (Overload(f"var{_SPREAD} -> real<'u^2>"),),
        (("var([1, 3])", "1.0"), ("var([1, 3], ddof: 1)", "2.0")),
    ),
    Builtin(
        "std",
        "fold",
        "The standard deviation: the root of `var`.",
        (Overload(f"std{_SPREAD} -> real<'u>"),),
        (("std([1, 3])", "1.0"),),
    ),
    _fold(
        "mad",
        _SAME,
        "The mean distance from the mean: mean(abs(x - mean(x))). Not the median of distances.",
        ("mad([1, 2, 6])", "2.0"),
    ),
    _fold(
        "skew",
        "(x: real<'u> over axis where mask else value) -> real",
        "How lopsided: m3 / m2^1.5, of moments about the mean that divide by n. Where all is equal,"
        " there is none.",
        ("skew([1, 2, 3])", "0.0"),
    ),
    _fold(
        "kurtosis",
        "(x: real<'u> over axis where mask else value) -> real",
        "How heavy the tails are: m4 / m2^2 - 3, 0 for a normal distribution. Where all is equal,"
        " there is none.",
        ("kurtosis([1, 3])", "-2.0"),
    ),
    _fold(
        "cov",
        "(a: real<'u>, b: real<'v> over axis where mask, ddof: int = 0 else value) -> real<'u*'v>",
        "The mean product of the distances of a and b from their means, divided by n - ddof.",
        ("cov([1, 3], [2, 6])", "2.0"),
        ("cov([1, 3], [2, 6], ddof: 1)", "4.0"),
    ),
    _fold(
        "corr",
        "(a: real<'u>, b: real<'v> over axis where mask else value) -> real",
        "Pearson's correlation, in -1 .. 1. Where a or b is constant, there is none.",
        ("corr([1, 1, 5, 5], [2, 2, 0, 0])", "-1.0"),
        ("valid(corr([1, 2], [3, 3]))", "false"),
    ),
    _fold(
        "wma",
        "(x: real<'u> over window where mask else value) -> real<'u>",
        "Moving average with weights 1, 2, .. n: the newest sample of n counts n times the oldest.",
    ),
    _fold(
        "norm",
        "(x: real<'u> over axis where mask) -> real<'u>",
        "The Euclidean length: the root of the sum of squares.",
        ("norm([3, 4])", "5.0"),
    ),
    Builtin(
        "dot",
        "fold",
        "The sum of products of two vectors of one size, left to right.",
        (Overload("dot(a: real<'u>, b: real<'v>) -> real<'u*'v>"),),
        (("dot([1, 2], [3, 4])", "11.0"),),
    ),
)
