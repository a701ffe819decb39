"""Every example in `examples/`: it checks clean, stands in canonical form, and its tests pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from rewardlang.cli.main import status_of

PROGRAMS = sorted((Path(__file__).resolve().parents[2] / "examples").rglob("*.reward"))


def test_there_are_examples() -> None:
    assert len(PROGRAMS) >= 5


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_an_example_checks_without_a_warning(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = status_of(["check", str(path)])
    shown = "".join(capsys.readouterr())
    assert status == 0, shown
    assert "warning" not in shown


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_an_example_stands_in_canonical_form(path: Path) -> None:
    assert status_of(["fmt", "--check", str(path)]) == 0


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_the_tests_inside_an_example_pass(path: Path) -> None:
    assert 'test "' in path.read_text(encoding="utf-8"), "an example has at least one test block"
    assert status_of(["test", str(path)]) == 0
