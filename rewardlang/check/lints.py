"""Quiet advice about a program that is right: what is declared and never read, and the like."""

from __future__ import annotations

from rewardlang.check.assemble import Declared
from rewardlang.check.design import lint_design
from rewardlang.check.equality import lint_zero
from rewardlang.check.machine_lints import lint_payouts
from rewardlang.check.names import Module
from rewardlang.check.session import Session
from rewardlang.check.spec_lints import lint_intervals
from rewardlang.syntax import ast

UNUSED = ("input", "param", "let", "machine")
SAYING = (
    ast.Term,
    ast.Reward,
    ast.Potential,
    ast.Condition,
    ast.Metric,
    ast.Def,
    ast.Advantage,
    ast.Objective,
)


def lint(session: Session, main: Module, declared: Declared) -> None:
    _unused(session, main)
    _weight_without_effect(session, main, declared)
    lint_payouts(session)
    lint_intervals(session, declared)
    lint_design(session, main, declared)
    lint_zero(session, declared)


def lint_nothing_declared(session: Session, main: Module) -> None:
    """A file from which nothing can be computed; one that offers values, its own or those of the
    files it brings together, is a library and left alone."""
    declarations = main.file.declarations
    if any(isinstance(d, SAYING) for d in declarations) or session.report.errors:
        return
    shared = (ast.Input, ast.Param, ast.Let, ast.EnumDecl, ast.Use, ast.Machine)
    if not any(isinstance(d, shared) for d in declarations):
        session.note("RW706", (main.file.span, ""))


# Said after a check, if at all: by the trainer, and by a run.
_SAID_LATER = ("RW6", "RW721")


def lint_unused_allowances(session: Session, main: Module) -> None:
    """An `# allow` of what is not there: it hides the warning that comes one day."""
    if session.report.errors:
        return
    for allowance in session.report.allowances:
        said_later = allowance.code.startswith(_SAID_LATER)
        ours = allowance.span.source is main.file.source
        if ours and not allowance.used and not said_later:
            session.warning("RW707", (allowance.span, ""), accepted=allowance.code)


def _unused(session: Session, main: Module) -> None:
    """A file that declares inputs or lets only is a library: all of it may be read elsewhere."""
    if not any(isinstance(d, SAYING) for d in main.file.declarations):
        return
    for entry in main.entries.values():
        if entry.kind in UNUSED and entry.module is main and entry.full not in session.used:
            session.warning("RW701", (entry.span, ""), name=entry.name, kind=entry.kind)


def _weight_without_effect(session: Session, main: Module, declared: Declared) -> None:
    """An own reward that reads a weighted term by its name reads it without its weight."""
    if declared.reward is None or session.reads_total:
        return
    for full, term in declared.terms.items():
        if term.weight is not None:
            label = (main.entries[full].span, "")
            reward = (declared.reward[0].span, "the reward is this, and not `total`")
            session.warning("RW702", label, reward, name=term.name)
