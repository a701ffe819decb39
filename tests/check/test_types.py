"""Kinds, shapes, enums, indexes, branches."""

from __future__ import annotations

import pytest

from rewardlang.check.typed import Expr, Fold, Pick
from tests.check.checking import checked, codes_of

INPUTS = """
enum gait { walk, trot, run }
input x : real in 1 .. 2
input n : int in 0 .. 3
input c : bool
input g : gait
input v : real[3] in -1 .. 1
input w : real[4, 3]
input f : real[leg: 4, 3]
input p : real[leg: 4]
input q : real[joint: 2]
"""


def value_of(expression: str) -> Expr:
    program = checked(INPUTS + f"let result = {expression}\nmetric used = 1\n")
    return program.lets[-1].value


@pytest.mark.parametrize(
    ("expression", "type_"),
    [
        ("n + 1", "int"),
        ("n / 2", "real"),
        ("div(n, 2)", "int"),
        ("n + x", "real"),
        ("n ^ 2", "int"),
        ("n ^ -1", "real"),
        ("x > 1 and c", "bool"),
        ("count(v > 0)", "int"),
        ("sum(v > 0)", "int"),
        ("mean(v > 0)", "real"),
        ("any(v > 0)", "bool"),
        ("v + w", "real[4, 3]"),
        ("f * v", "real[leg: 4, 3]"),
        ("p * q", "real[leg: 4, joint: 2]"),
        ("f * p", "real[leg: 4, 3]"),
        ("sum(f over leg)", "real[3]"),
        ("[x, n, 1]", "real[3]"),
        ("[[1, 2], [3, 4]]", "int[2, 2]"),
        ("w @ v", "real[4]"),
        ("v @ v", "real"),
        ("dot(v, v)", "real"),
        ("norm(v)", "real"),
        ("min(v)", "real"),
        ("min(v, 0)", "real[3]"),
        ("max(x, n, 1)", "real"),
        ("v[0:2]", "real[2]"),
        ("w[n]", "real[3]"),
        ("w[n, 0]", "real"),
        ("f[leg: 2]", "real[3]"),
        ("w[0:2, 1]", "real[2]"),
        ("zeros(2, 3)", "real[2, 3]"),
        ("one_hot(g)", "real[3]"),
        ("one_hot(n, 4)", "real[4]"),
        ("eye(2)", "real[2, 2]"),
        ("outer(v, v)", "real[3, 3]"),
        ("index(leg)", "int[leg: 4]"),
        ("rename(p, leg: other)", "real[other: 4]"),
        ("p - rename(p, leg: other)", "real[leg: 4, other: 4]"),
        ("size(w)", "int"),
        ("if c then g else walk", "gait"),
        ("match g { walk -> 0, trot -> 1, run -> 2.5 }", "real"),
        ("match n { 0 -> true, else -> false }", "bool"),
        ("v in -1 .. 1", "bool[3]"),
        ("g in { walk, run }", "bool"),
        ("floor(x)", "int"),
        ("fallback(x / n, 0)", "real"),
        ("valid(x)", "bool"),
        ("inf", "real"),
    ],
)
def test_expressions_have_the_types_of_the_language(expression: str, type_: str) -> None:
    assert str(value_of(expression).type) == type_


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("c + 1", "RW201"),
        ("-c", "RW201"),
        ("max(c)", "RW201"),
        ("c < 1", "RW202"),
        ("if x then 1 else 0", "RW203"),
        ("not x", "RW203"),
        ("x and c", "RW203"),
        ("count(v)", "RW203"),
        ("sum(v where v)", "RW203"),
        ("g + 1", "RW204"),
        ("sum(g)", "RW204"),
        ("g > walk", "RW205"),
        ("clip(x)", "RW206"),
        ("sqrt()", "RW206"),
        ("sum(v, v)", "RW206"),
        ("clip(x, lo: 0, top: 1)", "RW207"),
        ("abs(x over leg)", "RW208"),
        ("v + [1, 2]", "RW209"),
        ("p + v", "RW210"),
        ("w @ w", "RW215"),
        ("if c then x else c", "RW216"),
        ("match g { walk -> 0, trot -> 1 }", "RW217"),
        ("match n { 0 -> 1 }", "RW217"),
        ("match g { walk -> 0, walk -> 1, else -> 2 }", "RW219"),
        ("sum(x)", "RW220"),
        ("[1, true]", "RW221"),
        ("v[x]", "RW223"),
        ("zeros(n)", "RW224"),
        ("v[0, 1]", "RW225"),
        ("f[leg: 0, leg: 1]", "RW226"),
        ("sum(f over arm)", "RW227"),
        ("v[2:1]", "RW228"),
        ("v[-1]", "RW229"),
        ("sum(p * q)", "RW231"),
        ("g == gallop", "RW108"),
        ("match g { walk -> 0, gallop -> 1, else -> 2 }", "RW108"),
        ("walk", "RW101"),
        ("nonsense(x)", "RW104"),
        ("windows(x)", "RW190"),
        ('"text"', "RW190"),
    ],
)
def test_what_has_no_meaning_is_refused_by_code(expression: str, code: str) -> None:
    codes = codes_of(INPUTS + f"let result = {expression}\nmetric used = 1\n")
    assert [c for c in codes if c < "RW700"] == [code]


