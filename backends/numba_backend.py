"""The Numba backend: one fused function per plan, compiled once, shared out over threads.

A call is served by this thread alone until enough work is in sight: how long a row takes is
measured as the kernel runs, and threads join when the whole call would take longer than waking
them is worth. Results are the same, bit for bit, however the rows are shared out.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache as once
from functools import cached_property, partial
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from time import perf_counter
from typing import Any

import llvmlite.binding
import numba
import numpy as np

from rewardlang.backends.cache import Cache, default_root
from rewardlang.backends.emit import KernelText, evaluate_text, reset_text, step_text
from rewardlang.backends.interrupts import deep_recursion
from rewardlang.backends.kinds import Array
from rewardlang.backends.sharing import FAULTY, WORDS
from rewardlang.backends.threads import WATCHING, available, team
from rewardlang.plan import Plan
from rewardlang.runtime.kernel import CAPTURE, Block, Capture, Live, State
from rewardlang.temporal.encode import SMOOTH_WORK, WORK, Code, encode
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.semantics import Semantics

_WORTH_WAKING = 200e-6  # seconds of work from which a second thread pays (waking one: 50 to 60 us)
_WORTH_SHARING = 30e-6  # the same where calls follow each other so closely that it is awake
_LOSING = 1.2  # a shared call loses if it took so many times as long as one thread lately did
_LOSSES = 2  # losing calls in a row, after which one thread ..
_ALONE, _LONG_ALONE = 16, 256  # .. serves so many calls, twice as many each time it comes to that
_TURNS = 8  # how often each thread comes back for more rows
_LINE = 64  # rows: where shares meet, no cache line of any array is written by two threads
_TRIALS = 4  # timed calls before threads may join: the first ones meet cold memory
_WORTH_DIVIDING = 20_000  # samples of recorded traces from which a second thread pays
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
    row_time: float = 0.0  # seconds a row takes in one thread, lately
    trials: int = 0  # calls timed so far
    losses: int = 0  # shared calls in a row that were slower than one thread
    alone: int = 0  # calls to come that are not shared
    patience: int = _ALONE
    ended: float = 0.0  # when the last call ended

    def shares(self, rows: int, threads: int, now: float) -> int:
        """How many threads a call of so many rows is worth."""
        if self.trials < _TRIALS:
            return 1
        if self.alone:
            self.alone -= 1
            return 1
        near = now - self.ended < WATCHING
        worth = _WORTH_SHARING if near else _WORTH_WAKING
        return min(threads, int(self.row_time * rows / worth) + 1)

    def served_alone(self, rows: int, seconds: float) -> None:
        if rows >= _WORTH_TIMING:
            taken = seconds / rows
            new = self.trials < 2  # the first call meets cold memory
            self.row_time = taken if new else 0.75 * self.row_time + 0.25 * taken
            self.trials += 1

    def served_together(self, rows: int, seconds: float) -> None:
        """Other work on the cores can make sharing lose: then let it be for a while."""
        if seconds < _LOSING * self.row_time * rows:
            self.losses, self.patience = 0, _ALONE
            return
        self.losses += 1
        if self.losses >= _LOSSES:
            self.losses, self.alone = 0, self.patience
            self.patience = min(2 * self.patience, _LONG_ALONE)

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
        with deep_recursion():
            call = self._cache.load(text.text, _versions()).call
        return _Compiled(text, call, self.dtype, [])

    @property
    def notes(self) -> list[str]:
        return self._cache.notes

    @property
    def text(self) -> str:
        """The generated module of the step."""
        return self._step.text.text

    def signal(
        self, formula: Formula, x: Array, first: Array, count: Array, semantics: Semantics
    ) -> Array:
        code = encode((formula,), x.shape[1], semantics.is_smooth)
        rows = np.array(code.rows, np.int64).reshape(-1, 6)
        size = int(count.max(initial=0))
        result = np.full(len(x), np.nan)
        fill, work = _signals(code, semantics)

        def some(part: slice) -> None:
            bank = np.empty((code.slots + work) * size)
            place, slots = code.results[0], code.slots
            fill(rows, place, x, first[part], count[part], size, slots, bank, result)

        shares = min(available(), len(first)) if count.sum() > _WORTH_DIVIDING else 1
        ends = np.linspace(0, len(first), shares + 1).astype(int).tolist()
        parts = [slice(a, b) for a, b in pairwise(ends)]
        if shares == 1:
            some(parts[0])
        else:
            with ThreadPoolExecutor(shares) as pool:
                list(pool.map(some, parts))
        return result

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
                0, 0, rows, rows, hold, inputs, terminated, truncated, state, live, out, held,
                capture, self._memory,
            )  # fmt: skip
            if 0 < faulty < CAPTURE:  # nobody looks where there is no fault
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
        began = perf_counter()
        shares = min(environments, compiled.shares(rows, self.threads, began))
        if shares > 1 and team().busy.acquire(blocking=False):
            try:
                faulty = self._share(compiled, environments, shares, given, capture)
            finally:
                team().busy.release()
            compiled.ended = perf_counter()
            compiled.served_together(rows, compiled.ended - began)
            return faulty
        alone = (0, 0, environments, environments)
        faulty = compiled.call(*alone, *given, capture, compiled.lend(1)[0])
        compiled.ended = perf_counter()
        compiled.served_alone(rows, compiled.ended - began)
        capture.rows[min(faulty, CAPTURE) :] = -1
        return faulty

    def _share(
        self,
        compiled: _Compiled,
        environments: int,
        shares: int,
        given: tuple[Any, ...],
        capture: Capture,
    ) -> int:
        memory = compiled.lend(shares)
        while len(self._captures) < shares:
            self._captures.append(_like(capture))
        words = team().words(shares)
        step = -(-environments // (shares * _TURNS))
        if step > _LINE:
            step = -(-step // _LINE) * _LINE
        common = (words.ctypes.data, words, step, environments, given)
        tasks = [
            partial(_take_part, compiled.call, i, common, self._captures[i], memory[i])
            for i in range(shares)
        ]
        team().run(tasks, words, environments)
        counts = words[FAULTY::WORDS].tolist()
        if any(counts):
            _merge(self._captures, counts, capture)
        return sum(counts)


def _take_part(
    call: Callable[..., int], me: int, common: tuple[Any, ...], capture: Capture, scratch: _Scratch
) -> None:
    """One thread's part in a call. The words live as long as somebody may look at them."""
    team, _words, step, environments, given = common
    call(team, me, step, environments, *given, capture, scratch)


def _like(capture: Capture) -> Capture:
    return Capture(*(np.zeros_like(x) for x in vars(capture).values()))


def _merge(parts: list[Capture], counts: list[int], into: Capture) -> None:
    """The first captured rows of all threads, in order."""
    found = []
    for part, count in zip(parts, counts, strict=False):
        found += [(int(part.rows[k]), k, part) for k in range(min(count, CAPTURE))]
    found.sort(key=itemgetter(0))
    into.rows.fill(-1)
    for place, (_, k, part) in enumerate(found[:CAPTURE]):
        for target, source in zip(vars(into).values(), vars(part).values(), strict=True):
            target[place] = source[k]


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


def _signals(code: Code, semantics: Semantics) -> tuple[Callable[..., None], int]:
    """The loops over whole signals, and how many signals they need beside the slots."""
    if not semantics.is_smooth:
        from rewardlang.backends.trace_loops import signals

        return signals, WORK
    from rewardlang.backends.smooth_loops import LOOPS

    terms, weights = np.array(code.terms, np.int64), np.array(code.weights)

    def smooth(rows: Array, *rest: Any) -> None:
        LOOPS[semantics.name].signals(rows, terms, weights, semantics.padded, *rest)

    return smooth, SMOOTH_WORK
