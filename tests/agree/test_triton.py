"""Triton beside the NumPy meaning, in Triton's interpreter: no GPU is needed, and none is measured.

The interpreter runs the kernels' text number by number with NumPy; that the same text compiles for
a GPU is tested in tests/backends/test_triton_text.py.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch

import rewardlang
from rewardlang.backends.torch.backend import TorchKernel
from rewardlang.temporal.formula import TIMED, Formula
from rewardlang.temporal.offline import robustness
from rewardlang.tensors.kernel import Live
from tests.agree import generated
from tests.agree import test_builtins as rows
from tests.agree import test_machines as machines
from tests.agree.test_programs import EPISODES, LENGTH, STATE_INPUTS
from tests.agree.test_torch import assert_agree, assert_agree_in_a_loop, compiled, tensors
from tests.temporal.definition import random_formula
from tests.temporal.test_in_a_loop import WALK, _columns
from tests.tensors.test_no_waiting import _run

triton = pytest.importorskip("triton", reason="the Triton backend needs the package triton")

from rewardlang.backends.triton.backend import TritonKernel, module_of  # noqa: E402
from rewardlang.backends.triton.formula import margins  # noqa: E402

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
        "from rewardlang.backends.triton import ops",
        "from rewardlang.backends.triton.ops import libdevice, FAULT_INT, inf",
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
    value = text.format(*names, f=real, nan='float("nan")', inf="inf")
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


@pytest.mark.parametrize("faults", ["zero", "hold"])
def test_a_program_without_memory_over_recorded_data(faults: str) -> None:
    """All rows at once, or, where the last value is held, one after the other."""
    numpy, ours = over_numpy(
        "input x : real\ninput w : real[2]\n"
        "term a = require(x > 0, w[0] * x)\nterm b on fault 0.25 = require(x != 1, x) * w[1]\n",
        faults=faults,
    )
    x = np.random.default_rng(0).integers(-2, 3, (4, 9)).astype(float)
    columns = {"x": x, "w": np.arange(72.0).reshape(4, 9, 2)}
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


# ---- formulas over traces ----------------------------------------------------------------------

OPS = ("not", "and", "or", "implies", "iff", "next", "weak_next", "previously", *TIMED)


@pytest.mark.parametrize("seed", range(10))
def test_margins_of_drawn_formulas_over_traces(seed: int) -> None:
    """Exact, since only minima, maxima and signs are taken; -inf where a window is empty."""
    rng, data = random.Random(seed), np.random.default_rng(seed)
    formula = random_formula(rng, 3, OPS, atoms=2)
    atoms = data.normal(size=(2, 3, 11))
    lengths = np.array([11, 7, 1])
    expected = robustness(formula, atoms, lengths)
    found = margins(formula, torch.from_numpy(atoms).movedim(0, 2), torch.from_numpy(lengths))
    for row, length in enumerate(lengths):
        np.testing.assert_array_equal(found[row, :length], expected[row, :length], str(formula))


def test_a_window_longer_than_the_trace_is_all_of_it() -> None:
    atoms = torch.randn((2, 5, 1), dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    formula = Formula("always", (Formula("atom", number=0),), 0, 20_000)
    expected = robustness(formula, atoms.movedim(2, 0).numpy())
    np.testing.assert_array_equal(margins(formula, atoms, None), expected)


def test_robustness_over_recorded_data() -> None:
    numpy, ours = over_numpy(
        "input x : real\ninput y : real\n"
        "spec s = always [0 .. 4] (x > 0.2 or (y < 1 until [1 .. 3] x > 0))\n"
        "metric m = robustness(s over rest)\n"
        "term paid = x - previous(x else 0)\n"
    )
    rng = np.random.default_rng(0)
    columns = {"x": rng.normal(size=(4, 9)), "y": rng.normal(size=(4, 9))}
    lengths = np.array([9, 5, 2, 7])
    expected = numpy.evaluate(columns, lengths=lengths)
    assert_agree(expected, ours.evaluate(tensors(columns), lengths=lengths), "float64")


# ---- beside Torch ------------------------------------------------------------------------------


def test_what_no_kernel_can_hold_runs_on_torch() -> None:
    numpy, ours = over_numpy("input x : real\nterm middle = median(x over last 3 else 0)\n")
    columns = {"x": np.random.default_rng(0).normal(size=(3, 6))}
    assert_agree(numpy.evaluate(columns), ours.evaluate(tensors(columns)), "float64")
    assert isinstance(ours._engine.kernel, TorchKernel)


def test_gradients_reach_inputs_and_params() -> None:
    program = rewardlang.parse(
        "input x : real\nparam k : real = 2\nterm paid = k * x ^ 2 + previous(x else 0)\n"
    )
    reward = program.compile("triton", device="cpu")
    plain = torch.tensor([1.0, 3.0], dtype=torch.float64)
    reward.step({"x": plain})
    x = plain.clone().requires_grad_()
    reward.params["k"] = k = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    out = reward.step({"x": x})
    torch.autograd.backward(out.reward.sum())
    np.testing.assert_array_equal(out.reward.detach(), [2 + 1, 18 + 3])  # it knows the step before
    np.testing.assert_array_equal(x.grad, [4, 12])
    assert k.grad == 1 + 9
    assert isinstance(reward._engine.kernel, TritonKernel)


def test_a_run_goes_from_torch_to_triton_and_back() -> None:
    program = rewardlang.parse(generated.program(3))
    columns = generated.data(3, EPISODES, LENGTH, "float64", nasty=0.0)
    start = tensors({name: columns[name][:, 0] for name in STATE_INPUTS})
    rows_ = [
        tensors({n: c[:, t + (n in STATE_INPUTS)] for n, c in columns.items()})
        for t in range(LENGTH)
    ]
    whole: Any = program.compile("torch")
    parts: Any = program.compile("torch")
    for reward in (whole, parts):
        reward.reset(start)
    for t, row in enumerate(rows_):
        backend = ("torch", "triton")[t % 2]
        state = parts.state_dict()
        parts = program.compile(backend, device="cpu")
        parts.load_state_dict(state)
        expected, found = whole.step(row), parts.step(row)
        np.testing.assert_allclose(found.reward, expected.reward, rtol=1e-9, atol=1e-10)


def test_inputs_may_be_views_of_any_strides() -> None:
    program = rewardlang.parse(
        "input v : real[3]\ninput s : real\nterm paid = sum(v * [1, 2, 3]) + s\n"
    )
    reward = program.compile("triton", device="cpu", dtype="float64")
    wide = torch.arange(24, dtype=torch.float64).reshape(4, 6)
    found = reward.step({"v": wide[:, ::2], "s": wide[:, 5]})
    expected = wide[:, 0] + 2 * wide[:, 2] + 3 * wide[:, 4] + wide[:, 5]
    np.testing.assert_array_equal(found.reward, expected)


def test_without_interpreter_triton_is_not_of_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    program = rewardlang.parse("input x : real\nterm paid = x\n")
    program.compile("triton", device="cpu")
    monkeypatch.delenv("TRITON_INTERPRET")
    with pytest.raises(rewardlang.RewardError, match="RW627"):
        program.compile("triton", device="cpu")


@pytest.mark.parametrize("seed", range(3))
def test_a_step_waits_for_no_device(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tensors of the `meta` device have no numbers, so whoever asks for one is told."""
    launched: list[str] = []
    monkeypatch.setattr(TritonKernel, "_launch", lambda self, verb, *a, **k: launched.append(verb))
    reward = rewardlang.parse(generated.program(seed)).compile("triton", device="meta")
    _run(reward, generated.data(seed, 4, 6, "float32", 0.1), STATE_INPUTS, 6)
    trial = ["reset", "step"]  # by which it is found what the memory must not alias
    assert launched == [*trial, "reset", *["step", "reset"] * 6]


def test_a_reset_leaves_the_memory_it_was_given() -> None:
    """Whoever holds on to a memory, as `functional()` lets its caller, still has it."""
    program = rewardlang.parse("input x : real per state\nterm a = max(x over last 3)")
    kernel = TritonKernel(program.plan, torch.float64, torch.device("cpu"))
    none = torch.zeros(0, dtype=torch.int64)
    live = Live(none.double(), none, none)
    x = torch.tensor([5.0, 6.0], dtype=torch.float64)
    memory = kernel.reset([x], kernel.begin(2), None, live)
    before = [ring.clone() for ring in memory.rings]
    kernel.reset([x + 1], memory, torch.tensor([True, False]), live)
    assert before and all(torch.equal(a, b) for a, b in zip(before, memory.rings, strict=True))
