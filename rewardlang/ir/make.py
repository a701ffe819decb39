"""Making nodes by what they mean: picks overloads, converts kinds, works out shapes.

Sits between `Graph`, which knows nothing of builtins, and those who write formulas as nodes: the
builder and the rewriter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rewardlang.builtins.cores import parse_core, shape_of
from rewardlang.builtins.signature import parse_signature
from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT, Overload, table
from rewardlang.diagnostics.source import Span
from rewardlang.ir.ops import Form, Graph, Op

_FAULT: dict[str, Any] = {
    "real": float("nan"),
    "wide": float("nan"),
    "int": FAULT_INT,
    "bool": FAULT_BOOL,
}


def broadcast(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    """NumPy's rule for shapes that the checker has found to fit."""
    rank = max((len(s) for s in shapes), default=0)
    result = [1] * rank
    for shape in shapes:
        for i, size in enumerate(shape):
            place = rank - len(shape) + i
            if size != 1:
                result[place] = size
    return tuple(result)


@dataclass
class Maker:
    graph: Graph = field(default_factory=Graph)
    span: Span | None = None  # given to every node made until it is changed

    def node(self, kind: str, args: tuple[Op, ...], form: Form, attr: Any = None) -> Op:
        return self.graph.make(kind, args, form, attr, self.span)

    # ---- leaves and conversions -------------------------------------------------------------

    def const(self, value: bool | int | float, kind: str | None = None) -> Op:
        if kind is None:
            kind = {bool: "bool", int: "int", float: "real"}[type(value)]
        if kind in ("real", "wide"):
            value = float(value)
        elif kind == "bool":
            value = int(value)
        return self.node("const", (), Form(kind), value)

    def table(self, values: Sequence[bool | int | float], *shape: int) -> Op:
        """A constant vector, or a table of a shape."""
        first = self.const(values[0])
        numbers = tuple(self.const(v, first.form.kind).attr for v in values)
        return self.node("table", (), Form(first.form.kind, shape or (len(values),)), numbers)

    def fault(self, kind: str) -> Op:
        """The value of that kind that says there is none."""
        return self.node("const", (), Form(kind), _FAULT[kind])

    def cell(self, name: str, form: Form) -> Op:
        return self.node("cell", (), form, name)

    def signal(self, name: str) -> Op:
        kind = "int" if name in ("t", "steps", "episodes") else "bool"
        return self.node("signal", (), Form(kind), name)

    def to(self, kind: str, x: Op) -> Op:
        """`x` as `kind`: exact where there is an exact way, else rounded once."""
        source = x.form.kind
        if source == kind:
            return x
        if kind == "wide":
            return self._convert("widen", x, "wide")
        if kind == "real":
            return self._convert("narrow" if source == "wide" else "to_real", x, "real")
        if kind == "int" and source == "bool":
            return self._convert("to_int", x, "int")
        if kind == "int":
            return self._convert("floor", x, "int")
        raise ValueError(f"no conversion from {source} to {kind}")

    def _convert(self, name: str, x: Op, kind: str) -> Op:
        number = _overload(name, (x.form.kind,))
        return self.node("apply", (x,), Form(kind, x.form.shape), (name, number))

    # ---- formulas ---------------------------------------------------------------------------

    def apply(self, name: str, *args: Op) -> Op:
        """An elementwise builtin; ints meet reals as reals, reals meet wides as wides."""
        args = self._unify(args, name)
        number = _overload(name, tuple(a.form.kind for a in args))
        result = parse_signature(table()[name].overloads[number].signature).kind
        if result == "any":
            result = args[-1].form.kind
        if result == "real" and any(a.form.kind == "wide" for a in args):
            result = "wide"
        shape = broadcast([a.form.shape for a in args])
        return self.node("apply", args, Form(result, shape), (name, number))

    def _unify(self, args: tuple[Op, ...], name: str) -> tuple[Op, ...]:
        """Numbers that meet in one operation are of one kind; bools are left alone."""
        kinds = {a.form.kind for a in args}
        if "wide" in kinds:
            target = "wide"
        elif "real" in kinds:
            target = "real"
        elif "int" in kinds and not _takes(name, args):
            target = "real"
        else:
            return args
        return tuple(a if a.form.kind == "bool" else self.to(target, a) for a in args)

    def select(self, condition: Op, then: Op, otherwise: Op) -> Op:
        if then.form.kind == "bool" and otherwise.form.kind != "bool":
            then = self.to(otherwise.form.kind, then)
        if otherwise.form.kind == "bool" and then.form.kind != "bool":
            otherwise = self.to(then.form.kind, otherwise)
        return self.apply("select", condition, then, otherwise)

    def reduce(self, fold: str, x: Op, axes: tuple[int, ...]) -> Op:
        """sum prod min max any all over `axes`; the others stay."""
        if not axes:
            return x
        shape = tuple(n for i, n in enumerate(x.form.shape) if i not in axes)
        return self.node("reduce", (x,), Form(x.form.kind, shape), (fold, axes))

    def take(self, x: Op, index: Op, axis: int) -> Op:
        """The slots of `x` at `index`, a whole number, along `axis`, which goes."""
        shape = x.form.shape[:axis] + x.form.shape[axis + 1 :]
        return self.node("take", (x, index), Form(x.form.kind, shape), axis)

    def call(self, name: str, *args: Op) -> Op:
        """An array builtin. The axes before the core meet as in `apply`."""
        number, kinds = _array_overload(name, tuple(a.form.kind for a in args))
        overload = table()[name].overloads[number]
        args = tuple(self.to(kind, a) for kind, a in zip(kinds, args, strict=True))
        result = parse_signature(overload.signature).kind
        result = "wide" if result == "real" and "wide" in kinds else result
        core = parse_core(overload.core)
        depths = [len(sizes) for sizes in core.operands]
        known = core.measure([a.form.shape for a in args])
        pairs = list(zip(args, depths, strict=True))
        lead = broadcast([a.form.shape[: len(a.form.shape) - depth] for a, depth in pairs])
        inner = [a.form.shape[len(a.form.shape) - depth :] for a, depth in pairs]
        args = tuple(self.expand(a, lead + i) for a, i in zip(args, inner, strict=True))
        form = Form(result, lead + shape_of(core.result, known))
        return self.node("call", args, form, (name, number))

    def expand(self, x: Op, shape: tuple[int, ...]) -> Op:
        if x.form.shape == shape:
            return x
        return self.node("expand", (x,), Form(x.form.kind, shape))

    def align(self, x: Op, places: tuple[int | None, ...]) -> Op:
        """Result axis i is axis `places[i]` of x, or a new one of size 1."""
        shape = tuple(1 if p is None else x.form.shape[p] for p in places)
        used = [p for p in places if p is not None]
        if used == list(range(len(x.form.shape))) and places[-len(used) or len(places) :] == tuple(
            used
        ):
            return x  # only new axes in front: NumPy's rule does the same
        return self.node("align", (x,), Form(x.form.kind, shape), places)


