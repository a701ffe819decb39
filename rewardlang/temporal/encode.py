"""Formulas as numbers: a list of operations over slots, each a whole signal, for compiled loops.

A row is (operation, first operand, second operand, lo, hi, result); `hi` is -1 without an end.
Slots 0 .. atoms - 1 hold the atoms, those after them one result each. `and` and `or` of several are
taken two by two; `releases` is its dual, `implies` and `iff` what they stand for.

Under a smooth semantics a row of `and` or `or` is (operation, start, count, ..): its operands are
`terms[start : start + count]`, with `weights`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from rewardlang.temporal.formula import Formula, walk

NOT, AND, OR, LATER, EARLIER = 0, 1, 2, 3, 4
ALWAYS, EVENTUALLY, UNTIL = 5, 6, 7
HISTORICALLY, ONCE, SINCE = 8, 9, 10
CONSTANT = 11  # lo > 0: true, else false
UNTIL_FIRST, SINCE_LAST = 12, 13  # smooth, and at the first (last) sample alone

WORK = 4  # signals behind the last slot that loops over windows need
SMOOTH_WORK = 8

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
    terms: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()


@dataclass
class _Encoder:
    atoms: int
    smooth: bool = False
    rows: list[Row] = field(default_factory=list)
    terms: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    _known: dict[tuple[int, int, int, int, int], int] = field(default_factory=dict)

    def add(self, op: int, a: int = 0, b: int = 0, lo: int = 0, hi: int = -1) -> int:
        key = (op, a, b, lo, hi)
        if key not in self._known:
            self._known[key] = self.atoms + len(self.rows)
            self.rows.append((op, a, b, lo, hi, self._known[key]))
        return self._known[key]

    def join(self, op: int, args: list[int], weights: tuple[float, ...] = ()) -> int:
        if self.smooth:
            start = len(self.terms)
            self.terms += args
            self.weights += weights or (1.0,) * len(args)
            return self.add(op, start, len(args))
        total = args[0]
        for other in args[1:]:
            total = self.add(op, total, other)
        return total

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
                return self.join(AND if node.op == "and" else OR, args, node.weights)
            case "implies":
                return self.join(OR, [self.add(NOT, args[0]), args[1]])
            case "iff":
                first = self.join(OR, [self.add(NOT, args[0]), args[1]])
                return self.join(AND, [first, self.join(OR, [args[0], self.add(NOT, args[1])])])
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


def encode(formulas: Iterable[Formula], atoms: int, smooth: bool = False) -> Code:
    """Formulas over `atoms` many atoms; what they share is one row."""
    encoder, found = _Encoder(atoms, smooth), dict[Formula, int]()
    wanted = tuple(formulas)
    for formula in wanted:
        for node in walk(formula):
            if node not in found:
                found[node] = encoder.of(node, [found[a] for a in node.args])
    return _code(encoder, tuple(found[w] for w in wanted))


def encode_end(formulas: Iterable[Formula], atoms: int) -> Code:
    """Smooth, where of each formula the value at one end of the trace is asked for: the last sample
    if it looks back, else the first."""
    code = encode(formulas, atoms, smooth=True)
    used = {slot for row in code.rows for slot in _operands(row)} | set(code.terms)
    ends = {UNTIL: UNTIL_FIRST, SINCE: SINCE_LAST}
    rows = tuple(
        (ends[row[0]], *row[1:]) if row[0] in ends and row[5] not in used else row
        for row in code.rows
    )
    return replace(code, rows=rows)


def _operands(row: Row) -> tuple[int, ...]:
    if row[0] in (AND, OR, CONSTANT):
        return ()
    return row[1:3] if row[0] in (UNTIL, SINCE) else row[1:2]


def _code(encoder: _Encoder, results: tuple[int, ...]) -> Code:
    rows, atoms = tuple(encoder.rows), encoder.atoms
    terms, weights = tuple(encoder.terms), tuple(encoder.weights)
    return Code(rows, results, atoms, atoms + len(rows), terms, weights)
