"""Calls of definitions of the library, evaluated over one episode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import rewardlang

Array = np.ndarray[Any, Any]


def called(
    use: str,
    call: str,
    inputs: Mapping[str, tuple[str, Any]],
    head: str = "",
    backend: str = "numpy",
    **given: Any,
) -> Array:
    """The values of `call` at each step, NaN where it is a fault.

    `inputs`: type and samples by name. `use` is what follows the word: `costs: rate`.
    """
    declared = "".join(f"input {name} : {type_}\n" for name, (type_, _) in inputs.items())
    text = f"use {use}\n{head}\n{declared}term y = {call}\n"
    reward = rewardlang.parse(text).compile(backend=backend, dtype="float64", faults="zero")
    columns = {name: np.asarray(samples)[None] for name, (_, samples) in inputs.items()}
    out = reward.evaluate(columns, **given)
    return np.where(np.ravel(out.valid), np.ravel(out.terms["y"]), np.nan)
