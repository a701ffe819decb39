"""From what is written in a `spec` to a formula over atoms.

    always [0 .. 1<s>] (height > 0.6<m> and not (once fell))

An atom is what no operator of logic or time splits: a comparison, or any other bool. A comparison
has a margin, by how much it holds: `l - r` for `l > r`. A `let` that is a comparison, or joins
some, is split as if it stood here, and so is another `spec`: each in its own convention.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from rewardlang.check.apply import apply, converted, described
from rewardlang.check.constants import NotConstant, constant
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.spans_of_time import MOST_SAMPLES, in_steps
from rewardlang.check.typed import AtomDecl, Expr, NameRef, Pick, SpecDecl
from rewardlang.check.units import as_factor
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.temporal import formula as f
from rewardlang.temporal.conventions import TOOLS, NoFormula, NoSuchOperator, in_ours
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.semantics import LEAST, MINMAX, MOST, Semantics
from rewardlang.types import NO_UNIT, Index, Known, Type

MOST_ATOMS = 256
MOST_OPERATORS = 256
_CONNECTIVES = {"and": f.conjunction, "or": f.disjunction}
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
_NUMBERS = ("real", "int")


class Refused(Exception):
    """What is wrong has been reported."""


@dataclass
class Reader:
    """Reads the formula of one spec. `slots`: at which places `all` and `any` are, by axis."""

    scope: Scope
    semantics: Semantics = MINMAX
    convention: str = "truncated"
    atoms: list[AtomDecl] = field(default_factory=list)
    slots: Mapping[str, int] = field(default_factory=dict)
    _numbers: dict[tuple[int, int], int] = field(default_factory=dict)

    # ---- the tree -------------------------------------------------------------------------------

    def read(self, node: ast.Expr) -> Formula:
        match node:
            case ast.Temporal():
                lo, hi = self._interval(node.op, node.interval)
                return self._meant(Formula(node.op, (self.read(node.operand),), lo, hi), node.span)
            case ast.TemporalBinary():
                lo, hi = self._interval(node.op, node.interval)
                args = (self.read(node.left), self.read(node.right))
                return self._meant(Formula(node.op, args, lo, hi), node.span)
            case ast.Unary(op="not"):
                return f.negation(self.read(node.operand))
            case ast.Binary(op="and" | "or"):
                return f.joined(node.op, [self._operand(x) for x in (node.left, node.right)])
            case ast.Binary(op="implies" | "iff"):
                args = (self.read(node.left), self.read(node.right))
                return self._meant(Formula(node.op, args), node.span)
            case ast.Scaled():
                return self._scaled(node)
            case ast.Weighted():
                self.scope.session.error("RW428", (node.span, ""))
                raise Refused
            case ast.Name() if (spec := self._spec(node)) is not None:
                return self._joined(spec, node.span)
            case ast.Call() if node.function in ("all", "any") and node.over is not None:
                return self._quantified(node)
        return self._of_value(node)

    def _meant(self, formula: Formula, span: Span) -> Formula:
        """What an operator means in the convention of this spec, over operands as we read them."""
        session = self.scope.session
        args = {"op": formula.op, "convention": self.convention, "tool": TOOLS[self.convention]}
        try:
            return in_ours(formula, self.convention)
        except NoSuchOperator:
            session.error("RW430", (span, ""), **args)
        except NoFormula as no:
            session.error("RW431", (span, ""), why=no.why, instead=no.instead, **args)
        raise Refused

    def _spec(self, node: ast.Name) -> SpecDecl | None:
        entry = self.scope.module.entries.get(node.id)
        if entry is None or entry.kind != "spec":
            return None
        session = self.scope.session
        session.used.add(entry.full)
        spec = session.specs.get(entry.full)
        if spec is None:
            raise Refused
        return spec

    def _operand(self, node: ast.Expr) -> tuple[Formula, float | None]:
        """An operand of `and` or `or`, and its weight if it has one."""
        if not isinstance(node, ast.Weighted):
            return self.read(node), None
        if not self.semantics.is_smooth:
            self.scope.session.error("RW427", (node.span, ""))
            raise Refused
        weight = positive(self.scope, node.weight, "a weight")
        return self.read(node.value), weight

    def _joined(self, spec: SpecDecl, span: Span) -> Formula:
        """Another spec's formula, its atoms numbered among ours, under our semantics."""
        if not self.semantics.is_smooth and any(n.weights for n in f.walk(spec.formula)):
            self.scope.session.error("RW427", (span, ""), (spec.span, "this has weights"))
            raise Refused
        numbers = [self._number(atom) for atom in spec.atoms]
        return f.renumbered(spec.formula, dict(enumerate(numbers)))

    def _interval(self, op: str, interval: ast.Interval | None) -> tuple[int, int | None]:
        session = self.scope.session
        if interval is None:
            return 0, None
        if op not in f.TIMED:
            session.error("RW405", (interval.span, ""), op=op)
            raise Refused
        lo = in_steps(self.scope, interval.lo, "an interval")
        unbounded = _is_inf(interval.hi)
        hi = None if unbounded else in_steps(self.scope, interval.hi, "an interval")
        if lo is None or (hi is None and not unbounded):
            raise Refused
        shown = {"lo": f"{float(lo):g}", "hi": "inf" if hi is None else f"{float(hi):g}"}
        if lo < 0 or (hi is not None and hi < lo):
            session.error("RW401", (interval.span, ""), **shown)
            raise Refused
        first, last = math.ceil(lo), None if hi is None else math.floor(hi)
        if last is not None and last < first:
            session.error("RW402", (interval.span, ""), **shown)
            raise Refused
        if max(first, last or 0) > MOST_SAMPLES:
            samples = max(first, last or 0)
            session.error("RW318", (interval.span, ""), samples=samples, most=MOST_SAMPLES)
            raise Refused
        return first, last

    def _quantified(self, node: ast.Call) -> Formula:
        """`all(f over leg)`: f for each slot of an axis."""
        assert node.over is not None
        session = self.scope.session
        if node.over.window is not None or len(node.arguments) != 1 or node.where is not None:
            return self._of_value(node)
        join = f.conjunction if node.function == "all" else f.disjunction
        readers: list[dict[str, int]] = [{}]
        for name in node.over.names:
            axis = session.sizes.get(name)
            if axis is None or axis.size is None or axis.cap is not None:
                return self._of_value(node)
            readers = [{**r, name: slot} for r in readers for slot in range(axis.size)]
        outer, parts = self.slots, []
        for slots in readers:
            self.slots = {**outer, **slots}
            parts.append(self.read(node.arguments[0].value))
        self.slots = outer
        return join(*parts)

    # ---- atoms ----------------------------------------------------------------------------------

    def _of_value(self, node: ast.Expr) -> Formula:
        return self._split(self._condition(node), None)

    def _condition(self, node: ast.Expr) -> Expr:
        session = self.scope.session
        value = self.scope.infer(node)
        if value.type.kind == "unknown":
            raise Refused
        if value.type.kind != "bool":
            label = (value.span, f"this is {described(value.type)}")
            session.error("RW203", label, what="a formula")
            raise Refused
        return value

    def _scaled(self, node: ast.Scaled) -> Formula:
        session = self.scope.session
        value, scale = self._condition(node.value), self.scope.infer(node.scale)
        if scale.type.kind == "unknown":
            raise Refused
        if scale.type.kind not in _NUMBERS or scale.type.axes or scale.level.known > Known.LIVE:
            label = (scale.span, f"this is {described(scale.type)}, {scale.level}")
            session.error("RW407", label)
            raise Refused
        if not scale.range.lo > 0:
            session.error("RW408", (scale.span, f"this is in {scale.range}"))
            raise Refused
        return self._split(value, converted(session, scale, "real"))

    def _split(self, e: Expr, scale: Expr | None) -> Formula:
        """Connectives of a typed value, down to what has a margin of its own."""
        inner = self._through_let(e)
        if inner.op == "apply" and inner.attr in ("and", "or"):
            return _CONNECTIVES[inner.attr](*(self._split(a, scale) for a in inner.args))
        if inner.op == "apply" and inner.attr in ("implies", "iff"):
            parts = tuple(self._split(a, scale) for a in inner.args)
            return self._meant(Formula(inner.attr, parts), e.span)
        if inner.op == "apply" and inner.attr == "not":
            return f.negation(self._split(inner.args[0], scale))
        if inner.op == "const":
            return self._meant(f.TRUE if inner.attr else f.FALSE, e.span)
        return self._atom(e, inner, scale)

    def _through_let(self, e: Expr) -> Expr:
        """What a let stands for, where that is a comparison or joins some."""
        values = self.scope.session.values
        while e.op == "name" and isinstance(e.attr, NameRef) and e.attr.kind == "let":
            value = values[e.attr.name].value
            if value is None:
                break
            e = value
        return e

    def _atom(self, e: Expr, inner: Expr, scale: Expr | None) -> Formula:
        margin = self._margin(inner)
        if margin is None and scale is not None:
            self.scope.session.error("RW409", (e.span, ""))
            raise Refused
        if margin is not None and scale is not None:
            margin = apply(self.scope.session, "div", (margin, scale), e.span)
            if margin.type.kind == "unknown":
                raise Refused
        truth = self._at_slots(e)
        if margin is not None:
            margin = self._at_slots(margin)
        return f.atom(self._number(AtomDecl(truth, margin, e.span)))

    def _margin(self, e: Expr) -> Expr | None:
        """By how much a comparison of numbers holds; None for any other bool."""
        if e.op != "apply" or e.attr not in _COMPARISONS:
            return None
        left, right = e.args
        if left.type.kind not in _NUMBERS or right.type.kind not in _NUMBERS:
            return None
        session = self.scope.session
        if e.attr in ("lt", "le"):
            left, right = right, left
        difference = apply(session, "sub", (left, right), e.span)
        if e.attr in ("eq", "ne"):
            difference = apply(session, "abs", (difference,), e.span)
            if e.attr == "eq":
                difference = apply(session, "neg", (difference,), e.span)
        return converted(session, difference, "real")

    def _at_slots(self, e: Expr) -> Expr:
        """The part of a value that `all` and `any` are at; every axis must be one of theirs."""
        session = self.scope.session
        if not e.type.axes:
            return e
        names = [axis.name for axis in e.type.axes]
        if not all(name in self.slots for name in names):
            session.error("RW406", (e.span, f"this is {described(e.type)}"))
            raise Refused
        picks = tuple(Pick("at", start=self.slots[str(name)]) for name in names)
        type_ = Type(e.type.kind, e.type.unit, (), e.type.enum)
        return session.make("index", (e,), picks, type_, e.level, e.range, e.span)

    def _number(self, atom: AtomDecl) -> int:
        """One number for what says the same thing."""
        session = self.scope.session
        if atom.truth.level.known > Known.NOW:
            session.error("RW404", (atom.truth.span, f"this is {atom.truth.level}"))
            raise Refused
        key = (
            session.number(atom.truth),
            -1 if atom.margin is None else session.number(atom.margin),
        )
        if key not in self._numbers:
            if len(self.atoms) >= MOST_ATOMS:
                session.error("RW410", (atom.span, ""), most=MOST_ATOMS)
                raise Refused
            self._numbers[key] = len(self.atoms)
            self.atoms.append(atom)
        return self._numbers[key]


