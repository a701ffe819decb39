"""The version that is installed."""

from __future__ import annotations


def installed() -> str:
    """As the package's metadata says; `unknown` where a checkout is used without installing it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("rewardlang")
    except PackageNotFoundError:
        return "unknown"
