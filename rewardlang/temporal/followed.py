"""How a formula under a smooth semantics is followed sample by sample.

Obligations (`lattice`) need min and max. What is gathered needs none of it: one record is kept of
the samples so far. At the top of a formula, below connectives,

    gathered   always, eventually of what looks ahead a bounded way: a record in a cell
    witnessed  until, releases of what looks back only: a record of f so far, and one of witnesses
    bounded    anything else of a bounded horizon: evaluated once, when its samples are there

and one value a sample inside them, as for minmax.
"""

from __future__ import annotations

from collections.abc import Iterator

from rewardlang.temporal.formula import FUTURE, PAST, Formula, horizon, is_past, walk
from rewardlang.temporal.monitor import Unmonitorable

CONNECTIVES = ("not", "and", "or", "implies", "iff")


def tops(f: Formula) -> Iterator[Formula]:
    """The parts of a formula below its connectives."""
    if f.op in CONNECTIVES and not is_past(f):
        for part in f.args:
            yield from tops(part)
    else:
        yield f


def way(part: Formula) -> str:
    """How one of the `tops` is followed. Raises Unmonitorable."""
    if part.op in ("always", "eventually") and horizon(part.args[0]) is not None:
        return "gathered"
    if part.op in ("until", "releases") and all(horizon(a) == 0 for a in part.args):
        return "witnessed"
    if horizon(part) is not None:
        return "bounded"
    if part.op in ("until", "releases"):
        raise Unmonitorable(
            f"an `{part.op}` without an end is followed where its operands look back only"
        )
    inner = next(n for n in walk(part) if n.op in FUTURE and horizon(n) is None)
    raise Unmonitorable(
        f"`{inner.op}` without an end inside `{part.op}` asks for a record for each sample so far"
    )


def check_followed(f: Formula) -> None:
    """Raises Unmonitorable for a formula that cannot be followed."""
    for node in walk(f):
        if node.op in PAST and not is_past(node):
            raise Unmonitorable(f"`{node.op}` looks back at what looks ahead")
        if node.op == "since" and node.hi is None:
            raise Unmonitorable("`since` without an end asks for a record for each sample so far")
    if not is_past(f):
        for part in tops(f):
            way(part)
