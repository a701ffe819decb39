"""The whole compiler as one readable chain.

    text --parse--> tree --check--> Checked --build--> Program (IR) --passes--> schedule--> Plan
         --backend--> Kernel --runtime--> Reward

`observe(stage, value)`, where a caller gives one, sees every stage on the way: "ast", "checked",
"ir", "plan", "kernel". Only `load` and the import resolver touch files. Everything after `check` is
imported when it is first needed: a check costs neither NumPy nor a compiler.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from rewardlang.check.program import check
from rewardlang.check.tables import Plain, Sheet
from rewardlang.check.typed import (
    Checked,
    Expr,
    InputDecl,
    MachineDecl,
    ParamDecl,
    TermDecl,
)
from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Report, RewardError, Severity
from rewardlang.diagnostics.source import Source
from rewardlang.syntax import ast
from rewardlang.syntax.allowed import allowances
from rewardlang.syntax.parse import decode_source
from rewardlang.syntax.parse import parse as parse_source

if TYPE_CHECKING:
    import torch

    from rewardlang.plan import Plan
    from rewardlang.runtime.reward import Reward
    from rewardlang.runtime.sizes import OpenAxes
    from rewardlang.tensors.hosted import HostedReward
    from rewardlang.tensors.reward import TensorReward

NOMINAL = 2  # slots of an open axis in a plan that nobody runs
Observe = Callable[[str, Any], None]


def _ignore(stage: str, value: Any) -> None:
    pass


class Program:
    """A program without errors, ready to be compiled.

    `diagnostics` holds its warnings. `mode` says what it needs to pay: "online" (a step),
    "episodic" (an episode; `step` pays it on the last one), "recorded", "grouped" or "batched".
    """

    def __init__(self, tree: ast.File, checked: Checked) -> None:
        self.tree = tree
        self.checked = checked
        self.externs: dict[str, Callable[..., Any]] = {}  # what `compile` is given by default
        self.imports = False

    @property
    def name(self) -> str:
        return self.checked.name

    @property
    def doc(self) -> str | None:
        return self.checked.doc

    @property
    def mode(self) -> str:
        return self.checked.mode

    @property
    def inputs(self) -> dict[str, InputDecl]:
        return {d.name: d for d in self.checked.inputs}

    @property
    def params(self) -> dict[str, ParamDecl]:
        return {d.name: d for d in self.checked.params}

    @property
    def terms(self) -> dict[str, TermDecl]:
        return {d.name: d for d in self.checked.terms}

    @property
    def machines(self) -> dict[str, MachineDecl]:
        return {d.name: d for d in self.checked.machines}

    @property
    def diagnostics(self) -> list[Diagnostic]:
        return list(self.checked.diagnostics)

    def other_discounts(self, discount: float) -> list[Diagnostic]:
        """A warning for each potential whose discount is a number other than the trainer's."""
        report = Report()
        report.allow(allowances(self.tree))
        for potential in self.checked.potentials:
            e = potential.discount
            if e is None or e.range.lo != e.range.hi or abs(e.range.lo - discount) < 1e-9:
                continue
            args = {"name": potential.name, "given": f"{e.range.lo:g}", "wanted": f"{discount:g}"}
            report.add(Diagnostic("RW721", (Label(e.span),), args, Severity.WARNING))
        return list(report)

    @property
    def hash(self) -> str:
        """Of the program's meaning: formatting, comments and docs do not change it."""
        return self.plan.hash

    def to_source(self) -> str:
        """The program in its canonical form."""
        from rewardlang.syntax.format import format_file

        return format_file(self.tree)

    @cached_property
    def plan(self) -> Plan:
        return lower(self.checked)

    def sized(self, sizes: Mapping[str, int]) -> Plan:
        """The plan with its open axes of these sizes; it has the program's hashes at any."""
        plan = replace(lower(self.checked, sizes=sizes), hash=self.hash)
        if plan.online is None or self.plan.online is None:
            return plan
        return replace(plan, online=replace(plan.online, hash=self.plan.online.hash))

    @overload
    def compile(  # type: ignore[overload-overlap]
        self,
        backend: Literal["torch", "triton"],
        dtype: str | None = None,
        device: Any = None,
        params: dict[str, Any] | None = None,
        faults: str | None = None,
        check: bool | None = None,
        externs: Mapping[str, Callable[..., Any]] | None = None,
        imports: bool | None = None,
    ) -> TensorReward | HostedReward: ...

    @overload
    def compile(
        self,
        backend: str = "numba",
        dtype: str | None = None,
        device: Any = None,
        params: dict[str, Any] | None = None,
        faults: str | None = None,
        check: bool | None = None,
        externs: Mapping[str, Callable[..., Any]] | None = None,
        imports: bool | None = None,
    ) -> Reward: ...

    def compile(
        self,
        backend: str = "numba",
        dtype: str | None = None,
        device: Any = None,
        params: dict[str, Any] | None = None,
        faults: str | None = None,
        check: bool | None = None,
        externs: Mapping[str, Callable[..., Any]] | None = None,
        imports: bool | None = None,
    ) -> Reward | TensorReward | HostedReward:
        """The program as something a loop can call, over NumPy arrays or over Torch tensors.

        backend   "numba" (one function), "numpy" (slow); of tensors "torch", "triton" (one kernel)
        dtype     "float32" or "float64"; None: float64 if any real input of the first call is
        device    of tensors: any that Torch has; None: "cpu", for "triton" "cuda"
        params    values other than the file's, by name
        faults    "raise", "hold", "zero" or "terminate" instead of what the file says ("hold"
                  where it says nothing)
        check     declared ranges are checked on every call (True), never (False), or on the first
                  batches (None)
        externs   the functions that `extern` declares, by its name or by what its `from` says,
                  beside those in `program.externs`
        imports   whether `from "module:function"` may import what `externs` does not hold
                  (`program.imports` where it is left out)
        """
        from rewardlang import backends

        backends.require(backend, device)
        settings = {
            "dtype": dtype,
            "params": params,
            "faults": faults,
            "check": check,
            "open_axes": open_axes(self.checked, self.sized),
        }
        if backend in backends.ARRAYS:
            return self._over_arrays(backend, settings, externs, imports)
        from rewardlang.tensors.engine import device_of
        from rewardlang.tensors.hosted import HostedReward, needs_host

        if backend == "triton":
            backends.refuse_hosts(self.plan)
            device = "cuda" if device is None else device
        place = device_of(device)
        if needs_host(self.plan):
            reward = self._over_arrays(backends.of_host(), settings, externs, imports)
            return HostedReward(reward, place)
        return self._over_tensors(backend, place, settings)

    def _over_arrays(
        self,
        backend: str,
        settings: dict[str, Any],
        externs: Mapping[str, Callable[..., Any]] | None,
        imports: bool | None,
    ) -> Reward:
        from rewardlang import backends
        from rewardlang.backends.blame import blame
        from rewardlang.extract.functions import functions
        from rewardlang.runtime.reward import Reward

        plan = self.plan
        return Reward(
            plan,
            lambda part, float_type: backends.compile(part, backend, float_type),
            blame,
            reference=lambda part, float_type: backends.compile(part, "numpy", float_type),
            hosts=functions(
                plan,
                {**self.externs, **(externs or {})},
                self.imports if imports is None else imports,
            ),
            **settings,
        )

    def _over_tensors(
        self, backend: str, device: torch.device, settings: dict[str, Any]
    ) -> TensorReward:
        from rewardlang import backends
        from rewardlang.backends.blame import blame
        from rewardlang.tensors.reward import TensorReward

        return TensorReward(
            self.plan,
            lambda part, float_type, place: backends.tensors(part, backend, float_type, place),
            blame,
            device=device,
            **settings,
        )


