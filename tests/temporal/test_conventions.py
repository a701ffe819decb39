"""Other tools' readings of the same words, by numbers that those tools gave.

x = 3, -1, 2 and y = -1, -1, 4. Whole families of formulas go through the tools themselves in
tests/conformance/test_temporal_tools.py.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.driver import check_text
from rewardlang.temporal.conventions import in_ours
from rewardlang.temporal.formula import atom, temporal
from rewardlang.temporal.offline import robustness

INPUTS = "input x : real per state\ninput y : real per state\n"
X, Y = [3.0, -1.0, 2.0], [-1.0, -1.0, 4.0]
INF = math.inf


def _signal(spec: str) -> list[float]:
    """The margin at each sample, the reset's first."""
    program = rewardlang.parse(
        f"{INPUTS}{spec}\nmetric m = robustness(s over rest)\nterm z = 0 * x\n"
    )
    reward = program.compile(backend="numpy")
    columns = {"x": np.array([[9.0, *X]]), "y": np.array([[9.0, *Y]])}
    found: list[float] = reward.evaluate(columns).metrics["m"][0].tolist()
    return found


# What each tool, of the version in TOOLS, gave for these formulas at samples 0, 1 and 2. A large
# number that it writes for nothing is infinity here, and None is a sample of which it says nothing.
# stlcg is the file of its repository at abd16c9, stlcgpp was stljax.
GAVE: dict[str, dict[str, list[float | None]]] = {
    "truncated": {
        "weak_next x > 0": [-1, 2, INF],
        "(x > 0) releases [1 .. 2] (y > 0)": [3, 4, INF],
    },
    "sentil": {
        "always [0 .. 2] x > 0": [-1, -1, 2],
        "eventually [1 .. 2] x > 0": [2, 2, -INF],
        "always [1 .. 2] x > 0": [-1, 2, INF],
        "always [5 .. 9] x > 0": [INF, INF, INF],
        "always [1 .. inf] x > 0": [-1, 2, INF],
        "(x > 0) until [0 .. 2] (y > 0)": [-1, -1, 4],
        "(not x > 0) until [0 .. 1] (y > 0)": [-1, 1, 4],
        "next x > 0": [-1, 2, -INF],
        "once [1 .. 1] x > 0": [-INF, 3, -1],
    },
    "rtamt": {
        "always [1 .. 2] x > 0": [-1, 2, INF],
        "(x > 0) until [0 .. 2] (y > 0)": [-1, -1, 4],
        "(x > 0) until [1 .. 2] (y > 0)": [-1, -1, -INF],
        "(next y > 0) until (not y > 0)": [1, 1, -4],
        "next x > 0": [-1, 2, INF],
        "next next x > 0": [2, INF, INF],
        "previously x > 0": [INF, 3, -1],
        "previously previously x > 0": [INF, INF, 3],
        "once previously x > 0": [INF, INF, INF],
    },
    "mstlo": {
        "always [0 .. 2] x > 0": [-1, None, None],
        "(x > 0) until [0 .. 2] (y > 0)": [-1, None, None],
        "(not x > 0) until [0 .. 1] (y > 0)": [-3, -1, None],
    },
    "stlcg": {
        "always [0 .. 2] x > 0": [-1, -1, 2],
        "always [1 .. 2] x > 0": [-1, 2, 2],
        "eventually [1 .. 2] x > 0": [2, 2, 2],
        "always [5 .. 9] x > 0": [2, 2, 2],
        "eventually [5 .. 9] x > 0": [2, 2, 2],
        "always [1 .. inf] x > 0": [-1, 2, 2],
        "(x > 0) until (y > 0)": [-1, -1, 2],
        "(x > 0) until [0 .. 2] (y > 0)": [-1, -INF, -INF],
        "(not x > 0) until [0 .. 1] (y > 0)": [-3, -1, -INF],
        "eventually [1 .. inf] not always [1 .. 2] x > 0": [-2, -2, -2],
    },
    "stlcgpp": {
        "always [0 .. 2] x > 0": [-1, -INF, -INF],
        "always [1 .. 2] x > 0": [-1, -INF, -INF],
        "eventually [1 .. 2] x > 0": [2, 2, -INF],
        "always [5 .. 9] x > 0": [-INF, -INF, -INF],
        "always [1 .. inf] x > 0": [-1, 2, -INF],
        "(x > 0) until [0 .. 2] (y > 0)": [-1, -1, 2],
        "(x > 0) until [1 .. 2] (y > 0)": [-1, -1, -INF],
        "eventually [1 .. inf] not always [1 .. 2] x > 0": [INF, INF, -INF],
    },
    "mtl": {
        "next x > 0": [-1, 2, 2],
        "always [0 .. 2] x > 0": [-1, -1, 2],
        "always [1 .. 2] x > 0": [-1, 2, 2],
        "eventually [1 .. 2] x > 0": [-1, 2, 2],
        "eventually [1 .. 3] x > 0": [2, 2, 2],
        "eventually [5 .. 9] x > 0": [2, 2, 2],
        "eventually [1 .. inf] x > 0": [2, 2, 2],
        "(x > 0) until (y > 0)": [-1, -1, 4],
        "(x > 0) until [0 .. 2] (y > 0)": [-1, -1, 2],
        "(x > 0) until [1 .. 3] (y > 0)": [-1, -1, 2],
        "(not x > 0) until [0 .. 1] (y > 0)": [-3, -1, -2],
        "(x > 0) iff (y > 0)": [-1, 1, 2],
    },
}


