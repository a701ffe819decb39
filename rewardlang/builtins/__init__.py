"""The builtins: one table, a file per kind. See `table.py` for the record."""

from __future__ import annotations

from importlib import import_module

FILES = (
    "arithmetic",
    "conversion",
    "comparison",
    "logic",
    "rounding",
    "extremes",
    "exponential",
    "trigonometry",
    "folds",
    "memory",
    "shapes",
    "order",
    "linear",
    "vectors",
)


def load() -> None:
    """Import the files of rows; each declares its own."""
    for name in FILES:
        import_module(f"rewardlang.builtins.{name}")
