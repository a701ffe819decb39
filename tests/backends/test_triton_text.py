"""The text of Triton kernels compiles for a GPU, which need not be there; and how it looks."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import rewardlang
from rewardlang.backends.fusing import unfused
from rewardlang.backends.triton.text import triton_text
from tests.agree import generated
from tests.agree import test_machines as machines
from tests.temporal.test_in_a_loop import WALK

ROOT = Path(rewardlang.__path__[0]).parent
WINDOWS = """
input x : real
input c : bool
input v : real[4] per state
term spread = std(x over last 4 else 0)
term bond = corr(x, v[0] over last 4 else 0)
term largest = sum(max(v over last 3))
term often = mean(c over last 8)
term all_of_it = if all(c over last 3) then 1 else previous(x, 2 else 0)
"""
STATELESS = """
input x : real
input v : real[8]
term a = exp(-sum(v ^ 2)) + tanh(x) ^ 1.5 + mod(x, 2) + hypot(x, v[1]) + atan2(x, v[2]) + sqrt(x)
term b on fault 0.5 = log(x) + x ^ v[3] + real(div(floor(x), 3)) + real(floor(x) ^ 5) + sigmoid(x)
term c = softplus(x) + sign(x) + real(round(x)) + min(max(x, v[4]), clip(v[5], 0, 1))
"""
FORMULA = """
input x : real
input y : real
metric m = robustness(
  always [0 .. 100] ((eventually [0 .. 20] x > 0.5) and (y < 2 until [0 .. 50] x > 0.8)) over rest
)
metric u = robustness(y < 2 until x > 0.8 over rest)
term zero = 0 * x
"""


@pytest.mark.slow
def test_kernels_compile_for_a_gpu_and_keep_to_its_registers(tmp_path: Path) -> None:
    """Triton and NVIDIA's assembler need no GPU. A spilled register would be traffic that the
    program does not ask for; the aim for a whole compilation is 5 s, and this machine is no fast
    one, but a kernel that takes half a minute has outgrown its text."""
    pytest.importorskip("triton", reason="the Triton backend needs the package triton")
    legged = ROOT / "examples/legged/velocity_tracking.reward"
    programs = {
        "generated": generated.program(0),
        "transcendental": generated.program(1, transcendental=True),
        "stateless": STATELESS,
        "machine": machines.drawn(0).text,
        "walk": WALK,
        "windows": WINDOWS,
        "formula": FORMULA,
        **({"legged": legged.read_text(encoding="utf-8")} if legged.exists() else {}),
    }
    paths = [tmp_path / f"{name}.reward" for name in programs]
    for path, text in zip(paths, programs.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.backends.compile_for_gpu", *map(str, paths)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path / "cache")},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    kernels = {(Path(row["file"]).stem, row["kernel"]) for row in rows}
    assert {(name, verb) for name in programs for verb in ("reset", "step", "evaluate")} <= kernels
    assert ("formula", "margins") in kernels
    for row in rows:
        assert row["seconds"] < 30 and row["spilled"] == 0, row


def test_the_text_of_a_small_program_reads_as_it_did(golden: Callable[[str, str], None]) -> None:
    program = rewardlang.parse(
        "timestep 0.1<s>\n"
        "input speed : real<m/s> per state\n"
        "input action : real[4]\n"
        "param target : real<m/s> = 1<m/s>\n"
        "term walk weight 2 = min(speed / target, 1)\n"
        "term calm = -sum((action - previous(action else 0)) ^ 2)\n"
        "term steady = mean(speed over last 5) / 1<m/s>\n"
        "terminate stuck when speed < 0<m/s> pays -1\n",
        name="small",
    )
    text = triton_text(program.plan, "float32").text
    ast.parse(text)
    golden("kernel/triton.txt", text)


@pytest.mark.parametrize(
    "term, reason",
    [
        ("median(v)", "`median`, a function of whole arrays"),
        ("quantile(x, 0.9 over last 5 else 0)", "an order statistic over a window"),
        ("mad(x over last 5 else 0)", "a mean distance over a window"),
        ("sum(w)", "a value of more than 128 numbers"),
        ("sum(v) + std(x over last 5 else 0)", None),
    ],
)
def test_what_does_not_fit_in_a_kernel_is_told(term: str, reason: str | None) -> None:
    program = rewardlang.parse(
        f"input x : real\ninput v : real[5]\ninput w : real[129]\nterm paid = {term}\n"
    )
    found = unfused(program.plan)
    assert [r.what for r in found if r.what == reason] == ([reason] if reason else [])
    assert all(r.span is not None for r in found) and bool(found) == bool(reason)
