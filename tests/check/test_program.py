"""The whole checker: what it hands on, and that no text makes it fall over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardlang.check import program as checker
from rewardlang.check.typed import Checked, Expr
from rewardlang.check.units import FREE
from rewardlang.diagnostics.codes import codes
from rewardlang.diagnostics.render import render_all
from tests.check.checking import check_text, checked, codes_of

WALK = '''
"""Walk forward."""
use shaping: tolerance
timestep 0.008<s>
input height   : real<m>   in 0 .. 3   per state  from observation[0]
input velocity : real<m/s>                        from info.x_velocity
input action   : real[6]   in -1 .. 1             from action[0:6] else 0
"""How fast."""
param target : real<km/h> in 0 .. 14.4 = 3.6<km/h>
term walk    times dt           = tolerance(velocity, lower: target, margin: 0.5<m/s>)
term upright weight 2 times dt  = height > 0.8<m>
term effort  weight 0.05        = -sum(action ^ 2)
potential posture discount 0.99 = -abs(height - 1.2<m>) / 1<m>
terminate fallen when height < 0.6<m> pays -10
success tall when height > 2<m>
test "standing beats falling" {
  given height   = [1.2<m>, 1.2<m>, 50<cm>]
  given velocity = [0, 0]
  given action   = zeros(2, 6)
  expect fallen at 2
  expect sum(upright over episode) > 0
}
'''


def expressions(program: Checked) -> Iterator[Expr]:
    roots = [let.value for let in program.lets]
    roots += [term.value for term in program.terms]
    roots += [potential.value for potential in program.potentials]
    roots += [condition.when for condition in program.conditions]
    while roots:
        expr = roots.pop()
        yield expr
        roots.extend(expr.args)


def test_a_program_is_handed_on_whole() -> None:
    program = checked(WALK)
    assert program.timestep == 0.008
    assert [i.name for i in program.inputs] == ["height", "velocity", "action"]
    assert program.inputs[0].binding == ("observation", "[0]")
    assert program.inputs[1].binding == ("info", ".x_velocity")
    assert program.inputs[2].binding == ("action", "[0:6]")
    assert program.inputs[2].default == (0.0,) * 6
    param = program.params[0]
    assert (param.default, param.shown_unit, param.doc) == (1.0, "km/h", "How fast.")
    assert param.range is not None and param.range.hi == 4
    assert [t.times_dt for t in program.terms] == [True, True, False]
    assert [c.kind for c in program.conditions] == ["terminate", "success"]
    test = program.tests[0]
    assert test.given["height"] == [1.2, 1.2, 0.5]
    assert test.given["action"] == [[0.0] * 6] * 2
    assert [e.at for e in test.expect] == [2, None]


def test_every_expression_is_one_that_the_next_stage_knows() -> None:
    known = {
        "const",
        "name",
        "apply",
        "reduce",
        "fold",
        "memory",
        "index",
        "stack",
        "fill",
        "matmul",
    }
    program = checked(WALK)
    assert {e.op for e in expressions(program)} <= known
    assert all(e.type.kind != "unknown" for e in expressions(program))


def test_what_is_declared_has_no_free_unit() -> None:
    program = checked(
        "let zero = 0\nlet far = inf\ninput x : real\nterm a = if x > 0 then zero else 1\n"
    )
    assert all(let.value.type.unit != FREE for let in program.lets)
    assert program.terms[0].value.type.unit != FREE


def test_all_errors_of_a_file_are_told_at_once() -> None:
    text = "input h : real<m>\nterm a = h < 1\nterm b = missing\nterm c = h\nterm d = h and true\n"
    assert sorted(codes_of(text)) == ["RW101", "RW203", "RW212", "RW250"]


def test_a_long_chain_of_lets_is_no_deeper_than_a_short_one() -> None:
    lines = ["input x : real", "let y0 = x", *(f"let y{i} = y{i - 1} + 1" for i in range(1, 3000))]
    assert len(checked("\n".join(lines) + "\nterm a = y2999\n").lets) == 3000


def test_expressions_as_deep_as_the_parser_lets_through_are_checked() -> None:
    for text in ("abs(" * 45 + "x" + ")" * 45, "x" + " + 1" * 90, "-" * 90 + "x"):
        program, findings = check_text(f"input x : real\nterm a = {text}\n")
        assert program is not None, [d.code for d in findings]


def test_defs_that_double_are_stopped() -> None:
    lines = ["input x : real", "def d0(v) = v * v"]
    lines += [f"def d{n}(v) = d{n - 1}(v) + d{n - 1}(v)" for n in range(1, 40)]
    assert "RW118" in codes_of("\n".join(lines) + "\nterm a = d39(x)\n")


SEEDS = [WALK, *(c.bad for c in codes().values() if c.kind == "reward" and len(c.bad) < 600)]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_mutilated_program_makes_the_checker_fall_over(data: st.DataObject) -> None:
    words = data.draw(st.sampled_from(SEEDS)).split(" ")
    others = data.draw(st.sampled_from(SEEDS)).split(" ")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(words) - 1))
        words[place] = data.draw(st.sampled_from(others))
    program, findings = check_text(" ".join(words))
    assert program is not None or findings
    render_all(findings)


@pytest.mark.parametrize("module", ["numba", "torch", "numpy"])
def test_the_checker_imports_nothing_heavy(module: str) -> None:
    script = (
        "import sys, types\n"
        "package = types.ModuleType('rewardlang')\n"
        f"package.__path__ = [{str(Path(checker.__file__).parents[1])!r}]\n"
        "sys.modules['rewardlang'] = package\n"
        "import rewardlang.check.program\n"
        "from rewardlang.builtins.table import table\n"
        "table()\n"
        f"sys.exit({module!r} in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