def _is_inf(node: ast.Expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "inf"


def positive(scope: Scope, node: ast.Expr, what: str) -> float:
    """A number known when compiled, within what a smooth semantics can compute with."""
    value = scope.infer(node)
    if value.type.kind == "unknown":
        raise Refused
    number = None
    pure = as_factor(value.type.unit) == NO_UNIT and not value.type.axes
    if value.type.kind in _NUMBERS and pure:
        with suppress(NotConstant):
            number = float(constant(scope, value))
    if number is None or not LEAST <= number <= MOST:
        shown = f"this is {described(value.type)}, {value.level}"
        label = shown if number is None else f"this is {number:g}"
        limits = {"least": f"{LEAST:g}", "most": f"{MOST:g}"}
        scope.session.error("RW426", (node.span, label), what=what, **limits)
        raise Refused
    return number


def formula_of(
    scope: Scope,
    node: ast.Expr,
    semantics: Semantics = MINMAX,
    convention: str = "truncated",
) -> tuple[Formula, tuple[AtomDecl, ...]] | None:
    reader = Reader(scope.without_facts(), semantics, convention)
    try:
        formula = reader.read(node)
    except Refused:
        return None
    if sum(1 for _ in f.walk(formula)) > MOST_OPERATORS:
        scope.session.error("RW411", (node.span, ""), most=MOST_OPERATORS)
        return None
    _say_mixed(scope.session, reader.atoms)
    return formula, tuple(reader.atoms)


def _say_mixed(session: Session, atoms: Sequence[AtomDecl]) -> None:
    """One atom per step moves the start of the trace from the reset to the first transition."""
    by_step = [a for a in atoms if a.truth.level.index is Index.STEP]
    by_state = [a for a in atoms if a.truth.level.index is Index.STATE]
    if by_step and by_state:
        labels = ((by_step[0].span, "per step"), (by_state[0].span, "per state"))
        session.note("RW412", *labels)
