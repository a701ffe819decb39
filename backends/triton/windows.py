"""The Triton text of windows: every lane reads its ring anew, from the oldest sample on.

O(length) reads a row, side by side for lanes that were reset together. The folds of blocks that the
backends of the CPU keep (plan.PlanBuffer) would be rebuilt by some lane of a warp at nearly every
row, since lanes are at different places of their blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.builtins.records import RECORDS
from rewardlang.plan import PlanBuffer

if TYPE_CHECKING:
    from rewardlang.backends.triton.values import Values

TYPES = {"real": "real", "wide": "tl.float64", "int": "tl.int64", "bool": "tl.int32"}
NAN = 'float("nan")'  # a global would seem to Triton to have changed at every call
FAULT = {"real": NAN, "wide": NAN, "int": "FAULT_INT", "bool": "2"}
_LARGEST = 2**63 - 1


def write_window(values: Values, buffer: PlanBuffer, newest: list[str]) -> list[str]:
    """Names for the fold of the samples in the ring and of `newest`, this row's."""
    made = _record if buffer.fold in RECORDS else _plain
    return made(values, buffer, newest)


def _older(values: Values, buffer: PlanBuffer) -> None:
    """The head of the loop over the samples before this row's: their place, and whether there
    is such a sample."""
    place, length = values.place(buffer), buffer.length
    values.writer.line(f"back = {length} - younger")
    values.writer.line(f"place = {place} - back")
    values.writer.line(f"place = tl.where(place < 0, place + {length}, place)")


def _plain(values: Values, buffer: PlanBuffer, newest: list[str]) -> list[str]:
    fold, kind = buffer.fold or "", buffer.kind
    writer, sample = values.writer, values.sample(buffer)
    totals = [writer.fresh("total") for _ in newest]
    for total in totals:
        writer.line(f"{total} = tl.full((BLOCK,), {_neutral(fold, kind)}, {TYPES[kind]})")
    spoiled = [] if keeps_fault(fold, kind) else [writer.fresh("spoiled") for _ in newest]
    for name in spoiled:
        writer.line(f"{name} = tl.full((BLOCK,), 0, tl.int1)")
    as_bool = ".to(tl.int32)" if kind == "bool" else ""
    with writer.block(f"for younger in range(1, {buffer.length}):"):
        _older(values, buffer)
        neutral = _neutral(fold, kind)
        for j, total in enumerate(totals):
            load = f"tl.load({values.ring(buffer, 'place', j)}, here & (back <= {sample}), 0)"
            writer.line(f"old = tl.where(back <= {sample}, {load}{as_bool}, {neutral})")
            writer.line(f"{total} = {folded(fold, kind, total, 'old')}")
            if spoiled:
                writer.line(f"{spoiled[j]} |= old == {FAULT[kind]}")
    found = []
    for j, (total, x) in enumerate(zip(totals, newest, strict=True)):
        text = folded(fold, kind, total, x)
        if spoiled:
            fault = f"{spoiled[j]} | ({x} == {FAULT[kind]})"
            text = f"tl.where({fault}, {FAULT[kind]}, {text})"
        found.append(values.named(text))
    return found


def _record(values: Values, buffer: PlanBuffer, newest: list[str]) -> list[str]:
    """Records merge, the older with the newer; there is no record of no samples."""
    width = buffer.shape[0]
    many, writer, sample = len(newest) // width, values.writer, values.sample(buffer)
    kind = TYPES[buffer.kind]
    totals = [writer.fresh("total") for _ in newest]
    for total in totals:
        writer.line(f"{total} = tl.full((BLOCK,), 0, {kind})")
    with writer.block(f"for younger in range(1, {buffer.length}):"):
        _older(values, buffer)
        for j in range(len(newest)):
            writer.line(
                f"old{j} = tl.load({values.ring(buffer, 'place', j)}, here & (back <= {sample}), 0)"
            )
        for lane in range(many):
            own = range(lane, len(newest), many)
            merged = [f"joined{j}" for j in own]
            older = [totals[j] for j in own]
            _merge(values, buffer, merged, older, [f"old{j}" for j in own])
            for j, name in zip(own, merged, strict=True):
                first = f"back == tl.minimum({sample}, {buffer.length - 1})"
                kept = f"tl.where(back <= {sample}, {name}, {totals[j]})"
                writer.line(f"{totals[j]} = tl.where({first}, old{j}, {kept})")
    found = [""] * len(newest)
    for lane in range(many):
        own = range(lane, len(newest), many)
        merged = [writer.fresh("merged") for _ in own]
        _merge(values, buffer, merged, [totals[j] for j in own], [newest[j] for j in own])
        for j, name in zip(own, merged, strict=True):
            found[j] = values.named(f"tl.where({sample} > 0, {name}, {newest[j]})")
    return found


def _merge(
    values: Values, buffer: PlanBuffer, into: list[str], older: list[str], newer: list[str]
) -> None:
    records = ", ".join(f"({', '.join(parts)},)" for parts in (older, newer))
    values.writer.line(f"{', '.join(into)} = merge_{buffer.fold}({records})")


def folded(fold: str, kind: str, a: str, b: str) -> str:
    """One step of a fold; see `keeps_fault`."""
    if fold in ("sum", "prod"):
        return f"{a} {'+' if fold == 'sum' else '*'} {b}"
    rule = "least" if fold in ("min", "all") else "most"
    if kind in ("real", "wide"):
        return f"ops.{rule}({a}, {b})"
    return f"tl.{'minimum' if rule == 'least' else 'maximum'}({a}, {b})"


def keeps_fault(fold: str, kind: str) -> bool:
    """Whether a fault comes out of a fold by itself: NaN, the least int, the largest bool."""
    return kind in ("real", "wide") or (kind, fold) in (
        ("int", "min"), ("bool", "max"), ("bool", "any")
    )  # fmt: skip


def _neutral(fold: str, kind: str) -> str:
    if fold in ("min", "max"):
        if kind in ("real", "wide"):
            return "inf" if fold == "min" else "-inf"
        return str(_LARGEST if fold == "min" else -_LARGEST)
    return "1" if fold in ("prod", "all") else "0"
