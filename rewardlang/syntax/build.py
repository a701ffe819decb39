"""AST nodes of declarations: one method per rule of the grammar, by its name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from rewardlang.syntax import ast
from rewardlang.syntax.build_blocks import BlockBuilder
from rewardlang.syntax.literals import read_string
from rewardlang.syntax.scan import Token


@dataclass(frozen=True)
class _FileDoc:
    text: str


@dataclass(frozen=True)
class _Module:
    name: str
    is_file: bool


class Builder(BlockBuilder):
    """All rules. `start` is given what the file holds, comments aside."""

    def start(self, start: int, end: int, *items: Any) -> ast.File:
        docs = [item.text for item in items if isinstance(item, _FileDoc)]
        return ast.File(
            span=self.span(0, len(self.source.text)),
            source=self.source,
            doc=docs[0] if docs else None,
            declarations=tuple(item for item in items if isinstance(item, ast.Declaration)),
        )

    def file_doc(self, start: int, end: int, token: Token) -> _FileDoc:
        return _FileDoc(read_string(self.source, token, self.report)[0])

    def documented(
        self, start: int, end: int, doc: Token, declaration: ast.Declaration
    ) -> ast.Declaration:
        return replace(declaration, doc=read_string(self.source, doc, self.report)[0])

    # ---- the file -----------------------------------------------------------------------------

    def use(self, start: int, end: int, module: _Module, names: tuple[str, ...] | None) -> ast.Use:
        return ast.Use(
            span=self.span(start, end),
            module=module.name,
            is_file=module.is_file,
            names=names or (),
        )

    def use_as(self, start: int, end: int, module: _Module, alias: Token) -> ast.Use:
        return ast.Use(
            span=self.span(start, end),
            module=module.name,
            is_file=module.is_file,
            alias=alias.text,
        )

    def module(self, start: int, end: int, *parts: Token) -> _Module:
        return _Module(".".join(part.text for part in parts), is_file=False)

    def module_file(self, start: int, end: int, path: Token) -> _Module:
        return _Module(read_string(self.source, path, self.report)[0], is_file=True)

    def timestep(self, start: int, end: int, value: ast.Expr) -> ast.Timestep:
        return ast.Timestep(span=self.span(start, end), value=value)

    def faults(self, start: int, end: int, policy: str) -> ast.Faults:
        return ast.Faults(span=self.span(start, end), policy=policy)

    def fault_policy(self, start: int, end: int, word: Token) -> str:
        return word.text

    def unit_declaration(self, start: int, end: int, name: Token) -> ast.UnitDecl:
        return ast.UnitDecl(**self.named(start, end, name))

    def enum_declaration(
        self, start: int, end: int, name: Token, members: tuple[str, ...]
    ) -> ast.EnumDecl:
        return ast.EnumDecl(**self.named(start, end, name), members=members)

    # ---- data ---------------------------------------------------------------------------------

    def input(
        self,
        start: int,
        end: int,
        name: Token,
        type: ast.TypeExpr,
        range: ast.RangeExpr | None,
        per: Token | None,
        at_reset: bool | None,
        binding: ast.Binding | None,
        default: ast.Expr | None,
    ) -> ast.Input:
        return ast.Input(
            **self.named(start, end, name),
            type=type,
            range=range,
            per=per.text if per else None,
            at_reset=bool(at_reset),
            binding=binding,
            default=default,
        )

    def at_reset(self, start: int, end: int) -> bool:
        return True

    def param(
        self,
        start: int,
        end: int,
        name: Token,
        type: ast.TypeExpr | None,
        range: ast.RangeExpr | None,
        table: Token | None,
        default: ast.Expr | None,
    ) -> ast.Param:
        return ast.Param(
            **self.named(start, end, name),
            type=type,
            range=range,
            source=read_string(self.source, table, self.report)[0] if table else None,
            default=default,
        )

    def learned_param(self, start: int, end: int, name: Token, *rest: Any) -> ast.Param:
        return replace(self.param(start, end, name, *rest), learned=True)

    # ---- definitions --------------------------------------------------------------------------

    def let(
        self,
        start: int,
        end: int,
        name: Token,
        type: ast.TypeExpr | None,
        value: ast.Expr,
        where: tuple[ast.Local, ...] | None,
    ) -> ast.Let:
        return ast.Let(**self.named(start, end, name), type=type, value=value, where=where or ())

    def definition(
        self,
        start: int,
        end: int,
        name: Token,
        formals: tuple[ast.Formal, ...] | None,
        result: ast.TypeExpr | None,
        value: ast.Expr,
        where: tuple[ast.Local, ...] | None,
    ) -> ast.Def:
        return ast.Def(
            **self.named(start, end, name),
            formals=formals or (),
            result=result,
            value=value,
            where=where or (),
        )

    def locals(self, start: int, end: int, *locals: ast.Local) -> tuple[ast.Local, ...]:
        return locals

    def local(self, start: int, end: int, name: Token, value: ast.Expr) -> ast.Local:
        return ast.Local(span=self.span(start, end), name=name.text, value=value)

    # ---- what is paid -------------------------------------------------------------------------

    def term(
        self,
        start: int,
        end: int,
        name: Token,
        type: ast.TypeExpr | None,
        weight: ast.Expr | None,
        times_dt: bool | None,
        paid: str | None,
        on_fault: ast.Expr | None,
        per: Token | None,
        value: ast.Expr,
    ) -> ast.Term:
        return ast.Term(
            **self.named(start, end, name),
            type=type,
            weight=weight,
            times_dt=bool(times_dt),
            paid=paid,
            on_fault=on_fault,
            per=per.text if per else None,
            value=value,
        )

    def times_dt(self, start: int, end: int) -> bool:
        return True

    def paid(self, start: int, end: int, word: Token, how: Token) -> str:
        return how.text

    def reward(
        self,
        start: int,
        end: int,
        type: ast.TypeExpr | None,
        on_fault: ast.Expr | None,
        value: ast.Expr,
    ) -> ast.Reward:
        return ast.Reward(span=self.span(start, end), type=type, on_fault=on_fault, value=value)

    def advantage(
        self, start: int, end: int, where: ast.Expr | None, value: ast.Expr
    ) -> ast.Advantage:
        return ast.Advantage(span=self.span(start, end), where=where, value=value)

    def metric(
        self, start: int, end: int, name: Token, type: ast.TypeExpr | None, value: ast.Expr
    ) -> ast.Metric:
        return ast.Metric(**self.named(start, end, name), type=type, value=value)

    def potential(
        self,
        start: int,
        end: int,
        name: Token,
        weight: ast.Expr | None,
        discount: ast.Expr | None,
        value: ast.Expr,
    ) -> ast.Potential:
        return ast.Potential(
            **self.named(start, end, name), weight=weight, discount=discount, value=value
        )

    def terminate(
        self, start: int, end: int, name: Token, when: ast.Expr, pays: ast.Expr | None
    ) -> ast.Condition:
        return ast.Condition(**self.named(start, end, name), kind="terminate", when=when, pays=pays)

    def success(self, start: int, end: int, name: Token, when: ast.Expr) -> ast.Condition:
        return ast.Condition(**self.named(start, end, name), kind="success", when=when)

    # ---- objectives ---------------------------------------------------------------------------

    def maximize(self, start: int, end: int, value: ast.Expr) -> ast.Objective:
        return ast.Objective(span=self.span(start, end), kind="maximize", value=value)

    def minimize(self, start: int, end: int, value: ast.Expr) -> ast.Objective:
        return ast.Objective(span=self.span(start, end), kind="minimize", value=value)

    def subject_to(self, start: int, end: int, value: ast.Expr) -> ast.Objective:
        return ast.Objective(span=self.span(start, end), kind="subject to", value=value)

    def prefer(self, start: int, end: int, value: ast.Expr) -> ast.Objective:
        return ast.Objective(span=self.span(start, end), kind="prefer", value=value)
