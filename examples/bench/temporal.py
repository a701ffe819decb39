"""What a temporal formula costs, beside other tools and a hand-written pass, in one run.

    python examples/bench/temporal.py

The formula is FORMULA below:
offline, its robustness at every sample of recorded traces; online, for 4096 environments in lock
step, that of the last 151 samples at each. Ours may use all cores, the others use one. Tools that
are not installed are named. Times are the best of some runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from temporal_by_hand import offline_pass, online_state, online_step

import rewardlang

FORMULA = "always [0 .. 100] ((eventually [0 .. 20] x > 0.5) and (y < 2 until [0 .. 50] x > 0.8))"
INPUTS = "input x : real\ninput y : real\n"
OFFLINE = f"{INPUTS}metric m = robustness({FORMULA} over rest)\nterm zero = 0 * x\n"
ONLINE = f"{INPUTS}term r = robustness({FORMULA} over last 151 else 0)\n"
SENTIL = "G[0,100]( F[0,20](x > 0.5) and (y < 2.0 U[0,50] x > 0.8) )"
RTAMT = "always[0:100]((eventually[0:20](x > 0.5)) and ((y < 2.0) until[0:50] (x > 0.8)))"


def best(run: Callable[[], Any], seconds: float = 1.0) -> float:
    """The shortest of the runs that fit in a while, two at least."""
    shortest, began, runs = float("inf"), time.perf_counter(), 0
    while runs < 2 or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        run()
        shortest, runs = min(shortest, time.perf_counter() - start), runs + 1
    return shortest


def traces(rows: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(0.6, 1.0, (rows, steps)), rng.normal(0.6, 1.0, (rows, steps))


# ---- offline --------------------------------------------------------------------------------


def ours(x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    reward = rewardlang.parse(OFFLINE).compile("numba", check=False, faults="zero")
    return lambda: reward.evaluate({"x": x, "y": y}).metrics["m"]


def by_hand(x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    return lambda: offline_pass(x, y)


def sentil(x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray] | None:
    if find_spec("sentil") is None:
        return None
    from temporal_peers import sentil_signal

    return sentil_signal(SENTIL, x, y)


def rtamt(x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray] | None:
    if find_spec("rtamt") is None:
        return None
    from temporal_peers import rtamt_signal

    return rtamt_signal(RTAMT, x, y)


def offline() -> None:
    x, y = traces(256, 1000)
    run = ours(x, y)
    expected = run()
    print("offline, 256 traces of 1000 samples")
    mine = _line("rewardlang, evaluate", best(run), None)
    hand = by_hand(x, y)
    np.testing.assert_array_equal(hand(), expected)
    _line("hand-written Numba pass", best(hand), mine)
    for name, make, rows in (("SENTIL, per trace", sentil, 256), ("rtamt, per trace", rtamt, 2)):
        found = make(x[:rows], y[:rows])
        if found is None:
            print(f"  {name:32} not installed")
            continue
        np.testing.assert_allclose(found(), expected[:rows], atol=1e-12)
        _line(name, best(found) * (256 / rows), mine, "" if rows == 256 else f", from {rows}")
    times = {}
    for steps in (10_000, 100_000):
        x, y = traces(1, steps)
        times[steps] = best(ours(x, y))
    ratio = times[100_000] / times[10_000]
    print(
        f"one trace: 10,000 samples {1e3 * times[10_000]:.2f} ms, 100,000 samples "
        f"{1e3 * times[100_000]:.2f} ms, ratio {ratio:.1f} (aim: under 12)"
    )


def _line(name: str, seconds: float, mine: float | None, note: str = "") -> float:
    beside = "" if mine is None else f"   {seconds / mine:8.2f} of ours{note}"
    print(f"  {name:32} {1e3 * seconds:10.2f} ms{beside}")
    return seconds


# ---- online ---------------------------------------------------------------------------------


def online() -> None:
    size, steps = 4096, 600
    x, y = (np.ascontiguousarray(v.T) for v in traces(size, steps))
    reward = rewardlang.parse(ONLINE).compile("numba", check=False, faults="hold")
    no = np.zeros(size, bool)

    def mine() -> np.ndarray:
        reward.reset(mask=np.ones(size, bool)) if reward.steps else None
        for t in range(steps):
            out = reward.step({"x": x[t], "y": y[t]}, terminated=no, truncated=no)
        return out.reward

    def theirs() -> np.ndarray:
        state = online_state(size)
        for t in range(steps):
            result = online_step(x[t], y[t], state, t)
        return result

    np.testing.assert_array_equal(mine(), theirs())
    print(f"online, {size} environments in lock step, per environment and step")
    per = 1e9 / (size * steps)
    ours_ns, hand_ns = best(mine, 3.0) * per, best(theirs, 3.0) * per
    print(f"  rewardlang, step                 {ours_ns:10.1f} ns")
    print(
        f"  hand-written Numba, stateful     {hand_ns:10.1f} ns; ours is {ours_ns / hand_ns:.2f} "
        "of it (aim: within 2)"
    )
    if find_spec("sentil") is None:
        print("  SENTIL, streaming                not installed")
        return
    from temporal_peers import sentil_streaming

    stream = sentil_streaming(SENTIL, x[:, 0], y[:, 0])
    their_ns = best(stream) * 1e9 / steps
    print(
        f"  SENTIL, streaming                {their_ns:10.1f} ns; {their_ns / ours_ns:.0f} of ours"
    )


if __name__ == "__main__":
    offline()
    online()
