"""Random formulas and traces through other tools, and through ours in the convention of each.

Run by `make peers-test`, which installs all but stlcg: that is no package of any registry, and its
test runs where `stlcg.py` of its repository is on the path, beside torch.
"""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

import rewardlang
from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.temporal.formula import Formula, atom, atoms, horizon
from tests.conformance import temporal_tools
from tests.conformance.temporal_tools import AHEAD, NAMES, TOOLS, Tool, Trace
from tests.temporal.definition import random_formula, written

INPUTS = "input x : real\ninput y : real\ninput z : real\n"
SEEDS, STEPS = 5, 12


def _formula(tool: Tool, rng: random.Random) -> Formula:
    while True:
        f = random_formula(
            rng,
            rng.choice((2, 3)),
            tool.ops,
            longest=4,
            connectives=tool.connectives,
            constants=False,
            mixed=True,
        )
        if tool.reads(f):
            return f


def _margins(f: Formula, trace: Trace, convention: str, over: str) -> np.ndarray:
    """Ours, through the language."""
    program = rewardlang.parse(
        f"{INPUTS}spec s (convention: {convention}) = {written(f, NAMES)}\n"
        f"metric m = robustness(s {over})\nterm zero = 0 * x\n"
    )
    columns = {name: trace[k][None] for k, name in enumerate(NAMES)}
    return np.asarray(program.compile(backend="numpy").evaluate(columns).metrics["m"][0])


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("tool", TOOLS, ids=lambda t: f"{t.package} as {t.convention}")
def test_every_sample_has_the_margin_of_the_tool(tool: Tool, seed: int) -> None:
    pytest.importorskip(tool.package, reason=f"without the package {tool.package}")
    rng = random.Random(f"{tool.package} {seed}")
    for case in range(tool.cases):
        f = _formula(tool, rng)
        trace = np.random.default_rng([seed, case]).integers(-20, 21, size=(3, STEPS)) / 4
        theirs = tool.margins(f, trace)
        known = tool.known(f, STEPS)
        ours = _margins(f, trace, tool.convention, "over rest")
        np.testing.assert_array_equal(theirs[:known], ours[:known], err_msg=str(f))


@pytest.mark.parametrize("seed", range(4))
def test_sentil_streaming_gives_what_ours_gives_in_a_loop(seed: int) -> None:
    """Its value at sample t is that at t - horizon: ours of a window of horizon + 1 samples."""
    sentil = pytest.importorskip("sentil", reason="without the package sentil")
    tool = replace(TOOLS[1], ops=AHEAD)
    rng, compared = random.Random(seed), 0
    while compared < 20:
        f = _formula(tool, rng)
        ahead = horizon(f)
        if ahead is None or ahead >= STEPS:
            continue
        try:
            monitor = sentil.OnlineMonitor(sentil.Formula.parse(temporal_tools.for_sentil(f)))
        except sentil.SemanticError:
            continue  # it takes no operator that looks ahead inside `until`
        trace = np.random.default_rng([seed, compared]).normal(size=(3, STEPS))
        places = {monitor.symbol_index(NAMES[k]): k for k in atoms(f)}
        theirs = [
            monitor.update_packed(float(t), [trace[places[i], t] for i in sorted(places)]).value
            for t in range(STEPS)
        ]
        ours = _margins(f, trace, "sentil", f"over last {ahead + 1} else 0")
        np.testing.assert_array_equal(theirs[ahead:], ours[ahead:], err_msg=str(f))
        compared += 1


def test_iff_of_rtamt_is_minus_a_distance_and_so_refused() -> None:
    pytest.importorskip("rtamt", reason="without the package rtamt")
    f = Formula("iff", (atom(0), atom(1)))
    trace = np.array([[3.0, -1.0, 2.0], [-1.0, -1.0, 4.0], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(temporal_tools.rtamt(f, trace), [-4, 0, -2])
    with pytest.raises(RewardError) as caught:
        _margins(f, trace, "rtamt", "over rest")
    assert "RW431" in [d.code for d in caught.value.diagnostics]
