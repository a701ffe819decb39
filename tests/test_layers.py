"""Who may import whom. The walls of the house, checked by reading the imports of every file."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rewardlang

PACKAGE = Path(rewardlang.__path__[0])

CORE = {"diagnostics", "types", "plan", "syntax", "builtins", "temporal", "check", "ir", "passes"}
CORE |= {"extract", "runtime"}

# room -> the rooms it may import. A longer name (`ir.builder`) overrides the shorter one.
MAY_IMPORT: dict[str, set[str]] = {
    "grammar": set(),
    "stdlib": set(),
    "diagnostics": set(),
    "types": set(),
    "plan": {"types", "diagnostics", "temporal"},
    "syntax": {"diagnostics", "grammar"},
    "builtins": {"diagnostics", "types"},
    "temporal": set(),
    "temporal.semantics": {"builtins"},
    "check": {"syntax", "builtins", "diagnostics", "types", "temporal"},
    "ir": {"types", "builtins", "diagnostics", "temporal"},
    "ir.builder": {"types", "builtins", "diagnostics", "check", "temporal"},
    "passes": {"ir", "builtins", "types", "diagnostics"},
    "passes.schedule": {"ir", "builtins", "types", "diagnostics", "plan"},
    "passes.layout": {"ir", "types", "plan"},
    "passes.chain": {"ir", "plan", "passes.schedule", "passes.layout"},
    "regions": {"ir", "builtins", "diagnostics"},
    "extract": {"plan", "diagnostics"},
    "runtime": {"plan", "diagnostics", "types", "extract", "temporal"},
    "tensors": {"plan", "diagnostics", "types", "temporal", "runtime"},
    "backends": {"plan", "builtins", "runtime.kernel", "tensors.kernel", "temporal"},
    "driver": CORE | {"backends", "stdlib", "tensors"},
    "probing": CORE | {"backends", "driver"},
    "coverage": CORE | {"driver", "probing"},
    "formula_coverage": CORE | {"driver", "probing", "coverage"},
    "reasons": CORE | {"driver", "probing"},
    "testing": CORE | {"backends", "driver", "coverage", "formula_coverage"},
    "adapters": {"driver", "runtime", "tensors", "diagnostics", "types"},
    "tooling": CORE | {"backends", "driver", "stdlib", "regions"},
    "cli": {
        "driver",
        "testing",
        "coverage",
        "formula_coverage",
        "reasons",
        "tooling",
        "runtime",
        "diagnostics",
        "adapters",
    },
    "gymnasium": {"adapters"},
    "isaaclab": {"adapters"},
    "mjlab": {"adapters"},
    "pettingzoo": {"adapters"},
    "sb3": {"adapters"},
    "torchrl": {"adapters"},
    "__init__": {"driver", "runtime", "diagnostics", "adapters"},
    "__main__": {"cli"},
}

# A module alone, not the room below it.
AND_ALSO: dict[str, set[str]] = {
    "backends": {"diagnostics"},  # its door says which extra to install
}

# framework -> the places that may import it, at module level or inside a function.
FRAMEWORKS: dict[str, set[str]] = {
    "numba": {"backends", "cli.train"},
    "torch": {"backends", "tensors", "driver", "cli.train", "adapters"},
    "triton": {"backends"},
    "gymnasium": {"adapters", "cli.train"},
    "isaaclab": {"adapters"},
    "jax": set(),  # its arrays are read by DLPack
    "mjlab": set(),  # its managers need no base class
    "pettingzoo": {"adapters"},
    "stable_baselines3": {"adapters", "cli.train"},
    "tensordict": {"adapters"},
    "torchrl": {"adapters"},
    "vmas": set(),
    "lark": {"syntax"},
}


def _modules() -> Iterator[tuple[str, Path]]:
    """Every module of the package as (dotted name without `rewardlang.`, file)."""
    for path in sorted(PACKAGE.rglob("*.py")) + _linked():
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        yield name, path


def _linked() -> list[Path]:
    """Files behind the links of a checkout; `rglob` does not follow them, and a wheel has none."""
    rooms = [PACKAGE / room for room in ("grammar", "stdlib", "backends")]
    return [p for room in rooms if room.is_symlink() for p in sorted(room.rglob("*.py"))]


def _imports(module: str, path: Path) -> Iterator[tuple[str, int]]:
    """Every module a file imports, wherever the statement stands, with the line."""
    is_package = path.name == "__init__.py"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                here = ["rewardlang", *module.split(".")]
                up = here[: len(here) - node.level + is_package]
                base = ".".join(up + ([base] if base else []))
            if base == "rewardlang":
                for alias in node.names:
                    yield f"rewardlang.{alias.name}", node.lineno
            else:
                yield base, node.lineno


def _within(name: str, places: set[str]) -> bool:
    return any(name == place or name.startswith(place + ".") for place in places)


def _rule(module: str) -> set[str]:
    matching = [r for r in MAY_IMPORT if module == r or module.startswith(r + ".")]
    assert matching, f"rewardlang.{module} is in no room of the table in tests/test_layers.py"
    return MAY_IMPORT[max(matching, key=len)] | AND_ALSO.get(module, set())


def _room(module: str) -> str:
    return module.split(".")[0]


def test_every_import_goes_through_an_open_door() -> None:
    trespasses = []
    for module, path in _modules():
        allowed = _rule(module)
        for imported, line in _imports(module, path):
            if not imported.startswith("rewardlang."):
                continue
            target = imported.removeprefix("rewardlang.")
            if _room(target) != _room(module) and not _within(target, allowed):
                trespasses.append(f"{module}:{line} imports {imported}")
    assert not trespasses, "\n".join(trespasses)


def test_frameworks_are_imported_only_where_they_live() -> None:
    trespasses = []
    for module, path in _modules():
        for imported, line in _imports(module, path):
            places = FRAMEWORKS.get(imported.split(".")[0])
            if places is not None and not _within(module, places):
                trespasses.append(f"{module}:{line} imports {imported}")
    assert not trespasses, "\n".join(trespasses)


def test_nothing_imports_the_adapters_or_the_command_line_from_below() -> None:
    above = {"adapters", "cli", "gymnasium", "isaaclab", "mjlab", "pettingzoo", "sb3", "torchrl"}
    above |= {"__init__", "__main__"}
    trespasses = []
    for module, path in _modules():
        if _room(module) in above:
            continue
        for imported, line in _imports(module, path):
            if imported.startswith(("rewardlang.adapters", "rewardlang.cli")):
                trespasses.append(f"{module}:{line} imports {imported}")
    assert not trespasses, "\n".join(trespasses)


def test_there_is_no_cycle_between_rooms() -> None:
    edges: dict[str, set[str]] = {}
    for module, path in _modules():
        for imported, _ in _imports(module, path):
            if imported.startswith("rewardlang.") and _room(module) != "__init__":
                target = _room(imported.removeprefix("rewardlang."))
                if target != _room(module):
                    edges.setdefault(_room(module), set()).add(target)
    done: set[str] = set()

    def visit(room: str, way: tuple[str, ...]) -> None:
        assert room not in way, "rooms import each other: " + " -> ".join((*way, room))
        if room not in done:
            for target in sorted(edges.get(room, ())):
                visit(target, (*way, room))
            done.add(room)

    for room in sorted(edges):
        visit(room, ())


HEAVY = ("numba", "llvmlite", "torch", "openai", "matplotlib", "pandas", "gymnasium", "pyarrow")

_SESSION = """
import sys
import rewardlang
from rewardlang.cli.main import main
try:
    main({arguments!r})
except SystemExit as stop:
    print("exit", stop.code)
print("loaded", *sorted({{name.split(".")[0] for name in sys.modules}}))
"""


@pytest.mark.parametrize("command", ["check", "fmt --check", "explain"])
def test_the_light_commands_load_no_heavy_package(command: str, tmp_path: Path) -> None:
    program = tmp_path / "walk.reward"
    program.write_text("input speed : real\n\nterm walk = speed\n", encoding="utf-8")
    arguments = [*command.split(), "RW101" if command == "explain" else str(program)]
    done = subprocess.run(
        [sys.executable, "-c", _SESSION.format(arguments=arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split("loaded ")[1].split()
    assert "rewardlang" in loaded
    assert not set(HEAVY) & set(loaded), f"{command} loads {sorted(set(HEAVY) & set(loaded))}"
