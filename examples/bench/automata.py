"""Formulas to automata: ours in process, and LTLf2DFA, which starts MONA. Prints the table.

LTLf2DFA is timed up to what MONA prints: parsing the formula, writing the file, running MONA. What
it does after that, a drawing with simplified guards, is left out; that can take minutes. Ours is
timed without what is remembered from formulas before. Both get the formula ready-made: ours as a
tree, theirs as text. A rival that is not installed (`ltlf2dfa`, and the program `mona`) has no
column.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import shutil
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from timing import readable

from rewardlang.temporal import automaton as translation
from rewardlang.temporal.formula import Formula, atom, conjunction, disjunction, temporal

ROUNDS, LONG = 7, 2.0  # a rival that takes longer than this many seconds runs once
WRITTEN = {"and": "&", "or": "|", "implies": "->", "until": "U"}
WRITTEN |= {"always": "G", "eventually": "F", "next": "X"}
P = [atom(i) for i in range(8)]


def eventually(f: Formula) -> Formula:
    return temporal("eventually", f)


def always(f: Formula) -> Formula:
    return temporal("always", f)


def following(f: Formula) -> Formula:
    return temporal("next", f)


def until(f: Formula, g: Formula) -> Formula:
    return temporal("until", f, g)


def answer(f: Formula, g: Formula) -> Formula:
    return always(Formula("implies", (f, g)))


def chain(atoms: list[Formula], link: Callable[[Formula, Formula], Formula]) -> Formula:
    *others, result = atoms
    for one in reversed(others):
        result = link(one, result)
    return result


FORMULAS = {
    "F a": eventually(P[0]),
    "F a & ... , 2": conjunction(*map(eventually, P[:2])),
    "F a & ... , 4": conjunction(*map(eventually, P[:4])),
    "F a & ... , 6": conjunction(*map(eventually, P[:6])),
    "F a & ... , 8": conjunction(*map(eventually, P)),
    "F(a & X F(b & ...)), 4": chain(
        [*P[:3], eventually(P[3])], lambda p, f: eventually(conjunction(p, following(f)))
    ),
    "F(a & X F(b & ...)), 8": chain(
        [*P[:7], eventually(P[7])], lambda p, f: eventually(conjunction(p, following(f)))
    ),
    "F(a & F(b & ...)), 8": chain(
        [*P[:7], eventually(P[7])], lambda p, f: eventually(conjunction(p, f))
    ),
    "G(a -> F b)": answer(P[0], eventually(P[1])),
    "G(a -> F b) & ... , 4": conjunction(
        *(answer(p, eventually(q)) for p, q in zip(P[::2], P[1::2], strict=True))
    ),
    "(a U b) & F c": conjunction(until(P[0], P[1]), eventually(P[2])),
    "a U (b U ...), 8": chain(P, until),
    "(((a U b) U c) U d) U e": until(until(until(until(P[0], P[1]), P[2]), P[3]), P[4]),
    "G(a -> F(b & F c))": answer(P[0], eventually(conjunction(P[1], eventually(P[2])))),
    "G(a -> X X X X X b)": answer(P[0], chain([P[0]] * 5 + [P[1]], lambda _, f: following(f))),
    "F(a & X b) | ... , 8": disjunction(
        *(eventually(conjunction(p, following(q))) for p, q in zip(P, P[1:] + P[:1], strict=True))
    ),
    "G(a -> (F b & ...)), 8": answer(P[0], conjunction(*map(eventually, P[1:]))),
    "F(a & F b & ...), 8": eventually(conjunction(P[0], *map(eventually, P[1:]))),
    "G(F a & ...), 8": always(conjunction(*map(eventually, P))),
}


def written(f: Formula) -> str:
    if f.op == "atom":
        return f"a{f.number}"
    parts = [f"({written(a)})" for a in f.args]
    return f" {WRITTEN[f.op]} ".join(parts) if len(parts) > 1 else WRITTEN[f.op] + parts[0]


def ours(f: Formula) -> int:
    translation._core.cache_clear()
    return translation.automaton(f).states


def theirs() -> Callable[[str], int | None] | None:
    """The states that MONA counts but for its first, which reads nothing; None after 30 s."""
    if importlib.util.find_spec("ltlf2dfa") is None or shutil.which("mona") is None:
        return None
    parser: Any = importlib.import_module("ltlf2dfa.parser.ltlf").LTLfParser()

    def translate(text: str) -> int | None:
        said = parser(text).to_dfa(mona_dfa_out=True)
        counted = re.search(r"Automaton has (\d+) state", said) if said else None
        return int(counted[1]) - 1 if counted else None

    return translate


def timed(call: Callable[[], int | None]) -> tuple[float, int | None]:
    start = time.perf_counter()
    states = call()
    return time.perf_counter() - start, states


def main() -> None:
    rival = theirs()
    print(f"{'formula':26}{'ours':>10}{'states':>8}{'LTLf2DFA':>11}{'states':>8}{'ratio':>8}")
    for name, f in FORMULAS.items():
        text = written(f)
        mine: list[float] = []
        others: list[float] = []
        size = other_size = None
        for _ in range(ROUNDS):
            seconds, size = timed(partial(ours, f))
            mine.append(seconds)
            if rival and (not others or others[-1] < LONG):
                seconds, other_size = timed(partial(rival, text))
                others.append(seconds)
        line = f"{name:26}{readable(median(mine)):>10}{size:>8}"
        if others:
            found = "gave up" if other_size is None else other_size
            line += f"{readable(median(others)):>11}{found:>8}{median(mine) / median(others):>8.2g}"
        print(line)


if __name__ == "__main__":
    main()