def _accepts(overload: Overload, kinds: tuple[str, ...]) -> bool:
    """Whether operands of exactly these kinds fit; float64 goes wherever a real does."""
    parameters = parse_signature(overload.signature).parameters
    if len(parameters) != len(kinds):
        return False
    return all(
        p.kind in (k, "any") or (p.kind, k) == ("real", "wide")
        for p, k in zip(parameters, kinds, strict=True)
    )


def _overload(name: str, kinds: tuple[str, ...]) -> int:
    for number, overload in enumerate(table()[name].overloads):
        if _accepts(overload, kinds):
            return number
    raise ValueError(f"no overload of {name!r} takes {', '.join(kinds)}")


def _array_overload(name: str, kinds: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """The first overload of an array row that fits, and the kinds that its operands become."""
    numbers = "wide" if "wide" in kinds else "real"
    for widening in (False, True):
        for number, overload in enumerate(table()[name].overloads):
            asked = [p.kind for p in parse_signature(overload.signature).parameters]
            fits = [
                a == k or (a == "real" and (k == "wide" or (widening and k == "int")))
                for a, k in zip(asked, kinds, strict=True)
            ]
            if all(fits):
                return number, tuple(numbers if a == "real" else a for a in asked)
    raise ValueError(f"no overload of {name!r} takes {', '.join(kinds)}")


def _takes(name: str, args: tuple[Op, ...]) -> bool:
    kinds = tuple(a.form.kind for a in args)
    return any(_accepts(o, kinds) for o in table()[name].overloads)
