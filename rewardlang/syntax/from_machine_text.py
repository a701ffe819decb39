"""Reward machines in the text format of the package `reward_machines`, as source of this language.

    0                                               the initial state
    [2]                                             the terminal states
    (0,1,'coffee&!wall',ConstantRewardFunction(0))  from, to, formula, payment

What is read is parsed; nothing of it is run. Kept is what that package does with it (Toro Icarte et
al., 2022): the first formula that holds decides, and where none does the task is over and pays 0,
which becomes an edge of its own. Two lines between the same states are two edges here, while there
the second replaces the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from rewardlang.diagnostics.diagnostic import Diagnostic, RewardError
from rewardlang.syntax.tables import RESERVED

MOST = 10  # propositions at one state that are tabulated
_EDGE = re.compile(
    r"\(\s*(-?\d+)\s*,\s*(-?\d+)\s*,\s*(['\"])([^'\"]*)\3\s*,\s*(\w+)\s*\(\s*([^()]*?)\s*\)\s*,?\s*\)"
)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_PAYMENTS = {  # the other functions of that package: entries of the info of its half-cheetah
    "RewardControl": "reward_ctrl",
    "RewardForward": "reward_run + reward_ctrl",
    "RewardBackwards": "-reward_run + reward_ctrl",
}
_LOST = "lost"
_TAKEN = frozenset(
    "t dt pi inf true false terminated truncated training steps episodes total reward task".split()
)  # names with a meaning of their own, here or in any program
Literal = tuple[str, bool]
Term = tuple[Literal, ...]  # all of these
Formula = tuple[Term, ...]  # any of these


@dataclass(frozen=True)
class _Edge:
    source: int
    target: int
    formula: Formula
    pays: str


def machine_text(text: str, name: str, source: str = "the text") -> str:
    """The program, not yet in canonical form. RewardError (RW457) where the text is no machine."""
    lines = [(n, re.sub(r"#.*", "", line).strip()) for n, line in enumerate(text.splitlines(), 1)]
    lines = [(n, line) for n, line in lines if line]
    if len(lines) < 2:
        raise _wrong(source, "it has no line for the initial and for the terminal states")
    (first, initial), (second, ends) = lines[:2]
    if not re.fullmatch(r"-?\d+", initial):
        raise _wrong(source, f"line {first} is not the number of a state")
    if not re.fullmatch(r"\[\s*(-?\d+\s*(,\s*-?\d+\s*)*)?\]", ends):
        raise _wrong(source, f"line {second} is not a list of states, such as `[2]`")
    final = [int(n) for n in re.findall(r"-?\d+", ends)]
    edges = [_edge(line, n, source) for n, line in lines[2:]]
    edges = [e for e in edges if e.source not in final]
    return _program(name, source, int(initial), final, edges)


def _wrong(source: str, what: str) -> RewardError:
    return RewardError([Diagnostic("RW457", args={"name": source, "what": what})])


def _edge(line: str, number: int, source: str) -> _Edge:
    found = _EDGE.fullmatch(line)
    if found is None:
        raise _wrong(source, f"line {number} is no edge")
    start, target, _, formula, function, argument = found.groups()
    if function == "ConstantRewardFunction" and _NUMBER.fullmatch(argument):
        pays = f"{float(argument):g}"
    elif function in _PAYMENTS and not argument:
        pays = _PAYMENTS[function]
    else:
        raise _wrong(source, f"line {number} pays by `{function}({argument})`")
    terms = []
    for term in formula.split("|"):
        literals = [re.fullmatch(r"\s*(!*)\s*(\w+)\s*", part) for part in term.split("&")]
        if any(one is None for one in literals):
            raise _wrong(source, f"line {number} has the formula `{formula}`")
        terms.append(tuple((one[2], len(one[1]) % 2 == 0) for one in literals if one is not None))
    return _Edge(int(start), int(target), tuple(terms), "" if pays == "0" else pays)


# ---- what a formula says ------------------------------------------------------------------------


def _props(formulas: Iterable[Formula]) -> list[str]:
    found = (p for f in formulas for term in f for p, _ in term)
    return [p for p in dict.fromkeys(found) if p not in ("True", "False")]


def _holds(formula: Formula, values: dict[str, bool]) -> bool:
    known = {**values, "True": True, "False": False}
    return any(all(known[p] == wanted for p, wanted in term) for term in formula)


def _rows(props: Sequence[str]) -> list[dict[str, bool]]:
    return [dict(zip(props, row, strict=True)) for row in product((True, False), repeat=len(props))]


def _least(props: Sequence[str], rows: list[dict[str, bool]]) -> Formula:
    """A short formula for just these rows: prime implicants, taken greedily."""
    wanted = {tuple(row[p] for p in props) for row in rows}
    terms: dict[tuple[bool | None, ...], set[tuple[bool, ...]]] = {}
    for pattern in product((None, True, False), repeat=len(props)):
        held = {
            row
            for row in product((True, False), repeat=len(props))
            if all(p is None or p == v for p, v in zip(pattern, row, strict=True))
        }
        if held <= wanted:
            terms[pattern] = held
    found: list[Term] = []
    while wanted:
        best = max(terms, key=lambda p: (len(terms[p] & wanted), p.count(None)))
        wanted = wanted - terms[best]
        found.append(tuple((n, v) for n, v in zip(props, best, strict=True) if v is not None))
    return tuple(found)


# ---- the program --------------------------------------------------------------------------------


def _program(name: str, source: str, initial: int, final: list[int], edges: list[_Edge]) -> str:
    lines, lost = [], False
    for state in dict.fromkeys(e.source for e in edges):
        leaving = [e for e in edges if e.source == state]
        props = _props(e.formula for e in leaving)
        lines += [_written(e, final) for e in _needed(leaving, props)]
        gap = _gap(leaving, props)
        if gap is not None:
            lines.append(f"  {_state(state)} -> {_LOST} when {gap}")
            lost = True
    named = {initial, *(e.target for e in edges)}
    ends = [_state(n) for n in dict.fromkeys(final) if n in named] + [_LOST] * lost
    props = _props(e.formula for e in edges)
    name = f"{name}_machine" if name in (_input(p) for p in props) else name
    inputs = [f"input {_input(p)} : bool from info.{p}" for p in props]
    for entry in ("reward_run", "reward_ctrl"):
        if any(entry in e.pays for e in edges):
            inputs.append(f"input {entry} : real from info.{entry}")
    closing = [f"  final {', '.join(ends)}"] if ends else []
    paid = ["", f"term task = payout({name})"]
    if ends:
        over = " or ".join(f"{name} is {end}" for end in ends)
        paid += ["", f"terminate finished when {over}"]
    head = [f'"""Translated from {source}."""', "", *inputs, ""]
    body = [f"machine {name} {{", f"  initial {_state(initial)}", *lines, *closing, "}"]
    return "\n".join([*head, *body, *paid]) + "\n"


def _needed(leaving: list[_Edge], props: list[str]) -> list[_Edge]:
    """Without lines that stay and pay nothing, unless they keep a later one from firing."""
    if len(props) > MOST:
        return leaving
    rows, kept = _rows(props), []
    for place, edge in enumerate(leaving):
        idle = edge.source == edge.target and not edge.pays
        later = leaving[place + 1 :]
        stops = any(
            _holds(edge.formula, row) and any(_holds(e.formula, row) for e in later) for row in rows
        )
        if not idle or stops:
            kept.append(edge)
    return kept


def _gap(leaving: list[_Edge], props: list[str]) -> str | None:
    """Where no formula holds: None if there is no such case."""
    if len(props) > MOST:
        return f"not ({' or '.join(f'({_shown(e.formula)})' for e in leaving)})"
    rows = [r for r in _rows(props) if not any(_holds(e.formula, r) for e in leaving)]
    if not rows:
        return None
    if len(props) > 6:
        return f"not ({' or '.join(f'({_shown(e.formula)})' for e in leaving)})"
    return _shown(_least(props, rows))


def _written(edge: _Edge, final: list[int]) -> str:
    pays = f" pays {edge.pays}" if edge.pays else ""
    line = f"  {_state(edge.source)} -> {_state(edge.target)} when {_shown(edge.formula)}{pays}"
    return line


def _shown(formula: Formula) -> str:
    terms = []
    for term in formula:
        parts = [_input(p) if wanted else f"not {_input(p)}" for p, wanted in term]
        text = " and ".join(parts) or "true"
        terms.append(f"({text})" if len(formula) > 1 and len(parts) > 1 else text)
    return " or ".join(terms)


def _input(prop: str) -> str:
    if prop in ("True", "False"):
        return prop.lower()
    taken = prop in RESERVED or prop in _TAKEN
    return f"at_{prop}" if taken or not prop[0].isalpha() else prop


def _state(number: int) -> str:
    return f"u{number}" if number >= 0 else f"end{-number}"
