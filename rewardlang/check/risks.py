"""Warnings where an operation can leave its domain: a division by zero, the root of a negative.

A risk found inside a let belongs to the let: it is said where the let is read unguarded, so that
`if rest > 0 then share else 0` is quiet when `share` divides by `rest`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rewardlang.builtins.table import Domain
from rewardlang.check.levels import leaves
from rewardlang.check.ranges import outside
from rewardlang.check.session import DomainRisk, Session
from rewardlang.check.typed import Expr, NameRef
from rewardlang.diagnostics.diagnostic import Severity
from rewardlang.types import Range


def check_domains(
    session: Session, name: str, domains: tuple[Domain, ...], args: tuple[Expr, ...]
) -> None:
    """Remember each operand that may leave the domain of a builtin."""
    for domain in domains:
        if domain.operand >= len(args):
            continue
        operand = args[domain.operand]
        if outside(operand.range, domain.range):
            add_risk(session, _code(name), name, operand, domain.range)


def add_risk(session: Session, code: str, name: str, operand: Expr, domain: Range) -> None:
    text = session.mention(operand.span)
    labels = ((operand.span, _described(operand.range, domain)),)
    args = {
        "name": name,
        "operand": text,
        "range": str(operand.range),
        "domain": _domain_text(domain),
    }
    finding = session.finding(Severity.WARNING, code, labels, _hint(operand, text, domain), args)
    session.risks.append(DomainRisk(finding, session.number(operand), operand.range, domain))


def each_once(risks: Iterable[DomainRisk]) -> tuple[DomainRisk, ...]:
    """Without what was read more than once: a chain of lets would double it at each."""
    return tuple({id(risk): risk for risk in risks}.values())


def still_open(risks: tuple[DomainRisk, ...], known: Mapping[int, Range]) -> list[DomainRisk]:
    """The risks of a let that the facts at a place where it is read do not exclude."""
    found = []
    for risk in risks:
        fact = known.get(risk.number)
        range_ = risk.range if fact is None else risk.range.meet(fact)
        if outside(range_, risk.domain):
            found.append(risk)
    return found


def _code(name: str) -> str:
    return "RW240" if name in ("div", "mod") else "RW241"


def _described(range_: Range, domain: Range) -> str:
    if domain.nonzero and range_.may_be_zero and domain.lo < 0:
        return f"can be 0: its range is {range_}"
    return f"its range is {range_}"


def _domain_text(domain: Range) -> str:
    text = str(domain)
    if domain.nonzero and domain.lo == 0:
        return "above 0"
    if domain.nonzero and domain.hi == 0:
        return "below 0"
    if domain.lo == float("-inf"):
        return "not 0" if domain.nonzero else f"at most {domain.hi:g}"
    return f"at least {domain.lo:g}" if domain.hi == float("inf") else f"in {text}"


def _hint(operand: Expr, text: str, domain: Range) -> str:
    """Declare a range where an input or param lacks one, else guard."""
    unbounded = [
        leaf.attr
        for leaf in leaves(operand)
        if isinstance(leaf.attr, NameRef)
        and leaf.attr.kind in ("input", "param")
        and not leaf.range.bounded
    ]
    zero = "0"
    if domain.nonzero and domain.lo < 0:
        guard = f"`if {text} != {zero} then .. else ..`"
    elif domain.nonzero:
        guard = f"`if {text} > {zero} then .. else ..`"
    elif domain.lo == 0 and domain.hi == float("inf"):
        guard = f"`max({text}, {zero})`"
    else:
        low = "-inf" if domain.lo == float("-inf") else f"{domain.lo:g}"
        guard = f"`clip({text}, {low}, {domain.hi:g})`"
    if not unbounded:
        return f"guard it: {guard}"
    name = unbounded[0].name
    return f"declare what `{name}` can be (`: TYPE in lo .. hi`), or guard it: {guard}"
