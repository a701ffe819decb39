"""Messages about programs over tensors, at run time: RW624 on."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_WALK = """\
import torch
program = rewardlang.parse("input speed : real\\nterm walk = speed", name="walk")
"""


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
)
