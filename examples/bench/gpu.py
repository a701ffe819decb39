"""What a GPU makes of our programs, beside the same by hand in PyTorch, in one run of some minutes.

    python examples/bench/gpu.py

First, results: the Torch and the Triton backend against NumPy, step by step. Then times: the legged
reward of bench.py at 4096 and at 1,048,576 environments, the temporal formula of temporal.py over
4096 traces of 1000 samples, and what compiling a new program takes. A figure that is missed says
MISS and is no error; results that differ end the run with status 1.

Without a GPU it compares results, Triton's in its interpreter, says so, and ends.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from temporal import OFFLINE
from torch_compiled import TorchReward
from transitions import DT, TERMS, WEIGHTS, transition

import rewardlang
from rewardlang.temporal.formula import atoms

ON_GPU = torch.cuda.is_available()
if not ON_GPU:
    os.environ["TRITON_INTERPRET"] = "1"  # before Triton is imported
DEVICE = "cuda" if ON_GPU else "cpu"
PROGRAM = Path(__file__).parent.parent / "legged" / "velocity_tracking.reward"
FEW, MANY, FLOOD = 256, 4096, 1_048_576
TRACES, SAMPLES = 4096, 1000
Call = Callable[[], Any]


# ---- results -----------------------------------------------------------------------------------


def ours(backend: str, environments: int) -> Any:
    program = rewardlang.load(PROGRAM)
    on = {} if backend == "numpy" else {"device": DEVICE}
    reward = program.compile(backend, dtype="float32", check=False, **on)
    mask: Any = np.ones(environments, bool)
    reward.reset(mask=mask if backend == "numpy" else torch.from_numpy(mask).to(DEVICE))
    return reward


def columns(environments: int, step: int) -> dict[str, torch.Tensor]:
    return {n: torch.from_numpy(x).to(DEVICE) for n, x in transition(environments, step).items()}


def compare(backends: list[str], steps: int = 30) -> None:
    """Every backend, and the reward by hand, over the same steps, a masked reset among them."""
    reference = ours("numpy", FEW)
    rewards = {name: ours(name, FEW) for name in backends}
    by_hand = TorchReward(FEW, DEVICE, make=lambda step: step)
    for step in range(steps):
        x = transition(FEW, step)
        if step == steps // 2:
            mask = np.arange(FEW) % 3 == 0
            there = torch.from_numpy(mask).to(DEVICE)
            reference.reset(mask=mask)
            for one in rewards.values():
                one.reset(mask=there)
            by_hand.reset(there)
        out = reference.step(x)
        expected = out.reward, np.stack([out.terms[name] for name in TERMS]), out.terminated
        given = {n: torch.from_numpy(v).to(DEVICE) for n, v in x.items()}
        for name, one in rewards.items():
            found = one.step(given)
            terms = torch.stack([found.terms[t] for t in TERMS])
            same(name, step, expected, (found.reward, terms, found.terminated))
        same("PyTorch by hand", step, expected, by_hand.step(given))
    print(f"results: {', '.join(backends)} and PyTorch by hand give what NumPy gives, on {DEVICE}")


def same(name: str, step: int, expected: Any, found: Any) -> None:
    """Equal but for the rounding of float32 sums of twelve numbers, scaled by what is summed."""
    total, terms, ended = (x.cpu().numpy() for x in found)
    scale = 1 + (np.abs(WEIGHTS)[:, None] * DT * np.abs(expected[1])).sum(0)
    wrong = (
        (np.abs(expected[0] - total) > 1e-5 * scale)
        | (np.abs(expected[1] - terms) > 1e-5 * (1 + np.abs(expected[1]))).any(0)
        | (expected[2] != ended)
    )
    if wrong.any():
        sys.exit(f"{name} differs from NumPy at step {step} in rows {np.flatnonzero(wrong)[:5]}")


def compare_formula(backends: list[str]) -> None:
    x, y = np.random.default_rng(0).normal(0.6, 1.0, (2, 8, 300)).astype(np.float32)
    program = rewardlang.parse(OFFLINE)
    expected = program.compile("numpy", check=False).evaluate({"x": x, "y": y}).metrics["m"]
    given = {"x": torch.from_numpy(x).to(DEVICE), "y": torch.from_numpy(y).to(DEVICE)}
    for name in backends:
        reward: Any = program.compile(name, device=DEVICE, check=False)
        found = reward.evaluate(given).metrics["m"].cpu().numpy()
        if not np.array_equal(found, expected):
            sys.exit(f"{name} gives other margins of the temporal formula than NumPy")
    print(f"results: {' and '.join(backends)} give NumPy's margins of the temporal formula")


# ---- times -------------------------------------------------------------------------------------


def seconds(call: Call, least: float = 0.3) -> float:
    """Of one call, on the device's own clock: the median of turns, after some that do not count."""
    for _ in range(5):
        call()
    torch.cuda.synchronize()
    start = time.perf_counter()
    call()
    torch.cuda.synchronize()
    repeat = max(3, int(least / 7 / max(time.perf_counter() - start, 1e-6)))
    turns = []
    for _ in range(7):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        for _ in range(repeat):
            call()
        end.record()
        end.synchronize()
        turns.append(begin.elapsed_time(end) / 1e3 / repeat)
    return median(turns)


