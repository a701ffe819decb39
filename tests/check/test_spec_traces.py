"""Formulas told to be satisfied by no trace, or by every one: by all traces of a grid of values."""

from __future__ import annotations

import itertools
import random
import time

import numpy as np
import pytest

from rewardlang.diagnostics.diagnostic import Diagnostic
from rewardlang.temporal.formula import FUTURE, PAST, Formula, is_past, walk
from tests.check.checking import check_text
from tests.temporal.definition import random_formula, truth

HEAD = """\
enum mode { walk, run, jump }
input x : real in 0 .. 1
input y : real in 0 .. 1
input n : int in 0 .. 2
input p : bool
input m : mode
let far = x > 0.5
"""
SAMPLES = [
    {"x": x, "y": y, "n": n, "p": p, "m": m, "far": x > 0.5, "abs": abs, "walk": 0, "run": 1}
    for x, y in itertools.product((0.0, 0.3, 0.4, 0.5, 0.7, 1.0), repeat=2)
    for n, p, m in itertools.product((0, 1, 2), (False, True), (0, 1, 2))
]
ATOMS = (
    *("x > 0.5", "x < 0.3", "x >= 0.5", "x <= 0.5", "x > 2", "x >= 0", "far", "0.4 < x"),
    *("x > y", "y > x", "x == y", "abs(x) < 0.3", "abs(x - y) < 0.2", "x - y > 0.25"),
    *("n > 0", "n < 2", "n == 1", "n != 0", "p", "m == walk", "m == run", "m != walk"),
)
TOLD = ("RW424", "RW432", "RW433")


def told(text: str) -> list[Diagnostic]:
    return [d for d in check_text(HEAD + text)[1] if d.code in TOLD]


def codes(formula: str) -> list[str]:
    return [d.code for d in told(f"spec s = {formula}\nterm a = satisfied(s)\n")]


def why(formula: str) -> str:
    return str(told(f"spec s = {formula}\nterm a = satisfied(s)\n")[0].args["why"])


def held(f: Formula, chosen: tuple[str, ...], chance: np.random.Generator) -> set[bool]:
    """What f says of many traces of at most six samples."""
    table = np.array([[bool(eval(a, {}, dict(s))) for s in SAMPLES] for a in chosen])
    letters = np.unique(table, axis=1)  # what can be at one sample, in this grid
    found: set[bool] = set()
    for length in (1, 2, 3, 4, 6):
        for _ in range(60):
            trace = letters[:, chance.integers(letters.shape[1], size=length)]
            found.add(bool(truth(f, trace, length - 1 if is_past(f) else 0)))
    return found


@pytest.mark.parametrize("seed", range(240))
def test_no_trace_of_values_in_range_tells_otherwise(seed: int) -> None:
    chance = random.Random(seed)
    chosen = tuple(chance.sample(ATOMS, 3))
    f = random_formula(chance, chance.choice((1, 2, 3)), ops=PAST if seed % 5 == 0 else FUTURE)
    lets = "".join(f"let a{n} = {a}\n" for n, a in enumerate(chosen))
    said = [d.code for d in told(f"{lets}spec s = {f}\nterm a = satisfied(s)\n")]
    found = held(f, chosen, np.random.default_rng(seed))
    if "RW432" in said:
        assert found == {False}, (str(f), chosen)
    if "RW433" in said:
        assert found == {True}, (str(f), chosen)
    if "RW424" in said:
        premises = [node.args[0] for node in walk(f) if node.op == "implies"]
        never = [held(g, chosen, np.random.default_rng(seed)) == {False} for g in premises]
        assert any(never), (str(f), chosen)


@pytest.mark.parametrize(
    ("formula", "expected", "reason"),
    [
        ("eventually (x > 0.5 and x < 0.3)", "RW432", "No sample has `x > 0.5` and `x < 0.3`"),
        ("always (x > 0.3 or x < 0.5)", "RW433", "Every sample has `x > 0.3` or `x < 0.5`"),
        ("eventually (far and x < 0.2)", "RW432", "No sample has `far` and `x < 0.2`"),
        ("once (x > y and y > x)", "RW432", "No sample has `x > y` and `y > x`"),
        (
            "eventually (m == walk and m == run)",
            "RW432",
            "No sample has `m == walk` and `m == run`",
        ),
        ("always x >= 0", "RW433", "Every sample has `x >= 0`"),
        ("eventually (n > 0 and n < 1)", "RW432", "No sample has `n > 0` and `n < 1`"),
        ("(always p) and eventually (far and not p)", "RW432", "It fails whatever becomes of `p`"),
        ("p or not p", "RW433", "It holds whatever becomes of `p`"),
        ("always true", "RW433", "It holds in any case"),
        (
            "always next p",
            "RW432",
            "It fails at the last sample of every trace, beyond which there is none to look at",
        ),
        (
            "always eventually [3 .. 5] p",
            "RW432",
            "It fails at the last sample of every trace, beyond which there is none to look at",
        ),
        (
            "historically previously p",
            "RW432",
            "It fails at the first sample of every trace, beyond which there is none to look at",
        ),
        ("always (x > 2 implies eventually p)", "RW424", "No sample has `x > 2`"),
        (
            "always ((p and far and x < 0.1) implies eventually p)",
            "RW424",
            "No sample has `far` and `x < 0.1`",
        ),
    ],
)
def test_it_says_which_and_why(formula: str, expected: str, reason: str) -> None:
    assert codes(formula) == [expected]
    assert why(formula) == reason


@pytest.mark.parametrize(
    "formula",
    [
        "eventually (x >= 0.5 and x <= 0.5)",
        "(eventually x > 0.5) and (eventually x < 0.3)",
        "always (x > 0.5 or x < 0.3)",
        "always (x > 0.5 implies eventually x < 0.3)",
        "always weak_next p",
        "always [0 .. 9] eventually [3 .. 5] p",
        "eventually (x > y and x > 0.9 and y > 0.8)",
        "eventually (m != walk and m != run)",
    ],
)
def test_what_some_traces_satisfy_and_some_do_not_is_not_told(formula: str) -> None:
    assert codes(formula) == []


def test_a_formula_written_in_place_is_told_once() -> None:
    text = "term a = satisfied(eventually (x > 0.5 and x < 0.3))\n"
    assert [d.code for d in told(text)] == ["RW432"]


def test_what_takes_too_long_is_not_told_and_not_waited_for() -> None:
    parts = [f"always eventually [{n} .. {40 + n}] n == {n % 3}" for n in range(24)]
    before = time.perf_counter()
    found = codes(" and ".join(f"({part})" for part in parts) + " and (always n > 1)")
    assert time.perf_counter() - before < 5
    assert set(found) <= {"RW432"}
