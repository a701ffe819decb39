"""A formula in the notation of LTLf2DFA, and how to read what MONA prints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rewardlang.temporal.formula import Formula

UNARY = {"always": "G", "eventually": "F", "next": "X", "weak_next": "WX", "not": "!"}
UNARY |= {"historically": "H", "once": "O", "previously": "Y"}
JOINED = {"and": "&", "or": "|", "implies": "->", "iff": "<->"}
JOINED |= {"until": "U", "releases": "R", "since": "S"}
ONE_STEP = {"eventually": "X", "until": "X", "always": "WX", "releases": "WX"}
ONE_STEP |= {"once": "Y", "since": "Y", "historically": "WY"}


def written(f: Formula) -> str:
    """LTLf and PPLTL have no intervals: they are written as so many X, or Y."""
    if f.op in ("true", "false"):
        return f.op
    if f.op == "atom":
        return f"a{f.number}"
    if (f.lo, f.hi) != (0, None):
        return _step_by_step(f)
    parts = [f"({written(a)})" for a in f.args]
    return UNARY[f.op] + parts[0] if f.op in UNARY else f" {JOINED[f.op]} ".join(parts)


def _step_by_step(f: Formula) -> str:
    left, here = (written(f.args[0]) if len(f.args) == 2 else ""), written(f.args[-1])
    step = ONE_STEP[f.op]
    strong = step in ("X", "Y")
    join, other = ("|", "&") if strong else ("&", "|")

    def later(rest: str) -> str:
        return f"({left}) {other} ({step}({rest}))" if left else f"{step}({rest})"

    if f.hi is not None and f.hi < f.lo:
        return "false" if strong else "true"
    if f.hi is None:
        text = f"({left}) {JOINED[f.op]} ({here})" if left else f"{UNARY[f.op]}({here})"
    else:
        text = here
        for _ in range(f.hi - f.lo):
            text = f"({here}) {join} ({later(text)})"
    for _ in range(f.lo):
        text = later(text)
    return text


@dataclass(frozen=True)
class Mona:
    """The automaton that MONA prints.

    Its state 0 reads one letter that means nothing and leads to the first state, `first`.
    """

    atoms: tuple[int, ...]
    accepting: frozenset[int]
    edges: tuple[tuple[int, str, int], ...]  # source, a 0, 1 or X for each atom, target

    @property
    def first(self) -> int:
        return next(target for source, _, target in self.edges if source == 0)

    @property
    def states(self) -> int:
        """Those that are reached from the first, itself among them."""
        reached = {self.first}
        for state in (pending := [self.first]):
            new = {target for source, _, target in self.edges if source == state} - reached
            reached |= new
            pending.extend(new)
        return len(reached)

    def after(self, state: int, sample: Mapping[int, bool]) -> int:
        for source, guard, target in self.edges:
            asked = {n: g == "1" for n, g in zip(self.atoms, guard, strict=True) if g != "X"}
            if source == state and asked.items() <= sample.items():
                return target
        raise LookupError(f"no edge leaves state {state}")


def read(text: str) -> Mona:
    names = re.search(r"free variables: *(.*)", text)
    atoms = tuple(int(n[1:]) for n in names[1].split()) if names else ()
    accepting = re.search(r"Accepting states: *(.*)", text)
    assert accepting, text
    edges = re.findall(r"^State (\d+): ([01X]*) *-> state (\d+)", text, re.MULTILINE)
    return Mona(
        atoms,
        frozenset(map(int, accepting[1].split())),
        tuple((int(source), guard, int(target)) for source, guard, target in edges),
    )
