"""The Numba backend: one fused function per plan, compiled once, shared out over threads.

A call is served by this thread alone until enough work is in sight: how long a row takes is
measured as the kernel runs, and threads join when the whole call would take longer than waking
them is worth. Results are the same, bit for bit, however the rows are shared out.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache as once
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter
from typing import Any

import llvmlite.binding
import numba
import numpy as np

from rewardlang.backends.cache import Cache, default_root
from rewardlang.backends.emit import KernelText, evaluate_text, reset_text, step_text
from rewardlang.backends.kinds import Array
from rewardlang.backends.threads import available, side_by_side
from rewardlang.plan import Plan
from rewardlang.runtime.kernel import CAPTURE, Block, Capture, Live, State

_WORTH_WAKING = 200e-6  # seconds of work from which a second thread pays (waking one: 50 to 60 us)
_TRIALS = 4  # timed calls before threads may join: the first ones meet cold memory
_WORTH_TIMING = 1024  # rows from which timing a call says something
_NO_MASK = np.empty(0, np.bool_)


@dataclass
class _Scratch:
    """Memory for one thread's stored vectors."""

    real: Array
    wide: Array
    int: Array


@dataclass
class _Compiled:
    """One compiled text: its `call`, and each thread's scratch memory."""

    text: KernelText
    call: Callable[..., int]
    dtype: np.dtype[Any]
    scratch: list[_Scratch]
    row_time: float = 0.0  # seconds a row takes, in the fastest timed call so far
    trials: int = 0  # calls timed so far

    def lend(self, threads: int) -> list[_Scratch]:
        """Scratch memory for that many threads."""
        sizes = self.text.scratch
        while len(self.scratch) < threads:
            self.scratch.append(
                _Scratch(
                    np.empty(sizes["real"], self.dtype),
                    np.empty(sizes["wide"], np.float64),
                    np.empty(sizes["int"], np.int64),
                )
            )
        return self.scratch


