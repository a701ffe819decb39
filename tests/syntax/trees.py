"""Random trees, as a person might have written them: what the grammar can say and no more."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from rewardlang.diagnostics.source import Source, Span
from rewardlang.syntax import ast
from rewardlang.syntax.tables import RESERVED, tables

_NOWHERE = Source("tree", "")
_SPAN = Span(_NOWHERE, 0, 0)

names = st.sampled_from(["a", "b_1", "Height", *sorted(set(tables().words) - RESERVED)])
_plain = st.text(st.characters(exclude_characters="\r\0", codec="utf-8"), max_size=8)
_raw = st.text(st.characters(exclude_characters='"\n\r\0', codec="utf-8"), max_size=8)
_units = st.sampled_from(
    [(), (("m", 1, 1),), (("m", 1, 1), ("s", -2, 1)), (("'u", 1, 2), ("s", -1, 3))]
)


def _unit(factors: tuple[tuple[str, int, int], ...]) -> ast.UnitExpr:
    parts = tuple(
        ast.UnitFactor(span=_SPAN, name=n, numerator=p, denominator=q) for n, p, q in factors
    )
    return ast.UnitExpr(span=_SPAN, factors=parts)


@st.composite
def numbers(draw: st.DrawFn) -> ast.Number:
    value = draw(st.integers(0, 2**63 - 1) | st.floats(0, 1e300))
    text = str(value) if isinstance(value, int) else repr(value)
    unit = _unit(draw(_units)) if draw(st.booleans()) else None
    return ast.Number(span=_SPAN, value=value, text=text, unit=unit)


strings = _plain.map(lambda v: ast.String(span=_SPAN, value=v)) | _raw.map(
    lambda v: ast.String(span=_SPAN, value=v, raw=True)
)
leaves = numbers() | strings | names.map(lambda name: ast.Name(span=_SPAN, id=name))


@st.composite
def _compound(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> ast.Expr:
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    kind = draw(st.sampled_from(sorted(_KINDS)))
    made: ast.Expr = _KINDS[kind](draw, inner, some)
    return made


def _binary(draw: st.DrawFn, inner: Any, _: Any) -> ast.Expr:
    op = draw(st.sampled_from("+ - * / @ ^ < <= > >= == != and or implies iff".split()))
    return ast.Binary(span=_SPAN, op=op, left=draw(inner), right=draw(inner), op_span=_SPAN)


def _interval(draw: st.DrawFn, inner: Any) -> ast.Interval | None:
    if draw(st.booleans()):
        return None
    return ast.Interval(span=_SPAN, lo=draw(inner), hi=draw(inner))


def _temporal(draw: st.DrawFn, inner: Any, _: Any) -> ast.Expr:
    op = draw(st.sampled_from("always eventually next weak_next once previously".split()))
    return ast.Temporal(span=_SPAN, op=op, operand=draw(inner), interval=_interval(draw, inner))


def _temporal_binary(draw: st.DrawFn, inner: Any, _: Any) -> ast.Expr:
    op = draw(st.sampled_from(["until", "since", "releases"]))
    return ast.TemporalBinary(
        span=_SPAN, op=op, left=draw(inner), right=draw(inner), interval=_interval(draw, inner)
    )


def _range(draw: st.DrawFn, inner: Any, some: Any) -> ast.RangeExpr:
    if draw(st.booleans()):
        return ast.RangeExpr(span=_SPAN, members=draw(some))
    return ast.RangeExpr(span=_SPAN, lo=draw(inner), hi=draw(inner))


def _index(draw: st.DrawFn, inner: Any, _: Any) -> ast.Expr:
    bound = st.none() | st.integers(0, 9).map(
        lambda n: ast.Number(span=_SPAN, value=n, text=str(n))
    )
    slices = st.builds(lambda a, b: ast.Slice(span=_SPAN, start=a, stop=b), bound, bound)
    items = st.builds(
        lambda axis, value: ast.IndexItem(span=_SPAN, axis=axis, value=value),
        st.none() | names,
        inner | slices,
    )
    chosen = draw(st.lists(items, min_size=1, max_size=3).map(tuple))
    return ast.Index(span=_SPAN, value=draw(inner), items=chosen)


def _over(draw: st.DrawFn, inner: Any) -> ast.Over:
    excluding = draw(st.booleans())
    window = draw(st.sampled_from([None, "last", "following"]))
    if window:
        extent = draw(inner)
        return ast.Over(span=_SPAN, window=window, extent=extent, excluding_self=excluding)
    axes = st.sampled_from(["episode", "group", "leg", "past"])
    chosen = draw(st.lists(axes, min_size=1, max_size=2).map(tuple))
    return ast.Over(span=_SPAN, names=chosen, excluding_self=excluding)


def _argument(draw: st.DrawFn, inner: Any, name: str | None) -> ast.Argument:
    value = draw(inner)
    if draw(st.integers(0, 5)) == 0:
        value = ast.Within(span=_SPAN, value=value, tolerance=draw(inner))
    return ast.Argument(span=_SPAN, name=name, value=value)


def _call(draw: st.DrawFn, inner: Any, _: Any) -> ast.Expr:
    positional = [_argument(draw, inner, None) for _ in range(draw(st.integers(0, 2)))]
    named = [_argument(draw, inner, draw(names)) for _ in range(draw(st.integers(0, 2)))]
    scoped = bool(positional)
    otherwise = draw(st.none() | inner) if positional or named else None
    fault = bool(positional) and otherwise is None and draw(st.booleans())
    if isinstance(otherwise, ast.Name) and otherwise.id == "fault":
        otherwise = None  # as a value of `else`, this name is the clause
    return ast.Call(
        span=_SPAN,
        function=draw(names | st.just("gait.near")),
        arguments=(*positional, *named),
        over=_over(draw, inner) if scoped and draw(st.booleans()) else None,
        where=draw(st.none() | inner) if scoped else None,
        otherwise=otherwise,
        else_fault=fault,
        function_span=_SPAN,
    )


def _match(draw: st.DrawFn, inner: Any, _: Any) -> ast.Expr:
    patterns = names.map(lambda n: ast.Name(span=_SPAN, id=n)) | strings | numbers()
    arms = [
        ast.MatchArm(span=_SPAN, pattern=draw(patterns), value=draw(inner))
        for _ in range(draw(st.integers(1, 2)))
    ]
    if draw(st.booleans()):
        arms.append(ast.MatchArm(span=_SPAN, pattern=None, value=draw(inner)))
    return ast.Match(span=_SPAN, subject=draw(inner), arms=tuple(arms))


_KINDS: dict[str, Any] = {
    "binary": _binary,
    "call": _call,
    "if": lambda draw, inner, _: ast.If(
        span=_SPAN, condition=draw(inner), then=draw(inner), otherwise=draw(inner)
    ),
    "in": lambda draw, inner, some: ast.InRange(
        span=_SPAN, value=draw(inner), range=_range(draw, inner, some)
    ),
    "index": _index,
    "is": lambda draw, inner, _: ast.Is(span=_SPAN, value=draw(inner), name=draw(names)),
    "match": _match,
    "member": lambda draw, inner, _: ast.Member(span=_SPAN, value=draw(inner), name=draw(names)),
    "scaled": lambda draw, inner, _: ast.Scaled(span=_SPAN, value=draw(inner), scale=draw(inner)),
    "weighted": lambda draw, inner, _: ast.Weighted(
        span=_SPAN, value=draw(inner), weight=draw(inner)
    ),
    "temporal": _temporal,
    "temporal_binary": _temporal_binary,
    "unary": lambda draw, inner, _: ast.Unary(
        span=_SPAN, op=draw(st.sampled_from(["-", "not"])), operand=draw(inner)
    ),
    "vector": lambda draw, inner, some: ast.Vector(span=_SPAN, items=draw(some)),
}

expressions = st.recursive(leaves, _compound, max_leaves=12)


@st.composite
def files(draw: st.DrawFn) -> ast.File:
    """Terms, lets and conditions around random expressions."""
    declarations: list[ast.Declaration] = []
    for _ in range(draw(st.integers(0, 3))):
        named: dict[str, Any] = {
            "span": _SPAN,
            "name": draw(names),
            "name_span": _SPAN,
            "doc": draw(st.none() | _plain),
        }
        kind = draw(st.sampled_from(["let", "term", "terminate", "test"]))
        optional = st.none() | expressions
        if kind == "let":
            locals = [
                ast.Local(span=_SPAN, name="k", value=v)
                for v in draw(st.lists(expressions, max_size=2))
            ]
            declarations.append(ast.Let(**named, value=draw(expressions), where=tuple(locals)))
        elif kind == "term":
            declarations.append(
                ast.Term(
                    **named,
                    weight=draw(optional),
                    times_dt=draw(st.booleans()),
                    on_fault=draw(optional),
                    value=draw(expressions),
                )
            )
        elif kind == "terminate":
            declarations.append(
                ast.Condition(**named, kind=kind, when=draw(expressions), pays=draw(optional))
            )
        else:
            given = ast.Given(span=_SPAN, name="g", value=draw(expressions))
            expect = ast.Expect(span=_SPAN, value=draw(expressions), at=draw(optional))
            declarations.append(
                ast.Test(span=_SPAN, title=draw(_plain), given=(given,), expect=(expect,))
            )
    doc = draw(st.none() | _plain)
    if doc is None and declarations and declarations[0].doc is not None:
        doc = "file"  # the first string of a file is the file's own
    return ast.File(span=_SPAN, source=_NOWHERE, doc=doc, declarations=tuple(declarations))
