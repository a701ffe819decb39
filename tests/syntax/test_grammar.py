"""The grammar itself: no conflict, whole words, and agreement with Lark's own parser."""

from __future__ import annotations

import pytest
from lark import Lark, UnexpectedInput
from lark.exceptions import GrammarError

from rewardlang.syntax.tables import (
    RESERVED,
    compile_grammar,
    grammar_text,
    shipped,
    table_name,
    tables,
)
from tests.syntax.corpus import ACCEPTED, REJECTED
from tests.syntax.reading import codes_of, sound


@pytest.fixture(scope="module")
def strict() -> Lark:
    return compile_grammar(grammar_text(), strict=True)


def test_the_grammar_has_no_conflict_and_no_two_terminals_collide(strict: Lark) -> None:
    assert len(strict.rules) > 200


def test_a_conflict_would_be_refused() -> None:
    ambiguous = grammar_text().replace("?sum: product", "?sum: product | sum sum")
    with pytest.raises(GrammarError, match="conflict"):
        compile_grammar(ambiguous, strict=True)


@pytest.mark.parametrize("text", ACCEPTED)
def test_our_loop_and_lark_accept_the_same_programs(strict: Lark, text: str) -> None:
    strict.parse(text)
    sound(text)


@pytest.mark.parametrize("text", REJECTED)
def test_our_loop_and_lark_reject_the_same_programs(strict: Lark, text: str) -> None:
    with pytest.raises(UnexpectedInput):
        strict.parse(text)
    assert codes_of(text)


def test_every_reserved_word_is_a_keyword_of_the_grammar() -> None:
    assert set(tables().words) >= RESERVED


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_reserved_word_cannot_be_a_name(word: str) -> None:
    assert codes_of(f"let {word} = 1\n") == ["RW014"]


@pytest.mark.parametrize("word", sorted(set(tables().words) - RESERVED))
def test_a_soft_word_may_be_a_name_anywhere_an_expression_stands(word: str) -> None:
    file = sound(
        f"let {word} = 1\nterm a weight {word} = f({word}, {word}: {word}) + {word}[{word}]\n"
    )
    assert len(file.declarations) == 2


@pytest.mark.parametrize(
    "text",
    [
        "letx = 1",
        "let x = mean(a overb)",
        "term a weight2 = 1",
        "let x = ifa then b else c",
        "let x = always[0 .. 3] p thenq",
        "learnedparam x = 1",
        "let x = 1and 2",
        "let x = 1 and2",
        "let x = 2kg",
        "timestep 0.02s",
        "subjectto a",
    ],
)
def test_words_never_glue(text: str) -> None:
    assert codes_of(text + "\n")


def test_a_name_that_begins_with_a_keyword_is_one_name() -> None:
    sound("let android = ifs + orb - intent * lasting\nterm termination = overlap\n")


def test_the_shipped_tables_are_those_of_the_grammar() -> None:
    """After a change of grammar/*.lark, run `make grammar`."""
    assert shipped(table_name(grammar_text())) is not None


def test_tables_of_another_grammar_are_not_used() -> None:
    assert shipped(table_name("another")) is None
