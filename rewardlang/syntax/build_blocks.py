"""AST nodes of declarations with a body: one method per rule of the grammar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rewardlang.syntax import ast
from rewardlang.syntax.build_types import TypeBuilder
from rewardlang.syntax.literals import read_string
from rewardlang.syntax.scan import Token


@dataclass(frozen=True)
class _Text:
    """The words of a criterion that a judge reads."""

    text: str


class BlockBuilder(TypeBuilder):
    """Specs, machines, rubrics, host functions, latents and tests."""

    def named(self, start: int, end: int, name: Token) -> dict[str, Any]:
        """The fields every named declaration has."""
        return {
            "span": self.span(start, end),
            "name": name.text,
            "name_span": self.span(name.start, name.end),
        }

    def formals(self, start: int, end: int, *formals: ast.Formal) -> tuple[ast.Formal, ...]:
        return formals

    def formal(
        self,
        start: int,
        end: int,
        name: Token,
        type: ast.TypeExpr | None,
        default: ast.Expr | None,
    ) -> ast.Formal:
        return ast.Formal(span=self.span(start, end), name=name.text, type=type, default=default)

    def spec(
        self,
        start: int,
        end: int,
        name: Token,
        options: tuple[ast.Argument, ...] | None,
        value: ast.Expr,
    ) -> ast.Spec:
        return ast.Spec(**self.named(start, end, name), value=value, options=options or ())

    def spec_options(
        self, start: int, end: int, *options: ast.Argument
    ) -> tuple[ast.Argument, ...]:
        return options

    # ---- machines -----------------------------------------------------------------------------

    def machine(self, start: int, end: int, name: Token, initial: Token, *rest: Any) -> ast.Machine:
        return ast.Machine(
            **self.named(start, end, name),
            initial=initial.text,
            edges=tuple(part for part in rest if isinstance(part, ast.Edge)),
            final=next((part for part in rest if isinstance(part, tuple)), ()),
        )

    def edge(
        self,
        start: int,
        end: int,
        source: Token,
        target: Token,
        when: ast.Expr,
        times: ast.Expr | None,
        pays: ast.Expr | None,
    ) -> ast.Edge:
        return ast.Edge(
            span=self.span(start, end),
            source=source.text,
            target=target.text,
            when=when,
            times=times,
            pays=pays,
        )

    def timed_edge(
        self,
        start: int,
        end: int,
        source: Token,
        target: Token,
        after: ast.Expr,
        pays: ast.Expr | None,
    ) -> ast.Edge:
        return ast.Edge(
            span=self.span(start, end),
            source=source.text,
            target=target.text,
            after=after,
            pays=pays,
        )

    def final(self, start: int, end: int, *names: Token) -> tuple[str, ...]:
        return tuple(name.text for name in names)

    # ---- rubrics, judges, externs -------------------------------------------------------------

    def rubric(
        self, start: int, end: int, name: Token, judge: Token | None, *criteria: ast.Criterion
    ) -> ast.Rubric:
        return ast.Rubric(
            **self.named(start, end, name),
            judge=judge.text if judge else None,
            criteria=criteria,
        )

    def criterion(self, start: int, end: int, *parts: Any) -> ast.Criterion:
        return self._criterion("criterion", start, end, *parts)

    def veto(self, start: int, end: int, *parts: Any) -> ast.Criterion:
        return self._criterion("veto", start, end, *parts)

    def _criterion(
        self,
        kind: str,
        start: int,
        end: int,
        name: Token,
        weight: ast.Expr | None,
        body: _Text | ast.Expr,
        above: ast.Expr | None,
    ) -> ast.Criterion:
        return ast.Criterion(
            span=self.span(start, end),
            kind=kind,
            name=name.text,
            weight=weight,
            text=body.text if isinstance(body, _Text) else None,
            value=None if isinstance(body, _Text) else body,
            above=above,
        )

    def criterion_text(self, start: int, end: int, text: Token) -> _Text:
        return _Text(read_string(self.source, text, self.report)[0])

    def judge(self, start: int, end: int, *parts: Any) -> ast.HostFunction:
        return self._host("judge", start, end, *parts)

    def extern(self, start: int, end: int, *parts: Any) -> ast.HostFunction:
        return self._host("extern", start, end, *parts)

    def _host(
        self,
        kind: str,
        start: int,
        end: int,
        name: Token,
        formals: tuple[ast.Formal, ...] | None,
        result: ast.TypeExpr,
        range: ast.RangeExpr | None,
        source: Token,
        options: tuple[ast.HostOption, ...] | None,
    ) -> ast.HostFunction:
        return ast.HostFunction(
            **self.named(start, end, name),
            kind=kind,
            formals=formals or (),
            result=result,
            range=range,
            source=read_string(self.source, source, self.report)[0],
            options=options or (),
        )

    def host_options(
        self, start: int, end: int, *options: ast.HostOption
    ) -> tuple[ast.HostOption, ...]:
        return options

    def host_option(
        self, start: int, end: int, name: Token, value: ast.Expr | None
    ) -> ast.HostOption:
        return ast.HostOption(span=self.span(start, end), name=name.text, value=value)

    # ---- latents ------------------------------------------------------------------------------

    def latent(self, start: int, end: int, name: Token, *parts: Any) -> ast.Latent:
        *factors, (decoder, arguments), explains = parts
        return ast.Latent(
            **self.named(start, end, name),
            factors=tuple(factors),
            decoder=decoder,
            decoder_arguments=arguments,
            explains=explains.text,
        )

    def factor(self, start: int, end: int, name: Token, value: ast.Expr) -> ast.Factor:
        return ast.Factor(span=self.span(start, end), name=name.text, value=value)

    def decoder(
        self, start: int, end: int, name: Token, *arguments: ast.Expr | None
    ) -> tuple[str, tuple[ast.Expr, ...]]:
        return name.text, tuple(argument for argument in arguments if argument is not None)

    # ---- tests --------------------------------------------------------------------------------

    def test(self, start: int, end: int, title: Token, *facts: Any) -> ast.Test:
        return ast.Test(
            span=self.span(start, end),
            title=read_string(self.source, title, self.report)[0],
            given=tuple(fact for fact in facts if isinstance(fact, ast.Given)),
            expect=tuple(fact for fact in facts if isinstance(fact, ast.Expect)),
        )

    def given(self, start: int, end: int, name: Token, value: ast.Expr) -> ast.Given:
        return ast.Given(span=self.span(start, end), name=name.text, value=value)

    def expect(self, start: int, end: int, value: ast.Expr, at: ast.Expr | None) -> ast.Expect:
        return ast.Expect(span=self.span(start, end), value=value, at=at)
