"""The memory operators of the language as cells.

previous(x else v)   select(first, v, cell),            cell stores x
held(c, n)           n' > n,  n' = select(c, n + 1, 0), cell stores n'
ema(x, decay)        select(first, x, d * cell + (1 - d) * x), in float64
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.check.typed import Expr, Memory
from rewardlang.ir.ops import Form, Op
from rewardlang.types import Index

if TYPE_CHECKING:
    from rewardlang.ir.builder.expressions import Expressions


def memory(build: Expressions, e: Expr) -> Op:
    return _KINDS[e.attr.kind](build, e, e.attr)


def _previous(build: Expressions, e: Expr, what: Memory) -> Op:
    x = build.build(e.args[0])
    index = e.args[0].level.index
    samples = build.samples
    if what.steps == 1:
        before, missing = samples.before("previous", x, index), samples.first(index)
    else:
        before = samples.lag(x, what.steps, index)
        steps = build.make.const(what.steps)
        missing = build.make.apply("le", samples.count(index), steps)
    if what.has_else:
        return _where(build, missing, build.build(e.args[1]), before)
    return _defined(build, e, before, missing)


def _defined(build: Expressions, e: Expr, before: Op, missing: Op) -> Op:
    """Without an `else` a past exists at every transition; the reset itself has none."""
    if e.level.index is not Index.STATE:
        return before
    return build.make.select(missing, build.make.fault(before.form.kind), before)


def _where(build: Expressions, condition: Op, then: Op, otherwise: Op) -> Op:
    """select, with the default given the kind and shape of what is remembered."""
    if then.form.kind != otherwise.form.kind:
        then = build.make.to(otherwise.form.kind, then)
    return build.make.select(condition, then, otherwise)


def _own_past(build: Expressions, e: Expr, what: Memory) -> Op:
    form = Form("int" if e.type.kind == "enum" else e.type.kind, e.type.shape)
    before = build.samples.open(f"let {what.let}", form)
    if not what.has_else:
        return before
    return _where(build, build.samples.first(e.level.index), build.build(e.args[0]), before)


def _at_reset(build: Expressions, e: Expr, what: Memory) -> Op:
    x = build.build(e.args[0])
    name = f"at reset of {x.number}"
    if e.args[0].level.index is not Index.STEP:
        return build.samples.latch(name, x)
    held = build.make.cell(name, x.form)
    value = build.make.select(build.samples.first(Index.STEP), x, held)
    build.samples.store(name, value, Index.STEP)
    return value


def _ema(build: Expressions, e: Expr, what: Memory) -> Op:
    make, index = build.make, e.args[0].level.index
    x = make.to("wide", build.build(e.args[0]))
    decay = make.to("wide", build.build(e.args[1]))
    name = build.samples.name("ema")
    before = make.cell(name, x.form)
    fresh = make.apply("mul", make.apply("sub", make.const(1.0, "wide"), decay), x)
    moved = make.apply("add", make.apply("mul", decay, before), fresh)
    value = make.select(build.samples.first(index), x, moved)
    build.samples.store(name, value, index)
    return make.to("real", value)


def _held(build: Expressions, e: Expr, what: Memory) -> Op:
    make, index = build.make, e.args[0].level.index
    c = build.build(e.args[0])
    name = build.samples.name("held")
    before = make.cell(name, Form("int", c.form.shape))
    run = make.select(c, make.apply("add", before, make.const(1)), make.const(0))
    build.samples.store(name, run, index)
    return make.apply("gt", run, make.const(what.steps))


def _rises(build: Expressions, e: Expr, what: Memory) -> Op:
    c = build.build(e.args[0])
    index = e.args[0].level.index
    before = build.samples.before("previous", c, index)
    first = build.samples.first(index)
    if what.has_else:
        before = build.make.select(first, build.build(e.args[1]), before)
    else:
        before = _defined(build, e, before, first)
    return build.make.apply("and", c, build.make.apply("not", before))


def _time_since(build: Expressions, e: Expr, what: Memory) -> Op:
    make, index = build.make, e.args[0].level.index
    c = build.build(e.args[0])
    name = build.samples.name("time since")
    waited = make.apply("add", make.cell(name, Form("int", c.form.shape)), make.const(1))
    if index is Index.STATE:  # the reset sample itself is at distance 0 from the reset
        waited = make.select(build.samples.first(index), make.const(0), waited)
    steps = make.select(c, make.const(0), waited)
    build.samples.store(name, steps, index)
    if what.scale is None:
        return steps
    return make.apply("mul", make.to("real", steps), make.const(what.scale, "real"))


def _delta(build: Expressions, e: Expr, what: Memory) -> Op:
    x = build.build(e.args[0])
    index, samples = e.args[0].level.index, build.samples
    before = (
        samples.before("previous", x, index)
        if what.steps == 1
        else samples.lag(x, what.steps, index)
    )
    missing = build.make.apply("le", samples.count(index), build.make.const(what.steps))
    change = build.make.apply("sub", x, before)
    if what.has_else:
        return _where(build, missing, build.build(e.args[1]), change)
    return build.make.select(missing, build.make.fault(change.form.kind), change)


_KINDS = {
    "delta": _delta,
    "previous": _previous,
    "own_past": _own_past,
    "at_reset": _at_reset,
    "ema": _ema,
    "held": _held,
    "rises": _rises,
    "time_since": _time_since,
}
