"""What comes after a sample, as a node that no kernel computes.

following(x, n else v)             select(how many follow < n, v, forward lag)
sum(x over following n where m)    forward sum of select(m, x, 0)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.check.typed import Expr
from rewardlang.ir.builder.axes import align
from rewardlang.ir.ops import Form, Op

if TYPE_CHECKING:
    from rewardlang.ir.builder.expressions import Expressions


def forward(build: Expressions, e: Expr) -> Op:
    make, what = build.make, e.attr
    x = build.build(e.args[0])
    rest = list(e.args[1:])
    args: tuple[Op, ...] = (x,)
    if what.has_where:
        masked = rest.pop(0)
        mask = align(make, build.build(masked), masked.type.axes, e.args[0].type.axes)
        args = (x, make.expand(mask, x.form.shape))
    kind = "int" if e.type.kind == "enum" else e.type.kind
    value = make.node("forward", args, Form(kind, x.form.shape), (what.fold, what.steps))
    if not what.has_else:
        return value
    size = make.node("forward", (x,), Form("real"), ("size", what.steps))
    short = make.apply("lt", size, make.const(float(what.steps)))
    if what.has_where and what.fold in ("mean", "min", "max"):
        counted = make.node("forward", args, Form("real", x.form.shape), ("chosen", what.steps))
        short = make.apply("or", short, make.apply("le", counted, make.const(0.0)))
    return make.select(short, make.to(kind, build.build(rest[0])), value)
