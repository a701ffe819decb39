"""Expressions, types and ranges as documents for the pretty printer.

Parentheses are put back from precedence alone: a tree does not remember the ones that were written.
"""

from __future__ import annotations

from collections.abc import Sequence

from wadler_lindig import AbstractDoc, BreakDoc, ConcatDoc, TextDoc

from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.syntax.comments import CommentPool
from rewardlang.syntax.literals import write_string

INDENT = 2

# Precedence, loosest first; the same table as in the grammar and in SPEC.md.
IF, IFF, IMPLIES, OR, AND, UNTIL, PREFIX, COMPARISON, SUM, PRODUCT, NEGATION, POWER, PRIMARY = (
    range(1, 14)
)
_BINARY = {
    "iff": IFF, "implies": IMPLIES, "or": OR, "and": AND,
    "<": COMPARISON, "<=": COMPARISON, ">": COMPARISON, ">=": COMPARISON,
    "==": COMPARISON, "!=": COMPARISON,
    "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "@": PRODUCT, "^": POWER,
}  # fmt: skip
_CONNECTIVES = frozenset({"iff", "implies", "or", "and"})


def text(value: str) -> TextDoc:
    """Text on one line. Newlines inside strings travel as NUL, so that no indent gets into them."""
    return TextDoc(value.replace("\n", "\0"))


def concat(*parts: AbstractDoc | str) -> ConcatDoc:
    children = tuple(text(part) if isinstance(part, str) else part for part in parts)
    return ConcatDoc(children=children)  # type: ignore[no-untyped-call]


def comment_doc(comment: ast.Comment) -> TextDoc:
    """A comment, which never makes a line count as too long."""
    return TextDoc(comment.text, width=False)


def level(node: ast.Expr) -> int:
    """How tightly the outermost operator of `node` binds."""
    match node:
        case ast.If():
            return IF
        case ast.Binary(op=op):
            return _BINARY[op]
        case ast.TemporalBinary():
            return UNTIL
        case ast.Temporal() | ast.Unary(op="not"):
            return PREFIX
        case ast.InRange() | ast.Is() | ast.Scaled() | ast.Weighted():
            return COMPARISON
        case ast.Unary():
            return NEGATION
    return PRIMARY


def _ends_in_prefix(node: ast.Expr) -> bool:
    """Whether a temporal prefix reaches to the end of `node`: it cannot stand at the left."""
    match node:
        case ast.Temporal():
            return True
        case ast.Unary(op="not", operand=operand):
            return _ends_in_prefix(operand)
        case ast.Binary(op=op, right=right) if op in _CONNECTIVES:
            return _ends_in_prefix(right)
        case ast.TemporalBinary(right=right):
            return _ends_in_prefix(right)
    return False


