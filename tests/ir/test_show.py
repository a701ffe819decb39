"""The intermediate form as text: what a small program means, node by node."""

from __future__ import annotations

from collections.abc import Callable

import rewardlang
from rewardlang.ir.builder import build
from rewardlang.ir.show import show
from rewardlang.passes import PIPELINE

PROGRAM = """
timestep 0.02<s>
input height : real<m> per state
input contact : bool[leg: 2]
param share : real = 0.5
let airtime : real<s>[leg: 2] = if contact then 0 else previous(airtime else 0) + dt
term light weight share times dt = sum(airtime) / 1<s>
potential up discount 0.9 = height / 1<m>
terminate fallen when height < 0.3<m> pays -1
"""


def test_nodes_are_shown_operands_first(golden: Callable[[str, str], None]) -> None:
    golden("ir/small.txt", show(build(rewardlang.parse(PROGRAM).checked)))


def test_equal_programs_are_shown_alike() -> None:
    spaced = PROGRAM.replace("sum(airtime)", "(sum( airtime ))")
    program = build(rewardlang.parse(PROGRAM).checked)
    assert show(build(rewardlang.parse(spaced).checked)) == show(program)


def test_passes_leave_fewer_nodes() -> None:
    program = build(rewardlang.parse(PROGRAM).checked)
    before = show(program).count("\n")
    for _, run in PIPELINE:
        program = run(program)
    assert show(program).count("\n") < before
