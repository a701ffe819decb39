"""Random formulas and traces through RTAMT and SENTIL, and through ours: every sample agrees.

Run by `make peers`, which installs both; skipped elsewhere.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang.temporal.formula import BINARY, TIMED, Formula, atoms, horizon, walk
from rewardlang.temporal.offline import robustness
from tests.temporal.meaning import random_formula, written

LOGIC = ("and", "or", "not", "implies")
FUTURE = ("always", "eventually", "until")
PAST = ("historically", "once", "since")
STEPS = 40


def _text(f: Formula, dialect: str) -> str:
    """In the syntax of a tool; atom k is `k > 0` of its variable."""
    if f.op == "atom":
        return f"({'xyz'[f.number]} > 0)"
    parts = [_text(a, dialect) for a in f.args]
    bounds = ""
    if f.op in TIMED and f.hi is not None:
        bounds = f"[{f.lo}:{f.hi}]" if dialect == "rtamt" else f"[{f.lo},{f.hi}]"
    if f.op in ("and", "or", *BINARY):
        return f"({parts[0]} {f.op}{bounds} {parts[1]})"
    if f.op == "implies":
        return f"({parts[0]} {'implies' if dialect == 'rtamt' else '->'} {parts[1]})"
    return f"({f.op}{bounds} {parts[0]})" if f.op != "not" else f"(not {parts[0]})"


def _cases(count: int, seed: int, ops: tuple[str, ...]) -> Any:
    """Random formulas without `[a .. inf]`, and traces of normal numbers."""
    rng = random.Random(seed)
    for case in range(count):
        f = random_formula(rng, 3, 3, (*ops, *LOGIC), longest=5)
        while not _has_plain_intervals(f):
            f = random_formula(rng, 3, 3, (*ops, *LOGIC), longest=5)
        yield f, np.random.default_rng(seed + case).normal(size=(3, STEPS))


def _has_plain_intervals(f: Formula) -> bool:
    """Without `[a .. inf]`, which the tools do not have, and with an operator of time."""
    timed = [n for n in walk(f) if n.op in TIMED]
    return bool(timed) and all(n.hi is not None or n.lo == 0 for n in timed)


def _ours(f: Formula, trace: np.ndarray) -> np.ndarray:
    return np.asarray(robustness(f, trace[:, None])[0])


@pytest.mark.parametrize("seed", range(20))
def test_rtamt_gives_the_same_margins(seed: int) -> None:
    rtamt = pytest.importorskip("rtamt", reason="needs rtamt, see `make peers`")
    for f, trace in _cases(50, 1000 * seed, (*FUTURE, *PAST)):
        spec = rtamt.StlDiscreteTimeSpecification()
        for name in "xyz":
            spec.declare_var(name, "float")
        spec.spec = _text(f, "rtamt")
        spec.parse()
        columns = {name: trace[k].tolist() for k, name in enumerate("xyz")}
        found = spec.evaluate({"time": list(range(STEPS)), **columns})
        theirs = [v for _, v in found][:STEPS]
        np.testing.assert_array_equal(theirs, _ours(f, trace), err_msg=spec.spec)


@pytest.mark.parametrize("seed", range(20))
def test_sentil_gives_the_same_margins(seed: int) -> None:
    sentil = pytest.importorskip("sentil", reason="needs sentil, see `make peers`")
    for f, trace in _cases(100, 1000 * seed + 7, (*FUTURE, *PAST)):
        text = _text(f, "sentil")
        given = sentil.Trace.indexed(STEPS)
        for k, name in enumerate("xyz"):
            given.add_signal(name, trace[k].copy())
        found = sentil.Formula.parse(text).robustness_signal(given)
        theirs = [getattr(v, "value", v) for v in found]
        np.testing.assert_array_equal(theirs, _ours(f, trace), err_msg=text)


@pytest.mark.parametrize("seed", range(4))
def test_sentil_streaming_gives_what_ours_gives_in_a_loop(seed: int) -> None:
    """Its value at sample t is that at t - horizon: ours of a window of horizon + 1 samples."""
    sentil = pytest.importorskip("sentil", reason="needs sentil, see `make peers`")
    compared = 0
    for f, trace in _cases(80, 1000 * seed + 13, FUTURE):
        ahead = horizon(f)
        if ahead is None or ahead >= STEPS:
            continue
        try:
            monitor = sentil.OnlineMonitor(sentil.Formula.parse(_text(f, "sentil")))
        except sentil.SemanticError:
            continue  # it takes no operator that looks ahead inside `until`
        places = {monitor.symbol_index("xyz"[k]): k for k in atoms(f)}
        theirs = [
            monitor.update_packed(float(t), [trace[places[i], t] for i in sorted(places)]).value
            for t in range(STEPS)
        ]
        program = rewardlang.parse(
            "input x : real\ninput y : real\ninput z : real\n"
            f"spec s = {written(f, 'xyz')}\nterm zero = 0 * x\n"
            f"metric r = robustness(s over last {ahead + 1} else 0)\n"
        )
        reward = program.compile(backend="numpy")
        out = reward.evaluate({name: trace[k][None] for k, name in enumerate("xyz")})
        ours = out.metrics["r"][0, ahead:]
        np.testing.assert_array_equal(theirs[ahead:], ours, err_msg=str(f))
        compared += 1
    assert compared > 10


@pytest.mark.parametrize(("ours", "theirs"), [("next", "next"), ("previously", "prev")])
def test_the_neighbours_of_rtamt_are_weak(ours: str, theirs: str) -> None:
    rtamt = pytest.importorskip("rtamt", reason="needs rtamt, see `make peers`")
    spec = rtamt.StlDiscreteTimeSpecification()
    spec.declare_var("x", "float")
    spec.spec = f"{theirs}(x > 0)"
    spec.parse()
    found = spec.evaluate({"time": [0, 1, 2], "x": [3.0, -1.0, 2.0]})
    program = rewardlang.parse(
        f"input x : real\nspec s (convention: rtamt) = {ours} x > 0\nterm zero = 0 * x\n"
        "metric m = robustness(s over rest)\n"
    )
    out = program.compile(backend="numpy").evaluate({"x": np.array([[3.0, -1.0, 2.0]])})
    np.testing.assert_array_equal([v for _, v in found], out.metrics["m"][0])
