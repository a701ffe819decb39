"""Compiles the Triton kernels of programs for a GPU that need not be there, and says what came out.

    TRITON_INTERPRET=0 python -m tests.backends.compile_for_gpu FILE.reward..

One line of JSON a kernel: the seconds that it took, from nothing, the registers of a lane, the
bytes of them that did not fit, and the bytes of shared memory.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

import rewardlang
from rewardlang.backends.triton import formula
from rewardlang.backends.triton.backend import TritonKernel, module_of
from rewardlang.plan import Plan
from rewardlang.tensors.kernel import Live, Transitions

TARGET = GPUTarget("cuda", 90, 32)  # an H100
_POINTERS = {
    torch.float32: "*fp32",
    torch.float64: "*fp64",
    torch.int64: "*i64",
    torch.uint8: "*u8",
    torch.bool: "*i1",
}


def compiled(kernel: Any, given: dict[str, Any], warps: int, **constants: Any) -> dict[str, Any]:
    """What Triton makes of a kernel for these arguments: tensors, numbers and constants."""
    constants |= {name: None for name, x in given.items() if x is None}
    signature, aligned = {}, {}
    for n, (name, x) in enumerate(given.items()):
        if isinstance(x, torch.Tensor):
            signature[name] = _POINTERS[x.dtype]
            aligned[(n,)] = [["tt.divisibility", 16]]
        elif x is not None:
            signature[name] = "i32"
    signature |= dict.fromkeys(constants, "constexpr")
    ordered = {name: signature[name] for name in kernel.arg_names}
    source = ASTSource(fn=kernel, signature=ordered, constexprs=constants, attrs=aligned)
    start = time.perf_counter()
    made = triton.compile(
        source, target=TARGET, options={"num_warps": warps, "enable_fp_fusion": False}
    )
    seconds = time.perf_counter() - start
    for (name, _), (value, scope) in kernel.used_global_vals.items():
        if scope[name] != value:  # as Triton asks at each launch
            raise ValueError(f"{name} would seem to have changed")
    return {"seconds": seconds, "shared": made.metadata.shared, **_resources(made.asm["cubin"])}


def _resources(cubin: bytes) -> dict[str, int]:
    """Registers of a lane, and bytes of its own memory: the stack, and what is spilled to it."""
    tool = Path(triton.__file__).parent / "backends/nvidia/bin/cuobjdump"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        command = [str(tool), "--dump-resource-usage", file.name]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {name: int(n) for name, n in re.findall(r"(REG|STACK|LOCAL):(\d+)", said)}
    return {"registers": found["REG"], "spilled": found["STACK"] + found["LOCAL"]}


class Recorded(TritonKernel):
    """Compiles where it would launch."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, torch.float32, torch.device("cpu"))
        self.made: dict[str, dict[str, Any]] = {}

    def _launch(
        self, verb: str, given: dict[str, Any], sizes: tuple[int, ...], *, hold: bool, masked: bool
    ) -> None:
        lanes = 32 if verb == "evaluate" else 128
        numbers = dict(zip(("size", "steps", "total"), sizes, strict=False))
        tensors = {name: given[name] for name in self._arguments[verb]}
        self.made[verb] = compiled(
            getattr(self._module, verb),
            tensors | numbers,
            lanes // 32,
            HOLD=hold,
            MASKED=masked,
            BLOCK=lanes,
        )


def kernels_of(plan: Plan) -> dict[str, dict[str, Any]]:
    """The three kernels of a plan: without masks and held values, and then with them."""
    kernel, size = Recorded(plan), 64

    def columns(*lead: int) -> list[torch.Tensor | None]:
        kinds = {"real": torch.float32, "int": torch.int64, "bool": torch.uint8}
        leads = [lead[:1] if i.per == "episode" else lead for i in plan.inputs]
        return [
            torch.zeros((*n, *i.shape), dtype=kinds[i.kind])
            for n, i in zip(leads, plan.inputs, strict=True)
        ]

    live = Live(
        torch.zeros(plan.real_params), torch.zeros(plan.int_params).long(), torch.ones(3).long()
    )
    flags = torch.zeros(size, dtype=torch.bool)
    memory = kernel.reset(columns(size), kernel.begin(size), None, live)
    memory = kernel.reset(columns(size), memory, flags, live)
    ends = torch.zeros((size, 4), dtype=torch.bool)
    for hold in (False, True):
        active = flags if hold else None
        rows = Transitions(columns(size), flags, flags)
        kernel.step(rows, memory, live, hold=hold, active=active)
        traces = Transitions(columns(size, 4), ends, ends)
        kernel.evaluate(traces, memory, live, hold=hold)
    return kernel.made


def margins_of(plan: Plan) -> list[dict[str, Any]]:
    """The kernels of the formulas that a plan evaluates over recorded data."""
    found = []
    for feed in plan.feeds:
        for call in feed.calls:
            if call.ahead is not None and call.ahead.formula is not None:
                module = module_of(formula.formula_text(call.ahead.formula))
                atoms = torch.zeros(1)
                for lengths in (None, torch.zeros(1).long()):
                    given = {"atoms": atoms, "lengths": lengths, "out": atoms, "size": 1000}
                    given |= {"of_atom": 1, "of_trace": 2000, "of_time": 2}
                    found.append(compiled(module.margins, given, 4, BLOCK=1024))
    return found


def main() -> None:
    for path in sys.argv[1:]:
        plan = rewardlang.load(path).plan
        rows = [{"kernel": verb, **row} for verb, row in kernels_of(plan).items()]
        rows += [{"kernel": "margins", **row} for row in margins_of(plan)]
        for row in rows:
            print(json.dumps({"file": Path(path).name, **row}))


if __name__ == "__main__":
    main()
