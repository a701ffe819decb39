"""What trees the parser makes: precedence, spans, clauses, and what survives an error."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardlang.syntax import ast
from rewardlang.syntax.scan import scanner_pattern
from rewardlang.syntax.tables import tables
from tests.syntax.corpus import ACCEPTED
from tests.syntax.reading import codes_of, expression, read, sound


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("-x ^ 2", "-(x ^ 2)"),
        ("-a * b", "(-a) * b"),
        ("2 ^ -1", "2 ^ (-1)"),
        ("a ^ b ^ c", "a ^ (b ^ c)"),
        ("a ^ -b ^ c", "a ^ (-(b ^ c))"),
        ("a or b and c", "a or (b and c)"),
        ("not a and b", "(not a) and b"),
        ("not a < b", "not (a < b)"),
        ("a implies b implies c", "a implies (b implies c)"),
        ("a iff b iff c", "(a iff b) iff c"),
        ("a iff b implies c or d", "a iff (b implies (c or d))"),
        ("a and b until c", "a and (b until c)"),
        ("always a < b", "always (a < b)"),
        ("a + 1 in 0 .. b + 1", "(a + 1) in 0 .. (b + 1)"),
        ("a @ b / c", "(a @ b) / c"),
        ("if a then b else if c then d else e", "if a then b else (if c then d else e)"),
        ("x[0].y[1]", "((x[0]).y)[1]"),
    ],
)
def test_precedence_follows_the_table(written: str, means: str) -> None:
    assert expression(written) == expression(means)


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("a - b - c", "a - (b - c)"),
        ("a ^ b ^ c", "(a ^ b) ^ c"),
        ("(always a) and b", "always (a and b)"),
    ],
)
def test_parentheses_change_the_tree(written: str, other: str) -> None:
    assert expression(written) != expression(other)


def test_a_comparison_is_not_a_unit() -> None:
    node = expression("x < y")
    assert isinstance(node, ast.Binary) and node.op == "<"
    assert isinstance(expression("2 < m"), ast.Binary)
    number = expression("2<m>")
    assert isinstance(number, ast.Number) and number.unit is not None


def test_a_unit_keeps_rational_exponents() -> None:
    number = expression("3<kg*m^2/s^-1/'u^1/2>")
    assert isinstance(number, ast.Number) and number.unit is not None
    found = [(f.name, f.numerator, f.denominator) for f in number.unit.factors]
    assert found == [("kg", 1, 1), ("m", 2, 1), ("s", 1, 1), ("'u", -1, 2)]


def test_an_int_has_neither_point_nor_exponent() -> None:
    values = [expression(text) for text in ("2", "2.0", "2e0")]
    assert [type(v.value) for v in values if isinstance(v, ast.Number)] == [int, float, float]


def test_the_first_string_describes_the_file_and_others_the_next_declaration() -> None:
    file = sound('"""file"""\n"""about a"""\nlet a = 1\nlet b = 2\n"about c" let c = 3\n')
    assert file.doc == "file"
    assert [d.doc for d in file.declarations] == ["about a", None, "about c"]


def test_every_clause_of_a_term_is_kept() -> None:
    (term,) = sound(
        "term a : real[agent] weight 2 times dt paid last on fault -1 per agent = x"
    ).declarations
    assert isinstance(term, ast.Term)
    assert (term.times_dt, term.paid, term.per, term.name) == (True, "last", "agent", "a")
    assert isinstance(term.weight, ast.Number) and isinstance(term.on_fault, ast.Unary)
    assert term.type is not None and term.type.axes[0].name == "agent"


def test_every_clause_of_an_input_is_kept() -> None:
    (node,) = sound(
        "input a : real<m>[3] in 0 .. 2 per episode at reset from obs.x[0:3] else zeros(3)"
    ).declarations
    assert isinstance(node, ast.Input)
    assert (node.per, node.at_reset) == ("episode", True)
    assert node.binding is not None
    assert [(p.name, p.index) for p in node.binding.parts] == [("x", None), (None, (0, 3))]
    assert isinstance(node.default, ast.Call) and node.range is not None


def test_the_clauses_of_a_call_are_kept() -> None:
    call = expression("f(x, 2 over (a, b) excluding self where m, k: 3 else fault)")
    assert isinstance(call, ast.Call) and call.over is not None
    assert [argument.name for argument in call.arguments] == [None, None, "k"]
    assert (call.over.names, call.over.excluding_self) == (("a", "b"), True)
    assert call.where == ast.Name(id="m", span=call.span)
    assert (call.otherwise, call.else_fault) == (None, True)


def test_a_call_may_name_a_function_of_another_file() -> None:
    call = expression("gait.near(x)")
    assert isinstance(call, ast.Call) and call.function == "gait.near"
    assert call.function_span.text == "gait.near"


def test_spans_point_at_the_text() -> None:
    file = sound("let a = (b + c) * d\nterm e = f(a)\n")
    first, second = file.declarations
    assert isinstance(first, ast.Let) and isinstance(first.value, ast.Binary)
    assert first.value.span.text == "(b + c) * d"
    assert first.value.left.span.text == "b + c"
    assert first.value.op_span.text == "*"
    assert isinstance(second, ast.Term) and second.name_span.text == "e"
    assert second.span.text == "term e = f(a)"


def _nodes(value: object) -> list[ast.Node]:
    if isinstance(value, tuple):
        return [node for item in value for node in _nodes(item)]
    if not isinstance(value, ast.Node):
        return []
    below = [getattr(value, f.name) for f in dataclasses.fields(value) if f.name != "source"]
    return [value, *(node for item in below for node in _nodes(item))]


@pytest.mark.parametrize("text", ACCEPTED)
def test_every_node_has_a_span_within_its_file(text: str) -> None:
    for node in _nodes(sound(text)):
        assert 0 <= node.span.start <= node.span.end <= len(text)


def test_comments_are_kept_with_their_kind() -> None:
    file = sound("# above\nlet a = 1 # behind  \n# below")
    assert [(c.text, c.own_line) for c in file.comments] == [
        ("# above", True),
        ("# behind", False),
        ("# below", True),
    ]


# ---- recovery ------------------------------------------------------------------


def _names(file: ast.File) -> list[str]:
    return [d.name for d in file.declarations if isinstance(d, ast.Named)]


def test_sound_declarations_around_a_broken_one_survive() -> None:
    file, found = read("let a = 1\nlet b = (2\nlet c = 3\nterm d = = 4\nterm e = 5\n")
    assert _names(file) == ["a", "c", "e"]
    assert [d.span.line for d in found if d.span] == [2, 4]


def test_a_broken_block_is_skipped_whole() -> None:
    file, found = read(
        "machine m {\n  initial a\n  a -> when b\n  b -> a when c\n}\n\nlet after = 1\n"
    )
    assert _names(file) == ["after"] and len(found) == 1


def test_a_word_that_could_be_a_name_still_ends_an_unfinished_declaration() -> None:
    file, found = read("let a =\nterm b weight 2 = 1\n")
    assert _names(file) == ["b"] and [d.code for d in found] == ["RW046"]


def test_an_indented_soft_word_does_not_begin_a_declaration() -> None:
    file = sound("metric a =\n  reward + 1\nlet b = 2\n")
    assert _names(file) == ["a", "b"]


def test_at_most_twenty_errors_are_told_and_then_that_there_are_more() -> None:
    found = codes_of("let a = )\n" * 50)
    assert len(found) == 21 and found[-1] == "RW008"


# ---- whatever the text ---------------------------------------------------------

_PIECES = st.sampled_from(
    [
        *tables().words,
        *tables().symbols,
        "a",
        "1",
        "2<m>",
        '"s"',
        '"""',
        "'",
        "\n",
        " ",
        "#",
        "\t",
        "é",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=40).map(" ".join) | st.text(max_size=60))
def test_no_text_crashes_the_parser_and_every_error_has_a_place(text: str) -> None:
    file, found = read(text)
    assert isinstance(file, ast.File)
    for diagnostic in found:
        assert diagnostic.span is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(ACCEPTED), st.integers(0, 400), st.sampled_from([*"()[]{}=,;:\"'#<é", "if "])
)
def test_a_damaged_program_is_told_about_or_still_means_something(
    text: str, place: int, damage: str
) -> None:
    place = min(place, len(text))
    file, found = read(text[:place] + damage + text[place:])
    assert found or isinstance(file, ast.File)


def test_the_scanner_knows_every_terminal_of_the_grammar() -> None:
    names = set(scanner_pattern(tables()).groupindex)
    assert names >= set(tables().patterns)