@pytest.mark.parametrize(
    ("convention", "formula"), [(name, text) for name, texts in GAVE.items() for text in texts]
)
def test_each_convention_gives_the_numbers_of_its_tool(convention: str, formula: str) -> None:
    given = GAVE[convention][formula]
    found = _signal(f"spec s (convention: {convention}) = {formula}")
    assert [None if g is None else v for v, g in zip(found, given, strict=True)] == given


def test_until_of_mtl_fails_by_less_where_its_right_side_comes() -> None:
    """-10 by definition: the left side fails before the right one holds. metric-temporal-logic
    0.4.1 gives -1, by which it would have failed had the right side never come."""
    until = temporal("until", atom(0), atom(1))
    atoms = np.array([[[-10.0, -10.0]], [[-20.0, 1.0]]])
    assert robustness(until, atoms)[0].tolist() == [-10, 1]
    assert robustness(in_ours(until, "mtl"), atoms)[0].tolist() == [-1, 1]


# flloat 0.3.0 and LTLf2DFA 2.0.0 (with MONA 1.4) of the traces (a), (a)() and ()(a).
@pytest.mark.parametrize("convention", ["ltlf2dfa", "flloat", "truncated"])
@pytest.mark.parametrize(
    ("formula", "verdicts"),
    [
        ("next a", [False, False, True]),
        ("weak_next a", [True, False, True]),
        ("always a", [True, False, False]),
        ("always eventually a", [True, False, True]),
        ("a until not a", [False, True, True]),
        ("a releases not a", [False, False, False]),
    ],
)
def test_verdicts_of_ltlf(convention: str, formula: str, verdicts: list[bool]) -> None:
    program = rewardlang.parse(
        f"input a : bool\nspec s (convention: {convention}) = {formula}\n"
        "term m = if satisfied(s) then 1 else 0\n"
    )
    reward = program.compile(backend="numpy")
    for trace, verdict in zip(([1], [1, 0], [0, 1]), verdicts, strict=True):
        last = np.arange(len(trace))[None] == len(trace) - 1
        out = reward.evaluate({"a": np.array([trace], np.bool_)}, terminated=last)
        assert out.specs["s"].satisfied[0, -1] == verdict


