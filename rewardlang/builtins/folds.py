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
