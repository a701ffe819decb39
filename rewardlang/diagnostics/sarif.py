"""Diagnostics as SARIF 2.1.0, the format of code-scanning services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from rewardlang.diagnostics.codes import codes
from rewardlang.diagnostics.diagnostic import Diagnostic, Label
from rewardlang.diagnostics.wording import wording

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(diagnostics: Iterable[Diagnostic], version: str) -> dict[str, Any]:
    """One log with one run. `version` is that of rewardlang."""
    found = list(diagnostics)
    rules = sorted({diagnostic.code for diagnostic in found})
    driver = {
        "name": "rewardlang",
        "version": version,
        "rules": [_rule(code) for code in rules],
    }
    results = [_result(diagnostic, rules.index(diagnostic.code)) for diagnostic in found]
    # columns are counted in characters, as Python does, not in UTF-16 units
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str) -> dict[str, Any]:
    code = codes().get(name)
    rule: dict[str, Any] = {"id": name}
    if code is not None and code.explanation:
        rule["fullDescription"] = {"text": code.explanation}
    return rule


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    words = wording(diagnostic)
    message = "\n".join(part for part in (words.title, words.why, words.hint) if part)
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity.value,
        "message": {"text": message},
    }
    if diagnostic.labels:
        result["locations"] = [_location(diagnostic.labels[0])]
    if len(diagnostic.labels) > 1:
        result["relatedLocations"] = [_location(label) for label in diagnostic.labels[1:]]
    return result


def _location(label: Label) -> dict[str, Any]:
    span = label.span
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(span.source.name)},
            "region": {
                "startLine": line,
                "startColumn": column,
                "endLine": end_line,
                "endColumn": end_column,
            },
        }
    }
    if label.text:
        location["message"] = {"text": label.text}
    return location
