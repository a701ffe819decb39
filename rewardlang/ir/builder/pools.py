"""Reductions over the episodes of a group or a batch: a fold, and how much it folded.

    mean(r over group where m else v)   select(size <= 0, v, pool mean)
    std(r over group, ddof: 1 else v)   select(size <= 1, v, pool std)

The fold itself is none of a kernel's business: the runtime does it, between two kernels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.check.typed import Expr, Pool
from rewardlang.ir.builder.axes import align
from rewardlang.ir.ops import Form, Op

if TYPE_CHECKING:
    from rewardlang.ir.builder.expressions import Expressions


def pool(build: Expressions, e: Expr) -> Op:
    make, what = build.make, e.attr
    x = build.build(e.args[0])
    args: tuple[Op, ...] = (x,)
    if what.has_where:
        mask = align(make, build.build(e.args[1]), e.args[1].type.axes, e.args[0].type.axes)
        args = (x, make.expand(mask, x.form.shape))
    kind = "int" if e.type.kind == "enum" else e.type.kind
    form = Form(kind, x.form.shape)
    value = make.node("pool", args, form, _attr(what, what.name))
    if not what.has_else:
        return value
    size = make.node("pool", args, Form("real", x.form.shape), _attr(what, "size"))
    least = make.const(float(what.ddof if what.name in ("var", "std") else 0))
    default = make.to(kind, build.build(e.args[-1]))
    return make.select(make.apply("le", size, least), default, value)


def _attr(what: Pool, fold: str) -> tuple[str, str, str, bool, int]:
    ddof = what.ddof if fold in ("var", "std") else 0
    return fold, what.scope, what.of, what.excluding_self, ddof
