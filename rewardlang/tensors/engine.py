"""A program compiled for a device, with all that a call needs beside the columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rewardlang.plan import Plan
from rewardlang.runtime.failure import failure
from rewardlang.runtime.faults import Fault, RewardFault, handled_sinks
from rewardlang.runtime.kernel import Blame
from rewardlang.runtime.outcome import results_of
from rewardlang.tensors.aliases import kept_inputs
from rewardlang.tensors.faults import Met, records
from rewardlang.tensors.kernel import Live, Results, TensorKernel
from rewardlang.tensors.outcome import Shown, TensorOutcome
from rewardlang.tensors.params import TensorParams

MakeKernel = Callable[[Plan, torch.dtype, torch.device], TensorKernel]


def kept(old: Tensor, new: Tensor) -> Tensor:
    """`new` in place of `old`. While a graph is captured, in its memory, where replays read it."""
    if new is old or not is_captured(old.device):
        return new
    old.copy_(new)
    return old


def is_captured(device: torch.device) -> bool:
    """Whether what is done on a device is recorded, to be done again."""
    return device.type == "cuda" and torch.cuda.is_current_stream_capturing()


class RunCount:
    """How far the run is, counted on the device: in captured and compiled loops too.

    `clock`     calls of step, by environments of any number
    `episodes`  that a reset has ended
    """

    def __init__(self, device: torch.device) -> None:
        self.training = True
        self.clock, self.episodes, self._skipped, self._before, self._since = (
            torch.zeros((), dtype=torch.int64, device=device) for _ in range(5)
        )
        self._size = 0
        self._unread = torch.zeros(0, dtype=torch.int64, device=device)

    def begin(self, size: int, steps: int | None = None) -> None:
        """From now on there are so many environments; as after so many transitions, if given."""
        before = self.steps() if steps is None else torch.full_like(self.clock, steps)
        # a copy: a captured graph counts on in the memory of the clock
        self._before, self._since, self._size = before, self.clock.clone(), size
        self._skipped = torch.zeros_like(self.clock)

    def tick(self, idle: Tensor | None) -> None:
        """One more call of step, in which these rows made no transition."""
        self.clock = kept(self.clock, self.clock + 1)
        if idle is not None:
            self._skipped = kept(self._skipped, self._skipped + idle.sum())

    def steps(self) -> Tensor:
        """Transitions so far, over all environments."""
        return self._before + (self.clock - self._since) * self._size - self._skipped

    def signals(self, read: bool) -> Tensor:
        """Steps, episodes and training, for programs that read one of them."""
        if not read:
            return self._unread
        training = torch.full_like(self.clock, self.training)
        return torch.stack([self.steps(), self.episodes, training])


class FaultCount:
    """The faults over the life of a reward. `count` and `counts` wait for the device.

    `count`   rows of sinks without a value, all told
    `counts`  the same by the name of the term, condition or `reward`
    """

    def __init__(self) -> None:
        self._total: Tensor | None = None
        self._names: tuple[str, ...] = ()

    def begin(self, names: tuple[str, ...], device: torch.device) -> None:
        """Whose faults are counted. Once for all engines of a reward: its sinks are the same."""
        if self._total is None:
            self._names = names
            self._total = torch.zeros(len(names), dtype=torch.int64, device=device)

    def add(self, unfit: Tensor) -> None:
        assert self._total is not None
        self._total = kept(self._total, self._total + unfit.detach().sum(0))

    @property
    def counts(self) -> dict[str, int]:
        found: dict[str, int] = {}
        if self._total is not None:
            for name, n in zip(self._names, self._total.tolist(), strict=True):
                if n:
                    found[name] = found.get(name, 0) + n
        return found

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return f"FaultCount({self.counts})"


class Engine:
    """See the module. `kernel` is None until the float type is decided."""

    def __init__(
        self,
        plan: Plan,
        make_kernel: MakeKernel,
        blame: Blame,
        policy: str,
        device: torch.device,
    ) -> None:
        self.plan, self.policy, self.device = plan, policy, device
        self.hold = policy == "hold"
        self.blame = blame
        self.params = TensorParams(plan, device)
        self.run = RunCount(device)
        self.faults = FaultCount()
        self.results = results_of(plan)
        self.kernel: TensorKernel | None = None
        self._make_kernel = make_kernel
        self._reads_run = any(
            i.op == "signal" and i.attr in ("steps", "episodes", "training")
            for i in (*plan.prelude, *plan.step, *plan.reset)
        )
        self.kept: frozenset[int] = frozenset()  # inputs that must be copied
        self.names: tuple[str, ...] = ()
        self._fine = torch.zeros((1, 1), dtype=torch.bool, device=device)
        self._open: tuple[bool, ...] = ()
        self.feeds: tuple[TensorKernel, ...] = ()  # what runs before the kernel on recorded data

    def join(self, other: Engine) -> None:
        """Count the run and its faults together with an engine of other sizes."""
        self.run, self.faults = other.run, other.faults

    def compile(self, dtype: torch.dtype) -> TensorKernel:
        kernel = self._make_kernel(self.plan, dtype, self.device)
        sinks = {s.number: s.name for s in self.plan.sinks}
        handled = handled_sinks(self.plan)
        self.names = tuple(sinks[n] for n in kernel.sinks)
        self.faults.begin(self.names, self.device)
        self._open = tuple(not handled >> min(n, 63) & 1 for n in kernel.sinks)
        self.kernel = kernel
        self.kept = kept_inputs(kernel, self.live())
        make, device = self._make_kernel, self.device
        self.feeds = tuple(make(feed.plan, dtype, device) for feed in self.plan.feeds)
        return kernel

    @property
    def dtype(self) -> torch.dtype:
        assert self.kernel is not None
        return self.kernel.dtype

    def live(self) -> Live:
        real = self.params.real(self.dtype)
        return Live(real, self.params.ints(), self.run.signals(self._reads_run))

    def looks(self) -> bool:
        """Whether a step may read numbers: on a CPU, unless it is traced for `torch.compile`."""
        return self.device.type == "cpu" and not torch.compiler.is_compiling()

    def outcome(
        self,
        shown: Shown,
        results: Results,
        met: Met,
        count_rows: Tensor | None = None,
    ) -> TensorOutcome:
        """What the caller gets; counts the faults. `count_rows`: which rows are any."""
        unfit = self.unfit(results)
        if count_rows is not None and results.unfit:
            unfit = unfit & count_rows[:, None]
        if results.unfit:
            self.faults.add(unfit)
        found = self.uncounted(
            shown, results, unfit, lambda: records(self.plan, self.blame, met, self._sinks(), unfit)
        )
        if self.policy == "raise" and results.unfit and bool(self._unhandled(unfit).any()):
            raise RewardFault(found.faults.records)
        return found

    def uncounted(
        self,
        shown: Shown,
        results: Results,
        unfit: Tensor,
        told: Callable[[], list[Fault]] = list,
    ) -> TensorOutcome:
        """What a step that leaves no trace gives."""
        return TensorOutcome(
            self.results,
            shown,
            self.names,
            results.reward,
            results.outputs,
            results.factors,
            unfit,
            self._unhandled(unfit) if self.policy == "terminate" else None,
            told,
        )

    def _unhandled(self, unfit: Tensor) -> Tensor:
        """Rows with a fault that the policy has to deal with."""
        return unfit[:, [n for n, is_open in enumerate(self._open) if is_open]].any(1)

    def unfit(self, results: Results) -> Tensor:
        """Where the sinks have no value, [B, n]."""
        if results.unfit:
            return results.unfit[0] if len(results.unfit) == 1 else torch.cat(results.unfit, 1)
        return self._fine.expand(len(results.reward), len(self.names))

    def _sinks(self) -> tuple[int, ...]:
        assert self.kernel is not None
        return self.kernel.sinks


def device_of(device: Any) -> torch.device:
    """RW626 where there is no such device, or not on this machine."""
    try:
        found = torch.device("cpu" if device is None else device)
        if found.type != "cpu":
            torch.empty(0, device=found)
            if str(found) == "cuda":
                found = torch.device("cuda", torch.cuda.current_device())
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise failure("RW626", device=device, reason=reason) from None
    return found