@pytest.mark.parametrize("convention", ["stlcg", "stlcgpp", "mtl"])
def test_a_convention_is_followed_step_by_step(convention: str) -> None:
    formula = "always [1 .. 3] (((x > 0) until [0 .. 2] (y > 0)) or eventually [2 .. 4] x > 0)"
    program = rewardlang.parse(
        f"{INPUTS}spec s (convention: {convention}) = {formula}\n"
        "metric now = robustness(s over past)\nmetric whole = robustness(s)\nterm z = 0 * x\n"
    )
    reward = program.compile(backend="numpy")
    x, y = np.random.default_rng(3).normal(size=(2, 1, 12))
    now = reward.evaluate({"x": x, "y": y}).metrics["now"][0]
    for n in range(2, 13):  # the reset's sample and n - 1 more
        again = reward.evaluate({"x": x[:, :n], "y": y[:, :n]})
        assert now[n - 2] == again.metrics["whole"][0]


def test_a_spec_keeps_its_convention_where_another_reads_it() -> None:
    inner = "spec p (convention: rtamt) = previously x > 0\n"
    assert _signal(f"{inner}spec s = next p") == [3, -1, -INF]
    assert _signal(f"{inner}spec s (convention: rtamt) = p") == [INF, 3, -1]
    assert _signal(f"{inner}spec s (convention: mtl) = eventually [1 .. 3] p") == [3, -1, -1]
    held = "spec p (convention: mtl) = eventually [1 .. 3] x > 0\n"
    assert _signal(f"{held}spec s = eventually [1 .. 3] p") == [2, 2, -INF]


def _refused(text: str) -> list[tuple[str, str]]:
    """The codes of what is wrong, and what of the text each points at."""
    source = f"{INPUTS}{text}\nterm a = satisfied(s)\nterm z = 0 * x * y\n"
    with pytest.raises(RewardError) as caught:
        rewardlang.parse(source)
    found = [d for d in caught.value.diagnostics if not d.code.startswith("RW7")]
    spans = [(d.code, d.labels[0].span) for d in found]
    return [(code, source[span.start : span.end]) for code, span in spans]


@pytest.mark.parametrize("convention", ["stlcg", "stlcgpp", "mtl", "mstlo", "flloat"])
@pytest.mark.parametrize("op", ["once", "historically", "previously"])
def test_a_tool_that_does_not_look_back_has_no_past(convention: str, op: str) -> None:
    spec = f"spec s (convention: {convention}) = always {op} x > 0"
    assert _refused(spec) == [("RW430", f"{op} x > 0")]


@pytest.mark.parametrize(
    ("convention", "formula", "refused"),
    [
        ("rtamt", "always (x > 0 iff y > 0)", "x > 0 iff y > 0"),
        ("mtl", "next eventually [3 .. 3] x > 0", "eventually [3 .. 3] x > 0"),
        ("mtl", "x > 0 until [0 .. 0] y > 0", "x > 0 until [0 .. 0] y > 0"),
        ("mtl", "always (x > 0 or false)", "false"),
    ],
)
def test_what_has_no_such_formula_is_refused_where_it_stands(
    convention: str, formula: str, refused: str
) -> None:
    assert _refused(f"spec s (convention: {convention}) = {formula}") == [("RW431", refused)]


def test_an_iff_within_a_let_is_refused_too() -> None:
    found = _refused("let same = x > 0 iff y > 0\nspec s (convention: rtamt) = always same")
    assert [code for code, _ in found] == ["RW431"]


def test_no_advice_is_given_about_what_a_convention_adds() -> None:
    """`always [0 .. 500]` asks stlcg++ whether there is a sample 500, and may as well fail."""
    program, found = check_text(
        f"{INPUTS}spec s (convention: stlcgpp) = always [0 .. 500] x > 0\nterm a = satisfied(s)\n"
        "term z = 0 * y\nterminate late when t >= 200\n"
    )
    assert program is not None
    assert "RW425" not in [d.code for d in found]
