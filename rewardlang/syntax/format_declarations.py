"""Declarations as documents for the pretty printer, one method for each class that needs one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wadler_lindig import AbstractDoc, BreakDoc, GroupDoc

from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.syntax.format_expressions import (
    INDENT,
    SUM,
    ExpressionPrinter,
    comment_doc,
    concat,
    text,
)
from rewardlang.syntax.literals import write_string

_HUGGED = (ast.Call, ast.Vector, ast.Match)  # brackets that may open on the line of the `=`


class DeclarationPrinter(ExpressionPrinter):
    """Documents of declarations without their docstrings."""

    def declaration(self, node: ast.Declaration) -> AbstractDoc:
        match node:
            case ast.Use():
                return self._use(node)
            case ast.Timestep():
                return concat("timestep ", self.expression(node.value, SUM))
            case ast.Faults():
                return text(f"faults {node.policy}")
            case ast.UnitDecl():
                return text(f"unit {node.name}")
            case ast.EnumDecl():
                return text(f"enum {node.name} {{ {', '.join(node.members)} }}")
            case ast.Input():
                return self._input(node)
            case ast.Param():
                return self._param(node)
            case ast.Objective():
                return concat(f"{node.kind} ", self.expression(node.value))
            case ast.Condition():
                return self._condition(node)
        return self._definition_or_block(node)

    def _definition_or_block(self, node: ast.Declaration) -> AbstractDoc:
        match node:
            case ast.Let():
                return self._defined(
                    [f"let {node.name}{self._typed(node.type)}"], node.value, node.where
                )
            case ast.Def():
                return self._def(node)
            case ast.Term():
                return self._term(node)
            case ast.Reward():
                fault = self._clause("on fault", node.on_fault)
                return self._defined([f"reward{self._typed(node.type)}", *fault], node.value)
            case ast.Advantage():
                where = self._clause("where", node.where, 1)
                return self._defined(["advantage", *where], node.value)
            case ast.Metric():
                return self._defined([f"metric {node.name}{self._typed(node.type)}"], node.value)
            case ast.Potential():
                return self._potential(node)
            case ast.Spec():
                return self._spec(node)
            case ast.Machine():
                return self._machine(node)
            case ast.Rubric():
                return self._rubric(node)
            case ast.HostFunction():
                return self._host_function(node)
            case ast.Latent():
                return self._latent(node)
            case ast.Test():
                return self._test(node)
        raise TypeError(f"{type(node).__name__} has no spelling")

    # ---- parts --------------------------------------------------------------------------------

    def _typed(self, node: ast.TypeExpr | None) -> str:
        return "" if node is None else f" : {self.type(node)}"

    def _clause(self, word: str, value: ast.Expr | None, least: int = SUM) -> list[AbstractDoc]:
        return (
            []
            if value is None
            else [concat(f"{word} " if word else "", self.expression(value, least))]
        )

    def _clauses(self, parts: Sequence[AbstractDoc | str]) -> AbstractDoc:
        """Clauses on one line, or one a line with those after the first indented."""
        first, *rest = parts
        broken = [piece for part in rest for piece in (BreakDoc(" "), concat(part))]
        return concat(first, concat(*broken).nest(2 * INDENT)).group()

    def _defined(
        self,
        clauses: Sequence[AbstractDoc | str],
        value: ast.Expr,
        where: tuple[ast.Local, ...] = (),
    ) -> AbstractDoc:
        """`clauses = value where locals`."""
        head = concat(self._clauses(clauses), " =")
        if not where:
            return concat(head, self._after_equals(value))
        locals = [
            (local.span, concat(f"{local.name} = ", self.expression(local.value)))
            for local in where
        ]
        names = concat(*self._comma_lines(locals)).nest(2 * INDENT)
        parts = [BreakDoc(" "), self.expression(value), BreakDoc(" "), text("where "), names]
        return concat(head, concat(*parts).nest(INDENT)).group()

    def _after_equals(self, value: ast.Expr) -> AbstractDoc:
        doc = self.expression(value)
        if isinstance(value, _HUGGED):
            return concat(" ", doc)
        broken = isinstance(doc, GroupDoc) and doc.force_vertical  # a comment stands inside it
        return concat(BreakDoc(" "), doc).nest(INDENT).group(force_vertical=broken)

    def _comma_lines(self, items: Sequence[tuple[Span, AbstractDoc]]) -> list[AbstractDoc]:
        parts: list[AbstractDoc] = []
        for number, (_, doc) in enumerate(items):
            parts += [text(","), BreakDoc(" "), doc] if number else [doc]
        return parts

    def _formals(self, formals: tuple[ast.Formal, ...], whole: ast.Node) -> AbstractDoc:
        if not formals:
            return text("()")
        docs: list[tuple[Span, AbstractDoc]] = []
        for formal in formals:
            doc: AbstractDoc = text(
                formal.name + ("" if formal.type is None else f": {self.type(formal.type)}")
            )
            if formal.default is not None:
                doc = concat(doc, " = ", self.expression(formal.default))
            docs.append((formal.span, doc))
        return self.listed("(", docs, ")", _until(whole, formals[-1]))

    # ---- declarations of one line -------------------------------------------------------------

    def _use(self, node: ast.Use) -> AbstractDoc:
        module = write_string(node.module, raw=False) if node.is_file else node.module
        names = f": {', '.join(node.names)}" if node.names else ""
        alias = f" as {node.alias}" if node.alias else ""
        return text(f"use {module}{names}{alias}")

    def _input(self, node: ast.Input) -> AbstractDoc:
        parts: list[AbstractDoc | str] = [f"input {node.name} : {self.type(node.type)}"]
        if node.range is not None:
            parts.append(self.range(node.range))
        if node.per is not None:
            parts.append(f"per {node.per}")
        if node.at_reset:
            parts.append("at reset")
        if node.binding is not None:
            parts.append(f"from {_binding(node.binding)}")
        parts += self._clause("else", node.default, least=1)
        return self._clauses(parts)

    def _param(self, node: ast.Param) -> AbstractDoc:
        word = "learned param" if node.learned else "param"
        parts: list[AbstractDoc | str] = [f"{word} {node.name}{self._typed(node.type)}"]
        if node.range is not None:
            parts.append(self.range(node.range))
        if node.source is not None:
            parts.append(f"from {write_string(node.source, raw=False)}")
        if node.default is None:
            return self._clauses(parts)
        return self._defined(parts, node.default)

    def _def(self, node: ast.Def) -> AbstractDoc:
        result = "" if node.result is None else f" -> {self.type(node.result)}"
        head = concat(f"def {node.name}", self._formals(node.formals, node), result)
        return self._defined([head], node.value, node.where)

    def _term(self, node: ast.Term) -> AbstractDoc:
        parts: list[AbstractDoc | str] = [f"term {node.name}{self._typed(node.type)}"]
        parts += self._clause("weight", node.weight)
        if node.times_dt:
            parts.append("times dt")
        if node.paid is not None:
            parts.append(f"paid {node.paid}")
        parts += self._clause("on fault", node.on_fault)
        if node.per is not None:
            parts.append(f"per {node.per}")
        return self._defined(parts, node.value)

    def _potential(self, node: ast.Potential) -> AbstractDoc:
        weight, discount = (
            self._clause("weight", node.weight),
            self._clause("discount", node.discount),
        )
        return self._defined([f"potential {node.name}", *weight, *discount], node.value)

    def _condition(self, node: ast.Condition) -> AbstractDoc:
        when, pays = self._clause("when", node.when, 1), self._clause("pays", node.pays, 1)
        return self._clauses([f"{node.kind} {node.name}", *when, *pays])

    def _spec(self, node: ast.Spec) -> AbstractDoc:
        if not node.options:
            return self._defined([f"spec {node.name}"], node.value)
        options = [(option.span, self.argument(option)) for option in node.options]
        return self._defined(
            [f"spec {node.name}", self.listed("(", options, ")", _until(node, node.options[-1]))],
            node.value,
        )

    def _host_function(self, node: ast.HostFunction) -> AbstractDoc:
        head = concat(f"{node.kind} {node.name}", self._formals(node.formals, node))
        parts: list[AbstractDoc | str] = [concat(head, f" -> {self.type(node.result)}")]
        if node.range is not None:
            parts.append(self.range(node.range))
        parts.append(f"from {write_string(node.source, raw=False)}")
        if node.options:
            options = [
                (option.span, self._clauses([option.name, *self._clause("", option.value)]))
                for option in node.options
            ]
            parts.append(self.listed("{", options, "}", node.span, padding=" "))
        return self._clauses(parts)

    # ---- declarations with a body -------------------------------------------------------------

    def _machine(self, node: ast.Machine) -> AbstractDoc:
        initial = (self._word_span(node, "initial"), text(f"initial {node.initial}"))
        lines: list[tuple[Span, AbstractDoc]] = [initial]
        lines += [(edge.span, self._edge(edge)) for edge in node.edges]
        if node.final:
            lines.append((self._word_span(node, "final"), text(f"final {', '.join(node.final)}")))
        return self._block(f"machine {node.name}", lines, node)

    def _edge(self, edge: ast.Edge) -> AbstractDoc:
        parts = [
            *self._clause("when", edge.when, 1),
            *self._clause("after", edge.after),
            *self._clause("times", edge.times),
            *self._clause("pays", edge.pays, 1),
        ]
        return self._clauses([f"{edge.source} -> {edge.target}", *parts])

    def _rubric(self, node: ast.Rubric) -> AbstractDoc:
        judged = f" judged by {node.judge}" if node.judge else ""
        lines = [(criterion.span, self._criterion(criterion)) for criterion in node.criteria]
        return self._block(f"rubric {node.name}{judged}", lines, node)

    def _criterion(self, node: ast.Criterion) -> AbstractDoc:
        head: list[AbstractDoc | str] = [f"{node.kind} {node.name}"]
        head += self._clause("weight", node.weight)
        if node.text is not None:
            body: AbstractDoc = text(write_string(node.text, raw=False))
        else:
            assert node.value is not None
            body = concat("= ", self.expression(node.value))
        return self._clauses([*head, body, *self._clause("above", node.above)])

    def _latent(self, node: ast.Latent) -> AbstractDoc:
        lines: list[tuple[Span, AbstractDoc]] = [
            (factor.span, concat(f"factor {factor.name} =", self._after_equals(factor.value)))
            for factor in node.factors
        ]
        decoder: AbstractDoc = text(f"decoder {node.decoder}")
        if node.decoder_arguments:
            items = [(a.span, self.expression(a)) for a in node.decoder_arguments]
            decoder = concat(decoder, self.listed("(", items, ")", items[-1][0]))
        lines.append((self._word_span(node, "decoder"), decoder))
        lines.append((self._word_span(node, "explains"), text(f"explains {node.explains}")))
        return self._block(f"latent {node.name}", lines, node)

    def _test(self, node: ast.Test) -> AbstractDoc:
        lines: list[tuple[Span, AbstractDoc]] = [
            (given.span, concat(f"given {given.name} =", self._after_equals(given.value)))
            for given in node.given
        ]
        for expect in node.expect:
            clauses = [
                concat("expect ", self.expression(expect.value)),
                *self._clause("at", expect.at),
            ]
            lines.append((expect.span, self._clauses(clauses)))
        return self._block(f"test {write_string(node.title, raw=False)}", lines, node)

    def _block(
        self, head: str, lines: Sequence[tuple[Span, AbstractDoc]], node: ast.Declaration
    ) -> AbstractDoc:
        """`head { lines }`, always broken; comments and single blank lines are kept."""
        parts: list[AbstractDoc] = []
        place = node.span.start
        for number, (span, doc) in enumerate(lines):
            for comment in self.comments.between(place, span.start):
                if parts and self.comments.blank_after(place):
                    parts.append(BreakDoc(""))
                parts += [BreakDoc(""), comment_doc(comment)]
                place = comment.span.end
            if number and self.comments.blank_after(place):
                parts.append(BreakDoc(""))
            parts += [BreakDoc(""), doc]
            place = span.end
            limit = lines[number + 1][0].start if number + 1 < len(lines) else node.span.end
            trailing = self.comments.trailing(place, limit)
            if trailing is not None:
                parts += [text("  "), comment_doc(trailing)]
                place = trailing.span.end
        for comment in self.comments.between(place, node.span.end):
            parts += [BreakDoc(""), comment_doc(comment)]
        body = concat(*parts).nest(INDENT)
        return concat(f"{head} {{", body, BreakDoc(""), "}").group(force_vertical=True)

    def _word_span(self, node: ast.Declaration, word: str) -> Span:
        """Where a line of a block that has no node of its own stands: its word begins a line."""
        source = node.span.source
        pattern = re.compile(rf"(?:^|\{{)[ \t]*({word}\b[^\n#}}]*)", re.MULTILINE)
        found = pattern.search(source.text, node.span.start, node.span.end)
        if found is None:
            return Span(source, node.span.end, node.span.end)
        return Span(source, found.start(1), found.start(1) + len(found[1].rstrip()))


def _until(whole: ast.Node, last: ast.Node) -> Span:
    """From the start of `whole` to the end of `last`, one of its parts."""
    return Span(whole.span.source, whole.span.start, last.span.end)


def _binding(node: ast.Binding) -> str:
    spelled = node.root
    for part in node.parts:
        if part.name is not None:
            spelled += f".{part.name}"
        elif isinstance(part.index, tuple):
            first, last = ("" if bound is None else str(bound) for bound in part.index)
            spelled += f"[{first}:{last}]"
        else:
            spelled += f"[{part.index}]"
    return spelled
