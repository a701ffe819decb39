"""`use`: names of the standard library and of other files.

Reading files is not the checker's: it is given `resolve(module, is_file)`, which returns the parsed
file or None. A used file is collected once, whatever the number of its users, and its declarations
are checked only where they are read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rewardlang.check.names import Entry, Module, collect, suggestion
from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Report, Severity
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast

Resolve = Callable[[str, bool], ast.File | None]

# What comes along with a file; its totals never do.
SHARED = ("input", "param", "let", "enum")
# values where they are read, and paid nowhere else
ASKED_FOR = ("term", "condition", "spec", "machine")
LATER = ("potential", "metric", "unbuilt")


@dataclass
class Loader:
    resolve: Resolve
    report: Report
    modules: dict[tuple[str, bool], Module] = field(default_factory=dict)
    loading: list[str] = field(default_factory=list)

    def add_uses(self, module: Module) -> None:
        """Bring what the `use`s of a file name into its namespace."""
        for declaration in module.file.declarations:
            if isinstance(declaration, ast.Use):
                self._use(module, declaration)

    def _use(self, module: Module, use: ast.Use) -> None:
        if use.is_file and use.module.endswith(".py"):
            self._not_built(use, "a reward in Python")
            return
        found = self._load(use)
        if found is None:
            return
        module.used.append((found, use.span))
        if use.alias is not None:
            self._alias(module, use, use.alias, found)
        names = use.names
        if not names and use.alias is None:
            names = (*(n for n, e in found.entries.items() if e.kind in SHARED), *found.functions)
        for name in names:
            self._bring(module, use, found, name)
        for name, unit in found.units.items():
            module.units.setdefault(name, unit)

    def _load(self, use: ast.Use) -> Module | None:
        key = (use.module, use.is_file)
        if key in self.modules:
            return self.modules[key]
        if use.module in self.loading:
            path = " -> ".join([*self.loading[self.loading.index(use.module) :], use.module])
            self.report.add(Diagnostic("RW116", (Label(use.span),), {"path": path}))
            return None
        file = self.resolve(use.module, use.is_file)
        if file is None:
            args = {"module": use.module, "where": "file" if use.is_file else "library module"}
            self.report.add(Diagnostic("RW112", (Label(use.span),), args))
            return None
        self.loading.append(use.module)
        module = collect(file, _prefix(use), self.report, is_main=False)
        self.add_uses(module)
        self.loading.pop()
        self.modules[key] = module
        return module

    def _alias(self, module: Module, use: ast.Use, alias: str, found: Module) -> None:
        taken = module.entries.get(alias)
        if taken is not None:
            labels = (Label(use.span), Label(taken.span, f"`{alias}` is declared here"))
            self.report.add(Diagnostic("RW102", labels, {"name": alias}))
            return
        module.modules[alias] = found
        for name, entry in found.entries.items():
            if entry.kind == "input" and name in module.entries:
                self._merge_input(module, use, name, entry)

    def _bring(self, module: Module, use: ast.Use, found: Module, name: str) -> None:
        function, entry = found.functions.get(name), found.entries.get(name)
        if function is not None:
            self._add(module.functions, use, name, function)
        if entry is not None and entry.kind in LATER:
            self._not_built(use, f"reading the {entry.kind} `{name}` of a used file")
        elif entry is not None and entry.kind == "input":
            self._merge_input(module, use, name, entry)
        elif entry is not None and entry.kind in (*SHARED, *ASKED_FOR):
            self._add(module.entries, use, name, entry)
        elif function is None:
            kinds = (*SHARED, *ASKED_FOR)
            names = [*found.functions, *(n for n, e in found.entries.items() if e.kind in kinds)]
            hint = suggestion(nearest(name, names))
            args = {"name": name, "module": use.module, "known": ", ".join(sorted(names))}
            self.report.add(Diagnostic("RW113", (Label(use.span),), args, Severity.ERROR, hint))

    def _add(self, space: dict[str, Entry], use: ast.Use, name: str, entry: Entry) -> None:
        taken = space.get(name)
        if taken is not None and taken is not entry:
            labels = (Label(use.span), Label(taken.span, f"`{name}` is declared here"))
            self.report.add(Diagnostic("RW102", labels, {"name": name}))
            return
        space[name] = entry

    def _merge_input(self, module: Module, use: ast.Use, name: str, entry: Entry) -> None:
        """Inputs of equal name and type are one column."""
        taken = module.entries.get(name)
        if taken is None:
            module.entries[name] = entry
            return
        ours, theirs = taken.declaration, entry.declaration
        same = isinstance(ours, ast.Input) and isinstance(theirs, ast.Input)
        if same and isinstance(ours, ast.Input) and isinstance(theirs, ast.Input):
            same = ours.type == theirs.type and ours.per == theirs.per
        if not same:
            labels = (Label(taken.span), Label(entry.span, f"the `{name}` of `{use.module}`"))
            self.report.add(Diagnostic("RW117", labels, {"name": name, "module": use.module}))
            return
        entry.module.entries[name] = taken

    def _not_built(self, use: ast.Use, what: str) -> None:
        self.report.add(Diagnostic("RW190", (Label(use.span),), {"what": what}))


def _prefix(use: ast.Use) -> str:
    if use.alias is not None:
        return use.alias
    return use.module.removesuffix(".reward").replace("/", ".")
