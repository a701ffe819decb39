"""The entry point: finds the command, loads only its module, and turns every end into a status.

0 fine, 1 the program or its data is at fault, 2 wrong use, 70 a bug of ours, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from rewardlang.cli.verb import Verb, report_bug

FAULT, MISUSE, BUG, INTERRUPTED = 1, 2, 70, 130

VERBS = {
    "new": "Write a .reward file to start from.",
    "check": "Find the mistakes in .reward files, before any run.",
    "fmt": "Format .reward files.",
    "explain": "Explain a file, a message code or a builtin.",
    "show": "Show what a file becomes at each stage, down to the kernel.",
    "translate": "Write a reward machine of another format as a .reward file.",
    "test": "Run the test blocks of .reward files.",
    "run": "Compute a reward over recorded data and show every term.",
    "bench": "Measure how fast a reward runs.",
    "train": "Train a small policy on a reward and draw how it went.",
}


class Verbs(click.Group):
    """A group that imports `rewardlang.cli.<verb>` when the verb is used, and no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command = import_module(f"rewardlang.cli.{name}").command
        assert isinstance(command, Verb)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from rewardlang.diagnostics.suggest import nearest

            close = nearest(args[0], VERBS)
            advice = f" Did you mean '{close[0]}'?" if close else ""
            ctx.fail(f"No such command '{args[0]}'.{advice}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from rewardlang.cli.version import installed

        click.echo(f"rewardlang {installed()}")
        ctx.exit()


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with:  rewardlang new reach && rewardlang check reach.reward",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """A small language for rewards: checked before the run, fused into one kernel."""


def status_of(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit status."""
    try:
        result: Any = cli.main(list(arguments), prog_name="rewardlang", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as misuse:
        misuse.show()
        return MISUSE if isinstance(misuse, click.UsageError) else FAULT
    except BrokenPipeError:  # `rewardlang .. | head` is no fault of anyone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as bug:  # the one place that may: whatever gets here is ours, and is said so
        if os.environ.get("REWARDLANG_DEBUG") == "1":
            raise
        report_bug(bug, as_json="--json" in arguments)
        return BUG
    return result if isinstance(result, int) else 0


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line (by default the process's own) and end the process with its status."""
    gc.set_threshold(100_000)  # a check makes much and drops little: collecting takes a fifth of it
    sys.exit(status_of(sys.argv[1:] if arguments is None else arguments))