def captured(call: Call) -> Call:
    """The same call as a CUDA graph: what a loop that captures its step pays."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph.replay


def figure(what: str, value: float, target: float, unit: str, at_most: bool) -> None:
    met = value <= target if at_most else value >= target
    aim = f"{'at most' if at_most else 'at least'} {target:g}"
    print(f"  {what:58} {value:9.2f} {unit:3} {aim:14} {'' if met else 'MISS'}")


def line(what: str, taken: float) -> None:
    print(f"  {what:58} {1e6 * taken:9.1f} us")


def modes() -> dict[str, Callable[[Any], Any]]:
    return {
        "default": lambda f: torch.compile(f, dynamic=False),
        "max-autotune": lambda f: torch.compile(
            f, dynamic=False, mode="max-autotune-no-cudagraphs"
        ),
    }


@torch.no_grad()
def legged(environments: int, bandwidth: float) -> None:
    print(f"legged reward, {environments:,} environments")
    x = columns(environments, 0)
    by_hand = TorchReward(environments, DEVICE, make=lambda step: step)
    eager = seconds(partial(by_hand.step, x))
    line("PyTorch by hand, eager", eager)
    rivals: dict[str, float] = {}
    for name, make in modes().items():
        rival = TorchReward(environments, DEVICE, make=make)
        step = partial(rival.step, x)
        rivals[name] = seconds(step)
        line(f"PyTorch by hand, torch.compile {name}", rivals[name])
        rivals[f"{name}, graph"] = seconds(captured(step))
        line(f"PyTorch by hand, torch.compile {name}, CUDA graph", rivals[f"{name}, graph"])
    for backend in ("torch", "triton"):
        reward = ours(backend, environments)
        taken = seconds(partial(reward.step, x))
        line(f"rewardlang, {backend}", taken)
        replay = seconds(captured(partial(reward.step, x)))
        line(f"rewardlang, {backend}, CUDA graph", replay)
        if backend == "triton":
            plain = min(rivals[name] for name in modes())
            graphs = min(rivals[f"{name}, graph"] for name in modes())
            figure("eager PyTorch beside ours", eager / taken, 10, "x", False)
            figure("torch.compile beside ours", plain / taken, 1.5, "x", False)
            figure("torch.compile beside ours, both as graphs", graphs / replay, 1.5, "x", False)
            one_kernel(reward, x, bandwidth, environments)


def one_kernel(reward: Any, x: dict[str, Any], bandwidth: float, environments: int) -> None:
    """The fused kernel by itself, beside a copy from device memory to device memory."""
    engine, loop = reward._engine, reward._loop
    environment, rows, _ = loop.read(x, None, None)
    live, memory, hold = engine.live(), environment.memory, engine.hold

    def step() -> Any:
        return engine.kernel.step(rows, memory, live, hold=hold, in_place=True)

    taken = seconds(step)
    results, after = step()
    read = [i for i in rows.inputs if i is not None]
    written = [results.reward, *results.outputs, *results.unfit]
    kept = [*after.cells, *(after.held if hold else ())]
    bytes_ = sum(t.numel() * t.element_size() for t in (*read, *written, *memory.cells, *kept))
    line(f"rewardlang, the kernel ({bytes_ / environments:.0f} bytes an environment)", taken)
    if environments == FLOOD:
        share = 100 * bytes_ / taken / bandwidth
        figure("share of the bandwidth of a copy", share, 70, "%", False)


def copy_bandwidth() -> float:
    """Bytes a second, read and written, of a copy within the device."""
    source = torch.empty(2**28, device=DEVICE)
    target = torch.empty_like(source)
    found = 2 * source.numel() * 4 / seconds(lambda: target.copy_(source))
    print(f"copy from device to device: {found / 1e12:.2f} TB/s")
    return found


@torch.no_grad()
def formula(bandwidth: float) -> None:
    print(f"temporal formula, {TRACES} traces of {SAMPLES} samples")
    program = rewardlang.parse(OFFLINE)
    x, y = (torch.randn(TRACES, SAMPLES, device=DEVICE) + 0.6 for _ in range(2))
    once = (x.numel() + y.numel()) * 4 / bandwidth
    line("to read the traces once, at that bandwidth", once)
    for backend in ("torch", "triton"):
        reward: Any = program.compile(backend, device=DEVICE, check=False)
        whole = partial(reward.evaluate, {"x": x, "y": y})
        line(f"rewardlang, {backend}, evaluate", seconds(whole))
        calls = [c for feed in reward.plan.feeds for c in feed.calls if c.ahead.formula]
        asked = calls[0].ahead.formula
        margins = torch.stack([x - 0.5, 2 - y, x - 0.8], 2)[..., : 1 + max(atoms(asked))]
        run = partial(reward._engine.kernel.signal, asked, margins.contiguous(), None)
        taken, peak = seconds(run), peak_memory(run)
        line(f"rewardlang, {backend}, the formula", taken)
        if backend == "triton":
            figure("the formula beside reading the traces once", taken / once, 3, "x", True)
            mask = TRACES * SAMPLES * SAMPLES * 4
            figure("a mask of sample by sample beside our memory", mask / peak, 100, "x", False)


def peak_memory(run: Call) -> int:
    """Bytes that a call takes beside what was there, its result among them."""
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    run()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before


def compiling() -> None:
    """A program that no cache has seen, from its text to its first step."""
    print("compiling the legged reward, caches empty")
    x = columns(MANY, 0)
    with tempfile.TemporaryDirectory() as empty:
        os.environ["REWARDLANG_CACHE"] = f"{empty}/rewardlang"
        os.environ["TRITON_CACHE_DIR"] = f"{empty}/triton"
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = f"{empty}/inductor"
        start = time.perf_counter()
        ours("triton", MANY).step(x)
        torch.cuda.synchronize()
        figure("rewardlang, triton", time.perf_counter() - start, 5, "s", True)
        torch.compiler.reset()
        start = time.perf_counter()
        TorchReward(MANY, DEVICE).step(x)
        torch.cuda.synchronize()
        print(f"  {'torch.compile':58} {time.perf_counter() - start:9.2f} s")


def main() -> None:
    backends = ["torch"] if find_spec("triton") is None else ["torch", "triton"]
    compare(backends)
    compare_formula(backends)
    if not ON_GPU:
        print("no GPU here: results were compared on the CPU, and nothing was timed")
        return
    if "triton" not in backends:
        sys.exit('Triton is not installed: pip install "rewardlang[triton]"')
    print(torch.cuda.get_device_name())
    compiling()
    bandwidth = copy_bandwidth()
    for environments in (MANY, FLOOD):
        legged(environments, bandwidth)
    formula(bandwidth)


if __name__ == "__main__":
    main()
