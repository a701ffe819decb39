"""Diagnostics as JSON, SARIF and GitHub lines."""

from __future__ import annotations

import json

from rewardlang.diagnostics.as_json import to_json
from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Severity
from rewardlang.diagnostics.github import to_github
from rewardlang.diagnostics.sarif import to_sarif
from rewardlang.diagnostics.source import Source, Span

SOURCE = Source("a folder/walk.reward", "term a = 1\nterm b =\n  2 + 3\n")
FOUND = Diagnostic(
    "RW676",
    (Label(Span(SOURCE, 20, 27), "here: 100%"), Label(Span(SOURCE, 5, 6), "and, there")),
    {"name": "nothing", "advice": "look\nelsewhere", "bound": float("inf"), "all": (1, None)},
    Severity.WARNING,
)


def test_json_has_words_places_and_facts() -> None:
    document = to_json(FOUND)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["code"] == "RW676" and document["severity"] == "warning"
    assert document["title"] == "there is nothing called `nothing` to explain"
    assert document["hint"] == "look\nelsewhere"
    first, second = document["labels"]
    assert (first["line"], first["column"], first["end_line"], first["end_column"]) == (3, 1, 3, 8)
    assert (first["start"], first["end"], first["primary"]) == (20, 27, True)
    assert second["file"] == "a folder/walk.reward" and not second["primary"]
    assert document["args"]["bound"] == "inf" and document["args"]["all"] == [1, None]


def test_json_of_a_diagnostic_without_a_place() -> None:
    document = to_json(Diagnostic("RW676", args={"name": "x", "advice": ""}))
    assert document["labels"] == [] and document["hint"] is None


def test_github_lines_are_one_line_with_their_signs_escaped() -> None:
    line = to_github(FOUND)
    assert "\n" not in line
    assert line.startswith("::warning file=a folder/walk.reward,line=3,col=1,endLine=3,endColumn=8")
    assert line.endswith("look%0Aelsewhere")
    placeless = to_github(Diagnostic("RW676", args={"name": "x", "advice": "100%"}))
    assert placeless.startswith("::error title=RW676::") and placeless.endswith("100%25")


def test_sarif_names_the_rule_once_and_points_at_every_place() -> None:
    log = to_sarif([FOUND, FOUND], "1.2.3")
    json.dumps(log, allow_nan=False)
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["version"] == "1.2.3"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["RW676"]
    assert len(run["results"]) == 2
    result = run["results"][0]
    assert result["level"] == "warning" and result["ruleIndex"] == 0
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20folder/walk.reward"
    assert place["region"] == {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 8}
    assert len(result["relatedLocations"]) == 1
