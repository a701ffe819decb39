"""The builtins as the table has them: one line each, or one with its examples."""

from __future__ import annotations

from typing import Any

from rewardlang import driver
from rewardlang.cli.files import refuse
from rewardlang.cli.output import Output
from rewardlang.cli.table import columns, shorten
from rewardlang.diagnostics.suggest import nearest

_KINDS = {
    "elementwise": "slot by slot",
    "fold": "reductions: over axes, windows and the episode",
    "memory": "values with a past",
    "shape": "making and reshaping vectors",
}


def explain_all(output: Output) -> None:
    table = driver.builtins()
    for kind, title in _KINDS.items():
        rows = [
            (row.name, shorten(row.doc, 58), _signature(row))
            for row in table.values()
            if row.kind == kind
        ]
        if rows:
            output.heading(title)
            for line in columns(("", "", ""), sorted(rows))[1:]:
                output.line(f"  {line[: output.width - 2]}".rstrip())
            output.line()
    output.document({"builtins": [describe(row) for row in table.values()]})
    output.next("rewardlang explain --builtins clip")


def explain_one(output: Output, name: str) -> None:
    table = driver.builtins()
    row = table.get(name)
    if row is None or row.kind == "operator":
        close = nearest(name, (r.name for r in table.values() if r.kind != "operator"))
        advice = (
            f"did you mean {' or '.join(f'`{c}`' for c in close)}?"
            if close
            else "all of them: `rewardlang explain --builtins`"
        )
        refuse("RW676", name=name, advice=advice)
    output.heading(f"{row.name}: {_KINDS[row.kind]}")
    output.line(row.doc)
    output.line()
    for overload in row.overloads:
        output.line(f"  {overload.signature}")
    if row.examples:
        output.line()
        for text, value in row.examples:
            output.line(f"  {text}  ->  {value}")
    if row.source:
        output.line()
        output.line(f"Source: {row.source}")
    output.document(describe(row))
    output.next("rewardlang explain --builtins")


def _signature(row: Any) -> str:
    return str(row.overloads[0].signature) if row.overloads else ""


def describe(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "doc": row.doc,
        "signatures": [overload.signature for overload in row.overloads],
        "examples": [list(example) for example in row.examples],
        "laws": sorted(row.laws),
        "source": row.source,
    }
