"""Formulas as numbers: a list of operations over slots, each a whole signal, for compiled loops.

A row is (operation, first operand, second operand, lo, hi, result); `hi` is -1 without an end.
Slots 0 .. atoms - 1 hold the atoms, those after them one result each. `and` and `or` of several are
taken two by two; `releases` is its dual, `implies` and `iff` what they stand for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rewardlang.temporal.formula import Formula, walk

NOT, AND, OR, LATER, EARLIER = 0, 1, 2, 3, 4
ALWAYS, EVENTUALLY, UNTIL = 5, 6, 7
HISTORICALLY, ONCE, SINCE = 8, 9, 10
CONSTANT = 11  # lo > 0: true, else false

WORK = 4  # signals behind the last slot that loops over windows need

_UNARY = {
    "always": ALWAYS,
    "eventually": EVENTUALLY,
    "historically": HISTORICALLY,
    "once": ONCE,
}

Row = tuple[int, int, int, int, int, int]


@dataclass(frozen=True)
class Code:
    """`results` are the slots of the formulas asked for; `slots` counts all of them."""

    rows: tuple[Row, ...]
    results: tuple[int, ...]
    atoms: int
    slots: int


@dataclass
class _Encoder:
    atoms: int
    rows: list[Row] = field(default_factory=list)
    _known: dict[tuple[int, int, int, int, int], int] = field(default_factory=dict)

    def add(self, op: int, a: int = 0, b: int = 0, lo: int = 0, hi: int = -1) -> int:
        key = (op, a, b, lo, hi)
        if key not in self._known:
            self._known[key] = self.atoms + len(self.rows)
            self.rows.append((op, a, b, lo, hi, self._known[key]))
        return self._known[key]

    def of(self, node: Formula, args: list[int]) -> int:
        hi = -1 if node.hi is None else node.hi
        match node.op:
            case "atom":
                return node.number
            case "true" | "false":
                return self.add(CONSTANT, lo=int(node.op == "true"))
            case "not":
                return self.add(NOT, args[0])
            case "and" | "or":
                total = args[0]
                for other in args[1:]:
                    total = self.add(AND if node.op == "and" else OR, total, other)
                return total
            case "implies":
                return self.add(OR, self.add(NOT, args[0]), args[1])
            case "iff":
                first = self.add(OR, self.add(NOT, args[0]), args[1])
                return self.add(AND, first, self.add(OR, args[0], self.add(NOT, args[1])))
            case "next" | "weak_next":  # lo: whether it holds where there is no sample
                return self.add(LATER, args[0], lo=int(node.op == "weak_next"))
            case "previously":
                return self.add(EARLIER, args[0])
            case "until":
                return self.add(UNTIL, args[0], args[1], node.lo, hi)
            case "since":
                return self.add(SINCE, args[0], args[1], node.lo, hi)
            case "releases":
                left, right = (self.add(NOT, a) for a in args)
                return self.add(NOT, self.add(UNTIL, left, right, node.lo, hi))
        return self.add(_UNARY[node.op], args[0], lo=node.lo, hi=hi)


def encode(formulas: Iterable[Formula], atoms: int) -> Code:
    """Formulas over `atoms` many atoms; what they share is one row."""
    encoder, found = _Encoder(atoms), dict[Formula, int]()
    wanted = tuple(formulas)
    for formula in wanted:
        for node in walk(formula):
            if node not in found:
                found[node] = encoder.of(node, [found[a] for a in node.args])
    rows = tuple(encoder.rows)
    return Code(rows, tuple(found[w] for w in wanted), atoms, atoms + len(rows))
