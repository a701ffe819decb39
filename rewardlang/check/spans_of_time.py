"""Steps and seconds: how many samples an interval holds.

Times are exact rationals of what the text says: 0.5 s at 0.008 s a step is 62.5 steps, not
62.4999999. `last d` holds the samples with an age below d, `held(c, d)` those up to d.
"""

from __future__ import annotations

import math
from fractions import Fraction

from rewardlang.check.constants import exact
from rewardlang.check.scope import Scope
from rewardlang.check.typed import Expr
from rewardlang.check.units import as_factor
from rewardlang.syntax import ast
from rewardlang.types import NO_UNIT, Unit

SECOND = Unit((("s", Fraction(1)),))
MOST_SAMPLES = 1_000_000


def samples_before(scope: Scope, node: ast.Expr) -> int | None:
    """The length of `last N` or `last 0.5<s>` in samples, at least 1; None is reported."""
    steps = in_steps(scope, node, "a window")
    if steps is None:
        return None
    return _bounded(scope, node, math.ceil(steps), 1)


def samples_up_to(scope: Scope, node: ast.Expr) -> int | None:
    """The greatest age in samples that is at most the duration of `held`; None is reported."""
    steps = in_steps(scope, node, "a duration")
    if steps is None:
        return None
    return _bounded(scope, node, math.floor(steps), 0)


def samples_until(scope: Scope, node: ast.Expr) -> int | None:
    """How old a sample is, in samples, when this much time has passed; None is reported."""
    steps = in_steps(scope, node, "a timer")
    if steps is None:
        return None
    return _bounded(scope, node, math.ceil(steps), 1)


def whole_steps(scope: Scope, node: ast.Expr) -> int | None:
    """`previous(x, 20)`: a number of steps, or seconds that are a whole number of them."""
    steps = in_steps(scope, node, "a lag")
    if steps is None:
        return None
    if steps.denominator != 1:
        scope.session.error("RW311", (node.span, ""), steps=f"{float(steps):g}")
        return None
    return _bounded(scope, node, int(steps), 1)


def in_steps(scope: Scope, node: ast.Expr, what: str) -> Fraction | None:
    """A constant number of steps or time as a rational number of steps; None is reported."""
    session = scope.session
    value = scope.infer(node)
    if value.type.kind == "unknown":
        return None
    amount = exact(scope, node)
    if amount is None:
        amount = _of_local(scope, node, value)
    if amount is None or value.type.axes:
        session.error("RW310", (node.span, ""), what=what)
        return None
    unit = as_factor(value.type.unit)
    if unit == NO_UNIT:
        if amount.denominator != 1:
            session.error("RW309", (node.span, ""), what=what, amount=f"{float(amount):g}")
            return None
        return amount
    if unit != SECOND:
        session.error("RW312", (node.span, f"this is in {unit}"), what=what, unit=str(unit))
        return None
    if session.timestep is None:
        session.error("RW301", (node.span, ""), what="an interval in seconds")
        return None
    steps = amount / session.timestep
    if steps.denominator != 1:
        dt = float(session.timestep)
        session.note("RW316", (node.span, ""), steps=f"{float(steps):g}", dt=f"{dt:g}")
    return steps


def _of_local(scope: Scope, node: ast.Expr, value: Expr) -> Fraction | None:
    """A constant handed to a def: its literal is read where it was written."""
    if isinstance(node, ast.Name) and value.op == "const" and value.type.kind in ("int", "real"):
        number = value.attr
        return Fraction(str(number)) if math.isfinite(number) else None
    return None


def _bounded(scope: Scope, node: ast.Expr, samples: int, least: int) -> int | None:
    if samples < least:
        scope.session.error("RW313", (node.span, ""), samples=samples)
        return None
    if samples > MOST_SAMPLES:
        scope.session.error("RW318", (node.span, ""), samples=samples, most=MOST_SAMPLES)
        return None
    return samples
