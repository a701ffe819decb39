"""Triton beside the NumPy meaning, in Triton's interpreter: no GPU is needed, and none is measured.

The interpreter runs the kernels' text number by number with NumPy; that the same text compiles for
a GPU is tested in tests/backends/test_triton_text.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.agree import generated
from tests.agree import test_builtins as rows
from tests.agree import test_machines as machines
from tests.agree.test_programs import EPISODES, LENGTH
from tests.agree.test_torch import assert_agree, assert_agree_in_a_loop, compiled, tensors
from tests.temporal.test_in_a_loop import WALK, _columns

triton = pytest.importorskip("triton", reason="the Triton backend needs the package triton")

from rewardlang.backends.triton_backend import TritonKernel, module_of  # noqa: E402

Array = np.ndarray[Any, Any]
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy, in the interpreter


def over_numpy(text: str, dtype: str = "float64", **options: Any) -> tuple[Any, Any]:
    return compiled(text, dtype, "triton", **options)


# ---- builtins ----------------------------------------------------------------------------------

_POINTERS = {"real": "real", "wide": "tl.float64", "int": "tl.int64", "bool": "tl.int32"}


def kernel_text(case: rows.Case, dtype: np.dtype[Any]) -> str:
    names = [f"x{n}" for n in range(len(case.kinds))]
    text = case.overload.triton
    assert text is not None, f"{case.row.name} has no Triton text"
    real = f"tl.{rows.float_name(case, dtype)}"
    lines = [
        "import triton",
        "import triton.language as tl",
        "from rewardlang.backends import triton_ops as ops",
        "from rewardlang.backends.triton_ops import libdevice, FAULT_INT, nan, inf",
        "",
        "",
        "@triton.jit",
        f"def kernel({', '.join(names)}, out, size, BLOCK: tl.constexpr):",
        "    at = tl.arange(0, BLOCK)",
        "    here = at < size",
    ]
    for name, kind in zip(names, case.kinds, strict=True):
        as_bool = ".to(tl.int32)" if kind == "bool" else ""
        lines.append(f"    {name} = tl.load({name} + at, here, 0){as_bool}")
    value = text.format(*names, f=real, nan="nan", inf="inf")
    lines.append(f"    tl.store(out + at, {value}, here)")
    return "\n".join(lines) + "\n"


@rows.EVERY_DTYPE
@rows.EVERY_CASE
def test_triton_text_agrees_with_numpy(case: rows.Case, dtype: np.dtype[Any]) -> None:
    given = rows.operands(case, dtype)
    kernel = module_of(kernel_text(case, dtype)).kernel
    out = torch.empty(len(given[0]), dtype=_torch_type(rows.type_of(case.result, dtype)))
    size = triton.next_power_of_2(len(given[0]))
    kernel[(1,)](*map(torch.from_numpy, given), out, len(given[0]), BLOCK=size)
    rows.assert_agree(case, given, out.numpy(), rows.meaning(case, dtype, given), case.row.ulps)


def _torch_type(dtype: np.dtype[Any]) -> torch.dtype:
    return torch.from_numpy(np.empty(0, dtype)).dtype


# ---- programs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(8))
def test_generated_programs_over_recorded_data(seed: int, dtype: str) -> None:
    numpy, ours = over_numpy(generated.program(seed), dtype)
    columns = generated.data(seed, EPISODES, LENGTH, dtype, nasty=0.1)
    lengths = np.random.default_rng(seed).integers(1, LENGTH + 1, EPISODES)
    found = ours.evaluate(tensors(columns), lengths=torch.from_numpy(lengths))
    assert isinstance(ours._engine.kernel, TritonKernel)
    assert_agree(numpy.evaluate(columns, lengths=lengths), found, dtype)


@pytest.mark.parametrize("gradients", [False, True], ids=["in place", "copied"])
@pytest.mark.parametrize("seed", range(5))
def test_generated_programs_in_a_loop(seed: int, gradients: bool) -> None:
    assert_agree_in_a_loop(seed, "triton", gradients)


@pytest.mark.parametrize("seed", range(8))
def test_machines(seed: int) -> None:
    numpy, ours = over_numpy(machines.drawn(seed).text)
    columns = machines.trace(seed, 12)
    assert_agree(numpy.evaluate(columns), ours.evaluate(tensors(columns)), "float64")


RECORDS = """
input x : real
input y : real[2]
term spread = std(x over last 4 else 0)
term leaning = skew(x over last 5 else 0)
term tails = kurtosis(x over last 5 else 0)
term bond = corr(x, y[0] over last 4 else 0)
term ramp = wma(x over last 3)
term smooth = ema(x over last 4, decay: 0.5)
term largest = sum(max(y over last 3))
term many = real(count(x > 0.5 over last 4))
term product = prod(1 + x / 10 over last 3)
"""


def test_windows_of_records_and_of_vectors() -> None:
    numpy, ours = over_numpy(RECORDS)
    rng = np.random.default_rng(0)
    columns = {"x": rng.normal(size=(6, 12)), "y": rng.normal(size=(6, 12, 2))}
    columns["x"][1, 5] = np.nan
    found = ours.evaluate(tensors(columns))
    assert isinstance(ours._engine.kernel, TritonKernel)
    assert_agree(numpy.evaluate(columns), found, "float64")


def test_formulas_in_a_loop() -> None:
    numpy, ours = over_numpy(WALK)
    columns = _columns(np.random.default_rng(3), 5, 40)
    ended = np.arange(40)[None].repeat(5, 0) == 39
    found = ours.evaluate(tensors(columns), terminated=torch.from_numpy(ended))
    assert_agree(numpy.evaluate(columns, terminated=ended), found, "float64")
