"""AST nodes of expressions, types and ranges: one method per rule of the grammar, by its name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Report
from rewardlang.diagnostics.source import Source, Span
from rewardlang.syntax import ast
from rewardlang.syntax.limits import MAX_DOTS
from rewardlang.syntax.literals import read_number, read_string
from rewardlang.syntax.lr import TooDeep
from rewardlang.syntax.scan import Token

CONNECTIVES = frozenset({"iff", "implies", "or", "and"})


@dataclass(frozen=True)
class _Scope:
    """What follows the arguments of a reduction: `over ..` and `where ..`."""

    over: ast.Over | None
    where: ast.Expr | None


@dataclass(frozen=True)
class _Otherwise:
    """`else value`; the value None is `else fault`."""

    value: ast.Expr | None


class ExpressionBuilder:
    """Each method is given the place of its text and the values of the rule's parts."""

    def __init__(self, source: Source, report: Report) -> None:
        self.source = source
        self.report = report
        self._in_parentheses: dict[int, ast.Expr] = {}  # by identity; the values keep the ids taken

    def span(self, start: int, end: int) -> Span:
        return Span(self.source, start, end)

    def error(self, code: str, start: int, end: int, **args: Any) -> None:
        self.report.add(Diagnostic(code, (Label(self.span(start, end)),), args))

    # ---- operators ----------------------------------------------------------------------------

    def if_expression(
        self, start: int, end: int, condition: ast.Expr, then: ast.Expr, otherwise: ast.Expr
    ) -> ast.If:
        return ast.If(
            span=self.span(start, end), condition=condition, then=then, otherwise=otherwise
        )

    def binary(
        self, start: int, end: int, left: ast.Expr, op: Token, right: ast.Expr
    ) -> ast.Binary:
        if op.text in CONNECTIVES:
            self._refuse_open_temporal(left, op.text, start, end)
        return ast.Binary(
            span=self.span(start, end),
            op=op.text,
            left=left,
            right=right,
            op_span=self.span(op.start, op.end),
        )

    def unary(self, start: int, end: int, op: Token, operand: ast.Expr) -> ast.Unary:
        return ast.Unary(span=self.span(start, end), op=op.text, operand=operand)

    def temporal(
        self, start: int, end: int, op: Token, interval: ast.Interval | None, operand: ast.Expr
    ) -> ast.Temporal:
        return ast.Temporal(
            span=self.span(start, end), op=op.text, operand=operand, interval=interval
        )

    def temporal_binary(
        self,
        start: int,
        end: int,
        left: ast.Expr,
        op: Token,
        interval: ast.Interval | None,
        right: ast.Expr,
    ) -> ast.TemporalBinary:
        self._refuse_open_temporal(left, op.text, start, end)
        return ast.TemporalBinary(
            span=self.span(start, end), op=op.text, left=left, right=right, interval=interval
        )

    def interval(self, start: int, end: int, lo: ast.Expr, hi: ast.Expr) -> ast.Interval:
        return ast.Interval(span=self.span(start, end), lo=lo, hi=hi)

    def in_range(self, start: int, end: int, value: ast.Expr, range: ast.RangeExpr) -> ast.InRange:
        return ast.InRange(span=self.span(start, end), value=value, range=range)

    def is_state(self, start: int, end: int, value: ast.Expr, name: Token) -> ast.Is:
        return ast.Is(span=self.span(start, end), value=value, name=name.text)

    def scaled(self, start: int, end: int, value: ast.Expr, scale: ast.Expr) -> ast.Scaled:
        return ast.Scaled(span=self.span(start, end), value=value, scale=scale)

    def weighted(self, start: int, end: int, value: ast.Expr, weight: ast.Expr) -> ast.Weighted:
        return ast.Weighted(span=self.span(start, end), value=value, weight=weight)

    def _refuse_open_temporal(self, left: ast.Expr, op: str, start: int, end: int) -> None:
        """`always a and b` reads both ways, so the person must say which is meant."""
        prefix = self._open_prefix(left)
        if prefix is None:
            return
        text = self.source.text
        prefix_text = text[prefix.span.start : prefix.operand.span.start].strip()
        whole = Span(self.source, prefix.span.start, end)
        rest = text[prefix.operand.span.start : end]
        inner = text[prefix.span.start : prefix.span.end]
        after = text[prefix.span.end : end].strip()
        self.report.add(
            Diagnostic(
                "RW030",
                (Label(whole), Label(prefix.span, f"`{prefix.op}` may end here or reach further")),
                {
                    "temporal": prefix.op,
                    "operator": op,
                    "wide": _one_line(f"{prefix_text} ({rest})"),
                    "narrow": _one_line(f"({inner}) {after}"),
                },
            )
        )

    def _open_prefix(self, node: ast.Expr) -> ast.Temporal | None:
        """The temporal prefix that `node` ends with, if no parenthesis closes it."""
        while id(node) not in self._in_parentheses:
            if isinstance(node, ast.Temporal):
                return node
            if isinstance(node, ast.Unary) and node.op == "not":
                node = node.operand
            elif isinstance(node, ast.Binary) and node.op in CONNECTIVES:
                node = node.right
            elif isinstance(node, ast.TemporalBinary):
                node = node.right
            else:
                break
        return None

    # ---- primaries ----------------------------------------------------------------------------

    def dotted(self, start: int, end: int, first: Token, *rest: Token) -> ast.Expr:
        if len(rest) > MAX_DOTS:
            raise TooDeep(start, end, MAX_DOTS)
        node: ast.Expr = ast.Name(span=self.span(first.start, first.end), id=first.text)
        for part in rest:
            node = ast.Member(span=self.span(start, part.end), value=node, name=part.text)
        return node

    def number(self, start: int, end: int, token: Token) -> ast.Number:
        return read_number(self.source, token, self.report)

    def string(self, start: int, end: int, token: Token) -> ast.String:
        value, raw = read_string(self.source, token, self.report)
        return ast.String(span=self.span(start, end), value=value, raw=raw)

    def parenthesized(self, start: int, end: int, value: ast.Expr) -> ast.Expr:
        self._in_parentheses[id(value)] = value
        return value

    def vector(self, start: int, end: int, *items: ast.Expr) -> ast.Vector:
        return ast.Vector(span=self.span(start, end), items=items)

    def member(self, start: int, end: int, value: ast.Expr, name: Token) -> ast.Member:
        return ast.Member(span=self.span(start, end), value=value, name=name.text)

    def index(self, start: int, end: int, value: ast.Expr, *items: ast.IndexItem) -> ast.Index:
        return ast.Index(span=self.span(start, end), value=value, items=items)

    def index_item(
        self, start: int, end: int, axis: Token | None, value: ast.Expr | ast.Slice
    ) -> ast.IndexItem:
        return ast.IndexItem(
            span=self.span(start, end), axis=axis.text if axis else None, value=value
        )

    def slice(
        self, start: int, end: int, first: ast.Expr | None, last: ast.Expr | None
    ) -> ast.Slice:
        return ast.Slice(span=self.span(start, end), start=first, stop=last)

    def slice_bound(self, start: int, end: int, value: int) -> ast.Expr:
        span = self.span(start, end)
        number = ast.Number(span=span, value=abs(value), text=str(abs(value)))
        return number if value >= 0 else ast.Unary(span=span, op="-", operand=number)

    def match(
        self, start: int, end: int, subject: ast.Expr, *arms: ast.MatchArm | None
    ) -> ast.Match:
        return ast.Match(
            span=self.span(start, end), subject=subject, arms=tuple(a for a in arms if a)
        )

    def arm(self, start: int, end: int, pattern: ast.Expr, value: ast.Expr) -> ast.MatchArm:
        return ast.MatchArm(span=self.span(start, end), pattern=pattern, value=value)

    def else_arm(self, start: int, end: int, value: ast.Expr) -> ast.MatchArm:
        return ast.MatchArm(span=self.span(start, end), pattern=None, value=value)

    def name_pattern(self, start: int, end: int, name: Token) -> ast.Name:
        return ast.Name(span=self.span(start, end), id=name.text)

    def negative_pattern(self, start: int, end: int, number: ast.Number) -> ast.Number:
        return ast.Number(
            span=self.span(start, end),
            value=-number.value,
            text="-" + number.text,
            unit=number.unit,
        )

    # ---- calls --------------------------------------------------------------------------------

    def call(self, start: int, end: int, function: ast.Expr, *parts: Any) -> ast.Call:
        scope = next((p for p in parts if isinstance(p, _Scope)), _Scope(None, None))
        otherwise = next((p for p in parts if isinstance(p, _Otherwise)), None)
        return ast.Call(
            span=self.span(start, end),
            function=dotted_name(function),
            arguments=tuple(p for p in parts if isinstance(p, ast.Argument)),
            over=scope.over,
            where=scope.where,
            otherwise=otherwise.value if otherwise else None,
            else_fault=otherwise is not None and otherwise.value is None,
            function_span=function.span,
        )

    def argument(self, start: int, end: int, value: ast.Expr) -> ast.Argument:
        return ast.Argument(span=self.span(start, end), name=None, value=value)

    def within(self, start: int, end: int, value: ast.Expr, tolerance: ast.Expr) -> ast.Argument:
        span = self.span(start, end)
        return ast.Argument(
            span=span, name=None, value=ast.Within(span=span, value=value, tolerance=tolerance)
        )

    def named_argument(self, start: int, end: int, name: Token, value: ast.Expr) -> ast.Argument:
        return ast.Argument(span=self.span(start, end), name=name.text, value=value)

    def named_within(
        self, start: int, end: int, name: Token, value: ast.Expr, tolerance: ast.Expr
    ) -> ast.Argument:
        return replace(self.within(start, end, value, tolerance), name=name.text)

    def scope(self, start: int, end: int, over: ast.Over, where: ast.Expr | None) -> _Scope:
        return _Scope(over, where)

    def mask(self, start: int, end: int, where: ast.Expr) -> _Scope:
        return _Scope(None, where)

    def over_axes(
        self, start: int, end: int, axes: Token | tuple[str, ...], excluding: bool | None
    ) -> ast.Over:
        names = (axes.text,) if isinstance(axes, Token) else axes
        return ast.Over(span=self.span(start, end), names=names, excluding_self=bool(excluding))

    def over_last(self, start: int, end: int, extent: ast.Expr, excluding: bool | None) -> ast.Over:
        return ast.Over(
            span=self.span(start, end),
            window="last",
            extent=extent,
            excluding_self=bool(excluding),
        )

    def over_following(
        self, start: int, end: int, extent: ast.Expr, excluding: bool | None
    ) -> ast.Over:
        return ast.Over(
            span=self.span(start, end),
            window="following",
            extent=extent,
            excluding_self=bool(excluding),
        )

    def excluding(self, start: int, end: int) -> bool:
        return True

    def otherwise(self, start: int, end: int, value: ast.Expr) -> _Otherwise:
        return _Otherwise(value)

    def else_fault(self, start: int, end: int) -> _Otherwise:
        return _Otherwise(None)


def dotted_name(node: ast.Expr) -> str:
    """`gait.near` from the nested members that spell it."""
    parts = []
    while isinstance(node, ast.Member):
        parts.append(node.name)
        node = node.value
    assert isinstance(node, ast.Name)
    return ".".join([node.id, *reversed(parts)])


def _one_line(text: str) -> str:
    return " ".join(text.split())
