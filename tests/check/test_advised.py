"""Reasonable rewards of many fields: each lint where it belongs, and none beside it.

Files stand in `advised/*.reward`, separated by `---`. A line that ends in `### RW704` has a lint of
that code; no other has one.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rewardlang.diagnostics.diagnostic import Severity
from tests.check.checking import check_text

FOLDER = Path(__file__).parent / "advised"


def rewards() -> list[tuple[str, str]]:
    found = []
    for path in sorted(FOLDER.glob("*.reward")):
        for number, text in enumerate(path.read_text(encoding="utf-8").split("\n---\n")):
            found.append((f"{path.stem}-{number + 1}", text + "\n"))
    return found


@pytest.mark.parametrize(("name", "text"), rewards(), ids=[name for name, _ in rewards()])
def test_a_reward_is_advised_where_it_is_wrong_and_nowhere_else(name: str, text: str) -> None:
    del name
    expected = {
        (number, code)
        for number, line in enumerate(text.splitlines(), 1)
        for code in re.findall(r"### (RW7\d\d)", line)
    }
    findings = check_text(text)[1]
    assert [d.code for d in findings if d.severity is Severity.ERROR] == []
    found = {(d.span.line, d.code) for d in findings if d.span and d.code.startswith("RW7")}
    assert found == expected
