"""The command as a process: statuses, weight, speed, interrupts."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.interrupts import interruptible

COMMAND = [sys.executable, "-m", "rewardlang"]
HEAVY = ("numba", "llvmlite", "torch", "openai", "numpy", "rich", "matplotlib", "pydantic")
CPU_SECONDS = 0.3


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "walk.reward"],
        ["fmt", "--check", "walk.reward"],
        ["explain", "walk.reward"],
        ["explain", "RW679"],
        ["check", "faulty.reward"],
    ],
)
def test_light_commands_import_nothing_heavy(
    here: Path, faulty: Path, arguments: list[str]
) -> None:
    code = (
        "import sys\nfrom rewardlang.cli.main import status_of\n"
        f"status_of({arguments!r})\n"
        f"print('heavy:', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.rstrip().endswith("heavy: []"), done.stdout + done.stderr


def test_check_takes_less_than_its_budget_of_cpu_time(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # compiled modules are there, as they are in an installation
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(here / "compiled"))
    run("check", "walk.reward")
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert run("check", "walk.reward").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(times) < CPU_SECONDS, times


def test_statuses_are_those_of_the_contract(here: Path, faulty: Path) -> None:
    assert run("check", "walk.reward").returncode == 0
    assert run("check", "faulty.reward").returncode == 1
    assert run("chekc").returncode == 2
    version = run("--version")
    assert version.returncode == 0 and version.stdout.startswith("rewardlang ")


BUG = """
import sys
from rewardlang import driver
from rewardlang.cli.main import main
def broken(*_):
    raise KeyError("slot 3")
driver.check_text = broken
main(sys.argv[1:])
"""


def test_a_bug_of_ours_says_so_with_its_own_status(here: Path) -> None:
    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", BUG, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **environment},
        )

    done = call("check", "walk.reward")
    assert done.returncode == 70
    assert "RW900" in done.stderr and "KeyError" in done.stderr
    assert "Traceback" not in done.stderr
    assert '"RW900"' in call("check", "--json", "walk.reward").stdout
    assert "Traceback" in call("check", "walk.reward", REWARDLANG_DEBUG="1").stderr


def test_a_closed_pipe_is_quiet(here: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "explain", "--codes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) in (0, 1)


def test_an_interrupt_is_quiet(here: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "check", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=interruptible,
    )
    time.sleep(1.5)  # it now waits for its input
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_a_missing_extra_gives_the_line_that_installs_it(here: Path, recorded: Path) -> None:
    code = (
        "import sys\nsys.modules['matplotlib'] = None\n"
        "from rewardlang.cli.main import main\n"
        "main(['run', 'walk.reward', '--data', 'steps.npz', '--plot', 'run.png'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "RW672" in done.stderr and 'pip install "rewardlang[plot]"' in done.stderr
