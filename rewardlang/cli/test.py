"""`rewardlang test`: the test blocks of a file, run by the interpreter that is the meaning."""

from __future__ import annotations

import click

from rewardlang.cli.check import counted
from rewardlang.cli.files import chosen, load, shown_name
from rewardlang.cli.output import Output
from rewardlang.cli.verb import verb


@verb
@click.argument("files", nargs=-1)
def command(output: Output, files: tuple[str, ...]) -> None:
    """Run the test blocks of FILES (all .reward files here if none is named)."""
    from rewardlang.testing import run_tests  # starts NumPy

    documents = []
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
    failed = sum(not row["passed"] for row in documents)
    output.document({"ok": not failed, "tests": documents})
    output.line()
    output.line(f"{counted(len(documents) - failed, 'test')} passed, {failed} failed")
    if failed:
        click.get_current_context().exit(1)
    output.next(f"rewardlang bench {paths[0]}")
