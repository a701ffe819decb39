"""`rewardlang test`: the test blocks of a file, run by the interpreter that is the meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rewardlang.cli.check import counted
from rewardlang.cli.files import chosen, load, shown_name
from rewardlang.cli.output import Output
from rewardlang.cli.verb import verb

if TYPE_CHECKING:
    from rewardlang.driver import Program


@verb
@click.argument("files", nargs=-1)
@click.option(
    "--coverage", is_flag=True, help="Also show which decisions and edges the tests reached."
)
def command(output: Output, files: tuple[str, ...], coverage: bool) -> None:
    """Run the test blocks of FILES (all .reward files here if none is named)."""
    from rewardlang.testing import run_tests  # starts NumPy

    documents = []
    reports: list[dict[str, Any]] = []
    paths = chosen(files)
    for path in paths:
        name = shown_name(path)
        program = load(path)
        output.heading(name)
        results = run_tests(program)
        for result in results:
            mark = output.good("passed") if result.passed else output.bad("failed")
            output.line(f"  {mark}  {result.title}")
            if not result.passed:
                for line in result.message.splitlines():
                    output.line(f"          {line}".rstrip())
            documents.append(
                {
                    "file": name,
                    "title": result.title,
                    "passed": result.passed,
                    "message": result.message or None,
                }
            )
        if not results:
            output.line("  no test block")
        elif coverage:
            reports.append({"file": name, **_reached(output, program)})
    failed = sum(not row["passed"] for row in documents)
    document: dict[str, Any] = {"ok": not failed, "tests": documents}
    if coverage:
        document["coverage"] = reports
    output.document(document)
    output.line()
    output.line(f"{counted(len(documents) - failed, 'test')} passed, {failed} failed")
    if failed:
        click.get_current_context().exit(1)
    output.next(f"rewardlang bench {paths[0]}")


def _reached(output: Output, program: Program) -> dict[str, Any]:
    """Decisions, edges of machines and edges of formulas, over all test blocks."""
    from rewardlang.cli import reached
    from rewardlang.testing import reached as reached_decisions
    from rewardlang.testing import reached_edges, reached_formulas

    decisions, edges = reached_decisions(program), reached_edges(program)
    formulas = reached_formulas(program)
    reached.tell_decisions(output, decisions)
    reached.tell_edges(output, edges)
    reached.tell_formulas(output, formulas)
    return {
        "decisions": reached.decisions_document(decisions),
        "edges": reached.edges_document(edges),
        "formulas": reached.formulas_document(formulas),
    }
