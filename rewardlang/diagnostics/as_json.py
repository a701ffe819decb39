"""Diagnostics for editors, scripts and models: plain dicts that `json.dumps` takes."""

from __future__ import annotations

from typing import Any

from rewardlang.diagnostics.diagnostic import Diagnostic, Label
from rewardlang.diagnostics.wording import wording


def to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """code, severity, title, why, hint (null if none), labels and args.

    A label has file, line, column, end_line, end_column (from 1; the end is exclusive), the
    character offsets start and end (from 0), text, and primary.
    """
    words = wording(diagnostic)
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "title": words.title,
        "why": words.why,
        "hint": words.hint or None,
        "labels": [_label(label, n == 0) for n, label in enumerate(diagnostic.labels)],
        "args": {name: _plain(value) for name, value in diagnostic.args.items()},
    }


def _label(label: Label, primary: bool) -> dict[str, Any]:
    span = label.span
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "start": span.start,
        "end": span.end,
        "text": label.text,
        "primary": primary,
    }


def _plain(value: Any) -> Any:
    """Facts are mostly strings and numbers; anything else is told in words."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):  # JSON has no word for nan and the infinities
        return value if value - value == 0 else str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value)
