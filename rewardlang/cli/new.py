"""`rewardlang new`: a file that works, with comments to learn from."""

from __future__ import annotations

import re
from pathlib import Path

import click

from rewardlang.cli.files import write_text
from rewardlang.cli.output import Output
from rewardlang.cli.starter import for_environment, generic
from rewardlang.cli.verb import verb

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@verb
@click.argument("name")
@click.option("--env", "environment", help="A Gymnasium environment, such as CartPole-v1.")
def command(output: Output, name: str, environment: str | None) -> None:
    """Write NAME.reward: a working reward with a test, to change into your own."""
    path = Path(name if name.endswith(".reward") else f"{name}.reward")
    if not _NAME.fullmatch(path.stem):
        raise click.UsageError(f"'{path.stem}' is no name for a file: use letters, digits, - and _")
    if environment is None:
        text = generic()
    else:
        from rewardlang.cli.train.environment import describe

        text = for_environment(describe(environment))
    write_text(path, text, new=True)
    output.line(f"wrote {path}")
    output.document({"ok": True, "file": str(path), "env": environment})
    output.next(f"rewardlang check {path} && rewardlang test {path}")
    if environment is not None:
        output.next(f"rewardlang train {path} --env {environment}")
