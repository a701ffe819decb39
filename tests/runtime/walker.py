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


def walker(**changes: Any) -> Plan:
    """The plan; `changes` replace its fields."""
    w = _Writer()
    target = w("prelude", "param", attr="target")
    weight = w("prelude", "const", attr=2.0)
    one = w("prelude", "const", attr=1, kind="int")
    unit = w("prelude", "const", attr=1.0)
    seven = w("prelude", "const", attr=7.0)
    low_limit = w("prelude", "const", attr=0.6)
    at_reset = w("reset", "input", attr="height")
    height = w("step", "input", attr="height")
    speed = w("step", "input", attr="speed")
    action = w("step", "input", attr="action", n=2)
    mass = w("step", "input", attr="mass")
    w("step", "input", attr="contact", kind="bool")
    w("step", "input", attr="gait", kind="int")
    near = w("step", "apply", w("step", "apply", height, target, attr=("sub", 0)), attr=("abs", 0))
    near = w("step", "apply", near, attr=("neg", 0))
    first = w("step", "reduce", w("step", "slice", action, attr=(0, 0, 1), n=1), attr=("sum", (0,)))
    effort = w("step", "apply", first, mass, attr=("div", 0))
    rise = w("step", "apply", height, w("step", "cell", attr="before"), attr=("sub", 0))
    terms = [
        w("step", "settle", near, attr=0),
        w("step", "settle", w("step", "apply", speed, attr=("sqrt", 0)), attr=1),
        w("step", "settle", effort, seven, attr=2),
        w("step", "settle", rise, attr=3),
    ]
    total = w("step", "apply", terms[0], weight, attr=("mul", 0))
    for term in terms[1:]:
        total = w("step", "apply", total, term, attr=("add", 0))
    total = w("step", "settle", w("step", "apply", total, unit, attr=("add", 0)), attr=5)
    low = w("step", "apply", height, low_limit, attr=("lt", 0), kind="bool")
    low = w("step", "settle", low, attr=4, kind="bool")
    before = w("step", "cell", attr="t", kind="int")
    time = w("step", "apply", before, one, attr=("add", 1), kind="int")

    def output(name: str, role: str, slot: int, column: int, **more: Any) -> PlanOutput:
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

    names = ("near", "root", "effort", "rise")
    fields: dict[str, Any] = {
        "name": "walker",
        "timestep": 0.01,
        "mode": "online",
        "faults": None,
        "inputs": INPUTS,
        "params": (
            PlanParam("target", "real", (), 0, 1.5, 0.01, "cm", 0.0, 4.0, (), None),
            PlanParam("mode", "int", (), 0, 0, 1.0, "1", 0, 1, ("soft", "hard"), None),
            PlanParam("gains", "real", (2,), 1, (1.0, 2.0), 1.0, "1", -INF, INF, (), None),
        ),
        "cells": (
            PlanCell("before", "real", "real", (), 0),
            PlanCell("t", "int", "int", (), 0),
        ),
        "buffers": (),
        "sinks": (
            *(
                PlanSink(
                    n, name, "term", n, Span(SOURCE, 0, 18) if n == 0 else Span(SOURCE, 19, 42)
                )
                for n, name in enumerate(names)
            ),
            PlanSink(4, "low", "condition", -1, None),
            PlanSink(5, "reward", "reward", 4, None),
        ),
        "outputs": (
            output("near", "term", terms[0], 0, factor=0, factor_slot=weight),
            *(output(n, "term", terms[k], k) for k, n in enumerate(names) if k),
            output("low", "condition", low, 0, bank="flags", kind="terminate"),
            output("reward", "reward", total, 4),
            output("paces", "metric", time, 0, bank="ints"),
        ),
        "prelude": tuple(w.blocks["prelude"]),
        "reset": tuple(w.blocks["reset"]),
        "reset_stores": (("before", at_reset),),
        "reset_pushes": (),
        "step": tuple(w.blocks["step"]),
        "stores": (("before", height), ("t", time)),
        "pushes": (),
        "reward": total,
        "state_sizes": (1, 0, 1),
        "value_columns": 5,
        "flag_columns": 1,
        "int_columns": 1,
        "factor_count": 1,
        "real_params": 3,
        "int_params": 1,
        "hash": "walker",
    }
    fields.update(changes)
    return Plan(**fields)


def reward(plan: Plan | None = None, **options: Any) -> Reward:
    """The walker on the reference backend."""
    plan = walker() if plan is None else plan
    return Reward(plan, lambda dtype: NumpyKernel(plan, dtype), **options)


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
