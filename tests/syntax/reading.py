"""How the tests of this room read programs."""

from __future__ import annotations

from rewardlang.diagnostics.diagnostic import Diagnostic, Report
from rewardlang.diagnostics.source import Source
from rewardlang.syntax import ast
from rewardlang.syntax.parse import parse


def read(text: str) -> tuple[ast.File, list[Diagnostic]]:
    """The file and every finding."""
    report = Report()
    return parse(Source("test.reward", text), report), report.diagnostics


def sound(text: str) -> ast.File:
    """The file, which must have no finding."""
    file, found = read(text)
    assert not found, [(d.code, d.span and d.span.line, d.args) for d in found]
    return file


def expression(text: str) -> ast.Expr:
    """The tree of one expression."""
    declaration = sound(f"let it = {text}\n").declarations[0]
    assert isinstance(declaration, ast.Let)
    return declaration.value


def codes_of(text: str) -> list[str]:
    return [diagnostic.code for diagnostic in read(text)[1]]
