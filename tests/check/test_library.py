"""The standard library and the checker agree: nothing in it is in error or warned of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.checking import STDLIB, codes_of

FILES = sorted(STDLIB.rglob("*.reward"))


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
def test_a_library_file_has_no_findings(path: Path) -> None:
    assert codes_of(path.read_text(encoding="utf-8")) == []


def test_there_is_a_library() -> None:
    assert FILES != []
