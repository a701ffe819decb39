"""Torch beside the NumPy meaning: every builtin, generated programs, machines and formulas.

Sums are taken in another order and transcendentals differ by ulps, so reals agree within a
tolerance; faults, verdicts, states and everything else that is exact agree exactly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rewardlang
from rewardlang.builtins.table import table
from tests.agree import generated
from tests.agree import test_calls as builtin_calls
from tests.agree import test_machines as machines
from tests.agree.test_programs import EPISODES, LENGTH, STATE_INPUTS
from tests.temporal.test_in_a_loop import WALK, _columns

TOLERANCE = {"float32": 3e-5, "float64": 1e-9}
EVERY_DTYPE = pytest.mark.parametrize("dtype", ["float32", "float64"])


def tensors(columns: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.ascontiguousarray(x)) for name, x in columns.items()}


def compiled(
    text: str, dtype: str = "float64", backend: str = "torch", **options: Any
) -> tuple[Any, Any]:
    """By NumPy, which is the meaning, and over tensors."""
    program = rewardlang.parse(text)
    options = {"faults": "hold", "check": False, "device": "cpu", **options}
    return program.compile("numpy", dtype=dtype, **options), program.compile(
        backend, dtype=dtype, **options
    )


def assert_close(expected: Any, found: Any, dtype: str, name: str) -> None:
    expected, found = np.asarray(expected), found.detach().numpy()
    assert found.shape == expected.shape, name
    if expected.dtype.kind != "f":
        np.testing.assert_array_equal(found, expected, err_msg=name)
        return
    rtol = TOLERANCE[dtype]
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol / 10, err_msg=name)


def assert_agree(expected: Any, found: Any, dtype: str) -> None:
    for name in ("reward", "valid", "terminated", "success"):
        assert_close(getattr(expected, name), getattr(found, name), dtype, name)
    for group in ("terms", "weighted", "conditions", "metrics", "probes"):
        ours, theirs = getattr(expected, group), getattr(found, group)
        assert ours.keys() == theirs.keys()
        for name in ours.keys() - {"rest"}:
            assert_close(ours[name], theirs[name], dtype, f"{group} {name}")
    for name, spec in expected.specs.items():
        for part in ("satisfied", "violated", "robustness"):
            if getattr(spec, part) is not None:
                there = getattr(found.specs[name], part)
                assert_close(getattr(spec, part), there, dtype, f"{part} of {name}")
    for name, machine in expected.machines.items():
        for part in ("state", "edge", "payout"):
            assert_close(getattr(machine, part), getattr(found.machines[name], part), dtype, name)
    assert expected.faults.counts == found.faults.counts


@EVERY_DTYPE
@pytest.mark.parametrize("seed", range(12))
def test_generated_programs_over_recorded_data(seed: int, dtype: str) -> None:
    numpy, ours = compiled(generated.program(seed), dtype)
    columns = generated.data(seed, EPISODES, LENGTH, dtype, nasty=0.1)
    lengths = np.random.default_rng(seed).integers(1, LENGTH + 1, EPISODES)
    found = ours.evaluate(tensors(columns), lengths=torch.from_numpy(lengths))
    assert_agree(numpy.evaluate(columns, lengths=lengths), found, dtype)


@pytest.mark.parametrize("gradients", [False, True], ids=["in place", "with gradients"])
@pytest.mark.parametrize("seed", range(8))
def test_generated_programs_in_a_loop(seed: int, gradients: bool) -> None:
    assert_agree_in_a_loop(seed, "torch", gradients)


def assert_agree_in_a_loop(seed: int, backend: str, gradients: bool) -> None:
    """With masked resets, rows that wait, and a saved state in the middle."""
    numpy, ours = compiled(generated.program(seed), backend=backend)
    columns = generated.data(seed, EPISODES, LENGTH, "float64", nasty=0.1)
    rng = np.random.default_rng(seed)
    start = {name: columns[name][:, 0] for name in STATE_INPUTS}
    numpy.reset(start)
    ours.reset(tensors(start))
    for t in range(LENGTH):
        row = {n: c[:, t + (n in STATE_INPUTS)] for n, c in columns.items()}
        ended = rng.random(EPISODES) < 0.2
        active = None if t % 3 else rng.random(EPISODES) < 0.7
        flags = {} if active is None else {"active": torch.from_numpy(active)}
        with torch.set_grad_enabled(gradients):
            found = ours.step(tensors(row), torch.from_numpy(ended), **flags)
        assert_agree(numpy.step(row, ended, active=active), found, "float64")
        numpy.reset(start, ended)
        ours.reset(tensors(start), torch.from_numpy(ended))
        if t == LENGTH // 2:
            state = ours.state_dict()
            ours = compiled(generated.program(seed), backend=backend)[1]
            ours.load_state_dict(state)
    assert (ours.steps, ours.episodes) == (numpy.steps, numpy.episodes)


CALLED = [n for n in builtin_calls.ROWS if n not in builtin_calls.NOT_COMPARED]


@pytest.mark.parametrize("name", CALLED)
def test_every_builtin_as_a_program_calls_it(name: str) -> None:
    """What is exact, and what is a fault, is so in both; ill-conditioned results are left out by
    comparing with the same program over inputs an ulp away."""
    terms = list(builtin_calls.calls(name))
    for start in range(0, len(terms), 16):
        chunk = terms[start : start + 16]
        dtype = "float64"
        columns = builtin_calls.data(dtype, episodes=30, length=8, nasty=0.03)
        text = builtin_calls.INPUTS + "".join(
            f"term t{i} = {term}\n" for i, term in enumerate(chunk)
        )
        numpy, ours = compiled(text, faults="zero")
        expected, found = numpy.evaluate(columns), ours.evaluate(tensors(columns))
        assert expected.faults.counts == found.faults.counts, chunk
        for i, term in enumerate(chunk):
            scale = 1e-9 * max(1.0, float(np.abs(expected.terms[f"t{i}"]).max()))
            there = found.terms[f"t{i}"].numpy()
            with np.errstate(all="ignore"):
                close = np.abs(there - expected.terms[f"t{i}"]) <= scale
            assert close.all(), term


@pytest.mark.parametrize("seed", range(20))
def test_machines(seed: int) -> None:
    numpy, ours = compiled(machines.drawn(seed).text)
    columns = machines.trace(seed, 12)
    assert_agree(numpy.evaluate(columns), ours.evaluate(tensors(columns)), "float64")


def test_formulas() -> None:
    numpy, ours = compiled(WALK)
    columns = _columns(np.random.default_rng(3), 5, 40)
    for ended in (np.zeros((5, 40), bool), np.arange(40)[None].repeat(5, 0) == 39):
        expected = numpy.evaluate(columns, terminated=ended)
        found = ours.evaluate(tensors(columns), terminated=torch.from_numpy(ended))
        assert_agree(expected, found, "float64")


def test_every_builtin_has_a_torch_text() -> None:
    missing = [
        row.name
        for row in table().values()
        for overload in row.overloads
        if overload.numba is not None and overload.torch is None
    ]
    assert missing == []


@pytest.mark.parametrize("seed", range(12))
def test_transitions_from_every_state_of_a_machine(seed: int) -> None:
    numpy, ours = compiled(machines.drawn(seed).text)
    columns = machines.trace(seed, 8)
    start = {"x": columns["x"][:, 0]}
    numpy.reset(start)
    ours.reset(tensors(start))
    for t in range(8):
        row = {name: x[:, t + (name == "x")] for name, x in columns.items()}
        expected, found = numpy.counterfactual(row), ours.counterfactual(tensors(row))
        for part in ("state", "edge", "payout", "reward", "terminated", "valid"):
            if getattr(expected, part) is None:
                assert getattr(found, part) is None
            else:
                assert_close(getattr(expected, part), getattr(found, part), "float64", part)
        assert_agree(numpy.step(row), ours.step(tensors(row)), "float64")


SMOOTH = """
input x : real
input y : real
spec safe (OPTIONS) = (always [0 .. 3] x > 0.1) and ((y < 1 until [1 .. 4] x > 0.5) weighted 2)
spec calm (OPTIONS) = historically [0 .. 2] (x < 2 or y > 0)
spec held (OPTIONS) = always (x < 3 and once [0 .. 4] y > 0)
term a = robustness(safe)
term b = robustness(calm over past)
term c = robustness(held)
REST
"""
EVERY_SEMANTICS = pytest.mark.parametrize("name", ["logsumexp", "softmin", "agm", "gmsr"])


def _smooth(name: str, rest: str = "") -> str:
    return SMOOTH.replace("OPTIONS", f"semantics: {name}").replace("REST", rest)


@EVERY_DTYPE
@EVERY_SEMANTICS
def test_smooth_formulas(name: str, dtype: str) -> None:
    rng = np.random.default_rng(4)
    columns = {n: rng.normal(size=(4, 15)).astype(dtype) for n in "xy"}
    lengths = np.array([15, 3, 7, 15])
    for rest in ("", "term d = robustness(safe over rest)"):
        numpy, ours = compiled(_smooth(name, rest), dtype)
        found = ours.evaluate(tensors(columns), lengths=torch.from_numpy(lengths))
        assert_agree(numpy.evaluate(columns, lengths=lengths), found, dtype)


@EVERY_SEMANTICS
def test_gradients_of_smooth_margins(name: str) -> None:
    _, ours = compiled(_smooth(name, "term d = robustness(safe over rest)"))
    rng = np.random.default_rng(5)
    x, y = (torch.tensor(rng.normal(size=(2, 8)), requires_grad=True) for _ in range(2))

    def total(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        reward: torch.Tensor = ours.evaluate({"x": x, "y": y}).reward
        return reward.clamp(-50, 50)

    assert torch.autograd.gradcheck(total, (x, y))
