"""Hostile and unlucky texts: a coded error each, soon, and no traceback."""

from __future__ import annotations

import time

import pytest

from rewardlang.diagnostics.diagnostic import Diagnostic, Report
from rewardlang.diagnostics.source import Source
from rewardlang.syntax.format import format_file
from rewardlang.syntax.limits import MAX_DEPTH
from rewardlang.syntax.parse import decode_source, parse
from tests.syntax.reading import codes_of, sound


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("let a = " + "(" * 10_000 + "1" + ")" * 10_000, "RW006"),
        ("let a = " + "[" * 10_000, "RW006"),
        ("let a = " + "f(" * 10_000, "RW006"),
        ("let a = 1" + " + 1" * 50_000, "RW007"),
        ("let a = " + "-" * 5_000 + "1", "RW007"),
        ("let a = " + "not " * 5_000 + "b", "RW007"),
        ("let a = " + "2 ^ " * 5_000 + "b", "RW007"),
        ("let a = " + "if b then 1 else " * 5_000 + "2", "RW007"),
        ("let a = b" + ".c" * 5_000, "RW007"),
        ("let a = " + "9" * 10_000, "RW036"),
        ("let a = 1e" + "9" * 10_000, "RW036"),
        ("# " + "x" * 10_000_000, "RW005"),
        ("let a = 1\0", "RW004"),
        ('"""' + "a" * 500_000, "RW009"),
        ('"' + "\\" * 200_001, "RW009"),
        ("let a = 2<" + "m*" * 100_000 + "m", "RW007"),
        ("let a = 1\n" * 20_000 + "let", "RW002"),
    ],
)
def test_a_hostile_text_is_one_coded_error_within_seconds(text: str, code: str) -> None:
    begun = time.process_time()
    found = codes_of(text)
    assert found[0] == code
    assert time.process_time() - begun < 5


def test_the_deepest_tree_allowed_can_be_walked_compared_and_formatted() -> None:
    file = sound("let a = " + "f(" * 47 + "1" + ")" * 47 + "\nlet b = 1" + " + 1" * (MAX_DEPTH - 3))
    text = format_file(file)
    assert sound(text) == file
    assert hash(file.declarations) == hash(sound(text).declarations)
    assert repr(file)


def test_a_long_flat_vector_is_no_problem() -> None:
    sound("let a = [" + "1, " * 20_000 + "1]")


def _decoded(data: bytes) -> Source:
    source = decode_source("x", data)
    assert isinstance(source, Source)
    return source


def test_line_ends_and_byte_order_mark_do_not_matter() -> None:
    plain = _decoded(b'let a = """x\ny"""\nlet b = 1\n')
    assert _decoded(b'\xef\xbb\xbflet a = """x\r\ny"""\r\nlet b = 1\r\n').text == plain.text
    report = Report()
    assert parse(Source("x", "\ufefflet a = 1\r\nlet b = 2\r"), report) and not report.diagnostics


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"# caf\xe9\nterm a = 1\n", "RW003"),
        ("let a = 1".encode("utf-16"), "RW003"),
        (b"let a = 1\xff", "RW003"),
        (b"\xff", "RW003"),
        (b"x" * 10_000_000, "RW005"),
    ],
)
def test_bytes_that_are_no_program_are_one_coded_error(data: bytes, code: str) -> None:
    found = decode_source("x", data)
    assert isinstance(found, Diagnostic) and found.code == code
    assert found.span is not None and found.span.end <= len(found.span.source.text)


def test_the_place_of_a_bad_byte_is_told() -> None:
    found = decode_source("x", b"let a = 1\n# caf\xe9\n")
    assert isinstance(found, Diagnostic) and found.span is not None
    assert (found.span.line, found.span.column, found.args["offset"]) == (2, 6, 15)
