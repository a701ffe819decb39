"""The cached tables: safe places only, damage is noticed, and nothing depends on them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rewardlang.syntax import cache
from rewardlang.syntax.cache import cache_folder, read_cached, write_cached
from rewardlang.syntax.tables import grammar_text, tables


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REWARDLANG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_folder_is_made_for_its_owner_alone(folder: Path) -> None:
    assert cache_folder() == folder
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_is_written_is_read_back_and_leaves_no_other_file(folder: Path) -> None:
    assert write_cached("a", b"content")
    assert read_cached("a") == b"content"
    assert [path.name for path in folder.iterdir()] == ["a"]


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 40])
def test_a_damaged_file_counts_as_missing(folder: Path, damage: bytes) -> None:
    write_cached("a", b"content")
    (folder / "a").write_bytes(damage)
    assert read_cached("a") is None


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_may_write_is_refused(folder: Path, mode: int) -> None:
    write_cached("a", b"content")
    folder.chmod(mode)
    assert cache_folder() is None
    assert read_cached("a") is None and not write_cached("b", b"")


def test_a_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_cached("a", b"content")
    monkeypatch.setattr(os, "getuid", lambda: os.stat(folder).st_uid + 1)
    assert cache_folder() is None


def test_a_folder_that_cannot_be_made_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("REWARDLANG_CACHE", str(tmp_path / "file" / "cache"))
    assert cache_folder() is None and not write_cached("a", b"")


def test_the_standard_folder_is_used_without_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REWARDLANG_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "rewardlang"


def test_tables_of_a_changed_grammar_are_cached_and_damage_is_repaired(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = grammar_text() + "\n// changed\n"
    monkeypatch.setattr("rewardlang.syntax.tables.grammar_text", lambda: changed)
    fresh = tables.__wrapped__()
    (stored,) = folder.iterdir()
    assert tables.__wrapped__() == fresh
    stored.write_bytes(stored.read_bytes()[:-5])
    assert tables.__wrapped__() == fresh
    assert read_cached(stored.name) is not None


_PROBE = """
import sys
from rewardlang.diagnostics.diagnostic import Report
from rewardlang.diagnostics.source import Source
from rewardlang.syntax.parse import parse
parse(Source("x", "term a = 1"), Report())
print(sorted({"lark", "numpy", "torch", "numba", "tomllib"} & set(sys.modules)))
"""


def test_a_sound_program_is_read_without_lark(folder: Path) -> None:
    code = _PROBE.replace("import sys\n", _PROBE_WITHOUT_DRIVER)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# The package's own front door imports more than the parser needs; only the parser is measured here.
_PROBE_WITHOUT_DRIVER = f"""
import sys, types
package = types.ModuleType("rewardlang")
package.__path__ = [{str(Path(cache.__file__).parents[1])!r}]
sys.modules["rewardlang"] = package
"""
