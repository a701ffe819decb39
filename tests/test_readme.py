"""The README is true: its programs check clean and pass their tests, its Python runs as one script.

A program after `<!-- file: NAME -->` is written to NAME for the Python blocks to load.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from rewardlang.builtins.table import table
from rewardlang.driver import check_text
from rewardlang.testing import run_tests

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")

PROGRAMS = re.findall(r"(?:<!-- file: (\S+) -->\n)?```reward\n(.*?)```", TEXT, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_the_readme_holds_programs_and_python() -> None:
    assert len(PROGRAMS) >= 8
    assert len(PYTHON) >= 4


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_in_the_readme_checks_clean(number: int) -> None:
    _, text = PROGRAMS[number]
    program, diagnostics = check_text(text, f"README program {number + 1}")
    assert program is not None and not diagnostics, [f"{d.code} {d.args}" for d in diagnostics]
    failed = [f"{r.title}: {r.message}" for r in run_tests(program) if not r.passed]
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_in_the_readme_stands_in_canonical_form(number: int) -> None:
    _, text = PROGRAMS[number]
    program, _ = check_text(text)
    assert program is not None
    assert program.to_source() == text


def test_the_first_program_is_the_one_that_is_trained() -> None:
    text = (ROOT / "examples" / "cartpole" / "cartpole.reward").read_text(encoding="utf-8")
    example = {" ".join(line.split()) for line in text.splitlines()}
    shown = {" ".join(line.split()) for line in PROGRAMS[0][1].splitlines()}
    assert shown <= example, shown - example


def test_every_builtin_and_every_definition_of_the_library_is_listed() -> None:
    listed = set(re.findall(r"\w+", TEXT[TEXT.index("## Builtins") : TEXT.index("## Figures")]))
    callable_names = {
        row.spelled or name for name, row in table().items() if row.kind != "operator"
    }
    library = files("rewardlang.stdlib").joinpath("shaping.reward").read_text(encoding="utf-8")
    defined = set(re.findall(r"^def (\w+)", library, re.MULTILINE))
    assert callable_names <= listed, callable_names - listed
    assert defined <= listed, defined - listed


def test_the_links_and_the_picture_of_the_readme_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        if not (ROOT / "grammar").is_dir() and not target.startswith("examples"):
            continue  # the tests of an installed wheel have the examples beside them, no more
        assert (ROOT / target).exists(), target


@pytest.mark.slow
def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    for name, text in PROGRAMS:
        if name:
            (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(PYTHON)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
