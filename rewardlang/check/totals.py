"""The total and the reward: when they are known, what values they can take, who has which share."""

from __future__ import annotations

import math

from rewardlang.check.assemble import Declared
from rewardlang.check.levels import PER_STEP, join
from rewardlang.check.ranges import plus, point, times
from rewardlang.check.session import Session, Value
from rewardlang.check.sinks import weighted_range
from rewardlang.check.typed import Checked, PotentialDecl
from rewardlang.types import REAL, Axis, Index, Level, Range, Type


def total_value(session: Session, declared: Declared) -> Value:
    """The weighted sum of the terms."""
    timestep = float(session.timestep) if session.timestep is not None else None
    axes: tuple[Axis, ...] = ()
    range_, level = point(0), PER_STEP
    for term in declared.terms.values():
        axes = term.value.type.axes or axes
        range_ = plus(range_, weighted_range(term, timestep))
        level = join(level, _known(term.value.level))
    return Value(Type("real", axes=axes), level, range_)


def reward_value(session: Session, declared: Declared) -> Value:
    """The total or the file's own reward, and the potentials and payments always added to it."""
    total = session.values.get("total", Value(REAL, PER_STEP, point(0)))
    range_, level, axes = total.range, total.level, total.type.axes
    if declared.reward is not None:
        value, on_fault = declared.reward
        axes = value.type.axes
        range_ = value.range if on_fault is None else value.range.join(on_fault.range)
        level = join(PER_STEP, _known(value.level))
    for potential in declared.potentials.values():
        range_ = plus(range_, _shaping_range(potential))
        axes = potential.value.type.axes or axes
    for condition in declared.conditions.values():
        if condition.pays is not None:
            axes = condition.pays.type.axes or condition.when.type.axes or axes
            range_ = plus(range_, condition.pays.range.join(point(0)))
    return Value(Type("real", axes=axes), level, range_)


def _known(level: Level) -> Level:
    return Level(Index.NONE, level.known)


def _shaping_range(potential: PotentialDecl) -> Range:
    """`discount * phi(after) - phi(before)`, phi being 0 after termination."""
    discount = potential.discount.range if potential.discount is not None else point(1)
    after = times(discount, potential.value.range).join(point(0))
    change = plus(after, times(point(-1), potential.value.range))
    return change if potential.weight is None else times(change, potential.weight.range)


def shares(checked: Checked) -> dict[str, float]:
    """Each term's part of the width of the total's range, from 0 to 1; nothing for unbounded terms.

    Terms whose range is not bounded are left out, so the shares of the others sum to 1 only where
    all are bounded.
    """
    widths: dict[str, float] = {}
    for term in checked.terms:
        range_ = weighted_range(term, checked.timestep)
        widths[term.name] = range_.hi - range_.lo
    total = sum(widths.values())
    if not math.isfinite(total) or total <= 0:
        bounded = {n: w for n, w in widths.items() if math.isfinite(w)}
        return {n: 0.0 for n in bounded}
    return {name: width / total for name, width in widths.items()}
