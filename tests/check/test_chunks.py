"""Many small wrong programs: each line says which finding begins on it, and there are no others.

Chunks stand in `errors/*.reward`, separated by `---`. A line that ends in `### RW204 "regexp"`
expects a finding with that code whose primary place is on the line and whose message matches.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rewardlang.diagnostics.diagnostic import Severity
from rewardlang.diagnostics.wording import wording
from tests.check.checking import check_text

EXPECTED = re.compile(r'### (RW\d+)(?: "(.*)")?')


def chunks() -> list[tuple[str, str]]:
    found = []
    for path in sorted((Path(__file__).parent / "errors").glob("*.reward")):
        for number, text in enumerate(path.read_text(encoding="utf-8").split("\n---\n")):
            found.append((f"{path.stem}-{number + 1}", text + "\n"))
    return found


@pytest.mark.parametrize(("name", "text"), chunks())
def test_each_error_is_found_on_its_line_and_no_other(name: str, text: str) -> None:
    del name
    expected = {}
    for number, line in enumerate(text.splitlines(), 1):
        for code, pattern in EXPECTED.findall(line):
            expected[number, code] = pattern
    found = {}
    for diagnostic in check_text(text)[1]:
        if diagnostic.severity is Severity.ERROR and diagnostic.span is not None:
            found[diagnostic.span.line, diagnostic.code] = wording(diagnostic).title
    assert sorted(found) == sorted(expected)
    for place, pattern in expected.items():
        assert re.search(pattern, found[place]), (place, found[place])
