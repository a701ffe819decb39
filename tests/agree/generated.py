"""Random programs as text, and random data with nasty values for them.

A program is drawn by kind: real numbers, vectors of three, bools, bools of a vector, ints. Only
operations that every backend must give bit for bit are drawn; `transcendental` adds the others.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NASTY = [0.0, -0.0, 1, -1, 0.5, 2, 3.25, -7.5, 1e-3, 1e30, -1e30, 1e-30, np.inf, -np.inf, np.nan]

INPUTS = """
input x : real per state
input y : real
input v : real[3] per state
input w : real[3]
input c : bool
input d : bool per state
input n : int
param k : real = 0.75
param m : int = 2
"""


@dataclass
class Draw:
    """Draws expressions; `state` keeps to what has a value at reset, `depth` bounds their size."""

    rng: random.Random
    transcendental: bool = False
    state: bool = False

    def real(self, depth: int) -> str:
        leaves = ["x", "k", "0.3", "2", "1.5", "sum(v)"] + ([] if self.state else ["y", "w[1]"])
        if depth == 0:
            return self.rng.choice(leaves)
        a, b = self.real(depth - 1), self.real(depth - 1)
        forms = [
            f"({a} + {b})",
            f"({a} - {b})",
            f"({a} * {b})",
            f"({a} / {b})",
            f"-{a}",
            f"min({a}, {b})",
            f"max({a}, {b})",
            f"clip({a}, -2, 3)",
            f"abs({a})",
            f"sqrt(abs({a}))",
            f"({a}) ^ 2",
            f"(if {self.bool(depth - 1)} then {a} else {b})",
            f"fallback({a}, {b})",
            self.reduced(depth),
            self.remembered(a, depth),
            f"real({self.int(depth - 1)})",
        ]
        if self.transcendental:
            forms += [f"tanh({a})", f"exp(-abs({a}))", f"sin({a})", f"log(1 + abs({a}))"]
        return self.rng.choice(forms)

    def reduced(self, depth: int) -> str:
        v, c = self.vector(depth - 1), self.bools(depth - 1)
        return self.rng.choice(
            [
                f"sum({v})",
                f"mean({v})",
                f"norm({v})",
                f"min({v})",
                f"max({v})",
                f"dot({v}, {self.vector(depth - 1)})",
                f"sum({v} where {c})",
                f"mean({v} where {c} else 0.25)",
                f"max({v} where {c} else -1)",
                f"std({v})",
                f"({v})[2]",
            ]
        )

    def remembered(self, a: str, depth: int) -> str:
        # memory of a constant is refused, so what is remembered reads an input
        a, c = f"(x + {a})", f"(d or {self.bool(depth - 1)})"
        other = self.rng.choice(["0", "0.5", "k"])
        return self.rng.choice(
            [
                f"previous({a} else {other})",
                f"previous({a}, 3 else {other})",
                f"at_reset({a})",
                f"ema({a}, decay: 0.9)",
                f"sum({a} over past)",
                f"mean({a} over past)",
                f"min({a} over past)",
                f"max({a} over last 3)",
                f"prod({a} over last 2)",
                f"norm({a} over past)",
                f"sum({a} over last 4)",
                f"mean({a} over last 3 else {other})",
                f"mean({a} over past where {c} else {other})",
                f"std({a} over past)",
                f"real(time_since({c}))",
                f"real(count({c} over past))",
            ]
        )

    def vector(self, depth: int) -> str:
        leaves = ["v"] + ([] if self.state else ["w"])
        if depth == 0:
            return self.rng.choice(leaves)
        a, b, r = self.vector(depth - 1), self.vector(depth - 1), self.real(depth - 1)
        return self.rng.choice(
            [
                f"({a} + {b})",
                f"({a} * {r})",
                f"({r} - {a})",
                f"abs({a})",
                f"max({a}, {r})",
                f"[{r}, {self.real(depth - 1)}, 1]",
                f"(if {self.bools(depth - 1)} then {a} else {b})",
                f"previous(v + {a} else 0)",
                f"({a}) / ({b})",
            ]
        )

    def bool(self, depth: int) -> str:
        leaves = ["d", "x > 0.5"] + ([] if self.state else ["c", "n > 2"])
        if depth == 0:
            return self.rng.choice(leaves)
        a, b = self.bool(depth - 1), self.bool(depth - 1)
        r, s = self.real(depth - 1), self.real(depth - 1)
        return self.rng.choice(
            [
                f"({r} < {s})",
                f"({r} >= {s})",
                f"({r} != {s})",
                f"({a} and {b})",
                f"({a} or {b})",
                f"(not {a})",
                f"({a} implies {b})",
                f"valid({r})",
                f"({r} in -1 .. {s})",
                f"any({self.bools(depth - 1)})",
                f"all({self.bools(depth - 1)})",
                f"held({a} and d, 2)",
                f"rises({a} or d else false)",
                f"any({a} or d over last 3)",
                f"all({a} and d over past)",
            ]
        )

    def bools(self, depth: int) -> str:
        if depth == 0:
            return "(v > 0)"
        return self.rng.choice(
            [
                f"({self.vector(depth - 1)} > {self.real(depth - 1)})",
                f"(not {self.bools(depth - 1)})",
                f"({self.bools(depth - 1)} and {self.bools(depth - 1)})",
            ]
        )

    def int(self, depth: int) -> str:
        leaves = ["m", "3"] + ([] if self.state else ["n"])
        if depth == 0:
            return self.rng.choice(leaves)
        a, b = self.int(depth - 1), self.int(depth - 1)
        return self.rng.choice(
            [
                f"({a} + {b})",
                f"({a} * 2)",
                f"mod({a}, {b})",
                f"div({a}, {b})",
                f"min({a}, {b})",
                f"floor({self.real(depth - 1)})",
                f"count({self.bools(depth - 1)})",
                f"time_since(d and {self.bool(depth - 1)})",
            ]
        )


def program(seed: int, terms: int = 6, transcendental: bool = False) -> str:
    """A whole program: terms with every clause, ends, a potential, an own past."""
    rng = random.Random(seed)
    draw = Draw(rng, transcendental)
    at_reset = Draw(rng, transcendental, state=True)
    lines = [INPUTS]
    lines.append("let own : real = 0.5 * previous(own else 1) + (if valid(y) then y else 0)")
    for i in range(terms):
        weight = rng.choice(["", " weight -2", " weight k", " weight (k * 3)"])
        fault = rng.choice(["", "", " on fault 0.125"])
        value = draw.real(3) if rng.random() < 0.8 else draw.bool(3)
        lines.append(f"term t{i}{weight}{fault} = {value}")
    lines.append("term last_of_all = own")
    lines.append(f"term at_the_end = mean(x + {draw.real(2)} over episode)")
    lines.append(f"potential p discount 0.9 = {at_reset.real(2)}")
    lines.append(f"terminate done when {draw.bool(2)} pays -3")
    lines.append(f"success good when {draw.bool(2)}")
    lines.append(f"metric seen = {draw.real(2)}")
    if rng.random() < 0.5:
        lines.append("reward = max(total, -5)")
    return "\n".join(lines)


def data(
    seed: int, episodes: int, length: int, dtype: str, nasty: float
) -> dict[str, NDArray[Any]]:
    """Padded columns [B, T] or [B, T + 1]; a share `nasty` of the numbers is drawn from NASTY."""
    rng = np.random.default_rng(seed)

    def reals(*shape: int) -> NDArray[Any]:
        values = rng.normal(size=shape) * 2
        hit = rng.random(shape) < nasty
        with np.errstate(over="ignore"):
            return np.where(hit, rng.choice(NASTY, size=shape), values).astype(dtype)

    b, t = episodes, length
    return {
        "x": reals(b, t + 1),
        "y": reals(b, t),
        "v": reals(b, t + 1, 3),
        "w": reals(b, t, 3),
        "c": rng.random((b, t)) < 0.5,
        "d": rng.random((b, t + 1)) < 0.5,
        "n": rng.integers(-5, 6, (b, t)),
    }
