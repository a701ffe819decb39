"""AST nodes of types, axes, ranges and bindings: one method per rule of the grammar."""

from __future__ import annotations

from rewardlang.syntax import ast
from rewardlang.syntax.build_expressions import ExpressionBuilder
from rewardlang.syntax.literals import read_number, read_unit
from rewardlang.syntax.scan import Token


class TypeBuilder(ExpressionBuilder):
    """The methods for what stands after `:`, `in` and `from`."""

    def names(self, start: int, end: int, *names: Token) -> tuple[str, ...]:
        return tuple(name.text for name in names)

    members = names

    def type(
        self,
        start: int,
        end: int,
        name: Token,
        unit: Token | None,
        axes: tuple[ast.AxisExpr, ...] | None,
    ) -> ast.TypeExpr:
        return ast.TypeExpr(
            span=self.span(start, end),
            name=name.text,
            unit=read_unit(self.source, unit.start, unit.end) if unit else None,
            axes=axes or (),
        )

    def inline_enum(self, start: int, end: int, members: tuple[str, ...]) -> ast.TypeExpr:
        return ast.TypeExpr(span=self.span(start, end), name="enum", members=members)

    def axes(self, start: int, end: int, *axes: ast.AxisExpr) -> tuple[ast.AxisExpr, ...]:
        return axes

    def axis_size(self, start: int, end: int, size: Token) -> ast.AxisExpr:
        return ast.AxisExpr(span=self.span(start, end), size=self._integer(size))

    def axis_open(self, start: int, end: int, name: Token) -> ast.AxisExpr:
        return ast.AxisExpr(span=self.span(start, end), name=name.text)

    def axis_exact(self, start: int, end: int, name: Token, size: Token) -> ast.AxisExpr:
        return ast.AxisExpr(span=self.span(start, end), name=name.text, size=self._integer(size))

    def axis_labels(self, start: int, end: int, name: Token, labels: Token) -> ast.AxisExpr:
        return ast.AxisExpr(span=self.span(start, end), name=name.text, labels=labels.text)

    def axis_capped(
        self, start: int, end: int, name: Token, low: Token, high: Token
    ) -> ast.AxisExpr:
        return ast.AxisExpr(
            span=self.span(start, end),
            name=name.text,
            low=self._integer(low),
            cap=self._integer(high),
        )

    def interval_range(self, start: int, end: int, lo: ast.Expr, hi: ast.Expr) -> ast.RangeExpr:
        return ast.RangeExpr(span=self.span(start, end), lo=lo, hi=hi)

    def member_range(self, start: int, end: int, *members: ast.Expr) -> ast.RangeExpr:
        return ast.RangeExpr(span=self.span(start, end), members=members)

    def whole(self, start: int, end: int, token: Token) -> int:
        return self._integer(token)

    def negative_whole(self, start: int, end: int, token: Token) -> int:
        return -self._integer(token)

    def binding(self, start: int, end: int, root: Token, *parts: ast.BindingPart) -> ast.Binding:
        return ast.Binding(span=self.span(start, end), root=root.text, parts=parts)

    def binding_member(self, start: int, end: int, name: Token) -> ast.BindingPart:
        return ast.BindingPart(span=self.span(start, end), name=name.text)

    def binding_index(self, start: int, end: int, index: int) -> ast.BindingPart:
        return ast.BindingPart(span=self.span(start, end), index=index)

    def binding_slice(
        self, start: int, end: int, first: int | None, last: int | None
    ) -> ast.BindingPart:
        return ast.BindingPart(span=self.span(start, end), index=(first, last))

    def _integer(self, token: Token) -> int:
        return int(read_number(self.source, token, self.report).value)
