"""The checker's entry: a parsed file to a `Checked` program, or to a report of what is wrong.

The way through: names, what they read, an order; then each declaration once, after what it reads;
then what needs the whole (totals, tests, lints).
"""

from __future__ import annotations

from pathlib import PurePath

from rewardlang.check.assemble import Declared, assemble
from rewardlang.check.declare import NOTHING, declare_input, declare_param
from rewardlang.check.depth import OF_A_TREE, deep_recursion
from rewardlang.check.hosts import declare_extern
from rewardlang.check.infer import RULES
from rewardlang.check.kept_axes import read_axes
from rewardlang.check.lets import declare_let
from rewardlang.check.lints import lint, lint_nothing_declared, lint_unused_allowances
from rewardlang.check.machines import declare_machine
from rewardlang.check.names import Entry, Module, collect, lost_names
from rewardlang.check.order import order
from rewardlang.check.ragged import declare_lengths
from rewardlang.check.session import ReadTable, Session, TooLarge
from rewardlang.check.settings import read_settings
from rewardlang.check.sinks import (
    declare_advantage,
    declare_condition,
    declare_metric,
    declare_potential,
    declare_reward,
    declare_term,
    declare_used,
)
from rewardlang.check.specs import declare_spec
from rewardlang.check.test_blocks import declare_test
from rewardlang.check.totals import reward_value, total_value
from rewardlang.check.typed import Checked
from rewardlang.check.uncalled import check_uncalled
from rewardlang.check.uses import Loader, Resolve
from rewardlang.diagnostics.diagnostic import Report
from rewardlang.syntax import ast


def check(
    file: ast.File, report: Report, resolve: Resolve, read_table: ReadTable | None = None
) -> Checked | None:
    """The program that a file says, or None when the report has errors.

    `resolve(module, is_file)` gives the parsed file that a `use` names, or None: reading files is
    the caller's; `read_table(path)` what a param is read from (see `tables`). Warnings and notes go
    to the report and stand in the result as well.
    """
    with deep_recursion(OF_A_TREE):
        session = Session(report, RULES)
        session.read_table = read_table or session.read_table
        unreadable = bool(report.errors)
        main = collect(file, PurePath(file.source.name).stem or "program", report)
        if unreadable:
            session.lost = lost_names(main)
        Loader(resolve, report).add_uses(main)
        faults = read_settings(session, main)
        read_axes(session, main)
        declared = Declared(faults=faults)
        try:
            _check_entries(session, main, declared)
            _check_rest(session, main, declared)
        except TooLarge:
            entry = session.entry
            span = entry.span if entry is not None else file.span
            session.calls.clear()
            session.error("RW118", (span, ""))
        if report.errors:
            return None
        return assemble(session, main, declared)


def _check_entries(session: Session, main: Module, declared: Declared) -> None:
    totals = [main.entries["total"], main.entries["reward"]]
    roots = [e for e in main.entries.values() if e not in totals]
    roots += [*main.functions.values(), *totals]
    found = order(roots, session.report)
    for entry in found.entries:
        session.entry = entry
        if id(entry) in found.cyclic:
            session.values[entry.full] = NOTHING
        else:
            _check_entry(session, main, entry, declared)
        session.risks.clear()


def _check_entry(session: Session, main: Module, entry: Entry, declared: Declared) -> None:
    node = entry.declaration
    match node:
        case ast.Input():
            declared.keep(declared.inputs, entry, declare_input(session, entry, node))
        case ast.Param():
            declared.keep(declared.params, entry, declare_param(session, entry, node))
        case ast.Let():
            declare_let(session, entry, node)
        case ast.Spec():
            declare_spec(session, entry, node)
        case ast.HostFunction(kind="extern"):
            Declared.keep(session.hosts, entry, declare_extern(session, entry, node))
        case ast.Term() | ast.Condition() if entry.module is not main:
            declare_used(session, entry, node)
        case ast.Potential() | ast.Metric() if entry.module is not main:
            pass  # nothing can read these
        case ast.Term():
            declared.keep(declared.terms, entry, declare_term(session, entry, node))
        case ast.Potential():
            declared.keep(declared.potentials, entry, declare_potential(session, entry, node))
        case ast.Condition():
            declared.keep(declared.conditions, entry, declare_condition(session, entry, node))
        case ast.Machine():
            declared.keep(session.machines, entry, declare_machine(session, entry, node))
        case ast.Metric():
            declared.keep(declared.metrics, entry, declare_metric(session, entry, node))
        case ast.Reward() if entry.module is main:
            declared.reward = declare_reward(session, entry, node)
    if entry.module is main and entry.kind == "total":
        session.values["total"] = total_value(session, declared)
    if entry.module is main and entry.kind == "reward":
        session.values["reward"] = reward_value(session, declared)


def _check_rest(session: Session, main: Module, declared: Declared) -> None:
    session.entry = None
    declared.lengths = declare_lengths(session, list(declared.inputs.values()))
    advantage = main.single.get("advantage")
    if isinstance(advantage, ast.Advantage):
        declared.advantage = declare_advantage(session, main, advantage)
    for node in main.file.declarations:
        if isinstance(node, ast.Test):
            test = declare_test(session, main, node)
            if test is not None:
                declared.tests.append(test)
    check_uncalled(session, main)
    if not session.report.errors:
        lint(session, main, declared)
    lint_nothing_declared(session, main)
    lint_unused_allowances(session, main)
