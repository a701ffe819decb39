"""What reward designers get wrong, seen in the text: warnings, each from a known failure.

Every rule is meant to be certain before it is loud: it fires on what ranges, units and the shape of
an expression prove. The failures and their sources are told in `diagnostics/codes/design.py`. What
one term says by itself is in `design_terms.py`, `== 0` in `equality.py`.
"""

from __future__ import annotations

from rewardlang.check.assemble import Declared
from rewardlang.check.design_terms import TermRules
from rewardlang.check.names import Module
from rewardlang.check.ranges import point
from rewardlang.check.seeing import tokens
from rewardlang.check.session import Session
from rewardlang.check.sinks import weighted_range
from rewardlang.check.typed import ConditionDecl, Expr, NameRef, TermDecl
from rewardlang.types import Known

_DROWNS = 100.0  # times the width of all other terms together
_DEAD = 3  # factors that can be 0, from which a product is dead almost everywhere
# Words of names, or with an asterisk how words begin. What can be meant is left out: `out`, `drop`.
_FAILING = (
    "fall*", "fell", "crash*", "collid*", "collision*", "dead", "death", "died", "dies", "broke",
    "broken", "fail*", "lost", "lose", "flip*", "offroad", "tipped", "topple*", "bankrupt*",
    "ruin*", "overturn*", "unsafe", "violat*", "spill*", "capsize*", "overheat*", "unhealthy",
)  # fmt: skip
_FAILING_PHRASES = ("off_road", "off_track", "off_course", "off_lane", "out_of_")
_REACHING = ("reach*", "arriv*", "goal", "success*", "done", "finish*", "won", "win", "solved")


def lint_design(session: Session, main: Module, declared: Declared) -> None:
    timestep = None if session.timestep is None else float(session.timestep)
    ranges = {n: weighted_range(t, timestep) for n, t in declared.terms.items()}
    of_terms = TermRules(session, main, declared, ranges)
    for full, term in declared.terms.items():
        of_terms.check(full, term)
    rules = _Rules(session, main, declared, ranges)
    rules.twice_the_same()
    rules.drowned()
    rules.better_dead()
    rules.dead_product()
    rules.two_discounts()


def _named(name: str, words: tuple[str, ...]) -> bool:
    found = tokens(name)
    return any(
        any(one.startswith(word[:-1]) if word.endswith("*") else one == word for one in found)
        for word in words
    )


class _Rules(TermRules):
    """Rules of the whole program."""

    @property
    def terms(self) -> dict[str, TermDecl]:
        return self.declared.terms

    def twice_the_same(self) -> None:
        first: dict[tuple[int, str], str] = {}
        for full, term in self.terms.items():
            key = (self.number(term.value), term.pays)
            if term.value.level.known <= Known.STATIC or key not in first:
                first.setdefault(key, full)
                continue
            other = self.main.entries[first[key]].span
            labels = ((self.main.entries[full].span, ""), (other, "the same value is paid here"))
            self.session.warning("RW716", *labels, name=term.name, other=first[key])

    def drowned(self) -> None:
        """What happens once, and what is paid once at the end, may well be large."""
        if len(self.ranges) < 2 or not all(r.bounded for r in self.ranges.values()):
            return
        widths = {name: r.hi - r.lo for name, r in self.ranges.items()}
        largest = max(widths, key=lambda name: widths[name])
        term = self.terms[largest]
        if term.pays == "end" or self._is_yes_or_no(term.value):
            return
        others = sum(w for name, w in widths.items() if name != largest)
        if 0 < others * _DROWNS < widths[largest]:
            times = f"{widths[largest] / others:.0f}"
            span = self.main.entries[largest].span
            self.warn("RW717", span, name=largest, times=times)

    def _is_yes_or_no(self, value: Expr) -> bool:
        e, _ = self.unscaled(value)
        if e.type.kind == "bool":
            return True
        return self.is_call(e, "select") and all(
            a.level.known <= Known.LIVE for a in map(self.seen, e.args[1:])
        )

    def better_dead(self) -> None:
        """Every step costs, and failing ends the costs."""
        paid = [r for r in self.ranges.values() if r != point(0)]
        if not paid or any(r.hi > 0 for r in paid) or self.declared.potentials:
            return
        endings = self.declared.conditions
        if self.declared.reward is not None or any(
            c.pays is not None and c.pays.range.hi > 0 for c in endings.values()
        ):
            return
        for full, ending in endings.items():
            charged = ending.pays is not None and ending.pays.range.lo < 0
            if ending.kind == "terminate" and not charged and self._is_failure(ending):
                if not self._is_charged_by_a_term(full, ending):
                    self.warn("RW718", self.main.entries[full].span, name=ending.name)

    def _is_failure(self, ending: ConditionDecl) -> bool:
        """By its name; or it ends where a term says that it costs most."""
        if _named(ending.name, _REACHING):
            return False
        phrases = any(phrase in ending.name for phrase in _FAILING_PHRASES)
        if phrases or _named(ending.name, _FAILING):
            return True
        pairs = [p for c in self.parts(ending.when) if (p := self.ordered(c)) is not None]
        large = [high for low, high in pairs if not self.inputs(low)]
        return any(self._cost_rises(term, x) for term in self.terms.values() for x in large)

    def _cost_rises(self, term: TermDecl, x: Expr) -> bool:
        slope = self.slope(term.value, x)
        return slope == (-1 if self.weight(term).lo >= 0 else 1)

    def _is_charged_by_a_term(self, full: str, ending: ConditionDecl) -> bool:
        """A term that reads the end, or its condition, may well charge for it."""
        when = self.number(ending.when)
        read = NameRef("condition", full)
        return any(
            self.session.number(part) == when or (part.op == "name" and part.attr == read)
            for term in self.terms.values()
            for part in self.parts(term.value)
        )

    def dead_product(self) -> None:
        """The only thing paid is a product, most of whose factors can be 0 at once."""
        if len(self.terms) != 1 or self.declared.potentials or self.declared.reward is not None:
            return
        (full, term), *_ = self.terms.items()
        factors = [f for f in self.factors(term.value) if self.inputs(f)]
        can_die = [f for f in factors if f.range.lo == 0 and f.range.hi > 0 and f.range.bounded]
        if len(can_die) >= _DEAD:
            span = self.main.entries[full].span
            self.warn("RW719", span, name=term.name, count=str(len(can_die)))

    def two_discounts(self) -> None:
        known: dict[float, str] = {}
        for full, potential in self.declared.potentials.items():
            e = potential.discount
            if e is None or e.range.lo != e.range.hi:
                continue
            known.setdefault(e.range.lo, full)
            if len(known) > 1:
                other = next(iter(known.values()))
                labels = (
                    (e.span, ""),
                    (self.main.entries[other].span, f"this one has {next(iter(known)):g}"),
                )
                self.session.warning("RW720", *labels, name=potential.name)
                return