def open_axes(checked: Checked, resize: Callable[[dict[str, int]], Plan]) -> OpenAxes | None:
    """What the runtime has to know of the axes whose sizes the columns of a call tell."""
    from rewardlang.runtime.sizes import OpenAxes, OpenInput

    if not checked.open_axes:
        return None
    inputs = (
        OpenInput(d.name, tuple(a.source if a.size is None else None for a in d.type.axes), d.span)
        for d in checked.inputs
        if d.type.is_open
    )
    params = frozenset(d.name for d in checked.params if d.type.is_open)
    return OpenAxes(tuple(inputs), params, resize)


# ---- the chain ------------------------------------------------------------------------------


def check_text(
    text: str | bytes,
    name: str = "<text>",
    folder: Path | None = None,
    observe: Observe = _ignore,
) -> tuple[Program | None, list[Diagnostic]]:
    """Parse and check. The program is None if a diagnostic is an error; nothing is raised."""
    report = Report()
    source = decode_source(name, text) if isinstance(text, bytes) else Source(name, text)
    if isinstance(source, Diagnostic):
        return None, [source]
    tree = parse_source(source, report)
    observe("ast", tree)
    checked = check(tree, report, Imports(folder, report), Tables(folder))
    if checked is None or report.errors:
        return None, list(report)
    observe("checked", checked)
    program = Program(tree, checked)
    if checked.hosts or checked.runs:  # only the order of kernels shows whether calls have one
        try:
            program.plan  # noqa: B018
        except RewardError as error:
            return None, [*report, *error.diagnostics]
    return program, list(report)


