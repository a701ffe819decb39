"""Why a formula has the value it has, over recorded data: which atom, at which sample.

The margins of its atoms are computed by the reference, and the formula is followed down to the one
that decides (`temporal/why.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlang.check.typed import Expr, Memory, SpecDecl
from rewardlang.coverage import probing
from rewardlang.diagnostics.source import Span
from rewardlang.driver import Program
from rewardlang.temporal.why import decisive
from rewardlang.types import Index, Known, Level


@dataclass(frozen=True)
class Reason:
    """`sample` 0 is that of the reset; `margin` is 1 or -1 for an atom that holds or not.

    All but `episode` are None where nothing decides: where every window was empty.
    """

    episode: int
    atom: str | None
    sample: int | None
    margin: float | None
    span: Span | None


def why(
    program: Program, spec: str, columns: Mapping[str, Any], lengths: Any = None
) -> list[Reason]:
    """For each episode of padded columns the reason of the formula's value as if it ended there.

    Raises KeyError for a name that is no spec of the program.
    """
    declared = {d.name: d for d in program.checked.specs}[spec]
    state = _begins_at_reset(declared)
    probes: dict[str, Expr] = {}
    for n, atom in enumerate(declared.atoms):
        value = atom.truth if atom.margin is None else atom.margin
        probes[f"{n}"] = value
        if state:
            level = Level(Index.EPISODE, Known.RESET)
            attr = Memory("at_reset")
            probes[f"{n} reset"] = Expr(
                "memory", (value,), attr, value.type, level, value.range, value.span
            )
    out = probing(program.checked, probes).evaluate(dict(columns), lengths=lengths)
    signals = [_signal(out.probes, n, state) for n in range(len(declared.atoms))]
    atoms = np.stack(signals)
    rows, size = atoms.shape[1:]
    steps = np.full(rows, size - state) if lengths is None else np.asarray(lengths)
    found = decisive(declared.formula, atoms, steps + state)
    reasons = []
    for row, at in enumerate(found):
        if at is None:
            reasons.append(Reason(row, None, None, None, None))
            continue
        span = declared.atoms[at.atom].span
        text = " ".join(span.text.split())
        sample = at.sample + (0 if state else 1)
        reasons.append(Reason(row, text, sample, float(atoms[at.atom, row, at.sample]), span))
    return reasons


def _begins_at_reset(spec: SpecDecl) -> int:
    """1 where the reset's sample is the first of the trace."""
    levels = {atom.truth.level.index for atom in spec.atoms}
    return int(max(levels, default=Index.STEP) is Index.STATE)


def _signal(probes: Mapping[str, Any], n: int, state: int) -> Any:
    """[B, T] or, with the reset first, [B, T + 1]; what holds or not as 1 and -1."""
    values = np.asarray(probes[f"{n}"])
    if values.dtype == bool:
        values = np.where(values, 1.0, -1.0)
    if not state:
        return values
    first = np.asarray(probes[f"{n} reset"])
    if first.dtype == bool:
        first = np.where(first, 1.0, -1.0)
    first = first[:, 0] if first.ndim > 1 else first
    return np.concatenate([first[:, None], values], axis=1)
