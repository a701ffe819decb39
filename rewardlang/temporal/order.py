"""Which formulas are never above others: `below(f, g)` is true only where f <= g at every sample.

A syntactic test over formulas in negation normal form: sound for margins (min and max) as well as
for truth, and incomplete. It is what keeps `eventually [0 .. 3] p` and `eventually [0 .. 4] p` from
being two obligations where the first alone says both.
"""

from __future__ import annotations

from rewardlang.temporal.formula import Formula

Known = dict[tuple[int, int], bool]  # by identity: equality of trees costs more than it saves


def below(f: Formula, g: Formula, known: Known) -> bool:
    """Every trace and sample give f a margin of at most that of g.

    `known` is the memory of one set of formulas, all of which live as long as it does.
    """
    if f is g or f == g or f.op == "false" or g.op == "true":
        return True
    key = id(f), id(g)
    if (found := known.get(key)) is None:
        found = known[key] = _connectives(f, g, known) or _operators(f, g, known)
    return found


def _connectives(f: Formula, g: Formula, known: Known) -> bool:
    if f.op == "or":
        return all(below(part, g, known) for part in f.args)
    if g.op == "and":
        return all(below(f, part, known) for part in g.args)
    return (f.op == "and" and any(below(part, g, known) for part in f.args)) or (
        g.op == "or" and any(below(f, part, known) for part in g.args)
    )


def _operators(f: Formula, g: Formula, known: Known) -> bool:
    same = f.op == g.op and len(f.args) > 0 and f.op not in ("and", "or", "not")
    if same and all(below(a, b, known) for a, b in zip(f.args, g.args, strict=True)):
        if _wider(f, g) if f.op in ("always", "releases") else _wider(g, f):
            return True
    if f.op == "next" and g.op == "weak_next" and below(f.args[0], g.args[0], known):
        return True
    if f.op == "until" and g.op == "eventually":
        if _wider(g, f) and below(f.args[1], g.args[0], known):
            return True
    if f.op == "always" and g.op == "releases":
        if _wider(f, g) and below(f.args[0], g.args[1], known):
            return True
    return _now(f, g, known) or _ever(f, g, known)


def _now(f: Formula, g: Formula, known: Known) -> bool:
    """What asks for its operand at this sample already, or is content with it."""
    if f.op in ("always", "releases") and f.lo == 0 and below(f.args[-1], g, known):
        return True
    return g.op in ("eventually", "until") and g.lo == 0 and below(f, g.args[-1], known)


def _ever(f: Formula, g: Formula, known: Known) -> bool:
    """An unbounded `eventually` is as high as any later one, an unbounded `always` as low."""
    if g.op == "eventually" and (g.lo, g.hi) == (0, None):
        if f.op in ("eventually", "until", "next") and below(f.args[-1], g, known):
            return True
    if f.op == "always" and (f.lo, f.hi) == (0, None):
        return g.op in ("always", "releases", "weak_next") and below(f, g.args[-1], known)
    return False


def _wider(f: Formula, g: Formula) -> bool:
    """The window of f holds that of g."""
    return f.lo <= g.lo and (f.hi is None or (g.hi is not None and g.hi <= f.hi))
