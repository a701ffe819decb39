"""What is read of a temporal formula, as nodes.

Everything is a real: a margin, or 1 and -1 for what holds or not. Nothing here is ever rounded.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rewardlang.check.typed import Expr, Reading
from rewardlang.ir.builder.following import following
from rewardlang.ir.builder.late import Trace
from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Form, Op
from rewardlang.types import Index

if TYPE_CHECKING:
    from rewardlang.ir.builder.expressions import Expressions


def reading(build: Expressions, e: Expr) -> Op:
    what: Reading = e.attr
    args = [build.build(a) for a in e.args]
    default = args.pop() if what.has_else else None
    index = Index.STATE if what.state else Index.STEP
    trace = Trace(build.samples, [_as_margin(build.make, a) for a in args], index)
    value = _read(build, trace, what, default)
    return value


def _as_margin(make: Maker, x: Op) -> Op:
    if x.form.kind == "bool":
        return make.select(x, make.const(1.0), make.const(-1.0))
    return make.to("real", x)


def _read(build: Expressions, trace: Trace, what: Reading, default: Op | None) -> Op:
    make = build.make
    if what.when == "last":
        assert default is not None
        value = _finished(make, what, trace.window(what.formula, what.steps))
        short = trace.fewer(what.steps)
        return make.select(short, make.to(value.form.kind, default), value)
    if what.when == "rest":
        atoms = make.node("stack", tuple(trace.atoms), Form("real", (len(trace.atoms),)))
        attr = ("formula", 0, what.formula)
        return _finished(make, what, make.node("forward", (atoms,), Form("real"), attr))
    follow = following(trace, what.formula)
    gate = None
    if what.when == "end":
        gate = build.ended((), for_good=False)
    lower, upper = follow.bounds()
    if what.when == "end":
        finite = follow.finite(gate)
        open_ = {"finite": finite, "lower": lower, "upper": upper}[what.cut]
        if what.kind == "violated" and what.cut != "finite":
            open_ = upper
        value = finite
        if open_ is not finite:
            value = make.select(build.ended((), for_good=True), finite, open_)
        if what.kind == "violated":
            return make.apply("lt", value, make.const(0.0))
        return _finished(make, what, value)
    match what.kind:
        case "lower":
            return _clamped(make, what, lower)
        case "upper":
            return _clamped(make, what, upper)
        case "violated":
            return make.apply("lt", upper, make.const(0.0))
        case "decided":
            zero = make.const(0.0)
            return make.apply("or", make.apply("gt", lower, zero), make.apply("lt", upper, zero))
    if what.quantitative:
        return _finished(make, what, follow.finite(None))
    return _finished(make, what, lower)


def _finished(make: Maker, what: Reading, value: Op) -> Op:
    if not what.quantitative:
        return make.apply("gt", value, make.const(0.0))
    return _clamped(make, what, value)


def _clamped(make: Maker, what: Reading, value: Op) -> Op:
    """An empty window is infinite: what leaves is held in what the declared ranges allow."""
    if math.isinf(what.clamp.lo) and math.isinf(what.clamp.hi):
        return value
    return make.apply("clip", value, make.const(what.clamp.lo), make.const(what.clamp.hi))
