"""A machine as a graph: what can be reached, how far a final state is, which rounds are paid.

Everything here is of states by number and edges; nothing knows of messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rewardlang.check.typed import EdgeDecl

ANY_STATE = "any"


def can_fire(edge: EdgeDecl) -> bool:
    """Whether its guard can hold at all, as far as ranges tell."""
    return edge.when is None or edge.when.range.hi > 0


def reached(starts: Iterable[int], edges: Sequence[EdgeDecl]) -> set[int]:
    """The states that can be come to from these, themselves included."""
    found, waiting = set(starts), list(starts)
    while waiting:
        state = waiting.pop()
        for edge in edges:
            if state in edge.sources and edge.target not in found:
                found.add(edge.target)
                waiting.append(edge.target)
    return found


def distances(count: int, edges: Sequence[EdgeDecl], final: Iterable[int]) -> list[int | None]:
    """The fewest edges from each state to a final one; None where there is no way."""
    far: list[int | None] = [None] * count
    ring = list(dict.fromkeys(final))
    for state in ring:
        far[state] = 0
    steps = 0
    while ring:
        steps += 1
        before = {s for e in edges if e.target in ring for s in e.sources if far[s] is None}
        for state in before:
            far[state] = steps
        ring = sorted(before)
    return far


def progress_of(count: int, edges: Sequence[EdgeDecl], final: Sequence[int]) -> tuple[float, ...]:
    """1 in a final state, 0 where none can be reached, else 1 - d / D.

    An edge from `any` state is as near to all of them, so it is no way to speak of.
    """
    far = distances(count, [e for e in edges if can_fire(e) and e.source != ANY_STATE], final)
    most = max((d for d in far if d is not None), default=0)
    return tuple(0.0 if d is None else 1.0 if d == 0 else 1.0 - d / most for d in far)


def paid_round(count: int, edges: Sequence[EdgeDecl]) -> list[EdgeDecl]:
    """Edges that lead round and are certain to pay more than nothing in all; empty if none do.

    Bellman and Ford's search for a cycle, with what each edge pays at least.
    """
    gains = [(e, 0.0 if e.pays is None else e.pays.range.lo) for e in edges if can_fire(e)]
    gains = [(e, gain) for e, gain in gains if gain > float("-inf")]
    best = [0.0] * count
    came: list[tuple[int, EdgeDecl] | None] = [None] * count
    last = -1
    for _ in range(count):
        last = -1
        for edge, gain in gains:
            for source in edge.sources:
                if best[source] + gain > best[edge.target] + 1e-12:
                    best[edge.target] = best[source] + gain
                    came[edge.target] = (source, edge)
                    last = edge.target
        if last < 0:
            return []
    return _around(came, last, count)


def _around(came: Sequence[tuple[int, EdgeDecl] | None], state: int, count: int) -> list[EdgeDecl]:
    for _ in range(count):  # from wherever the search ended back into the cycle
        step = came[state]
        assert step is not None
        state = step[0]
    found: list[EdgeDecl] = []
    start = state
    while not found or state != start:
        step = came[state]
        assert step is not None
        state, edge = step
        found.append(edge)
    return found[::-1]
