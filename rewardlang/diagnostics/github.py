"""Diagnostics as GitHub workflow commands: a line each, which annotates the changed file."""

from __future__ import annotations

from rewardlang.diagnostics.diagnostic import Diagnostic, Severity
from rewardlang.diagnostics.wording import wording

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def to_github(diagnostic: Diagnostic) -> str:
    """`::error file=walk.reward,line=12,col=21,..,title=RW204::these two terms ..`"""
    words = wording(diagnostic)
    properties = []
    if diagnostic.span is not None:
        span = diagnostic.span
        end_line, end_column = span.source.position(span.end)
        properties += [
            ("file", span.source.name),
            ("line", str(span.line)),
            ("col", str(span.column)),
            ("endLine", str(end_line)),
            ("endColumn", str(end_column)),
        ]
    properties.append(("title", diagnostic.code))
    message = "\n".join(part for part in (words.title, words.why, words.hint) if part)
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties)
    return f"::{_COMMAND[diagnostic.severity]} {shown}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
