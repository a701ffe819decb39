"""Compiled kernels on disk: a folder per kernel, named by what went into it, sealed when complete.

    <root>/<key>/kernel.py            the generated text
    <root>/<key>/__pycache__/*.nb?    what Numba keeps of the compilation
    <root>/<key>/seal                 the name and SHA-256 of every other file

An entry is made in a folder of its own and renamed into place, so an interrupted compilation or
two processes at once leave no half entry. One whose seal does not fit is thrown away and made anew.
Loading runs machine code, so the root must be the user's own and writable by nobody else; where
that cannot be had, kernels live in a temporary folder of this process, and a note says so.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import os
import shutil
import stat
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType

from rewardlang.backends.interrupts import deferred_interrupt

_SOURCE = "kernel.py"
_SEAL = "seal"
_FORMAT = 2  # of an entry, and of the machine code that compiler.py and sharing.py make


def default_root() -> Path:
    """`$REWARDLANG_CACHE`, else `$XDG_CACHE_HOME/rewardlang`, else `~/.cache/rewardlang`."""
    own = os.environ.get("REWARDLANG_CACHE")
    if own:
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path("~/.cache").expanduser()) / "rewardlang"


class Cache:
    """Where compiled texts are kept. `notes` says, once each, what could not be used."""

    def __init__(self, root: Path | None) -> None:
        self.notes: list[str] = []
        self.root = self._usable(root) if root is not None else _temporary_root()

    def load(self, text: str, versions: str) -> ModuleType:
        """The module of a text, compiled now or earlier."""
        key = hashlib.sha256(f"{_FORMAT}\n{versions}\n{text}".encode()).hexdigest()[:24]
        entry = self.root / key
        if entry.exists():
            if _is_whole(entry, text):
                return _import(entry / _SOURCE, key)
            self.notes.append(f"the cached kernel {entry} was damaged; it was compiled again")
            self._discard(entry)
        return self._make(entry, text)

    def _make(self, entry: Path, text: str) -> ModuleType:
        try:
            draft = Path(tempfile.mkdtemp(prefix="draft-", dir=self.root))
        except OSError as error:
            self._give_up(f"cannot write to the kernel cache {self.root}: {error.strerror}")
            draft = Path(tempfile.mkdtemp(prefix="draft-", dir=self.root))
            entry = self.root / entry.name
        try:
            return self._fill(draft, entry, text)
        except OSError as error:
            self._give_up(f"cannot write to the kernel cache {self.root}: {error.strerror}")
            return self._fill(Path(tempfile.mkdtemp(dir=self.root)), entry, text)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _fill(self, draft: Path, entry: Path, text: str) -> ModuleType:
        """Compile in `draft`, seal it and move it to `entry`."""
        (draft / _SOURCE).write_text(text, encoding="utf-8")
        module = _import(draft / _SOURCE, entry.name)
        (draft / _SEAL).write_text(_seal(draft), encoding="ascii")
        try:
            draft.rename(entry)
        except OSError:  # another process was first; its entry is as good
            return module
        return module

    def _discard(self, entry: Path) -> None:
        shutil.rmtree(entry, ignore_errors=True)
        if entry.exists():
            self._give_up(f"cannot remove the damaged kernel {entry}")

    def _give_up(self, note: str) -> None:
        self.notes.append(f"{note}; kernels are compiled anew in each process")
        self.root = _temporary_root()

    def _usable(self, root: Path) -> Path:
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = root.stat()
        except OSError as error:
            self._give_up(f"cannot use the kernel cache {root}: {error.strerror}")
            return self.root
        if found.st_uid != os.getuid():
            self._give_up(f"the kernel cache {root} belongs to another user")
        elif found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            self._give_up(f"the kernel cache {root} is writable by others")
        else:
            return root
        return self.root


@cache
def _temporary_root() -> Path:
    return Path(_temporary().name)


@cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    """One folder for this process, removed when it ends."""
    return tempfile.TemporaryDirectory(prefix="rewardlang-")


def _files(entry: Path) -> list[Path]:
    return sorted(p for p in entry.rglob("*") if p.is_file() and p.name != _SEAL)


def _seal(entry: Path) -> str:
    lines = []
    for path in _files(entry):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"{digest} {path.relative_to(entry).as_posix()}\n")
    return "".join(lines)


def _is_whole(entry: Path, text: str) -> bool:
    """Whether an entry is as it was when it was sealed, and is of this text."""
    try:
        sealed = (entry / _SEAL).read_text(encoding="ascii")
        source = (entry / _SOURCE).read_text(encoding="utf-8")
        return sealed == _seal(entry) and source == text
    except (OSError, UnicodeDecodeError):
        return False


class _Loader(importlib.machinery.SourceFileLoader):
    """Imports the text itself: Python keeps no bytecode beside it that could be damaged."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _import(path: Path, key: str) -> ModuleType:
    name = f"rewardlang_kernel_{key}"
    loader = _Loader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Numba looks it up there when it loads what it kept
    with deferred_interrupt():
        loader.exec_module(module)
    return module
