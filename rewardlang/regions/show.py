"""Regions as text, in the language's own notation, and as a document for other programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rewardlang.regions.recognise import Matrix, Quadratic, Region, Regions, Vector


def show(found: tuple[Regions, ...]) -> str:
    return "\n\n".join("\n".join(_lines(one)) for one in found) + "\n"


def document(found: tuple[Regions, ...]) -> list[dict[str, Any]]:
    """Plain lists and numbers: variables, domain, and A, b, strict, Q, c, d of every region."""
    return [{**asdict(one), "kind": None if one.reason else one.kind} for one in found]


def _lines(one: Regions) -> Iterable[str]:
    title = one.name if one.name == one.role else f"{one.role} {one.name}"
    if one.reason is not None:
        yield f"{title}: not recognised, because {one.reason}"
        return
    count = len(one.regions)
    yield f"{title}: {one.kind}, {count} region{'s' if count > 1 else ''}"
    if one.role == "term" and one.factor != 1:
        factor = "what depends on inputs" if one.factor is None else f"{one.factor:.12g}"
        yield f"  times {factor} in the total"
    for name, value in one.params:
        yield f"  param {name} = {value:.12g}"
    for name, (lo, hi) in zip(one.variables, one.domain, strict=True):
        yield f"  input {name} in {lo:.12g} .. {hi:.12g}"
    for region in one.regions:
        yield f"  if {_conditions(region, one.variables)}"
        yield f"    {_value(region.value, one.variables)}"


def _conditions(region: Region, variables: tuple[str, ...]) -> str:
    rows = zip(region.A, region.b, region.strict, strict=True)
    text = " and ".join(_condition(row, bound, strict, variables) for row, bound, strict in rows)
    return text or "true"


def _condition(row: Vector, bound: float, strict: bool, variables: tuple[str, ...]) -> str:
    """With one variable, that variable alone; else the sum as it is."""
    used = [i for i, weight in enumerate(row) if weight]
    if len(used) == 1:
        weight = row[used[0]]
        sign = ("<" if strict else "<=") if weight > 0 else (">" if strict else ">=")
        return f"{variables[used[0]]} {sign} {bound / weight + 0.0:.12g}"
    left = _sum((weight, variables[i]) for i, weight in enumerate(row))
    return f"{left} {'<' if strict else '<='} {bound + 0.0:.12g}"


def _value(value: Quadratic | None, variables: tuple[str, ...]) -> str:
    if value is None:
        return "a fault"
    parts = [*_squares(value.Q, variables)]
    parts += ((weight, variables[i]) for i, weight in enumerate(value.c))
    return _sum([*parts, (value.d, "")])


def _squares(matrix: Matrix, variables: tuple[str, ...]) -> Iterable[tuple[float, str]]:
    for i, row in enumerate(matrix):
        yield row[i], f"{variables[i]} ^ 2"
        for j in range(i + 1, len(row)):
            yield 2 * row[j], f"{variables[i]} * {variables[j]}"


def _sum(parts: Iterable[tuple[float, str]]) -> str:
    text = ""
    for factor, name in parts:
        if factor == 0:
            continue
        size = "" if abs(factor) == 1 and name else f"{abs(factor):.12g}"
        one = " * ".join(part for part in (size, name) if part)
        minus = "-" if factor < 0 else ""
        text = f"{text} {minus or '+'} {one}" if text else f"{minus}{one}"
    return text or "0"