def lower(
    checked: Checked,
    probes: dict[str, Expr] | None = None,
    observe: Observe = _ignore,
    sizes: Mapping[str, int] | None = None,
) -> Plan:
    """From what was checked to what to compute; with `probes`, these expressions alone.

    `sizes` are those of open axes, by name; without them each has `NOMINAL` slots, to show and to
    tell programs apart, but not to run.
    """
    from rewardlang.ir.builder import build, with_sizes
    from rewardlang.passes import PIPELINE
    from rewardlang.passes.chain import chain

    sizes = dict.fromkeys(checked.open_axes, NOMINAL) if sizes is None else sizes
    checked, probes = with_sizes(checked, probes, sizes)
    program = build(checked, probes)
    for _, run in PIPELINE:
        program = run(program)
    observe("ir", program)
    plan = chain(program)
    observe("plan", plan)
    return plan


def parse(text: str, name: str = "<text>") -> Program:
    """A program from its text. Raises RewardError, with every diagnostic, if it has an error."""
    return _or_raise(*check_text(text, name))


def load(path: str | Path) -> Program:
    """A program from a file. Raises RewardError if it has an error or cannot be read."""
    path = Path(path)
    return _or_raise(*check_text(read(path), path.name, path.parent))


def _or_raise(program: Program | None, diagnostics: list[Diagnostic]) -> Program:
    if program is None:
        raise RewardError(diagnostics)
    return program


def read(path: Path) -> bytes:
    """The bytes of a file; a RewardError (RW679) says why where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        args = {"path": str(path), "reason": reason}
        raise RewardError([Diagnostic("RW679", args=args)]) from None


class Tables:
    """Reads what a param is `from`: a CSV file or a NumPy array beside the file of the program."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def __call__(self, name: str) -> Sheet | Plain | str:
        path = (self.folder or Path()) / name
        if not path.is_file():
            return "is not there"
        try:
            if path.suffix == ".npy":
                return self._array(path)
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, strict=True)
                return Sheet(tuple((reader.line_num, tuple(row)) for row in reader))
        except (OSError, UnicodeError, csv.Error, ValueError) as error:
            return f"cannot be read: {error}"

    @staticmethod
    def _array(path: Path) -> Plain | str:
        import numpy as np

        array = np.load(path, allow_pickle=False)
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            return "holds no numbers"
        return Plain(array.tolist(), array.shape)


class Imports:
    """Finds what a `use` names: a module of the standard library, or a file beside this one."""

    def __init__(self, folder: Path | None, report: Report) -> None:
        self.folder = folder
        self.report = report

    def __call__(self, module: str, is_file: bool) -> ast.File | None:
        if is_file:
            path = (self.folder or Path()) / module
            if not path.is_file():
                return None
            name, data = path.name, read(path)
        else:
            found = resources.files("rewardlang.stdlib").joinpath(
                *module.split(".")[:-1], module.split(".")[-1] + ".reward"
            )
            if not found.is_file():
                return None
            name, data = f"stdlib/{module.replace('.', '/')}.reward", found.read_bytes()
        source = decode_source(name, data)
        if isinstance(source, Diagnostic):
            self.report.add(source)
            return None
        return parse_source(source, self.report)
