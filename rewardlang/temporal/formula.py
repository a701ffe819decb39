"""A temporal formula over numbered atoms, with intervals counted in samples.

op           args      meaning at sample t of a trace of n samples (SPEC.md, Temporal formulas)
true false             constant
atom                   the margin (or truth) of atom `number` at t
not          f
and or       f..       n-ary, flattened by `conjunction` and `disjunction`
implies iff  f g
next         f         f at t + 1; false at the last sample       weak_next: true there
always       f         f at every sample of [t + lo, t + hi] that the trace has
eventually   f         at one of them
until        f g       g at some s of [t + lo, t + hi], and f on [t, s)
releases     f g       the dual: not ((not f) until (not g))
previously   f         f at t - 1; false at the first sample
historically once      as always and eventually, over [t - hi, t - lo]
since        f g       g at some s of [t - hi, t - lo], and f on (s, t]

`hi` None is unbounded. An empty window is false for eventually, once, until and since, and true for
always, historically and releases: as a margin, minus and plus infinity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

FUTURE = ("always", "eventually", "until", "releases", "next", "weak_next")
PAST = ("historically", "once", "since", "previously")
TIMED = ("always", "eventually", "until", "releases", "historically", "once", "since")
BINARY = ("until", "releases", "since")


@dataclass(frozen=True)
class Formula:
    """`weights`, where an `and` or `or` has them, are one positive number for each operand.

    The hash is computed once: formulas are keys everywhere, and may be deep.
    """

    op: str
    args: tuple[Formula, ...] = ()
    lo: int = 0
    hi: int | None = None
    number: int = -1
    weights: tuple[float, ...] = ()
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        parts = (self.op, self.args, self.lo, self.hi, self.number, self.weights)
        object.__setattr__(self, "_hash", hash(parts))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return _written(self)


TRUE = Formula("true")
FALSE = Formula("false")


def atom(number: int) -> Formula:
    return Formula("atom", number=number)


def negation(f: Formula) -> Formula:
    return f.args[0] if f.op == "not" else Formula("not", (f,))


def conjunction(*parts: Formula) -> Formula:
    return joined("and", [(part, None) for part in parts])


def disjunction(*parts: Formula) -> Formula:
    return joined("or", [(part, None) for part in parts])


def joined(op: str, parts: Sequence[tuple[Formula, float | None]]) -> Formula:
    """One n-ary node of operands and weights: a smooth `and` of three is not that of two twice.

    An operand of the same connective gives its own operands, unless it has a weight itself.
    """
    flat: list[tuple[Formula, float]] = []
    for part, weight in parts:
        if part.op == op and weight is None:
            flat.extend(zip(part.args, part.weights or (1.0,) * len(part.args), strict=True))
        else:
            flat.append((part, 1.0 if weight is None else weight))
    if len(flat) == 1:
        return flat[0][0]
    args, weights = zip(*flat, strict=True)
    return Formula(op, args, weights=() if set(weights) == {1.0} else weights)


def unweighted(f: Formula) -> Formula:
    """What decides whether it holds: weights do not."""
    made: dict[Formula, Formula] = {}
    for node in walk(f):
        made[node] = replace(node, args=tuple(made[a] for a in node.args), weights=())
    return made[f]


def temporal(op: str, *args: Formula, lo: int = 0, hi: int | None = None) -> Formula:
    return Formula(op, args, lo, hi)


def walk(f: Formula) -> Iterator[Formula]:
    """Every different sub-formula once, operands first."""
    seen: set[Formula] = set()
    pending = [(f, False)]
    while pending:
        node, opened = pending.pop()
        if opened:
            if node not in seen:
                seen.add(node)
                yield node
        elif node not in seen:
            pending.append((node, True))
            pending.extend((a, False) for a in reversed(node.args))


def atoms(f: Formula) -> tuple[int, ...]:
    """The numbers of its atoms, in order."""
    return tuple(sorted({node.number for node in walk(f) if node.op == "atom"}))


def renumbered(f: Formula, numbers: Mapping[int, int]) -> Formula:
    """With each atom's number replaced."""
    return replaced(f, {a: atom(numbers[a.number]) for a in walk(f) if a.op == "atom"})


def replaced(f: Formula, instead: Mapping[Formula, Formula]) -> Formula:
    """With other formulas in the place of some sub-formulas, the outermost first."""
    made = dict(instead)
    for node in walk(f):
        if node not in made:
            made[node] = replace(node, args=tuple(made[a] for a in node.args))
    return made[f]


class LooksBackAtWhatLooksAhead(ValueError):
    """Of a formula that no machine can read sample by sample."""

    def __init__(self, op: str) -> None:
        super().__init__(f"`{op}` looks back at what looks ahead")


def outermost_past(f: Formula) -> tuple[Formula, ...]:
    """The outermost operators that look back, each once, and the atoms that stand outside them.

    Raises LooksBackAtWhatLooksAhead.
    """
    found: dict[Formula, None] = {}
    pending = [f]
    while pending:
        node = pending.pop()
        if node.op in PAST and not is_past(node):
            raise LooksBackAtWhatLooksAhead(node.op)
        if node.op == "atom" or node.op in PAST:
            found[node] = None
        else:
            pending.extend(reversed(node.args))
    return tuple(found)


def is_past(f: Formula) -> bool:
    """No operator looks ahead: the value at a sample is known there."""
    return all(node.op not in FUTURE for node in walk(f))


def looks_back(f: Formula) -> bool:
    """Whether an operator does."""
    return any(node.op in PAST for node in walk(f))


def horizon(f: Formula) -> int | None:
    """How many samples after t the value at t may depend on; None: all of them."""
    return _reach(f, FUTURE)


def history(f: Formula) -> int | None:
    """How many samples before t the value at t may depend on; None: all of them."""
    return _reach(f, PAST)


def _reach(f: Formula, ops: tuple[str, ...]) -> int | None:
    found: dict[Formula, int | None] = {}
    for node in walk(f):
        parts = [found[a] for a in node.args]
        if None in parts or (node.op in ops and node.op in TIMED and node.hi is None):
            found[node] = None
            continue
        inner = max((p for p in parts if p is not None), default=0)
        found[node] = inner + (_own(node) if node.op in ops else 0)
    return found[f]


def _own(node: Formula) -> int:
    return node.hi or 0 if node.op in TIMED else 1


def _written(f: Formula) -> str:
    if f.op in ("true", "false"):
        return f.op
    if f.op == "atom":
        return f"a{f.number}"
    bounds = ""
    if f.op in TIMED and (f.lo, f.hi) != (0, None):
        bounds = f" [{f.lo} .. {'inf' if f.hi is None else f.hi}]"
    shown = [str(a) if a.op in ("true", "false", "atom") else f"({a})" for a in f.args]
    if f.op in ("and", "or", "implies", "iff", *BINARY):
        return f" {f.op}{bounds} ".join(shown)
    return f"{f.op}{bounds} {shown[0]}"
