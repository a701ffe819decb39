"""Compute what is known when compiled, through the reference functions of the builtins.

    mul(const 2.0, const 3.0)   ->   const 6.0

Constants are folded in float64 and rounded once to the program's float type.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rewardlang.builtins.table import table
from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Op, Program
from rewardlang.ir.rewrite import rewrite


def fold(program: Program) -> Program:
    return rewrite(program, _fold)


def _fold(make: Maker, op: Op) -> Op:
    if op.kind != "apply" or op.form.shape or not all(a.kind == "const" for a in op.args):
        return op
    name, number = op.attr
    reference = table()[name].overloads[number].numpy
    if reference is None:
        return op
    with np.errstate(all="ignore"):
        value = reference(np, *(_array(a) for a in op.args))
    return make.const(_scalar(value, op.form.kind), op.form.kind)


def _array(op: Op) -> Any:
    dtype = {"int": np.int64, "bool": np.int8}.get(op.form.kind, np.float64)
    return np.asarray(op.attr, dtype=dtype)


def _scalar(value: Any, kind: str) -> int | float:
    return float(value) if kind in ("real", "wide") else int(value)
