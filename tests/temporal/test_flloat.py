"""flloat's truth of LTLf formulas, beside ours on traces that are not empty.

Run by `make peers-test`; its parser and ours are packages of one name, so it has an environment of
its own, and this test takes nothing but formulas.
"""

from __future__ import annotations

import importlib
import random

import numpy as np
import pytest

from rewardlang.temporal.formula import FUTURE, walk
from rewardlang.temporal.offline import robustness
from tests.temporal.definition import random_formula
from tests.temporal.ltlf import written


@pytest.mark.parametrize("seed", range(20))
def test_every_sample_has_the_truth_of_flloat(seed: int) -> None:
    pytest.importorskip("flloat", reason="without the package flloat")
    parse = importlib.import_module("flloat.parser.ltlf").LTLfParser()
    rng = random.Random(seed)
    for case in range(20):
        f = random_formula(rng, rng.choice((2, 3)))
        if not any(node.op in FUTURE for node in walk(f)):
            continue
        atoms = np.random.default_rng([seed, case]).random((3, 5)) < 0.5
        trace = [{f"a{k}": bool(atoms[k, t]) for k in range(3)} for t in range(5)]
        formula = parse(written(f))
        theirs = [formula.truth(trace, t) for t in range(5)]
        ours = robustness(f, np.where(atoms, 1.0, -1.0)[:, None])[0] > 0
        assert theirs == ours.tolist(), str(f)
