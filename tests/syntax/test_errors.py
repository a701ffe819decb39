"""Errors of syntax: which, where, and in what words.

The files in `errors/` hold programs separated by `---`. A line that must be told about ends in
`### CODE "regular expression"`, which must be found in the title, reason or hint of the message;
every other line must be silent.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from rewardlang import grammar
from rewardlang.diagnostics.codes import codes
from rewardlang.diagnostics.codes.syntax import CODES
from rewardlang.diagnostics.wording import wording
from tests.syntax.reading import codes_of, read

_EXPECTED = re.compile(r'### (RW\d+)(?: "((?:[^"\\]|\\.)*)")?\s*$')
_CHUNKS = [
    pytest.param(chunk, id=f"{path.stem}-{number}")
    for path in sorted((Path(__file__).parent / "errors").glob("*.reward"))
    for number, chunk in enumerate(path.read_text(encoding="utf-8").split("\n---\n"), 1)
]
_MISTAKES = tomllib.loads(
    (Path(grammar.__file__).parent / "mistakes.toml").read_text(encoding="utf-8")
)["mistake"]


@pytest.mark.parametrize("chunk", _CHUNKS)
def test_each_error_is_told_on_its_line_and_nothing_else_is(chunk: str) -> None:
    expected = []
    lines = chunk.split("\n")
    for number, line in enumerate(lines, 1):
        found = _EXPECTED.search(line)
        if found:
            expected.append((number, found[1], found[2] or ""))
            lines[number - 1] = line[: found.start()].rstrip()
    told = [
        (d.span.line if d.span else 0, d.code, " ".join(vars(wording(d)).values()))
        for d in read("\n".join(lines) + "\n")[1]
    ]
    assert [row[:2] for row in told] == [row[:2] for row in expected]
    for (_, code, text), (_, _, pattern) in zip(told, expected, strict=True):
        assert re.search(pattern, text), f"{code}: {text!r} lacks {pattern!r}"


@pytest.mark.parametrize("entry", _MISTAKES, ids=lambda entry: entry["example"])
def test_each_known_mistake_gives_its_code(entry: dict[str, str]) -> None:
    assert codes_of(entry["example"]) == [entry["code"]]


def test_every_known_mistake_has_a_code_with_words() -> None:
    assert {entry["code"] for entry in _MISTAKES} <= set(codes())


@pytest.mark.parametrize("code", [c for c in CODES if c.kind == "reward"], ids=lambda c: c.code)
def test_the_bad_example_of_a_code_gives_it_and_the_good_one_reads_clean(code: object) -> None:
    from rewardlang.diagnostics.codes import Code

    assert isinstance(code, Code)
    assert code.code in codes_of(code.bad)
    assert codes_of(code.good) == []


def test_every_message_of_this_family_can_be_worded() -> None:
    for chunk in _CHUNKS:
        for diagnostic in read(str(chunk.values[0]))[1]:
            said = wording(diagnostic)
            assert said.title and "{" not in said.title.replace("`{`", "")
