"""Optional packages, imported where they are used."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from rewardlang.cli.files import refuse


def require(module: str, extra: str, feature: str) -> ModuleType:
    """Import a module that an extra brings; RW672 with the install line if it is not there."""
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        package = (missing.name or module).partition(".")[0]
        refuse("RW672", feature=feature, package=package, extra=extra)
