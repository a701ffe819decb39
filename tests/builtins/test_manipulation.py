"""`use manipulation`: against Meta-World's formulas in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

import rewardlang

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(7)


def value(module: str, names: str, inputs: str, call: str, **columns: Any) -> Array:
    """`metric y = call` over one episode; NaN where it is a fault."""
    text = f"use {module}: {names}\ntimestep 0.5<s>\n{inputs}\nterm y = {call}\n"
    reward = rewardlang.parse(text).compile("numpy", dtype="float64", faults="zero")
    out = reward.evaluate({name: np.asarray(c)[None] for name, c in columns.items()})
    return np.where(out.valid[0], out.terms["y"][0], np.nan)


# ---- manipulation ---------------------------------------------------------------------------


def long_tail(x: Array, lower: float, upper: float, margin: Array) -> Array:
    """Meta-World's tolerance: 1 within, 1 / (1 + 9 d^2) at d margins outside."""
    away = np.where(x < lower, lower - x, x - upper) / margin
    return np.where((lower <= x) & (x <= upper), 1.0, 1 / (9 * away**2 + 1))


def both(a: Array, b: Array) -> Array:
    return np.where(a + b - a * b > 0, a * b / (a + b - a * b), 0)


def test_caging_and_grasping_as_meta_world_has_them() -> None:
    names = ("left", "right", "tcp", "thing", "thing0", "tcp0")
    inputs = "\n".join(f"input {name} : real[3]" for name in names) + "\ninput effort : real"
    n = 200
    thing = RNG.normal(size=(n, 3)) * 0.1
    given: dict[str, Array] = {
        "left": thing + RNG.normal(size=(n, 3)) * 0.05,
        "right": thing + RNG.normal(size=(n, 3)) * 0.05,
        "tcp": thing + RNG.normal(size=(n, 3)) * 0.02,
        "thing": thing,
        "thing0": RNG.normal(size=(n, 3)) * 0.1,
        "tcp0": RNG.normal(size=(n, 3)) + 1,
        "effort": RNG.uniform(-1, 2, n),
    }
    at, start = thing[:, 1], given["thing0"][:, 1]
    sides = []
    for pad in ("left", "right"):
        y = given[pad][:, 1]
        sides.append(long_tail(abs(y - at), 0.015, 0.05, abs(abs(y - start) - 0.05)))
    xz = [0, 2]
    margin = np.linalg.norm(given["thing0"][:, xz] - given["tcp0"][:, xz], axis=1) - 0.01
    apart = np.linalg.norm(given["tcp"][:, xz] - thing[:, xz], axis=1)
    caged = both(both(*sides), long_tail(apart, 0, 0.01, margin))
    closed = np.where(caged > 0.97, np.clip(given["effort"], 0, 1), 0.0)
    call = "caging(left, right, tcp, thing, thing0, tcp0, 0.015, 0.05, 0.01)"
    assert np.allclose(value("manipulation", "caging", inputs, call, **given), caged)
    dense = f"dense_grasp({call}, effort)"
    found = value("manipulation", "caging, dense_grasp", inputs, dense, **given)
    assert np.allclose(found, (both(caged, closed) + caged) / 2)
    assert (caged > 0.97).any() and (caged < 0.5).any()