class NumbaKernel:
    """A compiled plan. See `runtime.kernel.Kernel` for the contract.

    The step is compiled at once, evaluation and reset when they are first asked for. `threads`
    bounds how many share a call. `notes` says what kept the disk cache from being used.
    """

    def __init__(
        self, plan: Plan, dtype: np.dtype[Any], cache: Cache, threads: int | None = None
    ) -> None:
        self.plan = plan
        self.dtype = dtype
        self.threads = available() if threads is None else threads
        self._cache = cache
        self._no_held = np.empty((0, plan.value_columns), dtype)
        self._captures: list[Capture] = []
        self._step = self._compile(step_text)
        self._memory = self._step.lend(1)[0]

    @cached_property
    def _evaluate(self) -> _Compiled:
        return self._compile(evaluate_text)

    @cached_property
    def _reset(self) -> _Compiled:
        return self._compile(reset_text)

    def _compile(self, write: Callable[[Plan, np.dtype[Any]], KernelText]) -> _Compiled:
        text = write(self.plan, self.dtype)
        call = self._cache.load(text.text, _versions()).call
        return _Compiled(text, call, self.dtype, [])

    @property
    def notes(self) -> list[str]:
        return self._cache.notes

    @property
    def text(self) -> str:
        """The generated module of the step."""
        return self._step.text.text

    def reset(
        self, inputs: Sequence[Array | None], state: State, mask: Array | None, live: Live
    ) -> None:
        if not self.plan.reset_stores and not self.plan.reset_pushes:
            for bank in (state.real, state.wide, state.int):
                bank[slice(None) if mask is None else mask] = 0
            return
        reset = self._reset
        given = _NO_MASK if mask is None else mask
        environments = state.int.shape[0]
        reset.call(
            0, environments, mask is not None, given, inputs, state, live, reset.lend(1)[0]
        )  # fmt: skip

    def run(
        self,
        inputs: Sequence[Array | None],
        terminated: Array,
        truncated: Array,
        state: State,
        first: Array | None,
        count: Array | None,
        live: Live,
        out: Block,
        hold: bool,
        held: Array | None,
        capture: Capture,
    ) -> int:
        rows = terminated.shape[0]
        if held is None:
            held = self._no_held
        if first is None and rows < _WORTH_TIMING:  # the short way: few environments
            faulty: int = self._step.call(
                0, rows, hold, inputs, terminated, truncated, state, live, out, held, capture,
                self._memory,
            )  # fmt: skip
            if faulty < CAPTURE:
                capture.rows[faulty:] = -1
            return faulty
        given = (inputs, terminated, truncated, state, live, out, held)
        if first is None or count is None:
            return self._run(self._step, rows, rows, None, (hold, *given), capture)
        environments = first.shape[0]
        plain = (hold, first, count, *given)
        return self._run(self._evaluate, rows, environments, count, plain, capture)

    def _run(
        self,
        compiled: _Compiled,
        rows: int,
        environments: int,
        count: Array | None,
        given: tuple[Any, ...],
        capture: Capture,
    ) -> int:
        """A call that may be large enough to be shared."""
        wanted = int(compiled.row_time * rows / _WORTH_WAKING) + 1
        shares = min(self.threads, environments, wanted) if compiled.trials >= _TRIALS else 1
        if shares > 1:
            return self._share(compiled, _bounds(environments, count, shares), given, capture)
        began = perf_counter()
        faulty = compiled.call(0, environments, *given, capture, compiled.lend(1)[0])
        if rows >= _WORTH_TIMING:
            taken = (perf_counter() - began) / rows
            compiled.row_time = min(taken, compiled.row_time) if compiled.trials else taken
            compiled.trials += 1
        capture.rows[min(faulty, CAPTURE) :] = -1
        return faulty

    def _share(
        self,
        compiled: _Compiled,
        bounds: list[tuple[int, int]],
        given: tuple[Any, ...],
        capture: Capture,
    ) -> int:
        memory = compiled.lend(len(bounds))
        while len(self._captures) < len(bounds):
            self._captures.append(_like(capture))
        tasks = [
            partial(compiled.call, lo, hi, *given, self._captures[i], memory[i])
            for i, (lo, hi) in enumerate(bounds)
        ]
        counts = side_by_side(tasks)
        _merge(self._captures, counts, capture)
        return sum(counts)


def _bounds(environments: int, count: Array | None, shares: int) -> list[tuple[int, int]]:
    """Environments in `shares` runs of about as many rows each."""
    if count is None:
        edges = [environments * i // shares for i in range(shares + 1)]
    else:
        total = np.cumsum(count)
        cuts = [total[-1] * i / shares for i in range(1, shares)]
        edges = [0, *(int(c) for c in np.searchsorted(total, cuts)), environments]
    return list(zip(edges[:-1], edges[1:], strict=True))


def _like(capture: Capture) -> Capture:
    return Capture(*(np.zeros_like(x) for x in vars(capture).values()))


def _merge(parts: list[Capture], counts: list[int], into: Capture) -> None:
    """The first captured rows of all shares, in order."""
    place = 0
    for part, count in zip(parts, counts, strict=False):
        kept = min(count, CAPTURE, CAPTURE - place)
        for target, source in zip(vars(into).values(), vars(part).values(), strict=True):
            target[place : place + kept] = source[:kept]
        place += kept
    into.rows[place:] = -1


@once
def _versions() -> str:
    """Everything but the text that machine code depends on."""
    features = llvmlite.binding.get_host_cpu_features().flatten()
    return "\n".join(
        (
            getattr(sys.modules["rewardlang"], "__version__", "0"),
            numba.__version__,
            llvmlite.__version__,
            np.__version__,
            sys.version,
            platform.machine(),
            llvmlite.binding.get_host_cpu_name(),
            features,
        )
    )


def compile_plan(plan: Plan, dtype: np.dtype[Any], cache: bool | Path) -> NumbaKernel:
    """Compile, or take from the cache: a folder, True for the user's own, False for none."""
    root = default_root() if cache is True else (cache if isinstance(cache, Path) else None)
    return NumbaKernel(plan, dtype, Cache(root))
