"""The package list and the links, against the folders on disk: a wheel can be silently empty."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("backends", "grammar", "stdlib")


def _settings() -> dict[str, Any]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    settings: dict[str, Any] = tomllib.loads(text)["tool"]["setuptools"]
    return settings


def _packages_on_disk() -> set[str]:
    """Folders that hold a Python file, under the names they have once installed."""
    found = set()
    for top in ("rewardlang", *ROOMS):
        prefix = "" if top == "rewardlang" else "rewardlang."
        for path in (ROOT / top).rglob("*.py"):
            found.add(prefix + ".".join(path.parent.relative_to(ROOT).parts))
    return found


@pytest.mark.checkout
def test_the_package_list_names_every_folder() -> None:
    assert set(_settings()["packages"]) == _packages_on_disk()


@pytest.mark.checkout
def test_every_package_has_an_init_file() -> None:
    for name in _settings()["packages"]:
        parts = name.split(".")
        if len(parts) > 1 and parts[1] in ROOMS:
            parts = parts[1:]
        assert (ROOT.joinpath(*parts) / "__init__.py").is_file(), name


@pytest.mark.checkout
@pytest.mark.parametrize("room", ROOMS)
def test_the_link_in_the_package_leads_to_the_room_at_the_root(room: str) -> None:
    link = ROOT / "rewardlang" / room
    assert link.is_symlink()
    assert link.readlink() == Path("..") / room


@pytest.mark.checkout
def test_data_of_a_kind_that_is_not_packed_is_noticed() -> None:
    packed = {pattern.lstrip("*") for pattern in _settings()["package-data"]["*"]} | {".py"}
    strays = [
        str(path.relative_to(ROOT))
        for top in ("rewardlang", *ROOMS)
        for path in (ROOT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
        if path.name not in packed and path.suffix not in packed
    ]
    assert not strays, "add their kind to package-data in pyproject.toml: " + ", ".join(strays)


@pytest.mark.parametrize(
    "room, name",
    [
        ("grammar", "rewardlang.lark"),
        ("grammar", "mistakes.toml"),
        ("grammar", "SPEC.md"),
        ("stdlib", "shaping.reward"),
        ("stdlib", "envs/cart_pole.reward"),
    ],
)
def test_the_data_of_a_room_is_found_where_it_is_installed(room: str, name: str) -> None:
    assert files(f"rewardlang.{room}").joinpath(name).read_text(encoding="utf-8").strip()


def test_the_package_says_that_it_is_typed() -> None:
    assert files("rewardlang").joinpath("py.typed").is_file()


@pytest.mark.checkout
def test_a_second_copy_of_the_backends_cannot_be_imported() -> None:
    source = (ROOT / "backends" / "__init__.py").read_text(encoding="utf-8")
    assert "ImportError" in source and '"rewardlang.backends"' in source
