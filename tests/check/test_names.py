"""One namespace, no redefinition, order irrelevant; what is unused; what comes from other files."""

from __future__ import annotations

import pytest

from rewardlang.check.typed import Checked
from tests.check.checking import check_text, checked, codes_of

GAIT = """
input height : real<m> in 0 .. 3 per state
input foot : bool[leg: 4]
param target = 1.0
enum phase { stance, swing }
let doubled = height * 2
let steps_down = previous(steps_down else 0) + count(foot)
def near(a, b) = 1 - abs(a - b) / target
def lifted(p: phase) = if p == swing then 1 else 0
term own = height / 1<m>
"""


def test_the_order_of_declarations_does_not_matter() -> None:
    forward = ["input x : real", "let a = x + 1", "let b = a * 2", "term t1 = b"]
    backward = list(reversed(forward))
    for lines in (forward, backward):
        program = checked("\n".join(lines) + "\n")
        assert [let.name for let in program.lets] == ["a", "b"]


def test_terms_keep_the_order_of_the_file() -> None:
    program = checked("input x : real\nterm z = a + 1\nterm a = x\nterm m = z\n")
    assert [term.name for term in program.terms] == ["z", "a", "m"]


def test_a_term_may_be_called_like_a_function() -> None:
    checked("input x : real in 0 .. 4\nterm sqrt = sqrt(x)\nmetric m = sqrt\n")


@pytest.mark.parametrize(
    "text",
    [
        "input x : real\nparam x = 1\nterm a = x\n",
        "input x : real\nterm a = x\nmetric a = x\n",
        "input x : real\nterm a = x\nterminate a when x > 0\n",
        "enum x { p, q }\ninput x : real\nterm a = 1\n",
        "def f(a) = a\ndef f(b) = b\nterm a = f(1)\n",
    ],
)
def test_a_name_is_declared_once(text: str) -> None:
    assert "RW102" in codes_of(text)


def test_a_slip_gets_suggestions() -> None:
    _, findings = check_text("input velocity : real\nterm a = velocit\n")
    assert findings[0].hint == "did you mean `velocity`?"


def test_a_bare_member_out_of_place_is_explained() -> None:
    _, findings = check_text("enum gait { walk, run }\ninput g : gait\nterm a = walk\n")
    assert "is a member of `gait`" in (findings[0].hint or "")


def test_what_is_never_read_is_told_but_what_is_read_by_its_own_past_only_too() -> None:
    text = (
        "input x : real\ninput y : real\nparam k = 1\nlet n = previous(n else 0) + 1\nterm a = x\n"
    )
    _, findings = check_text(text)
    assert [d.args["name"] for d in findings if d.code == "RW701"] == ["y", "k", "n"]


def test_a_library_of_inputs_and_lets_is_left_alone() -> None:
    assert codes_of("input x : real\nlet y = x * 2\n") == []


def test_names_of_a_broken_declaration_are_not_reported_again() -> None:
    text = "input velocity : real<\nterm a = velocity\n"
    assert "RW101" not in codes_of(text)


def use(text: str) -> Checked:
    return checked(text, files={"gait.reward": GAIT})


def test_a_file_used_under_an_alias_gives_its_values() -> None:
    program = use('use "gait.reward" as gait\nterm a = gait.doubled / 1<m> * gait.target\n')
    assert [i.name for i in program.inputs] == ["height"]
    assert [p.name for p in program.params] == ["gait.target"]
    assert [let.name for let in program.lets] == ["gait.doubled"]
    assert [t.name for t in program.terms] == ["a"]


def test_a_def_of_a_file_used_under_an_alias_is_called_by_both_names() -> None:
    assert use('use "gait.reward" as gait\ninput x : real\nterm a = gait.near(x, 1)\n').terms
    text = 'use "gait.reward" as gait\ninput x : real\nterm a = gait.nera(x, 1)\n'
    _, findings = check_text(text, files={"gait.reward": GAIT})
    assert findings[0].code == "RW104" and "`gait.near`" in (findings[0].hint or "")


def test_only_what_is_read_comes_along() -> None:
    program = use('use "gait.reward": near\ninput x : real\nterm a = near(x, 1)\n')
    assert [i.name for i in program.inputs] == ["x"]
    assert [p.name for p in program.params] == ["gait.target"]
    assert program.lets == ()


