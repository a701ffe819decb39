"""`rewardlang translate`: what others wrote, as a `.reward` file."""

from __future__ import annotations

import re
from pathlib import Path

import click

from rewardlang.cli.files import read_bytes, refuse, shown_name, write_text
from rewardlang.cli.output import Output
from rewardlang.cli.verb import verb


@verb
@click.argument("file")
@click.option("--name", help="What to call the machine; the name of the file if left out.")
@click.option("--out", type=click.Path(dir_okay=False), help="Write to this new file.")
def command(output: Output, file: str, name: str | None, out: str | None) -> None:
    """Translate FILE, a reward machine in the text format of `reward_machines`.

    Prints the program, or writes it to a new file. Nothing in FILE is run.
    """
    from rewardlang import tooling

    name = name or _name_of(Path(file).stem)
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise click.UsageError(f"'{name}' is no name for a machine")
    try:
        content = read_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse("RW457", name=shown_name(file), what="it is no text in UTF-8")
    text = tooling.translated_machine(content, name, Path(shown_name(file)).name)
    output.document({"ok": True, "file": file, "machine": name, "text": text, "out": out})
    if out is None:
        if not output.as_json:
            click.echo(text.rstrip("\n"))
        return
    write_text(Path(out), text, new=True)
    output.line(f"wrote {out}")
    output.next(f"rewardlang check {out} && rewardlang show --graph {out}")


def _name_of(stem: str) -> str:
    name = re.sub(r"\W+", "_", stem, flags=re.ASCII).strip("_")
    return name if name[:1].isalpha() else f"machine_{name}".rstrip("_")
