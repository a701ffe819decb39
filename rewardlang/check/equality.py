"""`distance == 0`: two measured places are hardly ever one. Beside it, what guards a division.

Equality with anything else is told where it is read, in `operators.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from rewardlang.check.assemble import Declared
from rewardlang.check.seeing import Seeing, tokens
from rewardlang.check.session import Session
from rewardlang.check.typed import Expr
from rewardlang.types import Index, Known

_FAR = frozenset(("dist", "distance", "distances", "error", "err", "gap", "offset", "deviation"))


def lint_zero(session: Session, declared: Declared) -> None:
    seeing, known = Seeing(session), set[int]()
    parts = [p for sink in _sinks(declared) for p in seeing.parts(sink, known)]
    divisors = {
        seeing.session.number(factor)
        for p in parts
        if seeing.is_call(p, "div", "mod", "log", "atan2")
        for operand in p.args
        for factor in seeing.factors(operand)
    }
    for part in parts:
        far = _compared_with_zero(seeing, part)
        if far is not None and seeing.number(far) not in divisors:
            left, right = (session.mention(a.span) for a in part.args)
            session.warning("RW704", (part.span, ""), left=left, right=right)


def _sinks(declared: Declared) -> Iterator[Expr]:
    for term in declared.terms.values():
        yield term.value
    for condition in declared.conditions.values():
        yield condition.when
        if condition.pays is not None:
            yield condition.pays
    for potential in declared.potentials.values():
        yield potential.value
    if declared.reward is not None:
        yield declared.reward[0]
    for metric in declared.metrics.values():
        yield metric.value


def _compared_with_zero(seeing: Seeing, e: Expr) -> Expr | None:
    """The x of `x == 0`, where x is how far two things are apart; of `norm(..) <= 0` too."""
    if seeing.is_call(e, "eq"):
        for far, zero in (e.args, e.args[::-1]):
            if seeing.is_zero(zero) and _is_far(seeing, far):
                return far
    pair = seeing.ordered(e) if seeing.is_call(e, "le", "ge") else None
    if pair is not None and seeing.is_zero(pair[1]) and seeing.is_distance(seeing.seen(pair[0])):
        return pair[0] if _is_far(seeing, pair[0]) else None
    return None


def _is_far(seeing: Seeing, x: Expr) -> bool:
    """Measured, and a difference; or called a distance. What repeats itself may do so exactly."""
    e = seeing.seen(x)
    if x.type.kind != "real" or e.type.kind != "real" or x.level.index < Index.EPISODE:
        return False
    if x.level.known < Known.RESET:
        return False
    if e.op == "name":
        return e.attr.kind == "input" and bool(tokens(e.attr.name) & _FAR)
    if not (seeing.is_distance(e) or seeing.is_call(e, "sub")):
        return False
    below = list(seeing.parts(e))
    measured = any(p.op == "name" and p.type.kind == "real" for p in below)
    return measured and not any(p.op == "memory" for p in below)