def test_inputs_of_equal_name_and_type_are_one_column() -> None:
    text = 'use "gait.reward" as gait\ninput height : real<m> in 0 .. 3 per state\n'
    program = use(text + "term a = (height + gait.height + gait.doubled) / 1<m>\n")
    assert [i.name for i in program.inputs] == ["height"]


def test_inputs_of_one_name_and_different_types_are_an_error() -> None:
    text = 'use "gait.reward" as gait\ninput height : int\nterm a = height\n'
    assert "RW117" in codes_of(text, files={"gait.reward": GAIT})


def test_a_used_def_sees_the_names_of_its_own_file() -> None:
    text = 'use "gait.reward": lifted\nenum gait { stance, swing }\nterm a = lifted(swing)\n'
    assert codes_of(text, files={"gait.reward": GAIT}) == []


def test_an_own_past_of_a_used_file_keeps_its_full_name() -> None:
    program = use('use "gait.reward" as gait\nterm a = gait.steps_down\n')
    assert program.lets[0].name == "gait.steps_down"
    memory = program.lets[0].value.args[0]
    assert memory.attr.let == "gait.steps_down"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('use "nowhere.reward" as g\nterm a = 1\n', "RW112"),
        ("use no.such.module: f\nterm a = 1\n", "RW112"),
        ('use "gait.reward": nothing\nterm a = 1\n', "RW113"),
        ('use "gait.reward" as g\nterm a = g.nothing\n', "RW113"),
        ('use "reward.py": compute\nterm a = 1\n', "RW190"),
        ('use "gait.reward": near\ndef near(a) = a\nterm a = near(1)\n', "RW102"),
    ],
)
def test_a_use_that_brings_nothing_is_an_error(text: str, code: str) -> None:
    assert code in codes_of(text, files={"gait.reward": GAIT})


def test_files_that_use_each_other_are_told() -> None:
    files = {"a.reward": 'use "b.reward" as b\nlet x = 1\n', "b.reward": 'use "a.reward" as a\n'}
    assert "RW116" in codes_of('use "a.reward" as a\nterm t1 = a.x\n', files=files)


def test_the_library_offers_tolerance() -> None:
    text = "use shaping: tolerance\ninput v : real<m/s> in -5 .. 5\n"
    program = checked(text + "term a = tolerance(v, lower: 1<m/s>, margin: 0.5<m/s>)\n")
    range_ = program.terms[0].value.range
    assert 0 <= range_.lo and range_.hi == 1


def test_the_name_of_an_axis_is_no_reading_of_a_let_of_that_name() -> None:
    text = """
    input place : real[agent: 3, xy: 2]
    let other = rename(place, agent: other)
    let near = norm(place - other over xy) < 1
    term a = -sum(count(near and index(agent) != index(other) over other))
    """
    assert codes_of(text) == []


CLOCK = "timestep 0.02<s>\ninput x : real\n"


def test_the_time_step_of_a_used_file_counts_where_the_file_has_none() -> None:
    files = {"clock.reward": CLOCK, "around.reward": 'use "clock.reward"\n'}
    assert checked('use "clock.reward"\nterm a times dt = x\n', files).timestep == 0.02
    assert checked('use "around.reward"\nterm a times dt = x\n', files).timestep == 0.02


def test_the_own_time_step_counts_before_that_of_a_used_file() -> None:
    text = 'use "clock.reward"\ntimestep 0.05<s>\nterm a times dt = x\n'
    assert checked(text, {"clock.reward": CLOCK}).timestep == 0.05


def test_used_files_with_different_time_steps_are_an_error_unless_the_file_has_its_own() -> None:
    files = {"clock.reward": CLOCK, "slow.reward": "timestep 1<s>\ninput y : real\n"}
    text = 'use "clock.reward"\nuse "slow.reward"\nterm a times dt = x + y\n'
    assert codes_of(text, files) == ["RW329"]
    assert codes_of("timestep 1<s>\n" + text, files) == []
    files["slow.reward"] = CLOCK.replace("x :", "y :")
    assert codes_of(text, files) == []


def test_a_file_that_only_brings_others_together_is_a_library() -> None:
    assert codes_of("use envs.fetch_push\n") == []


def test_an_input_of_a_used_library_need_not_be_read() -> None:
    assert codes_of("use envs.hopper\nterm up = torso_height / 1<m>\n") == []
