"""The table of environments says what there is: every case, every file, and no error too large."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.live import EXAMPLES, TOLERANCE, Case
from tests.conformance.table import rows

ERROR = 8  # the column, counted in pieces between the bars


def _cases() -> Iterator[Case]:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        family = importlib.import_module(f"tests.conformance.{path.stem}")
        yield from getattr(family, "CASES", ())


CASES = list(_cases())


def test_no_two_cases_share_a_name() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_has_its_row_in_the_table(case: Case) -> None:
    row = rows().get(case.name)
    assert row is not None, "run `make environments`"
    assert f"]({case.file.removeprefix('environments/')})" in row or f"](../{case.file})" in row
    assert f"| {case.steps} |" in row
    assert float(row.split("|")[ERROR]) <= TOLERANCE


def test_the_table_has_no_row_without_a_case() -> None:
    assert set(rows()) == {case.name for case in CASES}


def test_every_file_of_an_environment_is_compared_with_it() -> None:
    folder = EXAMPLES / "environments"
    files = {str(path.relative_to(EXAMPLES)) for path in folder.rglob("*.reward")}
    assert files <= {case.file for case in CASES}
