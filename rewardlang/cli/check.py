"""`rewardlang check`: everything that can be known of a program before it runs."""

from __future__ import annotations

from typing import Any

import click

from rewardlang.cli.files import chosen, examine, shown_name
from rewardlang.cli.output import Output
from rewardlang.cli.verb import verb
from rewardlang.diagnostics.as_json import to_json
from rewardlang.diagnostics.diagnostic import Diagnostic, Severity


@verb
@click.argument("files", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="How to print what was found.",
)
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@click.option(
    "--backend",
    type=click.Choice(["numba", "numpy", "torch", "triton"]),
    help="Say what of a program it leaves to the host or to another backend, and why.",
)
def command(
    output: Output, files: tuple[str, ...], form: str, strict: bool, backend: str | None
) -> None:
    """Find the mistakes in FILES (all .reward files here if none is named; - is standard input)."""
    output.as_json = output.as_json or form == "json"
    reports = [_report(path, backend) for path in chosen(files)]
    found = [d for report in reports for d in report["diagnostics"]]
    ok = not any(d.severity is Severity.ERROR or strict for d in found)
    if form == "sarif":
        _print_sarif(found)
    elif form == "github":
        _print_github(found)
    else:
        _tell(output, reports, ok, strict)
    if not ok:
        click.get_current_context().exit(1)


def _report(path: str, backend: str | None) -> dict[str, Any]:
    """One file, its program (None if it has an error), and what was found."""
    program, found = examine(path)
    if program is not None and backend is not None:
        from rewardlang import tooling

        found += tooling.fit(program, backend)
    found.sort(key=lambda d: -1 if d.span is None else d.span.start)
    return {"file": shown_name(path), "program": program, "diagnostics": found}


def _print_sarif(found: list[Diagnostic]) -> None:
    import json

    from rewardlang.cli.version import installed
    from rewardlang.diagnostics.sarif import to_sarif

    click.echo(json.dumps(to_sarif(found, installed()), indent=2))


def _print_github(found: list[Diagnostic]) -> None:
    from rewardlang.diagnostics.github import to_github

    for diagnostic in found:
        click.echo(to_github(diagnostic))


def _tell(output: Output, reports: list[dict[str, Any]], ok: bool, strict: bool) -> None:
    documents = []
    for report in reports:
        found, program = report["diagnostics"], report["program"]
        output.diagnostics(found)
        documents.append(
            {
                "file": report["file"],
                "ok": program is not None,
                "terms": [] if program is None else list(program.terms),
                "mode": None if program is None else program.mode,
                "diagnostics": [to_json(d) for d in found],
            }
        )
    for report in reports:
        output.line(_summary(output, report, strict))
    output.document({"ok": ok, "files": documents})
    _advise(output, reports)


def _summary(output: Output, report: dict[str, Any], strict: bool) -> str:
    """`ok  walk.reward: 3 terms, 1 warning`"""
    program, found = report["program"], report["diagnostics"]
    errors = sum(d.severity is Severity.ERROR for d in found)
    warnings = sum(d.severity is Severity.WARNING for d in found)
    parts = []
    if errors:
        parts.append(counted(errors, "error"))
    elif program is not None:
        parts.append(counted(len(program.terms), "term"))
    if warnings:
        parts.append(counted(warnings, "warning"))
    mark = output.bad("failed") if errors or (strict and found) else output.good("ok")
    return f"{mark}  {report['file']}: {', '.join(parts)}"


def _advise(output: Output, reports: list[dict[str, Any]]) -> None:
    codes = [d.code for report in reports for d in report["diagnostics"]]
    if codes:
        output.next(f"rewardlang explain {codes[0]}")
    else:
        output.next(f"rewardlang explain {reports[0]['file']}", "its inputs, terms and ranges")


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
