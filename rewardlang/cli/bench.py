"""`rewardlang bench`: steps per second of a reward, and whether the backends agree."""

from __future__ import annotations

import os
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from rewardlang.cli.files import imports_option, load
from rewardlang.cli.output import Output
from rewardlang.cli.table import columns
from rewardlang.cli.verb import verb

if TYPE_CHECKING:
    from rewardlang.driver import Program

BATCHES = (1, 64, 4096, 65536)
BACKENDS = ("numpy", "numba")
CHECKED_STEPS = 4  # steps over which the backends are compared


@dataclass(frozen=True)
class Timing:
    """`rate` is environment steps per second; `seconds` one call of `step`."""

    backend: str
    batch: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.batch / self.seconds


@verb
@click.argument("file")
@click.option("--batch", "batches", multiple=True, type=click.IntRange(1), help="Repeatable.")
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32")
@click.option("--budget", default=0.4, show_default=True, help="Seconds for each measurement.")
@imports_option
def command(
    output: Output,
    file: str,
    batches: tuple[int, ...],
    dtype: str,
    budget: float,
    imports: bool,
) -> None:
    """Measure FILE: steps per second with NumPy and Numba, compile time, largest difference.

    Inputs are random within their declared ranges. What is timed is `reward.step(...)`, with all
    its checks.
    """
    from rewardlang.cli.samples import rows

    program = load(file, imports)
    sizes = sorted(set(batches)) or BATCHES
    compile_seconds = _first_results(program, dtype)
    timings: list[Timing] = []
    for size in sizes:
        values = rows(program, size, dtype, seed=0)
        for backend in BACKENDS:
            output.progress(f"measuring {backend}, batch {size}")
            timings.append(_time(program, backend, dtype, size, values, budget))
    output.progress("")
    difference = _difference(program, dtype)
    _tell(output, file, dtype, timings, compile_seconds, difference)
    output.document(
        {
            "file": file,
            "dtype": dtype,
            "compile_seconds": compile_seconds,
            "timings": [
                {
                    "backend": t.backend,
                    "batch": t.batch,
                    "microseconds": t.seconds * 1e6,
                    "steps_per_second": t.rate,
                }
                for t in timings
            ],
            "largest_difference": difference,
        }
    )
    output.next(f"rewardlang train {file} --env ID", "a Gymnasium environment it fits")


def _first_results(program: Program, dtype: str) -> dict[str, float]:
    """Seconds from the checked program to the first result, the backends' imports left out.

    Numba's is measured in an empty cache folder, then again from what the first left there.
    """
    for backend in BACKENDS:
        _warm_up(backend, dtype)
    before = os.environ.get("REWARDLANG_CACHE")
    with TemporaryDirectory() as folder:
        os.environ["REWARDLANG_CACHE"] = folder
        try:
            return {
                "numpy": _first_result(program, "numpy", dtype),
                "numba": _first_result(program, "numba", dtype),
                "numba, cached": _first_result(program, "numba", dtype),
            }
        finally:
            del os.environ["REWARDLANG_CACHE"]
            if before is not None:
                os.environ["REWARDLANG_CACHE"] = before


def _first_result(program: Program, backend: str, dtype: str) -> float:
    from rewardlang.cli.samples import rows

    values = rows(program, 1, dtype, seed=0)
    start = perf_counter()
    reward = program.compile(backend=backend, dtype=dtype)
    _begin(reward, program, 1, dtype)
    reward.step(values)
    return perf_counter() - start


def _warm_up(backend: str, dtype: str) -> None:
    """Import the backend and start its machinery on another program: only ours is measured."""
    from rewardlang import driver
    from rewardlang.cli.samples import rows

    tiny = driver.parse("input x : real\nterm y = x\n", "warm-up")
    tiny.compile(backend=backend, dtype=dtype).step(rows(tiny, 1, dtype, seed=0))


def _begin(reward: Any, program: Program, size: int, dtype: str) -> None:
    from rewardlang.cli.samples import reset_rows

    reward.reset(reset_rows(program, size, dtype, seed=1))


def _time(
    program: Program, backend: str, dtype: str, size: int, values: dict[str, Any], budget: float
) -> Timing:
    """The best mean of five stretches of calls."""
    reward = program.compile(backend=backend, dtype=dtype, check=False)
    _begin(reward, program, size, dtype)
    start = perf_counter()
    reward.step(values)
    reward.step(values)
    once = (perf_counter() - start) / 2
    calls = max(1, min(20_000, int(budget / 5 / max(once, 1e-7))))
    best = once
    for _ in range(5):
        start = perf_counter()
        for _ in range(calls):
            reward.step(values)
        best = min(best, (perf_counter() - start) / calls)
    return Timing(backend, size, best)


def _difference(program: Program, dtype: str) -> float:
    """The largest difference between the backends' rewards, relative where they are above 1."""
    import numpy as np

    from rewardlang.cli.samples import rows

    size, worst = 257, 0.0
    rewards = [program.compile(backend=b, dtype=dtype, check=False) for b in BACKENDS]
    for reward in rewards:
        _begin(reward, program, size, dtype)
    for step in range(CHECKED_STEPS):
        values = rows(program, size, dtype, seed=2 + step)
        a, b = (np.asarray(reward.step(values).reward, dtype=np.float64) for reward in rewards)
        worst = max(worst, float((np.abs(a - b) / np.maximum(1, np.abs(a))).max()))
    return worst


def _tell(
    output: Output,
    file: str,
    dtype: str,
    timings: list[Timing],
    compile_seconds: dict[str, float],
    difference: float,
) -> None:
    output.heading(f"{file}, {dtype}: reward.step(...) on this machine")
    output.line()
    table = []
    for size in sorted({t.batch for t in timings}):
        numpy, numba = (
            next(t for t in timings if (t.backend, t.batch) == (b, size)) for b in BACKENDS
        )
        table.append(
            (
                f"{size:,}",
                _duration(numpy.seconds),
                _rate(numpy.rate),
                _duration(numba.seconds),
                _rate(numba.rate),
                f"{numpy.seconds / numba.seconds:.1f} x",
            )
        )
    header = ("batch", "NumPy", "steps/s", "Numba", "steps/s", "faster")
    lines = columns(header, table, right=(0, 1, 2, 3, 4, 5))
    output.line(output.dim(lines[0]))
    for line in lines[1:]:
        output.line(line)
    output.line()
    for backend, seconds in compile_seconds.items():
        output.line(f"first result with {backend:<14}{_duration(seconds):>10}")
    output.line(f"largest difference of rewards   {difference:>10.2g}   relative above 1")


def _duration(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} us"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _rate(rate: float) -> str:
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if rate >= limit:
            return f"{rate / limit:.3g} {letter}"
    return f"{rate:.0f}"
