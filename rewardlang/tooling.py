"""What tools ask of the compiler beside programs: canonical text, stages, builtins, the library."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Report, RewardError
from rewardlang.diagnostics.source import Source
from rewardlang.driver import Imports, Program, lower
from rewardlang.syntax import ast
from rewardlang.syntax.parse import decode_source
from rewardlang.syntax.parse import parse as parse_source

if TYPE_CHECKING:
    from rewardlang.builtins.table import Builtin
    from rewardlang.check.typed import MachineDecl
    from rewardlang.regions import Regions
    from rewardlang.temporal.draw import Graph


def format_text(text: str | bytes, name: str = "<text>") -> str:
    """The text in canonical form, comments kept. RewardError if it cannot be parsed."""
    from rewardlang.syntax.format import format_file  # the printer is not needed for a check

    report = Report()
    source = decode_source(name, text) if isinstance(text, bytes) else Source(name, text)
    if isinstance(source, Diagnostic):
        raise RewardError([source])
    tree = parse_source(source, report)
    if report.errors:
        raise RewardError(report.errors)
    return format_file(tree)


MOST_DRAWN = 512  # states of an automaton that somebody may want to look at


def graphs(program: Program, only: str | None = None) -> dict[str, Graph]:
    """The machines of a program and the automata of its formulas, by name.

    RewardError (RW422) where `only` names a formula whose automaton is too large; among others such
    a formula is left out.
    """
    from rewardlang.temporal.antichain import TooLarge
    from rewardlang.temporal.automaton import of_spec
    from rewardlang.temporal.draw import graph

    found = {m.name: _of_machine(m) for m in program.machines.values()}
    for spec in program.checked.specs:
        if only not in (None, spec.name):
            continue
        try:
            made = of_spec(spec.formula, limit=MOST_DRAWN)
        except TooLarge as large:
            if only is None:
                continue
            args = {"reached": large.reached, "what": large.what, "limit": large.limit}
            raise RewardError([Diagnostic("RW422", (Label(spec.span),), args)]) from None
        names = [" ".join(spec.atoms[n].span.text.split()) for n in made.atoms]
        found[spec.name] = graph(spec.name, made, names)
    return found if only is None else {n: g for n, g in found.items() if n == only}


def drawn(graph: Graph, as_dot: bool, width: int) -> str:
    """As DOT, or as text that fits in so many columns."""
    from rewardlang.temporal.draw import dot, listing

    return dot(graph) if as_dot else listing(graph, width)


def _of_machine(machine: MachineDecl) -> Graph:
    """`any` stands for every state that is not final."""
    from rewardlang.temporal.draw import Arrow, Graph, State

    final = {machine.states[n] for n in machine.final}
    states = [State(s, n == 0, s in final) for n, s in enumerate(machine.states)]
    if any(e.source == "any" for e in machine.edges):
        states.append(State("any", several=True))
    arrows = (Arrow(e.source, machine.states[e.target], _label(e.span.text)) for e in machine.edges)
    return Graph(machine.name, tuple(states), tuple(arrows))


def _label(edge: str) -> str:
    """What stands behind the states: `when c pays 1`."""
    words = " ".join(re.sub(r"#.*", "", edge).split())
    return re.sub(r"^\w+ ?-> ?\w+ ?", "", words)


def translated_machine(text: str, name: str, source: str) -> str:
    """A program from the text of a `reward_machines` file, in canonical form; or RW457."""
    from rewardlang.syntax.from_machine_text import machine_text

    return format_text(machine_text(text, name, source), source)


def stage(program: Program, name: str, backend: str = "numba") -> Any:
    """What a program is at a stage: "ast", "checked", "ir", "plan", "kernel" or "regions".

    The IR, the kernel of a backend and the regions come as text.
    """
    if name == "regions":
        from rewardlang.regions import show as show_regions

        return show_regions(regions(program))
    seen: dict[str, Any] = {"ast": program.tree, "checked": program.checked}
    if name not in seen:
        plan = lower(program.checked, None, seen.__setitem__)
        if name == "ir":
            from rewardlang.ir.show import show

            return show(seen["ir"])
        if name == "kernel":
            from rewardlang import backends

            return backends.kernel_text(plan, backend)
    return seen[name]


def fit(program: Program, backend: str) -> list[Diagnostic]:
    """What a backend cannot do with a program, or leaves to the host or to another backend."""
    from rewardlang import backends

    return backends.notes(program.plan, backend)


def regions(program: Program) -> tuple[Regions, ...]:
    """Every term and the total as polytopes with an affine or quadratic value, where they are such.

    Params have the values of the file. RewardError (RW780) where a term has too many regions.
    """
    from rewardlang.regions import regions as recognise

    seen: dict[str, Any] = {}
    lower(program.checked, None, seen.__setitem__)
    open_inputs = frozenset(d.name for d in program.checked.inputs if d.type.is_open)
    return recognise(seen["ir"], open_inputs)


def region_document(program: Program) -> list[dict[str, Any]]:
    """The same as plain lists and numbers."""
    from rewardlang.regions import document

    return document(regions(program))


def builtins() -> dict[str, Builtin]:
    """The table of builtins, by name."""
    from rewardlang.builtins.table import table

    return table()


def library() -> dict[str, ast.File]:
    """The language's own library: modules as `use` names them, and their trees."""
    root = resources.files("rewardlang.stdlib")
    files = (entry.name for entry in root.iterdir())
    names = sorted(name.removesuffix(".reward") for name in files if name.endswith(".reward"))
    trees = {name: Imports(None, Report())(name, False) for name in names}
    return {name: tree for name, tree in trees.items() if tree is not None}