class ExpressionPrinter:
    """Documents of expressions. Comments between the items of a list or chain stay with them."""

    def __init__(self, comments: CommentPool) -> None:
        self.comments = comments

    def expression(self, node: ast.Expr, least: int = IF) -> AbstractDoc:
        """`node` where only operators that bind at least as tightly as `least` may stand bare."""
        if level(node) < least:
            return concat("(", self._bare(node), ")").group()
        return self._bare(node)

    def _bare(self, node: ast.Expr) -> AbstractDoc:
        match node:
            case ast.If():
                return self._if(node)
            case ast.Binary():
                return self._binary(node)
            case ast.TemporalBinary():
                return concat(
                    self._left(node.left),
                    f" {node.op} ",
                    self._interval(node.interval),
                    self.expression(node.right, PREFIX),
                )
            case ast.Temporal():
                operator = concat(f"{node.op} ", self._interval(node.interval))
                return concat(operator, self.expression(node.operand, PREFIX))
            case ast.Unary(op="not"):
                return concat("not ", self.expression(node.operand, PREFIX))
            case ast.Unary():
                return concat("-", self.expression(node.operand, POWER))
            case ast.InRange():
                return concat(self.expression(node.value, SUM), " ", self.range(node.range))
            case ast.Is():
                return concat(self.expression(node.value, SUM), f" is {node.name}")
            case ast.Scaled():
                scale = self.expression(node.scale, SUM)
                return concat(self.expression(node.value, SUM), " scaled ", scale)
            case ast.Weighted():
                weight = self.expression(node.weight, SUM)
                return concat(self.expression(node.value, SUM), " weighted ", weight)
            case ast.Within():
                tolerance = self.expression(node.tolerance, SUM)
                return concat(self.expression(node.value), " within ", tolerance)
        return self._primary(node)

    def _primary(self, node: ast.Expr) -> AbstractDoc:
        match node:
            case ast.Number():
                return concat(node.text, self.unit(node.unit))
            case ast.String():
                return text(write_string(node.value, node.raw))
            case ast.Name():
                return text(node.id)
            case ast.Vector():
                return self.listed(
                    "[", [(n.span, self.expression(n)) for n in node.items], "]", node.span
                )
            case ast.Member():
                return concat(self.expression(node.value, PRIMARY), f".{node.name}")
            case ast.Index():
                items = [(item.span, self._index_item(item)) for item in node.items]
                return concat(
                    self.expression(node.value, PRIMARY), self.listed("[", items, "]", node.span)
                )
            case ast.Match():
                return self._match(node)
            case ast.Call():
                return self._call(node)
        raise TypeError(f"{type(node).__name__} has no spelling")

    # ---- operators ----------------------------------------------------------------------------

    def _left(self, node: ast.Expr) -> AbstractDoc:
        """The left operand of a connective. Another connective, or a temporal prefix that would
        reach on, gets parentheses: `(a and b) or c` is said plainly though it need not be.
        """
        if _ends_in_prefix(node):
            return concat("(", self._bare(node), ")").group()
        return self.expression(node, PREFIX)

    def _binary(self, node: ast.Binary) -> AbstractDoc:
        least = _BINARY[node.op]
        if node.op == "^":
            return concat(self.expression(node.left, PRIMARY), " ^ ", self._exponent(node.right))
        if least == COMPARISON:
            right = self.expression(node.right, SUM)
            return concat(self.expression(node.left, SUM), f" {node.op} ", right)
        if node.op == "implies":
            right = self._operand(node.right, node.op)
            return self._chain(
                (node.left.span, self._left(node.left)), [(node.op, node.right.span, right)]
            )
        links: list[tuple[str, Span, AbstractDoc]] = []
        left: ast.Expr = node
        while isinstance(left, ast.Binary) and _BINARY[left.op] == least:
            connects = left.op in _CONNECTIVES
            tighter = PREFIX if connects else least + 1
            links.append((left.op, left.right.span, self.expression(left.right, tighter)))
            left = left.left
            if connects and _ends_in_prefix(left):
                break
        first = self._left(left) if node.op in _CONNECTIVES else self.expression(left, least)
        return self._chain((left.span, first), links[::-1])

    def _operand(self, node: ast.Expr, op: str) -> AbstractDoc:
        """The right side of `implies`, which may be one itself."""
        if isinstance(node, ast.Binary) and node.op == op:
            return self._bare(node)
        return self.expression(node, PREFIX)

    def _exponent(self, node: ast.Expr) -> AbstractDoc:
        if isinstance(node, ast.Unary) and node.op == "-":
            return concat("-", self._exponent(node.operand))
        return self.expression(node, POWER)

    def _chain(
        self, first: tuple[Span, AbstractDoc], links: Sequence[tuple[str, Span, AbstractDoc]]
    ) -> AbstractDoc:
        """Operands of one precedence; broken, each but the first begins with its operator."""
        span, doc = first
        parts = [doc]
        vertical = False
        for operator, next_span, next_doc in links:
            trailing = self.comments.trailing(span.end, next_span.start)
            if trailing is not None:
                parts += [text("  "), comment_doc(trailing)]
            above = self.comments.between(span.end, next_span.start)
            for comment in above:
                parts += [BreakDoc(" "), comment_doc(comment)]
            vertical = vertical or bool(above) or trailing is not None
            parts += [BreakDoc(" "), text(f"{operator} "), next_doc]
            span = next_span
        return concat(*parts).group(force_vertical=vertical)

    def _if(self, node: ast.If) -> AbstractDoc:
        parts: list[AbstractDoc] = []
        rest: ast.Expr = node
        while isinstance(rest, ast.If):
            condition = self.expression(rest.condition, IFF)
            parts += [concat("if ", condition, " then ", self.expression(rest.then, IFF))]
            parts += [BreakDoc(" "), text("else ")]
            rest = rest.otherwise
        return concat(*parts, self.expression(rest)).group()

    def _interval(self, interval: ast.Interval | None) -> AbstractDoc:
        if interval is None:
            return text("")
        lo, hi = self.expression(interval.lo, SUM), self.expression(interval.hi, SUM)
        return concat("[", lo, " .. ", hi, "] ")

    # ---- primaries ----------------------------------------------------------------------------

    def _index_item(self, item: ast.IndexItem) -> AbstractDoc:
        axis = f"{item.axis}: " if item.axis else ""
        if isinstance(item.value, ast.Slice):
            bounds = [
                self.expression(bound) if bound else text("")
                for bound in (item.value.start, item.value.stop)
            ]
            return concat(axis, bounds[0], ":", bounds[1])
        return concat(axis, self.expression(item.value))

    def _match(self, node: ast.Match) -> AbstractDoc:
        arms = []
        for arm in node.arms:
            pattern = self.expression(arm.pattern) if arm.pattern else text("else")
            arms.append((arm.span, concat(pattern, " -> ", self.expression(arm.value))))
        head = concat("match ", self.expression(node.subject, SUM), " ")
        return concat(head, self.listed("{", arms, "}", node.span, padding=" "))

    def _call(self, node: ast.Call) -> AbstractDoc:
        positional = [a for a in node.arguments if a.name is None]
        named = [a for a in node.arguments if a.name is not None]
        items = [(a.span, self.argument(a)) for a in positional]
        clauses: list[AbstractDoc] = []
        if node.over is not None:
            clauses.append(self.over(node.over))
        if node.where is not None:
            clauses.append(concat("where ", self.expression(node.where)))
        _append(items, clauses)
        items += [(a.span, self.argument(a)) for a in named]
        if node.else_fault:
            _append(items, [text("else fault")])
        elif node.otherwise is not None:
            _append(items, [concat("else ", self.expression(node.otherwise))])
        return concat(node.function, self.listed("(", items, ")", node.span))

    def argument(self, argument: ast.Argument) -> AbstractDoc:
        name = f"{argument.name}: " if argument.name else ""
        return concat(name, self.expression(argument.value))

    def over(self, over: ast.Over) -> AbstractDoc:
        suffix = " excluding self" if over.excluding_self else ""
        if over.window is not None:
            assert over.extent is not None
            return concat(f"over {over.window} ", self.expression(over.extent, SUM), suffix)
        names = over.names[0] if len(over.names) == 1 else f"({', '.join(over.names)})"
        return text(f"over {names}{suffix}")

    def listed(
        self,
        opening: str,
        items: Sequence[tuple[Span, AbstractDoc]],
        closing: str,
        whole: Span,
        padding: str = "",
    ) -> AbstractDoc:
        """Items in brackets, on one line or one item a line; comments between them are kept."""
        if not items:
            return text(opening + closing)
        lines: list[AbstractDoc] = []
        vertical = False
        place = whole.start
        for number, (span, doc) in enumerate(items):
            for comment in self.comments.between(place, span.start):
                lines += [comment_doc(comment), BreakDoc(" ")]
                vertical = True
            last = number == len(items) - 1
            lines.append(doc if last else concat(doc, ","))
            limit = whole.end if last else items[number + 1][0].start
            trailing = self.comments.trailing(span.end, limit)
            if trailing is not None:
                lines += [text("  "), comment_doc(trailing)]
                vertical = True
            if not last:
                lines.append(BreakDoc(" "))
            place = span.end
        for comment in self.comments.between(place, whole.end):
            lines += [BreakDoc(" "), comment_doc(comment)]
            vertical = True
        body = concat(BreakDoc(padding), *lines).nest(INDENT)
        return concat(opening, body, BreakDoc(padding), closing).group(force_vertical=vertical)

    # ---- types and ranges ---------------------------------------------------------------------

    def unit(self, unit: ast.UnitExpr | None) -> str:
        """`<m/s^2>`: factors with a negative exponent stand after `/` where one stands before."""
        if unit is None:
            return ""
        spelled = ""
        for factor in unit.factors:
            divides = factor.numerator < 0
            power = abs(factor.numerator)
            if not spelled and divides:
                spelled = "1"
            spelled += ("/" if divides else "*") if spelled else ""
            spelled += factor.name
            if factor.denominator != 1:
                spelled += f"^{power}/{factor.denominator}"
            elif power != 1:
                spelled += f"^{power}"
        return f"<{spelled or '1'}>"

    def type(self, node: ast.TypeExpr) -> str:
        if node.name == "enum" and node.members:
            return f"enum {{ {', '.join(node.members)} }}"
        axes = f"[{', '.join(map(_axis, node.axes))}]" if node.axes else ""
        return f"{node.name}{self.unit(node.unit)}{axes}"

    def range(self, node: ast.RangeExpr) -> AbstractDoc:
        if node.members:
            members = [(m.span, self.expression(m)) for m in node.members]
            return concat("in ", self.listed("{", members, "}", node.span, padding=" "))
        assert node.lo is not None and node.hi is not None
        return concat("in ", self.expression(node.lo, SUM), " .. ", self.expression(node.hi, SUM))


def _append(items: list[tuple[Span, AbstractDoc]], clauses: list[AbstractDoc]) -> None:
    """Clauses carry no comma: they follow the last item, on its line where they fit."""
    if clauses:
        span, doc = items[-1]
        rest = [part for clause in clauses for part in (BreakDoc(" "), clause)]
        items[-1] = (span, concat(doc, concat(*rest).nest(INDENT)).group())


def _axis(axis: ast.AxisExpr) -> str:
    extent = ""
    if axis.labels is not None:
        extent = axis.labels
    elif axis.cap is not None:
        extent = f"{axis.low} .. {axis.cap}"
    elif axis.size is not None:
        extent = str(axis.size)
    return ": ".join(part for part in (axis.name or "", extent) if part)
