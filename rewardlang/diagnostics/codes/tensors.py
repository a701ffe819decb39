"""Messages about programs over tensors, at run time: RW624 on."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_WALK = """\
import torch
program = rewardlang.parse("input speed : real\\nterm walk = speed", name="walk")
"""
# As on a machine with Triton's package and without its interpreter, whatever this one is.
_TRITON = """\
from unittest import mock
installed = mock.patch("rewardlang.backends.find_spec")
compiling = mock.patch.dict("os.environ", TRITON_INTERPRET="0")
"""
_RARE = "term rare = speed / (1 + std(speed over run else 1))"


def _compiled(term: str) -> str:
    return (
        f'{_TRITON}program = rewardlang.parse("input speed : real\\n{term}", name="walk")\n'
        'with installed, compiling:\n    program.compile(backend="triton")'
    )


def _noted(term: str, backend: str) -> str:
    return (
        "from rewardlang.tooling import fit\n"
        f'program = rewardlang.parse("input speed : real\\n{term}", name="walk")\n'
        f'if found := fit(program, "{backend}"):\n    raise rewardlang.RewardError(found)'
    )


def _python(
    code: str, title: str, why: str, hint: str, explanation: str, bad: str, good: str
) -> Code:
    return Code(code, title, why, hint, explanation, bad, good, kind="python")


CODES: tuple[Code, ...] = (
    _python(
        "RW624",
        "input `{name}` is of type {given}, where a tensor belongs",
        "A program compiled for tensors takes and gives tensors, on one device.",
        "give `torch.as_tensor({name}, device=reward.device)`, or compile for `numba`",
        "A copy from an array to the device is work that a loop should see, so it is not made in "
        "silence. Plain numbers are taken as they are, for one environment.",
        "import numpy as np\n"
        + _WALK
        + 'program.compile(backend="torch").step({"speed": np.ones(2)})',
        _WALK + 'program.compile(backend="torch").step({"speed": torch.ones(2)})',
    ),
    _python(
        "RW625",
        "`{name}` is on `{given}`, and the program is on `{device}`",
        "All tensors of a call are on the device that the program was compiled for.",
        'compile with `device="{given}"`, or give `{name}.to("{device}")`',
        "A program has its memory on one device. Tensors are not moved in silence: that would wait "
        "for both devices in every step.",
        _WALK
        + 'reward = program.compile(backend="torch")\n'
        + 'reward.step({"speed": torch.ones(2, device="meta")})',
        _WALK
        + 'reward = program.compile(backend="torch")\n'
        + 'reward.step({"speed": torch.ones(2, device="cpu")})',
    ),
    _python(
        "RW626",
        "there is no device `{device}` here",
        "Torch says: {reason}",
        'compile with `device="cpu"`, or install a Torch build for the device',
        "`device` is what Torch calls one: `cpu`, `cuda`, `cuda:1`. The registry's default build of "
        "Torch for Linux has CUDA; one from the CPU index has not.",
        _WALK + 'program.compile(backend="torch", device="abacus")',
        _WALK + 'program.compile(backend="torch", device="cpu")',
    ),
    _python(
        "RW627",
        "Triton does not run on `{device}`",
        "It makes kernels for GPUs.",
        'leave `device` out for the GPU, or compile with `backend="torch"`',
        "Without a GPU, Triton's interpreter runs the same kernels number by number, for tests: set "
        "`TRITON_INTERPRET=1` before Python starts. It takes thousands of times as long.",
        _TRITON
        + _WALK
        + 'with installed, compiling:\n    program.compile(backend="triton", device="cpu")',
        _WALK + 'program.compile(backend="torch", device="cpu")',
    ),
    _python(
        "RW628",
        "{what} is computed on the host, where Triton has no part",
        "A GPU kernel runs from its inputs to its results without asking anybody.",
        'compile with `backend="torch"`, which brings these values to the host and back',
        "Functions of the host, and statistics over groups, batches or the run, stand between two "
        "kernels. `rewardlang check --backend torch` names what runs there.",
        _compiled(_RARE),
        _noted("term rare = speed / 2", "triton"),
    ),
    _python(
        "RW629",
        "{what} does not fit in a fused kernel, so the program runs on Torch",
        "A kernel of Triton computes one environment in each lane, with its numbers in registers.",
        "nothing is wrong: results are the same, in more kernels",
        "Functions of whole arrays, order statistics over windows, formulas that are evaluated where "
        "an episode ends, and values of more than 128 numbers are left to Torch, and with them the "
        "whole program. `rewardlang check --backend triton` names them.",
        _noted("term middle = median(speed over last 5 else 0)", "triton"),
        _noted("term middle = mean(speed over last 5 else 0)", "triton"),
    ),
    _python(
        "RW636",
        "{what} is computed on the host, and the whole program with it",
        "It needs a function of the host, or other rows than those of its episode.",
        "nothing is wrong: each call brings its columns to the host, and results have no gradient",
        "`rewardlang check --backend torch` names such stages. A loop that must not wait for its "
        "device has none.",
        _noted(_RARE, "torch"),
        _noted("term rare = speed / 2", "torch"),
    ),
)
