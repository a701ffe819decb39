"""The budget of lines. Raising a number here is a change of its own, with a reason.

A file that outgrows it is two things; find them.
"""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median, quantiles

import rewardlang

PACKAGE = Path(rewardlang.__path__[0])
ROOMS = ("grammar", "stdlib", "backends")

MEDIAN_LINES = 150
P90_LINES = 350
FILE_LINES = 500
FUNCTION_LINES = 50


def _files() -> list[Path]:
    links = [PACKAGE / room for room in ROOMS if (PACKAGE / room).is_symlink()]
    linked = [path for link in links for path in link.rglob("*.py")]
    return sorted({*PACKAGE.rglob("*.py"), *linked})


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_its_budget() -> None:
    long = [f"{n} {p.relative_to(PACKAGE)}" for p in _files() if (n := _lines(p)) > FILE_LINES]
    assert not long, f"over {FILE_LINES} lines:\n" + "\n".join(long)


def test_files_are_small_as_a_habit() -> None:
    sizes = [n for p in _files() if (n := _lines(p)) > 1]
    p90 = quantiles(sizes, n=10)[-1]
    longest = sorted(((_lines(p), str(p.relative_to(PACKAGE))) for p in _files()), reverse=True)
    listing = "\n".join(f"{n} {p}" for n, p in longest[:15])
    assert median(sizes) <= MEDIAN_LINES, f"median {median(sizes):.0f} lines\n{listing}"
    assert p90 <= P90_LINES, f"nine in ten files have up to {p90:.0f} lines\n{listing}"


def test_functions_fit_a_screen() -> None:
    long = []
    for path in _files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > FUNCTION_LINES:
                    long.append(f"{size} {path.relative_to(PACKAGE)}:{node.lineno} {node.name}")
    assert not long, f"over {FUNCTION_LINES} lines:\n" + "\n".join(long)
