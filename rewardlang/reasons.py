"""Why a formula has the value it has, over recorded data: which atom, at which sample.

The margins of its atoms are computed by the reference, and the formula is followed down to the one
that decides (`temporal/why.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.check.typed import AtomDecl, SpecDecl
from rewardlang.check.units import as_factor
from rewardlang.diagnostics.source import Span
from rewardlang.driver import Program
from rewardlang.probing import Traces, traces
from rewardlang.runtime.failure import unknown
from rewardlang.temporal.why import Decisive, decisive

TINY = np.nextafter(0, 1)


@dataclass(frozen=True)
class Reason:
    """`sample` 0 is that of the reset; `margin` is 1 or -1 for an atom that holds or not, a bool.

    `margin` is in `unit`, as units are written, None for a plain number. All but `episode` are None
    where nothing decides: where every window was empty, or an atom is a fault.
    """

    episode: int
    atom: str | None = None
    sample: int | None = None
    margin: float | None = None
    unit: str | None = None
    is_bool: bool = False
    span: Span | None = None


def why(program: Program, spec: str, columns: Mapping[str, Any], **recorded: Any) -> list[Reason]:
    """For each episode the reason of the formula's value as if it ended there.

    The value is the robustness; where margins do not compare, for want of one or for their units,
    it is the truth. `columns` and `recorded` (`lengths`, `episode`, `initial`) are what
    `Reward.evaluate` takes. Raises RewardError (RW437) for a name that is no spec of the program.
    """
    declared = spec_of(program, spec)
    over = traces(
        program.checked, declared, lambda reward: reward.evaluate(dict(columns), **recorded)
    )
    found = decisive(declared.formula, _values(declared, over), over.lengths)
    return [
        Reason(row) if at is None else _reason(row, at, declared.atoms[at.atom], over)
        for row, at in enumerate(found)
    ]


def spec_of(program: Program, name: str) -> SpecDecl:
    """RewardError (RW437) where the program has none of that name."""
    specs = {d.name: d for d in program.checked.specs}
    if name not in specs:
        raise unknown("RW437", name, specs)
    return specs[name]


def _values(spec: SpecDecl, over: Traces) -> NDArray[np.float64]:
    """A margin of 0 says neither that an atom holds nor that it fails: its truth does."""
    signs = np.where(over.truths, TINY, -TINY)
    comparable = spec.robustness is not None
    values = np.where(over.margins == 0, signs, over.margins) if comparable else signs
    return np.where(np.isnan(over.margins), np.nan, values)


def _reason(row: int, at: Decisive, atom: AtomDecl, over: Traces) -> Reason:
    unit = None if atom.margin is None else as_factor(atom.margin.type.unit)
    return Reason(
        episode=row,
        atom=" ".join(atom.span.text.split()),
        sample=at.sample + over.first,
        margin=float(over.margins[at.atom, row, at.sample]),
        unit=str(unit) if unit is not None and unit.factors else None,
        is_bool=atom.margin is None,
        span=atom.span,
    )
