"""How a formula is followed sample by sample, in memory that is known before the first.

The value at sample 0 of the trace so far, by parts:

    past        what looks back only is known at every sample: a literal
    clock       an operator at the top has its interval counted from sample 0, so its bounds are
                tests of the sample's number:  eventually [a .. b] g
                becomes  (now < b) until (a <= now and now <= b and g)
    bodies      what looks ahead by a bounded number of samples, inside an operator: known `delay`
                samples late, as a window; a literal too
    skeleton    what is left, over literals: unfolded sample by sample (`lattice`)

Where there are bodies, what the last `delay` samples say is added when the value is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from rewardlang.temporal import formula as f
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.lattice import LatticeMonitor, TooLarge, lattice_monitor

MOST_COEFFICIENTS = 48
MOST_UNFOLDED = 24


class Unmonitorable(Exception):
    """Why a formula cannot be followed sample by sample, as the end of "because ..."."""


@dataclass(frozen=True)
class Clock:
    """A literal that is true while lo <= n <= hi, n the number of the sample. `hi` None: no end."""

    lo: int
    hi: int | None


@dataclass(frozen=True)
class Monitor:
    """`literals[i]` is what atom i of the skeleton stands for: a clock, or a formula over the given
    atoms that looks back only, or ahead by at most `delay` samples.

    `now`, where there is one, is the whole formula: it looks back only, and speaks of the last
    sample.
    """

    literals: tuple[Formula | Clock, ...]
    delay: int
    lattice: LatticeMonitor | None
    now: Formula | None = None


def split(formula: Formula) -> tuple[str, tuple[Formula, ...]] | None:
    """The connective at the top, as one of and, or, not, and what it joins: each is followed alone.

    None where there is none, or the whole looks back only.
    """
    if f.is_past(formula):
        return None
    match formula.op:
        case "and" | "or":
            now = tuple(a for a in formula.args if f.is_past(a))
            later = tuple(a for a in formula.args if not f.is_past(a))
            if len(later) == 1 and now:
                return None
            return formula.op, (*later, Formula(formula.op, now)) if now else later
        case "not":
            return "not", formula.args
        case "implies":
            return "or", (f.negation(formula.args[0]), formula.args[1])
        case "iff":
            a, b = formula.args
            ways = f.disjunction(f.negation(a), b), f.disjunction(a, f.negation(b))
            return "and", ways
    return None


def check_monitorable(formula: Formula, first: bool = False) -> None:
    """Raises Unmonitorable for a formula that cannot be followed."""
    parts = split(formula)
    if parts is None:
        monitor(formula, first)
        return
    for part in parts[1]:
        check_monitorable(part, first=True)


@lru_cache(maxsize=256)
def monitor(formula: Formula, first: bool = False) -> Monitor:
    """The cheapest way there is. Raises Unmonitorable.

    A formula that looks back only speaks of the last sample; of the first one if it is part of one
    that looks ahead.
    """
    if f.is_past(formula) and not first:
        return Monitor((), 0, None, formula)
    late = next((n for n in f.walk(formula) if n.op in f.PAST and not f.is_past(n)), None)
    if late is not None:
        raise Unmonitorable(f"`{late.op}` looks back at what looks ahead")
    anchored = _Anchored()
    root = anchored.top(formula)
    try:
        return anchored.made(root, MOST_UNFOLDED, bodies=False)
    except TooLarge:
        pass
    try:
        return anchored.made(root, MOST_COEFFICIENTS, bodies=True)
    except TooLarge as found:
        raise Unmonitorable(
            f"operators without an end stand inside each other in more than {found.limit} ways"
        ) from None


@dataclass
class _Anchored:
    """Rewrites operators at the top to unbounded ones over clocks, which are atoms below zero."""

    clocks: list[Clock] = field(default_factory=list)

    def _clock(self, lo: int, hi: int | None) -> Formula:
        if hi is not None and hi < lo:
            return f.FALSE
        if lo == 0 and hi is None:
            return f.TRUE
        clock = Clock(lo, hi)
        if clock not in self.clocks:
            self.clocks.append(clock)
        return f.atom(-1 - self.clocks.index(clock))

    def top(self, node: Formula) -> Formula:
        if f.is_past(node):
            return node
        if node.op in ("and", "or", "not", "implies", "iff"):
            return Formula(node.op, tuple(self.top(a) for a in node.args))
        if node.op in ("always", "eventually", "until", "releases"):
            return self._timed(node)
        return node

    def _timed(self, node: Formula) -> Formula:
        """until (f while now < b, g within a .. b), and its dual."""
        lo, hi = node.lo, node.hi
        left = node.args[0] if len(node.args) == 2 else None
        right = node.args[-1]
        if node.op in ("eventually", "until"):
            if lo > 0 or hi is not None:
                right = f.conjunction(self._clock(lo, hi), right)
            before = [] if hi is None else [self._clock(0, hi - 1)]
            before += [] if left is None else [left]
            return (
                f.temporal("until", f.conjunction(*before), right)
                if before
                else (f.temporal("eventually", right))
            )
        if lo > 0 or hi is not None:
            right = f.disjunction(f.negation(self._clock(lo, hi)), right)
        after = [] if hi is None else [self._clock(hi, None)]
        after += [] if left is None else [left]
        return (
            f.temporal("releases", f.disjunction(*after), right)
            if after
            else (f.temporal("always", right))
        )

    def made(self, root: Formula, limit: int, bodies: bool) -> Monitor:
        """The skeleton over literals: with `bodies`, what looks ahead a bounded way is one."""
        literals: dict[Formula | Clock, int] = {}

        def number(of: Formula | Clock) -> Formula:
            return f.atom(literals.setdefault(of, len(literals)))

        def visit(node: Formula) -> Formula:
            if node.op == "atom" and node.number < 0:
                return number(self.clocks[-1 - node.number])
            if node.op in ("true", "false"):
                return node
            if node.op == "atom" or (node.op in f.PAST and f.is_past(node)):
                return number(node)
            ahead = f.horizon(node)
            if bodies and ahead is not None and node.op in f.FUTURE:
                return number(node)
            return Formula(
                node.op, tuple(visit(a) for a in node.args), node.lo, node.hi, weights=node.weights
            )

        found = lattice_monitor(visit(root), limit)
        delay = max((f.horizon(x) or 0 for x in literals if isinstance(x, Formula)), default=0)
        return Monitor(tuple(literals), delay, found)
