"""What windows cost: a million steps of one environment, evaluated with windows of many lengths.

    python examples/bench/rolling.py [--steps 1000000] [--windows 10 100 1000]

Each line is one reward `term a = OPERATOR(x over last N)`, the processor time per step with each
window in nanoseconds, and the longest by the shortest. Operators that merge records cost the same
at any length. `median quantile rank` keep the window in order and move a part of it on each step;
`mad` passes over it.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import rewardlang

OPERATORS = {
    "sum": "sum(x over last {n})",
    "mean": "mean(x over last {n})",
    "min": "min(x over last {n})",
    "max": "max(x over last {n})",
    "var": "var(x over last {n})",
    "std": "std(x over last {n})",
    "skew": "skew(x over last {n} else 0)",
    "kurtosis": "kurtosis(x over last {n} else 0)",
    "cov": "cov(x, y over last {n})",
    "corr": "corr(x, y over last {n} else 0)",
    "wma": "wma(x over last {n})",
    "ema": "ema(x over last {n}, decay: 0.9)",
    "delta": "delta(x, {n} else 0)",
    "argmin": "argmin(x over last {n})",
    "argmax": "argmax(x over last {n})",
    "median": "median(x over last {n})",
    "quantile": "quantile(x, 0.9 over last {n})",
    "rank": "rank(x over last {n})",
    "mad": "mad(x over last {n})",
}


def nanoseconds(n: int, operator: str, steps: int, repeats: int) -> float:
    """Processor time per step: the best of some runs, since others only add to it."""
    text = f"input x : real\ninput y : real\nterm a = {operator.format(n=n)}\n"
    reward = rewardlang.parse(text).compile("numba", faults="zero", check=False)
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=(1, steps)) for name in ("x", "y")}
    reward.evaluate({name: column[:, :100] for name, column in columns.items()})
    best = float("inf")
    for _ in range(repeats):
        began = time.process_time()
        reward.evaluate(columns)
        best = min(best, time.process_time() - began)
    return 1e9 * best / steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--windows", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--operators", nargs="+", choices=[*OPERATORS], default=[*OPERATORS])
    options = parser.parse_args()
    print(f"{'ns a step':10}" + "".join(f"{n:12}" for n in options.windows) + f"{'ratio':>12}")
    for name in options.operators:
        ways = (OPERATORS[name], options.steps, options.repeats)
        times = [nanoseconds(n, *ways) for n in options.windows]
        cells = "".join(f"{t:12.1f}" for t in times)
        print(f"{name:10}{cells}{times[-1] / times[0]:12.2f}", flush=True)


if __name__ == "__main__":
    main()
