"""A plan written by hand, so that these tests need no compiler in front of the runtime.

input height : real<cm> in 0 .. 300 per state     input speed : real
input action : real[2]                            input contact : bool
input gait : { stand, walk }                      input mass : real per episode else 2
param target : real<cm> in 0 .. 400 = 150<cm>     param mode : { soft, hard } = soft

term near weight 2 = -abs(height - target)        term root = sqrt(speed)
term effort on fault 7 = action[0] / mass         term rise = height - previous(height)
terminate low when height < 0.6<m>                metric paces = t
own reward: total + 1
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from rewardlang.backends.numpy_backend import NumpyKernel
from rewardlang.diagnostics.source import Source, Span
from rewardlang.plan import (
    Instruction,
    Plan,
    PlanCell,
    PlanInput,
    PlanOutput,
    PlanParam,
    PlanSink,
    Slot,
)
from rewardlang.runtime.reward import Reward

INF = float("inf")
TEXT = "term near = height\nterm root = sqrt(speed)\n"
SOURCE = Source("walker.reward", TEXT)


class _Writer:
    """Hands out slots and keeps the three blocks."""

    def __init__(self) -> None:
        self.blocks: dict[str, list[Instruction]] = {"prelude": [], "reset": [], "step": []}
        self.count = 0

    def __call__(
        self, block: str, op: str, *args: int, attr: Any = None, kind: str = "real", n: int = 0
    ) -> int:
        slot = Slot(self.count, kind, (n,) if n else ())
        self.count += 1
        self.blocks[block].append(Instruction(slot, op, args, attr, None, None))
        return slot.number


def _input(name: str, kind: str = "real", per: str = "step", **more: Any) -> PlanInput:
    row: dict[str, Any] = {
        "shape": (),
        "at_reset": False,
        "in_step": True,
        "scale": 1.0,
        "unit": "1",
        "lo": -INF,
        "hi": INF,
        "contract": False,
        "members": (),
        "default": None,
        "span": None,
    }
    row.update(more)
    return PlanInput(name=name, kind=kind, per=per, **row)


INPUTS = (
    _input("height", per="state", at_reset=True, scale=0.01, unit="cm", lo=0, hi=3, contract=True),
    _input("speed", span=Span(SOURCE, 19, 23)),
    _input("action", shape=(2,)),
    _input("contact", kind="bool"),
    _input("gait", kind="int", members=("stand", "walk")),
    _input("mass", per="episode", default=2.0),
)


TERMS = ("near", "root", "effort", "rise")


def _compute(w: _Writer) -> dict[str, int]:
    """Write the three blocks; the slots of what they compute, by name."""
    at_reset = w("reset", "input", attr="height")
    target = w("prelude", "param", attr="target")
    weight = w("prelude", "const", attr=2.0)
    height = w("step", "input", attr="height")
    action = w("step", "input", attr="action", n=2)
    mass = w("step", "input", attr="mass")
    w("step", "input", attr="contact", kind="bool")
    w("step", "input", attr="gait", kind="int")
    far = w("step", "apply", w("step", "apply", height, target, attr=("sub", 0)), attr=("abs", 0))
    root = w("step", "apply", w("step", "input", attr="speed"), attr=("sqrt", 0))
    first = w("step", "reduce", w("step", "slice", action, attr=(0, 0, 1), n=1), attr=("sum", (0,)))
    effort = w("step", "apply", first, mass, attr=("div", 0))
    rise = w("step", "apply", height, w("step", "cell", attr="before"), attr=("sub", 0))
    slots = {
        "near": w("step", "settle", w("step", "apply", far, attr=("neg", 0)), attr=0),
        "root": w("step", "settle", root, attr=1),
        "effort": w("step", "settle", effort, w("prelude", "const", attr=7.0), attr=2),
        "rise": w("step", "settle", rise, attr=3),
    }
    total = w("step", "apply", slots["near"], weight, attr=("mul", 0))
    for part in (slots["root"], slots["effort"], slots["rise"], w("prelude", "const", attr=1.0)):
        total = w("step", "apply", total, part, attr=("add", 0))
    limit = w("prelude", "const", attr=0.6)
    low = w("step", "apply", height, limit, attr=("lt", 0), kind="bool")
    before = w("step", "cell", attr="t", kind="int")
    one = w("prelude", "const", attr=1, kind="int")
    return {
        **slots,
        "weight": weight,
        "at_reset": at_reset,
        "height": height,
        "total": w("step", "settle", total, attr=5),
        "low": w("step", "settle", low, attr=4, kind="bool"),
        "time": w("step", "apply", before, one, attr=("add", 1), kind="int"),
    }


def _output(name: str, role: str, slot: int, column: int, **more: Any) -> PlanOutput:
    row: dict[str, Any] = {
        "bank": "values",
        "shape": (),
        "factor": -1,
        "factor_slot": -1,
        "factor_column": -1,
        "at_end": False,
        "kind": "",
    }
    row.update(more)
    return PlanOutput(name=name, role=role, slot=slot, column=column, **row)


PARAMS = (
    PlanParam("target", "real", (), 0, 1.5, 0.01, "cm", 0.0, 4.0, (), None),
    PlanParam("mode", "int", (), 0, 0, 1.0, "1", 0, 1, ("soft", "hard"), None),
    PlanParam("gains", "real", (2,), 1, (1.0, 2.0), 1.0, "1", -INF, INF, (), None),
)
CELLS = (
    PlanCell("before", "real", "real", (), 0),
    PlanCell("t", "int", "int", (), 0),
)
SINKS = (
    PlanSink(0, "near", "term", 0, Span(SOURCE, 0, 18)),
    PlanSink(1, "root", "term", 1, Span(SOURCE, 19, 42)),
    PlanSink(2, "effort", "term", 2, None),
    PlanSink(3, "rise", "term", 3, None),
    PlanSink(4, "low", "condition", -1, None),
    PlanSink(5, "reward", "reward", 4, None),
)


def walker(**changes: Any) -> Plan:
    """The plan; `changes` replace its fields."""
    w = _Writer()
    at = _compute(w)
    terms = [_output(name, "term", at[name], column) for column, name in enumerate(TERMS)]
    terms[0] = replace(terms[0], factor=0, factor_slot=at["weight"])
    plan = Plan(
        name="walker",
        timestep=0.01,
        mode="online",
        faults=None,
        inputs=INPUTS,
        params=PARAMS,
        cells=CELLS,
        buffers=(),
        sinks=SINKS,
        outputs=(
            *terms,
            _output("low", "condition", at["low"], 0, bank="flags", kind="terminate"),
            _output("reward", "reward", at["total"], 4),
            _output("paces", "metric", at["time"], 0, bank="ints"),
        ),
        prelude=tuple(w.blocks["prelude"]),
        reset=tuple(w.blocks["reset"]),
        reset_stores=(("before", at["at_reset"]),),
        reset_pushes=(),
        step=tuple(w.blocks["step"]),
        stores=(("before", at["height"]), ("t", at["time"])),
        pushes=(),
        reward=at["total"],
        state_sizes=(1, 0, 1),
        value_columns=5,
        flag_columns=1,
        int_columns=1,
        factor_count=1,
        real_params=3,
        int_params=1,
        hash="walker",
    )
    return replace(plan, **changes)


def reward(plan: Plan | None = None, **options: Any) -> Reward:
    """The walker on the reference backend."""
    plan = walker() if plan is None else plan
    return Reward(plan, lambda part, dtype: NumpyKernel(part, dtype), **options)


def rows(size: int, seed: int = 0, dtype: Any = np.float64) -> dict[str, Any]:
    """One transition of `size` environments."""
    rng = np.random.default_rng(seed)
    return {
        "height": rng.uniform(20, 200, size).astype(dtype),
        "speed": rng.uniform(0, 2, size).astype(dtype),
        "action": rng.uniform(-1, 1, (size, 2)).astype(dtype),
        "contact": rng.random(size) < 0.5,
        "gait": rng.integers(0, 2, size),
    }


def start(size: int, seed: int = 100, dtype: Any = np.float64) -> dict[str, Any]:
    """The values at reset."""
    return {"height": rows(size, seed, dtype)["height"]}
