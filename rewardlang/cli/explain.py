"""`rewardlang explain`: a file, a message code, or the builtins, in plain words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from rewardlang.cli.files import load, refuse
from rewardlang.cli.output import Output
from rewardlang.cli.verb import verb
from rewardlang.diagnostics.codes import Code, codes
from rewardlang.diagnostics.suggest import nearest

_CODE = re.compile(r"RW\d+", re.IGNORECASE)


@verb
@click.argument("what", required=False)
@click.option("--builtins", is_flag=True, help="List the builtins.")
@click.option("--codes", "all_codes", is_flag=True, help="List every message code.")
def command(output: Output, what: str | None, builtins: bool, all_codes: bool) -> None:
    """Explain WHAT: a .reward FILE, a message CODE such as RW204, or a builtin by NAME."""
    if builtins:
        from rewardlang.cli.explain_builtins import explain_all, explain_one

        explain_all(output) if what is None else explain_one(output, what)
    elif all_codes:
        _list_codes(output)
    elif what is None:
        raise click.UsageError("name a .reward file or a code such as RW204, or say --builtins")
    elif _CODE.fullmatch(what):
        _explain_code(output, page(what))
    elif what.isidentifier() and not Path(what).exists():
        _explain_word(output, what)
    else:
        _explain_file(output, what)


def _explain_word(output: Output, word: str) -> None:
    """A builtin, or a function of the library."""
    from rewardlang.cli.explain_builtins import definitions, explain_definition, explain_one

    found = definitions().get(word)
    if found is not None:
        explain_definition(output, *found)
    else:
        explain_one(output, word)


def page(name: str) -> Code:
    """The record of a code; RW676 if there is none of that name."""
    code = codes().get(name.upper())
    if code is None:
        close = nearest(name.upper(), codes())
        advice = (
            f"close to it: {', '.join(close)}" if close else "all: `rewardlang explain --codes`"
        )
        refuse("RW676", name=name, advice=advice)
    return code


def _list_codes(output: Output) -> None:
    from rewardlang.cli.table import columns, shorten

    rows = [(code.code, shorten(code.title, output.width - 8)) for code in codes().values()]
    for line in columns(("code", "what it says"), rows):
        output.line(line)
    output.document({"codes": {code: title for code, title in rows}})
    output.next(f"rewardlang explain {rows[0][0]}")


def _explain_code(output: Output, code: Code) -> None:
    from textwrap import wrap

    title = re.sub(r"\{(\w+)[^}]*\}", r"<\1>", code.title)  # facts, as places to fill
    output.heading(f"{code.code}: {title}")
    for paragraph in code.explanation.split("\n\n"):
        output.line()
        for line in wrap(paragraph, min(output.width, 88)):
            output.line(line)
    for title, example in (("Gives this message:", code.bad), ("Does not:", code.good)):
        if example:
            output.line()
            output.heading(title)
            for line in example.strip("\n").splitlines():
                output.line(f"    {line}".rstrip())
    output.document(
        {
            "code": code.code,
            "title": code.title,
            "why": code.why,
            "hint": code.hint or None,
            "explanation": code.explanation,
            "bad": code.bad,
            "good": code.good,
            "kind": code.kind,
        }
    )
    output.next("rewardlang check FILE")


def _explain_file(output: Output, path: str) -> None:
    from rewardlang.cli.explain_file import describe, tell

    program = load(path)
    document: dict[str, Any] = {"file": path, **describe(program)}
    tell(output, document)
    output.document(document)
    output.next(f"rewardlang test {path}" if document["tests"] else f"rewardlang run {path} --help")
