"""What all commands share: the `--json` option and how a `RewardError` ends one."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from rewardlang.cli.output import Output
from rewardlang.diagnostics.diagnostic import Diagnostic, RewardError


class Verb(click.Command):
    """A command whose `RewardError` is shown as diagnostics and gives status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        output = Output(as_json=bool(ctx.params.get("as_json")))
        ctx.obj = output
        try:
            return super().invoke(ctx)
        except RewardError as error:
            output.failure(error.diagnostics)
            ctx.exit(1)


def verb(function: Callable[..., None]) -> Verb:
    """Make a function of (output, **options) a command with `--json`."""

    @wraps(function)
    def called(as_json: bool, **options: Any) -> None:
        function(click.get_current_context().find_object(Output), **options)

    option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
    settings = {"help_option_names": ["-h", "--help"]}
    return click.command(cls=Verb, context_settings=settings)(option(called))


def report_bug(bug: Exception, as_json: bool) -> None:
    """Say that the fault is ours (RW900). The traceback is for those who ask for it."""
    frame = traceback.extract_tb(bug.__traceback__)[-1]
    module = frame.filename.replace("\\", "/").rpartition("/rewardlang/")[2]
    said = str(bug).strip().partition("\n")[0]
    what = f"{type(bug).__name__} at {module}:{frame.lineno}" + (f" ({said})" if said else "")
    Output(as_json=as_json).failure([Diagnostic("RW900", args={"what": what})])
