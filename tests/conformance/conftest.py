"""Collects what the tests of this room compared, for the table of environments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conformance import table
from tests.conformance.live import Case, Comparison, conforms

COMPARED: list[tuple[Case, Comparison]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-table",
        action="store_true",
        help="write what was compared to examples/environments/README.md",
    )


@pytest.fixture
def conforming(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Case], Comparison]:
    """`conforming(case)`: compare, hold to the tolerance, and note the result for the table."""
    monkeypatch.chdir(tmp_path_factory.mktemp("run"))  # where MuJoCo leaves its log

    def run(case: Case) -> Comparison:
        found = conforms(case)
        COMPARED.append((case, found))
        return found

    return run


def pytest_sessionfinish(session: pytest.Session) -> None:
    if COMPARED and session.config.getoption("--write-table", default=False):
        table.write(COMPARED)
