"""Typed expressions to nodes."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from rewardlang.check.typed import Checked, Expr, InputDecl, LetDecl, NameRef, Pick
from rewardlang.diagnostics.source import Span
from rewardlang.ir.builder.axes import align
from rewardlang.ir.builder.folds import fold, reduce
from rewardlang.ir.builder.formulas import reading
from rewardlang.ir.builder.forward import forward
from rewardlang.ir.builder.machines import Built, machine_reading
from rewardlang.ir.builder.memory import memory
from rewardlang.ir.builder.pools import pool
from rewardlang.ir.builder.state import Samples
from rewardlang.ir.make import Maker, broadcast
from rewardlang.ir.ops import Form, Op
from rewardlang.types import Known, Type

_REPEATED_MULTIPLICATION = (2, 3, 4)  # exponents for which x ^ n is x * x * .., in this order


def kind_of(type_: Type) -> str:
    return "int" if type_.kind == "enum" else type_.kind


def form_of(type_: Type) -> Form:
    return Form(kind_of(type_), type_.shape)


class Expressions:
    """Turns the expressions of one program into nodes, each `let` once.

    Sinks are declared in terms of each other: what reads them is made by whoever builds them.

    settled         a term, a condition or a total, with its faults as they are paid
    settled_move    whether a machine takes an edge: not where a guard it looks at is a fault
    ended           whether the episode ends with this row, for a value of some shape
    ended_for_good  the same, where it is not only cut off
    """

    settled: Callable[[NameRef], Op]
    settled_move: Callable[[str, Op, Span], Op]
    ended: Callable[[tuple[int, ...]], Op]
    ended_for_good: Callable[[tuple[int, ...]], Op]

    def __init__(self, checked: Checked) -> None:
        self.make = Maker()
        self.samples = Samples(self.make)
        inputs = (*checked.inputs, *checked.lengths)
        self.inputs: dict[str, InputDecl] = {d.name: d for d in inputs}
        self.params = {d.name: d for d in checked.params}
        self._let_declarations: dict[str, LetDecl] = {d.name: d for d in checked.lets}
        self.machine_declarations = {d.name: d for d in checked.machines}
        self.machines: dict[str, Built] = {}
        self._lets: dict[str, Op] = {}
        self._made: dict[int, Op] = {}

    def build(self, e: Expr) -> Op:
        found = self._made.get(id(e))
        if found is None:
            before, self.make.span = self.make.span, e.span
            found = self._build(e)
            self.make.span = before
            self._made[id(e)] = found
        return found

    def _build(self, e: Expr) -> Op:
        match e.op:
            case "const":
                return self.make.const(e.attr, kind_of(e.type))
            case "name":
                return self._name(e.attr)
            case "apply":
                return self._apply(e)
            case "reduce":
                return reduce(self, e)
            case "fold":
                return fold(self, e)
            case "memory":
                return memory(self, e)
            case "index":
                return self._index(e)
            case "stack":
                return self._stack(e)
            case "fill":
                value = self._as(e.args[0], e.type)
                value = align(self.make, value, e.args[0].type.axes, e.type.axes)
                return self.make.expand(value, e.type.shape)
            case "matmul":
                return self._matmul(e)
            case "places":
                places = [self.make.const(n, "int") for n in range(e.attr.size)]
                return self.make.node("stack", tuple(places), form_of(e.type))
            case "size":
                return self.make.const(prod(a.size for a in e.attr), "int")
            case "host":
                return self._host(e)
            case "pool":
                return pool(self, e)
            case "run":
                return self._run(e)
            case "machine":
                return machine_reading(self, e.attr)
            case "forward":
                return forward(self, e)
            case "reading":
                return reading(self, e)
            case "array":
                return self._array(e)
        raise ValueError(f"the checker made an expression of an unknown kind: {e.op}")

    def _as(self, e: Expr, type_: Type) -> Op:
        op = self.build(e)
        kind = kind_of(type_)
        return op if op.form.kind == kind else self.make.to(kind, op)

    def _host(self, e: Expr) -> Op:
        args = [self.make.expand(self._as(a, a.type), a.type.shape) for a in e.args]
        return self.make.node("host", tuple(args), form_of(e.type), e.attr)

    def _run(self, e: Expr) -> Op:
        """What the run remembers, and the `else` for as long as that is nothing."""
        kept = self.make.node("param", (), form_of(e.type), e.attr)
        if not e.args:
            return kept
        size = self.make.node("param", (), form_of(e.type), f"{e.attr} size")
        nothing = self.make.apply("le", size, self.make.const(0.0))
        return self.make.select(nothing, self._as(e.args[0], e.type), kept)

    # ---- names ------------------------------------------------------------------------------

    def _name(self, reference: NameRef) -> Op:
        name = reference.name
        match reference.kind:
            case "input":
                return self._input(self.inputs[name])
            case "param":
                return self.make.node("param", (), form_of(self.params[name].type), name)
            case "let":
                return self.let(name)
            case "signal":
                return self.make.signal(name)
        return self.settled(reference)

    def _input(self, declaration: InputDecl) -> Op:
        form = form_of(declaration.type)
        read = self.make.node("input", (), form, declaration.name)
        level = declaration.level
        if level.known is Known.RESET:
            return self.samples.latch(f"at reset {declaration.name}", read)
        return read

    def let(self, name: str) -> Op:
        if name not in self._lets:
            declaration = self._let_declarations[name]
            value = self.build(declaration.value)
            self._lets[name] = value
            self.samples.complete(f"let {name}", value, declaration.value.level.index)
        return self._lets[name]

    # ---- shapes -----------------------------------------------------------------------------

    def _apply(self, e: Expr) -> Op:
        axes = e.type.axes
        args = [align(self.make, self.build(a), a.type.axes, axes) for a in e.args]
        if e.attr == "pow" and e.args[1].op == "const" and args[0].form.kind != "bool":
            exponent = e.args[1].attr
            if exponent in _REPEATED_MULTIPLICATION:
                product = args[0]
                for _ in range(int(exponent) - 1):
                    product = self.make.apply("mul", product, args[0])
                return product
        if e.attr == "select":
            return self.make.select(*args)
        return self.make.apply(e.attr, *args)

    def _index(self, e: Expr) -> Op:
        value, axis = self.build(e.args[0]), 0
        pick: Pick
        for pick in e.attr:
            shape = value.form.shape
            if pick.kind in ("at", "take"):
                index = (
                    self.make.const(pick.start, "int")
                    if pick.kind == "at"
                    else self.build(e.args[pick.arg])
                )
                form = Form(value.form.kind, shape[:axis] + shape[axis + 1 :])
                value = self.make.node("take", (value, index), form, axis)
                continue
            if pick.kind == "slice" and (pick.start, pick.stop) != (0, shape[axis]):
                size = pick.stop - pick.start
                form = Form(value.form.kind, (*shape[:axis], size, *shape[axis + 1 :]))
                value = self.make.node("slice", (value,), form, (axis, pick.start, pick.stop))
            axis += 1
        return value

    def _stack(self, e: Expr) -> Op:
        items = [self._as(a, e.type) for a in e.args]
        shape = broadcast([i.form.shape for i in items])
        items = [self.make.expand(i, shape) for i in items]
        return self.make.node("stack", tuple(items), Form(items[0].form.kind, (len(items), *shape)))

    def _array(self, e: Expr) -> Op:
        name, places, result = e.attr
        args = [self.make.align(self.build(a), p) for a, p in zip(e.args, places, strict=True)]
        return self.make.align(self.make.call(name, *args), result)

    def _matmul(self, e: Expr) -> Op:
        """`a @ b` as products and a sum over the shared axis, the last of a and first of b."""
        make = self.make
        a, b = (make.to("real", self.build(x)) for x in e.args)
        rank = len(a.form.shape), len(b.form.shape)
        if rank == (2, 2):
            a, b = make.align(a, (0, 1, None)), make.align(b, (None, 0, 1))
            return make.reduce("sum", make.apply("mul", a, b), (1,))
        if rank == (1, 2):
            a = make.align(a, (0, None))
            return make.reduce("sum", make.apply("mul", a, b), (0,))
        return make.reduce("sum", make.apply("mul", a, b), (rank[0] - 1,))
