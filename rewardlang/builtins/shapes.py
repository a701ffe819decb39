"""Builtins that make or reshape vectors. Sizes are whole numbers known when compiled."""

from __future__ import annotations

from rewardlang.builtins.table import Builtin, Overload, declare


def _shape(name: str, signature: str, doc: str, *examples: tuple[str, str]) -> Builtin:
    return Builtin(name, "shape", doc, (Overload(f"{name}{signature}"),), examples)


declare(
    _shape(
        "zeros",
        "(size: int..) -> real",
        "A vector, or with several sizes a table, of zeros; they fit any unit.",
        ("sum(zeros(2, 3))", "0.0"),
    ),
    _shape(
        "ones",
        "(size: int..) -> real",
        "A vector, or with several sizes a table, of ones.",
        ("sum(ones(2, 3))", "6.0"),
    ),
    _shape(
        "eye",
        "(size: int) -> real",
        "The square table with 1 on the diagonal.",
        ("sum(eye(3))", "3.0"),
    ),
    _shape(
        "one_hot",
        "(place: int, size: int) -> real",
        "1 at the place, 0 elsewhere. An enum's place needs no size.",
        ("one_hot(2, 4)[2]", "1.0"),
    ),
    _shape(
        "outer",
        "(a: real<'u>, b: real<'v>) -> real<'u*'v>",
        "Every product of a slot of a and a slot of b: a's slots are the rows.",
        ("outer([1, 2], [3, 4])[1, 0]", "6"),
    ),
    _shape(
        "trace",
        "(A: real<'u>) -> real<'u>",
        "The sum of the diagonal of a square table.",
        ("trace([[1, 2], [3, 4]])", "5"),
    ),
    _shape("index", "(axis: any) -> int", "0, 1, 2 .. along a named axis."),
    _shape(
        "size",
        "(x: any<'u> over axis) -> int",
        "How many slots x has, in all or along named axes.",
        ("size([1, 2, 3])", "3"),
    ),
    _shape(
        "rename",
        "(x: any<'u>, names: any..) -> any<'u>",
        "x with axes renamed: `rename(x, agent: other)`.",
    ),
)
