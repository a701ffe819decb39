"""A formula over whole traces as one kernel: the meaning of temporal/offline.py.

A program has one trace in its registers: it reads every atom once and writes every margin once.
Windows are folded by doubling, O(log w) passes within the registers; what has no end, by a scan. An
`until` is the same of the pair (least of f, best of g with f before it).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import torch
import triton
from torch import Tensor

from rewardlang.backends.torch.formula import robustness
from rewardlang.backends.writer import Writer
from rewardlang.temporal.formula import PAST, Formula, walk

MOST_SAMPLES = 8192  # of a trace; longer ones are folded by Torch

_HEAD = '''\
"""{formula}, over traces in Triton."""

import triton
import triton.language as tl
from rewardlang.backends.triton import ops

inf = tl.constexpr(float("inf"))


@triton.jit
def margins(atoms, lengths, out, size, of_atom, of_trace, of_time, BLOCK: tl.constexpr):
    trace = tl.program_id(0).to(tl.int64)
    t = tl.arange(0, BLOCK)
    length = size
    if lengths is not None:
        length = tl.load(lengths + trace)
    real = t < length
'''


def margins(f: Formula, x: Tensor, lengths: Tensor | None) -> Tensor:
    """[B, T] from atoms [B, T, n]. See backends/torch/formula.py."""
    atoms = x.movedim(2, 0)
    traces, size = atoms.shape[1:]
    if size > MOST_SAMPLES or traces * size == 0:
        return robustness(f, atoms, lengths)
    if atoms.stride(2) != 1 and not x.is_contiguous():
        atoms = atoms.contiguous()
    out = torch.empty((traces, size), dtype=x.dtype, device=x.device)
    lanes = triton.next_power_of_2(size)
    with on(x.device):
        _kernel(f)[traces,](
            atoms,
            lengths,
            out,
            size,
            *atoms.stride(),
            BLOCK=lanes,
            num_warps=min(16, max(1, lanes // 256)),
            enable_fp_fusion=False,
        )
    return out


def on(device: torch.device) -> AbstractContextManager[None]:
    """Triton launches on the current device, whatever the tensors are on."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


@cache
def _kernel(f: Formula) -> Any:
    from rewardlang.backends.triton.backend import module_of

    return module_of(formula_text(f)).margins


def formula_text(f: Formula) -> str:
    writer = Writer()
    for line in _HEAD.format(formula=str(f).replace('"', "'").replace("\\", "")).splitlines():
        writer.line(line)
    with writer.block(""):
        made = _Text(writer)
        for node in walk(f):
            made.values[node] = made.of(node)
        writer.line(f"tl.store(out + trace * size + t, {made.values[f]}, t < size)")
    return writer.text()


