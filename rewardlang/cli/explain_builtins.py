"""The builtins as the table has them: one line each, or one with its examples."""

from __future__ import annotations

from typing import Any

from rewardlang import tooling
from rewardlang.cli.files import refuse
from rewardlang.cli.output import Output
from rewardlang.cli.table import shorten
from rewardlang.diagnostics.suggest import nearest

_KINDS = {
    "elementwise": "slot by slot",
    "fold": "reductions: over axes, windows and the episode",
    "memory": "values with a past",
    "array": "of whole vectors and tables",
    "shape": "making and reshaping vectors",
}


def explain_all(output: Output) -> None:
    table = tooling.builtins()
    for kind, title in _KINDS.items():
        rows = sorted((r.name, r.doc) for r in table.values() if r.kind == kind)
        if rows:
            output.heading(title)
            longest = max(len(name) for name, _ in rows)
            for name, doc in rows:
                output.line(f"  {name:<{longest}}  {shorten(doc, output.width - longest - 4)}")
            output.line()
    _list_library(output)
    output.document({"builtins": [describe(row) for row in table.values()]})
    output.next("rewardlang explain --builtins clip")


def _list_library(output: Output) -> None:
    found = definitions()
    longest = max(map(len, found), default=0)
    for module in dict.fromkeys(module for module, _ in found.values()):
        output.heading(f"in the library: `use {module}: NAME`")
        for name, (where, one) in sorted(found.items()):
            if where == module:
                output.line(f"  {name:<{longest}}  {shorten(one.doc, output.width - longest - 4)}")
        output.line()


def explain_one(output: Output, name: str) -> None:
    table = tooling.builtins()
    row = table.get(name)
    if row is None or row.kind == "operator":
        known = [r.name for r in table.values() if r.kind != "operator"]
        close = nearest(name, [*known, *definitions()])
        advice = (
            f"did you mean {' or '.join(f'`{c}`' for c in close)}?"
            if close
            else "all of them: `rewardlang explain --builtins`"
        )
        refuse("RW676", name=name, advice=advice)
    output.heading(f"{row.name}: {_KINDS[row.kind]}")
    output.line(row.doc)
    output.line()
    for signature in _signatures(row):
        output.line(f"  {signature}")
    if row.examples:
        output.line()
        for text, value in row.examples:
            output.line(f"  {text}  ->  {value}")
    if row.source:
        output.line()
        output.line(f"Source: {row.source}")
    output.document(describe(row))
    output.next("rewardlang explain --builtins")


def _signatures(row: Any) -> list[str]:
    """As a person writes them: the overloads of an array row are of arrays."""
    return [row.written] if row.written else [overload.signature for overload in row.overloads]


def definitions() -> dict[str, tuple[str, Any]]:
    """Every function of the language's own library: its module and its tree."""
    found: dict[str, tuple[str, Any]] = {}
    for module, tree in tooling.library().items():
        declarations: list[Any] = list(tree.declarations)
        for one in declarations:
            if type(one).__name__ == "Def" and one.doc:
                found[one.name] = module, one
    return found


def explain_definition(output: Output, module: str, definition: Any) -> None:
    """A function of the library: its page is its source."""
    output.heading(f"{definition.name}: in the library `{module}`")
    if definition.doc:
        output.line(definition.doc)
    output.line()
    for line in definition.span.text.splitlines():
        output.line(f"  {line}".rstrip())
    output.line()
    output.line(f"use {module}: {definition.name}")
    output.document(
        {
            "name": definition.name,
            "module": module,
            "doc": definition.doc,
            "source": definition.span.text,
        }
    )
    output.next("rewardlang explain --builtins")


def describe(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "doc": row.doc,
        "signatures": _signatures(row),
        "examples": [list(example) for example in row.examples],
        "laws": sorted(row.laws),
        "source": row.source,
    }
