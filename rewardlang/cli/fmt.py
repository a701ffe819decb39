"""`rewardlang fmt`: one layout for all, with no options to argue about."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

import click

from rewardlang.cli.check import counted
from rewardlang.cli.files import STANDARD_INPUT, chosen, read_bytes, shown_name, write_text
from rewardlang.cli.output import Output
from rewardlang.cli.verb import verb
from rewardlang.diagnostics.as_json import to_json
from rewardlang.diagnostics.diagnostic import Diagnostic, RewardError


@verb
@click.argument("files", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; status 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(output: Output, files: tuple[str, ...], check: bool, diff: bool) -> None:
    """Format FILES in place (all .reward files here if none is named; - prints to the output)."""
    from rewardlang import tooling

    changed: list[str] = []
    failed: list[Diagnostic] = []
    paths = chosen(files)
    for path in paths:
        name = shown_name(path)
        try:
            content = read_bytes(path)
            after = tooling.format_text(content, name)
            before = content.decode("utf-8")  # it is: what is not does not parse
        except RewardError as error:
            failed += error.diagnostics
            continue
        if diff:
            _show_difference(output, name, before, after)
        elif path == STANDARD_INPUT and not check:
            output.document({"ok": True, "text": after})
            if not output.as_json:
                click.echo(after, nl=False)
        if before != after:
            changed.append(name)
            if not (check or diff or path == STANDARD_INPUT):
                write_text(Path(path), after)
    piped = STANDARD_INPUT in paths and not (check or diff)
    _tell(output, paths, changed, failed, wrote=not (check or diff), quiet=piped)
    if failed or (check and changed):
        click.get_current_context().exit(1)


def _show_difference(output: Output, name: str, before: str, after: str) -> None:
    for line in unified_diff(
        before.splitlines(), after.splitlines(), f"{name} (now)", f"{name} (formatted)", lineterm=""
    ):
        if line.startswith(("+++", "---", "@@")):
            output.line(output.bold(line))
        elif line.startswith("+"):
            output.line(output.good(line))
        elif line.startswith("-"):
            output.line(output.bad(line))
        else:
            output.line(line)


def _tell(
    output: Output,
    paths: list[str],
    changed: list[str],
    failed: list[Diagnostic],
    wrote: bool,
    quiet: bool,
) -> None:
    output.diagnostics(failed, to_errors=True)
    if quiet:
        if failed:
            output.document({"ok": False, "diagnostics": [to_json(d) for d in failed]})
        return
    output.document(
        {
            "ok": not failed,
            "changed": changed,
            "written": wrote,
            "diagnostics": [to_json(d) for d in failed],
        }
    )
    for name in changed:
        output.line(f"{'formatted' if wrote else 'would format'}  {name}")
    output.line(
        f"{counted(len(paths), 'file')}, {len(changed)} {'changed' if wrote else 'to change'}"
    )
    if changed and not wrote:
        output.next(f"rewardlang fmt {_named(changed)}")
    elif not failed:
        output.next(f"rewardlang check {_named(paths)}")


def _named(files: Sequence[str]) -> str:
    """The files as a command names them: those of a whole repository would fill the screen."""
    return " ".join(files) if len(files) <= 3 else "FILE.."