class _Text:
    """A name for the margins of each sub-formula."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.values: dict[Formula, str] = {}

    def named(self, text: str) -> str:
        name = self.writer.fresh("x")
        self.writer.line(f"{name} = {text}")
        return name

    def of(self, node: Formula) -> str:
        args = [self.values[a] for a in node.args]
        match node.op:
            case "true" | "false":
                value = "inf" if node.op == "true" else "-inf"
                return self.named(f"tl.full((BLOCK,), {value}, atoms.dtype.element_ty)")
            case "atom":
                place = f"trace * of_trace + t * of_time + {node.number} * of_atom"
                return self.named(f"tl.load(atoms + {place}, t < size, 0)")
            case "not":
                return self.named(f"-{args[0]}")
            case "and" | "or":
                total = args[0]
                for x in args[1:]:
                    total = f"ops.{'least' if node.op == 'and' else 'most'}({total}, {x})"
                return self.named(total)
            case "implies":
                return self.named(f"ops.most(-{args[0]}, {args[1]})")
            case "iff":
                a, b = args
                return self.named(f"ops.least(ops.most(-{a}, {b}), ops.most({a}, -{b}))")
            case "next" | "weak_next":
                nothing = "inf" if node.op == "weak_next" else "-inf"
                return self.later("later", self.real(args[0], nothing), 1, nothing)
            case "previously":
                return self.later("earlier", args[0], 1, "-inf")
            case "always" | "eventually" | "historically" | "once":
                return self.window(node, args[0])
            case "until" | "releases" | "since":
                f, g = args
                if node.op != "releases":
                    return self.until(node, f, g)
                return self.named(f"-{self.until(node, self.named(f'-{f}'), self.named(f'-{g}'))}")
        raise ValueError(node.op)

    def real(self, x: str, nothing: str) -> str:
        """x where there is a sample."""
        return self.named(f"tl.where(real, {x}, {nothing})")

    def later(self, way: str, x: str, steps: int, nothing: str) -> str:
        if steps == 0:
            return x
        if steps >= MOST_SAMPLES:
            return self.named(f"tl.where(real, {nothing}, {nothing} + {x} * 0)")
        return self.named(f"ops.{way}({x}, {steps}, {nothing})")

    def window(self, node: Formula, x: str) -> str:
        """The fold of [t + lo, t + hi], or of [t - hi, t - lo]."""
        least = node.op in ("always", "historically")
        nothing, rule = ("inf", "least") if least else ("-inf", "most")
        way = "earlier" if node.op in PAST else "later"
        if way == "later":
            x = self.real(x, nothing)
        (found,) = self.fold(node, way, (x,), (nothing,), rule)
        return self.later(way, found, node.lo, nothing)

    def until(self, node: Formula, f: str, g: str) -> str:
        way = "earlier" if node.op == "since" else "later"
        if way == "later":
            f, g = self.real(f, "inf"), self.real(g, "-inf")
        best = self.fold(node, way, (f, g), ("inf", "-inf"), "pair")[1]
        if node.lo == 0:
            return best
        (before,) = self.windows(way, (f,), node.lo, ("inf",), "least")
        best = self.later(way, best, node.lo, "-inf")
        return self.named(f"ops.least({before}, {best})")

    def fold(
        self, node: Formula, way: str, parts: tuple[str, ...], nothing: tuple[str, ...], rule: str
    ) -> tuple[str, ...]:
        """The merge of as many samples as the interval is wide, or of all."""
        if node.hi is not None and node.hi - node.lo + 1 < MOST_SAMPLES:
            return self.windows(way, parts, node.hi - node.lo + 1, nothing, rule)
        names = tuple(self.writer.fresh("x") for _ in parts)
        back = ", reverse=True" if way == "later" else ""
        if rule == "pair":
            scan = f"tl.associative_scan(({', '.join(parts)}), 0, ops.pair_before{back})"
        else:
            scan = f"tl.associative_scan({parts[0]}, 0, ops.{rule}{back})"
        self.writer.line(f"{', '.join(names)} = {scan}")
        return names

    def windows(
        self, way: str, parts: tuple[str, ...], length: int, nothing: tuple[str, ...], rule: str
    ) -> tuple[str, ...]:
        """The merge of the next `length` samples at each place: of two stretches of a power of
        two, which may overlap, since to merge a sample twice changes no minimum and no maximum."""
        length, width = min(length, MOST_SAMPLES), 1
        while 2 * width <= length:
            parts = self.merged(rule, parts, self.shifted(way, parts, width, nothing))
            width *= 2
        if width == length:
            return parts
        return self.merged(rule, parts, self.shifted(way, parts, length - width, nothing))

    def shifted(
        self, way: str, parts: tuple[str, ...], steps: int, nothing: tuple[str, ...]
    ) -> tuple[str, ...]:
        return tuple(self.later(way, x, steps, n) for x, n in zip(parts, nothing, strict=True))

    def merged(self, rule: str, a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
        if rule != "pair":
            return (self.named(f"ops.{rule}({a[0]}, {b[0]})"),)
        names = self.writer.fresh("x"), self.writer.fresh("x")
        self.writer.line(f"{names[0]}, {names[1]} = ops.pair({', '.join((*a, *b))})")
        return names
