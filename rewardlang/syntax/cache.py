"""A folder for derived data that only its owner can write, and files in it that prove themselves.

`REWARDLANG_CACHE` names the folder, else `$XDG_CACHE_HOME/rewardlang`, else `~/.cache/rewardlang`.
A folder of another user, or one that group or world may write, is not used: what is read from it
would be what they put there. Every failure means "not cached", never an error.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

_DIGEST = 32  # bytes of SHA-256 before the content


def cache_folder() -> Path | None:
    """The folder, made with mode 0700 if missing; None where there is no safe one."""
    named = os.environ.get("REWARDLANG_CACHE")
    if named:
        folder = Path(named)
    else:
        root = os.environ.get("XDG_CACHE_HOME")
        try:
            folder = (Path(root) if root else Path.home() / ".cache") / "rewardlang"
        except RuntimeError:  # no home folder at all
            return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError:
        return None
    if not stat.S_ISDIR(found.st_mode):
        return None
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o022):
        return None
    return folder


def read_cached(name: str) -> bytes | None:
    """The content stored under `name`, or None if it is missing, unreadable or damaged."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        data = (folder / name).read_bytes()
    except OSError:
        return None
    content = data[_DIGEST:]
    return content if sha256(content).digest() == data[:_DIGEST] else None


def write_cached(name: str, content: bytes) -> bool:
    """Stores `content` in one step, so that no reader sees half of it. False where it cannot."""
    folder = cache_folder()
    if folder is None:
        return False
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}-")
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(sha256(content).digest() + content)
        os.replace(temporary, folder / name)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        return False
    return True
