"""`evaluate` over tensors: recorded episodes through the kernel, each from a fresh memory.

Which rows are whose is found on the host, from lengths or ids; the columns stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rewardlang.plan import Plan, PlanFeed
from rewardlang.runtime import recorded, signals
from rewardlang.runtime.failure import failure
from rewardlang.tensors import columns
from rewardlang.tensors.ahead import ahead
from rewardlang.tensors.engine import Engine
from rewardlang.tensors.faults import Met
from rewardlang.tensors.kernel import Live, Results, TensorKernel, Transitions
from rewardlang.tensors.outcome import Shown, TensorOutcome


def evaluate(
    engine: Engine,
    given: Mapping[str, Any],
    ends: dict[str, Any],
    episode: Any,
    lengths: Any,
    initial: Mapping[str, Any],
    check: bool,
) -> TensorOutcome:
    """The rewards of recorded columns. Nothing of the online environments is read or changed."""
    plan, device = engine.plan, engine.device
    tensors, begun = (_tensors(plan, x, device) for x in (given, initial))
    if engine.kernel is None:
        real = {n: x for n, x in (*tensors.items(), *begun.items()) if _is_real(plan, n)}
        engine.compile(columns.float_type(real.values(), False))
    on_host = {name: None if x is None else _host(x) for name, x in ends.items()}
    if episode is None:
        data = recorded.read_padded(plan, _columns(tensors), on_host, _host(lengths))
    else:
        ids = _host(episode)
        data = recorded.read_flat(
            plan, _columns(_once(plan, tensors, ids)), on_host, ids, _columns(begun)
        )
    traces = _Traces(engine, data)
    inputs, resets = traces.inputs(data, check)
    live = engine.live()
    kernel = engine.kernel
    assert kernel is not None
    for feed, before in zip(plan.feeds, engine.feeds, strict=True):
        fill(feed, before, inputs, resets, traces, live, engine.hold)
    results = run(kernel, inputs, resets, traces, live, engine.hold)
    return traces.outcome(results, inputs, live)


def _is_real(plan: Plan, number: int) -> bool:
    return plan.inputs[number].kind == "real"


def _tensors(plan: Plan, given: Mapping[str, Any], device: torch.device) -> dict[int, Tensor]:
    signals.check_mapping(given)
    signals.check_names(plan, given)
    return {
        n: columns.tensor_of(declared, given[declared.name], device)
        for n, declared in enumerate(plan.inputs)
        if declared.name in given
    }


def _columns(tensors: dict[int, Tensor]) -> dict[int, Any]:
    return {n: (x, False) for n, x in tensors.items()}


def _host(given: Any) -> Any:
    return given.detach().cpu().numpy() if isinstance(given, Tensor) else given


def _once(plan: Plan, tensors: dict[int, Tensor], ids: Any) -> dict[int, Tensor]:
    """Per-episode columns that repeat their value on the rows of flat data, once an episode."""
    layout, found = recorded.flat_layout(ids), dict(tensors)
    for n, x in tensors.items():
        declared = plan.inputs[n]
        episodes = (len(layout.first), *declared.shape)
        if declared.per == "episode" and tuple(x.shape) != episodes:
            recorded.per_episode(declared, _host(x), layout)  # says what is wrong with it
            found[n] = x[torch.from_numpy(layout.first).to(x.device)]
    return found


class _Traces:
    """The rows of recorded data as traces [E, T, ..], and back."""

    def __init__(self, engine: Engine, data: recorded.Columns) -> None:
        self.engine, self.layout = engine, data.layout
        layout, device = data.layout, engine.device
        self.episodes, self.steps = len(layout.first), int(layout.count.max())
        self.lengths = torch.from_numpy(layout.count).to(device)
        place = np.minimum(np.arange(self.steps), layout.count[:, None] - 1)
        self._rows = torch.from_numpy(layout.first[:, None] + place).to(device)
        self._whole = layout.padded and self.steps == layout.lead[1]
        self.terminated = self.take(torch.from_numpy(data.terminated).to(device))
        self.truncated = self.take(torch.from_numpy(data.truncated).to(device))

    def take(self, x: Tensor) -> Tensor:
        """[rows, ..] as traces; behind the end of one its last row is repeated."""
        if self._whole:
            return x.reshape(self.episodes, self.steps, *x.shape[1:])
        return x[self._rows]

    def back(self, x: Tensor) -> Tensor:
        """[E, T, ..] as rows; 0 in padding."""
        if self._whole and bool((self.layout.count == self.steps).all()):
            return x.reshape(-1, *x.shape[2:])
        real = torch.arange(self.steps, device=x.device) < self.lengths[:, None]
        rows = torch.zeros((self.layout.rows, *x.shape[2:]), dtype=x.dtype, device=x.device)
        return rows.index_put((self._rows[real],), x[real])

    def inputs(
        self, data: recorded.Columns, check: bool
    ) -> tuple[list[Tensor | None], list[Tensor | None]]:
        """What the step reads, as traces, and what the reset reads."""
        engine = self.engine
        found: list[Tensor | None] = [None] * len(engine.plan.inputs)
        resets = found.copy()
        for number, declared in enumerate(engine.plan.inputs):
            if declared.origin != "loop":
                continue
            episodes = (self.episodes,)
            if declared.in_step:
                lead = episodes if declared.per == "episode" else (self.layout.rows,)
                x = self._column(number, data.rows, lead, "RW600", check)
                found[number] = x if declared.per == "episode" else self.take(x)
            if declared.at_reset:
                resets[number] = self._column(number, data.resets, episodes, "RW644", check)
        return found, resets

    def _column(
        self, number: int, given: Mapping[int, Any], lead: tuple[int, ...], code: str, check: bool
    ) -> Tensor:
        engine = self.engine
        declared = engine.plan.inputs[number]
        if number not in given:
            if declared.default is None:
                raise failure(code, declared.span, name=declared.name)
            return columns.default_of(declared, lead, engine.dtype, engine.device)
        tensor = given[number][0]
        columns.check_width(declared, tensor, tensor, engine.dtype)
        x = columns.as_read(declared, tensor, engine.dtype)
        return columns.kept_to_range(declared, x) if check else x

    def outcome(self, results: Results, inputs: list[Tensor | None], live: Live) -> TensorOutcome:
        device, layout = self.engine.device, self.layout
        shown = layout.shown()
        real = None if shown.real is None else torch.from_numpy(shown.real).to(device)
        rows = Results(
            self.back(results.reward),
            tuple(map(self.back, results.outputs)),
            tuple(None if f is None else self._factor(f) for f in results.factors),
            tuple(map(self.back, results.unfit)),
        )
        last = torch.from_numpy(layout.last).to(device)
        read = [
            x if x is None or i.per == "episode" else self.back(x)
            for i, x in zip(self.engine.plan.inputs, inputs, strict=True)
        ]
        ends = self.back(self.terminated), self.back(self.truncated)
        met = Met(Transitions(read, *ends), {}, None, live, layout.place)
        return self.engine.outcome(Shown(layout.lead, last, real), rows, met, real)

    def _factor(self, factor: Tensor) -> Tensor:
        return self.back(factor) if factor.shape[:2] == (self.episodes, self.steps) else factor


def run(
    kernel: TensorKernel,
    inputs: list[Tensor | None],
    resets: list[Tensor | None],
    traces: _Traces,
    live: Live,
    hold: bool,
) -> Results:
    memory = kernel.reset(resets, kernel.begin(traces.episodes), None, live)
    rows = Transitions(inputs, traces.terminated, traces.truncated)
    return kernel.evaluate(rows, memory, live, hold=hold)


def fill(
    feed: PlanFeed,
    kernel: TensorKernel,
    inputs: list[Tensor | None],
    resets: list[Tensor | None],
    traces: _Traces,
    live: Live,
    hold: bool,
) -> None:
    """What follows each row, into inputs of the next kernel."""
    results = run(kernel, inputs, resets, traces, live, hold)
    places = {o.slot: n for n, o in enumerate(kernel.plan.outputs)}
    for call in feed.calls:
        assert call.ahead is not None
        x, *mask = (results.outputs[places[o.slot]] for o in call.args)
        declared = kernel.plan.inputs[call.input]
        found = ahead(call.ahead, x, mask[0] if mask else None, traces.lengths, kernel)
        inputs[call.input] = as_kind(declared.kind, found, kernel.dtype)


def as_kind(kind: str, x: Tensor, dtype: torch.dtype) -> Tensor:
    """Reals as what an input is; NaN becomes the kind's fault."""
    if kind == "real":
        return x.to(dtype)
    fault = 2 if kind == "bool" else columns.FAULT_INT
    whole = torch.where(torch.isnan(x), 0, x).to(columns.KERNEL_KINDS[kind])
    return torch.where(torch.isnan(x), fault, whole)
