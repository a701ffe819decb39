"""The formula of `temporal.py` through other tools, one trace at a time as they take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def sentil_signal(text: str, x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    """Every sample of every trace. Making the trace objects is part of it."""
    import sentil

    formula, size = sentil.Formula.parse(text), x.shape[1]

    def run() -> np.ndarray:
        result = []
        for row, other in zip(x, y, strict=True):
            trace = sentil.Trace.indexed(size)
            trace.add_signal("x", row)
            trace.add_signal("y", other)
            result.append(_numbers(formula.robustness_signal(trace)))
        return np.array(result)

    return run


def _numbers(signal: Any) -> Any:
    return [getattr(value, "value", value) for value in signal]


def sentil_streaming(text: str, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    """One environment, sample by sample."""
    import sentil

    formula = sentil.Formula.parse(text)

    def run() -> Any:
        monitor = sentil.OnlineMonitor(formula)
        order = [monitor.symbol_index(name) for name in ("x", "y")]
        found = None
        for t, pair in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
            values = [pair[order.index(k)] for k in range(2)]
            found = monitor.update_packed(float(t), values)
        return found

    return run


def rtamt_signal(text: str, x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    import rtamt

    times = list(range(x.shape[1]))

    def run() -> np.ndarray:
        result = []
        for row, other in zip(x.tolist(), y.tolist(), strict=True):
            spec = rtamt.StlDiscreteTimeSpecification()
            spec.declare_var("x", "float")
            spec.declare_var("y", "float")
            spec.spec = text
            spec.parse()
            found = spec.evaluate({"time": times, "x": row, "y": other})
            result.append([value for _, value in found])
        return np.array(result)

    return run
