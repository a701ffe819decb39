"""The value of a node on one region: every choice on the way there is made by who asks.

A value is a polynomial, an infinity, or a bool. The rules are the language's: a side that is not
taken is not looked at, so neither its choices nor its faults count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from fractions import Fraction
from typing import Any

import numpy as np

from rewardlang.builtins.table import FAULT_BOOL, FAULT_INT, table
from rewardlang.ir.ops import OF_BUFFERS, Op
from rewardlang.regions import polynomial
from rewardlang.regions.polynomial import Polynomial

Place = tuple[int, ...]
Value = Polynomial | float | bool
Asking = Generator[tuple[Op, Place], Any, Value]  # yields what it needs, is sent its value
Variable = Callable[[str, Place], Polynomial]
Decide = Callable[[Polynomial, bool], bool]
Largest = Callable[[list[Polynomial]], int]


class Unrecognised(Exception):
    """The value is neither affine, quadratic nor a choice between such; the message says why."""


class FaultHere(Exception):
    """On this region the value is a fault."""


class Path:
    """`decide(p, strict)`: whether p > 0 (>= 0 where not strict) on this region.

    `largest(values)`: the place of the largest there.
    """

    def __init__(
        self,
        variable: Variable,
        param: Callable[[str, Place], Any],
        decide: Decide,
        largest: Largest,
    ) -> None:
        self.variable = variable
        self.param = param
        self.decide = decide
        self.largest = largest
        self._known: dict[tuple[int, Place], Value] = {}

    def value(self, op: Op, place: Place = ()) -> Value:
        """Walks without recursion: a total is a chain as long as the file has terms."""
        waiting = [(op, place, self._rule(op, place))]
        answer: Value | None = None
        while waiting:
            op, place, rule = waiting[-1]
            try:
                asked, where = rule.send(answer)
            except StopIteration as done:
                answer = self._known[op.number, place] = done.value
                waiting.pop()
                continue
            answer = self._known.get((asked.number, where))
            if answer is None:
                waiting.append((asked, where, self._rule(asked, where)))
        assert answer is not None
        return answer

    def _rule(self, op: Op, place: Place) -> Asking:
        match op.kind:
            case "const":
                return _given(_number(op.attr, op.form.kind))
            case "input":
                if op.form.kind == "bool":
                    raise Unrecognised(f"the input `{op.attr}` is a bool")
                return _given(self.variable(op.attr, place))
            case "param":
                return _given(_number(self.param(op.attr, place), op.form.kind))
            case "apply":
                return self._apply(op, place)
            case "reduce":
                return self._reduce(op, place)
            case "settle" | "expand" | "align" | "slice" | "take" | "stack":
                return _moved(op, place)
            case "signal":
                raise Unrecognised(f"it reads `{op.attr}`, which is no input")
            case kind if kind in ("cell", "latch", *OF_BUFFERS):
                raise Unrecognised("it remembers earlier samples")
            case "call":
                raise Unrecognised(_foreign(op.attr[0]))
        raise Unrecognised("it is not computed from this step alone")

    # ---- elementwise ------------------------------------------------------------------------

    def _apply(self, op: Op, place: Place) -> Asking:
        name, number = op.attr
        places = [_operand_place(arg.form.shape, place) for arg in op.args]
        asked = list(zip(op.args, places, strict=True))
        if name in ("select", "and", "or", "implies", "require"):
            first: Value = yield asked[0]
            if name == "select":
                taken: Value = yield asked[1 if first else 2]
                return taken
            if name == "require" and not first:
                raise FaultHere
            decided = {"and": False, "or": True, "implies": False}
            if name != "require" and first is decided[name]:
                return bool(name != "and")
            second: Value = yield asked[1]
            return second
        if name in ("valid", "fallback"):
            raise Unrecognised(f"`{name}` asks for faults")
        operands = []
        for one in asked:
            operands.append((yield one))
        return self.combined(name, number, op.form.kind, operands)

    def combined(self, name: str, number: int, kind: str, operands: list[Value]) -> Value:
        exact = _EXACT.get(name)
        if exact is not None and all(isinstance(x, dict) for x in operands):
            return exact(self, *operands)
        if all(_is_constant(x) for x in operands):
            return _by_reference(name, number, kind, operands)
        if name == "not":
            return not operands[0]
        if exact is None or any(isinstance(x, bool) for x in operands):
            raise Unrecognised(_foreign(name))
        return self._with_infinity(name, operands)

    def _with_infinity(self, name: str, operands: list[Value]) -> Value:
        """Beside an infinity a finite number may be any; 0 stands for it where that is so."""
        if name not in ("add", "sub", "min", "max", "clip", "lt", "le", "gt", "ge", "eq", "ne"):
            raise Unrecognised(f"`{name}` has an infinite operand")
        plain: list[Value] = [0.0 if isinstance(x, dict) else x for x in operands]
        if name == "clip":
            x, lo, hi = operands
            return self.combined("min", 0, "real", [self.combined("max", 0, "real", [x, lo]), hi])
        if name in ("min", "max"):
            a, b = operands
            above = _as_float(plain[0]) >= _as_float(plain[1])
            return a if above == (name == "max") else b
        return _by_reference(name, 0, "bool" if name not in ("add", "sub") else "real", plain)

    def larger(self, a: Polynomial, b: Polynomial) -> Polynomial:
        return a if self.decide(polynomial.minus(a, b), False) else b

    def smaller(self, a: Polynomial, b: Polynomial) -> Polynomial:
        return b if self.decide(polynomial.minus(a, b), False) else a

    def equal(self, a: Polynomial, b: Polynomial) -> bool:
        gap = polynomial.minus(a, b)
        return not (self.decide(gap, True) or self.decide(_negative(gap), True))

    def sign(self, x: Polynomial) -> Polynomial:
        if self.decide(x, True):
            return polynomial.constant(1)
        return polynomial.constant(-1 if self.decide(_negative(x), True) else 0)

    # ---- reductions -------------------------------------------------------------------------

    def _reduce(self, op: Op, place: Place) -> Asking:
        fold, axes = op.attr
        (x,) = op.args
        slots: list[Polynomial] = []  # of a minimum or maximum, which is one choice
        total: Value | None = {"any": False, "all": True}.get(fold)
        for inner in np.ndindex(*(x.form.shape[axis] for axis in axes)):
            rest, within = iter(place), dict(zip(axes, inner, strict=True))
            where = tuple(
                within[axis] if axis in within else next(rest) for axis in range(len(x.form.shape))
            )
            one: Value = yield x, where
            if fold in ("any", "all"):
                if bool(one) != total:
                    return not total
            elif fold in ("min", "max") and isinstance(one, dict):
                slots.append(one)
            elif total is None:
                total = one
            else:
                name = {"sum": "add", "prod": "mul"}.get(fold, fold)
                total = self.combined(name, 0, op.form.kind, [total, one])
        if slots:
            signed = slots if fold == "max" else [_negative(p) for p in slots]
            best = slots[self.largest(signed)]
            return best if total is None else self.combined(fold, 0, "real", [total, best])
        return polynomial.constant(fold == "prod") if total is None else total


def _moved(op: Op, place: Place) -> Asking:
    """Nodes that give a slot of an operand as it is."""
    x = op.args[0]
    match op.kind:
        case "slice":
            axis, start, _ = op.attr
            place = (*place[:axis], place[axis] + start, *place[axis + 1 :])
        case "stack":
            x, place = op.args[place[0]], place[1:]
        case "align":
            back = {axis: place[i] for i, axis in enumerate(op.attr) if axis is not None}
            place = tuple(back[axis] for axis in range(len(x.form.shape)))
        case "take":
            index = yield op.args[1], _operand_place(op.args[1].form.shape, place)
            if not _is_constant(index) or isinstance(index, bool):
                raise Unrecognised("an index depends on inputs")
            slot = int(_as_float(index))
            if not 0 <= slot < x.form.shape[op.attr]:
                raise FaultHere
            place = (*place[: op.attr], slot, *place[op.attr :])
        case "expand":
            place = _operand_place(x.form.shape, place)
    value: Value = yield x, place
    return value


def _given(value: Value) -> Asking:
    yield from ()
    return value


def _operand_place(shape: tuple[int, ...], place: Place) -> Place:
    """Where an operand of this shape stands behind a slot of the result."""
    inner = place[len(place) - len(shape) :]
    return tuple(0 if size == 1 else i for size, i in zip(shape, inner, strict=True))


# ---- numbers --------------------------------------------------------------------------------


def _number(value: Any, kind: str) -> Value:
    if kind == "bool":
        if value == FAULT_BOOL:
            raise FaultHere
        return bool(value)
    if (kind == "int" and value == FAULT_INT) or value != value:
        raise FaultHere
    return polynomial.constant(value) if math.isfinite(value) else float(value)


def _is_constant(value: Value) -> bool:
    return not isinstance(value, dict) or polynomial.degree(value) == 0


def _as_float(value: Value) -> float:
    return float(value.get((), 0)) if isinstance(value, dict) else float(value)


def _by_reference(name: str, number: int, kind: str, operands: list[Value]) -> Value:
    reference = table()[name].overloads[number].numpy
    if reference is None:
        raise Unrecognised(_foreign(name))
    with np.errstate(all="ignore"):
        arrays = [
            np.asarray(x, dtype=np.int8) if isinstance(x, bool) else np.asarray(_as_float(x))
            for x in operands
        ]
        return _number(np.asarray(reference(np, *arrays)).item(), kind)


def _negative(p: Polynomial) -> Polynomial:
    return polynomial.scaled(p, Fraction(-1))


def _product(path: Path, a: Polynomial, b: Polynomial) -> Polynomial:
    found = polynomial.times(a, b)
    if found is None:
        raise Unrecognised("it has a product of degree three or more")
    return found


def _quotient(path: Path, a: Polynomial, b: Polynomial) -> Polynomial:
    if not _is_constant(b):
        raise Unrecognised("it divides by an input")
    if not b:
        raise FaultHere
    return polynomial.scaled(a, 1 / b[()])


def _power(path: Path, a: Polynomial, b: Polynomial) -> Polynomial:
    if _is_constant(a) and _is_constant(b):
        found = _by_reference("pow", 0, "real", [a, b])
        assert isinstance(found, dict), "of two finite numbers"
        return found
    if b not in (polynomial.constant(1), polynomial.constant(2)):
        raise Unrecognised("it has a power other than 1 or 2")
    return a if b == polynomial.constant(1) else _product(path, a, a)


def _size(path: Path, x: Polynomial) -> Polynomial:
    return x if path.decide(x, False) else _negative(x)


def _foreign(name: str) -> str:
    return f"`{name}` is neither affine nor a choice between affine parts"


_EXACT: dict[str, Callable[..., Value]] = {
    "add": lambda path, a, b: polynomial.plus(a, b),
    "sub": lambda path, a, b: polynomial.minus(a, b),
    "neg": lambda path, x: _negative(x),
    "mul": _product,
    "div": _quotient,
    "pow": _power,
    "abs": _size,
    "sign": lambda path, x: path.sign(x),
    "min": lambda path, a, b: path.smaller(a, b),
    "max": lambda path, a, b: path.larger(a, b),
    "clip": lambda path, x, lo, hi: path.smaller(path.larger(x, lo), hi),
    "lt": lambda path, a, b: path.decide(polynomial.minus(b, a), True),
    "le": lambda path, a, b: path.decide(polynomial.minus(b, a), False),
    "gt": lambda path, a, b: path.decide(polynomial.minus(a, b), True),
    "ge": lambda path, a, b: path.decide(polynomial.minus(a, b), False),
    "eq": lambda path, a, b: path.equal(a, b),
    "ne": lambda path, a, b: not path.equal(a, b),
    "to_real": lambda path, x: x,
    "real": lambda path, x: x,
    "widen": lambda path, x: x,
    "narrow": lambda path, x: x,
}
