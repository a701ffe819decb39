"""What is kept on disk is never trusted when it is damaged, and never needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewardlang.backends.cache import Cache, default_root

TEXT = """
from numba import njit

@njit("float64(float64)", cache=True)
def kernel(x):
    return x + {number}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "kernels"
    path.mkdir(mode=0o700)
    return path


def load(root: Path | None, number: int = 1) -> tuple[Any, Cache]:
    cache = Cache(root)
    return cache.load(TEXT.format(number=number), "versions"), cache


def entry(root: Path) -> Path:
    (only,) = [p for p in root.iterdir() if not p.name.startswith("draft-")]
    return only


def test_a_kernel_is_compiled_once(root: Path) -> None:
    first, _ = load(root)
    assert first.kernel.stats.cache_misses
    again, cache = load(root)
    assert again.kernel(2.0) == 3.0
    assert not again.kernel.stats.cache_misses and again.kernel.stats.cache_hits
    assert cache.notes == []


def test_another_text_is_another_entry(root: Path) -> None:
    assert load(root, 1)[0].kernel(0.0) == 1.0
    assert load(root, 2)[0].kernel(0.0) == 2.0
    assert len(list(root.iterdir())) == 2


def test_the_folder_is_made_for_its_user_alone(tmp_path: Path) -> None:
    load(tmp_path / "a" / "kernels")
    assert (tmp_path / "a" / "kernels").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("ending", [".py", ".nbi", ".nbc", "seal"])
@pytest.mark.parametrize("damage", ["truncated", "emptied", "scrambled", "removed"])
def test_a_damaged_entry_is_compiled_again(root: Path, ending: str, damage: str) -> None:
    load(root)
    (victim,) = [p for p in entry(root).rglob("*") if p.name.endswith(ending)]
    data = victim.read_bytes()
    if damage == "removed":
        victim.unlink()
    else:
        damaged = {
            "truncated": data[: len(data) // 2],
            "emptied": b"",
            "scrambled": bytes(b ^ 255 for b in data),
        }
        victim.write_bytes(damaged[damage])
    module, cache = load(root)
    assert module.kernel(2.0) == 3.0
    assert len(cache.notes) == 1 and "damaged" in cache.notes[0]
    assert load(root)[1].notes == []


def test_an_interrupted_compilation_leaves_no_entry(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: Path, key: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("rewardlang.backends.cache._import", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load(root)
    assert list(root.iterdir()) == []
    assert load(root)[0].kernel(2.0) == 3.0


def test_a_process_killed_while_writing_does_no_harm(root: Path) -> None:
    (root / "draft-abc").mkdir()
    (root / "draft-abc" / "kernel.py").write_text("half a ker")
    assert load(root)[0].kernel(2.0) == 3.0


def test_two_processes_at_once_share_one_entry(root: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from rewardlang.backends.cache import Cache;"
        "m = Cache(Path(sys.argv[1])).load(sys.argv[2], 'versions'); assert m.kernel(2.0) == 3.0"
    )
    command = [sys.executable, "-c", code, str(root), TEXT.format(number=1)]
    running = [subprocess.Popen(command) for _ in range(2)]
    assert [p.wait(timeout=120) for p in running] == [0, 0]
    assert len(list(root.iterdir())) == 1
    module, cache = load(root)
    assert module.kernel(2.0) == 3.0 and cache.notes == []


def test_a_folder_that_others_may_write_to_is_not_used(root: Path) -> None:
    root.chmod(0o777)
    module, cache = load(root)
    assert module.kernel(2.0) == 3.0
    assert list(root.iterdir()) == []
    assert "writable by others" in cache.notes[0]


def test_a_folder_of_another_user_is_not_used(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    cache = Cache(root)
    assert cache.root != root and "belongs to another user" in cache.notes[0]


def test_a_place_that_is_no_folder_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    module, cache = load(tmp_path / "file" / "kernels")
    assert module.kernel(2.0) == 3.0
    assert len(cache.notes) == 1


def test_a_folder_that_cannot_be_written_is_not_used(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # permissions do not stop the superuser, so the refusal is played
    import tempfile

    real = tempfile.mkdtemp

    def refuse(prefix: str = "", dir: Any = None, **others: Any) -> str:
        if Path(str(dir)) == root:
            raise PermissionError(13, "Permission denied")
        return real(prefix=prefix, dir=dir, **others)

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    module, cache = load(root)
    assert module.kernel(2.0) == 3.0
    assert list(root.iterdir()) == []
    assert "Permission denied" in cache.notes[0]


def test_without_a_folder_kernels_live_as_long_as_the_process() -> None:
    module, cache = load(None)
    assert module.kernel(2.0) == 3.0
    assert cache.notes == []


def test_the_folder_is_found_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REWARDLANG_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_root() == Path("/somewhere/rewardlang")
    monkeypatch.setenv("REWARDLANG_CACHE", "/elsewhere")
    assert default_root() == Path("/elsewhere")


def test_a_step_works_the_same_from_the_cache(root: Path) -> None:
    import rewardlang.backends as backends
    from tests.backends.sketch import Session, Sketch

    s = Sketch()
    s.reward = s.apply("mul", s.input("x"), s.const(2.0))
    rewards = []
    for _ in range(2):
        kernel = backends.compile(s.plan(), "numba", "float32", root)
        rewards.append(Session(kernel, 3).step({"x": np.ones(3, np.float32)}).reward)
    np.testing.assert_array_equal(rewards[0], rewards[1])
