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
from rewardlang.temporal import lattice
from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.formula import Formula
from rewardlang.temporal.lattice import LatticeMonitor
from rewardlang.temporal.split import split

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
    """

    literals: tuple[Formula | Clock, ...]
    delay: int
    lattice: LatticeMonitor


def check_monitorable(formula: Formula) -> None:
    """Raises Unmonitorable for a formula that cannot be followed."""
    if not f.is_past(formula):
        for part in parts_of(formula)[1]:
            monitor(part)


@lru_cache(maxsize=256)
def parts_of(formula: Formula) -> tuple[Formula, tuple[Formula, ...]]:
    """Connectives, and the parts that their atoms stand for, each followed by itself."""
    try:
        known = f.outermost_past(formula)
    except f.LooksBackAtWhatLooksAhead as mixed:
        raise Unmonitorable(str(mixed)) from None
    literals = {past: f.atom(i) for i, past in enumerate(known)}
    connectives, parts = split(f.replaced(formula, literals))
    back = {atom: past for past, atom in literals.items()}
    return connectives, tuple(f.replaced(part, back) for part in parts)


@lru_cache(maxsize=256)
def monitor(formula: Formula) -> Monitor:
    """The cheapest way there is to the value at the first sample. Raises Unmonitorable."""
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
                else f.temporal("eventually", right)
            )
        if lo > 0 or hi is not None:
            right = f.disjunction(f.negation(self._clock(lo, hi)), right)
        after = [] if hi is None else [self._clock(hi, None)]
        after += [] if left is None else [left]
        return (
            f.temporal("releases", f.disjunction(*after), right)
            if after
            else f.temporal("always", right)
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

        skeleton = visit(root)
        found = lattice.monitor(skeleton, limit)
        delay = max((f.horizon(x) or 0 for x in literals if isinstance(x, Formula)), default=0)
        return Monitor(tuple(literals), delay, found)
