"""One namespace per file: what each name stands for, and that nothing is declared twice.

Values and objects share one namespace; functions (a name before `(`) have their own, so that a term
may be called `progress` although a builtin is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Report
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.types import Enum

SIGNALS = ("t", "terminated", "truncated", "training", "steps", "episodes")
CONSTANTS = ("dt", "pi", "inf", "true", "false")
TOTALS = ("total", "reward")
PREDEFINED = (*SIGNALS, *CONSTANTS, *TOTALS)
DATA_INDEXES = ("state", "step", "token", "episode", "completion", "group", "batch", "run")

_KINDS: dict[type[ast.Declaration], str] = {
    ast.Input: "input",
    ast.Param: "param",
    ast.Let: "let",
    ast.Term: "term",
    ast.Condition: "condition",
    ast.Potential: "potential",
    ast.Metric: "metric",
    ast.EnumDecl: "enum",
    ast.Spec: "spec",
    ast.Machine: "machine",
    ast.Rubric: "unbuilt",
    ast.Latent: "unbuilt",
}
READABLE = ("input", "param", "let", "term", "condition", "total", "reward", "unbuilt")


@dataclass(eq=False)
class Entry:
    """A declared thing. `full` is its name in the whole program: `gait.height` of a used file."""

    name: str
    full: str
    kind: str
    module: Module
    declaration: ast.Declaration | None
    span: Span


@dataclass(eq=False)
class Module:
    """One file's names. `modules` are the files used under an alias, `used` all that it uses."""

    name: str
    file: ast.File
    entries: dict[str, Entry] = field(default_factory=dict)
    functions: dict[str, Entry] = field(default_factory=dict)
    units: dict[str, Entry] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    single: dict[str, ast.Declaration] = field(default_factory=dict)  # timestep, faults, reward ..
    used: list[tuple[Module, Span]] = field(default_factory=list)  # with the place of the `use`
    is_main: bool = True

    def function(self, name: str) -> Entry | None:
        """A def or host function by its name, or as `costs.rate` of a file used under an alias."""
        alias, dot, last = name.rpartition(".")
        if not dot:
            return self.functions.get(name)
        used = self.modules.get(alias)
        return used.functions.get(last) if used is not None else None

    def enums(self) -> Iterator[Enum]:
        for entry in self.entries.values():
            if isinstance(entry.declaration, ast.EnumDecl):
                yield Enum(entry.name, entry.declaration.members)

    def enum(self, name: str) -> Enum | None:
        entry = self.entries.get(name)
        if entry is None or not isinstance(entry.declaration, ast.EnumDecl):
            return None
        return Enum(entry.name, entry.declaration.members)


def collect(file: ast.File, name: str, report: Report, is_main: bool = True) -> Module:
    """The names that a file declares itself; what it uses is added by `uses`."""
    module = Module(name, file, is_main=is_main)
    for declaration in file.declarations:
        if isinstance(declaration, ast.UnitDecl):
            _declare(module, module.units, "unit", declaration, report)
        elif isinstance(declaration, (ast.Def, ast.HostFunction)):
            kind = "def" if isinstance(declaration, ast.Def) else declaration.kind
            _declare(module, module.functions, kind, declaration, report)
        elif isinstance(declaration, ast.Named):
            _declare(module, module.entries, _KINDS[type(declaration)], declaration, report)
        elif isinstance(declaration, (ast.Timestep, ast.Faults, ast.Reward, ast.Advantage)):
            _declare_single(module, declaration, report)
    _declare_totals(module)
    return module


def _declare(
    module: Module,
    space: dict[str, Entry],
    kind: str,
    declaration: ast.Named,
    report: Report,
) -> None:
    name, span = declaration.name, declaration.name_span
    if space is module.entries and name in PREDEFINED:
        report.add(Diagnostic("RW103", (Label(span),), {"name": name}))
        return
    if name in space:
        first = Label(space[name].span, f"`{name}` is declared here first")
        report.add(Diagnostic("RW102", (Label(span, "declared again"), first), {"name": name}))
        return
    full = name if module.is_main or kind == "input" else f"{module.name}.{name}"
    space[name] = Entry(name, full, kind, module, declaration, span)


def _declare_single(module: Module, declaration: ast.Declaration, report: Report) -> None:
    word = type(declaration).__name__.lower()
    if word in module.single:
        first = Label(module.single[word].span, "the first one")
        labels = (Label(declaration.span, "declared again"), first)
        report.add(Diagnostic("RW110", labels, {"word": word}))
        return
    module.single[word] = declaration


def _declare_totals(module: Module) -> None:
    start = Span(module.file.source, 0, 0)
    for word in TOTALS:
        declaration = module.single.get(word)
        span = declaration.span if declaration is not None else start
        module.entries[word] = Entry(word, word, word, module, declaration, span)


def suggestion(close: list[str]) -> str | None:
    """`did you mean ..`, or None to keep the code's own hint."""
    if not close:
        return None
    return "did you mean " + " or ".join(f"`{c}`" for c in close) + "?"


_DECLARING = re.compile(
    r"^[ \t]*(?:input|param|let|def|term|terminate|success|metric|potential|enum|machine)\s+(\w+)",
    re.MULTILINE,
)


def lost_names(module: Module) -> frozenset[str]:
    """Names whose declarations begin in the text but could not be read: said already, as syntax."""
    begun = {m[1] for m in _DECLARING.finditer(module.file.source.text)}
    return frozenset(begun - module.entries.keys() - module.functions.keys())