def test_an_expression_in_error_silences_what_is_built_on_it() -> None:
    text = "let a = missing + 1\nlet b = a * true\nterm c = sqrt(b) + a[0] + (if a then 1 else 0)\n"
    assert codes_of(text) == ["RW101"]


def test_an_int_literal_beside_a_real_is_a_real_literal() -> None:
    value = value_of("x + 2")
    assert value.args[1].op == "const"
    assert repr(value.args[1].attr) == "2.0"


def test_an_int_beside_a_real_is_converted_by_name() -> None:
    assert value_of("x + n").args[1].attr == "to_real"


def test_a_match_becomes_nested_choices_without_a_test_for_the_last_member() -> None:
    value = value_of("match g { walk -> 0, trot -> 1, run -> 2 }")
    assert (value.attr, value.args[2].attr) == ("select", "select")
    assert value.args[2].args[2].attr == 2


def test_an_index_says_what_it_does_to_each_axis() -> None:
    value = value_of("w[n, 0:2]")
    assert value.attr == (Pick("take", arg=1), Pick("slice", 0, 2))
    assert value.args[1].attr.name == "n"


def test_a_reduction_says_which_axes_it_takes() -> None:
    value = value_of("sum(f over leg)")
    assert (value.op, value.attr) == ("reduce", Fold("sum", (0,)))
    value = value_of("max(v where v > 0 else 0)")
    assert value.attr == Fold("max", (0,), has_where=True, has_else=True)
    assert len(value.args) == 3


def test_a_bare_word_is_looked_up_in_the_enum_even_where_a_let_has_its_name() -> None:
    text = """
    enum mode { slow, fast }
    let fast = 3
    input m : mode
    term a = match m { fast -> fast, slow -> 0 }
    """
    value = checked(text).terms[0].value
    assert value.op == "apply"
    assert codes_of(text) == []


def test_a_declared_type_names_the_axes_of_a_value_that_has_none() -> None:
    program = checked(
        "let w : real[leg: 3] = [1, 2, 3]\ninput p : real[leg: 3]\nterm a = sum(p * w)\n"
    )
    assert str(program.lets[0].value.type) == "real[leg: 3]"


def test_an_axis_may_be_an_enum_and_is_indexed_by_its_members() -> None:
    text = """
    enum verdict { sell, hold, buy }
    input said : verdict
    param gain : real[verdict] = [1, 0, -1]
    term a = gain[said] + gain[buy]
    """
    assert codes_of(text) == []


def test_locals_after_where_are_seen_in_the_let_alone() -> None:
    text = "input x : real\nlet y = a * b where b = a + 1, a = x\nterm t1 = y\n"
    checked(text)
    assert "RW101" in codes_of(text + "term t2 = a\n")


def test_a_def_takes_arguments_by_place_by_name_and_by_default() -> None:
    text = "input x : real\ndef f(a, b, c = 3) = a + b * c\n"
    checked(text + "term t1 = f(x, 2) + f(b: x, a: 1) + f(1, 2, x)\n")
    assert "RW206" in codes_of(text + "term t1 = f(x)\n")
    assert "RW207" in codes_of(text + "term t1 = f(x, 1, d: 2)\n")


def test_a_def_that_nothing_calls_is_still_read() -> None:
    assert codes_of("input x : real\ndef f(a) = a + nothing\nterm t1 = x\n") == ["RW101"]


def test_an_inline_enum_is_a_type_like_a_declared_one() -> None:
    text = "param stage : enum { form, proof } = form\ninput x : real\n"
    program = checked(text + "term a weight (if stage == form then 0 else 1) = x\n")
    assert program.params[0].default == 0
    assert str(program.params[0].type) == "enum { form, proof }"
    assert "RW108" in codes_of(text + "term a weight (if stage == from_ then 0 else 1) = x\n")


def test_the_given_values_of_a_test_are_of_the_type_of_the_input() -> None:
    text = """
    enum gait { walk, run }
    input g : gait
    input goal : real<m> per episode at reset
    input on : bool
    term a = (if g == run and on then 1 else 0) * goal / 1<m>
    test "runs" {
      given g = [walk, run]
      given goal = 50<cm>
      given on = [true, false]
      expect a >= 0
    }
    """
    given = checked(text).tests[0].given
    assert given == {"g": [0, 1], "goal": 0.5, "on": [True, False]}
