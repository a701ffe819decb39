"""The figures: our kernel and the same formula by hand, in one run. `make bench` prints the table.

The reward is examples/legged/velocity_tracking.reward in float32: eleven terms, with the previous
action, the previous joint velocity, the time each foot has been in the air and its last contact as
state. Every rival's results are compared with ours before anything is timed; a difference ends the
run with status 1. A figure that is missed says MISS and is no error.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
import torch
from compile_time import PROGRAM, first_and_cached
from memory_floor import read_once
from numba_fused import FusedReward
from numpy_reward import NumpyReward
from timing import in_turns, readable
from torch_compiled import TorchReward
from transitions import DT, TERMS, WEIGHTS, transition

import rewardlang

MANY, FLOOD = 4096, 262_144


@dataclass(frozen=True)
class Figure:
    """One line of the table. `target` is an upper bound of `value`."""

    what: str
    ours: str
    rival: str
    value: float
    target: float
    shown: str

    @property
    def met(self) -> bool:
        return self.value <= self.target


def torch_compiles() -> bool:
    """On a CPU `torch.compile` writes C++."""
    return any(map(shutil.which, ("g++", "clang++", "c++")))


def our_reward(environments: int) -> Any:
    reward = rewardlang.load(PROGRAM).compile(backend="numba", dtype="float32")
    reward.reset(mask=np.ones(environments, bool))
    return reward


def compare(environments: int, steps: int = 40) -> None:
    """Run everyone over the same steps, a masked reset among them; exit where one differs."""
    n = environments
    ours, by_hand = our_reward(n), NumpyReward((n,))
    rivals = {
        "hand-fused Numba, serial": FusedReward(n, parallel=False),
        "hand-fused Numba, parallel": FusedReward(n, parallel=True),
    }
    compiled = TorchReward(n) if torch_compiles() else None
    for step in range(steps):
        x = transition(n, step)
        if step == steps // 2:
            mask = np.arange(n) % 3 == 0
            ours.reset(mask=mask)
            for rival in (by_hand, *rivals.values()):
                rival.reset(mask)
            if compiled is not None:
                compiled.reset(torch.from_numpy(mask))
        out = ours.step(x)
        mine = (out.reward, np.stack([out.terms[name] for name in TERMS]), out.terminated)
        same("hand-written NumPy", step, mine, by_hand.step(x))
        for name, rival in rivals.items():
            same(name, step, mine, rival.step(x))
        if compiled is not None:
            theirs = compiled.step({k: torch.from_numpy(v) for k, v in x.items()})
            same("torch.compile", step, mine, tuple(t.numpy() for t in theirs))


def same(name: str, step: int, ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> None:
    """Equal but for the rounding of float32 sums of twelve numbers, scaled by what is summed."""
    terms = np.asarray(theirs[1])
    scale = 1 + (np.abs(WEIGHTS)[:, None] * DT * np.abs(terms)).sum(0)
    wrong = (
        (np.abs(ours[0] - theirs[0]) > 1e-5 * scale)
        | (np.abs(ours[1] - terms) > 1e-5 * (1 + np.abs(terms))).any(0)
        | (ours[2] != theirs[2])
    )
    if wrong.any():
        sys.exit(f"{name} and we differ at step {step} in rows {np.flatnonzero(wrong)[:5]}")


def one_environment(rounds: int) -> list[Figure]:
    x = {name: array[0] for name, array in transition(1, 0).items()}
    ours = rewardlang.load(PROGRAM).compile(backend="numba", dtype="float32")
    ours.reset()
    by_hand = NumpyReward(())
    same("hand-written NumPy, one environment", 0, *map(as_batch, (ours.step(x), by_hand.step(x))))
    seconds = in_turns({"ours": lambda: ours.step(x), "numpy": lambda: by_hand.step(x)}, rounds)
    return [times_faster("1 environment, hand-written NumPy", seconds, "numpy", 5)]


def as_batch(out: Any) -> tuple[Any, ...]:
    """The results for one environment with a leading axis, to be compared as the others are."""
    if isinstance(out, tuple):
        return np.atleast_1d(out[0]), np.array(out[1])[:, None], np.atleast_1d(out[2])
    terms = np.array([[float(out.terms[name])] for name in TERMS])
    return np.atleast_1d(out.reward), terms, np.atleast_1d(out.terminated)


def many_environments(rounds: int) -> list[Figure]:
    x = transition(MANY, 0)
    tensors = {name: torch.from_numpy(array) for name, array in x.items()}
    ours, by_hand = our_reward(MANY), NumpyReward((MANY,))
    parallel, serial = FusedReward(MANY, parallel=True), FusedReward(MANY, parallel=False)
    calls: dict[str, Callable[[], object]] = {
        "ours": lambda: ours.step(x),
        "numpy": lambda: by_hand.step(x),
        "parallel": lambda: parallel.step(x),
        "serial": lambda: serial.step(x),
    }
    if torch_compiles():
        compiled = TorchReward(MANY)
        calls["torch"] = lambda: compiled.step(tensors)
    seconds = in_turns(calls, rounds)
    seconds["fused"] = min(seconds["parallel"], seconds["serial"])
    figures = [times_faster(f"{MANY} environments, hand-written NumPy", seconds, "numpy", 10)]
    if "torch" in seconds:
        figures += [times_faster(f"{MANY} environments, torch.compile", seconds, "torch", 2)]
    figures += [share_of(f"{MANY} environments, hand-fused Numba", seconds, "fused", 1.15)]
    return figures


def over_tensors(rounds: int) -> list[Figure]:
    """Torch, operation by operation on this CPU: ours from the plan, and the terms by hand."""
    tensors = {name: torch.from_numpy(array) for name, array in transition(MANY, 0).items()}
    ours = rewardlang.load(PROGRAM).compile(backend="torch", dtype="float32", check=False)
    ours.reset(mask=torch.ones(MANY, dtype=torch.bool))
    by_hand = TorchReward(MANY, make=lambda step: step)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.no_grad():
        out, (total, *_) = ours.step(tensors), by_hand.step(tensors)
        same_tensors = torch.allclose(out.reward, total, rtol=1e-4, atol=1e-5)
        if not same_tensors:
            sys.exit("hand-written Torch and we differ")
        seconds = in_turns(
            {"ours": lambda: ours.step(tensors), "hand": lambda: by_hand.step(tensors)}, rounds
        )
    torch.set_num_threads(threads)
    return [share_of(f"{MANY} environments, eager Torch by hand", seconds, "hand", 1)]


def a_flood_of_environments(rounds: int) -> list[Figure]:
    x = transition(FLOOD, 0)
    ours, fused = our_reward(FLOOD), FusedReward(FLOOD, parallel=True)
    seconds = in_turns(
        {
            "ours": lambda: ours.step(x),
            "read": lambda: read_once(x),
            "fused": lambda: fused.step(x),
        },
        rounds,
    )
    return [
        share_of(f"{FLOOD} environments, reading the inputs once", seconds, "read", 2),
        share_of(f"{FLOOD} environments, hand-fused Numba", seconds, "fused", 1.15),
    ]


def times_faster(what: str, seconds: dict[str, float], rival: str, target: float) -> Figure:
    ratio = seconds[rival] / seconds["ours"]
    shown = f"{ratio:.1f} times faster (at least {target:g})"
    ours, theirs = readable(seconds["ours"]), readable(seconds[rival])
    return Figure(what, ours, theirs, 1 / ratio, 1 / target, shown)


def share_of(what: str, seconds: dict[str, float], rival: str, target: float) -> Figure:
    ratio = seconds["ours"] / seconds[rival]
    shown = f"{ratio:.2f} of its time (at most {target:g})"
    return Figure(what, readable(seconds["ours"]), readable(seconds[rival]), ratio, target, shown)


def compilation() -> list[Figure]:
    first, cached = first_and_cached()
    return [
        Figure("source to first result, empty cache", readable(first), "", first, 2, "under 2 s"),
        Figure(
            "source to first result, from cache", readable(cached), "", cached, 0.5, "under 0.5 s"
        ),
    ]


def allocation() -> list[Figure]:
    """Bytes at the peak of a step that are neither there before it nor kept by its results."""
    x = transition(MANY, 0)
    ours = our_reward(MANY)
    step: Callable[[], Any] = lambda: ours.step(x)  # noqa: E731
    for _ in range(5):
        out = step()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    out = step()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    beyond = max(0, peak - kept)
    assert out is not None
    shown = f"{beyond} B beyond the {kept - before} B of the outputs"
    smallest = 4.0 * MANY  # one temporary of one float per environment would show
    return [Figure(f"{MANY} environments, memory of a step", "", "", beyond, smallest - 1, shown)]


def print_table(figures: list[Figure]) -> None:
    width = max(len(f.what) for f in figures)
    print(f"\n{'':{width}}  {'ours':>8}  {'theirs':>8}")
    for f in figures:
        verdict = "" if f.met else "  MISS"
        print(f"{f.what:{width}}  {f.ours:>8}  {f.rival:>8}  {f.shown}{verdict}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=15, help="turns of each rival per figure")
    arguments.add_argument("--no-compile", action="store_true", help="leave out compilation times")
    options = arguments.parse_args()
    torch.set_num_threads(numba.get_num_threads())
    print(
        f"{Path(PROGRAM).name}, float32, {numba.get_num_threads()} threads, numba "
        f"{numba.__version__}, torch {torch.__version__}, numpy {np.__version__}"
    )
    if not torch_compiles():
        print("no C++ compiler here, so torch.compile is left out")
    compare(64)
    compare(MANY, steps=12)
    print("all rivals agree with us; timing")
    figures = one_environment(options.rounds)
    figures += many_environments(options.rounds)
    figures += over_tensors(options.rounds)
    figures += a_flood_of_environments(options.rounds)
    figures += allocation()
    if not options.no_compile:
        figures += compilation()
    print_table(figures)


if __name__ == "__main__":
    main()
