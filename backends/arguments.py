"""What a kernel takes: one array per argument, with its Numba type and where a call finds it.

Only what a plan uses is taken, so that a call with one environment stays cheap.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlang.backends.layout import Layout
from rewardlang.backends.names import (
    Names,
    banks_touched,
    inputs_read,
    params_read,
    signals_read,
)
from rewardlang.backends.writer import Writer
from rewardlang.plan import Plan


@dataclass(frozen=True)
class Argument:
    """One array that the kernel takes: its name, its Numba type, and where `call` finds it."""

    name: str
    type: str
    source: str


def _array(kind: str, dimensions: int, dtype: np.dtype[Any], written: bool) -> str:
    number = {"real": dtype.name, "wide": "float64", "bool": "uint8", "flag": "boolean"}
    name = number.get(kind, "int64")
    if not written:
        return f"read({name}, {dimensions})"
    return f"{name}[{', '.join([':'] * (dimensions - 1) + ['::1'])}]"


def _input_arguments(
    plan: Plan, layout: Layout, names: Names, dtype: np.dtype[Any]
) -> list[Argument]:
    read = inputs_read(layout)
    found = []
    for number, given in enumerate(plan.inputs):
        if given.name in read:
            type_ = _array(given.kind, 1 + len(given.shape), dtype, False)
            found.append(Argument(names.input(given.name), type_, f"inputs[{number}]"))
    return found


def _memory_arguments(plan: Plan, layout: Layout, dtype: np.dtype[Any]) -> list[Argument]:
    found = []
    for bank in banks_touched(plan):
        found.append(Argument(f"state_{bank}", _array(bank, 2, dtype, True), f"state.{bank}"))
    for bank in sorted(params_read(plan, layout)):
        type_ = _array(bank, 1, dtype, False)
        found.append(Argument(f"{bank}_params", type_, f"live.{bank}_params"))
    if signals_read(layout) & {"steps", "episodes", "training"}:
        found.append(Argument("run", _array("int", 1, dtype, False), "live.run"))
    for bank, size in layout.scratch_sizes.items():
        if size:
            type_ = _array(bank, 1, dtype, True)
            found.append(Argument(f"scratch_{bank}", type_, f"scratch.{bank}"))
    return found


def run_arguments(plan: Plan, layout: Layout, names: Names, dtype: np.dtype[Any]) -> list[Argument]:
    def argument(
        name: str, kind: str, dimensions: int, source: str, written: bool = True
    ) -> Argument:
        return Argument(name, _array(kind, dimensions, dtype, written), source)

    found = _input_arguments(plan, layout, names, dtype)
    for signal in sorted(signals_read(layout) & {"terminated", "truncated"}):
        found.append(argument(signal, "flag", 1, signal, False))
    found += _memory_arguments(plan, layout, dtype)
    found.append(argument("reward", "real", 1 + len(plan.reward_shape), "out.reward"))
    for name, kind, width in (
        ("values", "real", plan.value_columns),
        ("flags", "bool", plan.flag_columns),
        ("ints", "int", plan.int_columns),
    ):
        if width:
            found.append(argument(name, kind, 2, f"out.{name}"))
    found.append(argument("faults", "int", 1, "out.faults"))
    if plan.factor_count:
        found.append(argument("factors", "real", 1, "out.factors"))
    if holds(plan) and not names.over_time:
        found.append(argument("held", "real", 2, "held", False))
    if plan.sinks:
        found.append(argument("captured", "int", 1, "capture.rows"))
        for bank in banks_touched(plan):
            found.append(argument(f"captured_{bank}", bank, 2, f"capture.{bank}"))
    return found


def reset_arguments(
    plan: Plan, layout: Layout, names: Names, dtype: np.dtype[Any]
) -> list[Argument]:
    return _input_arguments(plan, layout, names, dtype) + _memory_arguments(plan, layout, dtype)


def holds(plan: Plan) -> bool:
    """Whether a sink may have to give what it gave before."""
    return any(s.column >= 0 for s in plan.sinks)


def signature(writer: Writer, plain: str, arguments: list[Argument]) -> None:
    """The decorator: types of the plain arguments, then of the arrays."""
    writer.line("@njit(")
    writer.line("    int64(")
    writer.line(f"        {plain},")
    for a in arguments:
        writer.line(f"        {a.type},  # {a.name}")
    writer.line("    ),")
    writer.line('    nogil=True, error_model="numpy", cache=True, no_cfunc_wrapper=True,')
    writer.line("    pipeline_class=KernelCompiler,")
    writer.line(")")


def define(plain: list[str], arguments: list[Argument]) -> str:
    """The head of the kernel."""
    given = ", ".join([*plain, *(a.name for a in arguments)])
    return f"def kernel(\n{_wrapped(given, 4)}\n):"


def write_call(writer: Writer, given: str, plain: list[str], arguments: list[Argument]) -> None:
    """A plain function that spreads a call's objects over the kernel's arguments."""
    writer.line()
    writer.line()
    with writer.block(f"def call({', '.join(plain)}, {given}):"):
        sources = ", ".join([*plain, *(a.source for a in arguments)])
        writer.line(f"return kernel(\n{_wrapped(sources, 8)}\n    )")


def _wrapped(text: str, indent: int) -> str:
    space = " " * indent
    return textwrap.fill(text, 96, initial_indent=space, subsequent_indent=space)
