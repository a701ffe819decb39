"""Ragged axes: how long each row's are, and the slots that do not count.

A ragged axis `[box: 0 .. 64]` has its cap as its size everywhere; beside the values stands a hidden
input `box.length`. What reduces the axis counts the slots below it and no others, so whatever is
computed in the padding is never seen. An axis after others in a type (`[section: 0 .. 8, line: 0 ..
16]`) has a length for each of their slots: it lies `within` them.
"""

from __future__ import annotations

from collections.abc import Sequence

from rewardlang.check.apply import apply, const, converted, fault
from rewardlang.check.levels import CONSTANT, join
from rewardlang.check.ranges import TRUTH
from rewardlang.check.scope import Scope
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr, InputDecl, NameRef
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.types import Axis, Range, Type


def length_name(axis: Axis) -> str:
    """The hidden input that says how long a ragged axis is."""
    return f"{axis.source}.length"


def declare_lengths(session: Session, declared: Sequence[InputDecl]) -> tuple[InputDecl, ...]:
    """The hidden inputs of the ragged axes, each once, checked to be declared in one way."""
    made: dict[str, InputDecl] = {}
    first: dict[str, tuple[Axis, InputDecl]] = {}
    for input_ in declared:
        for place, axis in enumerate(input_.type.axes):
            if axis.cap is None or axis.name is None:
                continue
            known, by = first.setdefault(axis.name, (axis, input_))
            alike = known == axis and input_.type.axes[:place] == axis.within
            if not alike or by.level != input_.level:
                labels = ((input_.span, ""), (by.span, "and here"))
                session.error("RW267", *labels, axis=axis.name)
            type_ = Type("int", axes=axis.within)
            made.setdefault(
                axis.name,
                InputDecl(
                    length_name(axis), type_, input_.level, None, 1.0, "", None, None, None,
                    input_.span,
                ),
            )  # fmt: skip
        if input_.default is not None and any(a.cap is not None for a in input_.type.axes):
            session.error("RW269", (input_.span, ""), name=input_.name)
    return tuple(made.values())


def length_of(session: Session, axis: Axis, span: Span) -> Expr:
    """How many slots of a ragged axis count, for each slot of the axes it lies within."""
    level = session.ragged[axis.source]
    type_ = Type("int", axes=axis.within)
    ref = NameRef("input", length_name(axis))
    return session.make("name", (), ref, type_, level, Range(0, axis.cap or 0), span)


def counting(scope: Scope, axis: Axis, span: Span) -> Expr:
    """Which slots of a ragged axis count."""
    session = scope.session
    type_, last = Type("int", axes=(axis,)), Range(0, (axis.size or 1) - 1)
    places = session.make("places", (), axis, type_, CONSTANT, last, span)
    return apply(session, "lt", (places, length_of(session, axis, span)), span)


def only_counting(
    scope: Scope, node: ast.Call, x: Expr, mask: Expr | None
) -> tuple[Expr, Expr | None]:
    """The operand and the mask of a reduction that takes ragged axes; unknown where reported."""
    session = scope.session
    axes = {a.name: a for a in (*x.type.axes, *(mask.type.axes if mask is not None else ()))}
    taken = [
        a
        for a in axes.values()
        if a.cap is not None and (node.over is None or a.name in node.over.names)
    ]
    names = [a.name for a in axes.values() if node.over is None or a.name in node.over.names]
    if not taken and not any(a.cap for a in axes.values()):
        return x, mask
    for axis in axes.values():  # what lies within an axis goes before it
        if axis.name not in names and any(w.name in names for w in axis.within):
            gone = next(w.name for w in axis.within if w.name in names)
            session.error("RW268", (node.span, ""), axis=axis.name or "", outer=gone or "")
            return session.unknown(node.span), mask
    for axis in reversed(taken):
        implied = session.like(counting(scope, axis, x.span), range=TRUTH)
        mask = implied if mask is None else apply(session, "and", (implied, mask), x.span)
    assert mask is not None or not taken
    if mask is not None:
        x = session.like(x, level=join(x.level, mask.level))
    return x, mask


def counts(scope: Scope, taken: Expr, axis: Axis, place: Expr, span: Span) -> Expr:
    """One slot of a ragged axis, a fault where it does not count."""
    session = scope.session
    there = apply(session, "lt", (place, length_of(session, axis, span)), span)
    otherwise = fault(session, taken.type, span)
    otherwise = session.like(
        otherwise, type=Type(taken.type.kind, taken.type.unit, (), taken.type.enum)
    )
    level = join(taken.level, there.level)
    parts = (there, taken, otherwise)
    return session.make("apply", parts, "select", taken.type, level, taken.range, span)


def lies_within(session: Session, axes: Sequence[Axis], name: str | None, span: Span) -> bool:
    """Whether another axis has its lengths by this one, which is then not to be touched (said)."""
    for axis in axes:
        if any(w.name == name for w in axis.within):
            session.error("RW268", (span, ""), axis=axis.name or "", outer=name or "")
            return True
    return False


def unreduced(session: Session, x: Expr, what: str) -> bool:
    """Whether a value with a ragged axis is to be remembered, which it cannot be (said)."""
    for axis in x.type.axes:
        if axis.cap is not None:
            operand = session.mention(x.span)
            session.error("RW266", (x.span, f"this is {x.type}"), what=what, operand=operand,
                          axis=axis.name or "")  # fmt: skip
            return True
    return False


def slots(scope: Scope, axes: Sequence[Axis], span: Span) -> Expr:
    """How many slots these axes have in this row."""
    session = scope.session
    total = const(session, 1, span)
    for axis in axes:
        if axis.cap is None:
            one = const(session, axis.size or 0, span)
        elif axis.within and any(w in axes for w in axis.within):
            session.error(
                "RW268", (span, ""), axis=axis.name or "", outer=axis.within[0].name or ""
            )
            return session.unknown(span)
        else:
            one = length_of(session, axis, span)
        total = one if len(axes) == 1 else apply(session, "mul", (total, one), span)
    return converted(session, total, "int")
