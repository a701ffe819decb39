"""What is read of a temporal formula, as nodes.

Everything is a real: a margin, or 1 and -1 for what holds or not. Nothing here is ever rounded.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rewardlang.check.typed import Expr, Reading
from rewardlang.ir.builder.following import following
from rewardlang.ir.builder.late import Trace
from rewardlang.ir.builder.smooth import SmoothlyFollowed, SmoothTrace
from rewardlang.ir.make import Maker
from rewardlang.ir.ops import Form, Op
from rewardlang.temporal.automaton import MOST_STATES, of_spec
from rewardlang.temporal.dfa import Automaton
from rewardlang.types import Index

if TYPE_CHECKING:
    from rewardlang.ir.builder.expressions import Expressions


def reading(build: Expressions, e: Expr) -> Op:
    what: Reading = e.attr
    args = [build.build(a) for a in e.args]
    default = args.pop() if what.has_else else None
    index = Index.STATE if what.state else Index.STEP
    atoms = [_as_margin(build.make, a) for a in args]
    if what.semantics.is_smooth:
        trace: Trace = SmoothTrace(build.samples, atoms, index, what.semantics)
    else:
        trace = Trace(build.samples, atoms, index)
    if what.kind == "progress":
        return _progress(trace, what, args)
    return _read(build, trace, what, default)


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
        real = tuple(make.to("real", a) for a in trace.atoms)
        atoms = make.node("stack", real, Form("real", (len(real),)))
        attr = ("formula", 0, what.formula, what.semantics)
        return _finished(make, what, make.node("forward", (atoms,), Form("real"), attr))
    gate = build.ended(()) if what.when == "end" else None
    if isinstance(trace, SmoothTrace):
        return _finished(make, what, SmoothlyFollowed(trace, what.formula).finite(gate))
    follow = following(trace, what.formula)
    lower, upper = follow.bounds()
    if what.when == "end":
        finite = follow.finite(gate)
        open_ = {"finite": finite, "lower": lower, "upper": upper}[what.cut]
        if what.kind == "violated" and what.cut != "finite":
            open_ = upper
        value = finite
        if open_ is not finite:
            value = make.select(build.ended_for_good(()), finite, open_)
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
    if what.kind == "violated":
        return make.apply("lt", value, make.const(0.0))
    if not what.quantitative:
        return make.apply("gt", value, make.const(0.0))
    return _clamped(make, what, value)


def _clamped(make: Maker, what: Reading, value: Op) -> Op:
    """An empty window is infinite: what leaves is held in what the declared ranges allow."""
    value = make.to("real", value)
    if math.isinf(what.clamp.lo) and math.isinf(what.clamp.hi):
        return value
    return make.apply("clip", value, make.const(what.clamp.lo), make.const(what.clamp.hi))


def _progress(trace: Trace, what: Reading, truths: list[Op]) -> Op:
    """The state of the automaton after this sample, and how near it is to one that accepts."""
    make, samples = trace.make, trace.samples
    made = of_spec(what.formula, limit=MOST_STATES)
    letters = 1 << len(made.atoms)
    letter = make.const(0)
    for bit, number in enumerate(made.atoms):
        here = make.select(truths[number], make.const(1 << bit), make.const(0))
        letter = make.apply("add", letter, here)
    name = f"state of {what.formula} at {letter.number}"
    start = make.const(made.initial)
    before = make.select(trace.fewer(2), start, make.cell(name, Form("int")))
    place = make.apply("add", make.apply("mul", before, make.const(letters)), letter)
    following = make.table([int(n) for n in made.table.reshape(-1)])
    after = make.take(following, place, 0)
    samples.store(name, after, trace.index)
    return make.take(make.table(_nearness(made)), after, 0)


def _nearness(made: Automaton) -> list[float]:
    """1 where it accepts, 0 where it never will, and between as the way is shorter."""
    away = made.distance()
    longest = max((d for d in away.tolist() if math.isfinite(d)), default=0.0) + 1
    return [1 - d / longest if math.isfinite(d) else 0.0 for d in away.tolist()]
