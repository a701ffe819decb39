"""Text to what the checker makes of it, for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import rewardlang
from rewardlang.check.program import check
from rewardlang.check.typed import Checked
from rewardlang.diagnostics.diagnostic import Diagnostic, Report
from rewardlang.diagnostics.source import Source
from rewardlang.syntax import ast
from rewardlang.syntax.parse import parse

STDLIB = Path(rewardlang.__path__[0]) / "stdlib"  # of what is installed, a wheel or a checkout


def check_text(
    text: str, name: str = "example.reward", files: dict[str, str] | None = None
) -> tuple[Checked | None, list[Diagnostic]]:
    """The program (None where it has errors) and all findings. `files` are what `use` finds."""
    report = Report()

    def resolve(module: str, is_file: bool) -> ast.File | None:
        if files is not None and module in files:
            return parse(Source(module, files[module]), report)
        path = STDLIB / (module.replace(".", "/") + ".reward")
        if is_file or not path.exists():
            return None
        return parse(Source(path.name, path.read_text(encoding="utf-8")), report)

    tree = parse(Source(name, text), report)
    return check(tree, report, resolve), list(report)


def checked(text: str, files: dict[str, str] | None = None) -> Checked:
    """The program of a text that has no errors."""
    program, findings = check_text(text, files=files)
    assert program is not None, [(d.code, d.args) for d in findings]
    return program


def codes_of(text: str, files: dict[str, str] | None = None) -> list[str]:
    """The codes of all findings, in the order in which they were made."""
    return [d.code for d in check_text(text, files=files)[1]]
