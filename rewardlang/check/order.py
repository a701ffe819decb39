"""In which order declarations are checked: each after what it reads. Cycles are reported.

The walk keeps its own stack, so that a chain of ten thousand lets is no deeper than one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from rewardlang.check.names import Entry, Module
from rewardlang.check.words import enum_words
from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Report
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast


@dataclass(frozen=True)
class Reading:
    """`entry` is read at `span`."""

    entry: Entry
    span: Span


@dataclass(frozen=True)
class Order:
    entries: list[Entry]
    cyclic: set[int]  # ids of entries that stand in a cycle: they have no value


def order(roots: list[Entry], report: Report) -> Order:
    """All entries that the roots need, each after what it reads."""
    done: list[Entry] = []
    cyclic: set[int] = set()
    finished: set[int] = set()
    for root in roots:
        _visit(root, done, finished, cyclic, report)
    return Order(done, cyclic)


def _visit(
    root: Entry, done: list[Entry], finished: set[int], cyclic: set[int], report: Report
) -> None:
    if id(root) in finished:
        return
    path: list[tuple[Entry, Iterator[Reading]]] = [(root, iter(readings(root)))]
    places: list[Span] = []
    on_path = {id(root): 0}
    while path:
        entry, pending = path[-1]
        reading = next(pending, None)
        if reading is None:
            path.pop()
            if places:
                places.pop()
            del on_path[id(entry)]
            finished.add(id(entry))
            done.append(entry)
        elif id(reading.entry) in on_path:
            start = on_path[id(reading.entry)]
            cycle = [e for e, _ in path[start:]]
            cyclic.update(id(e) for e in cycle)
            _report_cycle(cycle, [*places[start:], reading.span], report)
        elif id(reading.entry) not in finished:
            on_path[id(reading.entry)] = len(path)
            path.append((reading.entry, iter(readings(reading.entry))))
            places.append(reading.span)


def _report_cycle(cycle: list[Entry], places: list[Span], report: Report) -> None:
    """`places[i]` is where `cycle[i]` reads the next one."""
    names = [entry.name for entry in cycle]
    if len(cycle) == 1 and cycle[0].kind == "let":
        report.add(Diagnostic("RW107", (Label(places[0]),), {"name": names[0]}))
        return
    path = " -> ".join([*names, names[0]])
    following = [*names[1:], names[0]]
    labels = [
        Label(place, f"`{name}` reads `{after}` here")
        for name, after, place in zip(names, following, places, strict=True)
    ]
    report.add(Diagnostic("RW106", tuple(labels), {"name": names[0], "path": path}))


def readings(entry: Entry) -> list[Reading]:
    """What a declaration reads, in the order of the text."""
    module = entry.module
    if entry.kind == "total":
        return [Reading(e, e.span) for e in module.entries.values() if e.kind == "term"]
    found: list[Reading] = []
    if entry.kind == "reward":
        found += _readings_of_reward(module)
    declaration = entry.declaration
    if declaration is None:
        return found
    shadowed = _local_names(declaration)
    words: set[int] = set()
    stack: list[object] = [declaration]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(reversed(node))
        elif isinstance(node, ast.Node):
            words.update(id(word) for word in enum_words(node, module))
            reading = None if id(node) in words else _reading(node, module, shadowed)
            if reading is not None:
                found.append(reading)
            stack.extend(reversed(_parts(node, entry)))
    return found


def _readings_of_reward(module: Module) -> list[Reading]:
    """Potentials and payments are always in the total, terms unless it says otherwise."""
    kinds = {"potential", "condition"}
    found = [
        Reading(e, e.span)
        for e in module.entries.values()
        if e.kind in kinds and (e.kind == "potential" or _pays(e))
    ]
    if module.single.get("reward") is None:
        found.append(Reading(module.entries["total"], module.entries["total"].span))
    return found


def _pays(entry: Entry) -> bool:
    return isinstance(entry.declaration, ast.Condition) and entry.declaration.pays is not None


def _reading(node: ast.Node, module: Module, shadowed: frozenset[str]) -> Reading | None:
    entry: Entry | None = None
    if isinstance(node, ast.Name) and node.id not in shadowed:
        entry = module.entries.get(node.id)
    elif isinstance(node, ast.Call):
        entry = module.function(node.function)
    elif isinstance(node, ast.Member) and isinstance(node.value, ast.Name):
        used = module.modules.get(node.value.id)
        entry = used.entries.get(node.name) if used is not None else None
    return Reading(entry, node.span) if entry is not None else None


def _parts(node: ast.Node, entry: Entry) -> list[object]:
    if isinstance(node, ast.MatchArm):
        return [node.value]  # a pattern is a word of the subject's enum
    if isinstance(node, ast.Call) and entry.kind == "let" and reads_own_past(node, entry.name):
        return [*node.arguments[1:], node.otherwise]
    if isinstance(node, ast.Call) and node.function in ("rename", "index"):
        return [a.value for a in node.arguments[:1] if node.function == "rename"]  # axes follow
    if isinstance(node, ast.Spec):  # the names of a convention and of a semantics are words
        words = ("convention", "semantics")
        return [*(o.value for o in node.options if o.name not in words), node.value]
    kind: Any = type(node)  # a key of the cache
    return [getattr(node, name) for name in _child_names(kind)]


def reads_own_past(call: ast.Call, name: str) -> bool:
    """Whether this is `previous(NAME ..)`, the one way a let may read itself."""
    if call.function != "previous" or not call.arguments:
        return False
    first = call.arguments[0].value
    return isinstance(first, ast.Name) and first.id == name


def _local_names(declaration: ast.Declaration) -> frozenset[str]:
    names: set[str] = set()
    if isinstance(declaration, (ast.Let, ast.Def)):
        names.update(local.name for local in declaration.where)
    if isinstance(declaration, ast.Def):
        names.update(formal.name for formal in declaration.formals)
    return frozenset(names)


@cache
def _child_names(kind: Any) -> tuple[str, ...]:
    skipped = ("span", "name_span", "op_span", "function_span", "doc", "text", "name", "id")
    return tuple(f.name for f in fields(kind) if f.name not in skipped)
